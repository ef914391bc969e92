//! Tokens leave no data behind, except when their client last got one.

use std::time::Instant;

use super::*;
use crate::store::digest::store_digest;

#[test]
fn thousands_of_tokens_leave_no_row() {
    let world = World::new();
    world.client("c", &["odata"]);
    let tables = || {
        let reader = world.issuer.ledger.read().unwrap();
        store_digest(&reader).unwrap().tables
    };
    let (before, position) = (tables(), world.issuer.ledger.position().durable);
    let form = "grant_type=client_credentials&client_id=c&client_secret=s";
    let begun = Instant::now();
    for _ in 0..3000 {
        world.issuer.token(&incoming(&[], form)).unwrap();
    }
    println!("a token in {:?}", begun.elapsed() / 3000);
    assert_eq!(world.issuer.ledger.position().durable, position, "nothing was written");
    assert_eq!(tables(), before);

    world.issuer.clients_used_flush().unwrap();
    let changed = |(name, ..): &&(String, u64, String)| !["client_used", "meta"].contains(&name.as_str());
    let after = tables();
    let rest = |tables: &[(String, u64, String)]| tables.iter().filter(changed).cloned().collect::<Vec<_>>();
    assert_eq!(rest(&after), rest(&before));
    let used = after.iter().find(|(name, ..)| name == "client_used").unwrap();
    assert_eq!(used.1, 1);
    let reader = world.issuer.ledger.read().unwrap();
    assert!(reader.client_used("c").unwrap().is_some());
}

#[test]
fn a_token_is_checked_in_microseconds() {
    let world = World::new();
    world.client("c", &["odata"]);
    let tokens: Vec<String> = (0..300).map(|_| world.token("c")).collect();
    for round in ["first", "second"] {
        let begun = Instant::now();
        for token in &tokens {
            world.verify(token).unwrap();
        }
        println!("{round} use: {:?}", begun.elapsed() / 300);
    }
}
