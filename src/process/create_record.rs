//! The built-in process "Create object records based on incoming webhooks".

use uuid::Uuid;

use super::hint::Hints;
use super::issues::ParseIssues;
use crate::domain::catalog::{CREATE_RECORDS, Catalog};
use crate::domain::change::{NewRecord, Processed, Verdict};
use crate::domain::column::ColumnId;
use crate::domain::object::{Object, SYSTEM_COLUMNS};
use crate::domain::parse_issue::Reason;
use crate::domain::rights::{WEBHOOK_SERVICE, WEBHOOK_SERVICE_ID};
use crate::domain::time::Timestamp;
use crate::domain::value::Value;
use crate::domain::webhook::Webhook;
use crate::parse::{self, Field, FieldValue, Limits, Media, value};

/// The key whose value is the code of the object.
const ENTITY_NAME: &str = "EntityName";

/// Decides the result of a webhook: a record of the object that `EntityName` refers to, storing the
/// webhook only, or a failure. Pure: id and time are passed in. Decisions that depend on records
/// (whether a lookup value exists, the next number) are left to the store.
#[must_use]
pub fn create_record(
    catalog: &Catalog,
    limits: Limits,
    seq: u64,
    run: u16,
    webhook: &Webhook,
    now: Timestamp,
    new_id: Uuid,
) -> Processed {
    let mut issues = ParseIssues::default();
    for file in &webhook.files {
        let (name, size) = (file.name.clone(), file.size);
        issues.about(&file.field, "", Reason::FileNotStored { name, size });
    }
    let verdict = decide(catalog, limits, webhook, now, new_id, &mut issues);
    Processed {
        webhook: seq,
        run,
        rules: catalog.rules,
        verdict,
        issues: issues.into_vec(),
    }
}

fn decide(
    catalog: &Catalog,
    limits: Limits,
    webhook: &Webhook,
    now: Timestamp,
    new_id: Uuid,
    issues: &mut ParseIssues,
) -> Verdict {
    if !catalog.process_enabled(CREATE_RECORDS) {
        issues.whole(Reason::ProcessOff);
        return Verdict::StoredOnly;
    }
    let fields = match parse::fields(&webhook.content_type, &webhook.body, limits) {
        Ok(fields) => fields,
        Err(reason) => {
            issues.whole(reason);
            return Verdict::Failed { object: None };
        }
    };
    let object = match entity(catalog, &fields, issues) {
        Entity::Object(object) => object,
        Entity::Absent => {
            if json_sent_as_form(webhook) {
                issues.whole(Reason::JsonSentAsForm);
            }
            issues.whole(Reason::NoEntityName);
            return Verdict::StoredOnly;
        }
        Entity::Wrong => return Verdict::Failed { object: None },
    };
    let failed = Verdict::Failed {
        object: Some(object.id),
    };
    if !allowed(catalog, object, issues) {
        return failed;
    }
    match values(object, &fields, now, issues) {
        Some(values) => Verdict::Records(vec![NewRecord {
            object: object.id,
            record: new_id,
            values,
        }]),
        None => failed,
    }
}

/// Whether the body contains `EntityName` as in JSON, but has the content type of a form, which is
/// what curl sends with `-d` alone.
fn json_sent_as_form(webhook: &Webhook) -> bool {
    let body = webhook.body.trim_ascii_start();
    parse::media(&webhook.content_type) == Some(Media::Form)
        && body.first() == Some(&b'{')
        && body
            .windows(ENTITY_NAME.len())
            .any(|part| part.eq_ignore_ascii_case(ENTITY_NAME.as_bytes()))
}

/// The object that the body names.
enum Entity<'c> {
    Object(&'c Object),
    Absent,
    /// The value is not valid; the issues say why.
    Wrong,
}

