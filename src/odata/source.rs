//! Walking through the rows of a set, whichever it is, from a place on.

use std::ops::{Bound, ControlFlow};

use uuid::Uuid;

use super::fault::Fault;
use super::model::EntitySet;
use super::plan::Access;
use super::row::{Data, RemarkRow, Row, remark_webhooks};
use crate::domain::catalog::Catalog;
use crate::domain::column::ObjectId;
use crate::domain::webhook::{Status, Webhook, WebhookState};
use crate::store::Reader;
use crate::store::walk::{Met, Walk, walk_key, walk_place};
use crate::store::webhook_walk::{WebhookOrder, WebhookTables, WebhookWalk, webhook_place};

/// Whether to go on.
pub(super) type Step = Result<ControlFlow<()>, Fault>;

/// What a way comes by.
pub(super) enum Seen {
    /// A row.
    Row(Row),
    /// Something that was looked at and has no row; its [`place`], if that is known.
    Nothing(Option<Vec<u8>>),
}

impl Seen {
    /// The row, if it is one.
    pub fn row(self) -> Option<Row> {
        match self {
            Self::Row(row) => Some(row),
            Self::Nothing(_) => None,
        }
    }

    /// Where it stands on a way.
    pub fn place(self, access: &Access) -> Option<Vec<u8>> {
        match self {
            Self::Row(row) => Some(place(access, &row)),
            Self::Nothing(place) => place,
        }
    }
}

/// Called with all that a way comes by.
pub(super) type Visit<'v> = &'v mut dyn FnMut(Seen) -> Step;

/// The entity with this id.
pub(super) fn get(reader: &Reader, catalog: &Catalog, set: EntitySet, id: Uuid) -> Result<Option<Row>, Fault> {
    Ok(match set {
        EntitySet::Object(object) => reader.record_get(object, id)?.map(|record| Row::record(id, record)),
        EntitySet::Webhook => reader.webhook_by_id(id)?.map(|row| Row::webhook(catalog, row)),
        EntitySet::WebhookStatus => {
            let mut all = Status::ALL.into_iter();
            let status = all.find(|status| status.lookup_id() == id);
            status.map(|status| Row::status(catalog, status))
        }
        EntitySet::WebhookParsingError => {
            for (webhook, index) in remark_webhooks(id) {
                let Some(seq) = reader.webhook_seq(webhook)? else {
                    continue;
                };
                if let Some(state) = reader.webhook_state(seq)? {
                    return Ok(remarks(webhook, seq, state).find(|row| index_of(row) == index));
                }
            }
            None
        }
    })
}

