//! Applies changes of webhooks.

use std::sync::Arc;

use crate::domain::actor::Actor;
use crate::domain::change::{NewRecord, Processed, Verdict, WebhookChange};
use crate::domain::column::{ColumnId, ColumnType};
use crate::domain::object::Object;
use crate::domain::parse_issue::{ParseIssue, Reason};
use crate::domain::record::Record;
use crate::domain::time::Timestamp;
use crate::domain::value::Value;
use crate::domain::webhook::{Outcome, Status};
use crate::store::error::StoreError;
use crate::store::fold::{Applied, Fold};

/// Collects the effects of a change on the states of webhooks.
pub(super) fn collect<'c>(
    fold: &mut Fold<'_, 'c>,
    seq: u64,
    at: Timestamp,
    change: &'c WebhookChange,
) -> Result<u64, StoreError> {
    match change {
        WebhookChange::Received(webhook) => {
            fold.webhook_add(seq, webhook);
            Ok(1)
        }
        WebhookChange::Processed(ended) => processed(fold, at, ended).map(|()| 1),
        WebhookChange::Started { webhooks } => started(fold, at, webhooks),
        WebhookChange::Reprocessed { webhooks, repeat } => reprocessed(fold, at, webhooks, *repeat),
        WebhookChange::Recovered { .. } | WebhookChange::Deleted { .. } | WebhookChange::Expired { .. } => Ok(0),
    }
}

/// Applies what needs the tables: deletions, and changes that select webhooks by status.
pub(super) fn write(
    fold: &mut Fold<'_, '_>,
    at: Timestamp,
    change: &WebhookChange,
    applied: &mut Applied,
) -> Result<(), StoreError> {
    match change {
        WebhookChange::Received(_)
        | WebhookChange::Processed(_)
        | WebhookChange::Started { .. }
        | WebhookChange::Reprocessed { .. } => {}
        WebhookChange::Recovered { max_attempts } => applied.count += recovered(fold, at, *max_attempts)?,
        WebhookChange::Deleted { webhooks, unprocessed } => applied.count += deleted(fold, webhooks, *unprocessed)?,
        WebhookChange::Expired {
            status,
            modified_before,
            after,
            limit,
        } => {
            let (count, resume) = expired(fold, *status, *modified_before, *after, *limit)?;
            applied.count += count;
            applied.resume = resume;
        }
    }
    Ok(())
}

/// Ends one run of one webhook: sets its status and issues, and creates its records.
///
/// The end of any other run than the current one changes nothing. So if the end of a run was
/// written twice, before and after a crash, its records are created once.
pub(super) fn processed(fold: &mut Fold<'_, '_>, at: Timestamp, processed: &Processed) -> Result<(), StoreError> {
    let seq = processed.webhook;
    let rules = fold.catalog.rules;
    let Some(state) = fold.state_mut(seq)? else {
        return Ok(());
    };
    if state.run != processed.run || !matches!(state.status, Status::New | Status::Processing) {
        return Ok(());
    }
    if processed.rules != rules {
        // The decision was based on rules that have changed: decide again with the new ones. The
        // attempt was not interrupted, so it does not count.
        if state.status == Status::Processing {
            state.attempts = state.attempts.saturating_sub(1);
        }
        state.status = Status::New;
        fold.out.reprocess.push(seq);
        return Ok(());
    }
    if state.status == Status::New {
        state.attempts = state.attempts.saturating_add(1);
    }
    state.modified_on = at;
    state.issues.clone_from(&processed.issues);
    if let Some((_, record)) = state.records.last().copied().filter(|_| !state.repeat) {
        // Records that exist are kept, even if the current rules would decide otherwise.
        state
            .issues
            .insert(0, ParseIssue::whole(Reason::AlreadyMade { record }));
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
        Verdict::Records(records) => {
            state.object = records.first().map(|record| record.object);
            return records_made(fold, at, seq, records);
        }
    }
    Ok(())
}

