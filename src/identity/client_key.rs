//! Public keys that clients bring for `private_key_jwt`, as JWK or JWK Set (RFC 7517).

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::keys::thumbprint;
use crate::domain::client::{ClientKey, KEYS_MOST};
use crate::domain::signing_key::Algorithm;
use crate::domain::time::Timestamp;

/// The longest key id.
const KID_MOST: usize = 128;

/// Why keys are not taken. Each says what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClientKeyError {
    /// No JSON object.
    #[error("this is no JWK and no JWK Set; give a JSON object with kty, or with keys")]
    Malformed,
    /// None, or too many.
    #[error("a client can have 1 to {KEYS_MOST} keys")]
    Number,
    /// Another kind.
    #[error("a key must be of kty EC with crv P-256 (ES256), or of kty RSA (RS256)")]
    Kind,
    /// A private key.
    #[error("this holds a private key; give the public members only, and replace that key if it was sent anywhere")]
    Private,
    /// The numbers are wrong.
    #[error("a key is not valid: a point that is not on P-256, or an RSA modulus below 2048 or above 8192 bits")]
    Value,
    /// Two have the same id.
    #[error("two keys have the same kid; give each its own")]
    SameKid,
}

/// The keys in a JWK or JWK Set; what they say beside the public key is left out.
///
/// # Errors
/// [`ClientKeyError`].
pub fn client_keys_read(text: &str, now: Timestamp) -> Result<Vec<ClientKey>, ClientKeyError> {
    let document: Value = serde_json::from_str(text).map_err(|_| ClientKeyError::Malformed)?;
    let document = document.as_object().ok_or(ClientKeyError::Malformed)?;
    let keys: Vec<&Map<String, Value>> = match document.get("keys") {
        None => vec![document],
        Some(keys) => {
            let keys = keys.as_array().ok_or(ClientKeyError::Malformed)?.iter();
            let keys: Option<Vec<_>> = keys.map(Value::as_object).collect();
            keys.ok_or(ClientKeyError::Malformed)?
        }
    };
    if keys.is_empty() || keys.len() > KEYS_MOST {
        return Err(ClientKeyError::Number);
    }
    let keys: Vec<ClientKey> = keys
        .into_iter()
        .map(|key| key_read(key, now))
        .collect::<Result<_, _>>()?;
    let mut kids: Vec<&str> = keys.iter().map(|key| key.kid.as_str()).collect();
    kids.sort_unstable();
    kids.dedup();
    if kids.len() < keys.len() {
        return Err(ClientKeyError::SameKid);
    }
    Ok(keys)
}

fn key_read(key: &Map<String, Value>, now: Timestamp) -> Result<ClientKey, ClientKeyError> {
    if ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]
        .iter()
        .any(|name| key.contains_key(*name))
    {
        return Err(ClientKeyError::Private);
    }
    let text = |name: &str| key.get(name).and_then(Value::as_str);
    let need = |name: &str| text(name).ok_or(ClientKeyError::Malformed);
    let (algorithm, mut jwk) = match (text("kty"), text("crv")) {
        (Some("EC"), Some("P-256")) => {
            let (x, y) = (need("x")?, need("y")?);
            ec_check(x, y)?;
            (Algorithm::ES256, json!({"kty": "EC", "crv": "P-256", "x": x, "y": y}))
        }
        (Some("RSA"), _) => {
            let (n, e) = (need("n")?, need("e")?);
            rsa_check(n, e)?;
            (Algorithm::RS256, json!({"kty": "RSA", "n": n, "e": e}))
        }
        _ => return Err(ClientKeyError::Kind),
    };
    if text("alg").is_some_and(|alg| alg != algorithm.name()) || text("use").is_some_and(|used| used != "sig") {
        return Err(ClientKeyError::Kind);
    }
    let kid = match text("kid").filter(|kid| !kid.is_empty()) {
        Some(kid) if kid.len() > KID_MOST || kid.chars().any(char::is_control) => {
            return Err(ClientKeyError::Malformed);
        }
        Some(kid) => kid.to_owned(),
        None => thumbprint(&jwk.to_string()).map_err(|_| ClientKeyError::Value)?,
    };
    if let Some(jwk) = jwk.as_object_mut() {
        jwk.insert("alg".to_owned(), algorithm.name().into());
        jwk.insert("kid".to_owned(), kid.clone().into());
    }
    Ok(ClientKey {
        kid,
        algorithm,
        jwk: jwk.to_string(),
        created_on: now,
    })
}

