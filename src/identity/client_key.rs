//! Public keys of clients, read from a JWK set (RFC 7517).

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::keys::thumbprint;
use crate::domain::client::{ClientKey, MAX_KEYS};
use crate::domain::signing_key::Algorithm;
use crate::domain::time::Timestamp;

/// The maximum length of the text of keys, in bytes.
const MAX_TEXT: usize = 64 * 1024;

/// The maximum length of a key id.
const MAX_KID: usize = 200;

/// Members that only private and symmetric keys have (RFC 7518 section 6).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Why keys are rejected, and which. The message says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ClientKeyError(pub String);

/// Reads the keys of a set, or a single key. Members other than the public key are dropped.
///
/// # Errors
/// [`ClientKeyError`].
pub fn client_keys_read(jwks: &str, at: Timestamp) -> Result<Vec<ClientKey>, ClientKeyError> {
    let refused = ClientKeyError;
    if jwks.len() > MAX_TEXT {
        return Err(refused(format!("it is larger than {} KiB", MAX_TEXT / 1024)));
    }
    let set: Value = serde_json::from_str(jwks).map_err(|error| {
        refused(format!(
            "this is not valid JSON: {error}; specify a JWK set, {{\"keys\": […]}}"
        ))
    })?;
    let keys = match (&set, set.get("keys")) {
        (_, Some(Value::Array(keys))) => keys.as_slice(),
        (Value::Object(one), None) if one.contains_key("kty") => std::slice::from_ref(&set),
        _ => {
            let problem = "this is not a JWK set; a JWK set looks like {\"keys\": [{\"kty\": \"EC\", …}]}";
            return Err(refused(problem.to_owned()));
        }
    };
    if keys.len() > MAX_KEYS {
        return Err(refused(format!("a client can have at most {MAX_KEYS} keys")));
    }
    let mut read: Vec<ClientKey> = Vec::with_capacity(keys.len());
    for (index, key) in keys.iter().enumerate() {
        let key = key
            .as_object()
            .ok_or_else(|| "must be an object".to_owned())
            .and_then(|key| one(key, at))
            .map_err(|problem| refused(format!("keys[{index}]: {problem}")))?;
        if read.iter().any(|other| other.kid == key.kid) {
            let problem = format!("keys[{index}]: the key ID '{}' appears twice", key.kid);
            return Err(refused(problem));
        }
        read.push(key);
    }
    Ok(read)
}

fn one(key: &Map<String, Value>, at: Timestamp) -> Result<ClientKey, String> {
    if let Some(private) = PRIVATE.iter().find(|member| key.contains_key(**member)) {
        return Err(format!(
            "this is a private or secret key (it has the member {private}); specify only the public part, and replace \
             the key if others may have seen it"
        ));
    }
    let (algorithm, mut jwk) = match text(key, "kty")? {
        "EC" => (Algorithm::ES256, elliptic(key)?),
        "RSA" => (Algorithm::RS256, rsa(key)?),
        other => return Err(format!("the key type '{other}' is not supported; use EC or RSA")),
    };
    match key.get("alg") {
        None => {}
        Some(Value::String(name)) if name == algorithm.name() => {}
        Some(_) => return Err(format!("alg: must be {} for this key", algorithm.name())),
    }
    match key.get("use") {
        None => {}
        Some(Value::String(purpose)) if purpose == "sig" => {}
        Some(_) => return Err("use: must be sig (for signatures)".to_owned()),
    }
    if let Some(operations) = key.get("key_ops") {
        let verifies = operations
            .as_array()
            .is_some_and(|operations| operations.iter().any(|operation| operation == "verify"));
        if !verifies {
            return Err("key_ops: must include verify (for verifying signatures)".to_owned());
        }
    }
    let kid = match key.get("kid") {
        None => thumbprint(&Value::Object(jwk.clone()).to_string()).map_err(|error| error.to_string())?,
        Some(Value::String(kid)) if kid_fits(kid) => kid.clone(),
        Some(_) => {
            return Err(format!(
                "kid: must be a string of 1 to {MAX_KID} characters without control characters"
            ));
        }
    };
    jwk.insert("use".to_owned(), "sig".into());
    jwk.insert("alg".to_owned(), algorithm.name().into());
    jwk.insert("kid".to_owned(), kid.as_str().into());
    Ok(ClientKey {
        kid,
        algorithm,
        jwk: Value::Object(jwk).to_string(),
        created_on: at,
    })
}

fn kid_fits(kid: &str) -> bool {
    !kid.is_empty() && kid.chars().count() <= MAX_KID && !kid.chars().any(char::is_control)
}

/// The required members of a point on P-256, in the order of RFC 7638.
fn elliptic(key: &Map<String, Value>) -> Result<Map<String, Value>, String> {
    let curve = text(key, "crv")?;
    if curve != "P-256" {
        return Err(format!("crv: the curve '{curve}' is not supported; use P-256"));
    }
    let mut point = vec![4];
    for member in ["x", "y"] {
        let coordinate = bytes(key, member)?;
        if coordinate.len() != 32 {
            return Err(format!("{member}: must have 32 bytes, not {}", coordinate.len()));
        }
        point.extend(coordinate);
    }
    ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point).map_err(|_| "this is not a point on P-256".to_owned())?;
    Ok(members([
        ("crv", curve),
        ("kty", "EC"),
        ("x", text(key, "x")?),
        ("y", text(key, "y")?),
    ]))
}

