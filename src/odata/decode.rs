//! Query strings: parts, and what percent signs stand for.

/// The parts of a query string, names and values decoded; the second of a pair is an error if
/// the value cannot be decoded.
pub(super) fn parts(query: &str) -> impl Iterator<Item = (String, Result<String, String>)> {
    query.split('&').filter(|part| !part.is_empty()).map(|part| {
        let value = part.split_once('=').map_or("", |(_, value)| value);
        (option_name(part), decode(value))
    })
}

/// The name of one part, decoded; as it is if it cannot be decoded.
pub(super) fn option_name(part: &str) -> String {
    let name = part.split('=').next().unwrap_or_default();
    decode(name).unwrap_or_else(|_| name.to_owned())
}

/// A text without percent signs; `+` is a space.
fn decode(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        bytes.push(match first {
            b'+' => b' ',
            b'%' => {
                let (digits, after) = rest.split_at_checked(2).ok_or_else(broken)?;
                rest = after;
                match digits {
                    [high, low] => hex(*high).zip(hex(*low)).map(|(high, low)| high * 16 + low),
                    _ => None,
                }
                .ok_or_else(broken)?
            }
            other => *other,
        });
    }
    String::from_utf8(bytes).map_err(|_| "the text is not UTF-8; percent-encode it as UTF-8".to_owned())
}

fn broken() -> String {
    "'%' must be followed by two hexadecimal digits; write %25 for a percent sign".to_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}
