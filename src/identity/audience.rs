//! `aud`: one text, or a list of them (RFC 7519 section 4.1.3).

use serde::{Deserialize, Serialize};

/// Whom a JWT is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    One(String),
    /// Several, or one in a list.
    Many(Vec<String>),
}

impl Audience {
    /// All.
    #[must_use]
    pub fn all(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }

    /// The only one, if there is no other.
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
