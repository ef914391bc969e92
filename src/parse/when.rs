//! Dates, moments and times of day in ISO 8601.

use jiff::civil::Date;

use crate::domain::time::Timestamp;

/// Days since 1970-01-01. Of a moment the date counts as it is written.
pub fn date(text: &str) -> Option<i32> {
    let mut reader = Reader(text.as_bytes());
    let days = reader.date()?;
    if !reader.done() {
        reader.time()?;
    }
    reader.done().then_some(days)
}

/// The same of a date without a time of day.
#[must_use]
pub fn day(text: &str) -> Option<i32> {
    let mut reader = Reader(text.as_bytes());
    let days = reader.date()?;
    reader.done().then_some(days)
}

/// A moment. Without an offset it is UTC, and a date without a time is its midnight in UTC. Digits
/// of a second beyond microseconds are cut off.
#[must_use]
pub fn moment(text: &str) -> Option<Timestamp> {
    let moment = micros(text)?;
    // What cannot be shown is not kept.
    let shown = jiff::Timestamp::from_microsecond(moment).is_ok();
    (shown && moment >= FIRST).then_some(Timestamp(moment))
}

/// The microseconds since 1970 of a moment, also of one that cannot be shown.
#[must_use]
pub fn micros(text: &str) -> Option<i64> {
    let mut reader = Reader(text.as_bytes());
    let midnight = i64::from(reader.date()?) * DAY;
    let since = if reader.done() { 0 } else { reader.time()? };
    reader.done().then_some(midnight + since)
}

/// Seconds since midnight.
#[must_use]
pub fn time_of_day(text: &str) -> Option<u32> {
    let mut reader = Reader(text.as_bytes());
    let micros = reader.clock()?;
    (reader.done() && micros % SECOND == 0)
        .then(|| u32::try_from(micros / SECOND).ok())
        .flatten()
}

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
/// 0001-01-01T00:00:00Z
const FIRST: i64 = -719_162 * DAY;

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    const fn done(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes the next byte if it is one of these.
    fn take(&mut self, any: &[u8]) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        any.contains(&first).then(|| {
            self.0 = rest;
            first
        })
    }

    fn digits(&mut self, count: usize) -> Option<i64> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        digits.iter().try_fold(0, |number, digit| {
            digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0'))
        })
    }

    /// `2026-11-23`, as days since 1970-01-01.
    fn date(&mut self) -> Option<i32> {
        let year = self.digits(4).filter(|year| *year > 0)?;
        self.take(b"-")?;
        let month = self.digits(2)?;
        self.take(b"-")?;
        let day = self.digits(2)?;
        let date = Date::new(
            i16::try_from(year).ok()?,
            i8::try_from(month).ok()?,
            i8::try_from(day).ok()?,
        )
        .ok()?;
        let epoch = Date::new(1970, 1, 1).ok()?;
        date.since((jiff::Unit::Day, epoch)).ok().map(|span| span.get_days())
    }

    /// What follows a date, as microseconds since its midnight in UTC.
    fn time(&mut self) -> Option<i64> {
        self.take(b"Tt ")?;
        Some(self.clock()? - self.offset()?)
    }

    /// `14:30`, `14:30:59` or `14:30:59.123`, as microseconds.
    fn clock(&mut self) -> Option<i64> {
        let hour = self.digits(2).filter(|hour| *hour < 24)?;
        self.take(b":")?;
        let minute = self.digits(2).filter(|minute| *minute < 60)?;
        let mut micros = (hour * 3600 + minute * 60) * SECOND;
        if self.take(b":").is_some() {
            micros += self.digits(2).filter(|second| *second < 60)? * SECOND;
            if self.take(b".,").is_some() {
                micros += self.fraction()?;
            }
        }
        Some(micros)
    }

    fn fraction(&mut self) -> Option<i64> {
        let mut unit = SECOND;
        let mut micros = 0;
        let before = self.0.len();
        while let Some(digit) = self.take(b"0123456789") {
            unit /= 10;
            micros += i64::from(digit - b'0') * unit;
        }
        (self.0.len() < before).then_some(micros)
    }

    /// `Z`, `+02:00`, `+0200`, `+02` or nothing, as microseconds.
    fn offset(&mut self) -> Option<i64> {
        if self.done() || self.take(b"Zz").is_some() {
            return Some(0);
        }
        let sign = if self.take(b"+-")? == b'-' { -1 } else { 1 };
        let hours = self.digits(2).filter(|hours| *hours < 24)?;
        let colon = self.take(b":").is_some();
        let minutes = if self.done() && !colon {
            0
        } else {
            self.digits(2).filter(|minutes| *minutes < 60)?
        };
        Some(sign * (hours * 60 + minutes) * 60 * SECOND)
    }
}
