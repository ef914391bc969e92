//! Passwords: which are accepted, and how they are stored.

use std::ops::RangeInclusive;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};

use super::People;
use crate::concurrency_limit::ConcurrencyLimit;
use crate::secret::{SecretError, random};

/// The accepted length of a password in characters.
pub const PASSWORD_LENGTHS: RangeInclusive<usize> = 12..=128;

/// Memory in KiB, rounds and lanes of Argon2id: the minimum that OWASP recommends. If they are
/// raised here, passwords are hashed again at the next login.
const COST: (u32, u32, u32) = (19_456, 2, 1);

/// The minimum number of characters besides the user's name and words of the product.
const OWN_LEAST: usize = 8;

/// Passwords that attackers try first, in lower case, and the words they consist of.
const COMMON: &str = include_str!("common_passwords.txt");

/// Words that appear on the pages.
const PRODUCT: [&str; 4] = ["hookgate", "webhook", "administrator", "operator"];

/// Why a password is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    #[error("the password is too short; use at least {} characters", PASSWORD_LENGTHS.start())]
    Short,
    #[error("the password is too long; use at most {} characters", PASSWORD_LENGTHS.end())]
    Long,
    #[error("this password is too common; use several words that do not belong together")]
    Common,
    #[error("the password is too similar to the user name or to words on this page; choose another one")]
    Named,
}

impl People {
    /// The hash of a new password to store: Argon2id in PHC form. None if too many hashes wait.
    ///
    /// # Errors
    /// If the password cannot be hashed.
    pub(super) fn password_hash(&self, clear: &str) -> Result<Option<String>, SecretError> {
        hash(&self.hashing, clear)
    }

    /// Whether the password matches. Takes the same time if there is no stored one. None if too
    /// many hashes wait.
    pub(super) fn password_is(&self, clear: &str, stored: &str) -> Option<bool> {
        let Ok(known) = PasswordHash::new(stored) else {
            let hashed = hash(&self.hashing, clear);
            return hashed.ok().flatten().map(|_| false);
        };
        let _permit = self.hashing.acquire_blocking()?;
        Some(Argon2::default().verify_password(clear.as_bytes(), &known).is_ok())
    }
}

/// Whether a stored hash is weaker than now required.
pub fn is_stale(stored: &str) -> bool {
    let known = PasswordHash::new(stored).ok();
    let params = known.and_then(|known| Params::try_from(&known).ok());
    let (memory, rounds, lanes) = COST;
    params.is_none_or(|params| params.m_cost() < memory || params.t_cost() < rounds || params.p_cost() < lanes)
}

/// Checks whether a user with this name may have this password.
///
/// # Errors
/// Why it is not accepted.
pub fn password_checked(clear: &str, name: &str) -> Result<(), PasswordError> {
    let length = clear.chars().count();
    if length < *PASSWORD_LENGTHS.start() {
        return Err(PasswordError::Short);
    }
    if length > *PASSWORD_LENGTHS.end() {
        return Err(PasswordError::Long);
    }
    let lower = clear.to_lowercase();
    if is_common(&lower) {
        return Err(PasswordError::Common);
    }
    let mut rest = lower;
    for word in std::iter::once(name.to_lowercase().as_str()).chain(PRODUCT) {
        if !word.is_empty() {
            rest = rest.replace(word, "");
        }
    }
    if rest.chars().count() < OWN_LEAST && rest.chars().count() < length {
        return Err(PasswordError::Named);
    }
    Ok(())
}

/// Whether it is in the list, a word of the list with digits and symbols around it, a short part
/// that repeats, or a sequence of consecutive characters.
fn is_common(lower: &str) -> bool {
    let core = lower.trim_matches(|c: char| !c.is_alphabetic());
    let listed = |text: &str| !text.is_empty() && COMMON.lines().any(|known| known == text);
    let chars: Vec<char> = lower.chars().collect();
    let repeated = (1..=chars.len() / 3).any(|part| {
        let (first, rest) = chars.split_at(part);
        rest.chunks(part).all(|chunk| first.starts_with(chunk))
    });
    let runs = chars.windows(2).filter(|pair| match pair {
        [one, two] => {
            let step = i64::from(u32::from(*two)) - i64::from(u32::from(*one));
            (-1..=1).contains(&step)
        }
        _ => false,
    });
    let halves = || {
        let middle = lower.len() / 2;
        lower.is_char_boundary(middle) && lower.get(..middle) == lower.get(middle..) && listed(&lower[..middle])
    };
    listed(lower) || listed(core) || repeated || runs.count() + 3 >= chars.len() || halves()
}

fn hash(limit: &ConcurrencyLimit, clear: &str) -> Result<Option<String>, SecretError> {
    let salt: [u8; 16] = random()?;
    let Some(_permit) = limit.acquire_blocking() else {
        return Ok(None);
    };
    let (memory, rounds, lanes) = COST;
    let params = Params::new(memory, rounds, lanes, None).map_err(|_| SecretError::Random)?;
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hashed = argon.hash_password_with_salt(clear.as_bytes(), &salt);
    Ok(Some(hashed.map_err(|_| SecretError::Random)?.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_passwords_are_taken() {
        let many = "x9".repeat(3) + &"correct horse battery ".repeat(6);
        for (clear, name, expected) in [
            ("correct horse", "anna", Ok(())),
            ("Tr0ub4dor&3 zz", "anna", Ok(())),
            ("пароль и соль", "anna", Ok(())),
            ("short", "anna", Err(PasswordError::Short)),
            ("elevenchars", "anna", Err(PasswordError::Short)),
            (many.as_str(), "anna", Err(PasswordError::Long)),
            ("Password1234", "anna", Err(PasswordError::Common)),
            ("Password!2024!", "anna", Err(PasswordError::Common)),
            ("passwordpassword", "anna", Err(PasswordError::Common)),
            ("qwertyuiop123", "anna", Err(PasswordError::Common)),
            ("123456789012", "anna", Err(PasswordError::Common)),
            ("aaaaaaaaaaaaa", "anna", Err(PasswordError::Common)),
            ("abcabcabcabc", "anna", Err(PasswordError::Common)),
            ("abcdefghijkl", "anna", Err(PasswordError::Common)),
            ("Hookgate-2024!", "anna", Err(PasswordError::Common)),
            ("my-hookgate-webhook", "anna", Err(PasswordError::Named)),
            ("Marie-Louise12", "marie-louise", Err(PasswordError::Named)),
            ("administrator", "anna", Err(PasswordError::Common)),
        ] {
            assert_eq!(password_checked(clear, name), expected, "{clear}");
        }
    }

    #[test]
    fn a_stored_password_is_argon2id_and_hashed_anew_when_the_cost_rises() {
        let limit = ConcurrencyLimit::new(1, 0);
        let stored = hash(&limit, "correct horse").unwrap().unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(!is_stale(&stored));
        assert_ne!(
            stored,
            hash(&limit, "correct horse").unwrap().unwrap(),
            "the salt is new"
        );
        for less in ["m=4096,t=2,p=1", "m=19456,t=1,p=1"] {
            assert!(is_stale(&stored.replace("m=19456,t=2,p=1", less)), "{less}");
        }
        assert!(is_stale(""));
    }

    #[test]
    fn the_list_is_in_lower_case_and_without_doubles() {
        let words: Vec<&str> = COMMON.lines().collect();
        let mut once = words.clone();
        once.sort_unstable();
        once.dedup();
        assert!(words.len() > 200);
        assert_eq!(words.len(), once.len());
        assert!(
            words
                .iter()
                .all(|word| !word.is_empty() && *word == word.to_lowercase())
        );
    }
}
