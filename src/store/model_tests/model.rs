//! A naive second implementation of the fold: plain maps, a full copy before each entry, no
//! overlays, no indexes. Slow, but obviously correct.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::domain::actor::Actor;
use crate::domain::audit::noted;
use crate::domain::catalog::{ApplyError, Catalog};
use crate::domain::change::{
    AccessChange, Change, ConfigChange, NewRecord, Processed, RecordsWritten, SessionChange, TaskChange, UpkeepChange,
    Verdict, WebhookChange,
};
use crate::domain::column::{ColumnDefault, ColumnId, ColumnType, IndexState, ObjectId};
use crate::domain::entry::Entry;
use crate::domain::object::Object;
use crate::domain::parse_issue::{ParseIssue, Reason};
use crate::domain::record::{Record, RecordOperation};
use crate::domain::task::{Task, TaskId, TaskKind};
use crate::domain::time::Timestamp;
use crate::domain::user::Session;
use crate::domain::value::Value;
use crate::domain::webhook::{Outcome, Status, Webhook, WebhookState};
use crate::store::record_mark;

/// The state that the entries add up to.
#[derive(Debug, Clone, Default)]
pub struct Model {
    pub catalog: Catalog,
    pub webhooks: BTreeMap<u64, (Webhook, WebhookState)>,
    pub records: BTreeMap<(ObjectId, Uuid), Record>,
    numbers: BTreeMap<ObjectId, u64>,
    pub sessions: BTreeMap<[u8; 32], Session>,
    pub revoked: BTreeMap<Uuid, Timestamp>,
    pub ran: BTreeMap<String, Timestamp>,
    pub tasks: BTreeMap<TaskId, Task>,
    /// Key, action, subject, and whether it was rejected.
    pub audit: Vec<(u64, String, String, bool)>,
}

impl Model {
    /// Applies an entry, completely or not at all. Returns the number of things it affects.
    pub fn apply(&mut self, seq: u64, entry: &Entry) -> Result<u64, ApplyError> {
        let mut next = self.clone();
        let mut rows = Vec::new();
        let mut count = 0;
        for (place, change) in entry.changes.iter().enumerate() {
            let before = next.catalog.clone();
            match next.change(seq, entry, change, count) {
                Ok(touched) => count += touched,
                Err(error) => {
                    if error != ApplyError::Stale {
                        let catalog = self.catalog.clone();
                        for (place, change) in entry.changes.iter().enumerate() {
                            self.note(seq, place, entry, change, (&catalog, &catalog), true);
                        }
                    }
                    return Err(error);
                }
            }
            rows.push((place, before, next.catalog.clone()));
        }
        for (place, before, after) in rows {
            next.note(seq, place, entry, &entry.changes[place], (&before, &after), false);
        }
        let touches = |change: &Change| matches!(change, Change::Config(_) | Change::Access(_));
        if entry.changes.iter().any(touches) {
            next.catalog.version = seq;
        }
        if entry.changes.iter().any(|change| match change {
            Change::Config(change) => change.touches_rules(),
            Change::Access(change) => change.touches_rules(),
            _ => false,
        }) {
            next.catalog.rules = seq;
        }
        next.indexes_complete();
        *self = next;
        Ok(count)
    }

    /// The first step of the task completes an index of so few records.
    fn indexes_complete(&mut self) {
        let objects = self.catalog.objects.clone();
        for object in objects.values() {
            for column in &object.columns {
                if column.index == IndexState::Building {
                    self.catalog.index_set(object.id, column.id, IndexState::Ready);
                }
            }
        }
    }

    fn note(
        &mut self,
        seq: u64,
        place: usize,
        entry: &Entry,
        change: &Change,
        catalogs: (&Catalog, &Catalog),
        refused: bool,
    ) {
        if let Some(noted) = noted(entry, change, catalogs.0, catalogs.1) {
            let row = noted.row(entry, refused);
            self.audit
                .push(((seq << 8) | place as u64, row.action, row.subject, refused));
        }
    }

