//! The master key and its uses: keys of sources are looked up by HMAC and stored encrypted, as are
//! keys that sign tokens, so that neither the journal nor the store holds one in the clear. Client
//! secrets are stored as SHA-256 only.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::{digest, hkdf, hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use uuid::Uuid;

use crate::domain::client::{CLIENT_ID_PREFIX, CLIENT_SECRET_PREFIX, ClientSecret};
use crate::domain::source::SourceKey;
use crate::domain::time::Timestamp;

/// What every source key starts with, so that secret scanners know it.
pub const SOURCE_KEY_PREFIX: &str = "whk_";

/// The keys made from the master key.
pub struct Secrets {
    lookup: hmac::Key,
    seal: RandomizedNonceKey,
}

/// A secret could not be made or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The system returns no random numbers.
    #[error("the system's random number generator failed")]
    Random,
    /// The value was sealed with another master key, or is damaged.
    #[error("the value was encrypted with another master key, or is damaged")]
    Unsealable,
    /// The value is stored as a hash only.
    #[error("the secret is not stored; only its hash is stored")]
    NotKept,
}

impl Secrets {
    /// Keys for lookup and encryption from the 32 bytes of the master key (HKDF-SHA-256).
    ///
    /// # Errors
    /// When the cryptographic library rejects the key, which it does not for keys of this length.
    pub fn new(master: &[u8; 32]) -> Result<Self, SecretError> {
        let lookup = derive(master, b"hookgate source key lookup v1")?;
        let seal = derive(master, b"hookgate seal v1")?;
        Ok(Self {
            lookup: hmac::Key::new(hmac::HMAC_SHA256, &lookup),
            seal: RandomizedNonceKey::new(&AES_256_GCM, &seal).map_err(|_| SecretError::Random)?,
        })
    }

    /// The lookup value of a key: HMAC-SHA-256, so that comparing takes the same time for all.
    #[must_use]
    pub fn source_key_lookup(&self, key: &str) -> [u8; 32] {
        let mut lookup = [0; 32];
        lookup.copy_from_slice(hmac::sign(&self.lookup, key.as_bytes()).as_ref());
        lookup
    }

    /// A new key for a source: the key itself, to be shown, and the form that is stored.
    ///
    /// # Errors
    /// When the system returns no random numbers.
    pub fn source_key_new(&self) -> Result<(String, SourceKey), SecretError> {
        let random: [u8; 32] = random()?;
        let key = format!("{SOURCE_KEY_PREFIX}{}", URL_SAFE_NO_PAD.encode(random));
        let stored = SourceKey {
            lookup: self.source_key_lookup(&key),
            sealed: self.seal(b"source key", key.as_bytes())?,
            hint: key.chars().take(SOURCE_KEY_PREFIX.len() + 6).collect(),
        };
        Ok((key, stored))
    }

    /// The key of a source in the clear, for showing its Webhook URL again.
    ///
    /// # Errors
    /// When it was sealed with another master key.
    pub fn source_key_open(&self, key: &SourceKey) -> Result<String, SecretError> {
        let bytes = self.open(b"source key", &key.sealed)?;
        String::from_utf8(bytes).map_err(|_| SecretError::Unsealable)
    }

    /// A new secret for an OAuth client: the secret itself, to be shown once, and the form that
    /// is stored. `kept` is for the client that Hookgate itself uses: only then can the secret be
    /// read again.
    ///
    /// # Errors
    /// When the system returns no random numbers.
    pub fn client_secret_new(
        &self,
        id: Uuid,
        at: Timestamp,
        kept: bool,
    ) -> Result<(String, ClientSecret), SecretError> {
        let random: [u8; 32] = random()?;
        let secret = format!("{CLIENT_SECRET_PREFIX}{}", URL_SAFE_NO_PAD.encode(random));
        let sealed = if kept {
            Some(self.seal(&purpose(b"client secret", id.as_bytes()), secret.as_bytes())?)
        } else {
            None
        };
        let stored = ClientSecret {
            id,
            hash: client_secret_hash(&secret),
            hint: secret.chars().take(CLIENT_SECRET_PREFIX.len() + 6).collect(),
            created_on: at,
            expires_on: None,
            sealed,
        };
        Ok((secret, stored))
    }

    /// The secret of the client that Hookgate itself uses, in the clear.
    ///
    /// # Errors
    /// When it was not kept, or was sealed with another master key.
    pub fn client_secret_open(&self, secret: &ClientSecret) -> Result<String, SecretError> {
        let sealed = secret.sealed.as_deref().ok_or(SecretError::NotKept)?;
        let bytes = self.open(&purpose(b"client secret", secret.id.as_bytes()), sealed)?;
        String::from_utf8(bytes).map_err(|_| SecretError::Unsealable)
    }

    /// A private key that tokens are signed with, encrypted and bound to its id.
    ///
    /// # Errors
    /// When the system returns no random numbers.
    pub fn signing_key_seal(&self, kid: &str, private: &[u8]) -> Result<Vec<u8>, SecretError> {
        self.seal(&purpose(b"signing key", kid.as_bytes()), private)
    }

    /// What [`Secrets::signing_key_seal`] sealed under this id.
    ///
    /// # Errors
    /// When it was sealed with another master key, or for another id.
    pub fn signing_key_open(&self, kid: &str, sealed: &[u8]) -> Result<Vec<u8>, SecretError> {
        self.open(&purpose(b"signing key", kid.as_bytes()), sealed)
    }

