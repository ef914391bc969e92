//! The body of an answer as it comes: a value, lines of long work, or a file for the output.

use std::io::{self, Write};

use serde_json::Value;

use super::render::clean_json;
use super::{CliError, Terminal};
use crate::api::Line;
use crate::control::AskError;

/// Takes a body in pieces.
pub(super) struct Answer<'a, 't> {
    form: Form,
    terminal: &'a mut Terminal<'t>,
    json: bool,
    /// What is not a whole line yet; of a value, all of it.
    rest: Vec<u8>,
    /// The result or problem of long work; why the output could not be written.
    end: Option<Result<Value, CliError>>,
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

    /// The value of the body, null for a file; `read` says how receiving it ended.
    pub fn end(self, read: Result<(), CliError>) -> Result<Value, CliError> {
        if let Some(end) = self.end {
            return end;
        }
        read?;
        match self.form {
            Form::Value if !self.rest.is_empty() => {
                serde_json::from_slice(&self.rest).map_err(|error| CliError::unexpected(&error.to_string()))
            }
            Form::Lines => Err(AskError::Io(io::ErrorKind::UnexpectedEof.into()).into()),
            Form::Value | Form::JsonFile | Form::File => Ok(Value::Null),
        }
    }

    fn line(&mut self, line: &[u8]) -> io::Result<()> {
        match serde_json::from_slice::<Line<Value>>(line)? {
            Line::Progress(progress) => self.terminal.progress(&progress, self.json),
            Line::Result(value) => self.end = Some(Ok(value)),
            Line::Problem(problem) => self.end = Some(Err(problem.into())),
        }
        Ok(())
    }

    fn file(&mut self, bytes: &[u8]) -> io::Result<()> {
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
    /// An output that cannot be written ends the command; without an error if its reader, such as
    /// `head`, stopped reading.
    fn written(&mut self, written: io::Result<()>) -> io::Result<()> {
        written.inspect_err(|error| {
            self.end = Some(match error.kind() {
                io::ErrorKind::BrokenPipe => Ok(Value::Null),
                _ => Err(CliError::output(error)),
            });
        })
    }
}
