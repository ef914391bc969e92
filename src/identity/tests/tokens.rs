//! Getting a token in each way, and the content of the token.

use crate::domain::actor::Actor;
use crate::domain::change::AccessChange;
use crate::domain::entry::Entry;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation, decode, encode};

use super::*;

/// A key pair of a client, which signs assertions.
pub struct Signer {
    key: EncodingKey,
    jwk: String,
}

impl Signer {
    pub fn new() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let key = EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref());
        let jwk = Jwk::from_encoding_key(&key, jsonwebtoken::Algorithm::ES256).unwrap();
        Self {
            key,
            jwk: serde_json::to_string(&jwk).unwrap(),
        }
    }

    pub fn keys(&self) -> Vec<ClientKey> {
        client_keys_read(&self.jwk, Timestamp(0)).unwrap()
    }

    pub fn sign(&self, claims: &Value) -> String {
        self.sign_with(claims, |_| ())
    }

    fn sign_with(&self, claims: &Value, edit: impl FnOnce(&mut Header)) -> String {
        let mut header = Header::new(jsonwebtoken::Algorithm::ES256);
        edit(&mut header);
        encode(&header, claims, &self.key).unwrap()
    }
}

pub fn claims(id: &str, jti: &str) -> Value {
    let now = unix(clock::now());
    json!({"iss": id, "sub": id, "aud": URL, "jti": jti, "exp": now + 60, "iat": now})
}

pub fn body(assertion: &str) -> String {
    let type_ = ASSERTION_TYPE.replace(':', "%3A");
    format!("grant_type=client_credentials&client_assertion_type={type_}&client_assertion={assertion}")
}

