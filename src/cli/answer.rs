//! The body of an answer as it comes: a value, lines of long work, or a file for the output.

use std::io::{self, Write};

use serde_json::Value;

use super::render::clean_json;
use super::{CliError, Terminal};
use crate::api::Line;

/// Takes a body in pieces.
pub(super) struct Answer<'a, 't> {
    form: Form,
    terminal: &'a mut Terminal<'t>,
    json: bool,
    /// What is not a whole line yet; of a value, all of it.
    rest: Vec<u8>,
    end: Option<Kept>,
}

/// What is left of a body at its end.
pub(super) enum Kept {
    /// A value; null for a file.
    Value(Value),
    Failed(CliError),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Value,
    Lines,
    /// Of JSON values, for the output.
    JsonFile,
    File,
}

impl<'a, 't> Answer<'a, 't> {
    /// A body of this content type.
    pub fn new(content_type: &str, terminal: &'a mut Terminal<'t>, json: bool) -> Self {
        let form = match content_type {
            "application/json" => Form::Value,
            "application/x-ndjson" => Form::JsonFile,
            Line::<Value>::CONTENT_TYPE => Form::Lines,
            _ => Form::File,
        };
        Self {
            form,
            terminal,
            json,
            rest: Vec::new(),
            end: None,
        }
    }

    /// What is left of it.
    pub fn end(self) -> Kept {
        if let Some(end) = self.end {
            return end;
        }
        match self.form {
            Form::Value if self.rest.is_empty() => Kept::Value(Value::Null),
            Form::Value => match serde_json::from_slice(&self.rest) {
                Ok(value) => Kept::Value(value),
                Err(error) => Kept::Failed(CliError::unexpected(&error.to_string())),
            },
            Form::Lines => Kept::Failed(CliError::unexpected("the answer has no end")),
            Form::JsonFile | Form::File => Kept::Value(Value::Null),
        }
    }

    fn line(&mut self, line: &[u8]) -> io::Result<()> {
        match serde_json::from_slice::<Line<Value>>(line)? {
            Line::Progress(progress) => self.terminal.progress(&progress, self.json),
            Line::Result(value) => self.end = Some(Kept::Value(value)),
            Line::Problem(problem) => self.end = Some(Kept::Failed(problem.into())),
        }
        Ok(())
    }

    fn file(&mut self, bytes: &[u8]) -> io::Result<()> {
        // A reader that stops reading, such as `head`, ends it.
        if self.form == Form::JsonFile {
            let text = String::from_utf8_lossy(bytes);
            let text = clean_json(&text);
            return self.terminal.out.write_all(text.as_bytes());
        }
        self.terminal.out.write_all(bytes)
    }
}

impl Write for Answer<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.form {
            Form::Value => self.rest.extend_from_slice(bytes),
            Form::File => {
                let written = self.file(bytes);
                self.written(written)?;
            }
            Form::Lines | Form::JsonFile => {
                self.rest.extend_from_slice(bytes);
                while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
                    let line: Vec<u8> = self.rest.drain(..=end).collect();
                    if self.form == Form::Lines {
                        self.line(&line)?;
                    } else {
                        let written = self.file(&line);
                        self.written(written)?;
                    }
                }
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.terminal.out.flush()
    }
}

impl Answer<'_, '_> {
    /// An output that cannot be written ends the command, without words if its reader has enough.
    fn written(&mut self, written: io::Result<()>) -> io::Result<()> {
        written.inspect_err(|error| {
            self.end = Some(match error.kind() {
                io::ErrorKind::BrokenPipe => Kept::Value(Value::Null),
                _ => Kept::Failed(CliError::output(error)),
            });
        })
    }
}