/// Creates the records of a verdict, all or none.
fn records_made(fold: &mut Fold<'_, '_>, at: Timestamp, seq: u64, records: &[NewRecord]) -> Result<(), StoreError> {
    let catalog = Arc::clone(&fold.catalog);
    let mut missing = Missing::default();
    let mut kept = Vec::with_capacity(records.len());
    for new in records {
        // The rules have not changed since the decision, so the object exists.
        let Some(object) = catalog.objects.get(&new.object) else {
            continue;
        };
        kept.push((
            object,
            new.record,
            values_kept(fold, object, new, records, &mut missing)?,
        ));
    }
    if !missing.fails {
        let by = Actor::WEBHOOK_SERVICE.id();
        for (object, id, values) in &mut kept {
            fold.numbers_given(object, values)?;
            let record = Record {
                created_on: at,
                created_by: by,
                modified_on: at,
                modified_by: by,
                webhook: Some(seq),
                values: std::mem::take(values),
            };
            fold.record_add(object.id, *id, record);
        }
    }
    let Some(state) = fold.state_mut(seq)? else {
        return Ok(());
    };
    state.issues.extend(missing.issues);
    if missing.fails {
        state.status = Status::Failed;
        state.outcome = Outcome::Failed;
    } else {
        state
            .records
            .extend(kept.iter().map(|(object, id, _)| (object.id, *id)));
        state.status = Status::Done;
        state.outcome = Outcome::RecordCreated;
    }
    Ok(())
}

/// Lookup values for which no record exists.
#[derive(Default)]
struct Missing {
    issues: Vec<ParseIssue>,
    /// Without one of them no record may be created.
    fails: bool,
}

/// The values of a new record, without lookup values that do not exist. `beside` are the records
/// that the same entry creates.
fn values_kept(
    fold: &mut Fold<'_, '_>,
    object: &Object,
    new: &NewRecord,
    beside: &[NewRecord],
    missing: &mut Missing,
) -> Result<Vec<(ColumnId, Value)>, StoreError> {
    let mut kept = Vec::with_capacity(new.values.len() + 1);
    for (number, value) in &new.values {
        let column = object.column_by_id(*number);
        let reference = column.and_then(|column| match column.kind {
            ColumnType::Lookup(reference) => Some((column, reference)),
            _ => None,
        });
        if let (Some((column, reference)), Value::Guid(target)) = (reference, value)
            && !beside
                .iter()
                .any(|new| new.record == *target && new.object == reference)
            && !fold.record_exists(reference, *target)?
        {
            let known = fold.catalog.objects.get(&reference);
            let reason = Reason::LookupMissing {
                object: known.map_or_else(String::new, |object| object.code.clone()),
            };
            let issue = ParseIssue::about(&column.key(), &target.to_string(), reason);
            missing.issues.push(issue);
            missing.fails |= column.required || object.strict;
            continue;
        }
        kept.push((*number, value.clone()));
    }
    Ok(kept)
}

fn started(fold: &mut Fold<'_, '_>, at: Timestamp, webhooks: &[u64]) -> Result<u64, StoreError> {
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

fn recovered(fold: &mut Fold<'_, '_>, at: Timestamp, max_attempts: u16) -> Result<u64, StoreError> {
    let rows = fold.status_rows(Status::Processing, 0, usize::MAX)?;
    for (seq, _) in &rows {
        let Some(state) = fold.state_mut(*seq)? else { continue };
        state.modified_on = at;
        if state.attempts >= max_attempts {
            let attempts = state.attempts;
            state.status = Status::Failed;
            state.outcome = Outcome::Failed;
            state.issues = vec![ParseIssue::whole(Reason::AttemptsExhausted { attempts })];
        } else {
            state.remember(None, at);
            state.status = Status::New;
        }
    }
    Ok(rows.len() as u64)
}

fn reprocessed(fold: &mut Fold<'_, '_>, at: Timestamp, webhooks: &[u64], repeat: bool) -> Result<u64, StoreError> {
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
        state.repeat = repeat;
        state.issues.clear();
        fold.out.reprocess.push(*seq);
        count += 1;
    }
    Ok(count)
}

/// Deletes webhooks. Unprocessed ones are deleted only if `unprocessed` is set.
fn deleted(fold: &mut Fold<'_, '_>, webhooks: &[u64], unprocessed: bool) -> Result<u64, StoreError> {
    let mut count = 0;
    for seq in webhooks {
        let status = fold.state_mut(*seq)?.map(|state| state.status);
        if status.is_some_and(|status| unprocessed || !status.is_unprocessed()) {
            count += u64::from(fold.webhook_delete(*seq)?);
        }
    }
    Ok(count)
}

/// Deletes up to `limit` webhooks of a status that were last modified before a moment, ascending
/// from `after`. Reads at most 20 times as many.
fn expired(
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
