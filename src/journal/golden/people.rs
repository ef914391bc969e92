//! Changes of users.

use std::net::IpAddr;

use uuid::Uuid;

use super::AT;
use crate::domain::actor::Actor;
use crate::domain::audit::Difference;
use crate::domain::change::{AccessChange, SessionChange, UpkeepChange};
use crate::domain::entry::Entry;
use crate::domain::user::Role;

pub fn changes_of_people() -> Vec<(&'static str, Entry)> {
    let (at, by) = (AT, Actor::User(Uuid::from_u128(0xAB)));
    let id = Uuid::from_u128(0xAC);
    let address = Some(IpAddr::from([192, 0, 2, 1]));
    let text = |text: &str| text.to_owned();
    vec![
        (
            "UserAdded",
            Entry::one(
                at,
                Actor::System,
                AccessChange::UserAdded {
                    id,
                    name: text("anna"),
                    role: Role::Administrator,
                    password: text("$argon2id$v=19$"),
                    link: Some([5; 32]),
                },
            ),
        ),
        (
            "UserChanged",
            Entry::one(
                at,
                by,
                AccessChange::UserChanged {
                    id,
                    name: text("anna"),
                    role: Role::Operator,
                    active: false,
                },
            ),
        ),
        (
            "UserPasswordRehashed",
            Entry::one(
                AT,
                Actor::User(Uuid::from_u128(0xAC)),
                AccessChange::UserPasswordRehashed {
                    id: Uuid::from_u128(0xAC),
                    password: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".to_owned(),
                    password_on: AT,
                },
            ),
        ),
        (
            "UserPasswordSet",
            Entry::one(
                at,
                by,
                AccessChange::UserPasswordSet {
                    id,
                    password: text("$argon2id$v=19$"),
                    link: None,
                    keep: Some([6; 32]),
                },
            ),
        ),
        (
            "UserTotpSet",
            Entry::one(
                at,
                by,
                AccessChange::UserTotpSet {
                    id,
                    totp: Some(vec![1, 2, 3]),
                    recovery: vec![[7; 32]],
                },
            ),
        ),
        (
            "RecoveryCodeUsed",
            Entry::one(
                at,
                Actor::User(id),
                AccessChange::RecoveryCodeUsed { id, code: [7; 32] },
            ),
        ),
        (
            "SetupLinkAdded.Administrator",
            Entry::one(
                at,
                by,
                AccessChange::SetupLinkAdded {
                    hash: [8; 32],
                    expires: AT,
                    user: Some(id),
                },
            ),
        ),
        (
            "SessionStarted",
            Entry::one(
                at,
                Actor::User(id),
                SessionChange::Started {
                    session: [9; 32],
                    user: id,
                    address,
                    agent: text("Browser"),
                },
            ),
        ),
        (
            "SessionsEnded",
            Entry::one(
                at,
                by,
                SessionChange::Ended {
                    sessions: vec![[9; 32]],
                },
            ),
        ),
        (
            "AuditNoted",
            Entry::one(
                at,
                by,
                UpkeepChange::AuditNoted {
                    action: text("login-failed"),
                    subject: text("anna"),
                    address,
                    facts: vec![Difference::fact("detail", text("password"))],
                },
            ),
        ),
        (
            "SetupLinkAdded",
            Entry::one(
                at,
                by,
                AccessChange::SetupLinkAdded {
                    hash: [10; 32],
                    expires: AT,
                    user: Some(id),
                },
            ),
        ),
    ]
}
