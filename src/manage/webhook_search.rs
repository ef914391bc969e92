//! Bounded search for webhooks: the response comes soon, however many there are.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use schemars::JsonSchema;
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

/// The maximum number of webhooks that one request examines if no index yields only matching ones.
pub const LOOK_ROWS: u64 = 8192;

/// The time limit for examining them.
pub const LOOK_TIME: Duration = Duration::from_millis(60);

/// The maximum number of points in a chart.
const MAX_POINTS: u64 = 2000;

/// The default number of points in a chart.
const POINTS: u64 = 24;

/// A page of matching webhooks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhooksFound {
    /// The webhooks of the page, newest first.
    pub webhooks: Vec<WebhookSummary>,
    /// The value of `before` for continuing the search; none at the end.
    pub next: Option<u64>,
    /// False if the search stopped at its limits before the page was full.
    pub complete: bool,
}

/// The number of matching webhooks by status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookTally {
    pub total: u64,
    /// Arrived and not processed yet.
    pub new: u64,
    pub processing: u64,
    pub failed: u64,
    pub done: u64,
    /// False if the limits were reached, so that there may be more.
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

/// The number of received webhooks over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookChart {
    /// The time span of one point.
    pub step: ChartStep,
    /// The points, oldest first, without gaps.
    pub points: Vec<ChartPoint>,
}

/// The time span of one point of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChartStep {
    Hour,
    /// A calendar day, in UTC.
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChartPoint {
    pub at: Timestamp,
    /// Received in this time span and not processed yet.
    pub new: u64,
    pub processing: u64,
    pub failed: u64,
    pub done: u64,
}

/// The limits of a search; none if an index yields only matching webhooks.
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

/// Matching webhooks that arrived before the one with sequence `before`, newest first.
///
/// # Errors
/// If the query names something that does not exist.
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
    // One more than the page shows whether there is a next page.
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

/// The number of matching webhooks by status: exact if counters give it, else within the limits.
///
/// # Errors
/// If the query names something that does not exist.
pub fn webhook_count_by_status(context: &Context, query: &WebhookQuery) -> Result<WebhookTally, ManageError> {
    let filter = webhook_filter(context, query)?;
    let bounds = Bounds {
        rows: LOOK_ROWS,
        until: Some(Instant::now() + LOOK_TIME),
    };
    webhook_tally(&context.ledger, &filter, bounds)
}

/// Same as [`webhook_count_by_status`], with other limits.
///
/// # Errors
/// If the store fails.
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

/// The number of webhooks that arrived in each hour or day, by their current status.
///
/// # Errors
/// If the store fails.
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
