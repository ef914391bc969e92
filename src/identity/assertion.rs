//! `private_key_jwt`: a JWT with which a client authenticates (RFC 7523 and its successor draft).
//!
//! Each assertion is accepted once, and its audience must be the issuer. Used assertions are stored
//! in memory only, so after a start only assertions made since are accepted. An assertion without a
//! time of creation is accepted when every assertion from before the start must have expired.

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{DecodingKey, decode, decode_header};
use serde::Deserialize;

use super::audience::Audience;
use super::failure::Reason;
use super::keys::{jose, validation};
use super::resource::Urls;
use crate::domain::client::{Client, ClientKey};
use crate::domain::signing_key::Algorithm;
use crate::domain::time::Timestamp;

/// The maximum lifetime of an assertion, in seconds.
pub const MAX_LIFETIME: f64 = 300.0;

/// The maximum lifetime in an assertion of a client with `endpoint_audience`: older libraries write
/// an hour. Such an assertion is accepted for [`MAX_LIFETIME`] after it was created.
const MAX_CLAIMED_LIFETIME: f64 = 3600.0;

/// How much clocks may differ, in seconds.
const SKEW: f64 = 10.0;

/// The maximum length of a `jti`.
const MAX_JTI: usize = 256;

/// What must be stored about a valid assertion.
#[derive(Debug, PartialEq, Eq)]
pub struct Proof {
    pub jti: String,
    /// The moment until which it must not be accepted again.
    pub until: Timestamp,
}

#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    jti: String,
    exp: f64,
    nbf: Option<f64>,
    iat: Option<f64>,
}

#[derive(Deserialize)]
struct Subject {
    sub: String,
}

/// The client that an assertion names. Nothing is verified yet.
pub fn subject(assertion: &str) -> Option<String> {
    let claims: Subject = jsonwebtoken::dangerous::insecure_decode_claims(assertion).ok()?;
    Some(claims.sub)
}

/// Verifies an assertion.
///
/// # Errors
/// If it is not valid for this client in every respect.
pub fn proof(
    client: &Client,
    assertion: &str,
    urls: &Urls,
    now: Timestamp,
    started: Timestamp,
) -> Result<Proof, Reason> {
    let claims = signed(client, assertion)?;
    let lax = client.settings.endpoint_audience;
    let audience = claims
        .aud
        .only()
        .is_some_and(|audience| urls.is_audience(audience, lax));
    let named = claims.iss == client.client_id && claims.sub == client.client_id;
    if !named {
        return Err(Reason::Issuer);
    }
    if !audience {
        return Err(Reason::Audience);
    }
    if claims.jti.is_empty() || claims.jti.len() > MAX_JTI {
        return Err(Reason::Jti);
    }
    let until = end(&claims, lax, seconds(now), seconds(started))?;
    #[expect(clippy::cast_possible_truncation, reason = "a moment of these minutes")]
    let until = Timestamp((until * 1e6) as i64);
    Ok(Proof { jti: claims.jti, until })
}

/// Takes about as long as [`proof`] and proves nothing. For unknown clients.
pub fn as_long(assertion: &str) {
    let key = serde_json::from_str::<Jwk>(DUMMY_KEY).ok();
    if let Some(decoding) = key.and_then(|key| DecodingKey::from_jwk(&key).ok()) {
        let read = decode::<Claims>(assertion, &decoding, &validation(Algorithm::ES256));
        drop(std::hint::black_box(read));
    }
}

/// The public key of RFC 7515 appendix A.3, whose private key is public.
const DUMMY_KEY: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;

/// The claims, if a key of the client signed them: the key that the header names, or any.
fn signed(client: &Client, assertion: &str) -> Result<Claims, Reason> {
    let header = decode_header(assertion).map_err(|_| Reason::Unreadable)?;
    let typ = header.typ.as_deref().unwrap_or("JWT");
    let fits = ["JWT", "client-authentication+jwt"]
        .iter()
        .any(|known| typ.eq_ignore_ascii_case(known));
    if !fits || header.crit.is_some() {
        return Err(Reason::Type);
    }
    if client.keys.is_empty() {
        return Err(Reason::KeyNone);
    }
    let named = |key: &&ClientKey| header.kid.as_deref() == Some(key.kid.as_str());
    let with = |key: &ClientKey| {
        // Uses the algorithm of the key, not the one in the header.
        if jose(key.algorithm) != header.alg {
            return Err(Reason::Signature);
        }
        let jwk: Jwk = serde_json::from_str(&key.jwk).map_err(|_| Reason::Signature)?;
        let decoding = DecodingKey::from_jwk(&jwk).map_err(|_| Reason::Signature)?;
        match decode::<Claims>(assertion, &decoding, &validation(key.algorithm)) {
            Ok(read) => Ok(read.claims),
            // The signature is verified before the claims are parsed.
            Err(error) if matches!(error.kind(), ErrorKind::Json(_)) => Err(Reason::Claims),
            Err(_) => Err(Reason::Signature),
        }
    };
    if let Some(key) = client.keys.iter().find(named) {
        return with(key);
    }
    let mut reason = Reason::Signature;
    for key in &client.keys {
        match with(key) {
            Ok(claims) => return Ok(claims),
            Err(Reason::Claims) => reason = Reason::Claims,
            Err(_) => {}
        }
    }
    Err(reason)
}

