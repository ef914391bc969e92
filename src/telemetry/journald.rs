//! Lines for the system's journal, which knows the time itself and reads how important a line is
//! from its beginning: `<4>` (sd-daemon(3)).

use std::fmt;
use std::io::stderr;

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Whether standard error is a stream that the system's journal reads: systemd names it by device
/// and inode, so that a program with another standard error is not misled.
pub fn is_read() -> bool {
    let named = std::env::var("JOURNAL_STREAM").ok();
    named.is_some_and(|named| {
        rustix::fs::fstat(stderr()).is_ok_and(|stat| named == format!("{}:{}", stat.st_dev, stat.st_ino))
    })
}

/// A line without time and colour.
pub struct Line;

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let about = event.metadata();
        write!(writer, "<{}>{}: ", priority(*about.level()), about.target())?;
        context.format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
}

const fn priority(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        Level::DEBUG | Level::TRACE => 7,
    }
}
