//! Sizes and durations as people write them: `1 MiB`, `15 s`.

use std::time::Duration;

const SIZES: &[(&str, u64)] = &[("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("bytes", 1)];

const DURATIONS: &[(&str, u64)] = &[
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("min", 60_000),
    ("s", 1000),
    ("ms", 1),
];

/// Bytes: a whole number, then KiB, MiB, GiB or nothing.
pub(super) fn size(text: &str) -> Result<u64, String> {
    let (number, unit) = split(text)?;
    let factor = match unit {
        "" | "B" | "byte" => 1,
        _ => factor(SIZES, unit).ok_or_else(|| match unit.to_ascii_lowercase().as_str() {
            "k" | "kb" | "m" | "mb" | "g" | "gb" => {
                format!("{unit:?} is not a supported unit of size; use KiB, MiB or GiB")
            }
            _ => format!("{unit:?} is not a unit of size"),
        })?,
    };
    number.checked_mul(factor).ok_or_else(too_large)
}

/// A duration: a whole number, then ms, s, min, h or d.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = split(text)?;
    if unit.is_empty() && number != 0 {
        return Err("the unit is missing".to_owned());
    }
    let factor = match unit {
        "" => 1,
        _ => factor(DURATIONS, unit).ok_or_else(|| format!("{unit:?} is not a unit of time"))?,
    };
    let millis = number.checked_mul(factor).ok_or_else(too_large)?;
    Ok(Duration::from_millis(millis))
}

/// A size in its largest whole unit.
pub(super) fn show_size(bytes: u64) -> String {
    show(SIZES, bytes)
}

/// A duration in its largest whole unit; below a millisecond it is cut off.
pub(super) fn show_duration(time: Duration) -> String {
    if time.is_zero() {
        return "0 s".to_owned();
    }
    show(DURATIONS, u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

fn show(units: &[(&str, u64)], amount: u64) -> String {
    units
        .iter()
        .find(|(_, factor)| amount >= *factor && amount.is_multiple_of(*factor))
        .map_or_else(
            || amount.to_string(),
            |(unit, factor)| format!("{} {unit}", amount / factor),
        )
}

fn factor(units: &[(&str, u64)], unit: &str) -> Option<u64> {
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    Some(*factor)
}

fn split(text: &str) -> Result<(u64, &str), String> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    if number.is_empty() {
        return Err("it does not start with a whole number".to_owned());
    }
    if unit.starts_with(['.', ',']) {
        return Err("only whole numbers are allowed".to_owned());
    }
    let number = number.parse().map_err(|_| too_large())?;
    Ok((number, unit.trim_start()))
}

fn too_large() -> String {
    "the number is too large".to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sizes() {
        for (text, bytes) in [
            ("0", 0),
            ("1048576", 1 << 20),
            ("1 MiB", 1 << 20),
            ("1MiB", 1 << 20),
            (" 512 KiB ", 512 << 10),
            ("2 GiB", 2 << 30),
            ("7 bytes", 7),
        ] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in [
            "",
            "MiB",
            "-1",
            "1.5 MiB",
            "1 MB",
            "1 mib",
            "1 MiB/s",
            "99999999999 GiB",
        ] {
            assert!(size(text).is_err(), "{text}");
        }
        assert!(size("1 MB").is_err_and(|why| why.contains("MiB")));
    }

    #[test]
    fn durations() {
        for (text, millis) in [
            ("0", 0),
            ("500 ms", 500),
            ("15 s", 15_000),
            ("15s", 15_000),
            ("2 min", 120_000),
            ("24 h", 86_400_000),
            ("3 d", 259_200_000),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in [
            "",
            "s",
            "15",
            "1.5 s",
            "-1 s",
            "1 m",
            "1 S",
            "99999999999999999999 s",
            "9999999999999999 h",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn shown_in_the_largest_whole_unit() {
        assert_eq!(show_size(1 << 20), "1 MiB");
        assert_eq!(show_size(1536), "1536 bytes");
        assert_eq!(show_size(0), "0");
        assert_eq!(show_duration(Duration::from_secs(90)), "90 s");
        assert_eq!(show_duration(Duration::from_secs(600)), "10 min");
        assert_eq!(show_duration(Duration::ZERO), "0 s");
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(bytes: u64, millis in 0..u64::MAX / 2) {
            prop_assert_eq!(size(&show_size(bytes)), Ok(bytes));
            let time = Duration::from_millis(millis);
            prop_assert_eq!(duration(&show_duration(time)), Ok(time));
        }

        #[test]
        fn any_text_is_answered(text: String) {
            let _ = size(&text);
            let _ = duration(&text);
        }
    }
}
