//! Decides what the audit log says about a change. No other place decides this.

use std::net::IpAddr;

use serde_json::Value;
use uuid::Uuid;

use super::differences::{bounded, differences};
use super::{AuditRow, Difference};
use crate::domain::actor::Actor;
use crate::domain::catalog::Catalog;
use crate::domain::change::{
    AccessChange, Change, ConfigChange, SessionChange, TaskChange, UpkeepChange, WebhookChange,
};
use crate::domain::definition::Definition;
use crate::domain::entry::Entry;
use crate::domain::record::RecordOperation;
use crate::domain::task::BulkAction;
use crate::domain::webhook_filter::WebhookFilter;

/// What the audit log says about one change.
pub struct Noted<'c> {
    action: &'c str,
    subject: String,
    differences: Vec<Difference>,
    address: Option<IpAddr>,
}

impl Noted<'_> {
    /// Converts it into a row whose hash is not computed yet.
    #[must_use]
    pub fn row(self, entry: &Entry, refused: bool) -> AuditRow {
        AuditRow {
            at: entry.at,
            by: entry.by,
            action: self.action.to_owned(),
            subject: self.subject,
            differences: self.differences,
            address: self.address,
            refused,
            hash: [0; 32],
        }
    }
}

/// What the audit log says about a change; none for changes that only webhooks and schedules cause.
/// For a rejected change, `before` and `after` are the same catalog.
///
/// This is part of applying a change, so the result for a given change must never differ between
/// versions: a rebuilt log would differ from the one that was exported.
#[must_use]
pub fn noted<'c>(entry: &Entry, change: &'c Change, before: &Catalog, after: &Catalog) -> Option<Noted<'c>> {
    // Actions of anonymous clients are noted by Hookgate itself.
    if entry.by == Actor::System && !matches!(change, Change::Upkeep(UpkeepChange::AuditNoted { .. })) {
        return None;
    }
    match change {
        // A bulk task says what it did at its end, not at each step.
        Change::Webhook(_) if entry.changes.iter().any(is_step) => None,
        Change::Webhook(change) => of_webhooks(change),
        Change::Records(written) => Some(plain(
            "records-written",
            written.operations.len().to_string(),
            operations(&written.operations, before),
        )),
        Change::Config(change) => Some(of_config(change, before, after)),
        // The password is the same, and a login says who proved it.
        Change::Access(AccessChange::UserPasswordRehashed { .. }) => None,
        Change::Access(change) => Some(of_access(change, before, after)),
        Change::Session(change) => Some(of_session(change, before)),
        Change::Task(change) => of_task(change, before),
        Change::Upkeep(change) => of_upkeep(change),
    }
}

const fn plain(action: &str, subject: String, differences: Vec<Difference>) -> Noted<'_> {
    Noted {
        action,
        subject,
        differences,
        address: None,
    }
}

fn of_webhooks(change: &WebhookChange) -> Option<Noted<'_>> {
    match change {
        WebhookChange::Reprocessed { webhooks, repeat } => Some(plain(
            "webhooks-reprocessed",
            webhooks.len().to_string(),
            fact_if(*repeat, "repeat"),
        )),
        WebhookChange::Deleted { webhooks, unprocessed } => Some(plain(
            "webhooks-deleted",
            webhooks.len().to_string(),
            fact_if(*unprocessed, "unprocessed"),
        )),
        WebhookChange::Received(_)
        | WebhookChange::Processed(_)
        | WebhookChange::Started { .. }
        | WebhookChange::Recovered { .. }
        | WebhookChange::Expired { .. } => None,
    }
}

fn fact_if(is: bool, field: &str) -> Vec<Difference> {
    if is {
        vec![Difference::fact(field, true)]
    } else {
        Vec::new()
    }
}

fn of_config<'c>(change: &'c ConfigChange, before: &Catalog, after: &Catalog) -> Noted<'c> {
    let source = |id: &u32| {
        let known = after.sources.get(id);
        known.map_or_else(|| format!("source {id}"), |source| source.name.clone())
    };
    let source_differences = |id: &u32| {
        let of = |catalog: &Catalog| catalog.sources.get(id).cloned();
        differences(of(before).as_deref(), of(after).as_deref())
    };
    match change {
        ConfigChange::DefinitionApplied { definition, .. } => {
            let objects: Vec<&str> = definition.objects.iter().map(|object| object.code.as_str()).collect();
            plain(
                "definition-applied",
                objects.join(", "),
                definition_differences(definition, before, after),
            )
        }
        ConfigChange::EntitySet { object, registered } => plain(
            "entity-set",
            object.clone(),
            vec![Difference::fact("registered", *registered)],
        ),
        ConfigChange::GrantSet { user, object, rights } => {
            let rights_of = |catalog: &Catalog| {
                let user = catalog.technical_user(user)?.id;
                Some(catalog.rights(user, catalog.grantable(object)?))
            };
            let mut found = vec![Difference::fact("object", object.as_str())];
            let (was, is) = (rights_of(before), rights_of(after));
            // A rejected change has no difference: show the rights that were requested.
            let is = if was == is { Some(*rights) } else { is };
            found.extend(differences(was.as_ref(), is.as_ref()));
            plain("grant-set", user.clone(), found)
        }
        ConfigChange::ProcessSet { process, enabled } => plain(
            "process-set",
            process.clone(),
            vec![Difference::fact("enabled", *enabled)],
        ),
        ConfigChange::RetentionSet { .. } => plain(
            "retention-set",
            String::new(),
            differences(Some(&*before.retention), Some(&*after.retention)),
        ),
        ConfigChange::SourceAdded { name, .. } => {
            let of = |catalog: &Catalog| catalog.source(name).cloned();
            plain(
                "source-added",
                name.clone(),
                differences(of(before).as_deref(), of(after).as_deref()),
            )
        }
        ConfigChange::SourceChanged { source: id, .. } => plain("source-changed", source(id), source_differences(id)),
        ConfigChange::SourceKeyRotated { source: id, .. } => {
            plain("source-key-rotated", source(id), source_differences(id))
        }
    }
}

