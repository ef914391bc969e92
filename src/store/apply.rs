//! What each change does: one function for each. Pure but for the database: no clock, no
//! chance, no code that a later version may change its mind about.

use super::error::StoreError;
use super::fold::{Applied, Fold};
use super::records;
use crate::domain::actor::Actor;
use crate::domain::catalog::Refusal;
use crate::domain::change::{Change, Processed, Verdict};
use crate::domain::column::{ColumnId, ColumnType, ObjectId};
use crate::domain::definition::LookupValue;
use crate::domain::person::Session;
use crate::domain::record::Record;
use crate::domain::remark::{Reason, Remark};
use crate::domain::time::Timestamp;
use crate::domain::value::Value;
use crate::domain::webhook::{Outcome, Status};

type Answer = Result<Applied, Refusal>;

/// Applies any change but the two that every webhook brings.
pub(super) fn change(fold: &mut Fold<'_, '_>, seq: u64, change: &Change) -> Result<Answer, StoreError> {
    let done = |count| {
        Ok(Applied {
            seq,
            count,
            resume: None,
        })
    };
    Ok(match change {
        Change::Genesis { .. }
        | Change::WebhookReceived(_)
        | Change::WebhookProcessed(_)
        | Change::AuditNoted { .. } => done(1),
        Change::WebhooksStarted { at, webhooks } => done(webhooks_started(fold, *at, webhooks)?),
        Change::WebhooksRecovered { at, max_attempts } => done(webhooks_recovered(fold, *at, *max_attempts)?),
        Change::WebhooksReplayed {
            at, webhooks, again, ..
        } => done(webhooks_replayed(fold, *at, webhooks, *again)?),
        Change::WebhooksDeleted {
            webhooks, unprocessed, ..
        } => done(webhooks_deleted(fold, webhooks, *unprocessed)?),
        Change::WebhooksExpired {
            status,
            modified_before,
            after,
            limit,
            ..
        } => {
            let (count, resume) = webhooks_expired(fold, *status, *modified_before, *after, *limit)?;
            Ok(Applied { seq, count, resume })
        }
        Change::TokenRevoked { token, expires, .. } => done(fold.token_revoke(*token, *expires)?),
        Change::TokensForgotten { at } => done(fold.tokens_forget(*at)?),
        Change::ClientsUsed { used, .. } => done(fold.clients_used(used)?),
        Change::TaskRan { at, task } => done(fold.task_ran(task, *at)?),
        Change::RecordsWritten {
            at,
            by,
            catalog,
            operations,
        } => match records::records_written(fold, *at, *by, *catalog, operations)? {
            Ok(count) => done(count),
            Err(refusal) => Err(refusal),
        },
        Change::DefinitionApplied { at, by, definition } | Change::DefinitionIndexed { at, by, definition, .. } => {
            let before = fold.catalog.indexed.clone();
            if let Err(refusal) = fold.catalog_change(seq, change) {
                Err(refusal)
            } else {
                for value in &definition.values {
                    lookup_value_put(fold, *at, *by, value)?;
                }
                fold.indexes_follow(&before)?;
                done((definition.objects.len() + definition.values.len() + definition.entities.len()) as u64)
            }
        }
        Change::SessionStarted {
            at,
            session,
            person,
            address,
            agent,
        } => {
            let started = Session {
                person: *person,
                started_on: *at,
                address: *address,
                agent: agent.clone(),
            };
            match fold.session_start(*session, &started)? {
                Ok(()) => done(1),
                Err(refusal) => Err(refusal),
            }
        }
        Change::SessionsEnded { sessions, .. } => done(fold.sessions_end(sessions)?),
        Change::PersonChanged { id, active, .. } => {
            let changed = fold.catalog_change(seq, change);
            if changed.is_ok() && !active {
                fold.sessions_end_of(*id, None)?;
            }
            changed.and_then(|()| done(1))
        }
        Change::PersonPasswordSet { id, keep, .. } => {
            let changed = fold.catalog_change(seq, change);
            if changed.is_ok() {
                fold.sessions_end_of(*id, *keep)?;
            }
            changed.and_then(|()| done(1))
        }
        Change::ClientDeleted { client_id, .. } => {
            if let Err(refusal) = fold.catalog_change(seq, change) {
                Err(refusal)
            } else {
                fold.client_forget(client_id)?;
                done(1)
            }
        }
        Change::EntitySet { .. }
        | Change::GrantSet { .. }
        | Change::SourceAdded { .. }
        | Change::SourceChanged { .. }
        | Change::SourceKeyRotated { .. }
        | Change::ProcessSet { .. }
        | Change::RetentionSet { .. }
        | Change::UserSet { .. }
        | Change::ClientAdded { .. }
        | Change::ClientChanged { .. }
        | Change::ClientSecretAdded { .. }
        | Change::ClientSecretRemoved { .. }
        | Change::ClientKeysSet { .. }
        | Change::ClientTokensEnded { .. }
        | Change::SigningKeysSet { .. }
        | Change::SourceTokenSet { .. }
        | Change::PersonAdded { .. }
        | Change::PersonTotpSet { .. }
        | Change::PersonRecoveryUsed { .. }
        | Change::SetupLinkMade { .. }
        | Change::SetupLinkAdded { .. } => match fold.catalog_change(seq, change) {
            Err(refusal) => Err(refusal),
            Ok(()) => done(1),
        },
    })
}

