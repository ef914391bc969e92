//! Numbers, times and text from outside, fit for a terminal.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::domain::time::Timestamp;

/// Text for one line: what could steer a terminal or turn the direction of writing is shown
/// as an escape, line breaks too.
pub(in crate::cli) fn clean(text: &str) -> Cow<'_, str> {
    escaped(text, |_| false)
}

/// As [`clean`], but line breaks and tabs stay.
pub(in crate::cli) fn clean_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| matches!(c, '\n' | '\t'))
}

/// JSON in which nothing steers a terminal. Outside of its strings there is nothing that could.
pub(in crate::cli) fn clean_json(json: &str) -> Cow<'_, str> {
    let steers = |c: char| c != '\n' && (c.is_control() || is_format(c));
    if !json.contains(steers) {
        return Cow::Borrowed(json);
    }
    let mut safe = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if steers(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string does not fail.
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

fn escaped(text: &str, kept: impl Fn(char) -> bool) -> Cow<'_, str> {
    let steers = |c: char| !kept(c) && (c.is_control() || is_format(c));
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if steers(c) {
            safe.extend(c.escape_default());
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// Characters that are not seen but change what is seen: direction marks, zero-width ones,
/// line and paragraph separators, tags.
const fn is_format(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// A number with a comma between thousands.
pub(super) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number and what it counts.
pub(super) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

/// A moment to the second; the headings say that it is UTC.
pub(super) fn time(moment: Timestamp) -> String {
    let text = moment.to_string();
    let seconds = text.split(['.', 'Z']).next().unwrap_or_default();
    seconds.replacen('T', " ", 1)
}

/// A moment to the second, with its zone.
pub(super) fn time_utc(moment: Timestamp) -> String {
    format!("{} UTC", time(moment))
}

/// Bytes in the largest unit that is exact.
pub(super) fn bytes(bytes: u64) -> String {
    for (unit, size) in [("MiB", 1024 * 1024), ("KiB", 1024)] {
        if bytes >= size && bytes.is_multiple_of(size) {
            return format!("{} {unit}", number(bytes / size));
        }
    }
    counted(bytes, "byte", "bytes")
}

/// `a, b and c`.
pub(super) fn listed(parts: &[String]) -> String {
    let mut text = String::new();
    for (index, part) in parts.iter().enumerate() {
        let joint = match index {
            0 => "",
            _ if index + 1 == parts.len() => " and ",
            _ => ", ",
        };
        // Writing to a string does not fail.
        let _ = write!(text, "{joint}{part}");
    }
    text
}
