//! A site where every operation of the table has something to work on. Made once: each run gets a
//! copy of its disk.

use std::collections::BTreeSet;
use std::sync::Arc;

use argon2::password_hash::PasswordHasher;
use argon2::{Algorithm as Argon2Kind, Argon2, Params, Version};
use hookgate::clock;
use hookgate::domain::actor::Actor;
use hookgate::domain::change::{
    AccessChange, NewRecord, Processed, SessionChange, TaskChange, UpkeepChange, Verdict, WebhookChange,
};
use hookgate::domain::entry::Entry;
use hookgate::domain::signing_key::{Algorithm, SigningKey};
use hookgate::domain::task::{BulkAction, TaskId};
use hookgate::domain::time::Timestamp;
use hookgate::domain::user::{Password, Role};
use hookgate::domain::value::Value;
use hookgate::domain::webhook::Webhook;
use hookgate::domain::webhook_filter::WebhookFilter;
use hookgate::identity::Incoming;
use hookgate::manage::client::{ClientEdit, client_add, client_secret_add, client_shipped};
use hookgate::manage::grace_period::GracePeriod;
use hookgate::manage::grant::{RightsEdit, grant_set};
use hookgate::manage::object::object_apply;
use hookgate::manage::patch::Edit;
use hookgate::manage::source::{SourceEdit, source_add};
use hookgate::manage::technical_user::{TechnicalUserEdit, technical_user_add, technical_user_set};
use hookgate::manage::user::{user_add, user_reset_link};
use hookgate::people::Attempt;
use hookgate::secret::Secrets;
use serde_json::json;
use tempfile::TempDir;
use uuid::Uuid;

use super::site::{HOUR, SEGMENT, Site};
use super::state::{State, lines, raw, values};
use crate::disk::{Liar, Machine};
use crate::rng::Rng;
use crate::setup::{APPLIANCE, BY, StartError, born};
use crate::totp::code;

pub const HERE: std::net::IpAddr = std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

const DAY: i64 = 24 * HOUR;

/// What the operations know of the prepared site.
pub struct Known {
    pub secrets: Arc<Secrets>,
    /// Where the files beside journal and database are.
    pub folder: TempDir,
    pub webhooks: Webhooks,
    /// A task before its first step.
    pub task: TaskId,
    /// A record of `UsrTicket` that OData made.
    pub record: Uuid,
    /// The client id and a secret of `Reports`.
    pub client: (String, String),
    /// An access token of `Reports`.
    pub token: String,
    /// A session of Ada, who has no second factor.
    pub ada: String,
    /// A session of Ben, who has one.
    pub ben: String,
    pub recovery: String,
    /// Set-up links: for a new administrator, and for Ben.
    pub links: [String; 2],
}

/// One webhook of each status.
#[derive(Default)]
pub struct Webhooks {
    pub new: Uuid,
    pub failed: Uuid,
    pub done: Uuid,
}

/// The site, without anything that runs.
pub struct Prepared {
    machine: Machine,
    pub known: Arc<Known>,
    values: BTreeSet<String>,
    pub state: State,
}

impl Prepared {
    pub fn new() -> Self {
        let machine = Machine::new(Rng::new(1), Liar::Nobody);
        born(&machine, SEGMENT);
        let mut known = Arc::new(Known {
            secrets: Arc::new(Secrets::new(&[7; 32]).unwrap()),
            folder: tempfile::tempdir().unwrap(),
            webhooks: Webhooks::default(),
            task: 0,
            record: Uuid::nil(),
            client: Default::default(),
            token: String::new(),
            ada: String::new(),
            ben: String::new(),
            recovery: String::new(),
            links: Default::default(),
        });
        let site = Site::open(&machine, &known).unwrap();
        fill(&site);
        let (webhooks, record) = (webhooks(&site), record(&site));
        let task = task(&site);
        let (client, token) = program(&site);
        let (ada, ben, recovery) = people(&site);
        let link = |who| {
            let made = user_reset_link(&site.context, BY, who).unwrap();
            made.setup_link.rsplit('/').next().unwrap().to_owned()
        };
        let links = [link(None), link(Some("Ben"))];
        let parts = raw(site.ledger()).unwrap();
        site.ledger().close();
        drop(site);
        let shared = Arc::get_mut(&mut known).unwrap();
        shared.webhooks = webhooks;
        (shared.task, shared.record) = (task, record);
        shared.client = client;
        shared.token = token;
        (shared.ada, shared.ben, shared.recovery, shared.links) = (ada, ben, recovery, links);
        let values = values(&parts);
        Self {
            machine: machine.kill(),
            known,
            state: lines(parts, &values),
            values,
        }
    }

