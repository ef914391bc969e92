//! The log: events of this program to standard error, as text or as JSON, times in UTC.
//!
//! Events of the libraries below are kept at warnings: their details name request URLs, and
//! Webhook URLs are secrets.

mod journald;
pub mod request;

use std::fmt::{self, Debug};
use std::io::{IsTerminal as _, stderr};

use tracing::field::Field;
use tracing::level_filters::LevelFilter;
use tracing::{Level, Subscriber};
use tracing_subscriber::Layer as _;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::{JsonFields, Writer, debug_fn};
use tracing_subscriber::fmt::{MakeWriter, format, layer};
use tracing_subscriber::layer::SubscriberExt as _;

/// How a line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people; in colour on a terminal.
    Text,
    /// One JSON object per line, for programs.
    Json,
}

/// How lines are written in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lines {
    Text { colour: bool },
    Journald,
    Json,
}

/// Starts the log on standard error. Only the first call in a process takes effect; the result says
/// whether it was this one. Events of the library whose targets start with `silent` are dropped.
pub fn init(level: Level, format: Format, silent: &str) -> bool {
    let lines = match format {
        Format::Json => Lines::Json,
        Format::Text if journald::is_read() => Lines::Journald,
        Format::Text => Lines::Text {
            colour: stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
        },
    };
    let subscriber = subscriber(filter(level, silent), lines, stderr);
    tracing::subscriber::set_global_default(subscriber).is_ok()
}

fn subscriber<W>(filter: Targets, lines: Lines, writer: W) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let fields = request::Fields(debug_fn(write_field).delimited(" "));
    let base = layer()
        .with_writer(writer)
        .with_ansi(lines == Lines::Text { colour: true });
    let layer = match lines {
        Lines::Text { .. } => base.fmt_fields(fields).boxed(),
        Lines::Journald => base.fmt_fields(fields).event_format(journald::Line).boxed(),
        Lines::Json => {
            let object = format().json().flatten_event(true).with_current_span(false);
            let object = request::Object(object);
            base.fmt_fields(JsonFields::new()).event_format(object).boxed()
        }
    };
    Box::new(tracing_subscriber::registry().with(layer.with_filter(filter)))
}

/// A field in one line of text: what senders wrote must not look like another line.
fn write_field(writer: &mut Writer<'_>, field: &Field, value: &dyn Debug) -> fmt::Result {
    if field.name() != "message" {
        write!(writer, "{}=", field.name())?;
    }
    for character in format!("{value:?}").chars() {
        if character.is_control() {
            write!(writer, "{}", character.escape_default())?;
        } else {
            writer.write_char(character)?;
        }
    }
    Ok(())
}

/// This crate at `level`, everything else at warnings, or at errors if only they are wanted.
fn filter(level: Level, silent: &str) -> Targets {
    Targets::new()
        .with_target(silent, LevelFilter::OFF)
        .with_default(LevelFilter::from_level(level.min(Level::WARN)))
        .with_target(env!("CARGO_CRATE_NAME"), level)
}

#[cfg(test)]
mod tests;