    /// `count` is what the changes in front of this one touched.
    fn change(&mut self, seq: u64, entry: &Entry, change: &Change, count: u64) -> Result<u64, ApplyError> {
        let at = entry.at;
        match change {
            Change::Webhook(change) => Ok(self.webhook(seq, at, change)),
            Change::Records(written) => self.written(at, entry.by, written),
            Change::Config(change) => {
                self.catalog.config_apply(at, change)?;
                Ok(match change {
                    ConfigChange::DefinitionApplied { definition, .. } => {
                        (definition.objects.len() + definition.values.len() + definition.entities.len()) as u64
                    }
                    _ => 1,
                })
            }
            Change::Access(change) => {
                self.catalog.access_apply(at, change)?;
                match change {
                    AccessChange::UserChanged { id, active: false, .. } => {
                        self.sessions.retain(|_, session| session.user != *id);
                    }
                    AccessChange::UserPasswordSet { id, keep, .. } => {
                        self.sessions
                            .retain(|key, session| session.user != *id || Some(*key) == *keep);
                    }
                    _ => {}
                }
                Ok(1)
            }
            Change::Session(SessionChange::Started {
                session,
                user,
                address,
                agent,
            }) => {
                if !self.catalog.users.get(user).is_some_and(|user| user.active) {
                    return Err(ApplyError::UserUnknown(user.to_string()));
                }
                let started = Session {
                    user: *user,
                    started_on: at,
                    address: *address,
                    agent: agent.clone(),
                };
                self.sessions.insert(*session, started);
                Ok(1)
            }
            Change::Session(SessionChange::Ended { sessions }) => {
                let gone = sessions.iter().filter(|key| self.sessions.remove(*key).is_some());
                Ok(gone.count() as u64)
            }
            Change::Session(SessionChange::TokenRevoked { token, expires }) => {
                self.revoked.insert(*token, *expires);
                Ok(1)
            }
            Change::Upkeep(UpkeepChange::TokensForgotten) => {
                let before = self.revoked.len();
                self.revoked.retain(|_, expires| expires.millis() >= at.millis());
                Ok((before - self.revoked.len()) as u64)
            }
            Change::Upkeep(UpkeepChange::ScheduleRan { task }) => {
                self.ran.insert(task.clone(), at);
                Ok(1)
            }
            Change::Task(change) => self.task(seq, entry, change, count),
            Change::Upkeep(UpkeepChange::ClientsUsed { used }) => Ok(used.len() as u64),
            Change::Upkeep(_) => Ok(1),
        }
    }

    fn task(&mut self, seq: u64, entry: &Entry, change: &TaskChange, count: u64) -> Result<u64, ApplyError> {
        match change {
            TaskChange::IndexStepped { .. } => return Ok(0),
            TaskChange::BulkBegun { action, filter, total } => {
                let kind = TaskKind::Webhooks {
                    action: *action,
                    filter: filter.clone(),
                };
                let mut task = Task::new(kind, entry.at, entry.by);
                (task.total, task.below) = (*total, seq);
                let id = self.tasks.keys().next_back().map_or(1, |last| last + 1);
                self.tasks.insert(id, task);
            }
            TaskChange::BulkStepped { task, below, left_out } => {
                let task = self.open_task(*task, false)?;
                task.done += count;
                task.left_out += left_out;
                task.below = *below;
                return Ok(0);
            }
            TaskChange::BulkEnded { task, .. } => self.open_task(*task, true)?.ended_on = Some(entry.at),
            TaskChange::Cancelled { task } => self.open_task(*task, true)?.cancelled = true,
        }
        Ok(1)
    }

    fn open_task(&mut self, id: TaskId, cancelled: bool) -> Result<&mut Task, ApplyError> {
        let task = self.tasks.get_mut(&id).filter(|task| task.ended_on.is_none());
        task.filter(|task| cancelled || !task.cancelled)
            .ok_or(ApplyError::TaskUnknown(id))
    }

    fn webhook(&mut self, seq: u64, at: Timestamp, change: &WebhookChange) -> u64 {
        match change {
            WebhookChange::Received(webhook) => {
                let state = WebhookState::new(webhook.created_on);
                self.webhooks.insert(seq, (webhook.clone(), state));
                1
            }
            WebhookChange::Processed(ended) => {
                self.processed(at, ended);
                1
            }
            WebhookChange::Started { webhooks } => self.each(webhooks, |state| {
                if state.status != Status::New {
                    return false;
                }
                state.status = Status::Processing;
                state.attempts += 1;
                state.modified_on = at;
                true
            }),
            WebhookChange::Recovered { max_attempts } => {
                let all: Vec<u64> = self.webhooks.keys().copied().collect();
                self.each(&all, |state| {
                    if state.status != Status::Processing {
                        return false;
                    }
                    state.modified_on = at;
                    if state.attempts >= *max_attempts {
                        let attempts = state.attempts;
                        (state.status, state.outcome) = (Status::Failed, Outcome::Failed);
                        state.issues = vec![ParseIssue::whole(Reason::AttemptsExhausted { attempts })];
                    } else {
                        state.remember(None, at);
                        state.status = Status::New;
                    }
                    true
                })
            }
            WebhookChange::Reprocessed { webhooks, repeat } => self.each(webhooks, |state| {
                if state.status.is_unprocessed() {
                    return false;
                }
                state.remember(Some(state.outcome), state.modified_on);
                (state.status, state.outcome) = (Status::New, Outcome::Pending);
                (state.modified_on, state.attempts, state.repeat) = (at, 0, *repeat);
                state.run += 1;
                state.issues.clear();
                true
            }),
            WebhookChange::Deleted { webhooks, unprocessed } => {
                let mut count = 0;
                for seq in webhooks {
                    let status = self.webhooks.get(seq).map(|(_, state)| state.status);
                    if status.is_some_and(|status| *unprocessed || !status.is_unprocessed()) {
                        self.webhooks.remove(seq);
                        count += 1;
                    }
                }
                count
            }
            WebhookChange::Expired {
                status,
                modified_before,
                after,
                limit,
            } => {
                let of_status = self.webhooks.range(after + 1..);
                let of_status = of_status.filter(|(_, (_, state))| state.status == *status);
                let seen: Vec<(u64, i64)> = of_status
                    .take(*limit as usize * 20)
                    .map(|(seq, (_, state))| (*seq, state.modified_on.millis()))
                    .collect();
                let due = seen.iter().filter(|(_, modified)| *modified < modified_before.millis());
                let due: Vec<u64> = due.take(*limit as usize).map(|(seq, _)| *seq).collect();
                self.webhooks.retain(|seq, _| !due.contains(seq));
                due.len() as u64
            }
        }
    }