    /// A machine with the site; the seed says what a power cut loses.
    pub fn machine(&self, seed: u64) -> Machine {
        self.machine.copy(Rng::new(seed))
    }

    /// What a machine holds, on which nothing runs.
    pub fn state_of(&self, machine: &Machine) -> Result<State, StartError> {
        let site = Site::open(machine, &self.known)?;
        let state = self.state(&site);
        site.ledger().close();
        state
    }

    pub fn state(&self, site: &Site) -> Result<State, StartError> {
        Ok(lines(raw(site.ledger())?, &self.values))
    }
}

/// Objects, a source, a technical user, signing keys.
fn fill(site: &Site) {
    let (context, now) = (&site.context, clock::now());
    let changes = vec![
        UpkeepChange::Genesis { appliance: APPLIANCE }.into(),
        client_shipped(&site.known.secrets, now).unwrap().into(),
        // A key for RS256 takes a second to make; this one only signs later, and is never due.
        AccessChange::SigningKeysSet {
            keys: vec![later_key()],
        }
        .into(),
    ];
    commit(site, now, changes);
    context.issuer.keys_first().unwrap();
    let mut keys = context.ledger.catalog().signing_keys.to_vec();
    for key in keys.iter_mut().filter(|key| key.algorithm == Algorithm::ES256) {
        // Old enough that the next one is due.
        key.active_from = Timestamp(now.0 - 100 * DAY);
    }
    commit(site, now, vec![AccessChange::SigningKeysSet { keys }.into()]);
    let objects = json!({
        "objects": [{"code": "UsrTicket", "columns": [
            {"code": "Name", "type": "text(50)"},
            {"code": "Priority", "type": "lookup(UsrPriority)"}]},
            {"code": "UsrPriority", "lookup": true}],
        "values": [{"object": "UsrPriority", "name": "High"}],
        "entities": ["UsrTicket"],
    });
    object_apply(context, BY, objects.to_string().as_bytes(), false).unwrap();
    let edit = SourceEdit {
        requires_token: Edit::Set(true),
        ..SourceEdit::default()
    };
    source_add(context, BY, "Form", edit).unwrap();
    technical_user_add(context, BY, "Shop", None).unwrap();
    let edit = TechnicalUserEdit {
        odata: Some(true),
        ..TechnicalUserEdit::default()
    };
    technical_user_set(context, BY, "Shop", edit).unwrap();
    let rights = RightsEdit {
        create: Some(true),
        read: Some(true),
        edit: Some(true),
        delete: Some(true),
    };
    grant_set(context, BY, "Shop", "UsrTicket", rights).unwrap();
}

fn later_key() -> SigningKey {
    let now = clock::now();
    SigningKey {
        kid: "later".to_owned(),
        algorithm: Algorithm::RS256,
        sealed: Vec::new(),
        jwk: r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB"}"#.to_owned(),
        created_on: now,
        active_from: Timestamp(now.0 + 300 * DAY),
        removed_on: None,
    }
}

/// Those that are processed are past their time.
/// Nothing continues it here.
fn task(site: &Site) -> TaskId {
    let begun = TaskChange::BulkBegun {
        action: BulkAction::Delete { unprocessed: false },
        filter: WebhookFilter {
            text: Some("nothing that was sent".to_owned()),
            ..WebhookFilter::default()
        },
        total: None,
    };
    let entry = Entry::one(clock::now(), BY, begun);
    site.ledger().commit(entry).unwrap().resume.unwrap()
}

fn webhooks(site: &Site) -> Webhooks {
    let catalog = site.ledger().catalog();
    let (source, object) = (catalog.source("Form").unwrap().id, catalog.object("UsrTicket").unwrap());
    let (now, long_ago) = (clock::now(), Timestamp(clock::now().0 - 100 * DAY));
    let arrive = |at: Timestamp, name: &str| {
        let webhook = Webhook {
            id: Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes()),
            created_on: at,
            source,
            api_key_hint: "hint".to_owned(),
            content_type: "application/json".to_owned(),
            query: String::new(),
            headers: Vec::new(),
            source_url: String::new(),
            remote: None,
            files: Vec::new(),
            body: json!({"EntityName": "UsrTicket", "Name": name})
                .to_string()
                .into_bytes(),
        };
        let id = webhook.id;
        commit(site, at, vec![WebhookChange::Received(webhook).into()]);
        (id, site.ledger().position().durable)
    };
    let processed = |webhook: u64, verdict: Verdict| {
        let processed = Processed {
            webhook,
            run: 1,
            rules: site.ledger().catalog().rules,
            verdict,
            issues: Vec::new(),
        };
        commit(site, long_ago, vec![WebhookChange::Processed(processed).into()]);
    };
    let (failed, seq) = arrive(long_ago, "failed");
    processed(
        seq,
        Verdict::Failed {
            object: Some(object.id),
        },
    );
    let (done, seq) = arrive(long_ago, "done");
    let record = NewRecord {
        object: object.id,
        record: Uuid::from_u128(0xD0),
        values: vec![(object.column("Name").unwrap().id, Value::Text("done".to_owned()))],
    };
    processed(seq, Verdict::Records(vec![record]));
    let (_, seq) = arrive(now, "processing");
    commit(site, now, vec![WebhookChange::Started { webhooks: vec![seq] }.into()]);
    let (new, _) = arrive(now, "new");
    Webhooks { new, failed, done }
}

