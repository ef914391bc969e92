//! Tokens that become invalid: by time, with their client, or by revocation.

use crate::domain::actor::Actor;
use crate::domain::change::AccessChange;
use crate::domain::entry::Entry;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;

#[test]
fn a_token_ends_with_its_time() {
    let world = World::new();
    world.client("c", &["odata"]);
    let now = clock::now();
    let answer = world.ask_at("grant_type=client_credentials&client_id=c&client_secret=s", now);
    let answer = answer.unwrap();
    let token = answer["access_token"].as_str().unwrap();
    let after = |seconds: i64| {
        let at = Timestamp((unix(now) + seconds) * 1_000_000);
        world.issuer.verify_at(token, Resource::Issuer, at).map(|_| ())
    };
    assert_eq!(after(3600), Ok(()), "clocks differ");
    assert_eq!(after(3659), Ok(()));
    assert_eq!(after(3660), Err(BearerError::Invalid));
}

#[test]
fn switching_a_client_or_its_user_off_ends_its_tokens_for_good() {
    let world = World::new();
    world.client("c", &["odata"]);
    let form = "grant_type=client_credentials&client_id=c&client_secret=s";
    let token = world.token("c");
    assert!(world.verify(&token).is_ok());

    world.edit("c", |settings| settings.active = false);
    assert_eq!(world.verify(&token), Err(BearerError::Invalid));
    assert_eq!(world.ask(form).err(), Some(TokenError::Unauthorized));
    world.edit("c", |settings| settings.active = true);
    assert_eq!(world.verify(&token), Err(BearerError::Invalid));

    let token = world.token("c");
    world.user_set(false);
    assert_eq!(world.verify(&token), Err(BearerError::Invalid));
    assert_eq!(world.ask(form).err(), Some(TokenError::Unauthorized));
    world.user_set(true);
    assert_eq!(world.verify(&token), Err(BearerError::Invalid));
    assert!(world.verify(&world.token("c")).is_ok());
}

#[test]
fn all_tokens_of_a_client_end_at_once() {
    let world = World::new();
    world.client("c", &["odata"]);
    world.client("d", &["odata"]);
    let (token, other) = (world.token("c"), world.token("d"));
    let (at, by, client_id) = (clock::now(), Actor::CommandLine, "c".to_owned());
    world.change(Entry::one(at, by, AccessChange::ClientTokensRevoked { client_id }));
    assert_eq!(world.verify(&token), Err(BearerError::Invalid));
    assert!(world.verify(&world.token("c")).is_ok());
    assert!(world.verify(&other).is_ok());
    let client_id = "c".to_owned();
    let token = world.token("c");
    world.change(Entry::one(at, by, AccessChange::ClientRemoved { client_id }));
    assert_eq!(world.verify(&token), Err(BearerError::Invalid));
}

#[test]
fn a_revoked_token_ends_and_is_forgotten_once_it_has_expired() {
    let world = World::new();
    world.client("c", &["odata"]);
    world.client("d", &["odata"]);
    let (token, other) = (world.token("c"), world.token("c"));
    let revoke = |id: &str, token: &str| {
        let form = format!("client_id={id}&client_secret=s&token={token}&token_type_hint=refresh_token");
        world.issuer.revocation(&incoming(&[], &form))
    };
    assert_eq!(revoke("d", &token), Err(TokenError::NotYours));
    let revocation = revoke("c", &token).unwrap().unwrap();
    assert!(world.verify(&token).is_ok());
    world.issuer.revoke(revocation).unwrap();
    assert_eq!(world.verify(&token), Err(BearerError::Invalid));
    assert!(world.verify(&other).is_ok());
    assert_eq!(revoke("c", &token), Ok(None), "once is enough");
    assert_eq!(revoke("c", "nonsense"), Ok(None));

    let remembered = || world.issuer.ledger.read().unwrap().tokens_revoked_count().unwrap();
    let hours = |hours: i64| Timestamp(clock::now().0 + hours * 3_600_000_000);
    world
        .issuer
        .tokens_forget_at(Timestamp(hours(1).0 - 600_000_000))
        .unwrap();
    assert_eq!(remembered(), 1, "still good elsewhere");
    world.issuer.tokens_forget_at(hours(2)).unwrap();
    assert_eq!(remembered(), 0);
}

