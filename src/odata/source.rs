//! Scans the rows of any set, starting at a place.

use std::ops::{Bound, ControlFlow};

use uuid::Uuid;

use super::model::EntitySet;
use super::odata_error::ODataError;
use super::plan::Access;
use super::row::{Data, IssueRow, Row, issue_webhooks};
use crate::domain::catalog::Catalog;
use crate::domain::column::ObjectId;
use crate::domain::webhook::{Status, Webhook, WebhookState};
use crate::store::Reader;
use crate::store::walk::{Walk, WalkItem, walk_key, walk_place};
use crate::store::webhook_walk::{WebhookOrder, WebhookTables, WebhookWalk, webhook_place};

/// Whether the scan continues.
pub(super) type Step = Result<ControlFlow<()>, ODataError>;

/// What a scan finds.
pub(super) enum ScanItem {
    Row(Row),
    /// An entry without a row; its [`place`], if that is known.
    Nothing(Option<Vec<u8>>),
}

impl ScanItem {
    /// The row, if it is one.
    pub fn row(self) -> Option<Row> {
        match self {
            Self::Row(row) => Some(row),
            Self::Nothing(_) => None,
        }
    }

    /// Its place in the scan.
    pub fn place(self, access: &Access) -> Option<Vec<u8>> {
        match self {
            Self::Row(row) => Some(place(access, &row)),
            Self::Nothing(place) => place,
        }
    }
}

/// Called with each item of a scan.
pub(super) type Visit<'v> = &'v mut dyn FnMut(ScanItem) -> Step;

/// The entity with this id.
pub(super) fn get(reader: &Reader, catalog: &Catalog, set: EntitySet, id: Uuid) -> Result<Option<Row>, ODataError> {
    Ok(match set {
        EntitySet::Object(object) => reader.record_get(object, id)?.map(|record| Row::record(id, record)),
        EntitySet::Webhook => reader.webhook_by_id(id)?.map(|row| Row::webhook(catalog, row)),
        EntitySet::WebhookStatus => {
            let mut all = Status::ALL.into_iter();
            let status = all.find(|status| status.lookup_id() == id);
            status.map(|status| Row::status(catalog, status))
        }
        EntitySet::Actor => catalog.actor_name_by_id(id).map(|name| Row::actor(id, name)),
        EntitySet::WebhookParsingError => {
            for (webhook, index) in issue_webhooks(id) {
                let Some(seq) = reader.webhook_seq(webhook)? else {
                    continue;
                };
                if let Some(state) = reader.webhook_state(seq)? {
                    return Ok(issues(webhook, seq, state).find(|row| index_of(row) == index));
                }
            }
            None
        }
    })
}