    fn each(&mut self, webhooks: &[u64], mut change: impl FnMut(&mut WebhookState) -> bool) -> u64 {
        let mut count = 0;
        for seq in webhooks {
            if let Some((_, state)) = self.webhooks.get_mut(seq) {
                count += u64::from(change(state));
            }
        }
        count
    }

    fn processed(&mut self, at: Timestamp, ended: &Processed) {
        let rules = self.catalog.rules;
        let Some((_, state)) = self.webhooks.get_mut(&ended.webhook) else {
            return;
        };
        if state.run != ended.run || !state.status.is_unprocessed() {
            return;
        }
        if ended.rules != rules {
            if state.status == Status::Processing {
                state.attempts -= 1;
            }
            state.status = Status::New;
            return;
        }
        if state.status == Status::New {
            state.attempts += 1;
        }
        state.modified_on = at;
        state.issues.clone_from(&ended.issues);
        if let (Some((_, record)), false) = (state.records.last().copied(), state.repeat) {
            state
                .issues
                .insert(0, ParseIssue::whole(Reason::AlreadyMade { record }));
            (state.status, state.outcome) = (Status::Done, Outcome::Skipped);
            return;
        }
        match &ended.verdict {
            Verdict::StoredOnly => (state.status, state.outcome) = (Status::Done, Outcome::StoredOnly),
            Verdict::Failed { object } => {
                (state.status, state.outcome, state.object) = (Status::Failed, Outcome::Failed, *object);
            }
            Verdict::Records(records) => {
                state.object = records.first().map(|record| record.object);
                let (made, missing) = self.made(at, ended.webhook, records);
                let (_, state) = self.webhooks.get_mut(&ended.webhook).unwrap();
                state.issues.extend(missing);
                if made {
                    state.records.extend(records.iter().map(|new| (new.object, new.record)));
                    (state.status, state.outcome) = (Status::Done, Outcome::RecordCreated);
                } else {
                    (state.status, state.outcome) = (Status::Failed, Outcome::Failed);
                }
            }
        }
    }

    /// Creates the records of a verdict, all or none.
    fn made(&mut self, at: Timestamp, webhook: u64, records: &[NewRecord]) -> (bool, Vec<ParseIssue>) {
        let catalog = self.catalog.clone();
        let (mut missing, mut fails, mut kept) = (Vec::new(), false, Vec::new());
        for new in records {
            let object = &catalog.objects[&new.object];
            let mut values = new.values.clone();
            values.retain(|(id, value)| {
                let column = object.column_by_id(*id).unwrap();
                let (ColumnType::Lookup(other), Value::Guid(target)) = (column.kind, value) else {
                    return true;
                };
                let beside = records.iter().any(|new| (new.object, new.record) == (other, *target));
                if beside || self.records.contains_key(&(other, *target)) {
                    return true;
                }
                let code = catalog.objects[&other].code.clone();
                let reason = Reason::LookupMissing { object: code };
                missing.push(ParseIssue::about(&column.key(), &target.to_string(), reason));
                fails |= column.required || object.strict;
                false
            });
            kept.push((object, new.record, values));
        }
        if !fails {
            for (object, id, mut values) in kept {
                self.numbered(object, &mut values);
                let record = record(at, Actor::WEBHOOK_SERVICE, Some(webhook), values);
                self.records.insert((object.id, id), record);
            }
        }
        (!fails, missing)
    }

