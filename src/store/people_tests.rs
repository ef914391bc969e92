//! Users, their sessions and tokens, and the audit log.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use redb::ReadableTable;
use uuid::Uuid;

use super::record_tests::{AT, World, five, later};
use super::{StoreWriter, opened};
use crate::domain::actor::Actor;
use crate::domain::catalog::ApplyError;
use crate::domain::change::{AccessChange, SessionChange, UpkeepChange};
use crate::domain::entry::Entry;
use crate::domain::time::Timestamp;
use crate::domain::user::Role;

#[test]
fn revoked_tokens_are_remembered_until_they_expire() {
    let mut world = World::new();
    let mut expected = BTreeMap::new();
    for number in 0..4 {
        let token = Uuid::from_u128(number);
        let expires = later(i64::try_from(number).unwrap() * 10);
        world
            .change(&Entry::one(
                AT,
                Actor::CommandLine,
                SessionChange::TokenRevoked { token, expires },
            ))
            .unwrap();
        expected.insert(token, expires);
    }
    assert_eq!(
        world.change(&Entry::one(later(15), Actor::System, UpkeepChange::TokensForgotten)),
        Ok(2)
    );
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
    let user = Uuid::from_u128(0xAB);
    world
        .change(&Entry::one(
            AT,
            Actor::CommandLine,
            AccessChange::UserAdded {
                id: user,
                name: "anna".to_owned(),
                role: Role::Administrator,
                password: "$argon2id$".to_owned(),
                link: None,
            },
        ))
        .unwrap();
    let last = world.change(&Entry::one(
        AT,
        Actor::User(user),
        AccessChange::UserChanged {
            id: user,
            name: "anna".to_owned(),
            role: Role::Viewer,
            active: true,
        },
    ));
    assert_eq!(last, Err(ApplyError::LastAdministrator));

    let reader = world.store.store().reader().unwrap();
    let mut rows = Vec::new();
    reader
        .audit_walk(None, |_, row| {
            rows.push((row.by, row.action, row.subject, row.refused));
            ControlFlow::Continue(())
        })
        .unwrap();
    let anna = || "anna".to_owned();
    assert_eq!(rows[0], (Actor::User(user), "user-changed".to_owned(), anna(), true));
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
    let store = opened(database, Uuid::from_u128(1)).unwrap();
    let chain = store.store().reader().unwrap().audit_verify().unwrap();
    assert_eq!((chain.rows, chain.broken_at), (6, Some(taken + 256)));
}

#[test]
fn sessions_end_with_the_password_and_with_the_person() {
    let mut world = World::new();
    let user = Uuid::from_u128(0xAB);
    for (id, name, role) in [
        (user, "anna", Role::Viewer),
        (Uuid::from_u128(0xAC), "ben", Role::Administrator),
    ] {
        world
            .change(&Entry::one(
                AT,
                Actor::CommandLine,
                AccessChange::UserAdded {
                    id,
                    name: name.to_owned(),
                    role,
                    password: String::new(),
                    link: None,
                },
            ))
            .unwrap();
    }
    let start = |world: &mut World, session: u8, user| {
        world.change(&Entry::one(
            AT,
            Actor::User(user),
            SessionChange::Started {
                session: [session; 32],
                user,
                address: None,
                agent: String::new(),
            },
        ))
    };
    let sessions = |world: &World| {
        let list = world.store.store().reader().unwrap().session_list().unwrap();
        list.iter().map(|(key, _)| key[0]).collect::<Vec<_>>()
    };
    for (session, user) in [(1, user), (2, user), (3, Uuid::from_u128(0xAC))] {
        start(&mut world, session, user).unwrap();
    }
    world
        .change(&Entry::one(
            AT,
            Actor::User(user),
            AccessChange::UserPasswordSet {
                id: user,
                password: "new".to_owned(),
                link: None,
                keep: Some([2; 32]),
            },
        ))
        .unwrap();
    assert_eq!(sessions(&world), [2, 3]);
    world
        .change(&Entry::one(
            AT,
            Actor::CommandLine,
            AccessChange::UserChanged {
                id: user,
                name: "anna".to_owned(),
                role: Role::Viewer,
                active: false,
            },
        ))
        .unwrap();
    assert_eq!(sessions(&world), [3]);
    let refused = start(&mut world, 4, user);
    assert!(matches!(refused, Err(ApplyError::UserUnknown(_))), "{refused:?}");
}

#[test]
fn a_set_up_link_works_once_and_not_for_long() {
    let mut world = World::new();
    let add = |world: &mut World, at: Timestamp, name: &str, link: u8| {
        world.change(&Entry::one(
            at,
            Actor::System,
            AccessChange::UserAdded {
                id: Uuid::from_u128(u128::from(link)),
                name: name.to_owned(),
                role: Role::Administrator,
                password: String::new(),
                link: Some([link; 32]),
            },
        ))
    };
    let make = |world: &mut World, link: u8| {
        world
            .change(&Entry::one(
                AT,
                Actor::CommandLine,
                AccessChange::SetupLinkAdded {
                    hash: [link; 32],
                    expires: later(1000),
                    user: None,
                },
            ))
            .unwrap();
    };
    assert_eq!(add(&mut world, AT, "anna", 1), Err(ApplyError::SetupLinkDead));
    make(&mut world, 1);
    assert_eq!(add(&mut world, later(1000), "anna", 1), Err(ApplyError::SetupLinkDead));
    assert_eq!(add(&mut world, AT, "anna", 2), Err(ApplyError::SetupLinkDead));
    assert_eq!(add(&mut world, AT, "anna", 1), Ok(1));
    assert_eq!(add(&mut world, AT, "ben", 1), Err(ApplyError::SetupLinkDead));
}
