//! Changes of people.

use std::net::IpAddr;

use uuid::Uuid;

use super::AT;
use crate::domain::actor::Actor;
use crate::domain::change::Change;
use crate::domain::person::Role;

pub fn changes_of_people() -> Vec<(&'static str, Change)> {
    let (at, by) = (AT, Actor::Person(Uuid::from_u128(0xAB)));
    let id = Uuid::from_u128(0xAC);
    let address = Some(IpAddr::from([192, 0, 2, 1]));
    let text = |text: &str| text.to_owned();
    vec![
        (
            "PersonAdded",
            Change::PersonAdded {
                at,
                by: Actor::System,
                id,
                name: text("anna"),
                role: Role::Administrator,
                password: text("$argon2id$v=19$"),
                link: Some([5; 32]),
            },
        ),
        (
            "PersonChanged",
            Change::PersonChanged {
                at,
                by,
                id,
                name: text("anna"),
                role: Role::Operator,
                active: false,
            },
        ),
        (
            "PersonPasswordSet",
            Change::PersonPasswordSet {
                at,
                by,
                id,
                password: text("$argon2id$v=19$"),
                link: None,
                keep: Some([6; 32]),
            },
        ),
        (
            "PersonTotpSet",
            Change::PersonTotpSet {
                at,
                by,
                id,
                totp: Some(vec![1, 2, 3]),
                recovery: vec![[7; 32]],
            },
        ),
        (
            "PersonRecoveryUsed",
            Change::PersonRecoveryUsed { at, id, code: [7; 32] },
        ),
        (
            "SetupLinkMade",
            Change::SetupLinkMade {
                at,
                by,
                hash: [8; 32],
                expires: AT,
                person: Some(id),
            },
        ),
        (
            "SessionStarted",
            Change::SessionStarted {
                at,
                session: [9; 32],
                person: id,
                address,
                agent: text("Browser"),
            },
        ),
        (
            "SessionsEnded",
            Change::SessionsEnded {
                at,
                by,
                sessions: vec![[9; 32]],
            },
        ),
        (
            "AuditNoted",
            Change::AuditNoted {
                at,
                by,
                action: text("login-failed"),
                subject: text("anna"),
                detail: text("password"),
                address,
            },
        ),
        (
            "SetupLinkAdded",
            Change::SetupLinkAdded {
                at,
                by,
                hash: [10; 32],
                expires: AT,
                person: Some(id),
            },
        ),
    ]
}
