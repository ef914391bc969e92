//! Plans how to find the rows that match: by ids, by an index, or by scanning all rows.
//!
//! Pure. A plan has several access paths; the number of rows decides, at execution, which one is
//! the fastest. With every path, the whole filter is evaluated again on each row.

use std::ops::Bound;

use uuid::Uuid;

use super::evaluate::{PathValue, matches};
use super::facts::{Fact, conjuncts, fact, ids, last_of, millisecond, narrower};
use super::filter::{Filter, Path};
use super::fixed::{parsing_error_property, webhook_property};
use super::model::{EntitySet, Kind, Source};
use super::options::OrderBy;
use super::paths::{after_first_step, filter_paths};
use crate::domain::catalog::Catalog;
use crate::domain::column::{ColumnId, ObjectId};
use crate::domain::time::Timestamp;
use crate::domain::value::Value;
use crate::domain::webhook::Status;
use crate::store::walk::{Walk, walk_key};
use crate::store::webhook_walk::{WebhookOrder, WebhookWalk};

/// The access paths for a query.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plan {
    /// The access paths, at least one; the most selective comes first, the last one scans
    /// everything.
    pub access_paths: Vec<AccessPath>,
}

/// One way.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AccessPath {
    /// The rows to scan.
    pub access: Access,
    /// In which order they must be shown.
    pub order: Order,
    /// The rows are those that the filter asks for, no others: they need only be counted.
    pub exact: bool,
}

/// The rows to scan.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Access {
    /// Those with these ids, ascending.
    Ids(Vec<Uuid>),
    /// Records, by one walk after the other; the walks do not meet, and ascend.
    Records(Vec<Walk>),
    /// Those that refer to entities of another set, if these are few.
    LookupJoin(LookupJoin),
    /// Webhooks, by one walk after the other; the walks do not meet.
    Webhooks(Vec<WebhookWalk>),
    /// Parsing errors of these webhooks, ascending.
    IssuesOf(Vec<Uuid>),
    /// All parsing errors, by webhook.
    ParseIssues,
    /// The statuses of webhooks.
    Statuses,
}

/// Entities of another set, and the property that refers to them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LookupJoin {
    pub by: Source,
    /// The set that it refers to.
    pub target: EntitySet,
    /// The condition on the referenced entities.
    pub filter: Filter,
}

/// In which order rows are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// As they are found.
    Found {
        /// The walk starts at the end.
        descending: bool,
    },
    /// They must be sorted.
    Sorted,
}

/// Makes the plan for a filter and an order.
pub(super) fn plan(catalog: &Catalog, set: EntitySet, filter: Option<&Filter>, order: &[OrderBy]) -> Plan {
    let conditions = conjuncts(filter);
    let facts: Vec<Option<Fact>> = conditions.iter().map(|condition| fact(condition)).collect();
    let alone = conditions.len() == 1;
    let mut access_paths = Vec::new();
    let mut add = |access: Access, exact: bool| {
        let order = order_of(&access, order);
        access_paths.push(AccessPath { access, order, exact });
    };
    for fact in facts.iter().flatten() {
        if let Fact::List {
            source, values, exact, ..
        } = fact
            && let Some(access) = access_by(catalog, set, *source, values)
        {
            add(within(access, &facts), alone && *exact);
        }
    }
    for condition in conditions {
        if let Some(lookup_join) = lookup_join(catalog, set, condition) {
            add(Access::LookupJoin(lookup_join), alone);
        }
    }
    if let EntitySet::Object(object) = set {
        for fact in facts.iter().flatten() {
            if let Fact::Prefix { source, start } = fact
                && let Some(column) = indexed(catalog, object, *source)
            {
                add(Access::Records(vec![Walk::Prefix(column, (*start).to_owned())]), false);
            }
        }
        for (source, from, to) in ranges(&facts) {
            // Each of several moments already has its own walk.
            if facts
                .iter()
                .flatten()
                .any(|fact| moments(fact).is_some_and(|of| of == source))
            {
                continue;
            }
            if let Some(walk) = range_walk(catalog, object, source, from, to) {
                add(Access::Records(vec![walk]), false);
            }
        }
    }
    add(everything(catalog, set, &facts, order), filter.is_none());
    Plan { access_paths }
}

