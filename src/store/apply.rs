//! Applies entries to the database, with one function for each subject. Apart from the database it
//! is pure: no clock, no chance, and no code that a later version may decide differently.
//!
//! An entry is applied in two passes. The first checks each change and collects it in the fold's
//! overlays, so that a rejected entry can be undone. When all changes have passed, the second
//! writes what goes to tables directly.

mod webhooks;

use std::sync::Arc;

use super::error::{FoldError, StoreError};
use super::fold::{Applied, Fold};
use super::{records, tasks};
use crate::domain::actor::Actor;
use crate::domain::audit::noted;
use crate::domain::catalog::{ApplyError, Catalog};
use crate::domain::change::{AccessChange, Change, ConfigChange, SessionChange, UpkeepChange, WebhookChange};
use crate::domain::definition::LookupValue;
use crate::domain::entry::Entry;
use crate::domain::record::Record;
use crate::domain::time::Timestamp;
use crate::domain::user::Session;
use crate::domain::value::Value;

/// Applies one entry, completely or not at all.
pub(super) fn entry<'c>(fold: &mut Fold<'_, 'c>, seq: u64, entry: &'c Entry) -> Result<(), StoreError> {
    // The common changes of every webhook: they cannot be rejected, and no caller waits for them.
    match entry.changes.as_slice() {
        [Change::Webhook(WebhookChange::Received(webhook))] => {
            fold.webhook_add(seq, webhook);
            return Ok(());
        }
        [Change::Webhook(WebhookChange::Processed(processed))] => {
            return webhooks::processed(fold, entry.at, processed);
        }
        _ => {}
    }
    if entry.changes.iter().any(touches_indexes) {
        // Records written before this entry must go into the old indexes.
        fold.flush()?;
    }
    let before = Arc::clone(&fold.catalog);
    let refusable = entry.changes.iter().any(Change::may_be_refused);
    if refusable {
        fold.undo_begin();
    }
    let mut applied = Applied {
        seq,
        count: 0,
        resume: None,
    };
    // The catalog before and after each change, for the audit log.
    let mut catalogs = Vec::with_capacity(entry.changes.len());
    for change in &entry.changes {
        let of_before = Arc::clone(&fold.catalog);
        match collect(fold, seq, entry, change) {
            Ok(count) => applied.count += count,
            Err(FoldError::Store(error)) => return Err(error),
            Err(FoldError::Refused(error)) => {
                fold.undo();
                return refused(fold, seq, entry, error);
            }
        }
        catalogs.push((of_before, Arc::clone(&fold.catalog)));
    }
    fold.undo_end();
    for (place, (change, (of_before, of_after))) in entry.changes.iter().zip(&catalogs).enumerate() {
        if let Some(noted) = noted(entry, change, of_before, of_after) {
            fold.audit_add(seq, place, noted.row(entry, false))?;
        }
    }
    // Then the fold holds the only reference, and the catalog can be changed without a copy.
    drop(catalogs);
    for change in &entry.changes {
        write(fold, seq, entry, change, &before, &mut applied)?;
    }
    if !Arc::ptr_eq(&before, &fold.catalog) {
        let catalog = fold.catalog_mut();
        catalog.version = seq;
        if entry.changes.iter().any(touches_rules) {
            catalog.rules = seq;
        }
    }
    fold.out.answers.push((seq, Ok(applied)));
    Ok(())
}

/// Notes a rejected entry in the audit log, and returns the error to the caller.
fn refused(fold: &mut Fold<'_, '_>, seq: u64, entry: &Entry, error: ApplyError) -> Result<(), StoreError> {
    // A stale decision is made again with the current rules: nothing happened that the audit log
    // should show.
    if error != ApplyError::Stale {
        let catalog = Arc::clone(&fold.catalog);
        for (place, change) in entry.changes.iter().enumerate() {
            if let Some(noted) = noted(entry, change, &catalog, &catalog) {
                fold.audit_add(seq, place, noted.row(entry, true))?;
            }
        }
    }
    fold.out.answers.push((seq, Err(error)));
    Ok(())
}

fn touches_indexes(change: &Change) -> bool {
    match change {
        Change::Config(ConfigChange::DefinitionApplied { indexes, .. }) => !indexes.is_empty(),
        Change::Config(_)
        | Change::Webhook(_)
        | Change::Records(_)
        | Change::Access(_)
        | Change::Session(_)
        | Change::Task(_)
        | Change::Upkeep(_) => false,
    }
}

const fn touches_rules(change: &Change) -> bool {
    match change {
        Change::Config(change) => change.touches_rules(),
        Change::Access(change) => change.touches_rules(),
        Change::Webhook(_) | Change::Records(_) | Change::Session(_) | Change::Task(_) | Change::Upkeep(_) => false,
    }
}

/// First pass: checks a change and collects its effects. Returns the number of things it affects.
fn collect<'c>(fold: &mut Fold<'_, 'c>, seq: u64, entry: &'c Entry, change: &'c Change) -> Result<u64, FoldError> {
    match change {
        Change::Webhook(change) => Ok(webhooks::collect(fold, seq, entry.at, change)?),
        Change::Records(written) => records::records_written(fold, entry, written),
        Change::Config(change) => config(fold, entry, change),
        Change::Access(change) => {
            fold.catalog_mut().access_apply(entry.at, change)?;
            Ok(1)
        }
        Change::Session(change) => session(fold, change),
        Change::Task(change) => tasks::check(fold, change),
        Change::Upkeep(_) => Ok(0),
    }
}

