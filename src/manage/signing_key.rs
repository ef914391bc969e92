//! The keys that sign access tokens.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Context, ManageError};
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::signing_key::{Algorithm, SigningKey};
use crate::domain::time::Timestamp;

/// A key that signs access tokens, without its private part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SigningKeyView {
    /// The id in tokens that it signed.
    pub kid: String,
    pub algorithm: Algorithm,
    /// What it is used for now.
    pub state: SigningKeyState,
    /// When it was created and published.
    pub created_on: Timestamp,
    /// The moment from which it signs.
    pub active_from: Timestamp,
    /// When it is removed; none until a newer key signs in its place.
    pub removed_on: Option<Timestamp>,
}

/// The state of a signing key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SigningKeyState {
    /// The key is published and will sign later.
    Next,
    Active,
    /// The key no longer signs, but tokens that it signed are still valid.
    Retiring,
    Removed,
}

impl SigningKeyState {
    /// The name as lists show it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Active => "active",
            Self::Retiring => "retiring",
            Self::Removed => "removed",
        }
    }
}

/// All keys of the ring, by algorithm, newest first.
#[must_use]
pub fn signing_key_list(context: &Context) -> Vec<SigningKeyView> {
    views(&context.ledger.catalog().signing_keys, clock::now())
}

/// Rotates the keys: new ones are published now and sign a day later. With `now` they sign
/// immediately, and all earlier tokens become invalid. Returns the new ring.
///
/// # Errors
/// If a key could not be created or stored.
pub fn signing_key_rotate(context: &Context, by: Actor, now: bool) -> Result<Vec<SigningKeyView>, ManageError> {
    let _editing = context.edit();
    if now {
        context.issuer.keys_rotate_now(by)?;
    } else {
        context.issuer.keys_rotate_soon(by)?;
    }
    Ok(signing_key_list(context))
}

fn views(keys: &[SigningKey], now: Timestamp) -> Vec<SigningKeyView> {
    let mut views: Vec<SigningKeyView> = keys
        .iter()
        .map(|key| SigningKeyView {
            kid: key.kid.clone(),
            algorithm: key.algorithm,
            state: state(keys, key, now),
            created_on: key.created_on,
            active_from: key.active_from,
            removed_on: key.removed_on,
        })
        .collect();
    views.sort_by(|a, b| (a.algorithm, b.active_from, &a.kid).cmp(&(b.algorithm, a.active_from, &b.kid)));
    views
}

fn state(keys: &[SigningKey], key: &SigningKey, now: Timestamp) -> SigningKeyState {
    if key.removed_on.is_some_and(|end| end <= now) {
        return SigningKeyState::Removed;
    }
    if key.active_from > now {
        return SigningKeyState::Next;
    }
    let younger = keys.iter().any(|other| {
        other.algorithm == key.algorithm && other.active_from > key.active_from && other.active_from <= now
    });
    if younger {
        SigningKeyState::Retiring
    } else {
        SigningKeyState::Active
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(kid: &str, algorithm: Algorithm, active_from: i64, removed_on: Option<i64>) -> SigningKey {
        SigningKey {
            kid: kid.to_owned(),
            algorithm,
            sealed: Vec::new(),
            jwk: String::new(),
            created_on: Timestamp(0),
            active_from: Timestamp(active_from),
            removed_on: removed_on.map(Timestamp),
        }
    }

    #[test]
    fn one_key_of_each_algorithm_signs() {
        let keys = [
            key("gone", Algorithm::ES256, 1, Some(9)),
            key("old", Algorithm::ES256, 2, Some(20)),
            key("now", Algorithm::ES256, 5, None),
            key("next", Algorithm::ES256, 11, None),
            key("other", Algorithm::RS256, 1, None),
        ];
        let shown: Vec<_> = views(&keys, Timestamp(10))
            .into_iter()
            .map(|view| (view.kid, view.state.name()))
            .collect();
        let wanted = [
            ("next", "next"),
            ("now", "active"),
            ("old", "retiring"),
            ("gone", "removed"),
            ("other", "active"),
        ];
        assert_eq!(shown, wanted.map(|(kid, state)| (kid.to_owned(), state)));
    }
}