/// Calls `visit` with each item of an access until it breaks. `after` is the [`place`] of an
/// earlier item; the scan resumes after it.
pub(super) fn each(
    reader: &Reader,
    catalog: &Catalog,
    set: EntitySet,
    access: &Access,
    descending: bool,
    after: Option<&[u8]>,
    visit: Visit<'_>,
) -> Result<(), ODataError> {
    match (access, set) {
        (Access::Ids(all), _) => {
            let after = after.and_then(|place| Uuid::from_slice(place).ok());
            let ahead = |id: &&Uuid| after.is_none_or(|after| if descending { **id < after } else { **id > after });
            for id in directed(all, descending).filter(ahead) {
                let item = match get(reader, catalog, set, *id)? {
                    Some(row) => ScanItem::Row(row),
                    None => ScanItem::Nothing(Some(id.as_bytes().to_vec())),
                };
                if visit(item)?.is_break() {
                    break;
                }
            }
            Ok(())
        }
        (Access::Records(walks), EntitySet::Object(object)) => records(reader, object, walks, descending, after, visit),
        (Access::Webhooks(walks), _) => {
            let tables = reader.webhook_tables()?;
            let (first, mut after) = match after.and_then(<[u8]>::split_first) {
                Some((number, place)) => (Some(usize::from(*number)), Some(place)),
                None => (None, None),
            };
            let all: Vec<(usize, &WebhookWalk)> = walks.iter().enumerate().collect();
            let ahead =
                |number: usize| first.is_none_or(|first| if descending { number <= first } else { number >= first });
            for (number, walk) in directed(&all, descending).filter(|(number, _)| ahead(*number)) {
                let after = after.take_if(|_| Some(*number) == first);
                let mut stopped = false;
                reader.webhook_walk::<ODataError>(walk, descending, after, |seq| {
                    let row = tables.row(seq)?.map(|row| Row::webhook(catalog, row));
                    let step = visit(row.map_or(ScanItem::Nothing(None), ScanItem::Row))?;
                    stopped = step.is_break();
                    Ok(step)
                })?;
                if stopped {
                    break;
                }
            }
            Ok(())
        }
        (Access::IssuesOf(ids), _) => {
            let tables = reader.webhook_tables()?;
            let after = after.and_then(|place| place.split_first_chunk::<16>());
            let after = after.map(|(id, index)| (Uuid::from_bytes(*id), index.first().copied().unwrap_or(u8::MAX)));
            for id in ids.iter().filter(|id| after.is_none_or(|(after, _)| **id >= after)) {
                let seq = reader.webhook_seq(*id)?;
                let after_index = after.filter(|(after, _)| after == id).map(|(_, index)| index);
                let here = [id.as_bytes().as_slice(), &[u8::MAX]].concat();
                let step = match seq {
                    Some(seq) => issues_of(&tables, seq, after_index, here, visit)?,
                    None if after_index.is_some() => ControlFlow::Continue(()),
                    None => visit(ScanItem::Nothing(Some(here)))?,
                };
                if step.is_break() {
                    break;
                }
            }
            Ok(())
        }
        (Access::ParseIssues, _) => {
            let tables = reader.webhook_tables()?;
            let after = after.and_then(|place| place.split_first_chunk::<8>());
            let after = after.map(|(seq, index)| (u64::from_be_bytes(*seq), index.first().copied().unwrap_or(u8::MAX)));
            let walk = WebhookWalk {
                by: WebhookOrder::Arrival,
                from: None,
                to: None,
            };
            // The webhook itself may have more of them.
            let from = after.map(|(seq, _)| seq.saturating_sub(1).to_be_bytes());
            reader.webhook_walk(&walk, false, from.as_ref().map(<[u8; 8]>::as_slice), |seq| {
                let after_index = after.filter(|(after, _)| *after == seq).map(|(_, index)| index);
                let here = [seq.to_be_bytes().as_slice(), &[u8::MAX]].concat();
                issues_of(&tables, seq, after_index, here, visit)
            })
        }
        (Access::Statuses, _) => {
            let after = after.and_then(<[u8]>::first).copied();
            for status in Status::ALL {
                if after.is_none_or(|after| status as u8 > after)
                    && visit(ScanItem::Row(Row::status(catalog, status)))?.is_break()
                {
                    break;
                }
            }
            Ok(())
        }
        (Access::Records(_) | Access::LookupJoin(_), _) => Ok(()),
    }
}

