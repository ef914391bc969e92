//! Looking for webhooks: by an index as far as one serves, then at each; in bounds.

use std::ops::ControlFlow;
use std::time::Instant;

use super::error::StoreError;
use super::query::WebhookRow;
use super::reader::Reader;
use super::schema::counter;
use super::webhook_walk::{WebhookOrder, WebhookTables, WebhookWalk};
use crate::domain::webhook_filter::WebhookFilter;

/// So many webhooks are looked at whatever the time.
const LOOKED_LEAST: u64 = 16;

/// How far one look goes.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// The most webhooks that are looked at.
    pub rows: u64,
    /// Not longer than this.
    pub until: Option<Instant>,
}

impl Bounds {
    /// To the end, however far that is.
    pub const NONE: Self = Self {
        rows: u64::MAX,
        until: None,
    };

    /// Whether so many rows are as far as it goes. A few are always looked at, so that a look that
    /// is asked for again and again comes to an end, and one at a few webhooks is whole, however
    /// busy the machine is.
    fn reached(&self, looked: u64) -> bool {
        looked >= self.rows.max(1)
            || (looked >= LOOKED_LEAST && self.until.is_some_and(|until| Instant::now() >= until))
    }
}

impl Reader {
    /// Calls `visit` with the sequence of each webhook that matches, newest first, below
    /// `before`, until it breaks off. Gives where to go on if the bounds were reached first.
    ///
    /// # Errors
    /// When the database fails; and what `visit` gives.
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

    /// Webhooks that match, newest arrival first, of a sequence below `before`.
    ///
    /// # Errors
    /// When the database fails; so for all of these.
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

    /// Sequences of webhooks that match, newest first, below `before`.
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

    /// How many webhooks match.
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

    /// The index that leads to the fewest webhooks.
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

/// Whether a webhook that an order led to is one that the filter asks for.
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

/// Whether a body has a text in it, without regard to case. The text is in lower case.
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
        assert!(!late.reached(LOOKED_LEAST - 1) && late.reached(LOOKED_LEAST));
        assert!(!Bounds::NONE.reached(1 << 40));
    }
}