fn bytes(text: &str) -> Result<Vec<u8>, ClientKeyError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| ClientKeyError::Value)
}

fn ec_check(x: &str, y: &str) -> Result<(), ClientKeyError> {
    let (x, y) = (bytes(x)?, bytes(y)?);
    if x.len() != 32 || y.len() != 32 {
        return Err(ClientKeyError::Value);
    }
    let point = [&[4], x.as_slice(), y.as_slice()].concat();
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
    key.parse().map(|_| ()).map_err(|_| ClientKeyError::Value)
}

fn rsa_check(n: &str, e: &str) -> Result<(), ClientKeyError> {
    let (n, e) = (bytes(n)?, bytes(e)?);
    // Without leading zeros, 2048 to 8192 bits.
    if !(256..=1024).contains(&n.len()) || n.first().is_none_or(|first| *first < 0x80) {
        return Err(ClientKeyError::Value);
    }
    let key = RsaPublicKeyComponents { n, e };
    // A signature of zeros is wrong for any key; one that cannot be used at all fails earlier.
    key.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
        .map(|_| ())
        .map_err(|_| ClientKeyError::Value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::keys::key_new;
    use crate::secret::Secrets;

    const EC: &str = r#"{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}"#;

    #[test]
    fn keys_of_both_kinds() {
        let secrets = Secrets::new(&[1; 32]).unwrap();
        let now = Timestamp(5);
        let rsa = key_new(&secrets, Algorithm::RS256, now, now).unwrap();
        let set = format!("{{\"keys\":[{EC},{}]}}", rsa.jwk);
        let keys = client_keys_read(&set, now).unwrap();
        assert_eq!(keys[0].algorithm, Algorithm::ES256);
        assert_eq!(keys[0].kid, thumbprint(EC).unwrap());
        assert_eq!((keys[1].algorithm, &keys[1].kid), (Algorithm::RS256, &rsa.kid));
        assert_eq!(client_keys_read(EC, now).unwrap(), keys[..1]);
    }

    #[test]
    fn what_is_no_public_key_is_refused() {
        let with = |member: &str| EC.replacen('{', &format!("{{{member},"), 1);
        for (text, error) in [
            ("", ClientKeyError::Malformed),
            ("[]", ClientKeyError::Malformed),
            ("{\"keys\":1}", ClientKeyError::Malformed),
            ("{\"keys\":[]}", ClientKeyError::Number),
            ("{}", ClientKeyError::Kind),
            ("{\"kty\":\"oct\"}", ClientKeyError::Kind),
            (
                "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AA\"}",
                ClientKeyError::Kind,
            ),
            ("{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}", ClientKeyError::Value),
            (&EC.replace("MKBC", "NKBC"), ClientKeyError::Value),
            (&EC.replace("P-256", "P-384"), ClientKeyError::Kind),
            (&with("\"d\":\"AAAA\""), ClientKeyError::Private),
            (&with("\"alg\":\"RS256\""), ClientKeyError::Kind),
            (&with("\"use\":\"enc\""), ClientKeyError::Kind),
            (&format!("{{\"keys\":[{EC},{EC}]}}"), ClientKeyError::SameKid),
        ] {
            assert_eq!(client_keys_read(text, Timestamp(0)), Err(error), "{text}");
        }
    }
}
