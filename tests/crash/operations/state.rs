//! What an appliance holds, as lines that can be compared between two runs of the same operation.
//!
//! Ids, moments, secrets and hashes are different in each run. Such a value is kept where the
//! prepared site has it already, and else written as `new`: so a line shows that a password or a
//! key changed, but not to what.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use hookgate::domain::audit::AuditRow;
use hookgate::domain::webhook_filter::WebhookFilter;
use hookgate::ledger::Ledger;
use hookgate::store::{StoreError, store_check};
use serde::Serialize;
use serde_json::{Value, json};

/// Members whose values are different in each run.
const CHANCE: [&str; 31] = [
    "id",
    "client_id",
    "hash",
    "lookup",
    "sealed",
    "hint",
    "api_key_hint",
    "created_on",
    "created_by",
    "modified_on",
    "modified_by",
    "at",
    "after",
    "password",
    "password_on",
    "totp",
    "recovery",
    "expires",
    "expires_on",
    "kid",
    "jwk",
    "active_from",
    "removed_on",
    "started_on",
    "begun_on",
    "ended_on",
    "user",
    "guid",
    "earlier",
    "records",
    "previous_key",
];

/// A line for each part: its kind, and what it holds.
pub type State = Vec<String>;

/// Everything, as it is.
pub fn raw(ledger: &Ledger) -> Result<Vec<(&'static str, Value)>, StoreError> {
    let (reader, catalog) = ledger.read_with_catalog()?;
    let faults = store_check(&reader)?;
    assert!(
        faults.is_empty(),
        "indexes and counters do not fit the rows: {faults:#?}"
    );
    let mut parts = vec![
        ("entities", json!(&*catalog.entities)),
        ("processes off", json!(&*catalog.processes_off)),
        ("retention", json!(&*catalog.retention)),
        ("revoked tokens", json!(reader.tokens_revoked_count()?)),
    ];
    each("source", catalog.sources.values().map(AsRef::as_ref), &mut parts);
    each(
        "technical user",
        catalog.technical_users.values().map(AsRef::as_ref),
        &mut parts,
    );
    each("client", catalog.clients.values().map(AsRef::as_ref), &mut parts);
    each("signing key", catalog.signing_keys.iter(), &mut parts);
    each("user", catalog.users.values().map(AsRef::as_ref), &mut parts);
    each("set-up link", catalog.setup_links.values(), &mut parts);
    each("task", reader.task_list()?.iter().map(|(_, task)| task), &mut parts);
    for ((user, object), rights) in &*catalog.grants {
        parts.push(("grant", json!({"user": user, "object": object, "rights": rights})));
    }
    for object in catalog.objects.values() {
        parts.push(("object", json!(&**object)));
        for (id, record) in reader.record_list(object.id, None, 1000)? {
            parts.push(("record", json!({"object": object.id, "id": id, "record": record})));
        }
    }
    for row in reader.webhook_list(&WebhookFilter::default(), None, 1000)? {
        parts.push(("webhook", json!({"webhook": row.webhook, "state": row.state})));
    }
    for (key, session) in reader.session_list()? {
        let id = format!("{key:02x?}");
        parts.push(("session", json!({"id": id, "session": session})));
    }
    for task in ["retention", "signing-keys"] {
        parts.push(("last run", json!({"task": task, "at": reader.schedule_ran(task)?})));
    }
    for id in catalog.clients.keys() {
        parts.push(("last token", json!({"client_id": id, "at": reader.client_used(id)?})));
    }
    reader.audit_walk(None, |_, row| {
        parts.push(("audit row", audit(&row)));
        ControlFlow::Continue(())
    })?;
    Ok(parts)
}

/// All values of these parts, to tell those that are new.
pub fn values(parts: &[(&'static str, Value)]) -> BTreeSet<String> {
    fn collect(value: &Value, into: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => members.values().for_each(|value| collect(value, into)),
            Value::Array(parts) => parts.iter().for_each(|value| collect(value, into)),
            other => drop(into.insert(other.to_string())),
        }
    }
    let mut all = BTreeSet::new();
    for (_, value) in parts {
        collect(value, &mut all);
    }
    all
}

/// Comparable lines, sorted.
pub fn lines(parts: Vec<(&'static str, Value)>, known: &BTreeSet<String>) -> State {
    let line = |(kind, mut value): (&str, Value)| {
        plain(&mut value, false, known);
        format!("{kind} {value}")
    };
    let mut lines: State = parts.into_iter().map(line).collect();
    lines.sort();
    lines
}

/// The lines that only one of two states has.
pub fn difference(found: &State, wanted: &State) -> String {
    let only = |of: &State, without: &State, sign: char| -> Vec<String> {
        let rest = of.iter().filter(|line| !without.contains(line));
        rest.map(|line| format!("{sign} {line}")).collect()
    };
    let lines = [only(found, wanted, '+'), only(wanted, found, '-')].concat();
    lines.join("\n")
}

fn each<'a, T: Serialize + 'a>(
    kind: &'static str,
    all: impl Iterator<Item = &'a T>,
    parts: &mut Vec<(&'static str, Value)>,
) {
    parts.extend(all.map(|one| (kind, json!(one))));
}

/// Without its differences, which hold values of chance in words. Each is about something that
/// has a line of its own.
fn audit(row: &AuditRow) -> Value {
    json!({
        "by": row.by,
        "action": row.action,
        "subject": row.subject,
        "fields": row.differences.len(),
        "address": row.address,
        "refused": row.refused,
    })
}

fn plain(value: &mut Value, chance: bool, known: &BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                plain(value, chance || CHANCE.contains(&name.as_str()), known);
            }
        }
        Value::Array(parts) => parts.iter_mut().for_each(|value| plain(value, chance, known)),
        Value::String(_) | Value::Number(_) if chance && !known.contains(&value.to_string()) => {
            *value = Value::from("new");
        }
        _ => {}
    }
}