    fn written(&mut self, at: Timestamp, by: Actor, written: &RecordsWritten) -> Result<u64, ApplyError> {
        if written.rules != self.catalog.rules {
            return Err(ApplyError::Stale);
        }
        let catalog = self.catalog.clone();
        for operation in &written.operations {
            match operation {
                RecordOperation::Create {
                    object,
                    record: id,
                    values,
                } => {
                    let object = &catalog.objects[object];
                    if self.records.contains_key(&(object.id, *id)) {
                        let (object, record) = (object.code.clone(), *id);
                        return Err(ApplyError::RecordExists { object, record });
                    }
                    self.lookups_exist(object, values.iter().map(|(id, value)| (*id, value)))?;
                    let mut values = values.clone();
                    self.numbered(object, &mut values);
                    self.records.insert((object.id, *id), record(at, by, None, values));
                }
                RecordOperation::Edit {
                    object,
                    record: id,
                    mark,
                    values,
                } => {
                    let object = &catalog.objects[object];
                    let mut edited = self.current(object, *id, *mark)?;
                    let filled = || values.iter().filter_map(|(id, value)| Some((*id, value.as_ref()?)));
                    self.lookups_exist(object, filled())?;
                    self.followed(object, filled());
                    for (column, value) in values {
                        edited.values.retain(|(id, _)| id != column);
                        edited.values.extend(value.clone().map(|value| (*column, value)));
                    }
                    edited.values.sort_by_key(|(id, _)| *id);
                    edited.modified_on = edited.modified_on.max(at);
                    edited.modified_by = by.id();
                    self.records.insert((object.id, *id), edited);
                }
                RecordOperation::Delete {
                    object,
                    record: id,
                    mark,
                } => {
                    let object = &catalog.objects[object];
                    self.current(object, *id, *mark)?;
                    self.unused(object.id, *id)?;
                    self.records.remove(&(object.id, *id));
                }
            }
        }
        Ok(written.operations.len() as u64)
    }

    fn current(&self, object: &Object, record: Uuid, mark: Option<[u8; 8]>) -> Result<Record, ApplyError> {
        match self.records.get(&(object.id, record)) {
            None => Err(ApplyError::RecordUnknown {
                object: object.code.clone(),
                record,
            }),
            Some(found) if mark.is_some_and(|mark| mark != record_mark(found)) => Err(ApplyError::RecordChanged),
            Some(found) => Ok(found.clone()),
        }
    }

    fn lookups_exist<'v>(
        &self,
        object: &Object,
        values: impl Iterator<Item = (ColumnId, &'v Value)>,
    ) -> Result<(), ApplyError> {
        for (id, value) in values {
            let column = object.column_by_id(id).unwrap();
            if let (ColumnType::Lookup(other), Value::Guid(target)) = (column.kind, value)
                && !self.records.contains_key(&(other, *target))
            {
                return Err(ApplyError::LookupMissing {
                    key: column.key(),
                    object: self.catalog.objects[&other].code.clone(),
                    target: *target,
                });
            }
        }
        Ok(())
    }

    fn unused(&self, object: ObjectId, id: Uuid) -> Result<(), ApplyError> {
        for other in self.catalog.objects.values() {
            for column in other
                .columns
                .iter()
                .filter(|column| column.kind == ColumnType::Lookup(object))
            {
                let refers = |((of, from), record): &(&(ObjectId, Uuid), &Record)| {
                    *of == other.id && record.value(column.id) == Some(&Value::Guid(id)) && (*of, *from) != (object, id)
                };
                let count = self.records.iter().filter(refers).count() as u64;
                if count > 0 {
                    return Err(ApplyError::RecordUsed {
                        object: other.code.clone(),
                        key: column.key(),
                        count,
                    });
                }
            }
        }
        Ok(())
    }

    fn followed<'v>(&mut self, object: &Object, values: impl Iterator<Item = (ColumnId, &'v Value)>) {
        for (id, value) in values {
            if let Some(number) = object.column_by_id(id).and_then(|column| column.number_in(value)) {
                let last = self.numbers.entry(object.id).or_default();
                *last = number.max(*last);
            }
        }
    }

    fn numbered(&mut self, object: &Object, values: &mut Vec<(ColumnId, Value)>) {
        self.followed(object, values.iter().map(|(id, value)| (*id, value)));
        for column in &object.columns {
            if let ColumnDefault::Number(prefix) = &column.default
                && !values.iter().any(|(id, _)| *id == column.id)
            {
                let last = self.numbers.entry(object.id).or_default();
                *last += 1;
                values.push((column.id, Value::Text(format!("{prefix}{last}"))));
            }
        }
        values.sort_by_key(|(id, _)| *id);
    }
}

fn record(at: Timestamp, by: Actor, webhook: Option<u64>, values: Vec<(ColumnId, Value)>) -> Record {
    Record {
        created_on: at,
        created_by: by.id(),
        modified_on: at,
        modified_by: by.id(),
        webhook,
        values,
    }
}
