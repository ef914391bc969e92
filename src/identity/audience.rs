//! `aud`: a single text, or a list (RFC 7519 section 4.1.3).

use serde::{Deserialize, Serialize};

/// The audience of a JWT.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    One(String),
    /// A list, which may have a single element.
    Many(Vec<String>),
}

impl Audience {
    /// All audiences of the token.
    #[must_use]
    pub fn all(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }

    /// The audience, if there is exactly one.
    #[must_use]
    pub fn only(&self) -> Option<&str> {
        match self.all() {
            [one] => Some(one),
            _ => None,
        }
    }
}

impl From<&[&str]> for Audience {
    fn from(audience: &[&str]) -> Self {
        match audience {
            [one] => Self::One((*one).to_owned()),
            many => Self::Many(many.iter().map(|&one| one.to_owned()).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_or_many() {
        for (json, all, only) in [
            ("\"a\"", vec!["a"], Some("a")),
            ("[\"a\"]", vec!["a"], Some("a")),
            ("[\"a\",\"b\"]", vec!["a", "b"], None),
            ("[]", vec![], None),
        ] {
            let audience: Audience = serde_json::from_str(json).unwrap();
            assert_eq!(audience.all(), all, "{json}");
            assert_eq!(audience.only(), only, "{json}");
        }
        assert_eq!(serde_json::to_string(&Audience::from(&["a"][..])).unwrap(), "\"a\"");
        assert_eq!(
            serde_json::to_string(&Audience::from(&["a", "b"][..])).unwrap(),
            "[\"a\",\"b\"]"
        );
    }
}
