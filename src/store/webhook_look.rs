//! Bounded search for webhooks: an index selects candidates, then each is compared.

use std::ops::ControlFlow;
use std::time::Instant;

use super::error::StoreError;
use super::query::WebhookRow;
use super::reader::Reader;
use super::schema::counter;
use super::webhook_walk::{WebhookOrder, WebhookTables, WebhookWalk};
use crate::domain::webhook_filter::WebhookFilter;

/// At least this many webhooks are examined, regardless of time.
const MIN_ROWS: u64 = 16;

/// The limits of one search.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// The maximum number of webhooks to examine.
    pub rows: u64,
    /// The moment at which to stop.
    pub until: Option<Instant>,
}

impl Bounds {
    /// Without limits, up to the last webhook.
    pub const NONE: Self = Self {
        rows: u64::MAX,
        until: None,
    };

    /// Whether the limits are reached. A minimum is always examined, so that repeated searches make
    /// progress, and a search over few webhooks is complete even on a busy machine.
    fn reached(&self, looked: u64) -> bool {
        looked >= self.rows.max(1) || (looked >= MIN_ROWS && self.until.is_some_and(|until| Instant::now() >= until))
    }
}

impl Reader {
    /// Calls `visit` with the sequence of each matching webhook below `before`, newest first, until
    /// it returns `Break`. If the bounds are reached first, returns where to continue.
    ///
    /// # Errors
    /// If the database fails, and the errors of `visit`.
    pub fn webhook_look<E: From<StoreError>>(
        &self,
        filter: &WebhookFilter,
        before: Option<u64>,
        bounds: Bounds,
        mut visit: impl FnMut(u64, &WebhookTables) -> Result<ControlFlow<()>, E>,
    ) -> Result<Option<u64>, E> {
        let tables = self.webhook_tables()?;
        let walk = WebhookWalk {
            by: self.narrowest(filter)?,
            from: filter.from,
            to: filter.to,
        };
        let after = before.map(u64::to_be_bytes);
        let after = after.as_ref().map(<[u8; 8]>::as_slice);
        let (mut looked, mut last, mut next) = (0, None, None);
        self.webhook_walk::<E>(&walk, true, after, |seq| {
            if bounds.reached(looked) {
                next = last;
                return Ok(ControlFlow::Break(()));
            }
            looked += 1;
            last = Some(seq);
            if matches(&tables, filter, walk.by, seq)? {
                visit(seq, &tables)
            } else {
                Ok(ControlFlow::Continue(()))
            }
        })?;
        Ok(next)
    }

