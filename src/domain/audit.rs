//! The audit log: what people and programs changed, and who came in or failed to.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::actor::Actor;
use super::catalog::Catalog;
use super::change::Change;
use super::record::RecordOperation;
use super::time::Timestamp;

/// A row of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRow {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Actor,
    /// What was done, such as `source-added`; never changes its meaning.
    pub action: String,
    /// To what, by its name.
    pub subject: String,
    /// More about it, in words.
    pub detail: String,
    /// From where, if that is known.
    pub address: Option<IpAddr>,
    /// Whether it was refused.
    pub refused: bool,
    /// SHA-256 over the hash of the row before and everything above: no row can be changed or
    /// taken away without every later one showing it.
    pub hash: [u8; 32],
}

/// What the audit log says of a change; none for what only webhooks and schedules cause.
///
/// Part of applying a change, so what it says of one must never change: a rebuilt log would not
/// be the one that was exported.
#[must_use]
pub fn audited(change: &Change, catalog: &Catalog) -> Option<AuditRow> {
    let (at, by, action, subject, detail) = told(change, catalog)?;
    // What a stranger did is noted by Hookgate itself.
    if by == Actor::System && !matches!(change, Change::AuditNoted { .. }) {
        return None;
    }
    let address = match change {
        Change::AuditNoted { address, .. } | Change::SessionStarted { address, .. } => *address,
        _ => None,
    };
    Some(AuditRow {
        at,
        by,
        action: action.to_owned(),
        subject,
        detail,
        address,
        refused: false,
        hash: [0; 32],
    })
}

type Told<'c> = (Timestamp, Actor, &'c str, String, String);

