//! When something recurring is due: cron expressions of five fields, in UTC.
//!
//! The only room that names the cron crate. Its expressions differ from the usual ones (a
//! field for seconds, Sunday is 1, day of month AND day of week), so fields are read here and
//! handed to it as plain lists of numbers.

mod field;

use chrono::{DateTime, Utc};

use crate::domain::time::Timestamp;
use field::{FIELDS, Values};

/// A cron expression, ready to say when it is due.
///
/// `minute hour day-of-month month day-of-week`, or `@hourly`, `@daily`, `@weekly`,
/// `@monthly`. When both day fields are restricted, that is neither starts with `*`, a day
/// that fits either counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    text: String,
    /// One, or two when a day may fit either of the day fields.
    alternatives: Vec<cron::Schedule>,
}

/// A text is not a schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// Not five fields.
    #[error(
        "a schedule has five fields (minute hour day-of-month month day-of-week), such as \"0 3 * * *\" for 03:00 each day, or is one of @hourly, @daily, @weekly, @monthly; this one has {found}"
    )]
    Fields {
        /// How many there are.
        found: usize,
    },
    /// A word with `@` that is not known.
    #[error("{word:?} is unknown; use @hourly, @daily, @weekly or @monthly")]
    Word { word: String },
    /// A field is wrong.
    #[error(
        "{field} {text:?}: {why}; allowed are {takes}, ranges such as {range}, lists such as {list}, * and steps such as */{step}"
    )]
    Field {
        field: &'static str,
        text: String,
        /// What is wrong with it.
        why: String,
        /// The description of its values.
        takes: &'static str,
        /// An example of a range.
        range: &'static str,
        /// An example of a list.
        list: &'static str,
        /// An example of a step.
        step: u32,
    },
    /// Such as 30 February.
    #[error("the months of this schedule do not have this day, so it would never run")]
    Never,
}

impl Schedule {
    /// Parses an expression.
    ///
    /// # Errors
    /// When it is invalid, with the field and its values.
    pub fn parse(text: &str) -> Result<Self, ScheduleError> {
        let text = text.trim();
        let expression = match text {
            "@hourly" => "0 * * * *",
            "@daily" => "0 0 * * *",
            "@weekly" => "0 0 * * 0",
            "@monthly" => "0 0 1 * *",
            _ if text.starts_with('@') => {
                return Err(ScheduleError::Word { word: text.to_owned() });
            }
            _ => text,
        };
        let texts: Vec<_> = expression.split_ascii_whitespace().collect();
        let [minute, hour, day, month, weekday] =
            <[&str; 5]>::try_from(texts).map_err(|texts| ScheduleError::Fields { found: texts.len() })?;
        let [of_minute, of_hour, of_day, of_month, of_weekday] = &FIELDS;
        let when = When {
            minute: of_minute.parse(minute)?,
            hour: of_hour.parse(hour)?,
            day: of_day.parse(day)?,
            month: of_month.parse(month)?,
            weekday: of_weekday.parse(weekday)?,
        };
        Ok(Self {
            text: text.to_owned(),
            alternatives: when.alternatives()?,
        })
    }

    /// The first moment after `after` at which it is due; `None` after the year 2100.
    #[must_use]
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        // Due moments are whole minutes, so that cutting off the fraction changes nothing; those
        // before 1970 are not looked for.
        let seconds = after.0.div_euclid(MICROS).max(-1);
        if seconds >= END {
            return None;
        }
        let after = DateTime::<Utc>::from_timestamp(seconds, 0)?;
        self.alternatives
            .iter()
            .filter_map(|schedule| schedule.after(&after).next())
            .min()
            .map(|due| Timestamp(due.timestamp_micros()))
    }

    /// The next `count` moments after `after`.
    pub fn next_n(&self, after: Timestamp, count: usize) -> impl Iterator<Item = Timestamp> {
        std::iter::successors(self.next_after(after), |due| self.next_after(*due)).take(count)
    }

    /// The expression as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl std::fmt::Display for Schedule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::str::FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

const MICROS: i64 = 1_000_000;

/// 2101-01-01T00:00:00Z in seconds: the cron crate searches no further, and chrono's own limits are
/// far later.
const END: i64 = 4_133_980_800;

/// The five fields, read.
struct When {
    minute: Values,
    hour: Values,
    day: Values,
    month: Values,
    weekday: Values,
}

impl When {
    fn alternatives(&self) -> Result<Vec<cron::Schedule>, ScheduleError> {
        let (day, weekday) = (self.day.list(0), self.weekday.list(1));
        let days = if self.day.restricted && self.weekday.restricted {
            vec![(day.as_str(), "*"), ("*", weekday.as_str())]
        } else {
            vec![(day.as_str(), weekday.as_str())]
        };
        let due: Vec<_> = days
            .into_iter()
            .filter_map(|(day, weekday)| self.schedule(day, weekday))
            .collect();
        if due.is_empty() {
            return Err(ScheduleError::Never);
        }
        Ok(due)
    }

    /// One schedule of the cron crate; `None` if it is never due.
    fn schedule(&self, day: &str, weekday: &str) -> Option<cron::Schedule> {
        let (minute, hour, month) = (self.minute.list(0), self.hour.list(0), self.month.list(0));
        let expression = format!("0 {minute} {hour} {day} {month} {weekday}");
        let schedule: cron::Schedule = expression.parse().ok()?;
        schedule.after(&DateTime::UNIX_EPOCH).next()?;
        Some(schedule)
    }
}

#[cfg(test)]
mod tests;