/// The rows of which one property has one of these values, if that can be looked up.
pub(super) fn access_by(catalog: &Catalog, set: EntitySet, source: Source, values: &[Value]) -> Option<Access> {
    match (set, source) {
        (_, Source::Id) => Some(Access::Ids(ids(values))),
        (EntitySet::Object(_), Source::CreatedOn | Source::ModifiedOn) => {
            // One is a range like others.
            let mut moments: Vec<Timestamp> = values.iter().filter_map(moment_of).collect();
            moments.sort_unstable();
            moments.dedup();
            let walk = |at| {
                let (from, to) = (Bound::Included(millisecond(at)), Bound::Included(last_of(at)));
                match source {
                    Source::CreatedOn => Walk::CreatedOn(from, to),
                    _ => Walk::ModifiedOn(from, to),
                }
            };
            (values.len() > 1).then(|| Access::Records(moments.into_iter().map(walk).collect()))
        }
        (EntitySet::Object(object), source) => {
            let column = indexed(catalog, object, source)?;
            let mut walks: Vec<(Vec<u8>, Walk)> = values
                .iter()
                .map(|value| (walk_key(value), equal_walk(column, value)))
                .collect();
            walks.sort_by(|one, other| one.0.cmp(&other.0));
            walks.dedup_by(|one, other| one.0 == other.0);
            Some(Access::Records(walks.into_iter().map(|(_, walk)| walk).collect()))
        }
        (EntitySet::Webhook, Source::Virtual(webhook_property::STATUS_ID)) => {
            let wanted = ids(values);
            let statuses = Status::ALL
                .into_iter()
                .filter(|status| wanted.contains(&status.lookup_id()));
            Some(webhooks(statuses.map(WebhookOrder::Status)))
        }
        (EntitySet::Webhook, Source::Virtual(webhook_property::WEBHOOK_SOURCE)) => {
            let named = |name: &String| {
                values
                    .iter()
                    .any(|value| matches!(value, Value::Text(text) if text == name))
            };
            let sources = catalog.sources.values().filter(|source| named(&source.name));
            Some(webhooks(sources.map(|source| WebhookOrder::Source(source.id))))
        }
        (EntitySet::WebhookParsingError, Source::Virtual(parsing_error_property::WEBHOOK_ID)) => {
            Some(Access::IssuesOf(ids(values)))
        }
        _ => None,
    }
}

fn webhooks(orders: impl Iterator<Item = WebhookOrder>) -> Access {
    let walk = |by| WebhookWalk {
        by,
        from: None,
        to: None,
    };
    Access::Webhooks(orders.map(walk).collect())
}

/// An access to all rows, in the requested order if there is such an access.
fn everything(catalog: &Catalog, set: EntitySet, facts: &[Option<Fact>], order: &[OrderBy]) -> Access {
    let wanted = single(order).map(|path| path.source);
    match set {
        EntitySet::Object(_) => Access::Records(vec![match wanted {
            Some(Source::CreatedOn) => Walk::CreatedOn(Bound::Unbounded, Bound::Unbounded),
            Some(Source::ModifiedOn) => Walk::ModifiedOn(Bound::Unbounded, Bound::Unbounded),
            _ => Walk::ALL,
        }]),
        EntitySet::Webhook => {
            let bounded = ranges(facts).iter().any(|(source, ..)| *source == Source::CreatedOn);
            let by = match wanted {
                Some(Source::Id) if !bounded => WebhookOrder::Id,
                _ => WebhookOrder::Arrival,
            };
            within(webhooks(std::iter::once(by)), facts)
        }
        EntitySet::WebhookStatus => Access::Statuses,
        EntitySet::WebhookParsingError => Access::ParseIssues,
        EntitySet::Actor => Access::Ids(catalog.actors()),
    }
}

/// Walks through webhooks, narrowed to when they may have arrived.
fn within(mut access: Access, facts: &[Option<Fact>]) -> Access {
    let Access::Webhooks(walks) = &mut access else {
        return access;
    };
    let created = ranges(facts)
        .into_iter()
        .find(|(source, ..)| *source == Source::CreatedOn);
    if let Some((_, first, last)) = created {
        for walk in walks {
            walk.from = moment(&first);
            // The end is open: what arrived in its last microsecond is in.
            walk.to = moment(&last).map(|to| Timestamp(to.0.saturating_add(1)));
        }
    }
    access
}

fn moment(bound: &Bound<Value>) -> Option<Timestamp> {
    match bound {
        Bound::Included(value) | Bound::Excluded(value) => moment_of(value),
        Bound::Unbounded => None,
    }
}

const fn moment_of(value: &Value) -> Option<Timestamp> {
    match value {
        Value::DateTime(at) => Some(*at),
        _ => None,
    }
}

/// The property of which a fact lists several moments.
fn moments(fact: &Fact<'_>) -> Option<Source> {
    match fact {
        Fact::List {
            source: source @ (Source::CreatedOn | Source::ModifiedOn),
            values,
            ..
        } if values.len() > 1 => Some(*source),
        _ => None,
    }
}

/// The order in which rows must be shown, given how they are found.
fn order_of(access: &Access, order: &[OrderBy]) -> Order {
    if order.is_empty() {
        return Order::Found { descending: false };
    }
    let fits = single(order).is_some_and(|path| match access {
        Access::Ids(_) => path.source == Source::Id,
        Access::Records(walks) => records_ordered(walks, path),
        Access::Webhooks(walks) => match (path.source, walks.as_slice()) {
            (Source::Id, [walk]) => walk.by == WebhookOrder::Id,
            // They arrive in the order of this moment, except for webhooks that arrive at the same
            // time.
            (Source::CreatedOn, [walk]) => walk.by != WebhookOrder::Id,
            (_, walks) => walks.is_empty(),
        },
        Access::LookupJoin(_) | Access::IssuesOf(_) | Access::ParseIssues | Access::Statuses => false,
    });
    match order {
        [one] if fits => Order::Found {
            descending: one.descending,
        },
        _ => Order::Sorted,
    }
}