    /// The secret of a second factor, encrypted and bound to its owner.
    ///
    /// # Errors
    /// When the system returns no random numbers.
    pub fn totp_seal(&self, person: Uuid, secret: &[u8]) -> Result<Vec<u8>, SecretError> {
        self.seal(&purpose(b"second factor", person.as_bytes()), secret)
    }

    /// Opens what [`Secrets::totp_seal`] sealed for this user.
    ///
    /// # Errors
    /// When it was sealed with another master key, or for another user.
    pub fn totp_open(&self, person: Uuid, sealed: &[u8]) -> Result<Vec<u8>, SecretError> {
        self.open(&purpose(b"second factor", person.as_bytes()), sealed)
    }

    /// Nonce, then ciphertext and tag; `purpose` is authenticated with it.
    fn seal(&self, purpose: &[u8], clear: &[u8]) -> Result<Vec<u8>, SecretError> {
        let mut sealed = clear.to_vec();
        let nonce = self
            .seal
            .seal_in_place_append_tag(Aad::from(purpose), &mut sealed)
            .map_err(|_| SecretError::Random)?;
        let mut bytes = nonce.as_ref().to_vec();
        bytes.append(&mut sealed);
        Ok(bytes)
    }

    fn open(&self, purpose: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SecretError> {
        let (nonce, rest) = sealed.split_at_checked(NONCE_LEN).ok_or(SecretError::Unsealable)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SecretError::Unsealable)?;
        let mut bytes = rest.to_vec();
        let clear = self
            .seal
            .open_in_place(nonce, Aad::from(purpose), &mut bytes)
            .map_err(|_| SecretError::Unsealable)?;
        Ok(clear.to_vec())
    }
}

/// What a client secret is compared by. It has 256 random bits, so a plain hash is enough.
#[must_use]
pub fn client_secret_hash(secret: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, secret.as_bytes()).as_ref());
    hash
}

/// A new id for an OAuth client. It is generated and not chosen, so no id can look like a user's.
///
/// # Errors
/// When the system returns no random numbers.
pub fn client_id_new() -> Result<String, SecretError> {
    let random: [u8; 16] = random()?;
    Ok(format!("{CLIENT_ID_PREFIX}{}", URL_SAFE_NO_PAD.encode(random)))
}

/// What a sealed value is for, and whose it is.
fn purpose(what: &[u8], whose: &[u8]) -> Vec<u8> {
    [what, b" ", whose].concat()
}

/// Random bytes from the system.
///
/// # Errors
/// When the system returns none.
pub fn random<const N: usize>() -> Result<[u8; N], SecretError> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| SecretError::Random)?;
    Ok(bytes)
}

fn derive(master: &[u8; 32], purpose: &[u8]) -> Result<[u8; 32], SecretError> {
    let key = hkdf::Salt::new(hkdf::HKDF_SHA256, b"hookgate").extract(master);
    let mut bytes = [0; 32];
    key.expand(&[purpose], hkdf::HKDF_SHA256)
        .and_then(|okm| okm.fill(&mut bytes))
        .map_err(|_| SecretError::Random)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(key: u8) -> Secrets {
        Secrets::new(&[key; 32]).unwrap()
    }

    #[test]
    fn a_client_secret_is_stored_as_a_hash_and_read_again_only_if_it_was_kept() {
        let (one, id) = (secrets(1), Uuid::from_u128(7));
        let (clear, stored) = one.client_secret_new(id, Timestamp(1), false).unwrap();
        assert!(clear.starts_with(CLIENT_SECRET_PREFIX) && clear.len() == CLIENT_SECRET_PREFIX.len() + 43);
        assert!(clear.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-'));
        assert_eq!(stored.hash, client_secret_hash(&clear));
        assert_eq!(one.client_secret_open(&stored), Err(SecretError::NotKept));

        let (clear, mut stored) = one.client_secret_new(id, Timestamp(1), true).unwrap();
        assert_eq!(one.client_secret_open(&stored), Ok(clear));
        assert_eq!(secrets(2).client_secret_open(&stored), Err(SecretError::Unsealable));
        stored.id = Uuid::from_u128(8);
        assert_eq!(one.client_secret_open(&stored), Err(SecretError::Unsealable));
    }

    #[test]
    fn a_signing_key_is_bound_to_its_id() {
        let one = secrets(1);
        let sealed = one.signing_key_seal("a", b"private").unwrap();
        assert_eq!(one.signing_key_open("a", &sealed).unwrap(), b"private");
        assert_eq!(one.signing_key_open("b", &sealed), Err(SecretError::Unsealable));
        assert_eq!(secrets(2).signing_key_open("a", &sealed), Err(SecretError::Unsealable));
    }

    #[test]
    fn a_second_factor_is_bound_to_its_owner() {
        let one = secrets(1);
        let (anna, ben) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let sealed = one.totp_seal(anna, b"secret").unwrap();
        assert_eq!(one.totp_open(anna, &sealed).unwrap(), b"secret");
        assert_eq!(one.totp_open(ben, &sealed), Err(SecretError::Unsealable));
        assert_eq!(secrets(2).totp_open(anna, &sealed), Err(SecretError::Unsealable));
    }

    #[test]
    fn client_ids_are_new_each_time() {
        let id = client_id_new().unwrap();
        assert!(id.starts_with(CLIENT_ID_PREFIX) && id.len() == CLIENT_ID_PREFIX.len() + 22);
        assert_ne!(id, client_id_new().unwrap());
    }
}