    /// Matching webhooks with a sequence below `before`, newest first.
    ///
    /// # Errors
    /// If the database fails. The same holds for all methods that refer to this one.
    pub fn webhook_list(
        &self,
        filter: &WebhookFilter,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<WebhookRow>, StoreError> {
        let mut rows = Vec::new();
        self.webhook_look::<StoreError>(filter, before, Bounds::NONE, |seq, tables| {
            rows.extend(tables.row(seq)?);
            Ok(until(rows.len() >= limit))
        })?;
        Ok(rows)
    }

    /// The sequences of matching webhooks below `before`, newest first.
    ///
    /// # Errors
    /// See [`Reader::webhook_list`].
    pub fn webhook_seqs(
        &self,
        filter: &WebhookFilter,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<u64>, StoreError> {
        let mut seqs = Vec::new();
        self.webhook_look::<StoreError>(filter, before, Bounds::NONE, |seq, _| {
            seqs.push(seq);
            Ok(until(seqs.len() >= limit))
        })?;
        Ok(seqs)
    }

    /// The number of matching webhooks.
    ///
    /// # Errors
    /// See [`Reader::webhook_list`].
    pub fn webhook_count(&self, filter: &WebhookFilter) -> Result<u64, StoreError> {
        let by_status = WebhookFilter {
            status: filter.status,
            ..WebhookFilter::default()
        };
        if *filter == by_status {
            let counts = self.webhook_counts()?;
            return Ok(filter.status.map_or(counts.total(), |status| counts.of(status)));
        }
        let mut count = 0;
        self.webhook_look::<StoreError>(filter, None, Bounds::NONE, |_, _| {
            count += 1;
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(count)
    }

    /// The index that yields the fewest webhooks.
    fn narrowest(&self, filter: &WebhookFilter) -> Result<WebhookOrder, StoreError> {
        Ok(match (filter.status, filter.source) {
            (None, None) => WebhookOrder::Arrival,
            (Some(status), None) => WebhookOrder::Status(status),
            (None, Some(source)) => WebhookOrder::Source(source),
            (Some(status), Some(source)) => {
                let of_source = self.counter(counter::source(source))?;
                if of_source < self.webhook_counts()?.of(status) {
                    WebhookOrder::Source(source)
                } else {
                    WebhookOrder::Status(status)
                }
            }
        })
    }
}

/// Whether the filter matches a webhook that the index yielded.
fn matches(tables: &WebhookTables, filter: &WebhookFilter, by: WebhookOrder, seq: u64) -> Result<bool, StoreError> {
    let status_open = filter.status.is_some() && !matches!(by, WebhookOrder::Status(_));
    if status_open || filter.object.is_some() || filter.outcome.is_some() || filter.made_record.is_some() {
        let Some(state) = tables.state(seq)? else {
            return Ok(false);
        };
        if filter.status.is_some_and(|status| status != state.status)
            || filter.object.is_some_and(|object| Some(object) != state.object)
            || filter.outcome.is_some_and(|outcome| outcome != state.outcome)
            || filter.made_record.is_some_and(|made| made == state.records.is_empty())
        {
            return Ok(false);
        }
    }
    let source_open = filter.source.is_some() && !matches!(by, WebhookOrder::Source(_));
    if !source_open && filter.from.is_none() && filter.to.is_none() && filter.text.is_none() {
        return Ok(true);
    }
    let Some(webhook) = tables.arrival(seq)? else {
        return Ok(false);
    };
    Ok(filter.source.is_none_or(|source| source == webhook.source)
        && filter.from.is_none_or(|from| webhook.created_on >= from)
        && filter.to.is_none_or(|to| webhook.created_on < to)
        && filter.text.as_ref().is_none_or(|text| has_text(&webhook.body, text)))
}

/// Whether a body contains a text, without regard to case. The text must be in lower case.
fn has_text(body: &[u8], text: &str) -> bool {
    if !text.is_ascii() {
        return String::from_utf8_lossy(body).to_lowercase().contains(text);
    }
    let text = text.as_bytes();
    let Some(first) = text.first() else { return true };
    let starts = memchr::memchr2_iter(*first, first.to_ascii_uppercase(), body);
    let mut found = starts.filter_map(|at| body.get(at..at + text.len()));
    found.any(|part| part.eq_ignore_ascii_case(text))
}

const fn until(end: bool) -> ControlFlow<()> {
    if end {
        ControlFlow::Break(())
    } else {
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_without_regard_to_case() {
        let body = "{\"Name\": \"Jörg Ünal\", \"Zip\": \"10115\"}".as_bytes();
        for (text, found) in [
            ("zip", true),
            ("\"10115\"}", true),
            ("10115\"}!", false),
            ("ünal", true),
            ("j\u{f6}rg \u{fc}n", true),
            ("unal", false),
            ("", true),
        ] {
            assert_eq!(has_text(body, text), found, "{text}");
        }
        assert!(has_text(b"\xffABC", "abc"));
    }

    #[test]
    fn bounds_let_one_row_through_at_least_and_the_time_a_few() {
        let past = Bounds {
            rows: 0,
            until: Some(Instant::now()),
        };
        assert!(!past.reached(0) && past.reached(1));
        let late = Bounds { rows: 1000, ..past };
        assert!(!late.reached(MIN_ROWS - 1) && late.reached(MIN_ROWS));
        assert!(!Bounds::NONE.reached(1 << 40));
    }
}