fn records_ordered(walks: &[Walk], path: &Path) -> bool {
    let same = |walk: &Walk| match (walk, path.source) {
        (Walk::Id(..), Source::Id)
        | (Walk::CreatedOn(..), Source::CreatedOn)
        | (Walk::ModifiedOn(..), Source::ModifiedOn) => true,
        // Of texts the index has the start only.
        (Walk::Column(column, ..), Source::Column(wanted)) => *column == wanted && path.kind != Kind::Text,
        _ => false,
    };
    match walks {
        // Within one value, an index is in the order of ids.
        [Walk::Column(_, Bound::Included(from), Bound::Included(to))] if path.source == Source::Id => from == to,
        walks => walks.iter().all(same),
    }
}

/// The one property of the entity itself that rows are ordered by.
fn single(order: &[OrderBy]) -> Option<&Path> {
    match order {
        [one] if one.path.steps.is_empty() => Some(&one.path),
        _ => None,
    }
}

/// Ranges by property; several on the same property are intersected.
fn ranges(facts: &[Option<Fact>]) -> Vec<(Source, Bound<Value>, Bound<Value>)> {
    let mut all: Vec<(Source, Bound<Value>, Bound<Value>)> = Vec::new();
    for fact in facts.iter().flatten() {
        let (source, from, to) = match fact {
            Fact::Range { source, from, to, .. } => (*source, from.clone(), to.clone()),
            // A moment in a condition covers a millisecond.
            Fact::List {
                source: source @ (Source::CreatedOn | Source::ModifiedOn),
                values,
                ..
            } => {
                let moments = || values.iter().filter_map(moment_of);
                let (Some(first), Some(last)) = (moments().min(), moments().max()) else {
                    continue;
                };
                (
                    *source,
                    Bound::Included(Value::DateTime(millisecond(first))),
                    Bound::Included(Value::DateTime(last_of(last))),
                )
            }
            _ => continue,
        };
        match all.iter_mut().find(|known| known.0 == source) {
            Some(known) => {
                known.1 = narrower(std::mem::replace(&mut known.1, Bound::Unbounded), from, true);
                known.2 = narrower(std::mem::replace(&mut known.2, Bound::Unbounded), to, false);
            }
            None => all.push((source, from, to)),
        }
    }
    all
}

fn range_walk(
    catalog: &Catalog,
    object: ObjectId,
    source: Source,
    from: Bound<Value>,
    to: Bound<Value>,
) -> Option<Walk> {
    let at = |bound: &Bound<Value>| moment(bound).map_or(Bound::Unbounded, Bound::Included);
    let id = |bound: &Bound<Value>| match bound {
        Bound::Included(Value::Guid(id)) | Bound::Excluded(Value::Guid(id)) => Bound::Included(*id),
        _ => Bound::Unbounded,
    };
    match source {
        Source::Id => Some(Walk::Id(id(&from), id(&to))),
        Source::CreatedOn => Some(Walk::CreatedOn(at(&from), at(&to))),
        Source::ModifiedOn => Some(Walk::ModifiedOn(at(&from), at(&to))),
        source => indexed(catalog, object, source).map(|column| Walk::Column(column, from, to)),
    }
}

fn equal_walk(column: ColumnId, value: &Value) -> Walk {
    let to = match value {
        Value::DateTime(at) => Value::DateTime(last_of(*at)),
        _ => value.clone(),
    };
    Walk::Column(column, Bound::Included(value.clone()), Bound::Included(to))
}

/// The column of a property, if it is indexed.
fn indexed(catalog: &Catalog, object: ObjectId, source: Source) -> Option<ColumnId> {
    let Source::Column(id) = source else { return None };
    let definition = catalog.objects.get(&object)?;
    let column = definition.column_by_id(id)?;
    column.is_indexed().then_some(id)
}

/// A condition whose paths all start with the same lookup, and that never holds when the lookup is
/// empty.
fn lookup_join(catalog: &Catalog, set: EntitySet, condition: &Filter) -> Option<LookupJoin> {
    let mut first = None;
    let mut same = true;
    filter_paths(condition, &mut |path| match (path.steps.first(), first) {
        (Some(step), None) => first = Some(*step),
        (step, known) => same &= step.is_some() && step.copied() == known,
    });
    let step = first.filter(|_| same)?;
    // Whether the property can be looked up does not depend on the ids.
    access_by(catalog, set, step.source, &[])?;
    if matches(condition, &mut |_| PathValue::Nowhere) {
        return None;
    }
    Some(LookupJoin {
        by: step.source,
        target: step.target,
        filter: after_first_step(condition),
    })
}
