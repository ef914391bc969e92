//! Webhooks that match, within bounds: whoever asks is answered soon, however many there are.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::webhook::{LIST_LIMIT, WebhookQuery, WebhookSummary, summary, webhook_filter};
use super::{Context, ManageError};
use crate::clock;
use crate::domain::time::Timestamp;
use crate::domain::webhook::Status;
use crate::domain::webhook_filter::WebhookFilter;
use crate::ledger::Ledger;
use crate::store::query::WebhookCounts;
use crate::store::webhook_look::Bounds;

/// Webhooks that one answer looks at where no index leads to those that match.
pub const LOOK_ROWS: u64 = 8192;

/// How long one answer looks at them.
pub const LOOK_TIME: Duration = Duration::from_millis(60);

/// The most points of a chart.
const MAX_POINTS: u64 = 2000;

/// Points of a chart that says nothing else.
const POINTS: u64 = 24;

/// A part of the webhooks that match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhooksFound {
    /// The newest ones first.
    pub webhooks: Vec<WebhookSummary>,
    /// What to name as `before` to look further back; none at the end.
    pub next: Option<u64>,
    /// Not if it ended before the page was full, since it had looked at so many.
    pub complete: bool,
}

/// How many webhooks match, by status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookTally {
    pub total: u64,
    /// Arrived, not processed yet.
    pub new: u64,
    pub processing: u64,
    pub failed: u64,
    pub done: u64,
    /// Not if there may be more, since only so many were looked at.
    pub complete: bool,
}

impl WebhookTally {
    fn of(counts: WebhookCounts, complete: bool) -> Self {
        Self {
            total: counts.total(),
            new: counts.new,
            processing: counts.processing,
            failed: counts.failed,
            done: counts.done,
            complete,
        }
    }
}

/// How many webhooks arrived, over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookChart {
    /// What one point stands for.
    pub step: ChartStep,
    /// The oldest first, none left out.
    pub points: Vec<ChartPoint>,
}

/// What one point of a chart stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChartStep {
    Hour,
    /// A day, in UTC.
    Day,
}

impl ChartStep {
    const fn hours(self) -> u64 {
        match self {
            Self::Hour => 1,
            Self::Day => 24,
        }
    }
}

/// One point of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChartPoint {
    pub at: Timestamp,
    /// Arrived then, not processed yet.
    pub new: u64,
    pub processing: u64,
    pub failed: u64,
    pub done: u64,
}

/// The bounds of an answer: none where an index leads to what matches.
#[must_use]
pub fn look_bounds(filter: &WebhookFilter) -> Bounds {
    let looks = filter.object.is_some()
        || filter.outcome.is_some()
        || filter.made_record.is_some()
        || filter.text.is_some()
        || (filter.status.is_some() && filter.source.is_some());
    if looks {
        Bounds {
            rows: LOOK_ROWS,
            until: Some(Instant::now() + LOOK_TIME),
        }
    } else {
        Bounds::NONE
    }
}

/// Webhooks that match, newest first, that arrived before the one numbered `before`.
///
/// # Errors
/// When the query names something that is not there.
pub fn webhook_search(
    context: &Context,
    query: &WebhookQuery,
    before: Option<u64>,
    limit: usize,
) -> Result<WebhooksFound, ManageError> {
    let filter = webhook_filter(context, query)?;
    let limit = limit.clamp(1, LIST_LIMIT);
    let catalog = context.ledger.catalog();
    let reader = context.ledger.read()?;
    let mut webhooks = Vec::new();
    // One more tells whether there are more.
    let (mut last, mut more) = (None, false);
    let next = reader.webhook_look::<ManageError>(&filter, before, look_bounds(&filter), |seq, tables| {
        if webhooks.len() == limit {
            more = true;
            return Ok(ControlFlow::Break(()));
        }
        if let Some(row) = tables.row(seq)? {
            webhooks.push(summary(&catalog, &row));
            last = Some(seq);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let full = webhooks.len() == limit;
    Ok(WebhooksFound {
        next: last.filter(|_| more || (full && next.is_some())).or(next),
        complete: next.is_none() || full,
        webhooks,
    })
}

/// How many webhooks match, by status: exact if counters tell, else as far as the bounds go.
///
/// # Errors
/// When the query names something that is not there.
pub fn webhook_count_by_status(context: &Context, query: &WebhookQuery) -> Result<WebhookTally, ManageError> {
    let filter = webhook_filter(context, query)?;
    let bounds = Bounds {
        rows: LOOK_ROWS,
        until: Some(Instant::now() + LOOK_TIME),
    };
    webhook_tally(&context.ledger, &filter, bounds)
}

/// The same with other bounds.
///
/// # Errors
/// When the store cannot answer.
pub fn webhook_tally(ledger: &Ledger, filter: &WebhookFilter, bounds: Bounds) -> Result<WebhookTally, ManageError> {
    let reader = ledger.read()?;
    let only = |filter: &WebhookFilter, status, source| {
        *filter
            == WebhookFilter {
                status,
                source,
                ..WebhookFilter::default()
            }
    };
    if only(filter, filter.status, None) {
        let counts = reader.webhook_counts()?;
        let mut tally = WebhookCounts::default();
        for status in Status::ALL {
            if filter.status.is_none_or(|wanted| wanted == status) {
                *tally.of_mut(status) = counts.of(status);
            }
        }
        return Ok(WebhookTally::of(tally, true));
    }
    let mut counts = WebhookCounts::default();
    let next = reader.webhook_look::<ManageError>(filter, None, bounds, |seq, tables| {
        if let Some(state) = tables.state(seq)? {
            *counts.of_mut(state.status) += 1;
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let mut tally = WebhookTally::of(counts, next.is_none());
    if let Some(source) = filter.source.filter(|source| only(filter, None, Some(*source))) {
        tally.total = reader.source_count(source)?;
    }
    Ok(tally)
}

/// How many webhooks arrived in each hour or day, by the status that they are of now.
///
/// # Errors
/// When the store cannot answer.
pub fn webhook_chart(
    context: &Context,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    step: ChartStep,
) -> Result<WebhookChart, ManageError> {
    let width = step.hours();
    let last = to.unwrap_or_else(clock::now).hour() / width;
    let first = from.map_or(last.saturating_sub(POINTS - 1), |from| from.hour() / width);
    let first = first.min(last).max(last.saturating_sub(MAX_POINTS - 1));
    let mut points: Vec<ChartPoint> = (first..=last)
        .map(|point| ChartPoint {
            at: Timestamp((point * width * 3_600_000_000).cast_signed()),
            new: 0,
            processing: 0,
            failed: 0,
            done: 0,
        })
        .collect();
    let hours = context
        .ledger
        .read()?
        .webhook_hours(first * width..(last + 1) * width)?;
    for (hour, counts) in hours {
        let place = usize::try_from(hour / width - first).unwrap_or(usize::MAX);
        if let Some(point) = points.get_mut(place) {
            point.new += counts.new;
            point.processing += counts.processing;
            point.failed += counts.failed;
            point.done += counts.done;
        }
    }
    Ok(WebhookChart { step, points })
}
