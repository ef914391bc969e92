//! What the path after the root names. Pure: a later step checks that the set exists.

use std::borrow::Cow;

use uuid::Uuid;

use super::odata_error::ODataError;
use super::wording::quoted;
use crate::parse::percent::{self, Plus};

/// What an address names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    Service,
    Metadata,
    Batch,
    Collection {
        /// The name of the set, as sent; so in the others.
        set: String,
    },
    Count {
        set: String,
    },
    Entity {
        set: String,
        id: Uuid,
    },
    /// `Contact(<id>)/Name`, `Contact(<id>)/Name/$value`, `Contact(<id>)/Country` and
    /// `Contact(<id>)/Country/Name`
    Member {
        set: String,
        id: Uuid,
        /// Lookups to follow, then a property or another lookup; one name at least.
        path: Vec<String>,
        /// With `/$value`: the plain text.
        raw: bool,
    },
}

/// Parses the path after the root, percent-encoded as sent, without its leading slash.
///
/// # Errors
/// When the path cannot name anything; the error says what is expected.
pub fn address(path: &str) -> Result<Address, ODataError> {
    let path = path.strip_suffix('/').unwrap_or(path);
    if path.is_empty() {
        return Ok(Address::Service);
    }
    let mut segments = path.split('/');
    let first = decode(segments.next().unwrap_or_default())?;
    let rest: Vec<String> = segments.map(decode).collect::<Result<_, _>>()?;
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    match (first.as_str(), rest.as_slice()) {
        ("$metadata", []) => Ok(Address::Metadata),
        ("$batch", []) => Ok(Address::Batch),
        (other, _) if other.starts_with('$') => Err(ODataError::NotFound(format!(
            "there is nothing at {}; there are $metadata, $batch and the sets that the service document lists",
            quoted(other)
        ))),
        (first, rest) => in_set(first, rest),
    }
}

fn in_set(first: &str, rest: &[&str]) -> Result<Address, ODataError> {
    let Some((set, key)) = first.split_once('(') else {
        let set = name(first)?;
        return match rest {
            [] => Ok(Address::Collection { set }),
            ["$count"] => Ok(Address::Count { set }),
            [key] if Uuid::try_parse(key).is_ok() => Err(ODataError::NotFound(format!(
                "write an id in parentheses: {set}({key})"
            ))),
            [other, ..] => Err(ODataError::NotFound(format!(
                "{set} can only be followed by /$count, or by an id as in {set}(<id>), not by {}",
                quoted(other)
            ))),
        };
    };
    let set = name(set)?;
    let id = id(&set, key)?;
    let (names, raw) = match rest {
        [] => return Ok(Address::Entity { set, id }),
        [names @ .., "$value"] if !names.is_empty() => (names, true),
        names => (names, false),
    };
    let mut path = Vec::with_capacity(names.len());
    for name in names {
        if name.starts_with('$') && !path.is_empty() {
            return Err(ODataError::NotFound(format!(
                "{set}(<id>)/{} can only be followed by names and /$value, not by {}",
                path.join("/"),
                quoted(name)
            )));
        }
        path.push(self::name(name)?);
    }
    Ok(Address::Member { set, id, path, raw })
}

/// The id in `<id>)`: bare, in quotes, or named as in `Id=<id>`.
fn id(set: &str, key: &str) -> Result<Uuid, ODataError> {
    let expected = || {
        ODataError::Wrong(format!(
            "an id is needed in the parentheses, as in {set}(f8af0e88-f36b-1410-fa98-00155d043204)"
        ))
    };
    let key = key.strip_suffix(')').ok_or_else(expected)?.trim();
    let key = match key.split_once('=') {
        Some((name, key)) if name.trim().eq_ignore_ascii_case("Id") => key.trim(),
        Some(_) => return Err(expected()),
        None => key,
    };
    let key = key
        .strip_prefix("guid'")
        .or_else(|| key.strip_prefix('\''))
        .map_or(Some(key), |quoted| quoted.strip_suffix('\''))
        .ok_or_else(expected)?;
    let plain = key.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    Uuid::try_parse(key).ok().filter(|_| plain).ok_or_else(expected)
}

/// A name: letters, digits and underscores.
fn name(text: &str) -> Result<String, ODataError> {
    let is_name = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_name && !text.is_empty() && text.len() <= MAX_NAME_LENGTH {
        return Ok(text.to_owned());
    }
    Err(ODataError::NotFound(format!(
        "a name of letters and digits is needed in the address, not {}; the service document lists the sets",
        quoted(text)
    )))
}

/// No code of an object or a column is longer.
const MAX_NAME_LENGTH: usize = 130;

