//! People, their sessions and tokens, and the audit log.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use redb::ReadableTable;
use uuid::Uuid;

use super::record_tests::{AT, World, five, later};
use super::{StoreWriter, opened};
use crate::domain::actor::Actor;
use crate::domain::catalog::Refusal;
use crate::domain::change::Change;
use crate::domain::person::Role;
use crate::domain::time::Timestamp;

#[test]
fn revoked_tokens_are_remembered_until_they_expire() {
    let mut world = World::new();
    let mut expected = BTreeMap::new();
    for number in 0..4 {
        let token = Uuid::from_u128(number);
        let expires = later(i64::try_from(number).unwrap() * 10);
        world
            .change(&Change::TokenRevoked {
                at: AT,
                by: Actor::CommandLine,
                token,
                expires,
            })
            .unwrap();
        expected.insert(token, expires);
    }
    assert_eq!(world.change(&Change::TokensForgotten { at: later(15) }), Ok(2));
    let reader = world.store.store().reader().unwrap();
    for (token, expires) in expected {
        let found = reader.token_revoked(token).unwrap();
        assert_eq!(found, (expires >= later(15)).then_some(expires));
    }
    assert_eq!(reader.tokens_revoked_count().unwrap(), 2);
}

#[test]
fn the_audit_log_tells_who_did_what_and_shows_what_was_tampered_with() {
    let mut world = five();
    let person = Uuid::from_u128(0xAB);
    world
        .change(&Change::PersonAdded {
            at: AT,
            by: Actor::CommandLine,
            id: person,
            name: "anna".to_owned(),
            role: Role::Administrator,
            password: "$argon2id$".to_owned(),
            link: None,
        })
        .unwrap();
    let last = world.change(&Change::PersonChanged {
        at: AT,
        by: Actor::Person(person),
        id: person,
        name: "anna".to_owned(),
        role: Role::Viewer,
        active: true,
    });
    assert_eq!(last, Err(Refusal::LastAdministrator));

    let reader = world.store.store().reader().unwrap();
    let mut rows = Vec::new();
    reader
        .audit_walk(None, |_, row| {
            rows.push((row.by, row.action, row.subject, row.refused));
            ControlFlow::Continue(())
        })
        .unwrap();
    let anna = || "anna".to_owned();
    assert_eq!(
        rows[0],
        (Actor::Person(person), "user-changed".to_owned(), anna(), true)
    );
    assert_eq!(rows[1], (Actor::CommandLine, "user-added".to_owned(), anna(), false));
    assert_eq!(
        rows.len(),
        7,
        "five contacts and two changes of people; what ships is not told"
    );
    let chain = reader.audit_verify().unwrap();
    assert_eq!((chain.rows, chain.broken_at), (7, None));
    drop(reader);

    let StoreWriter { store, .. } = world.store;
    let database = std::sync::Arc::into_inner(store.database).unwrap();
    let transaction = database.begin_write().unwrap();
    let taken = {
        let mut table = transaction.open_table(super::schema::AUDIT).unwrap();
        let third = table.iter().unwrap().nth(2).unwrap().unwrap().0.value();
        table.remove(third).unwrap();
        third
    };
    transaction.commit().unwrap();
    let store = opened(database, Uuid::from_u128(1), &super::Steps::default()).unwrap();
    let chain = store.store().reader().unwrap().audit_verify().unwrap();
    assert_eq!((chain.rows, chain.broken_at), (6, Some(taken + 1)));
}

#[test]
fn sessions_end_with_the_password_and_with_the_person() {
    let mut world = World::new();
    let person = Uuid::from_u128(0xAB);
    for (id, name, role) in [
        (person, "anna", Role::Viewer),
        (Uuid::from_u128(0xAC), "ben", Role::Administrator),
    ] {
        world
            .change(&Change::PersonAdded {
                at: AT,
                by: Actor::CommandLine,
                id,
                name: name.to_owned(),
                role,
                password: String::new(),
                link: None,
            })
            .unwrap();
    }
    let start = |world: &mut World, session: u8, person| {
        world.change(&Change::SessionStarted {
            at: AT,
            session: [session; 32],
            person,
            address: None,
            agent: String::new(),
        })
    };
    let sessions = |world: &World| {
        let list = world.store.store().reader().unwrap().session_list().unwrap();
        list.iter().map(|(key, _)| key[0]).collect::<Vec<_>>()
    };
    for (session, person) in [(1, person), (2, person), (3, Uuid::from_u128(0xAC))] {
        start(&mut world, session, person).unwrap();
    }
    world
        .change(&Change::PersonPasswordSet {
            at: AT,
            by: Actor::Person(person),
            id: person,
            password: "new".to_owned(),
            link: None,
            keep: Some([2; 32]),
        })
        .unwrap();
    assert_eq!(sessions(&world), [2, 3]);
    world
        .change(&Change::PersonChanged {
            at: AT,
            by: Actor::CommandLine,
            id: person,
            name: "anna".to_owned(),
            role: Role::Viewer,
            active: false,
        })
        .unwrap();
    assert_eq!(sessions(&world), [3]);
    let refused = start(&mut world, 4, person);
    assert!(matches!(refused, Err(Refusal::PersonUnknown(_))), "{refused:?}");
}

#[test]
fn a_set_up_link_works_once_and_not_for_long() {
    let mut world = World::new();
    let add = |world: &mut World, at: Timestamp, name: &str, link: u8| {
        world.change(&Change::PersonAdded {
            at,
            by: Actor::System,
            id: Uuid::from_u128(u128::from(link)),
            name: name.to_owned(),
            role: Role::Administrator,
            password: String::new(),
            link: Some([link; 32]),
        })
    };
    let make = |world: &mut World, link: u8| {
        world
            .change(&Change::SetupLinkMade {
                at: AT,
                by: Actor::CommandLine,
                hash: [link; 32],
                expires: later(1000),
                person: None,
            })
            .unwrap();
    };
    assert_eq!(add(&mut world, AT, "anna", 1), Err(Refusal::SetupLinkDead));
    make(&mut world, 1);
    assert_eq!(add(&mut world, later(1000), "anna", 1), Err(Refusal::SetupLinkDead));
    assert_eq!(add(&mut world, AT, "anna", 2), Err(Refusal::SetupLinkDead));
    assert_eq!(add(&mut world, AT, "anna", 1), Ok(1));
    assert_eq!(add(&mut world, AT, "ben", 1), Err(Refusal::SetupLinkDead));
}