/// Calls `visit` with all that an access comes by, until it breaks off. `after` is the [`place`]
/// of something that it came by, to go on behind it.
pub(super) fn each(
    reader: &Reader,
    catalog: &Catalog,
    set: EntitySet,
    access: &Access,
    descending: bool,
    after: Option<&[u8]>,
    visit: Visit<'_>,
) -> Result<(), Fault> {
    match (access, set) {
        (Access::Ids(all), _) => {
            let after = after.and_then(|place| Uuid::from_slice(place).ok());
            let ahead = |id: &&Uuid| after.is_none_or(|after| if descending { **id < after } else { **id > after });
            for id in directed(all, descending).filter(ahead) {
                let seen = match get(reader, catalog, set, *id)? {
                    Some(row) => Seen::Row(row),
                    None => Seen::Nothing(Some(id.as_bytes().to_vec())),
                };
                if visit(seen)?.is_break() {
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
                let mut ended = false;
                reader.webhook_walk::<Fault>(walk, descending, after, |seq| {
                    let row = tables.row(seq)?.map(|row| Row::webhook(catalog, row));
                    let step = visit(row.map_or(Seen::Nothing(None), Seen::Row))?;
                    ended = step.is_break();
                    Ok(step)
                })?;
                if ended {
                    break;
                }
            }
            Ok(())
        }
        (Access::RemarksOf(ids), _) => {
            let tables = reader.webhook_tables()?;
            let after = after.and_then(|place| place.split_first_chunk::<16>());
            let after = after.map(|(id, index)| (Uuid::from_bytes(*id), index.first().copied().unwrap_or(u8::MAX)));
            for id in ids.iter().filter(|id| after.is_none_or(|(after, _)| **id >= after)) {
                let seq = reader.webhook_seq(*id)?;
                let behind = after.filter(|(after, _)| after == id).map(|(_, index)| index);
                let here = [id.as_bytes().as_slice(), &[u8::MAX]].concat();
                let step = match seq {
                    Some(seq) => remarks_of(&tables, seq, behind, here, visit)?,
                    None if behind.is_some() => ControlFlow::Continue(()),
                    None => visit(Seen::Nothing(Some(here)))?,
                };
                if step.is_break() {
                    break;
                }
            }
            Ok(())
        }
        (Access::Remarks, _) => {
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
                let behind = after.filter(|(after, _)| *after == seq).map(|(_, index)| index);
                let here = [seq.to_be_bytes().as_slice(), &[u8::MAX]].concat();
                remarks_of(&tables, seq, behind, here, visit)
            })
        }
        (Access::Statuses, _) => {
            let after = after.and_then(<[u8]>::first).copied();
            for status in Status::ALL {
                if after.is_none_or(|after| status as u8 > after)
                    && visit(Seen::Row(Row::status(catalog, status)))?.is_break()
                {
                    break;
                }
            }
            Ok(())
        }
        (Access::Records(_) | Access::Behind(_), _) => Ok(()),
    }
}

/// Where a row stands on its way, to go on behind it.
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
        (Access::RemarksOf(_), Data::Remark(remark)) => {
            let mut place = remark.webhook.as_bytes().to_vec();
            place.push(remark.index);
            place
        }
        (Access::Remarks, Data::Remark(remark)) => {
            let mut place = remark.seq.to_be_bytes().to_vec();
            place.push(remark.index);
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
) -> Result<(), Fault> {
    for (number, walk) in directed(walks, descending).enumerate() {
        if after.is_some_and(|place| passed(walk, place, descending)) {
            continue;
        }
        // A walk that leads to nothing has its price, too.
        if number > 0 && visit(Seen::Nothing(None))?.is_break() {
            break;
        }
        let mut ended = false;
        reader.record_walk::<Fault>(object, walk, descending, after, |met| {
            let seen = match met {
                Met::Record(id, record) => Seen::Row(Row::record(id, record)),
                Met::Passed(place) => Seen::Nothing(Some(place)),
            };
            let step = visit(seen)?;
            ended = step.is_break();
            Ok(step)
        })?;
        if ended {
            break;
        }
    }
    Ok(())
}

/// Whether a place lies behind all of a walk.
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

/// The remarks of one webhook; `here` is the place behind them.
fn remarks_of(tables: &WebhookTables, seq: u64, behind: Option<u8>, here: Vec<u8>, visit: Visit<'_>) -> Step {
    let nothing = |visit: Visit<'_>| match behind {
        // An earlier page looked at it.
        Some(_) => Ok(ControlFlow::Continue(())),
        None => visit(Seen::Nothing(Some(here))),
    };
    let Some(state) = tables.state(seq)?.filter(|state| !state.remarks.is_empty()) else {
        return nothing(visit);
    };
    let Some(Webhook { id, .. }) = tables.arrival(seq)? else {
        return nothing(visit);
    };
    for row in remarks(id, seq, state) {
        if behind.is_none_or(|behind| index_of(&row) > behind) && visit(Seen::Row(row))?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

fn remarks(webhook: Uuid, seq: u64, state: WebhookState) -> impl Iterator<Item = Row> {
    let modified_on = state.modified_on;
    (0_u8..=u8::MAX).zip(state.remarks).map(move |(index, remark)| {
        Row::remark(RemarkRow {
            webhook,
            seq,
            index,
            modified_on,
            remark,
        })
    })
}

fn index_of(row: &Row) -> u8 {
    match &row.data {
        Data::Remark(remark) => remark.index,
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