/// A segment without percent signs. A plus is a plus, other than in a query string.
fn decode(segment: &str) -> Result<String, ODataError> {
    let text = percent::text(segment.as_bytes(), Plus::Plus);
    text.map(Cow::into_owned).map_err(|_| {
        ODataError::Wrong(
            "the address is percent-encoded wrongly: '%' and two hexadecimal digits are needed, together UTF-8"
                .to_owned(),
        )
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ID: &str = "f8af0e88-f36b-1410-fa98-00155d043204";

    fn entity() -> Address {
        Address::Entity {
            set: "Contact".to_owned(),
            id: ID.parse().unwrap(),
        }
    }

    fn member(path: &str, raw: bool) -> Address {
        Address::Member {
            set: "Contact".to_owned(),
            id: ID.parse().unwrap(),
            path: path.split('/').map(str::to_owned).collect(),
            raw,
        }
    }

    #[test]
    fn what_addresses_name() {
        let set = || "Contact".to_owned();
        for (path, expected) in [
            ("", Address::Service),
            ("/", Address::Service),
            ("$metadata", Address::Metadata),
            ("$metadata/", Address::Metadata),
            ("%24metadata", Address::Metadata),
            ("$batch", Address::Batch),
            ("Contact", Address::Collection { set: set() }),
            ("Contact/", Address::Collection { set: set() }),
            ("C%6Fntact", Address::Collection { set: set() }),
            ("Contact/$count", Address::Count { set: set() }),
            ("Contact/%24count/", Address::Count { set: set() }),
            (&format!("Contact({ID})"), entity()),
            (&format!("Contact({ID})/"), entity()),
            (&format!("Contact('{ID}')"), entity()),
            (&format!("Contact(%27{ID}%27)"), entity()),
            (&format!("Contact(guid'{ID}')"), entity()),
            (&format!("Contact(Id={ID})"), entity()),
            (&format!("Contact(id='{ID}')"), entity()),
            (&format!("Contact(%20Id%20=%20{ID}%20)"), entity()),
            (&format!("Contact%28{}%29", ID.to_uppercase()), entity()),
            (&format!("Contact({})", ID.replace('-', "")), entity()),
            (&format!("Contact({ID})/Name"), member("Name", false)),
            (&format!("Contact({ID})/Name/$value"), member("Name", true)),
            (&format!("Contact({ID})/Country/"), member("Country", false)),
            (&format!("Contact({ID})/Country/Name"), member("Country/Name", false)),
            (
                &format!("Contact({ID})/Country/Name/$value"),
                member("Country/Name", true),
            ),
        ] {
            assert_eq!(address(path).ok(), Some(expected), "{path}");
        }
    }

    #[test]
    fn what_is_no_address_says_what_is_expected() {
        for (path, status, text) in [
            ("$all", 404, "$metadata, $batch and the sets"),
            ("$metadata/x", 404, "$metadata, $batch and the sets"),
            ("//", 404, "letters and digits"),
            ("Contact//Name", 404, "Contact can only be followed by /$count"),
            ("Contact/Name", 404, "Contact can only be followed by /$count"),
            (
                &format!("Contact/{ID}"),
                404,
                "write an id in parentheses: Contact(f8af0e88",
            ),
            ("Contact(", 400, "an id is needed in the parentheses, as in Contact("),
            ("Contact()", 400, "an id is needed"),
            ("Contact(1)", 400, "an id is needed"),
            (&format!("Contact('{ID})"), 400, "an id is needed"),
            (&format!("Contact({ID}"), 400, "an id is needed"),
            (&format!("Contact({ID})x"), 400, "an id is needed"),
            (&format!("Contact({{{ID}}})"), 400, "an id is needed"),
            (&format!("Contact(Name={ID})"), 400, "an id is needed"),
            (
                &format!("Contact({ID})/Country/$ref"),
                404,
                "can only be followed by names and /$value, not by '$ref'",
            ),
            (&format!("Contact({ID})/Name/$value/x"), 404, "not by '$value'"),
            (&format!("Contact({ID})/$value"), 404, "letters and digits"),
            ("Größe", 404, "letters and digits"),
            (
                &"x".repeat(1000),
                404,
                "not 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…'",
            ),
            ("Contact%", 400, "two hexadecimal digits"),
            ("Contact%4", 400, "two hexadecimal digits"),
            ("Contact%zz", 400, "two hexadecimal digits"),
            ("Contact%+1", 400, "two hexadecimal digits"),
            ("%ff", 400, "UTF-8"),
        ] {
            let error = address(path).unwrap_err();
            assert_eq!(error.status(), status, "{path}: {error}");
            assert!(error.to_string().contains(text), "{path}: {error}");
        }
    }

    proptest! {
        #[test]
        fn no_address_panics(path in "\\PC{0,40}") {
            let _ = address(&path);
        }

        #[test]
        fn nothing_near_an_address_panics(path in "[A-C$()/%'=2-f-]{0,60}") {
            if let Err(error) = address(&path) {
                prop_assert!(matches!(error.status(), 400 | 404));
            }
        }
    }
}