/// Second pass: writes the parts of a change that go to tables directly.
fn write(
    fold: &mut Fold<'_, '_>,
    seq: u64,
    entry: &Entry,
    change: &Change,
    before: &Catalog,
    applied: &mut Applied,
) -> Result<(), StoreError> {
    match change {
        Change::Webhook(change) => webhooks::write(fold, entry.at, change, applied),
        Change::Records(_) => Ok(()),
        Change::Config(change) => config_write(fold, entry, change, before),
        Change::Access(change) => access_write(fold, change),
        Change::Session(change) => session_write(fold, entry.at, change, applied),
        Change::Task(change) => tasks::write(fold, seq, entry, change, applied),
        Change::Upkeep(change) => upkeep_write(fold, entry.at, change, applied),
    }
}

fn config(fold: &mut Fold<'_, '_>, entry: &Entry, change: &ConfigChange) -> Result<u64, FoldError> {
    fold.catalog_mut().config_apply(entry.at, change)?;
    match change {
        ConfigChange::DefinitionApplied { definition, .. } => {
            for value in &definition.values {
                lookup_value_put(fold, entry.at, entry.by, value)?;
            }
            Ok((definition.objects.len() + definition.values.len() + definition.entities.len()) as u64)
        }
        ConfigChange::EntitySet { .. }
        | ConfigChange::GrantSet { .. }
        | ConfigChange::ProcessSet { .. }
        | ConfigChange::RetentionSet { .. }
        | ConfigChange::SourceAdded { .. }
        | ConfigChange::SourceChanged { .. }
        | ConfigChange::SourceKeyRotated { .. } => Ok(1),
    }
}

fn config_write(
    fold: &mut Fold<'_, '_>,
    entry: &Entry,
    change: &ConfigChange,
    before: &Catalog,
) -> Result<(), StoreError> {
    match change {
        ConfigChange::DefinitionApplied { indexes, .. } => tasks::indexes_begin(fold, entry, indexes, before),
        ConfigChange::EntitySet { .. }
        | ConfigChange::GrantSet { .. }
        | ConfigChange::ProcessSet { .. }
        | ConfigChange::RetentionSet { .. }
        | ConfigChange::SourceAdded { .. }
        | ConfigChange::SourceChanged { .. }
        | ConfigChange::SourceKeyRotated { .. } => Ok(()),
    }
}

fn access_write(fold: &mut Fold<'_, '_>, change: &AccessChange) -> Result<(), StoreError> {
    match change {
        AccessChange::ClientRemoved { client_id } => fold.client_forget(client_id),
        AccessChange::UserChanged { id, active: false, .. } => fold.sessions_end_of(*id, None),
        AccessChange::UserPasswordSet { id, keep, .. } => fold.sessions_end_of(*id, *keep),
        AccessChange::UserChanged { active: true, .. }
        | AccessChange::TechnicalUserSet(_)
        | AccessChange::ClientAdded { .. }
        | AccessChange::ClientChanged { .. }
        | AccessChange::ClientSecretAdded { .. }
        | AccessChange::ClientSecretRevoked { .. }
        | AccessChange::ClientKeysSet { .. }
        | AccessChange::ClientTokensRevoked { .. }
        | AccessChange::SigningKeysSet { .. }
        | AccessChange::UserAdded { .. }
        | AccessChange::UserPasswordRehashed { .. }
        | AccessChange::UserTotpSet { .. }
        | AccessChange::RecoveryCodeUsed { .. }
        | AccessChange::SetupLinkAdded { .. } => Ok(()),
    }
}

fn session(fold: &Fold<'_, '_>, change: &SessionChange) -> Result<u64, FoldError> {
    match change {
        SessionChange::Started { user, .. } => {
            let known = fold.catalog.users.get(user);
            if !known.is_some_and(|user| user.active) {
                return Err(ApplyError::UserUnknown(user.to_string()).into());
            }
            Ok(1)
        }
        SessionChange::Ended { .. } | SessionChange::TokenRevoked { .. } => Ok(0),
    }
}

fn session_write(
    fold: &mut Fold<'_, '_>,
    at: Timestamp,
    change: &SessionChange,
    applied: &mut Applied,
) -> Result<(), StoreError> {
    match change {
        SessionChange::Started {
            session,
            user,
            address,
            agent,
        } => {
            let started = Session {
                user: *user,
                started_on: at,
                address: *address,
                agent: agent.clone(),
            };
            fold.session_start(*session, &started)?;
        }
        SessionChange::Ended { sessions } => applied.count += fold.sessions_end(sessions)?,
        SessionChange::TokenRevoked { token, expires } => applied.count += fold.token_revoke(*token, *expires)?,
    }
    Ok(())
}

fn upkeep_write(
    fold: &mut Fold<'_, '_>,
    at: Timestamp,
    change: &UpkeepChange,
    applied: &mut Applied,
) -> Result<(), StoreError> {
    applied.count += match change {
        UpkeepChange::Genesis { .. } | UpkeepChange::AuditNoted { .. } => 1,
        UpkeepChange::TokensForgotten => fold.tokens_forget(at)?,
        UpkeepChange::ClientsUsed { used } => fold.clients_used(used)?,
        UpkeepChange::ScheduleRan { task } => fold.schedule_ran(task, at)?,
    };
    Ok(())
}

/// Adds a value to a lookup, or renames the existing one.
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
