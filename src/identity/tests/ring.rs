//! The ring in use: tokens stay valid over a rotation and become invalid in an emergency.

use std::time::Duration;

use super::*;

/// Keys rotate every ten days.
fn policy() -> RingPolicy {
    RingPolicy::every(Duration::from_secs(10 * 86_400))
}

fn kid(token: &str) -> String {
    jsonwebtoken::decode_header(token).unwrap().kid.unwrap()
}

fn published(world: &World, now: Timestamp) -> usize {
    let catalog = world.issuer.ledger.catalog();
    let jwks = world.issuer.ring(&catalog).jwks(now).unwrap();
    jsonwebtoken::jwk::JwkSet::clone(&serde_json::from_str(&jwks).unwrap())
        .keys
        .len()
}

#[test]
fn a_rotation_is_noticed_by_nobody() {
    let world = World::new();
    world.client("c", &["odata"]);
    let start = clock::now();
    let day = |days: i64| Timestamp(start.0 + days * 86_400_000_000);
    let form = "grant_type=client_credentials&client_id=c&client_secret=s";
    let token = |at| {
        world.ask_at(form, at).unwrap()["access_token"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let good = |token: &str, at| world.issuer.verify_at(token, Resource::Issuer, at).is_ok();

    world.issuer.keys_rotate_at(start, policy()).unwrap();
    assert_eq!(published(&world, start), 2);
    let first = token(day(1));
    world.issuer.keys_rotate_at(day(9), policy()).unwrap();
    assert_eq!(published(&world, day(9)), 4, "the next keys are published");
    assert_eq!(kid(&token(day(9))), kid(&first), "and sign nothing yet");

    let last = token(Timestamp(day(10).0 - 1));
    let next = token(day(11));
    assert_ne!(kid(&next), kid(&first));
    world.issuer.keys_rotate_at(day(11), policy()).unwrap();
    assert!(good(&last, Timestamp(day(10).0 + 1_800_000_000)));
    assert_eq!(published(&world, day(11)), 4, "the old ones are kept");
    world.issuer.keys_rotate_at(day(13), policy()).unwrap();
    assert_eq!(published(&world, day(13)), 2);
    assert!(good(&next, day(11)));
    assert!(!good(&first, day(1)), "its key is gone");
}

#[test]
fn in_an_emergency_every_token_of_before_is_void() {
    let world = World::new();
    world.client("c", &["odata"]);
    let token = world.token("c");
    assert!(world.verify(&token).is_ok());
    world.issuer.keys_rotate_now(Actor::CommandLine).unwrap();
    assert_eq!(world.verify(&token), Err(BearerError::Invalid));
    let next = world.token("c");
    assert_ne!(kid(&next), kid(&token));
    assert!(world.verify(&next).is_ok());
    assert_eq!(published(&world, clock::now()), 2);
}
