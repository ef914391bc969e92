//! Literals: from text to a value.

use jiff::civil::{self, Date};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::lex::quoted;
use crate::domain::time::Timestamp;
use crate::domain::value::Value;

/// A literal without quotes: a number, a date, a date/time or a time of day.
pub(super) fn bare(text: &str) -> Result<Value, String> {
    let bytes = text.as_bytes();
    let value = match (bytes.get(2), bytes.get(4), bytes.get(10)) {
        (Some(b':'), ..) => time(text)?,
        (_, Some(b'-'), None) => Value::Date(date(text)?),
        (_, Some(b'-'), Some(_)) => Value::DateTime(moment(text)?),
        _ => number(text)?,
    };
    Ok(value)
}

/// A literal such as `guid'…'`, as OData 3 wrote them.
pub(super) fn prefixed(prefix: &str, content: &str) -> Result<Value, String> {
    match prefix.to_ascii_lowercase().as_str() {
        "guid" => guid(content)
            .map(Value::Guid)
            .ok_or_else(|| format!("{} is no GUID", quoted(content))),
        "datetimeoffset" | "datetime" => moment(content).map(Value::DateTime),
        _ => Err(format!("{} means nothing before a text", quoted(prefix))),
    }
}

/// A GUID in its usual form, with four hyphens.
pub(super) fn guid(text: &str) -> Option<Uuid> {
    (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten()
}

/// Microseconds of a day.
pub(super) const DAY: i64 = 86_400_000_000;

/// The moment at which a day begins, in UTC.
pub(super) fn midnight(days: i32) -> Timestamp {
    Timestamp(i64::from(days) * DAY)
}

/// Days since 1970-01-01.
fn date(text: &str) -> Result<i32, String> {
    let wrong = || format!("{} is no date; write it as 2026-11-23", quoted(text));
    let date: Date = text.parse().map_err(|_| wrong())?;
    if text.len() != 10 || date.year() < 1 {
        return Err(wrong());
    }
    let epoch = civil::date(1970, 1, 1);
    let span = date.since((jiff::Unit::Day, epoch)).map_err(|_| wrong())?;
    Ok(span.get_days())
}

/// A moment; without an offset it is UTC. A moment after the last one that can be stored becomes
/// that one.
fn moment(text: &str) -> Result<Timestamp, String> {
    let wrong = || format!("{} is no date/time; write it as 2026-11-23T10:00:00Z", quoted(text));
    let (day, rest) = text.split_at_checked(10).ok_or_else(wrong)?;
    if rest.is_empty() {
        return date(text).map(midnight);
    }
    let days = date(day).map_err(|_| wrong())?;
    let clock = rest.strip_prefix(['T', 't']).ok_or_else(wrong)?;
    let (clock, offset) = match clock.find(['Z', 'z', '+', '-']) {
        Some(end) => clock.split_at_checked(end).ok_or_else(wrong)?,
        None => (clock, "Z"),
    };
    let micros = clock_micros(clock).ok_or_else(wrong)?;
    let offset = offset_micros(offset).ok_or_else(wrong)?;
    let moment = i64::from(days) * DAY + micros - offset;
    Ok(Timestamp(moment.clamp(FIRST, LAST)))
}

/// 0001-01-01T00:00:00Z
const FIRST: i64 = -719_162 * DAY;

/// The last moment that can be shown, 9999-12-30T22:00:00Z.
const LAST: i64 = 253_402_207_200_000_000;

/// A time of day in whole seconds.
fn time(text: &str) -> Result<Value, String> {
    let wrong = || format!("{} is no time; write it as 10:00:00, in whole seconds", quoted(text));
    let micros = clock_micros(text).filter(|micros| micros % 1_000_000 == 0);
    let seconds = micros.and_then(|micros| u32::try_from(micros / 1_000_000).ok());
    seconds.map(Value::Time).ok_or_else(wrong)
}

/// `10:00`, `10:00:00` or `10:00:00.123`, as microseconds; further digits are cut off.
fn clock_micros(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut parts = whole.split(':');
    let (hour, minute) = (two_digits(parts.next()?, 24)?, two_digits(parts.next()?, 60)?);
    let second = match parts.next() {
        Some(second) => two_digits(second, 60)?,
        None if whole.len() == text.len() => 0,
        None => return None,
    };
    if parts.next().is_some() {
        return None;
    }
    let micros: String = fraction.chars().chain("000000".chars()).take(6).collect();
    Some(((hour * 60 + minute) * 60 + second) * 1_000_000 + micros.parse::<i64>().ok()?)
}

/// `Z`, `+02:00`, `-0500` or `+02`, as microseconds.
fn offset_micros(text: &str) -> Option<i64> {
    if text.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+')?),
    };
    let (hours, minutes) = text.split_at_checked(2)?;
    let minutes = match minutes {
        "" => 0,
        minutes => two_digits(minutes.strip_prefix(':').unwrap_or(minutes), 60)?,
    };
    Some(sign * (two_digits(hours, 24)? * 60 + minutes) * 60_000_000)
}

fn two_digits(text: &str, below: i64) -> Option<i64> {
    let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits
        .then(|| text.parse().ok())
        .flatten()
        .filter(|number| *number < below)
}

/// A number: whole ones of 64 bits as such, all others as exact decimals.
fn number(text: &str) -> Result<Value, String> {
    if let Ok(number) = text.parse() {
        return Ok(Value::Integer(number));
    }
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let digits = mantissa.trim_start_matches(['+', '-']);
    let shape = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.ends_with(|c: char| c.is_ascii_digit())
        && mantissa.len() <= digits.len() + 1;
    let exponent = exponent.parse::<i32>().ok();
    match exponent.filter(|_| shape && digits.matches('.').count() < 2) {
        Some(exponent) => decimal(mantissa.trim_start_matches('+'), exponent)
            .map(Value::Decimal)
            .ok_or_else(|| format!("{} has more digits than can be kept exactly", quoted(text))),
        None => Err(format!(
            "{} is no number, date, time or GUID; texts stand in single quotes",
            quoted(text)
        )),
    }
}

/// The number `mantissa` × 10^`exponent`, if it can be kept exactly.
fn decimal(mantissa: &str, exponent: i32) -> Option<Decimal> {
    let mantissa = Decimal::from_str_exact(mantissa).ok()?.normalize();
    let scale = i64::from(mantissa.scale()) - i64::from(exponent);
    if mantissa.is_zero() {
        return Some(Decimal::ZERO);
    }
    let Ok(mut scale) = u32::try_from(scale) else {
        let power = 10_i128.checked_pow(u32::try_from(-scale).ok()?)?;
        return Decimal::try_from_i128_with_scale(mantissa.mantissa().checked_mul(power)?, 0).ok();
    };
    // Trailing zeros need no digit after the decimal point.
    let mut digits = mantissa.mantissa();
    while scale > Decimal::MAX_SCALE && digits % 10 == 0 {
        digits /= 10;
        scale -= 1;
    }
    Decimal::try_from_i128_with_scale(digits, scale).ok()
}
