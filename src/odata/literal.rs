//! Literals: from text to a value.

use rust_decimal::Decimal;
use uuid::Uuid;

use super::wording::quoted;
use crate::domain::time::Timestamp;
use crate::domain::value::Value;
use crate::parse;

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
            .ok_or_else(|| format!("{} is not a GUID", quoted(content))),
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
    parse::day(text).ok_or_else(|| format!("{} is not a date; write it as 2026-11-23", quoted(text)))
}

/// A moment; without an offset it is UTC. A moment after the last one that can be stored becomes
/// that one.
fn moment(text: &str) -> Result<Timestamp, String> {
    // Bodies may have a space and a comma where OData has none.
    let separated = text.as_bytes().get(10).is_none_or(u8::is_ascii_alphabetic) && !text.contains(',');
    let micros = separated.then(|| parse::micros(text)).flatten();
    let moment =
        micros.ok_or_else(|| format!("{} is not a date/time; write it as 2026-11-23T10:00:00Z", quoted(text)))?;
    Ok(Timestamp(moment.clamp(FIRST, LAST)))
}

/// 0001-01-01T00:00:00Z
pub(super) const FIRST: i64 = -719_162 * DAY;

/// The last moment that can be shown, 9999-12-30T22:00:00Z.
const LAST: i64 = 253_402_207_200_000_000;

/// A time of day in whole seconds.
fn time(text: &str) -> Result<Value, String> {
    let seconds = (!text.contains(',')).then(|| parse::time_of_day(text)).flatten();
    seconds
        .map(Value::Time)
        .ok_or_else(|| format!("{} is not a time; write it as 10:00:00, in whole seconds", quoted(text)))
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
            "{} is not a number, date, time or GUID; write strings in single quotes",
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