#[test]
fn introspection_tells_each_client_what_it_may_know() {
    let world = World::new();
    world.client("c", &["odata"]);
    world.client("d", &["odata"]);
    world.client("all", &["odata", "token:introspect"]);
    let token = world.token("c");
    let ask = |id: &str, token: &str| {
        let form = format!("client_id={id}&client_secret=s&token={token}");
        let answer = world.issuer.introspect(&incoming(&[], &form));
        String::from_utf8(answer.unwrap()).unwrap()
    };
    for id in ["c", "all"] {
        let answer: Value = serde_json::from_str(&ask(id, &token)).unwrap();
        assert_eq!(answer["active"], true);
        for (name, value) in [
            ("client_id", "c"),
            ("sub", "c"),
            ("scope", "odata"),
            ("token_type", "Bearer"),
        ] {
            assert_eq!(answer[name], value);
        }
        assert_eq!((&answer["iss"], &answer["aud"]), (&URL.into(), &URL.into()));
        assert!(answer["exp"].is_i64() && answer["iat"].is_i64() && answer["jti"].is_string());
    }
    let inactive = "{\"active\":false}";
    assert_eq!(ask("d", &token), inactive);
    assert_eq!(ask("all", "nonsense"), inactive);
    world.edit("c", |settings| settings.active = false);
    assert_eq!(ask("all", &token), inactive);

    let form = "client_id=d&client_secret=s";
    assert_eq!(
        world.issuer.introspect(&incoming(&[], form)),
        Err(TokenError::TokenMissing)
    );
    assert_eq!(
        world.issuer.introspect(&incoming(&[], "token=x")),
        Err(TokenError::Client)
    );
}

#[test]
fn tokens_that_were_tampered_with_do_not_count() {
    let world = World::new();
    world.client("c", &["odata"]);
    let token = world.token("c");
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts[..] else {
        panic!("{token}")
    };
    let text = |part: &str| String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    let coded = |text: String| URL_SAFE_NO_PAD.encode(text);
    let none = coded(text(header).replace("ES256", "none"));
    let hs256 = coded(text(header).replace("ES256", "HS256"));
    let jwt = coded(text(header).replace("at+jwt", "JWT"));
    let more = coded(text(claims).replace("odata", "token:introspect"));
    for forged in [
        String::new(),
        "a.b.c".to_owned(),
        format!("{header}.{claims}"),
        format!("{header}.{claims}."),
        format!("{header}.{claims}.{signature}x"),
        format!("{token}.{signature}"),
        format!("{none}.{claims}."),
        format!("{none}.{claims}.{signature}"),
        format!("{hs256}.{claims}.{signature}"),
        format!("{jwt}.{claims}.{signature}"),
        format!("{header}.{more}.{signature}"),
        "x".repeat(9000),
    ] {
        assert_eq!(world.verify(&forged), Err(BearerError::Invalid), "{forged}");
    }
    // A cached token is not confused with another one.
    assert!(world.verify(&token).is_ok() && world.verify(&token).is_ok());
    assert_eq!(
        world.verify(&format!("{header}.{claims}.{signature}A")),
        Err(BearerError::Invalid)
    );
    // Another appliance with the same client.
    let other = World::new();
    other.client("c", &["odata"]);
    assert_eq!(other.verify(&token), Err(BearerError::Invalid));
}

#[test]
fn a_scope_that_is_taken_away_counts_no_more_in_tokens_of_before() {
    let world = World::new();
    world.client("c", &["odata", "webhook:send"]);
    let token = world.token("c");
    assert!(world.verify(&token).unwrap().has_scope("odata"));
    world.edit("c", |settings| settings.scopes = vec!["webhook:send".to_owned()]);
    let caller = world.verify(&token).unwrap();
    assert!(!caller.has_scope("odata") && caller.has_scope("webhook:send"));
}
