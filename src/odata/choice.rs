//! Chooses an access path of a plan by the number of rows that each one finds.

use std::ops::{Bound, ControlFlow};

use super::model::EntitySet;
use super::odata_error::ODataError;
use super::plan::{Access, AccessPath, LookupJoin, Order, Plan, access_by};
use super::rows::Search;
use crate::domain::column::ObjectId;
use crate::domain::value::Value;
use crate::store::walk::Walk;
use crate::store::webhook_walk::{WebhookOrder, WebhookWalk};

/// Up to this many referenced entities, the lookup's index is walked for each of them.
const MAX_JOINED: usize = 200;

/// Rows that may be scanned to find these entities.
const MAX_JOIN_LOOKS: u64 = 5_000;

/// Rows that are sorted without a thought of another way.
const SORTED_AT_EASE: u64 = 5_000;

/// How far rows are counted to tell which way has fewer; further only if they must be sorted.
const COUNT_STEPS: [u64; 2] = [1_000, 20_000];

/// How many times more rows may be counted by an index than scanned.
const COUNTING_IS_CHEAP: u64 = 20;

/// The access path that was chosen.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ChosenPath {
    /// Its number in the plan.
    pub number: u8,
    /// The rows to scan; lookup joins are resolved.
    pub access: Access,
    /// In which order they must be shown.
    pub order: Order,
    /// The rows need only be counted.
    pub exact: bool,
}