#[test]
fn what_stands_in_a_token() {
    let world = World::new();
    world.client_with("c", &["odata", "webhook:send"], |settings| {
        settings.token_lifetime = 600;
    });
    let now = Timestamp(1_000_000_000_500_000);
    let form = "grant_type=client_credentials&client_id=c&client_secret=s&scope=odata";
    let answer = world.ask_at(form, now).unwrap();
    assert_eq!(answer["token_type"], "Bearer");
    assert_eq!(answer["expires_in"], 600);
    assert_eq!(answer["scope"], "odata");
    assert_eq!(answer.as_object().unwrap().len(), 4, "no refresh token");

    let catalog = world.issuer.ledger.catalog();
    let key = &catalog.signing_keys[0];
    let jwk: Jwk = serde_json::from_str(&key.jwk).unwrap();
    let mut validation = Validation::new(jsonwebtoken::Algorithm::ES256);
    validation.validate_exp = false;
    validation.set_audience(&[URL]);
    validation.set_issuer(&[URL]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    let token = answer["access_token"].as_str().unwrap();
    let read = decode::<Value>(token, &DecodingKey::from_jwk(&jwk).unwrap(), &validation).unwrap();
    assert_eq!(read.header.typ.as_deref(), Some("at+jwt"));
    assert_eq!(read.header.kid.as_ref(), Some(&key.kid));
    let names: Vec<&str> = read.claims.as_object().unwrap().keys().map(String::as_str).collect();
    let wanted = [
        "iss",
        "exp",
        "aud",
        "sub",
        "client_id",
        "iat",
        "jti",
        "scope",
        "hookgate_epoch",
    ];
    assert_eq!(names, wanted);
    for (name, value) in [
        ("iss", json!(URL)),
        ("aud", json!(URL)),
        ("sub", json!("c")),
        ("client_id", json!("c")),
        ("iat", json!(1_000_000_000)),
        ("exp", json!(1_000_000_600)),
        ("scope", json!("odata")),
        ("hookgate_epoch", json!(1)),
    ] {
        assert_eq!(read.claims[name], value, "{name}");
    }
    assert!(read.claims["jti"].as_str().unwrap().parse::<Uuid>().is_ok());
}

/// A clock was set back, or an attacker has a key.
#[test]
fn fault_08_a_token_from_the_future_is_refused() {
    let world = World::new();
    world.client("c", &["odata"]);
    let form = "grant_type=client_credentials&client_id=c&client_secret=s";
    let now = Timestamp(1_000_000_000_000_000);
    let later = |seconds: i64| Timestamp(now.0 + seconds * 1_000_000);
    let leeway = super::super::verify::LEEWAY;
    for (name, made, good) in [
        ("now", 0, true),
        ("a while ago", -600, true),
        ("within the leeway", leeway, true),
        ("beyond the leeway", leeway + 1, false),
        ("in an hour", 3600, false),
        ("in a year", 365 * 86_400, false),
    ] {
        let answer = world.ask_at(form, later(made)).unwrap();
        let token = answer["access_token"].as_str().unwrap();
        let verified = world.issuer.verify_at(token, Resource::Odata, now);
        let expected = if good { None } else { Some(BearerError::Invalid) };
        assert_eq!(verified.err(), expected, "{name}");
        let asked = format!("client_id=c&client_secret=s&token={token}");
        let seen = world.issuer.introspect_at(&incoming(&[], &asked), now).unwrap();
        let seen: Value = serde_json::from_slice(&seen).unwrap();
        assert_eq!(seen["active"], good, "{name}");
        let revocable = world.issuer.revocation_at(&incoming(&[], &asked), now);
        assert!(
            revocable.unwrap().is_some(),
            "{name}: it can be revoked before it counts"
        );
        // It is valid when its time has come.
        assert!(
            world.issuer.verify_at(token, Resource::Odata, later(made)).is_ok(),
            "{name}"
        );
    }
}

#[test]
fn by_secret_in_header_or_form_for_one_or_more_resources() {
    let world = World::new();
    world.client("c", &["odata"]);
    let basic = format!("Basic {}", STANDARD.encode("c:s"));
    let headers = [basic.as_bytes()];
    let form = format!("grant_type=client_credentials&resource={URL}/odata&resource={URL}/0/odata");
    let answer: Value = serde_json::from_slice(&world.issuer.token(&incoming(&headers, &form)).unwrap()).unwrap();
    let token = answer["access_token"].as_str().unwrap();
    let caller = world.issuer.verify_scope(token, Resource::Odata, "odata").unwrap();
    assert_eq!((caller.client_id.as_str(), caller.user), ("c", WEBHOOK_SERVICE_ID));
    assert_eq!(world.verify(token), Err(BearerError::Audience));
    assert_eq!(
        world.issuer.verify(token, Resource::Webhooks),
        Err(BearerError::Audience)
    );

    // Either URL of OData gives a token for both, and for nothing else.
    for path in ["/odata", "/0/odata"] {
        let form = format!("grant_type=client_credentials&client_id=c&client_secret=s&resource={URL}{path}");
        let answer = world.ask(&form).unwrap();
        let token = answer["access_token"].as_str().unwrap();
        assert!(world.issuer.verify(token, Resource::Odata).is_ok(), "{path}");
        for other in [Resource::Issuer, Resource::Webhooks, Resource::Api, Resource::Metrics] {
            assert_eq!(world.issuer.verify(token, other), Err(BearerError::Audience), "{path}");
        }
    }

    let token = world.token("c");
    for resource in [Resource::Issuer, Resource::Odata, Resource::Webhooks] {
        assert!(world.issuer.verify(&token, resource).is_ok());
    }
    let lacking = world.issuer.verify_scope(&token, Resource::Webhooks, "webhook:send");
    assert_eq!(lacking, Err(BearerError::Scope("webhook:send")));
}

#[test]
fn two_secrets_at_once() {
    let world = World::new();
    world.client("c", &["odata"]);
    let now = clock::now();
    let until = Timestamp(now.0 + 1_000_000);
    world.change(Entry::one(
        now,
        Actor::CommandLine,
        AccessChange::ClientSecretAdded {
            client_id: "c".to_owned(),
            secret: secret("t", None),
            previous_until: Some(until),
        },
    ));
    let with = |secret: &str, at| {
        let form = format!("grant_type=client_credentials&client_id=c&client_secret={secret}");
        world.ask_at(&form, at).map(|_| ())
    };
    assert_eq!(with("s", now), Ok(()));
    assert_eq!(with("t", now), Ok(()));
    assert_eq!(with("s", until), Err(TokenError::Client));
    assert_eq!(with("t", until), Ok(()));
}

#[test]
fn by_an_assertion_once() {
    let world = World::new();
    world.client("c", &["odata"]);
    let signer = Signer::new();
    world.keys_set("c", signer.keys());
    let assertion = signer.sign(&claims("c", "1"));
    assert_eq!(world.ask(&body(&assertion)).unwrap()["scope"], "odata");
    assert_eq!(world.ask(&body(&assertion)).unwrap_err(), TokenError::Client);
    let with_id = format!("{}&client_id=c", body(&signer.sign(&claims("c", "2"))));
    assert!(world.ask(&with_id).is_ok());
    let named = signer.sign_with(&claims("c", "3"), |header| {
        header.kid = Some(signer.keys()[0].kid.clone());
        header.typ = Some("client-authentication+jwt".to_owned());
    });
    assert!(world.ask(&body(&named)).is_ok());
    let unknown_kid = signer.sign_with(&claims("c", "4"), |header| header.kid = Some("x".to_owned()));
    assert!(world.ask(&body(&unknown_kid)).is_ok());
}

#[test]
fn wrong_assertions() {
    let world = World::new();
    world.client("c", &["odata"]);
    world.client("d", &["odata"]);
    let (signer, stranger) = (Signer::new(), Signer::new());
    world.keys_set("c", signer.keys());
    let with = |name: &str, value: Value| {
        let mut claims = claims("c", &format!("{name}{value}"));
        claims[name] = value;
        claims
    };
    let now = unix(clock::now());
    let mut rows = vec![
        ("of another key", stranger.sign(&claims("c", "a"))),
        ("of a client without keys", signer.sign(&claims("d", "a"))),
        ("of an unknown client", signer.sign(&claims("e", "a"))),
        ("no JWT", "x.y.z".to_owned()),
        ("an access token", world.token("c")),
        (
            "an access token's type",
            signer.sign_with(&claims("c", "typ"), |header| header.typ = Some("at+jwt".to_owned())),
        ),
        (
            "critical members",
            signer.sign_with(&claims("c", "crit"), |header| header.crit = Some(vec!["x".to_owned()])),
        ),
        (
            "by a shared secret",
            encode(
                &Header::new(jsonwebtoken::Algorithm::HS256),
                &claims("c", "hs"),
                &EncodingKey::from_secret(signer.jwk.as_bytes()),
            )
            .unwrap(),
        ),
    ];
    for (what, claims) in [
        ("another issuer", with("iss", json!("d"))),
        ("no jti", with("jti", json!(""))),
        (
            "the token endpoint as audience",
            with("aud", json!(format!("{URL}/connect/token"))),
        ),
        ("another audience", with("aud", json!("https://other.example"))),
        ("two audiences", with("aud", json!([URL, "https://other.example"]))),
        ("no audience", with("aud", json!([]))),
        ("expired", with("exp", json!(now - 60))),
        ("too long", with("exp", json!(now + 900))),
        ("exp as a text", with("exp", json!("soon"))),
        ("not yet", with("nbf", json!(now + 100))),
        ("from the future", with("iat", json!(now + 100))),
        ("from before the start", with("iat", json!(now - 7200))),
        ("a little from the future", with("iat", json!(now + 13))),
        ("a little too early", with("nbf", json!(now + 13))),
        ("from a far future", with("iat", json!(9_000_000_000_i64))),
        ("iat as a text", with("iat", json!("now"))),
        ("nbf as a text", with("nbf", json!("now"))),
        ("no end", with("exp", json!(1e300))),
    ] {
        rows.push((what, signer.sign(&claims)));
    }
    for missing in ["iss", "sub", "aud", "jti", "exp"] {
        let mut claims = claims("c", missing);
        claims.as_object_mut().unwrap().remove(missing);
        rows.push((missing, signer.sign(&claims)));
    }
    for (what, assertion) in rows {
        // This test does not test the waits.
        world.issuer.throttle.succeeded("c", HERE);
        assert_eq!(world.ask(&body(&assertion)).err(), Some(TokenError::Client), "{what}");
    }
    let other_id = format!("{}&client_id=d", body(&signer.sign(&claims("c", "id"))));
    assert_eq!(world.ask(&other_id).err(), Some(TokenError::Client));
    world.issuer.throttle.succeeded("c", HERE);
    assert!(world.ask(&body(&signer.sign(&claims("c", "good")))).is_ok());
}

#[test]
fn older_libraries_are_let_in_where_the_client_says_so() {
    let world = World::new();
    world.client_with("c", &["odata"], |settings| settings.endpoint_audience = true);
    let signer = Signer::new();
    world.keys_set("c", signer.keys());
    let mut old = claims("c", "1");
    old["aud"] = json!(format!("{URL}/connect/token"));
    old["exp"] = json!(unix(clock::now()) + 3600);
    let assertion = signer.sign(&old);
    assert!(world.ask(&body(&assertion)).is_ok());
    assert!(world.ask(&body(&assertion)).is_err(), "once only");
}

#[test]
fn an_rs256_client_waits_for_its_key() {
    let world = World::new();
    world.client_with("c", &["odata"], |settings| settings.algorithm = Algorithm::RS256);
    let form = "grant_type=client_credentials&client_id=c&client_secret=s";
    assert_eq!(world.ask(form).err(), Some(TokenError::NotReady));
    assert_eq!(world.issuer.jwks().err(), Some(TokenError::NotReady));
    world.issuer.keys_rotate_if_due().unwrap();
    let token = world.token("c");
    assert_eq!(
        jsonwebtoken::decode_header(&token).unwrap().alg,
        jsonwebtoken::Algorithm::RS256
    );
    assert!(world.verify(&token).is_ok());
    let jwks: JwkSet = serde_json::from_str(&world.issuer.jwks().unwrap()).unwrap();
    assert_eq!(jwks.keys.len(), 2);
}

#[test]
fn wrong_secrets_wait_and_the_right_one_never_does() {
    let world = World::new();
    world.client("c", &["odata"]);
    let now = clock::now();
    let with = |secret: &str, remote| {
        let form = format!("grant_type=client_credentials&client_id=c&client_secret={secret}");
        let incoming = Incoming {
            remote,
            ..incoming(&[], &form)
        };
        world.issuer.token_at(&incoming, now).map(|_| ())
    };
    for _ in 0..6 {
        assert_eq!(with("wrong", HERE), Err(TokenError::Client));
    }
    assert_eq!(with("wrong", HERE), Err(TokenError::Throttled { seconds: 1 }));
    assert_eq!(with("wrong", ELSEWHERE), Err(TokenError::Client));
    assert_eq!(with("s", ELSEWHERE), Ok(()));
    assert_eq!(with("s", HERE), Ok(()));
    assert_eq!(
        with("wrong", HERE),
        Err(TokenError::Client),
        "the failures are forgotten"
    );
}

#[test]
fn whoever_holds_the_key_is_never_locked_out_by_others() {
    let world = World::new();
    world.client("c", &["odata"]);
    let (signer, other) = (Signer::new(), Signer::new());
    world.keys_set("c", signer.keys());
    // All at one moment: the wait is one second.
    let now = clock::now();
    for number in 0..6 {
        let wrong = other.sign(&claims("c", &number.to_string()));
        assert_eq!(world.ask_at(&body(&wrong), now).unwrap_err(), TokenError::Client);
    }
    let wrong = other.sign(&claims("c", "6"));
    assert!(matches!(
        world.ask_at(&body(&wrong), now),
        Err(TokenError::Throttled { .. })
    ));
    let right = signer.sign(&claims("c", "7"));
    assert!(world.ask(&body(&right)).is_ok());
}