fn entity<'c>(catalog: &'c Catalog, fields: &[Field<'_>], issues: &mut ParseIssues) -> Entity<'c> {
    let mut sent = fields
        .iter()
        .filter(|field| field.name.eq_ignore_ascii_case(ENTITY_NAME))
        .map(|field| &field.value);
    let Some(first) = sent.next() else {
        return Entity::Absent;
    };
    let mut times = 1;
    for other in sent {
        if !same_entity(first, other) {
            issues.about(ENTITY_NAME, other.shown(), Reason::EntityRepeated);
            return Entity::Wrong;
        }
        times += 1;
    }
    if times > 1 {
        issues.about(ENTITY_NAME, first.shown(), Reason::Repeated { times });
    }
    let reason = match first {
        FieldValue::Null => return Entity::Absent,
        FieldValue::Text(text) if text.trim().is_empty() => return Entity::Absent,
        FieldValue::Text(text) => match catalog.object(text.trim()) {
            Some(object) => return Entity::Object(object),
            None => Reason::EntityUnknown,
        },
        FieldValue::Broken(broken) => broken.reason.clone(),
        FieldValue::Number(_) | FieldValue::Boolean(_) | FieldValue::Nested(_) => Reason::EntityNotText,
    };
    issues.about(ENTITY_NAME, first.shown(), reason);
    Entity::Wrong
}

fn same_entity(one: &FieldValue<'_>, other: &FieldValue<'_>) -> bool {
    match (one, other) {
        (FieldValue::Text(one), FieldValue::Text(other)) => one.trim().eq_ignore_ascii_case(other.trim()),
        _ => one == other,
    }
}

/// Whether the technical user may create records of the object. Issues list all that is missing.
fn allowed(catalog: &Catalog, object: &Object, issues: &mut ParseIssues) -> bool {
    let registered = catalog.entities.contains(&object.id);
    if !registered {
        let object = object.code.clone();
        issues.about(ENTITY_NAME, &object.clone(), Reason::NotRegistered { object });
    }
    let service = catalog.technical_users.get(&WEBHOOK_SERVICE_ID);
    let active = service.is_some_and(|user| user.active);
    if !active {
        let user = WEBHOOK_SERVICE.to_owned();
        issues.about(ENTITY_NAME, &object.code, Reason::TechnicalUserOff { user });
    }
    let permitted = catalog.rights(WEBHOOK_SERVICE_ID, object.id).create;
    if !permitted {
        let user = WEBHOOK_SERVICE.to_owned();
        let object = object.code.clone();
        issues.about(ENTITY_NAME, &object.clone(), Reason::NoPermission { user, object });
    }
    registered && active && permitted
}

/// The values of the record, ascending by column; none if the record cannot be created.
fn values(
    object: &Object,
    fields: &[Field<'_>],
    now: Timestamp,
    issues: &mut ParseIssues,
) -> Option<Vec<(ColumnId, Value)>> {
    let sent = by_column(object, fields, issues);
    let mut values = Vec::with_capacity(object.columns.len().min(fields.len() + 4));
    let mut fit = true;
    for (column, sent) in object.columns.iter().zip(sent) {
        let converted = match sent.field {
            Some(field) => {
                if sent.times > 1 {
                    let times = sent.times;
                    issues.about(&field.name, field.value.shown(), Reason::Repeated { times });
                }
                match value::convert(column.kind, &field.value) {
                    Ok(converted) => converted,
                    Err(reason) => {
                        issues.about(&column.key(), field.value.shown(), reason);
                        fit &= !(column.required || object.strict);
                        continue;
                    }
                }
            }
            None => None,
        };
        match converted.or_else(|| column.default_at(now)) {
            Some(value) => values.push((column.id, value)),
            None if column.is_demanded() => {
                issues.about(&column.key(), "", Reason::RequiredMissing);
                fit = false;
            }
            None => {}
        }
    }
    values.sort_unstable_by_key(|(id, _)| *id);
    fit.then_some(values)
}

/// The fields that were sent for a column.
#[derive(Clone, Copy, Default)]
struct Sent<'f> {
    /// The last field for the column.
    field: Option<&'f Field<'f>>,
    /// The number of fields for the column.
    times: u32,
}

/// The fields in the order of the object's columns. Fields without a column are noted as issues.
fn by_column<'f>(object: &Object, fields: &'f [Field<'f>], issues: &mut ParseIssues) -> Vec<Sent<'f>> {
    let mut sent = vec![Sent::default(); object.columns.len()];
    let mut hints = Hints::new(object);
    for field in fields {
        let column = object
            .columns
            .iter()
            .position(|column| column.is_filled_by(&field.name));
        if let Some(slot) = column.and_then(|column| sent.get_mut(column)) {
            slot.field = Some(field);
            slot.times += 1;
        } else if !field.name.eq_ignore_ascii_case(ENTITY_NAME) {
            issues.about(
                &field.name,
                field.value.shown(),
                no_column(object, &field.name, &mut hints),
            );
        }
    }
    sent
}

/// The reason why a key matches no column.
fn no_column(object: &Object, key: &str, hints: &mut Hints<'_>) -> Reason {
    if SYSTEM_COLUMNS.iter().any(|code| code.eq_ignore_ascii_case(key)) {
        return Reason::SystemColumn;
    }
    match object.column(key) {
        Some(lookup) => Reason::LookupWithoutId { key: lookup.key() },
        None => hints.unknown(key),
    }
}

#[cfg(test)]
mod tests;