/// The end of one run of one webhook: its status, its remarks and perhaps its record.
///
/// The end of another run than the current one changes nothing, so that a run whose end was
/// written twice (once before a crash, once after) makes one record.
pub(super) fn webhook_processed(fold: &mut Fold<'_, '_>, processed: &Processed) -> Result<(), StoreError> {
    let seq = processed.webhook;
    let current = fold.catalog.version;
    let Some(state) = fold.state_mut(seq)? else {
        return Ok(());
    };
    if state.run != processed.run || !matches!(state.status, Status::New | Status::Processing) {
        return Ok(());
    }
    if processed.catalog != current {
        // Decided with rules that were changed in the meantime: once more, with the new ones.
        // Nothing was cut short, so it does not count as an attempt.
        if state.status == Status::Processing {
            state.attempts = state.attempts.saturating_sub(1);
        }
        state.status = Status::New;
        fold.out.again.push(seq);
        return Ok(());
    }
    if state.status == Status::New {
        state.attempts = state.attempts.saturating_add(1);
    }
    state.modified_on = processed.at;
    state.remarks.clone_from(&processed.remarks);
    if let Some((_, record)) = state.records.last().copied().filter(|_| !state.again) {
        // Whatever the rules say today: what was made stays made.
        state.remarks.insert(0, Remark::whole(Reason::AlreadyMade { record }));
        state.status = Status::Done;
        state.outcome = Outcome::Skipped;
        return Ok(());
    }
    match &processed.verdict {
        Verdict::StoredOnly => {
            state.status = Status::Done;
            state.outcome = Outcome::StoredOnly;
        }
        Verdict::Failed { object } => {
            state.status = Status::Failed;
            state.outcome = Outcome::Failed;
            state.object = *object;
        }
        Verdict::Record { object, record, values } => {
            state.object = Some(*object);
            return record_made(fold, processed, *object, *record, values);
        }
    }
    Ok(())
}

fn record_made(
    fold: &mut Fold<'_, '_>,
    processed: &Processed,
    object: ObjectId,
    id: uuid::Uuid,
    values: &[(ColumnId, Value)],
) -> Result<(), StoreError> {
    let catalog = std::sync::Arc::clone(&fold.catalog);
    let Some(definition) = catalog.objects.get(&object) else {
        return Ok(());
    };
    let mut kept = Vec::with_capacity(values.len() + 1);
    let mut missing = Vec::new();
    let mut failed = false;
    for (number, value) in values {
        let column = definition.column_by_id(*number);
        let reference = column.and_then(|column| match column.kind {
            ColumnType::Lookup(reference) => Some((column, reference)),
            _ => None,
        });
        if let (Some((column, reference)), Value::Guid(target)) = (reference, value)
            && !fold.record_exists(reference, *target)?
        {
            let object = catalog
                .objects
                .get(&reference)
                .map_or_else(String::new, |object| object.code.clone());
            let reason = Reason::LookupMissing { object };
            missing.push(Remark::about(&column.key(), &target.to_string(), reason));
            failed |= column.required || definition.strict;
            continue;
        }
        kept.push((*number, value.clone()));
    }
    if !failed {
        fold.numbers_given(definition, &mut kept)?;
        let by = Actor::WEBHOOK_SERVICE.id();
        let record = Record {
            created_on: processed.at,
            created_by: by,
            modified_on: processed.at,
            modified_by: by,
            webhook: Some(processed.webhook),
            values: kept,
        };
        fold.record_add(object, id, record);
    }
    let Some(state) = fold.state_mut(processed.webhook)? else {
        return Ok(());
    };
    state.remarks.extend(missing);
    if failed {
        state.status = Status::Failed;
        state.outcome = Outcome::Failed;
    } else {
        state.records.push((object, id));
        state.status = Status::Done;
        state.outcome = Outcome::RecordCreated;
    }
    Ok(())
}

