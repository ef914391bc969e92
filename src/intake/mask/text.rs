//! Masks credentials in a text: parameters of a query string or URL, and user information before
//! the host of a URL.

use std::borrow::Cow;

use super::name::{Place, is_credential};
use super::{MASK, source_keys};
use crate::parse::percent::{self, Plus};
use crate::secret::SOURCE_KEY_PREFIX;

/// The maximum number of levels at which a URL may be escaped within another one.
const DEPTH: u8 = 3;

/// Masks the values of credentials in a text. Their names are kept, to show that they were sent.
pub fn masked(text: &str, place: Place) -> Cow<'_, str> {
    within(text, place, DEPTH)
}

/// Whether the value has three parts of base64 as in RFC 7519, regardless of its name.
pub fn is_jwt(value: &str) -> bool {
    let coded = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    value.starts_with("eyJ") && value.bytes().all(coded) && value.split('.').count() == 3
}

fn within(text: &str, place: Place, depth: u8) -> Cow<'_, str> {
    // Most values contain none of these characters, and every webhook has many values.
    if !text.bytes().any(|byte| matches!(byte, b'=' | b'@' | b'%')) {
        return source_keys(Cow::Borrowed(text));
    }
    let without_users = users(text);
    let masked = pairs(&without_users, place, depth);
    let masked = source_keys(Cow::Owned(masked));
    if masked == text {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(masked.into_owned())
    }
}

/// Masks the user information before the host of a URL: `https://user:password@host`.
fn users(text: &str) -> Cow<'_, str> {
    let Some(mut at) = text.find("://") else {
        return Cow::Borrowed(text);
    };
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, host)) = rest.split_at_checked(at + 3) {
        out.push_str(before);
        let end = host
            .find(|c: char| ends_value(c) || matches!(c, '/' | '?' | '\\'))
            .unwrap_or(host.len());
        let user = host.get(..end).and_then(|authority| authority.rfind('@'));
        rest = user.and_then(|user| host.get(user..)).unwrap_or(host);
        if user.is_some() {
            out.push_str(MASK);
        }
        match rest.find("://") {
            Some(next) => at = next,
            None => break,
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Reads `name=value` pairs from left to right. The value of a harmless name is scanned too, since
/// URLs occur within URLs: `to=https://host/?token=…`.
fn pairs(text: &str, mut place: Place, depth: u8) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(end) = rest.find(ends_name) {
        let (name, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let Some(value) = after.strip_prefix('=') else {
            out.push_str(&escaped(name, place, depth));
            let mut chars = after.chars();
            let separator = chars.next();
            if matches!(separator, Some('?' | '#')) {
                place = Place::Address;
            }
            out.extend(separator);
            rest = chars.as_str();
            continue;
        };
        let (value, after) = value_and_rest(value);
        out.push_str(name);
        out.push('=');
        // Only equals signs: the end of base64.
        let empty = value.bytes().all(|byte| byte == b'=');
        if !empty && (is_credential(&own_name(name), place) || is_jwt(value)) {
            // For a source key of Hookgate, the mask shows that it is one.
            if is_source_key(value) {
                out.push_str(SOURCE_KEY_PREFIX);
            }
            out.push_str(MASK);
            rest = after;
            continue;
        }
        let inner = escaped(value, place, depth);
        if inner == value {
            rest = rest.get(end + 1..).unwrap_or_default();
        } else {
            out.push_str(&inner);
            rest = after;
        }
    }
    out.push_str(&escaped(rest, place, depth));
    out
}

fn is_source_key(value: &str) -> bool {
    value.strip_prefix(SOURCE_KEY_PREFIX).is_some_and(|key| {
        key.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-*".contains(&byte))
    })
}

/// Masks the credentials in a part that is escaped as a whole, such as a URL within a URL. Returns
/// it unchanged if it has none.
fn escaped(part: &str, place: Place, depth: u8) -> Cow<'_, str> {
    let Some(depth) = depth.checked_sub(1).filter(|_| part.contains('%')) else {
        return Cow::Borrowed(part);
    };
    let bytes = percent::bytes(part.as_bytes(), Plus::Space);
    let plain = String::from_utf8_lossy(&bytes);
    match within(&plain, place, depth) {
        Cow::Borrowed(_) => Cow::Borrowed(part),
        Cow::Owned(masked) => Cow::Owned(escape(&masked)),
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'*') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for digit in [byte >> 4, byte & 15] {
                out.extend(char::from_digit(u32::from(digit), 16).map(|digit| digit.to_ascii_uppercase()));
            }
        }
    }
    out
}

/// The name of a parameter without the path before it and without escapes.
fn own_name(name: &str) -> Cow<'_, str> {
    let own = name.rsplit('/').next().unwrap_or(name);
    match percent::bytes(own.as_bytes(), Plus::Space) {
        Cow::Borrowed(_) => Cow::Borrowed(own),
        Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
    }
}