fn told<'c>(change: &'c Change, catalog: &Catalog) -> Option<Told<'c>> {
    let source = |id: &u32| {
        let known = catalog.sources.get(id);
        known.map_or_else(|| format!("source {id}"), |source| source.name.clone())
    };
    let client = |id: &str| {
        let known = catalog.clients.get(id);
        known.map_or_else(|| id.to_owned(), |client| client.settings.name.clone())
    };
    let person = |id: &uuid::Uuid| {
        let known = catalog.people.get(id);
        known.map_or_else(|| id.to_string(), |person| person.name.clone())
    };
    let switched = |on: bool| if on { "on" } else { "off" }.to_owned();
    Some(match change {
        Change::DefinitionApplied { at, by, definition } | Change::DefinitionIndexed { at, by, definition, .. } => {
            let objects: Vec<&str> = definition.objects.iter().map(|object| object.code.as_str()).collect();
            let detail = format!(
                "{} lookup values, {} entities",
                definition.values.len(),
                definition.entities.len()
            );
            (*at, *by, "definition-applied", objects.join(", "), detail)
        }
        Change::EntitySet {
            at,
            by,
            object,
            registered,
        } => (*at, *by, "entity-set", object.clone(), switched(*registered)),
        Change::GrantSet {
            at,
            by,
            user,
            object,
            rights,
        } => {
            let named = [
                (rights.create, "create"),
                (rights.read, "read"),
                (rights.edit, "edit"),
                (rights.delete, "delete"),
            ];
            let rights: Vec<&str> = named.iter().filter(|(has, _)| *has).map(|(_, name)| *name).collect();
            let detail = format!("{object}: {}", rights.join(" "));
            (*at, *by, "grant-set", user.clone(), detail)
        }
        Change::SourceAdded { at, by, name, .. } => (*at, *by, "source-added", name.clone(), String::new()),
        Change::SourceChanged {
            at,
            by,
            source: id,
            enabled,
            ..
        } => (*at, *by, "source-changed", source(id), switched(*enabled)),
        Change::SourceKeyRotated { at, by, source: id, .. } => {
            (*at, *by, "source-key-rotated", source(id), String::new())
        }
        Change::SourceTokenSet {
            at,
            by,
            source: id,
            required,
        } => (*at, *by, "source-token-set", source(id), switched(*required)),
        Change::ProcessSet {
            at,
            by,
            process,
            enabled,
        } => (*at, *by, "process-set", process.clone(), switched(*enabled)),
        Change::RetentionSet { at, by, retention } => {
            let detail = format!("days {:?}, schedule {}", retention.days, retention.schedule);
            (*at, *by, "retention-set", String::new(), detail)
        }
        Change::WebhooksReplayed {
            at,
            by,
            webhooks,
            again,
            ..
        } => {
            let detail = if *again { "also those with a record" } else { "" };
            (
                *at,
                *by,
                "webhooks-replayed",
                counted(webhooks.len()),
                detail.to_owned(),
            )
        }
        Change::WebhooksDeleted {
            at,
            by,
            webhooks,
            unprocessed,
        } => {
            let detail = if *unprocessed {
                "also those not processed yet"
            } else {
                ""
            };
            (*at, *by, "webhooks-deleted", counted(webhooks.len()), detail.to_owned())
        }
        Change::RecordsWritten { at, by, operations, .. } => (
            *at,
            *by,
            "records-written",
            counted(operations.len()),
            operations_told(operations, catalog),
        ),
        Change::UserSet {
            at,
            by,
            code,
            active,
            odata,
            ..
        } => {
            let detail = format!("active {}, OData {}", switched(*active), switched(*odata));
            (*at, *by, "technical-user-set", code.clone(), detail)
        }
        Change::ClientAdded { at, by, settings, .. } => (
            *at,
            *by,
            "client-added",
            settings.name.clone(),
            settings.scopes.join(" "),
        ),
        Change::ClientChanged { at, by, settings, .. } => {
            let detail = format!("active {}, {}", switched(settings.active), settings.scopes.join(" "));
            (*at, *by, "client-changed", settings.name.clone(), detail)
        }
        Change::ClientDeleted { at, by, client_id } => (*at, *by, "client-deleted", client(client_id), String::new()),
        Change::ClientSecretAdded {
            at,
            by,
            client_id,
            secret,
            ..
        } => (*at, *by, "client-secret-added", client(client_id), secret.hint.clone()),
        Change::ClientSecretRemoved {
            at,
            by,
            client_id,
            secret,
        } => (*at, *by, "client-secret-removed", client(client_id), secret.to_string()),
        Change::ClientKeysSet {
            at,
            by,
            client_id,
            keys,
        } => (*at, *by, "client-keys-set", client(client_id), counted(keys.len())),
        Change::ClientTokensEnded { at, by, client_id } => {
            (*at, *by, "client-tokens-ended", client(client_id), String::new())
        }
        Change::SigningKeysSet { at, by, keys } => (*at, *by, "signing-keys-set", counted(keys.len()), String::new()),
        Change::TokenRevoked { at, by, token, .. } => (*at, *by, "token-revoked", token.to_string(), String::new()),
        Change::PersonAdded { at, by, name, role, .. } => {
            (*at, *by, "user-added", name.clone(), role.name().to_owned())
        }
        Change::PersonChanged {
            at,
            by,
            name,
            role,
            active,
            ..
        } => {
            let detail = format!("{}, active {}", role.name(), switched(*active));
            (*at, *by, "user-changed", name.clone(), detail)
        }
        Change::PersonPasswordSet { at, by, id, .. } => (*at, *by, "user-password-set", person(id), String::new()),
        Change::PersonTotpSet { at, by, id, totp, .. } => {
            (*at, *by, "user-totp-set", person(id), switched(totp.is_some()))
        }
        Change::PersonRecoveryUsed { at, id, .. } => {
            (*at, Actor::Person(*id), "user-recovery-used", person(id), String::new())
        }
        Change::SetupLinkMade {
            at, by, person: whose, ..
        }
        | Change::SetupLinkAdded {
            at, by, person: whose, ..
        } => {
            let whose = whose.as_ref().map(person).unwrap_or_default();
            (*at, *by, "setup-link-made", whose, String::new())
        }
        Change::SessionStarted {
            at, person: id, agent, ..
        } => (*at, Actor::Person(*id), "login", person(id), agent.clone()),
        Change::SessionsEnded { at, by, sessions } => {
            (*at, *by, "sessions-ended", counted(sessions.len()), String::new())
        }
        Change::AuditNoted {
            at,
            by,
            action,
            subject,
            detail,
            ..
        } => (*at, *by, action, subject.clone(), detail.clone()),
        Change::Genesis { .. }
        | Change::WebhookReceived(_)
        | Change::WebhookProcessed(_)
        | Change::WebhooksStarted { .. }
        | Change::WebhooksRecovered { .. }
        | Change::WebhooksExpired { .. }
        | Change::TokensForgotten { .. }
        | Change::ClientsUsed { .. }
        | Change::TaskRan { .. } => return None,
    })
}

fn counted(count: usize) -> String {
    count.to_string()
}

/// The first operation in words; the records themselves are found by their ids.
fn operations_told(operations: &[RecordOperation], catalog: &Catalog) -> String {
    let Some(first) = operations.first() else {
        return String::new();
    };
    let (verb, object, record) = match first {
        RecordOperation::Create { object, record, .. } => ("create", object, record),
        RecordOperation::Edit { object, record, .. } => ("edit", object, record),
        RecordOperation::Delete { object, record, .. } => ("delete", object, record),
    };
    let known = catalog.objects.get(object);
    let object = known.map_or_else(|| object.to_string(), |object| object.code.clone());
    let more = match operations.len() {
        1 => String::new(),
        many => format!(" and {} more", many - 1),
    };
    format!("{verb} {object} {record}{more}")
}
