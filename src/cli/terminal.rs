//! Where output goes and input comes from: a person's terminal, or a program.

use std::io::{self, BufRead, IsTerminal as _, Write};

use super::render::{clean, clean_json, clean_lines};
use super::{CliError, EXIT_OK, EXIT_USAGE};
use crate::manage::Progress;

/// Output, input, and whether a person is there.
pub struct Terminal<'a> {
    /// The stream that results are written to.
    pub out: Box<dyn Write + 'a>,
    /// Where errors, questions and progress go.
    pub err: Box<dyn Write + 'a>,
    /// The input for confirmations and secrets.
    pub input: Box<dyn BufRead + 'a>,
    /// A user can be asked.
    pub interactive: bool,
    /// Answers may have colours.
    pub colour: bool,
    /// Progress is shown, over itself.
    pub live: bool,
}

impl Terminal<'_> {
    /// That of this process. `NO_COLOR` is honoured.
    #[must_use]
    pub fn of_process() -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self {
            out: Box::new(io::stdout()),
            err: Box::new(io::stderr()),
            input: Box::new(io::BufReader::new(io::stdin())),
            interactive: io::stdin().is_terminal() && io::stderr().is_terminal(),
            colour: io::stdout().is_terminal() && !plain && !dumb,
            live: io::stderr().is_terminal() && !dumb,
        }
    }

    pub(super) fn print(&mut self, text: &str) -> Result<(), CliError> {
        written(self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush()))
    }

    pub(super) fn print_json(&mut self, json: &serde_json::Value) -> Result<(), CliError> {
        self.print(&clean_json(&format!("{json:#}\n")))
    }

    /// Shows an error. If that fails, there is nowhere to report it.
    pub(super) fn error(&mut self, error: &CliError, json: bool) {
        let _ = if json {
            let json = serde_json::json!({ "error": { "code": error.code, "text": error.text } });
            writeln!(self.err, "{}", clean_json(&format!("{json:#}")))
        } else {
            writeln!(self.err, "hookgate: {}", clean_lines(&error.text))
        };
    }

    /// Shows help, or what is wrong with the arguments.
    pub(super) fn usage(&mut self, error: &clap::Error) -> u8 {
        if error.use_stderr() && quotes_content(&error.to_string()) {
            let _ = writeln!(
                self.err,
                "hookgate: an argument is the content of a file (not shown because it may be a key); specify the name \
                 of the file"
            );
            return EXIT_USAGE;
        }
        let text = error.render();
        let text = if self.colour {
            text.ansi().to_string()
        } else {
            text.to_string()
        };
        if error.use_stderr() {
            let _ = self.err.write_all(text.as_bytes());
            return EXIT_USAGE;
        }
        self.print(&text).map_or_else(|error| error.exit, |()| EXIT_OK)
    }

    /// Shows how far a long operation is, over the line before.
    pub(super) fn progress(&mut self, progress: &Progress, json: bool) {
        if !self.live || json {
            return;
        }
        let text = super::render::progress(progress);
        let _ = write!(self.err, "\r\x1b[K{}", clean(&text)).and_then(|()| self.err.flush());
    }

    /// Clears the line of progress.
    pub(super) fn progress_end(&mut self) {
        if self.live {
            let _ = write!(self.err, "\r\x1b[K").and_then(|()| self.err.flush());
        }
    }

    /// Asks yes or no; none without a terminal.
    pub(super) fn confirm(&mut self, question: &str) -> io::Result<Option<bool>> {
        if !self.interactive {
            return Ok(None);
        }
        write!(self.err, "{} [y/N] ", clean(question))?;
        self.err.flush()?;
        let mut said = String::new();
        self.input.read_line(&mut said)?;
        Ok(Some(matches!(said.trim().to_ascii_lowercase().as_str(), "y" | "yes")))
    }
}

/// Whether a message about arguments quotes a key, as PEM or as JSON, that was given instead of the
/// name of its file.
fn quotes_content(text: &str) -> bool {
    text.contains("-----BEGIN") || text.contains("{\"")
}

/// A reader that stops reading, such as `head`, is no failure.
fn written(result: io::Result<()>) -> Result<(), CliError> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(CliError::output(&error)),
        _ => Ok(()),
    }
}