/// A record of a program, and an index.
fn record(site: &Site) -> Uuid {
    use hookgate::odata::Method;
    let made = site
        .odata(Method::Post, "UsrTicket", &json!({"Name": "from OData"}))
        .unwrap();
    let made: serde_json::Value = serde_json::from_slice(&made.body).unwrap();
    let index = json!({"objects": [{"code": "UsrTicket", "columns": [
        {"code": "Name", "type": "text(50)", "indexed": true}]}]});
    object_apply(&site.context, BY, index.to_string().as_bytes(), false).unwrap();
    made["Id"].as_str().unwrap().parse().unwrap()
}

/// A client with two secrets and a token, and a revoked token that has expired since.
fn program(site: &Site) -> ((String, String), String) {
    let (context, now) = (&site.context, clock::now());
    let edit = ClientEdit {
        user: Edit::Set("Shop".to_owned()),
        ..ClientEdit::default()
    };
    let id = client_add(context, BY, "Reports", edit).unwrap().client_id;
    let secret = client_secret_add(context, BY, "Reports", GracePeriod::default()).unwrap();
    let client = (id, secret.secret.unwrap());
    let token = token(site, &client);
    let revoked = SessionChange::TokenRevoked {
        token: Uuid::from_u128(0x70),
        expires: Timestamp(now.0 - DAY),
    };
    commit(site, now, vec![revoked.into()]);
    (client, token)
}

/// A new access token.
pub fn token(site: &Site, (id, secret): &(String, String)) -> String {
    let body = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    let answer = site.context.issuer.token(&incoming(body.as_bytes())).unwrap();
    let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

pub fn incoming(body: &[u8]) -> Incoming<'_> {
    Incoming {
        content_type: Some("application/x-www-form-urlencoded"),
        authorization: &[],
        body,
        remote: HERE,
    }
}

/// The password of somebody.
pub fn password(name: &str) -> Password {
    Password(format!("seven quiet herons wade {name}"))
}

/// Ada is logged in; Ben too, and has a second factor; Vera's password was hashed with less than
/// is demanded now, and her session is over. Gives the cookies and a recovery code.
fn people(site: &Site) -> (String, String, String) {
    let (context, now) = (&site.context, clock::now());
    user_add(context, BY, "Ada", Role::Administrator, Some(&password("Ada"))).unwrap();
    user_add(context, BY, "Ben", Role::Operator, Some(&password("Ben"))).unwrap();
    let [ada, ben] = ["Ada", "Ben"].map(|name| context.people.login(&attempt(name, &password(name)), now).unwrap());
    let begun = context
        .people
        .totp_begin(&ben.live.user, &password("Ben"), None, HERE, now)
        .unwrap();
    let recovery = context
        .people
        .totp_confirm(&ben.live.user, &code(&begun.secret, 0), now);
    let argon = Argon2::new(
        Argon2Kind::Argon2id,
        Version::V0x13,
        Params::new(256, 1, 1, None).unwrap(),
    );
    let vera = AccessChange::UserAdded {
        id: Uuid::from_u128(0x7E),
        name: "Vera".to_owned(),
        role: Role::Viewer,
        password: argon
            .hash_password_with_salt(password("Vera").0.as_bytes(), &[1; 16])
            .unwrap()
            .to_string(),
        link: None,
    };
    commit(site, now, vec![vera.into()]);
    let over = SessionChange::Started {
        session: [9; 32],
        user: Uuid::from_u128(0x7E),
        address: None,
        agent: String::new(),
    };
    commit(site, Timestamp(now.0 - 2 * DAY), vec![over.into()]);
    (ada.cookie, ben.cookie, recovery.unwrap().remove(0))
}

/// A login from a browser that has no session.
pub fn attempt<'a>(name: &'a str, password: &'a Password) -> Attempt<'a> {
    Attempt {
        name,
        password,
        code: None,
        address: HERE,
        agent: "a browser",
        cookie: None,
    }
}

fn commit(site: &Site, at: Timestamp, changes: Vec<hookgate::domain::change::Change>) {
    let by = Actor::System;
    site.apply(Entry { at, by, changes });
}
