//! What the administrator can see about rejected requests.

use super::tokens::{Signer, body, claims};
use super::*;

fn with(secret: &str, more: &str) -> String {
    format!("grant_type=client_credentials&client_id=c&client_secret={secret}{more}")
}

#[test]
fn the_last_refusal_of_a_client_says_why() {
    let world = World::new();
    let why = |world: &World| world.issuer.client_failure("c").map(|failure| failure.reason);
    world.client("c", &["odata"]);
    let signer = Signer::new();
    world.ask(&with("s", "")).unwrap();
    assert_eq!(why(&world), None);

    let refused = |body: &str, part: &str| {
        assert!(world.ask(body).is_err(), "{body}");
        let said = why(&world).unwrap();
        assert!(said.contains(part), "{body}: {said}, not {part}");
    };
    refused(&with("wrong", ""), "the secret is wrong");
    refused(&with("s", "&scope=webhook:send"), "scope or resource");
    refused(&body(&signer.sign(&claims("c", "1"))), "no public keys");
    world.keys_set("c", signer.keys());
    let changed = |name: &str, value: Value| {
        let mut claims = claims("c", name);
        claims[name] = value;
        body(&signer.sign(&claims))
    };
    let now = unix(clock::now());
    for (name, value, part) in [
        ("iss", json!("d"), "iss"),
        ("aud", json!("https://other.example"), "aud"),
        ("jti", json!(""), "jti"),
        ("exp", json!(now + 900), "too far in the future"),
        ("exp", json!(now - 60), "has expired"),
        ("exp", json!("soon"), "malformed"),
        ("iat", json!(now + 100), "compare the clocks"),
        ("iat", json!(now - 7200), "before the server started"),
    ] {
        refused(&changed(name, value), part);
    }
    refused(
        &body(&Signer::new().sign(&claims("c", "2"))),
        "not signed with one of the client's keys",
    );
    let once = body(&signer.sign(&claims("c", "3")));
    world.ask(&once).unwrap();
    refused(&once, "already used");
    refused(
        &format!("{}&client_id=d", body(&signer.sign(&claims("c", "4")))),
        "client_id",
    );

    world.edit("c", |settings| {
        settings.allowed_addresses = vec!["10.0.0.0/8".to_owned()];
    });
    refused(&with("s", ""), "allowed addresses");
    refused(&body(&signer.sign(&claims("c", "5"))), "allowed addresses");
    world.edit("c", |settings| settings.allowed_addresses.clear());
    world.user_set(false);
    refused(&with("s", ""), "technical user");
    world.edit("c", |settings| settings.active = false);
    refused(&with("s", ""), "the client is disabled");
    let last = world.issuer.client_failure("c").unwrap();
    assert_eq!(last.from, HERE);
    assert_eq!(world.issuer.client_failure("other"), None);
}
