//! The text format of Prometheus, version 0.0.4.

use std::fmt::{self, Display, Write as _};

use super::{Labelled, Measured};

/// Its media type.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It only grows, from the start of the process on.
    Counter,
    /// It is what it is at this moment.
    Gauge,
    /// It is a number of buckets.
    Histogram,
}

/// The stored unit of a number, and so how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Values are written without conversion.
    One,
    /// In billionths: nanoseconds that are written as seconds.
    Billionth,
}

/// The text while it is written.
#[derive(Debug, Default)]
pub struct Page(String);

/// A number in its unit, exact.
struct Scaled(u64, Scale);

impl Display for Scaled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const BILLION: u64 = 1_000_000_000;
        if self.1 == Scale::One {
            return write!(f, "{}", self.0);
        }
        let (whole, rest) = (self.0 / BILLION, self.0 % BILLION);
        if rest == 0 {
            return write!(f, "{whole}");
        }
        let digits = format!("{rest:09}");
        write!(f, "{whole}.{}", digits.trim_end_matches('0'))
    }
}

// Writing to a String cannot fail.
impl Page {
    /// What a family is and means. Its numbers follow.
    pub fn family(&mut self, name: &str, kind: Kind, help: &str) {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    /// A number without a label.
    pub fn number(&mut self, name: &str, value: impl Display) {
        let _ = writeln!(self.0, "{name} {value}");
    }

    /// A number with a label, whose value is one of the program's own words.
    pub fn labelled(&mut self, name: &str, label: &str, value: &str, number: impl Display) {
        let _ = writeln!(self.0, "{name}{{{label}=\"{value}\"}} {number}");
    }

    /// A counter without a label.
    pub fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.family(name, Kind::Counter, help);
        self.number(name, value);
    }

    /// A counter for each value of a label.
    pub fn counters<const N: usize>(&mut self, name: &str, help: &str, label: &str, counted: &Labelled<N>) {
        self.family(name, Kind::Counter, help);
        for (value, count) in counted.all() {
            self.labelled(name, label, value, count);
        }
    }

    /// A gauge; what cannot be found out is `NaN`.
    pub fn gauge(&mut self, name: &str, help: &str, value: Option<impl Display>) {
        self.family(name, Kind::Gauge, help);
        match value {
            Some(value) => self.number(name, value),
            None => self.number(name, "NaN"),
        }
    }

    /// A histogram.
    pub fn histogram(&mut self, name: &str, help: &str, scale: Scale, measured: &Measured) {
        self.family(name, Kind::Histogram, help);
        let bucket = format!("{name}_bucket");
        for (bound, count) in &measured.up_to {
            self.labelled(&bucket, "le", &Scaled(*bound, scale).to_string(), count);
        }
        self.labelled(&bucket, "le", "+Inf", measured.count);
        self.number(&format!("{name}_sum"), Scaled(measured.sum, scale));
        self.number(&format!("{name}_count"), measured.count);
    }

    /// The whole text.
    #[must_use]
    pub fn finish(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Histogram;

    #[test]
    fn numbers_are_exact_in_their_unit() {
        for (number, scale, text) in [
            (1, Scale::Billionth, "0.000000001"),
            (250_000, Scale::Billionth, "0.00025"),
            (1_000_000_000, Scale::Billionth, "1"),
            (12_340_000_000, Scale::Billionth, "12.34"),
            (u64::MAX, Scale::Billionth, "18446744073.709551615"),
            (7, Scale::One, "7"),
            (0, Scale::Billionth, "0"),
        ] {
            assert_eq!(Scaled(number, scale).to_string(), text);
        }
    }

    #[test]
    fn a_page_in_the_format() {
        let histogram = Histogram::new([1_000_000, 2_000_000]);
        histogram.observe(1_500_000);
        let counted = Labelled::new(["a"]);
        counted.one("a");
        let mut page = Page::default();
        page.counter("x_total", "How many.", 3);
        page.counters("y_total", "By what.", "of", &counted);
        page.gauge("z_bytes", "Left.", None::<u64>);
        page.histogram("t_seconds", "Time.", Scale::Billionth, &histogram.measured());
        assert_eq!(
            page.finish(),
            "# HELP x_total How many.\n# TYPE x_total counter\nx_total 3\n\
             # HELP y_total By what.\n# TYPE y_total counter\ny_total{of=\"a\"} 1\n\
             # HELP z_bytes Left.\n# TYPE z_bytes gauge\nz_bytes NaN\n\
             # HELP t_seconds Time.\n# TYPE t_seconds histogram\n\
             t_seconds_bucket{le=\"0.001\"} 0\nt_seconds_bucket{le=\"0.002\"} 1\nt_seconds_bucket{le=\"+Inf\"} 1\n\
             t_seconds_sum 0.0015\nt_seconds_count 1\n"
        );
    }
}
