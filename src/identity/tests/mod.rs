//! Helpers for the tests of this module: an issuer on its own ledger.

mod ending;
mod failures;
mod ring;
mod tokens;
mod traces;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::app::bounds::ledger_limits;
use crate::clock;
use crate::config::defaults;
use crate::domain::actor::Actor;
use crate::domain::change::{AccessChange, UpkeepChange};
use crate::domain::client::{ClientKey, ClientSecret, ClientSettings};
use crate::domain::entry::Entry;
use crate::domain::rights::TechnicalUser;
use crate::domain::rights::WEBHOOK_SERVICE_ID;
use crate::domain::signing_key::Algorithm;
use crate::journal::disk::Folder;
use crate::journal::{GroupPolicy, JournalOptions};
use crate::ledger::folder::DataFolder;
use crate::ledger::{LedgerParts, Work, ledger_start};
use crate::secret::client_secret_hash;
use crate::store::store_open;

pub const URL: &str = "https://h.example:8443";

/// A client of `WebhookService` without secrets.
pub fn client(id: &str, scopes: &[&str]) -> crate::domain::client::Client {
    crate::domain::client::Client {
        client_id: id.to_owned(),
        created_on: Timestamp(0),
        settings: ClientSettings {
            name: format!("Client {id}"),
            application_url: String::new(),
            description: String::new(),
            active: true,
            user: WEBHOOK_SERVICE_ID,
            scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
            allowed_addresses: Vec::new(),
            algorithm: Algorithm::ES256,
            token_lifetime: 3600,
            endpoint_audience: false,
        },
        secrets: Vec::new(),
        keys: Vec::new(),
        epoch: 1,
    }
}

pub fn secret(clear: &str, expires_on: Option<i64>) -> ClientSecret {
    ClientSecret {
        id: Uuid::new_v5(&Uuid::NAMESPACE_URL, clear.as_bytes()),
        hash: client_secret_hash(clear),
        hint: clear.chars().take(3).collect(),
        created_on: Timestamp(0),
        expires_on: expires_on.map(Timestamp),
        sealed: None,
    }
}

pub const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
pub const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1));
const SEGMENT: u64 = 1 << 20;

/// An issuer on a new data folder, running for an hour. Removed at the end of the test.
pub struct World {
    pub issuer: Issuer,
    _work: Receiver<Work>,
    _folder: DataFolder,
    _directory: TempDir,
}

impl World {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(directory.path(), Uuid::now_v7(), SEGMENT).unwrap();
        let parts = LedgerParts {
            disk: Arc::new(Folder::new(&folder.journal())),
            store: store_open(&folder.database(), folder.appliance, 16 << 20).unwrap(),
            appliance: folder.appliance,
            journal: JournalOptions {
                segment: SEGMENT,
                queue: 1024,
                policy: GroupPolicy::default(),
            },
            limits: ledger_limits(&defaults()),
        };
        let (ledger, work) = ledger_start(parts, |_| ()).unwrap();
        let appliance = folder.appliance;
        let at = Timestamp(1);
        ledger
            .commit(Entry::one(at, Actor::System, UpkeepChange::Genesis { appliance }))
            .unwrap();
        let secrets = Arc::new(Secrets::new(&[7; 32]).unwrap());
        let started = Timestamp(clock::now().0 - 3_600_000_000);
        let issuer = Issuer::new(ledger, secrets, RingPolicy::every(defaults().tokens.rotation), started);
        issuer.url_set(URL);
        issuer.keys_first().unwrap();
        Self {
            issuer,
            _work: work,
            _folder: folder,
            _directory: directory,
        }
    }

    pub fn change(&self, change: Entry) {
        self.issuer.ledger.commit(change).unwrap();
    }

    /// Adds a client with the secret `s`.
    pub fn client(&self, id: &str, scopes: &[&str]) -> ClientSettings {
        self.client_with(id, scopes, |_| ())
    }

    pub fn client_with(&self, id: &str, scopes: &[&str], edit: impl FnOnce(&mut ClientSettings)) -> ClientSettings {
        let mut settings = client(id, scopes).settings;
        edit(&mut settings);
        self.change(Entry::one(
            clock::now(),
            Actor::CommandLine,
            AccessChange::ClientAdded {
                client_id: id.to_owned(),
                settings: settings.clone(),
                secret: Some(secret("s", None)),
            },
        ));
        settings
    }

    pub fn edit(&self, id: &str, edit: impl FnOnce(&mut ClientSettings)) {
        let mut settings = self.issuer.ledger.catalog().clients[id].settings.clone();
        edit(&mut settings);
        self.change(Entry::one(
            clock::now(),
            Actor::CommandLine,
            AccessChange::ClientChanged {
                client_id: id.to_owned(),
                settings,
            },
        ));
    }

    pub fn keys_set(&self, id: &str, keys: Vec<ClientKey>) {
        self.change(Entry::one(
            clock::now(),
            Actor::CommandLine,
            AccessChange::ClientKeysSet {
                client_id: id.to_owned(),
                keys,
            },
        ));
    }

    pub fn user_set(&self, active: bool) {
        self.change(Entry::one(
            clock::now(),
            Actor::CommandLine,
            AccessChange::TechnicalUserSet(TechnicalUser {
                id: WEBHOOK_SERVICE_ID,
                code: "WebhookService".to_owned(),
                name: "Creatio Webhook Service".to_owned(),
                active,
                odata: true,
            }),
        ));
    }

    /// Requests a token with this form.
    pub fn ask(&self, body: &str) -> Result<Value, TokenError> {
        self.ask_at(body, clock::now())
    }

    pub fn ask_at(&self, body: &str, now: Timestamp) -> Result<Value, TokenError> {
        let answer = self.issuer.token_at(&incoming(&[], body), now)?;
        Ok(serde_json::from_slice(&answer).unwrap())
    }

    /// A token of a client with the secret `s`.
    #[track_caller]
    pub fn token(&self, id: &str) -> String {
        let answer = self.ask(&format!("grant_type=client_credentials&client_id={id}&client_secret=s"));
        answer.unwrap()["access_token"].as_str().unwrap().to_owned()
    }

    pub fn verify(&self, token: &str) -> Result<crate::domain::caller::Caller, BearerError> {
        self.issuer.verify(token, Resource::Issuer)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.issuer.ledger.close();
    }
}

pub fn incoming<'a>(authorization: &'a [&'a [u8]], body: &'a str) -> Incoming<'a> {
    Incoming {
        content_type: Some("application/x-www-form-urlencoded"),
        authorization,
        body: body.as_bytes(),
        remote: HERE,
    }
}
