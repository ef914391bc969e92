//! Which way of a plan is taken: told by how many rows each leads to.

use std::ops::{Bound, ControlFlow};

use super::fault::Fault;
use super::model::EntitySet;
use super::plan::{Access, Behind, Order, Plan, Way, access_by};
use super::rows::Search;
use crate::domain::column::ObjectId;
use crate::domain::value::Value;
use crate::store::walk::Walk;
use crate::store::webhook_walk::{WebhookOrder, WebhookWalk};

/// Entities behind a lookup that are few enough to walk the lookup's index for each.
const BEHIND_MOST: usize = 200;

/// Rows that may be looked at to find these.
const BEHIND_LOOKS: u64 = 5_000;

/// Rows that are sorted without a thought of another way.
const SORTED_AT_EASE: u64 = 5_000;

/// How far rows are counted to tell which way has fewer; further only if they must be sorted.
const COUNT_STEPS: [u64; 2] = [1_000, 20_000];

/// How many times more rows may be counted by an index than looked at.
const COUNTING_IS_CHEAP: u64 = 20;

/// The way that is taken.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Taken {
    /// Its number in the plan.
    pub number: u8,
    /// The rows to look at; nothing behind lookups any more.
    pub access: Access,
    /// In which order they must be shown.
    pub order: Order,
    /// The rows need only be counted.
    pub exact: bool,
}

