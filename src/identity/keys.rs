//! Signing keys of tokens: creating, sealing, opening, and using them.
//!
//! `jsonwebtoken::encode` parses the private key for every token, which costs more than the
//! signature. So the parsed key is kept here, and that crate is used only for verification.

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
use jsonwebtoken::{DecodingKey, Validation};

use crate::domain::signing_key::{Algorithm, SigningKey};
use crate::domain::time::Timestamp;
use crate::secret::{SecretError, Secrets};

/// Why no signing key is available.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The cryptographic library returned no key.
    #[error("a key cannot be created or used: {0}")]
    Key(&'static str),
    /// The key cannot be sealed or opened.
    #[error("a signing key cannot be encrypted or decrypted; check that the master key is the right one")]
    Secret(#[from] SecretError),
    /// The public key is malformed.
    #[error("a public key is malformed")]
    Jwk(#[source] serde_json::Error),
    /// The public key cannot be used.
    #[error("a public key cannot be used")]
    Token(#[from] jsonwebtoken::errors::Error),
    /// The key ring could not be stored.
    #[error("the signing keys cannot be stored")]
    Change(#[from] crate::ledger::ChangeError),
}

/// A parsed private key.
enum Private {
    Ec(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

/// A key of the ring, parsed and ready for use.
pub struct Parts {
    pub kid: String,
    pub algorithm: Algorithm,
    /// The encoded header of tokens that it signs.
    pub header: String,
    /// The public key as published.
    pub jwk: String,
    /// The public key for verification.
    pub decoding: DecodingKey,
    /// How tokens of this key are verified. Claims are checked separately.
    pub validation: Validation,
    /// None if the key was sealed with another master key. Then it can only verify.
    private: Option<Private>,
}

/// Creates a key. Slow for RS256: about a second.
///
/// # Errors
/// If the cryptographic library fails.
pub fn key_new(
    secrets: &Secrets,
    algorithm: Algorithm,
    now: Timestamp,
    active_from: Timestamp,
) -> Result<SigningKey, KeyError> {
    let (private, public) = match algorithm {
        Algorithm::ES256 => ec_new()?,
        Algorithm::RS256 => rsa_new()?,
    };
    let kid = thumbprint(&format!("{{{public}}}"))?;
    let name = algorithm.name();
    Ok(SigningKey {
        sealed: secrets.signing_key_seal(&kid, &private)?,
        jwk: format!("{{{public},\"use\":\"sig\",\"alg\":\"{name}\",\"kid\":\"{kid}\"}}"),
        kid,
        algorithm,
        created_on: now,
        active_from,
        removed_on: None,
    })
}

/// Creates an EC key: the private key (PKCS #8) and the members of the public JWK.
fn ec_new() -> Result<(Vec<u8>, String), KeyError> {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| KeyError::Key("ES256"))?;
    let private = pair.to_pkcs8v1().map_err(|_| KeyError::Key("ES256"))?;
    // An uncompressed point: 4, then both coordinates.
    let point = pair.public_key().as_ref().get(1..).unwrap_or_default();
    let (x, y) = point.split_at_checked(32).ok_or(KeyError::Key("ES256"))?;
    let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
    let public = format!("\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"{x}\",\"y\":\"{y}\"");
    Ok((private.as_ref().to_vec(), public))
}

fn rsa_new() -> Result<(Vec<u8>, String), KeyError> {
    let failed = |_| KeyError::Key("RS256");
    let pair = RsaKeyPair::generate(KeySize::Rsa3072).map_err(failed)?;
    let private: Pkcs8V1Der<'_> = pair.as_der().map_err(failed)?;
    let public = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
    let (n, e) = (URL_SAFE_NO_PAD.encode(&public.n), URL_SAFE_NO_PAD.encode(&public.e));
    Ok((
        private.as_ref().to_vec(),
        format!("\"kty\":\"RSA\",\"n\":\"{n}\",\"e\":\"{e}\""),
    ))
}

/// The thumbprint of a public key (RFC 7638).
///
/// # Errors
/// If the key is not of a supported type.
pub fn thumbprint(jwk: &str) -> Result<String, KeyError> {
    let jwk: Jwk = serde_json::from_str(jwk).map_err(KeyError::Jwk)?;
    Ok(jwk.thumbprint(ThumbprintHash::SHA256)?)
}

/// How the signature of a token is verified: with this algorithm only. All claims, including the
/// times, are checked separately.
pub fn validation(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(jose(algorithm));
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    validation
}

/// The algorithm as the JWT library names it.
pub const fn jose(algorithm: Algorithm) -> jsonwebtoken::Algorithm {
    match algorithm {
        Algorithm::ES256 => jsonwebtoken::Algorithm::ES256,
        Algorithm::RS256 => jsonwebtoken::Algorithm::RS256,
    }
}

impl Parts {
    /// Prepares a stored key. A key that cannot be opened can still verify.
    ///
    /// # Errors
    /// If its public part is malformed.
    pub fn new(key: &SigningKey, secrets: &Secrets) -> Result<Self, KeyError> {
        let jwk: Jwk = serde_json::from_str(&key.jwk).map_err(KeyError::Jwk)?;
        let name = key.algorithm.name();
        let header = format!("{{\"typ\":\"at+jwt\",\"alg\":\"{name}\",\"kid\":\"{}\"}}", key.kid);
        let private = private_open(key, secrets);
        if let Err(error) = &private {
            tracing::error!(kid = key.kid, %error, "a signing key cannot be used");
        }
        Ok(Self {
            kid: key.kid.clone(),
            algorithm: key.algorithm,
            header: URL_SAFE_NO_PAD.encode(header),
            jwk: key.jwk.clone(),
            decoding: DecodingKey::from_jwk(&jwk)?,
            validation: validation(key.algorithm),
            private: private.ok(),
        })
    }

    /// Whether the key can sign.
    pub const fn signs(&self) -> bool {
        self.private.is_some()
    }

    /// Creates a token from claims (JSON): header, claims and signature.
    ///
    /// # Errors
    /// If the cryptographic library fails, or the private key is missing.
    pub fn token(&self, claims: &[u8]) -> Result<String, KeyError> {
        let mut token = String::with_capacity(self.header.len() + claims.len() * 4 / 3 + 520);
        token.push_str(&self.header);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        match &self.private {
            None => return Err(KeyError::Secret(SecretError::Unsealable)),
            Some(Private::Ec(pair)) => {
                let signature = pair.sign(&SystemRandom::new(), token.as_bytes());
                let signature = signature.map_err(|_| KeyError::Key("ES256"))?;
                token.push('.');
                URL_SAFE_NO_PAD.encode_string(signature.as_ref(), &mut token);
            }
            Some(Private::Rsa(pair)) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(
                    &RSA_PKCS1_SHA256,
                    &SystemRandom::new(),
                    token.as_bytes(),
                    &mut signature,
                )
                .map_err(|_| KeyError::Key("RS256"))?;
                token.push('.');
                URL_SAFE_NO_PAD.encode_string(signature, &mut token);
            }
        }
        Ok(token)
    }
}

fn private_open(key: &SigningKey, secrets: &Secrets) -> Result<Private, KeyError> {
    let bytes = secrets.signing_key_open(&key.kid, &key.sealed)?;
    Ok(match key.algorithm {
        Algorithm::ES256 => Private::Ec(
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &bytes).map_err(|_| KeyError::Key("ES256"))?,
        ),
        Algorithm::RS256 => Private::Rsa(RsaKeyPair::from_pkcs8(&bytes).map_err(|_| KeyError::Key("RS256"))?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_each_kind_signs_what_the_library_checks() {
        let secrets = Secrets::new(&[1; 32]).unwrap();
        for algorithm in Algorithm::ALL {
            let begun = std::time::Instant::now();
            let key = key_new(&secrets, algorithm, Timestamp(0), Timestamp(0)).unwrap();
            println!("{}: made in {:?}", algorithm.name(), begun.elapsed());
            let jwk: serde_json::Value = serde_json::from_str(&key.jwk).unwrap();
            for (name, value) in [("use", "sig"), ("alg", algorithm.name()), ("kid", &key.kid)] {
                assert_eq!(jwk[name], value);
            }
            for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
                assert!(jwk.get(private).is_none(), "{private}");
            }
            let parts = Parts::new(&key, &secrets).unwrap();
            assert!(parts.signs());
            let begun = std::time::Instant::now();
            let token = parts.token(b"{\"a\":1}").unwrap();
            println!("{}: signed in {:?}", algorithm.name(), begun.elapsed());
            let read = jsonwebtoken::decode::<serde_json::Value>(&token, &parts.decoding, &parts.validation).unwrap();
            assert_eq!(read.claims["a"], 1);
            assert_eq!(read.header.typ.as_deref(), Some("at+jwt"));
            assert_eq!(read.header.kid, Some(key.kid.clone()));
            assert_eq!(read.header.alg, jose(algorithm));

            let other = Parts::new(&key, &Secrets::new(&[2; 32]).unwrap()).unwrap();
            assert!(!other.signs() && other.token(b"{}").is_err());
        }
    }

    #[test]
    fn the_thumbprint_is_that_of_the_rfc() {
        let jwk = r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#;
        assert_eq!(thumbprint(jwk).unwrap(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }
}