/// The required members of an RSA key, in the order of RFC 7638.
fn rsa(key: &Map<String, Value>) -> Result<Map<String, Value>, String> {
    let number = |member| {
        let mut number = bytes(key, member)?;
        // RFC 7518 section 2 forbids leading zeros, but some libraries write one.
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        number.drain(..zeros);
        Ok::<_, String>(number)
    };
    let (n, e) = (number("n")?, number("e")?);
    let bits = n
        .first()
        .map_or(0, |first| n.len() * 8 - first.leading_zeros() as usize);
    if bits < 2048 {
        return Err(format!("the key has {bits} bits; at least 2048 are required"));
    }
    let public = RsaPublicKeyComponents { n: &n, e: &e };
    public
        .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
        .map_err(|_| "this is not an RSA key of 2048 to 8192 bits".to_owned())?;
    let [n, e] = [n, e].map(|number| URL_SAFE_NO_PAD.encode(number));
    Ok(members([("e", &e), ("kty", "RSA"), ("n", &n)]))
}

fn members<const N: usize>(pairs: [(&str, &str); N]) -> Map<String, Value> {
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect()
}

fn text<'a>(key: &'a Map<String, Value>, member: &str) -> Result<&'a str, String> {
    key.get(member)
        .and_then(Value::as_str)
        .ok_or_else(|| format!("{member}: is missing or not a string"))
}

fn bytes(key: &Map<String, Value>, member: &str) -> Result<Vec<u8>, String> {
    URL_SAFE_NO_PAD
        .decode(text(key, member)?)
        .map_err(|_| format!("{member}: is not base64url without padding"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7638 section 3.1.
    const RSA: &str = r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#;

    /// The public key of RFC 7515 appendix A.3.
    const EC: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;

    fn refused(jwks: &str) -> String {
        client_keys_read(jwks, Timestamp(0)).unwrap_err().to_string()
    }

    fn with(key: &str, member: &str, value: Value) -> String {
        let mut key: Value = serde_json::from_str(key).unwrap();
        key[member] = value;
        json!({ "keys": [key] }).to_string()
    }

    #[test]
    fn keys_are_read_with_their_id_or_thumbprint() {
        let keys = client_keys_read(&format!(r#"{{"keys": [{RSA}, {EC}]}}"#), Timestamp(7)).unwrap();
        let found: Vec<_> = keys.iter().map(|key| (key.kid.as_str(), key.algorithm)).collect();
        assert_eq!(
            found,
            [
                ("2011-04-29", Algorithm::RS256),
                ("oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U", Algorithm::ES256)
            ]
        );
        let jwk: Value = serde_json::from_str(&keys[1].jwk).unwrap();
        assert_eq!(
            (&jwk["use"], &jwk["alg"], &jwk["kid"]),
            (&json!("sig"), &json!("ES256"), &json!(keys[1].kid))
        );
        assert_eq!(keys[1].created_on, Timestamp(7));
        // A single key is accepted too. The thumbprint is the one in the RFC.
        let mut alone: Value = serde_json::from_str(RSA).unwrap();
        alone.as_object_mut().unwrap().remove("kid");
        let keys = client_keys_read(&alone.to_string(), Timestamp(7)).unwrap();
        assert_eq!(keys[0].kid, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        assert_eq!(client_keys_read(r#"{"keys": []}"#, Timestamp(7)).unwrap(), []);
    }

    #[test]
    fn private_members_are_refused_with_a_word_of_advice() {
        for (key, member) in [(EC, "d"), (RSA, "p"), (RSA, "k")] {
            let text = refused(&with(key, member, json!("AQAB")));
            assert!(
                text.contains("only the public part") && !text.contains("AQAB"),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let small = URL_SAFE_NO_PAD.encode([0xff; 128]);
        for (jwks, part) in [
            ("{".to_owned(), "not valid JSON"),
            ("[]".to_owned(), "not a JWK set"),
            (r#"{"keys": [7]}"#.to_owned(), "keys[0]: must be an object"),
            (format!(r#"{{"keys": [{EC}, {EC}]}}"#), "twice"),
            (with(EC, "crv", json!("P-384")), "P-256"),
            (
                with(EC, "y", json!("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU")),
                "not a point",
            ),
            (with(EC, "x", json!("AQAB")), "32 bytes"),
            (with(EC, "x", json!("a=b")), "base64url"),
            (with(EC, "alg", json!("ES384")), "ES256"),
            (with(EC, "use", json!("enc")), "signatures"),
            (with(EC, "key_ops", json!(["sign"])), "verify"),
            (with(EC, "kid", json!("")), "kid"),
            (with(EC, "kty", json!("oct")), "'oct'"),
            (with(RSA, "n", json!(small)), "1024 bits"),
            (with(RSA, "e", json!("AA")), "not an RSA key"),
        ] {
            let text = refused(&jwks);
            assert!(text.contains(part), "{part}: {text}");
        }
        let many = json!({ "keys": vec![json!({}); 9] }).to_string();
        assert!(refused(&many).contains("at most 8"));
    }
}