impl Search<'_> {
    /// The way to take: the one with this number, or the quickest for so many rows. None if
    /// there is none with the number.
    pub fn choose(
        &mut self,
        set: EntitySet,
        plan: &Plan,
        number: Option<u8>,
        wanted: u64,
    ) -> Result<Option<Taken>, Fault> {
        let mut ways = (0_u8..).zip(&plan.ways);
        if let Some(number) = number {
            return match ways.find(|(known, _)| *known == number) {
                Some((number, way)) => self.taken(set, number, way, true),
                None => Ok(None),
            };
        }
        let Some((everything, narrow)) = plan.ways.split_last() else {
            return Ok(None);
        };
        let mut candidates = Vec::new();
        for (number, way) in (0_u8..).zip(narrow) {
            candidates.extend(self.taken(set, number, way, false)?);
        }
        let last = u8::try_from(narrow.len()).unwrap_or(u8::MAX);
        let must_be_sorted = |taken: &Taken| taken.order == Order::Sorted && everything.order != Order::Sorted;
        let weighed = candidates.len() > 1 || candidates.iter().any(must_be_sorted);
        let (size, best) = if weighed {
            self.smallest(set, &candidates)?
        } else {
            (0, 0)
        };
        if candidates.is_empty() {
            return self.taken(set, last, everything, false);
        }
        let taken = candidates.swap_remove(best);
        if must_be_sorted(&taken)
            && size > SORTED_AT_EASE
            && size > self.steps(set, &everything.access, wanted, size)?
        {
            return self.taken(set, last, everything, false);
        }
        Ok(Some(taken))
    }

    /// The size and place of the candidate with the fewest rows. Counts no further than it must
    /// to tell.
    fn smallest(&self, set: EntitySet, candidates: &[Taken]) -> Result<(u64, usize), Fault> {
        let sorted = candidates.iter().any(|taken| taken.order == Order::Sorted);
        let steps = COUNT_STEPS.into_iter().chain(sorted.then_some(self.limits.scan_rows));
        let mut smallest = (0, 0);
        for most in steps {
            let mut least = None;
            for (place, taken) in candidates.iter().enumerate() {
                let size = self.size(set, &taken.access, most)?;
                if least.is_none_or(|known| (size, place) < known) {
                    least = Some((size, place));
                }
            }
            smallest = least.unwrap_or_default();
            if smallest.0 < most {
                break;
            }
        }
        Ok(smallest)
    }

    /// How many rows an access has; those above `most` do not matter.
    fn size(&self, set: EntitySet, access: &Access, most: u64) -> Result<u64, Fault> {
        match (access, set) {
            (Access::Ids(ids), _) => Ok(ids.len() as u64),
            (Access::Records(walks), EntitySet::Object(object)) => {
                let mut size = 0;
                for walk in walks {
                    size += match walk {
                        Walk::Column(..) | Walk::Prefix(..) => {
                            self.reader.record_count_by(object, walk, most.saturating_sub(size))?
                        }
                        Walk::Id(Bound::Unbounded, Bound::Unbounded)
                        | Walk::CreatedOn(Bound::Unbounded, Bound::Unbounded) => self.reader.record_count(object)?,
                        Walk::Id(..) | Walk::CreatedOn(..) | Walk::ModifiedOn(..) => self.walked(object, walk, most)?,
                    };
                    if size >= most {
                        break;
                    }
                }
                Ok(size.min(most))
            }
            (Access::Webhooks(walks), _) => {
                let mut size = 0;
                for walk in walks {
                    size += self.webhooks(walk, most)?;
                }
                Ok(size.min(most))
            }
            // A guess: most webhooks have few.
            (Access::RemarksOf(ids), _) => Ok(4 * ids.len() as u64),
            (Access::Statuses, _) => Ok(4),
            (Access::Remarks | Access::Records(_) | Access::Behind(_), _) => Ok(most),
        }
    }

    /// All rows of an access that leads to nothing but what is asked for; none if they must be
    /// looked at.
    pub fn counted(&self, set: EntitySet, access: &Access) -> Result<Option<u64>, Fault> {
        let most = self.limits.scan_rows.saturating_mul(COUNTING_IS_CHEAP);
        match (access, set) {
            (Access::Records(walks), EntitySet::Object(object)) => {
                let mut count = 0;
                for walk in walks {
                    count += match walk {
                        Walk::Column(..) | Walk::Prefix(..) => {
                            self.reader.record_count_by(object, walk, most - count)?
                        }
                        _ => return Ok(Some(self.reader.record_count(object)?)),
                    };
                    if count >= most {
                        return Err(super::rows::too_costly(self.limits));
                    }
                }
                Ok(Some(count))
            }
            (Access::Webhooks(walks), _) => {
                let counts = self.reader.webhook_counts()?;
                let count = |walk: &WebhookWalk| match walk.by {
                    _ if walk.from.is_some() || walk.to.is_some() => None,
                    WebhookOrder::Status(status) => Some(counts.of(status)),
                    WebhookOrder::Arrival | WebhookOrder::Id => Some(counts.total()),
                    WebhookOrder::Source(_) => None,
                };
                Ok(walks.iter().map(count).sum())
            }
            (Access::Statuses, _) => Ok(Some(4)),
            _ => Ok(None),
        }
    }

    fn taken(&mut self, set: EntitySet, number: u8, way: &Way, goes_on: bool) -> Result<Option<Taken>, Fault> {
        let access = match &way.access {
            Access::Behind(behind) => match self.resolved(set, behind, goes_on)? {
                Some(access) => access,
                None => return Ok(None),
            },
            other => other.clone(),
        };
        Ok(Some(Taken {
            number,
            access,
            order: way.order,
            exact: way.exact,
        }))
    }

    /// The rows that refer to the entities behind a lookup, if these are few. Where an earlier
    /// page took this way, `goes_on`, there is no other any more, however many have become of
    /// them.
    fn resolved(&mut self, set: EntitySet, behind: &Behind, goes_on: bool) -> Result<Option<Access>, Fault> {
        let (most, looks) = if goes_on {
            (usize::MAX, u64::MAX)
        } else {
            (BEHIND_MOST, BEHIND_LOOKS.min(self.limits.scan_rows / 2))
        };
        let Some(ids) = self.ids(behind.target, &behind.filter, most, looks)? else {
            return Ok(None);
        };
        let values: Vec<Value> = ids.into_iter().map(Value::Guid).collect();
        Ok(access_by(self.catalog, set, behind.by, &values))
    }

    /// How many rows of an ordered access must be passed until `wanted` were found, if the ones
    /// that are asked for are `found` of all and lie anywhere.
    fn steps(&self, set: EntitySet, access: &Access, wanted: u64, found: u64) -> Result<u64, Fault> {
        let all = match set {
            EntitySet::Object(object) => self.reader.record_count(object)?,
            EntitySet::Webhook => self.reader.webhook_counts()?.total(),
            EntitySet::WebhookStatus | EntitySet::WebhookParsingError => {
                self.size(set, access, self.limits.scan_rows)?
            }
        };
        Ok(wanted.saturating_mul(all) / found.max(1))
    }

    fn walked(&self, object: ObjectId, walk: &Walk, most: u64) -> Result<u64, Fault> {
        let mut count = 0;
        self.reader.record_walk::<Fault>(object, walk, false, None, |_| {
            count += 1;
            Ok(going_on(count, most))
        })?;
        Ok(count)
    }

    fn webhooks(&self, walk: &WebhookWalk, most: u64) -> Result<u64, Fault> {
        let mut count = 0;
        self.reader.webhook_walk::<Fault>(walk, false, None, |_| {
            count += 1;
            Ok(going_on(count, most))
        })?;
        Ok(count)
    }
}

/// What must be read to be counted is not counted to the end.
const fn going_on(count: u64, most: u64) -> ControlFlow<()> {
    if count >= most || count > 2 * SORTED_AT_EASE {
        ControlFlow::Break(())
    } else {
        ControlFlow::Continue(())
    }
}