fn webhooks_started(fold: &mut Fold<'_, '_>, at: Timestamp, webhooks: &[u64]) -> Result<u64, StoreError> {
    let mut count = 0;
    for seq in webhooks {
        if let Some(state) = fold.state_mut(*seq)?.filter(|state| state.status == Status::New) {
            state.status = Status::Processing;
            state.attempts = state.attempts.saturating_add(1);
            state.modified_on = at;
            count += 1;
        }
    }
    Ok(count)
}

fn webhooks_recovered(fold: &mut Fold<'_, '_>, at: Timestamp, max_attempts: u16) -> Result<u64, StoreError> {
    let rows = fold.status_rows(Status::Processing, 0, usize::MAX)?;
    for (seq, _) in &rows {
        let Some(state) = fold.state_mut(*seq)? else { continue };
        state.modified_on = at;
        if state.attempts >= max_attempts {
            let attempts = state.attempts;
            state.status = Status::Failed;
            state.outcome = Outcome::Failed;
            state.remarks = vec![Remark::whole(Reason::AttemptsExhausted { attempts })];
        } else {
            state.remember(None, at);
            state.status = Status::New;
        }
    }
    Ok(rows.len() as u64)
}

fn webhooks_replayed(fold: &mut Fold<'_, '_>, at: Timestamp, webhooks: &[u64], again: bool) -> Result<u64, StoreError> {
    let mut count = 0;
    for seq in webhooks {
        let state = fold.state_mut(*seq)?;
        let Some(state) = state.filter(|state| matches!(state.status, Status::Failed | Status::Done)) else {
            continue;
        };
        state.remember(Some(state.outcome), state.modified_on);
        state.status = Status::New;
        state.outcome = Outcome::Pending;
        state.modified_on = at;
        state.attempts = 0;
        state.run = state.run.saturating_add(1);
        state.again = again;
        state.remarks.clear();
        fold.out.again.push(*seq);
        count += 1;
    }
    Ok(count)
}

/// Deletes webhooks; those that are not processed only with `unprocessed`.
fn webhooks_deleted(fold: &mut Fold<'_, '_>, webhooks: &[u64], unprocessed: bool) -> Result<u64, StoreError> {
    let mut count = 0;
    for seq in webhooks {
        let status = fold.state_mut(*seq)?.map(|state| state.status);
        if status.is_some_and(|status| unprocessed || !status.is_unprocessed()) {
            count += u64::from(fold.webhook_delete(*seq)?);
        }
    }
    Ok(count)
}

/// Deletes up to `limit` webhooks of a status that were last modified before a moment, going
/// up from `after`; looks at no more than 20 times as many.
fn webhooks_expired(
    fold: &mut Fold<'_, '_>,
    status: Status,
    modified_before: Timestamp,
    after: u64,
    limit: u32,
) -> Result<(u64, Option<u64>), StoreError> {
    let look_at = limit.saturating_mul(20) as usize;
    let rows = fold.status_rows(status, after, look_at)?;
    let all_seen = rows.len() < look_at;
    let mut count = 0;
    let mut seen = after;
    for (seq, modified) in rows {
        if modified < modified_before.millis() {
            if count == u64::from(limit) {
                return Ok((count, Some(seen)));
            }
            fold.webhook_delete(seq)?;
            count += 1;
        }
        seen = seq;
    }
    Ok((count, (!all_seen).then_some(seen)))
}

/// A value of a lookup: made, or renamed if it is there.
fn lookup_value_put(fold: &mut Fold<'_, '_>, at: Timestamp, by: Actor, value: &LookupValue) -> Result<(), StoreError> {
    let Some(object) = fold.catalog.object(&value.object).cloned() else {
        return Ok(());
    };
    let old = fold.record_get(object.id, value.id)?;
    let is_new = old.is_none();
    let mut record = old.unwrap_or_else(|| Record {
        created_on: at,
        created_by: by.id(),
        modified_on: at,
        modified_by: by.id(),
        webhook: None,
        values: Vec::new(),
    });
    record.modified_on = at;
    record.modified_by = by.id();
    for (code, text) in [("Name", &value.name), ("Description", &value.description)] {
        let Some(column) = object.column(code) else { continue };
        let place = record.values.binary_search_by_key(&column.id, |(id, _)| *id);
        match (place, text.is_empty()) {
            (Ok(place), true) => drop(record.values.remove(place)),
            (Ok(place), false) => {
                if let Some(slot) = record.values.get_mut(place) {
                    slot.1 = Value::Text(text.clone());
                }
            }
            (Err(_), true) => {}
            (Err(place), false) => record.values.insert(place, (column.id, Value::Text(text.clone()))),
        }
    }
    if is_new {
        fold.record_add(object.id, value.id, record);
        return Ok(());
    }
    fold.record_replace(object.id, value.id, Some(record))
}
