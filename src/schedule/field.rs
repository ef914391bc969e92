//! One field of a cron expression: text to the set of values that it means.

use super::ScheduleError;

/// The name of a field and its range.
pub(super) struct Field {
    name: &'static str,
    takes: &'static str,
    range: &'static str,
    list: &'static str,
    step: u32,
    first: u32,
    last: u32,
    /// The last value of `*`: Saturday for the day of week, where 7 is Sunday again.
    last_of_all: u32,
    /// Names of the values from `first` on.
    names: &'static [&'static str],
}

/// The five fields in their order.
pub(super) static FIELDS: [Field; 5] = [
    Field {
        name: "minute",
        takes: "0 to 59",
        range: "10-20",
        list: "0,30",
        step: 15,
        first: 0,
        last: 59,
        last_of_all: 59,
        names: &[],
    },
    Field {
        name: "hour",
        takes: "0 to 23",
        range: "8-17",
        list: "3,15",
        step: 6,
        first: 0,
        last: 23,
        last_of_all: 23,
        names: &[],
    },
    Field {
        name: "day of month",
        takes: "1 to 31",
        range: "1-7",
        list: "1,15",
        step: 10,
        first: 1,
        last: 31,
        last_of_all: 31,
        names: &[],
    },
    Field {
        name: "month",
        takes: "1 to 12 or JAN to DEC",
        range: "JAN-MAR",
        list: "3,9",
        step: 3,
        first: 1,
        last: 12,
        last_of_all: 12,
        names: &[
            "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
        ],
    },
    Field {
        name: "day of week",
        takes: "0 to 7 (0 and 7 are Sunday) or SUN to SAT",
        range: "MON-FRI",
        list: "1,4",
        step: 2,
        first: 0,
        last: 7,
        last_of_all: 6,
        names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
    },
];

/// The values of a field, one bit each; 7 of the day of week is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Values {
    bits: u64,
    /// Whether the text does not start with `*`.
    pub restricted: bool,
}

impl Values {
    /// The values in their order.
    pub fn iter(self) -> impl Iterator<Item = u32> {
        (0..64).filter(move |value| self.bits & (1 << value) != 0)
    }

    /// The values plus `offset`, in the form for the cron crate.
    pub fn list(self, offset: u32) -> String {
        let values: Vec<_> = self.iter().map(|value| (value + offset).to_string()).collect();
        values.join(",")
    }
}

impl Field {
    /// Reads the text of this field.
    pub fn parse(&self, text: &str) -> Result<Values, ScheduleError> {
        let mut bits = 0;
        for part in text.split(',') {
            bits |= self.part(part).map_err(|why| self.error(text, why))?;
        }
        if self.last != self.last_of_all && bits & (1 << self.last) != 0 {
            bits = (bits | 1) & !(1 << self.last);
        }
        Ok(Values {
            bits,
            restricted: !text.starts_with('*'),
        })
    }

    /// One part of a list: a value, a range, or either of `*` and a range with a step.
    fn part(&self, part: &str) -> Result<u64, String> {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (part, None),
        };
        let (from, to) = if range == "*" {
            (self.first, self.last_of_all)
        } else if let Some((from, to)) = range.split_once('-') {
            (self.value(from)?, self.value(to)?)
        } else if step.is_some() {
            return Err("a step must follow * or a range".to_owned());
        } else {
            let value = self.value(range)?;
            (value, value)
        };
        if from > to {
            return Err(format!("the range {range} ends before it starts"));
        }
        let step = step.map_or(Ok(1), |step| self.step(step))?;
        Ok((from..=to).step_by(step).fold(0, |bits, value| bits | (1 << value)))
    }

    fn value(&self, text: &str) -> Result<u32, String> {
        if text.is_empty() {
            return Err("a value is missing".to_owned());
        }
        let named = self
            .names
            .iter()
            .zip(self.first..)
            .find(|(name, _)| name.eq_ignore_ascii_case(text));
        if let Some((_, value)) = named {
            return Ok(value);
        }
        number(text)
            .ok_or_else(|| format!("{text:?} is not a valid value"))
            .and_then(|value| {
                if (self.first..=self.last).contains(&value) {
                    Ok(value)
                } else {
                    Err(format!("{value} is out of range"))
                }
            })
    }

    fn step(&self, text: &str) -> Result<usize, String> {
        number(text)
            .filter(|step| (1..=self.last).contains(step))
            .and_then(|step| usize::try_from(step).ok())
            .ok_or_else(|| format!("{text:?} is not a valid step; use 1 to {}", self.last))
    }

    fn error(&self, text: &str, why: String) -> ScheduleError {
        ScheduleError::Field {
            field: self.name,
            text: text.to_owned(),
            why,
            takes: self.takes,
            range: self.range,
            list: self.list,
            step: self.step,
        }
    }
}

/// Digits only: `str::parse` would take a sign.
fn number(text: &str) -> Option<u32> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}
