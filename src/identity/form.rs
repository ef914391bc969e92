//! Parses the forms of RFC 6749. Strict: malformed input is rejected.

use std::borrow::Cow;

use super::error::TokenError;
use crate::parse::percent::{self, Plus};

/// The maximum number of parameters in a form.
const MAX_PARAMETERS: usize = 64;

/// The parameters that a program sent, without those that have no value. Contains secrets, so it
/// has no `Debug`.
pub struct Form<'a> {
    pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> Form<'a> {
    /// Parses a form. A parameter without a value counts as not sent.
    ///
    /// # Errors
    /// If an escape is invalid, a text is not UTF-8, or there are too many parameters.
    pub fn read(body: &'a [u8]) -> Result<Self, TokenError> {
        let mut pairs = Vec::with_capacity(6);
        let parts = body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
        for (count, part) in parts.enumerate() {
            if count >= MAX_PARAMETERS {
                return Err(TokenError::Encoding);
            }
            let equals = memchr::memchr(b'=', part).unwrap_or(part.len());
            let (name, value) = part.split_at_checked(equals).ok_or(TokenError::Encoding)?;
            let name = decoded(name).ok_or(TokenError::Encoding)?;
            let value = decoded(value.get(1..).unwrap_or_default()).ok_or(TokenError::Encoding)?;
            if !value.is_empty() {
                pairs.push((name, value));
            }
        }
        Ok(Self { pairs })
    }

    /// Whether no parameter has a value.
    pub const fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// The value of a parameter that may be sent once.
    ///
    /// # Errors
    /// If it was sent more than once.
    pub fn one(&self, name: &str) -> Result<Option<&str>, TokenError> {
        let mut values = self
            .pairs
            .iter()
            .filter(|(known, _)| known == name)
            .map(|(_, value)| &**value);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(TokenError::Repeated),
            (value, None) => Ok(value),
        }
    }

    /// All values of a parameter that may be sent more than once.
    pub fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        let pairs = self.pairs.iter().filter(move |(known, _)| known == name);
        pairs.map(|(_, value)| value.as_ref())
    }
}

/// Decodes a text that is escaped as in forms; none if an escape is invalid or it is not UTF-8.
pub fn decoded(escaped: &[u8]) -> Option<Cow<'_, str>> {
    percent::text(escaped, Plus::Space).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_without_a_value_was_not_sent() {
        let form = Form::read(b"a=&b&=c&&d=1&a=2").unwrap();
        assert_eq!(form.one("a"), Ok(Some("2")));
        assert_eq!(form.one("b"), Ok(None));
        assert_eq!(form.one("d"), Ok(Some("1")));
    }

    #[test]
    fn one_and_all() {
        let form = Form::read(b"r=1&s=x&r=2&s=x").unwrap();
        assert_eq!(form.all("r").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(form.one("s"), Err(TokenError::Repeated));
    }

    #[test]
    fn what_is_malformed_anywhere_is_refused() {
        for body in ["unknown=%", "%=1", "a=1&b=%f", "a=%ff"] {
            assert_eq!(Form::read(body.as_bytes()).err(), Some(TokenError::Encoding), "{body}");
        }
        let many = "a=1&".repeat(MAX_PARAMETERS + 1);
        assert_eq!(Form::read(many.as_bytes()).err(), Some(TokenError::Encoding));
        assert!(Form::read("a=1&".repeat(MAX_PARAMETERS).as_bytes()).is_ok());
    }
}