/// The differences of the objects that a definition names and of the Webhook entities. Lookup
/// values are only counted.
fn definition_differences(definition: &Definition, before: &Catalog, after: &Catalog) -> Vec<Difference> {
    let mut found = Vec::new();
    for new in &definition.objects {
        let of = |catalog: &Catalog| catalog.object(&new.code).cloned();
        let of_object = differences(of(before).as_deref(), of(after).as_deref());
        found.extend(of_object.into_iter().map(|difference| Difference {
            field: format!("{}.{}", new.code, difference.field),
            ..difference
        }));
    }
    for code in &definition.entities {
        let registered = |catalog: &Catalog| {
            let object = catalog.object(code);
            object.is_some_and(|object| catalog.entities.contains(&object.id))
        };
        if registered(before) != registered(after) {
            found.push(Difference::fact(&format!("{code}.registered"), true));
        }
    }
    let mut found = bounded(found);
    if !definition.values.is_empty() {
        found.push(Difference::fact("values", definition.values.len()));
    }
    found
}

fn of_access<'c>(change: &'c AccessChange, before: &Catalog, after: &Catalog) -> Noted<'c> {
    let client_name = |id: &str| {
        let known = before.clients.get(id).or_else(|| after.clients.get(id));
        known.map_or_else(|| id.to_owned(), |client| client.settings.name.clone())
    };
    let client = |action: &'static str, id: &str| {
        let of = |catalog: &Catalog| catalog.clients.get(id).cloned();
        plain(
            action,
            client_name(id),
            differences(of(before).as_deref(), of(after).as_deref()),
        )
    };
    let user_differences = |id: &Uuid| {
        let of = |catalog: &Catalog| catalog.users.get(id).cloned();
        differences(of(before).as_deref(), of(after).as_deref())
    };
    let user = |action: &'static str, id: &Uuid| plain(action, user_name(id, after), user_differences(id));
    match change {
        AccessChange::TechnicalUserSet(new) => {
            let of = |catalog: &Catalog| catalog.technical_user(&new.code).cloned();
            plain(
                "technical-user-set",
                new.code.clone(),
                differences(of(before).as_deref(), of(after).as_deref()),
            )
        }
        AccessChange::ClientAdded {
            client_id, settings, ..
        } => Noted {
            subject: settings.name.clone(),
            ..client("client-added", client_id)
        },
        AccessChange::ClientChanged { client_id, .. } => client("client-changed", client_id),
        AccessChange::ClientRemoved { client_id } => plain("client-removed", client_name(client_id), Vec::new()),
        AccessChange::ClientSecretAdded { client_id, .. } => client("client-secret-added", client_id),
        AccessChange::ClientSecretRevoked { client_id, .. } => client("client-secret-revoked", client_id),
        AccessChange::ClientKeysSet { client_id, .. } => client("client-keys-set", client_id),
        AccessChange::ClientTokensRevoked { client_id } => client("client-tokens-revoked", client_id),
        AccessChange::SigningKeysSet { keys } => plain(
            "signing-keys-set",
            keys.len().to_string(),
            differences(Some(&*before.signing_keys), Some(&*after.signing_keys)),
        ),
        AccessChange::UserAdded { id, name, .. } => plain("user-added", name.clone(), user_differences(id)),
        AccessChange::UserChanged { id, name, .. } => plain("user-changed", name.clone(), user_differences(id)),
        AccessChange::UserPasswordSet { id, .. } | AccessChange::UserPasswordRehashed { id, .. } => {
            user("user-password-set", id)
        }
        AccessChange::UserTotpSet { id, totp, .. } => {
            let mut noted = user("user-totp-set", id);
            noted.differences.push(Difference::fact("enabled", totp.is_some()));
            noted
        }
        AccessChange::RecoveryCodeUsed { id, .. } => user("recovery-code-used", id),
        AccessChange::SetupLinkAdded { user, .. } => plain(
            "setup-link-added",
            user.as_ref().map(|id| user_name(id, after)).unwrap_or_default(),
            Vec::new(),
        ),
    }
}

