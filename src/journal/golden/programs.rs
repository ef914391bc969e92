//! Changes of programs and their accounts.

use uuid::Uuid;

use super::{AT, definition};
use crate::domain::actor::Actor;
use crate::domain::change::{AccessChange, ConfigChange, RecordsWritten, SessionChange, UpkeepChange};
use crate::domain::client::{ClientKey, ClientSecret, ClientSettings};
use crate::domain::definition::ColumnIndex;
use crate::domain::entry::Entry;
use crate::domain::record::RecordOperation;
use crate::domain::rights::TechnicalUser;
use crate::domain::signing_key::{Algorithm, SigningKey};
use crate::domain::value::Value;

pub fn settings() -> ClientSettings {
    ClientSettings {
        name: "Shop".to_owned(),
        application_url: "https://shop.example.org".to_owned(),
        description: "fetches orders".to_owned(),
        active: true,
        user: Uuid::from_u128(0xAA),
        scopes: vec!["odata".to_owned(), "webhook:send".to_owned()],
        allowed_addresses: vec!["192.0.2.0/24".to_owned()],
        algorithm: Algorithm::RS256,
        token_lifetime: 600,
        endpoint_audience: true,
    }
}

pub fn secret(sealed: Option<Vec<u8>>) -> ClientSecret {
    ClientSecret {
        id: Uuid::from_u128(0xBB),
        hash: [9; 32],
        hint: "hgs_abc".to_owned(),
        created_on: AT,
        expires_on: sealed.is_none().then_some(AT),
        sealed,
    }
}

pub fn client_key() -> ClientKey {
    ClientKey {
        kid: "k1".to_owned(),
        algorithm: Algorithm::ES256,
        jwk: "{}".to_owned(),
        created_on: AT,
    }
}

pub fn signing_key(removed: bool) -> SigningKey {
    SigningKey {
        kid: "k2".to_owned(),
        algorithm: Algorithm::ES256,
        sealed: vec![1, 2, 3],
        jwk: "{}".to_owned(),
        created_on: AT,
        active_from: AT,
        removed_on: removed.then_some(AT),
    }
}

pub fn changes_of_programs() -> Vec<(&'static str, Entry)> {
    let (at, by) = (AT, Actor::CommandLine);
    let client_id = || "hgc_abc".to_owned();
    let (object, record) = (5, Uuid::from_u128(0xCD));
    let operations = vec![
        RecordOperation::Create {
            object,
            record,
            values: super::values(),
        },
        RecordOperation::Edit {
            object,
            record,
            mark: Some([7; 8]),
            values: vec![(1, Some(Value::Integer(3))), (2, None)],
        },
        RecordOperation::Delete {
            object,
            record,
            mark: None,
        },
    ];
    let indexes = vec![ColumnIndex {
        object: "Contact".to_owned(),
        column: "Email".to_owned(),
        indexed: true,
    }];
    vec![
        (
            "RecordsWritten",
            Entry::one(
                at,
                Actor::TechnicalUser(Uuid::from_u128(0xAA)),
                RecordsWritten { rules: 17, operations },
            ),
        ),
        (
            "DefinitionApplied.Indexed",
            Entry::one(
                at,
                by,
                ConfigChange::DefinitionApplied {
                    definition: definition(),
                    indexes,
                },
            ),
        ),
        (
            "TechnicalUserSet",
            Entry::one(
                at,
                by,
                AccessChange::TechnicalUserSet(TechnicalUser {
                    id: Uuid::from_u128(0xAA),
                    code: "Shop".to_owned(),
                    name: "The shop".to_owned(),
                    active: false,
                    odata: true,
                }),
            ),
        ),
        (
            "ClientAdded",
            Entry::one(
                at,
                by,
                AccessChange::ClientAdded {
                    client_id: client_id(),
                    settings: settings(),
                    secret: Some(secret(Some(vec![1, 2]))),
                },
            ),
        ),
        (
            "ClientChanged",
            Entry::one(
                at,
                by,
                AccessChange::ClientChanged {
                    client_id: client_id(),
                    settings: settings(),
                },
            ),
        ),
        (
            "ClientRemoved",
            Entry::one(at, by, AccessChange::ClientRemoved { client_id: client_id() }),
        ),
        (
            "ClientSecretAdded",
            Entry::one(
                at,
                by,
                AccessChange::ClientSecretAdded {
                    client_id: client_id(),
                    secret: secret(None),
                    previous_until: Some(AT),
                },
            ),
        ),
        (
            "ClientSecretRevoked",
            Entry::one(
                at,
                by,
                AccessChange::ClientSecretRevoked {
                    client_id: client_id(),
                    secret: Uuid::from_u128(0xBB),
                },
            ),
        ),
        (
            "ClientKeysSet",
            Entry::one(
                at,
                by,
                AccessChange::ClientKeysSet {
                    client_id: client_id(),
                    keys: vec![client_key()],
                },
            ),
        ),
        (
            "ClientTokensRevoked",
            Entry::one(at, by, AccessChange::ClientTokensRevoked { client_id: client_id() }),
        ),
        (
            "SigningKeysSet",
            Entry::one(
                at,
                by,
                AccessChange::SigningKeysSet {
                    keys: vec![signing_key(false), signing_key(true)],
                },
            ),
        ),
        (
            "TokenRevoked",
            Entry::one(
                at,
                by,
                SessionChange::TokenRevoked {
                    token: Uuid::from_u128(0xDD),
                    expires: AT,
                },
            ),
        ),
        (
            "TokensForgotten",
            Entry::one(at, Actor::System, UpkeepChange::TokensForgotten),
        ),
        (
            "ClientsUsed",
            Entry::one(
                at,
                Actor::System,
                UpkeepChange::ClientsUsed {
                    used: vec![(client_id(), AT)],
                },
            ),
        ),
    ]
}