impl Search<'_> {
    /// Chooses the access path with this number, or the fastest one for `wanted` rows. None if
    /// there is no path with the number.
    pub fn choose(
        &mut self,
        set: EntitySet,
        plan: &Plan,
        number: Option<u8>,
        wanted: u64,
    ) -> Result<Option<ChosenPath>, ODataError> {
        let mut access_paths = (0_u8..).zip(&plan.access_paths);
        if let Some(number) = number {
            return match access_paths.find(|(known, _)| *known == number) {
                Some((number, path)) => self.chosen(set, number, path, true),
                None => Ok(None),
            };
        }
        let Some((everything, narrow)) = plan.access_paths.split_last() else {
            return Ok(None);
        };
        let mut candidates = Vec::new();
        for (number, path) in (0_u8..).zip(narrow) {
            candidates.extend(self.chosen(set, number, path, false)?);
        }
        let last = u8::try_from(narrow.len()).unwrap_or(u8::MAX);
        let must_be_sorted = |chosen: &ChosenPath| chosen.order == Order::Sorted && everything.order != Order::Sorted;
        let weighed = candidates.len() > 1 || candidates.iter().any(must_be_sorted);
        let (size, best) = if weighed {
            self.smallest(set, &candidates)?
        } else {
            (0, 0)
        };
        if candidates.is_empty() {
            return self.chosen(set, last, everything, false);
        }
        let chosen = candidates.swap_remove(best);
        if must_be_sorted(&chosen)
            && size > SORTED_AT_EASE
            && size > self.steps(set, &everything.access, wanted, size)?
        {
            return self.chosen(set, last, everything, false);
        }
        Ok(Some(chosen))
    }

    /// The size and place of the candidate with the fewest rows. Counts no further than it must
    /// to tell.
    fn smallest(&self, set: EntitySet, candidates: &[ChosenPath]) -> Result<(u64, usize), ODataError> {
        let sorted = candidates.iter().any(|chosen| chosen.order == Order::Sorted);
        let steps = COUNT_STEPS.into_iter().chain(sorted.then_some(self.limits.scan_rows));
        let mut smallest = (0, 0);
        for limit in steps {
            let mut least = None;
            for (place, chosen) in candidates.iter().enumerate() {
                let size = self.size(set, &chosen.access, limit)?;
                if least.is_none_or(|known| (size, place) < known) {
                    least = Some((size, place));
                }
            }
            smallest = least.unwrap_or_default();
            if smallest.0 < limit {
                break;
            }
        }
        Ok(smallest)
    }

    /// How many rows an access has; those above `most` do not matter.
    fn size(&self, set: EntitySet, access: &Access, limit: u64) -> Result<u64, ODataError> {
        match (access, set) {
            (Access::Ids(ids), _) => Ok(ids.len() as u64),
            (Access::Records(walks), EntitySet::Object(object)) => {
                let mut size = 0;
                for walk in walks {
                    size += match walk {
                        Walk::Column(..) | Walk::Prefix(..) => {
                            self.reader.record_count_by(object, walk, limit.saturating_sub(size))?
                        }
                        Walk::Id(Bound::Unbounded, Bound::Unbounded)
                        | Walk::CreatedOn(Bound::Unbounded, Bound::Unbounded) => self.reader.record_count(object)?,
                        Walk::Id(..) | Walk::CreatedOn(..) | Walk::ModifiedOn(..) => {
                            self.walked(object, walk, limit)?
                        }
                    };
                    if size >= limit {
                        break;
                    }
                }
                Ok(size.min(limit))
            }
            (Access::Webhooks(walks), _) => {
                let mut size = 0;
                for walk in walks {
                    size += self.webhooks(walk, limit)?;
                }
                Ok(size.min(limit))
            }
            // A guess: most webhooks have few.
            (Access::IssuesOf(ids), _) => Ok(4 * ids.len() as u64),
            (Access::Statuses, _) => Ok(4),
            (Access::ParseIssues | Access::Records(_) | Access::LookupJoin(_), _) => Ok(limit),
        }
    }

    /// The number of rows of an access that finds exactly the rows that the filter matches; none if
    /// the rows must be scanned.
    pub fn counted(&self, set: EntitySet, access: &Access) -> Result<Option<u64>, ODataError> {
        let limit = self.limits.scan_rows.saturating_mul(COUNTING_IS_CHEAP);
        match (access, set) {
            (Access::Records(walks), EntitySet::Object(object)) => {
                let mut count = 0;
                for walk in walks {
                    count += match walk {
                        Walk::Column(..) | Walk::Prefix(..) => {
                            self.reader.record_count_by(object, walk, limit - count)?
                        }
                        _ => return Ok(Some(self.reader.record_count(object)?)),
                    };
                    if count >= limit {
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

    fn chosen(
        &mut self,
        set: EntitySet,
        number: u8,
        path: &AccessPath,
        resumes: bool,
    ) -> Result<Option<ChosenPath>, ODataError> {
        let access = match &path.access {
            Access::LookupJoin(join) => match self.resolved(set, join, resumes)? {
                Some(access) => access,
                None => return Ok(None),
            },
            other => other.clone(),
        };
        Ok(Some(ChosenPath {
            number,
            access,
            order: path.order,
            exact: path.exact,
        }))
    }

    /// The rows that refer to the joined entities, if these are few. Where an earlier page used
    /// this path (`resumes`), it is the only option, however many entities it has now.
    fn resolved(&mut self, set: EntitySet, join: &LookupJoin, resumes: bool) -> Result<Option<Access>, ODataError> {
        let (limit, looks) = if resumes {
            (usize::MAX, u64::MAX)
        } else {
            (MAX_JOINED, MAX_JOIN_LOOKS.min(self.limits.scan_rows / 2))
        };
        let Some(ids) = self.ids(join.target, &join.filter, limit, looks)? else {
            return Ok(None);
        };
        let values: Vec<Value> = ids.into_iter().map(Value::Guid).collect();
        Ok(access_by(self.catalog, set, join.by, &values))
    }

    /// How many rows of an ordered access must be passed until `wanted` are found, if `found` of
    /// all rows match and they are spread evenly.
    fn steps(&self, set: EntitySet, access: &Access, wanted: u64, found: u64) -> Result<u64, ODataError> {
        let all = match set {
            EntitySet::Object(object) => self.reader.record_count(object)?,
            EntitySet::Webhook => self.reader.webhook_counts()?.total(),
            EntitySet::WebhookStatus | EntitySet::WebhookParsingError | EntitySet::Actor => {
                self.size(set, access, self.limits.scan_rows)?
            }
        };
        Ok(wanted.saturating_mul(all) / found.max(1))
    }

    fn walked(&self, object: ObjectId, walk: &Walk, limit: u64) -> Result<u64, ODataError> {
        let mut count = 0;
        self.reader.record_walk::<ODataError>(object, walk, false, None, |_| {
            count += 1;
            Ok(until(count, limit))
        })?;
        Ok(count)
    }

    fn webhooks(&self, walk: &WebhookWalk, limit: u64) -> Result<u64, ODataError> {
        let mut count = 0;
        self.reader.webhook_walk::<ODataError>(walk, false, None, |_| {
            count += 1;
            Ok(until(count, limit))
        })?;
        Ok(count)
    }
}

/// What must be read to be counted is not counted to the end.
const fn until(count: u64, limit: u64) -> ControlFlow<()> {
    if count >= limit || count > 2 * SORTED_AT_EASE {
        ControlFlow::Break(())
    } else {
        ControlFlow::Continue(())
    }
}