/// Splits a value from what follows it. A semicolon or comma may be part of a password, so neither
/// ends the value.
fn value_and_rest(text: &str) -> (&str, &str) {
    let end = match text.strip_prefix('"') {
        Some(quoted) => quoted.find('"').map_or(text.len(), |end| end + 2),
        None => text.find(ends_value).unwrap_or(text.len()),
    };
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn ends_value(c: char) -> bool {
    c.is_whitespace() || matches!(c, '&' | '#' | '"' | '<' | '>')
}

fn ends_name(c: char) -> bool {
    ends_value(c) || matches!(c, '=' | '?' | ';' | ',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fault_08_queries_keep_no_credential() {
        for (query, kept) in [
            ("", ""),
            ("a=1&b=2", "a=1&b=2"),
            ("a=%20&b", "a=%20&b"),
            ("token=hidden&password=hidden", "token=***&password=***"),
            ("a=1&token=hidden&b=2", "a=1&token=***&b=2"),
            ("Token=hidden", "Token=***"),
            ("to%6Ben=hidden", "to%6Ben=***"),
            ("api%5Fkey=hidden", "api%5Fkey=***"),
            ("api+key=hidden", "api+key=***"),
            ("user%5Bpassword%5D=hidden", "user%5Bpassword%5D=***"),
            ("user[password]=hidden&user[name]=x", "user[password]=***&user[name]=x"),
            ("password[]=hidden&password[]=hidden", "password[]=***&password[]=***"),
            ("token=", "token="),
            ("token", "token"),
            ("token=hidden=hidden", "token=***"),
            ("token=hid;den,hid", "token=***"),
            ("token=%3D", "token=***"),
            ("a=1;token=hidden", "a=1;token=***"),
            ("a=1?token=hidden", "a=1?token=***"),
            ("?token=hidden", "?token=***"),
            ("&&token=hidden&&", "&&token=***&&"),
            ("token%3Dhidden", "token%3D***"),
            ("to=https://h/?token=hidden&a=1", "to=https://h/?token=***&a=1"),
            ("to=https://u:hidden@h/p", "to=https://***@h/p"),
            (
                "to=https%3A%2F%2Fu%3Ahidden%40h%2F%3Ftoken%3Dhidden%26a%3D1&b=2",
                "to=https%3A%2F%2F***%40h%2F%3Ftoken%3D***%26a%3D1&b=2",
            ),
            ("a=b%253Ftoken%253Dhidden", "a=b%253Ftoken%253D***"),
            ("sig=hidden&sv=1", "sig=***&sv=1"),
            (
                "X-Amz-Signature=hidden&X-Amz-Date=1",
                "X-Amz-Signature=***&X-Amz-Date=1",
            ),
            ("x=eyJhbGciOi.eyJzdWIi.c2ln", "x=***"),
            ("x=whk_hidden", "x=whk_***"),
            ("whk_hidden", "whk_***"),
            ("key=whk_hidden&x=1", "key=whk_***&x=1"),
            ("key=whk_hidden;hidden", "key=***"),
            (
                "utm_source=a&utm_term=b+c&author=d&monkey=e",
                "utm_source=a&utm_term=b+c&author=d&monkey=e",
            ),
            ("mail=a@b.example", "mail=a@b.example"),
            ("idempotency_key=abc", "idempotency_key=abc"),
            ("a=%ff%&b=%", "a=%ff%&b=%"),
        ] {
            assert_eq!(masked(query, Place::Address), kept, "{query}");
        }
    }

    #[test]
    fn fault_08_headers_keep_no_credential_of_an_address() {
        for (value, kept) in [
            ("https://h/p?token=hidden#x", "https://h/p?token=***#x"),
            (
                "https://h/p#access_token=hidden&a=1",
                "https://h/p#access_token=***&a=1",
            ),
            ("https://u:hidden@h", "https://***@h"),
            ("https://hidden@h:8443/p?x=a@b", "https://***@h:8443/p?x=a@b"),
            ("https://u:p@ss:hidden@h/", "https://***@h/"),
            (
                "https://u:hidden@a/ https://u:hidden@b/",
                "https://***@a/ https://***@b/",
            ),
            ("/p?a=1&password=hidden", "/p?a=1&password=***"),
            ("/p;jsessionid=hidden?a=1", "/p;jsessionid=***"),
            (
                "<https://h/?token=hidden>; rel=\"next\"",
                "<https://h/?token=***>; rel=\"next\"",
            ),
            ("https://h/?sig=hidden", "https://h/?sig=***"),
            ("token=\"hidden hidden\"; a=1", "token=***; a=1"),
            ("for=10.0.0.1;secret=hidden", "for=10.0.0.1;secret=***"),
            ("sha256=757107ea", "sha256=757107ea"),
            ("t=1,v1=abc", "t=1,v1=abc"),
            ("sig1=:abc=:", "sig1=:abc=:"),
            (
                "1GxccvotnkOedTjSm8S0m/VA3yAUKshyqT52ccNYHjKey=",
                "1GxccvotnkOedTjSm8S0m/VA3yAUKshyqT52ccNYHjKey=",
            ),
            ("abcPw==", "abcPw=="),
            ("https://auth.example.com/a=1", "https://auth.example.com/a=1"),
            ("https://h/form?page=2&author=x", "https://h/form?page=2&author=x"),
            ("Ann Best <a@b.example>", "Ann Best <a@b.example>"),
            ("100% sure", "100% sure"),
        ] {
            assert_eq!(masked(value, Place::Header), kept, "{value}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_masked_stays_as_it_is(
            text in "(token|a|pass|[=&;?#%@ ,\"é]|://|%3D|%26|%|whk_|x|\\*\\*\\*){0,14}",
            address in proptest::bool::ANY,
        ) {
            let place = if address { Place::Address } else { Place::Header };
            let once = masked(&text, place).into_owned();
            proptest::prop_assert_eq!(masked(&once, place), once.as_str());
        }

        #[test]
        fn no_value_of_a_credential_is_left(
            before in "[a-z0-9=&]{0,12}",
            name in "(token|password|api_key|X-Auth|user%5Bpwd%5D)",
            value in "[A-Z0-9%+/;,.:~_-]{1,12}",
            after in "(&[a-z=]{0,9})?",
        ) {
            let masked = masked(&format!("{before}&{name}={value}{after}"), Place::Address).into_owned();
            proptest::prop_assert!(masked.ends_with(&format!("&{name}=***{after}")), "{masked}");
        }
    }
}