/// The place of a row in the scan, to resume after it.
pub(super) fn place(access: &Access, row: &Row) -> Vec<u8> {
    match (access, &row.data) {
        (Access::Records(walks), Data::Record(record)) => walks
            .first()
            .map(|walk| walk_place(walk, row.id, record))
            .unwrap_or_default(),
        (Access::Webhooks(walks), Data::Webhook { row: webhook, .. }) => {
            let led = |walk: &&WebhookWalk| match walk.by {
                WebhookOrder::Status(status) => status == webhook.state.status,
                WebhookOrder::Source(source) => source == webhook.webhook.source,
                WebhookOrder::Arrival | WebhookOrder::Id => true,
            };
            let found = (0_u8..).zip(walks).find(|(_, walk)| led(walk));
            let mut place = vec![found.map_or(0, |(number, _)| number)];
            place.extend(
                found
                    .map(|(_, walk)| webhook_place(walk, row.id, webhook.seq))
                    .unwrap_or_default(),
            );
            place
        }
        (Access::IssuesOf(_), Data::ParseIssue(issue)) => {
            let mut place = issue.webhook.as_bytes().to_vec();
            place.push(issue.index);
            place
        }
        (Access::ParseIssues, Data::ParseIssue(issue)) => {
            let mut place = issue.seq.to_be_bytes().to_vec();
            place.push(issue.index);
            place
        }
        (Access::Statuses, Data::Status { status, .. }) => vec![*status as u8],
        _ => row.id.as_bytes().to_vec(),
    }
}

fn records(
    reader: &Reader,
    object: ObjectId,
    walks: &[Walk],
    descending: bool,
    after: Option<&[u8]>,
    visit: Visit<'_>,
) -> Result<(), ODataError> {
    for (number, walk) in directed(walks, descending).enumerate() {
        if after.is_some_and(|place| passed(walk, place, descending)) {
            continue;
        }
        // A walk that leads to nothing has its price, too.
        if number > 0 && visit(ScanItem::Nothing(None))?.is_break() {
            break;
        }
        let mut stopped = false;
        reader.record_walk::<ODataError>(object, walk, descending, after, |met| {
            let item = match met {
                WalkItem::Record(id, record) => ScanItem::Row(Row::record(id, record)),
                WalkItem::Passed(place) => ScanItem::Nothing(Some(place)),
            };
            let step = visit(item)?;
            stopped = step.is_break();
            Ok(step)
        })?;
        if stopped {
            break;
        }
    }
    Ok(())
}

/// Whether a place is after the end of a walk.
fn passed(walk: &Walk, place: &[u8], descending: bool) -> bool {
    let Walk::Column(_, from, to) = walk else { return false };
    let Some((value, _)) = place.split_last_chunk::<16>() else {
        return false;
    };
    match (from, to) {
        (Bound::Included(from), _) if descending => walk_key(from).as_slice() > value,
        (_, Bound::Included(to)) if !descending => walk_key(to).as_slice() < value,
        _ => false,
    }
}

/// The issues of one webhook; `here` is the place after them.
fn issues_of(tables: &WebhookTables, seq: u64, after_index: Option<u8>, here: Vec<u8>, visit: Visit<'_>) -> Step {
    let nothing = |visit: Visit<'_>| match after_index {
        // An earlier page visited this webhook.
        Some(_) => Ok(ControlFlow::Continue(())),
        None => visit(ScanItem::Nothing(Some(here))),
    };
    let Some(state) = tables.state(seq)?.filter(|state| !state.issues.is_empty()) else {
        return nothing(visit);
    };
    let Some(Webhook { id, .. }) = tables.arrival(seq)? else {
        return nothing(visit);
    };
    for row in issues(id, seq, state) {
        if after_index.is_none_or(|after_index| index_of(&row) > after_index) && visit(ScanItem::Row(row))?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

fn issues(webhook: Uuid, seq: u64, state: WebhookState) -> impl Iterator<Item = Row> {
    let modified_on = state.modified_on;
    (0_u8..=u8::MAX).zip(state.issues).map(move |(index, issue)| {
        Row::issue(IssueRow {
            webhook,
            seq,
            index,
            modified_on,
            issue,
        })
    })
}

fn index_of(row: &Row) -> u8 {
    match &row.data {
        Data::ParseIssue(issue) => issue.index,
        _ => 0,
    }
}

fn directed<T>(all: &[T], descending: bool) -> Box<dyn Iterator<Item = &T> + '_> {
    if descending {
        Box::new(all.iter().rev())
    } else {
        Box::new(all.iter())
    }
}
