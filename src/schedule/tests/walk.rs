//! The next run is the one that a walk over all minutes finds.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;

/// What a field means, worked out separately from the code: values `first` to `last`.
#[derive(Debug, Clone)]
enum Part {
    Star,
    Every(u32),
    One(u32),
    Range(u32, u32, u32),
    Two(u32, u32),
}

impl Part {
    fn text(&self) -> String {
        match self {
            Self::Star => "*".to_owned(),
            Self::Every(step) => format!("*/{step}"),
            Self::One(value) => value.to_string(),
            Self::Range(from, to, step) => format!("{from}-{to}/{step}"),
            Self::Two(one, other) => format!("{one},{other}"),
        }
    }

    fn fits(&self, value: u32, first: u32) -> bool {
        match *self {
            Self::Star => true,
            Self::Every(step) => (value - first).is_multiple_of(step),
            Self::One(one) => value == one,
            Self::Range(from, to, step) => (from..=to).contains(&value) && (value - from).is_multiple_of(step),
            Self::Two(one, other) => value == one || value == other,
        }
    }

    fn restricted(&self) -> bool {
        !matches!(self, Self::Star | Self::Every(_))
    }
}

fn part(first: u32, last: u32) -> impl Strategy<Value = Part> {
    let value = first..=last;
    prop_oneof![
        3 => Just(Part::Star),
        1 => (1..=last).prop_map(Part::Every),
        2 => value.clone().prop_map(Part::One),
        2 => (value.clone(), value.clone(), 1..=last)
            .prop_map(|(a, b, step)| Part::Range(a.min(b), a.max(b), step)),
        1 => (value.clone(), value).prop_map(|(a, b)| Part::Two(a, b)),
    ]
}

/// Whether the minute that begins at `seconds` is one of the schedule.
fn fits(fields: &[Part; 5], seconds: i64) -> bool {
    let [minute, hour, day, month, weekday] = fields;
    let moment = jiff::Timestamp::from_second(seconds)
        .expect("in range")
        .to_zoned(TimeZone::UTC);
    let number = |value: i8| u32::try_from(value).expect("not negative");
    let of_week = number(moment.weekday().since(Weekday::Sunday));
    let by_day = day.fits(number(moment.day()), 1);
    let by_weekday = weekday.fits(of_week, 0) || (of_week == 0 && weekday.restricted() && weekday.fits(7, 0));
    let right_day = if day.restricted() && weekday.restricted() {
        by_day || by_weekday
    } else {
        by_day && by_weekday
    };
    right_day
        && minute.fits(number(moment.minute()), 0)
        && hour.fits(number(moment.hour()), 0)
        && month.fits(number(moment.month()), 1)
}

proptest! {
    #[test]
    fn finds_the_minute_that_a_walk_over_all_minutes_finds(
        minute in part(0, 59),
        hour in part(0, 23),
        day in part(1, 31),
        month in part(1, 12),
        weekday in part(0, 7),
        after in 0_i64..4_102_444_800,
        micros in 0_i64..MICROS,
    ) {
        const DAYS: i64 = 40;
        let fields = [minute, hour, day, month, weekday];
        let text = fields.each_ref().map(Part::text).join(" ");
        let found = match Schedule::parse(&text) {
            Ok(schedule) => schedule.next_after(Timestamp(after * MICROS + micros)),
            Err(ScheduleError::Never) => None,
            Err(error) => return Err(TestCaseError::fail(format!("{text}: {error}"))),
        };
        let first = after.div_euclid(60) * 60 + 60;
        let until = first + DAYS * 86_400;
        let walked = (first..until).step_by(60).find(|seconds| fits(&fields, *seconds));
        let within = found.filter(|due| due.0 < until * MICROS);
        prop_assert_eq!(within, walked.map(|seconds| Timestamp(seconds * MICROS)), "{}", text);
        if let Some(due) = found {
            prop_assert!(due.0 > after * MICROS + micros);
            prop_assert!(fits(&fields, due.0 / MICROS), "{} is due at {}", text, due);
        }
    }

    #[test]
    fn any_text_is_answered(text: String, odd in "[-*/,0-9A-Z@ ]{0,30}", after: i64) {
        for text in [text, odd] {
            if let Ok(schedule) = Schedule::parse(&text) {
                let _ = schedule.next_after(Timestamp(after));
            }
        }
    }
}