/// The moment until which an assertion must be stored, if its times are valid. All in seconds.
fn end(claims: &Claims, lax: bool, now: f64, started: f64) -> Result<f64, Reason> {
    let most = if lax && claims.iat.is_some() {
        MAX_CLAIMED_LIFETIME
    } else {
        MAX_LIFETIME
    };
    let mut exp = claims.exp;
    if !exp.is_finite() {
        return Err(Reason::Claims);
    }
    if exp > now + most + SKEW {
        return Err(Reason::LifeTooLong);
    }
    match claims.iat {
        Some(iat) => {
            if !iat.is_finite() {
                return Err(Reason::Claims);
            }
            if iat > now + SKEW {
                return Err(Reason::NotYet);
            }
            if iat < started {
                return Err(Reason::BeforeStart);
            }
            exp = exp.min(iat + MAX_LIFETIME);
        }
        None if now < started + MAX_LIFETIME + 2.0 * SKEW => return Err(Reason::SoonAfterStart),
        None => {}
    }
    if !claims.nbf.is_none_or(|nbf| nbf <= now + SKEW) {
        return Err(Reason::NotYet);
    }
    let until = exp + SKEW;
    if now < until { Ok(until) } else { Err(Reason::Over) }
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of these centuries fit")]
fn seconds(moment: Timestamp) -> f64 {
    moment.0 as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(exp: f64, iat: Option<f64>, nbf: Option<f64>) -> Claims {
        Claims {
            iss: String::new(),
            sub: String::new(),
            aud: Audience::One(String::new()),
            jti: String::new(),
            exp,
            nbf,
            iat,
        }
    }

    #[test]
    fn a_table_of_times() {
        let now = 10_000.0;
        for (name, exp, iat, nbf, lax, started, expected) in [
            ("a minute", now + 60.0, Some(now), None, false, 0.0, Some(now + 70.0)),
            (
                "five minutes",
                now + 300.0,
                Some(now),
                None,
                false,
                0.0,
                Some(now + 310.0),
            ),
            ("too long", now + 311.0, Some(now), None, false, 0.0, None),
            ("an hour", now + 3600.0, Some(now), None, false, 0.0, None),
            (
                "an hour, lax",
                now + 3600.0,
                Some(now),
                None,
                true,
                0.0,
                Some(now + 310.0),
            ),
            ("an hour, lax, without iat", now + 3600.0, None, None, true, 0.0, None),
            (
                "an hour, lax, old",
                now + 3000.0,
                Some(now - 600.0),
                None,
                true,
                0.0,
                None,
            ),
            ("expired", now - 11.0, Some(now - 60.0), None, false, 0.0, None),
            (
                "just expired",
                now - 9.0,
                Some(now - 60.0),
                None,
                false,
                0.0,
                Some(now + 1.0),
            ),
            ("from the future", now + 60.0, Some(now + 20.0), None, false, 0.0, None),
            ("not yet", now + 60.0, Some(now), Some(now + 20.0), false, 0.0, None),
            (
                "since a while",
                now + 60.0,
                Some(now),
                Some(now - 20.0),
                false,
                0.0,
                Some(now + 70.0),
            ),
            (
                "made before the start",
                now + 60.0,
                Some(now - 5.0),
                None,
                false,
                now - 4.0,
                None,
            ),
            (
                "made after the start",
                now + 60.0,
                Some(now - 3.0),
                None,
                false,
                now - 4.0,
                Some(now + 70.0),
            ),
            (
                "who knows when, soon after the start",
                now + 60.0,
                None,
                None,
                false,
                now - 300.0,
                None,
            ),
            (
                "who knows when, later",
                now + 60.0,
                None,
                None,
                false,
                now - 320.0,
                Some(now + 70.0),
            ),
            ("no number", f64::NAN, Some(now), None, false, 0.0, None),
            ("without an end", f64::INFINITY, Some(now), None, true, 0.0, None),
            (
                "iat no number",
                now + 60.0,
                Some(f64::NEG_INFINITY),
                None,
                false,
                0.0,
                None,
            ),
        ] {
            assert_eq!(end(&claims(exp, iat, nbf), lax, now, started).ok(), expected, "{name}");
        }
    }
}
