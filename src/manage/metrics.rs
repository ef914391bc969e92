//! All metrics of the server. docs/metrics.md lists them; a test compares the two.

use super::health::{Health, State};
use crate::clock;
use crate::domain::webhook::Status;
use crate::metrics::recorded;
use crate::metrics::text::{Kind, Page, Scale};

/// The metrics of this moment as text.
#[must_use]
pub fn metrics_text(health: &Health) -> String {
    let mut page = Page::default();
    webhooks(&mut page);
    journal_and_store(&mut page);
    tokens(&mut page);
    standing(&mut page, health);
    page.finish()
}

fn webhooks(page: &mut Page) {
    let answers = recorded::WEBHOOK_ANSWER.measured();
    page.counter(
        "hookgate_webhooks_accepted_total",
        "Webhooks that were answered 200, safe on disk.",
        answers.count,
    );
    page.counters(
        "hookgate_webhooks_rejected_total",
        "Requests to Webhook URLs that were refused, by the code of the problem.",
        "reason",
        &recorded::WEBHOOKS_REJECTED,
    );
    page.histogram(
        "hookgate_webhook_answer_seconds",
        "From the arrival of a webhook's body to its answer 200.",
        Scale::Billionth,
        &answers,
    );
    page.histogram(
        "hookgate_webhook_processing_seconds",
        "Deciding what becomes of a webhook.",
        Scale::Billionth,
        &recorded::PROCESSING.measured(),
    );
    page.counters(
        "hookgate_webhooks_processed_total",
        "Runs of processing, by what was decided.",
        "outcome",
        &recorded::WEBHOOKS_PROCESSED,
    );
    page.counters(
        "hookgate_retention_deleted_total",
        "Webhooks that retention deleted, by their status.",
        "status",
        &recorded::RETENTION_DELETED,
    );
}

fn journal_and_store(page: &mut Page) {
    page.histogram(
        "hookgate_journal_batch_entries",
        "Entries of one write to the journal.",
        Scale::One,
        &recorded::JOURNAL_BATCH.measured(),
    );
    page.histogram(
        "hookgate_journal_sync_seconds",
        "A write to the journal until it is on the disk.",
        Scale::Billionth,
        &recorded::JOURNAL_SYNC.measured(),
    );
    page.histogram(
        "hookgate_store_batch_entries",
        "Entries of one transaction of the store.",
        Scale::One,
        &recorded::STORE_BATCH.measured(),
    );
    page.histogram(
        "hookgate_store_commit_seconds",
        "The commit of a transaction of the store.",
        Scale::Billionth,
        &recorded::STORE_COMMIT.measured(),
    );
}

fn tokens(page: &mut Page) {
    page.counter(
        "hookgate_tokens_issued_total",
        "Access tokens that were made.",
        recorded::TOKENS_ISSUED.get(),
    );
    page.counters(
        "hookgate_tokens_refused_total",
        "Requests for an access token that were refused, by the error.",
        "error",
        &recorded::TOKENS_REFUSED,
    );
}

/// Metrics that are not recorded but read now.
fn standing(page: &mut Page, health: &Health) {
    let (sample, position) = (health.sample(), health.ledger.position());
    let space = health.ledger.guard().space();
    let ready = State::worst(&health.checks()) < State::Fail;
    page.gauge(
        "hookgate_ready",
        "1 while webhooks are taken, else 0.",
        Some(u8::from(ready)),
    );
    page.gauge(
        "hookgate_store_lag_entries",
        "Entries of the journal that the store has not applied yet.",
        Some(position.durable.saturating_sub(position.applied)),
    );
    page.gauge(
        "hookgate_journal_waiting_entries",
        "Entries that wait for their write to the journal.",
        Some(position.waiting),
    );
    page.gauge(
        "hookgate_webhooks_unprocessed",
        "Webhooks that arrived and wait in memory to be processed.",
        Some(position.unprocessed),
    );
    page.gauge(
        "hookgate_webhooks_oldest_new_seconds",
        "For how long the oldest webhook of status New has waited; 0 if there is none.",
        sample.oldest_new(clock::now()),
    );
    let stored = "hookgate_webhooks_stored";
    page.family(stored, Kind::Gauge, "Webhooks that are kept, by their status.");
    for status in Status::ALL {
        match sample.counts {
            Some(counts) => page.labelled(stored, "status", status.name(), counts.of(status)),
            None => page.labelled(stored, "status", status.name(), "NaN"),
        }
    }
    page.gauge("hookgate_journal_bytes", "Size of the journal's files.", sample.journal);
    page.gauge("hookgate_database_bytes", "Size of the database.", sample.database);
    page.gauge(
        "hookgate_disk_free_bytes",
        "Free space where the data folder is.",
        space.map(|space| space.free),
    );
    page.gauge(
        "hookgate_disk_low_bytes",
        "Free space below which the disk needs attention.",
        space.map(|space| space.warn_free),
    );
    page.gauge(
        "hookgate_disk_full_bytes",
        "Free space below which no webhook is taken.",
        space.map(|space| space.min_free),
    );
    page.gauge(
        "hookgate_disk_ballast_bytes",
        "Size of the ballast file; 0 after it was given up on a full disk.",
        space.map(|space| space.ballast),
    );
    page.gauge(
        "hookgate_certificate_remaining_seconds",
        "How long the certificate in use is still valid; below 0 once it has expired.",
        health.certificate_remaining(),
    );
    let build = "hookgate_build_info";
    page.family(build, Kind::Gauge, "Always 1; the label is the version that runs.");
    page.labelled(build, "version", env!("CARGO_PKG_VERSION"), 1);
    page.gauge(
        "process_start_time_seconds",
        "When the server was started, in seconds since 1970.",
        Some(health.started.0.div_euclid(1_000_000)),
    );
}