fn user_name(id: &Uuid, catalog: &Catalog) -> String {
    let known = catalog.users.get(id);
    known.map_or_else(|| id.to_string(), |user| user.name.clone())
}

fn of_session<'c>(change: &'c SessionChange, catalog: &Catalog) -> Noted<'c> {
    match change {
        SessionChange::Started {
            user, address, agent, ..
        } => Noted {
            address: *address,
            ..plain(
                "login",
                user_name(user, catalog),
                vec![Difference::fact("agent", agent.as_str())],
            )
        },
        SessionChange::Ended { sessions } => plain("sessions-ended", sessions.len().to_string(), Vec::new()),
        SessionChange::TokenRevoked { token, .. } => plain("token-revoked", token.to_string(), Vec::new()),
    }
}

fn is_step(change: &Change) -> bool {
    matches!(change, Change::Task(change) if change.is_step())
}

fn of_task<'c>(change: &TaskChange, catalog: &Catalog) -> Option<Noted<'c>> {
    match change {
        TaskChange::BulkBegun { action, filter, .. } => {
            let (verb, flag) = match action {
                BulkAction::Reprocess { repeat } => ("webhooks-reprocess-begun", fact_if(*repeat, "repeat")),
                BulkAction::Delete { unprocessed } => ("webhooks-delete-begun", fact_if(*unprocessed, "unprocessed")),
            };
            Some(plain(
                verb,
                String::new(),
                [flag, filter_facts(filter, catalog)].concat(),
            ))
        }
        TaskChange::BulkEnded {
            task,
            action,
            done,
            left_out,
            cancelled,
        } => {
            let verb = match action {
                BulkAction::Reprocess { .. } => "webhooks-reprocessed",
                BulkAction::Delete { .. } => "webhooks-deleted",
            };
            let mut facts = vec![Difference::fact("task", *task)];
            if *left_out > 0 {
                facts.push(Difference::fact("left_out", *left_out));
            }
            facts.extend(fact_if(*cancelled, "cancelled"));
            Some(plain(verb, done.to_string(), facts))
        }
        TaskChange::Cancelled { task } => Some(plain("task-cancelled", task.to_string(), Vec::new())),
        TaskChange::IndexStepped { .. } | TaskChange::BulkStepped { .. } => None,
    }
}

/// Which webhooks, with the names that sources and objects had then.
fn filter_facts(filter: &WebhookFilter, catalog: &Catalog) -> Vec<Difference> {
    let WebhookFilter {
        status,
        source,
        object,
        outcome,
        made_record,
        from,
        to,
        text,
    } = filter;
    let source = source.map(|id| {
        let known = catalog.sources.get(&id);
        known.map_or_else(|| format!("source {id}"), |source| source.name.clone())
    });
    let object = object.map(|id| {
        let known = catalog.objects.get(&id);
        known.map_or_else(|| id.to_string(), |object| object.code.clone())
    });
    let facts = [
        ("status", status.map(|status| Value::from(status.name()))),
        ("source", source.map(Value::from)),
        ("object", object.map(Value::from)),
        ("outcome", outcome.map(|outcome| Value::from(outcome.name()))),
        ("made_record", made_record.map(Value::from)),
        ("from", from.map(|from| Value::from(from.to_string()))),
        ("to", to.map(|to| Value::from(to.to_string()))),
        ("text", text.clone().map(Value::from)),
    ];
    let set = facts.into_iter();
    set.filter_map(|(field, value)| Some(Difference::fact(field, value?)))
        .collect()
}

fn of_upkeep(change: &UpkeepChange) -> Option<Noted<'_>> {
    match change {
        UpkeepChange::AuditNoted {
            action,
            subject,
            facts,
            address,
        } => Some(Noted {
            address: *address,
            ..plain(action, subject.clone(), bounded(facts.clone()))
        }),
        UpkeepChange::Genesis { .. }
        | UpkeepChange::TokensForgotten
        | UpkeepChange::ClientsUsed { .. }
        | UpkeepChange::ScheduleRan { .. } => None,
    }
}

/// Shows only the first operation. The records themselves can be found by their ids.
fn operations(operations: &[RecordOperation], catalog: &Catalog) -> Vec<Difference> {
    let Some(first) = operations.first() else {
        return Vec::new();
    };
    let (verb, object, record) = match first {
        RecordOperation::Create { object, record, .. } => ("create", object, record),
        RecordOperation::Edit { object, record, .. } => ("edit", object, record),
        RecordOperation::Delete { object, record, .. } => ("delete", object, record),
    };
    let known = catalog.objects.get(object);
    let object = known.map_or_else(|| object.to_string(), |object| object.code.clone());
    let mut facts = vec![Difference::fact(verb, format!("{object} {record}"))];
    if operations.len() > 1 {
        facts.push(Difference::fact("more", operations.len() - 1));
    }
    facts
}
