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
        "Webhooks that were stored on disk and answered with 200.",
        answers.count,
    );
    page.counters(
        "hookgate_webhooks_rejected_total",
        "Rejected requests to Webhook URLs, by problem code.",
        "reason",
        &recorded::WEBHOOKS_REJECTED,
    );
    page.histogram(
        "hookgate_webhook_answer_seconds",
        "Time from the arrival of a webhook's body to the response 200.",
        Scale::Billionth,
        &answers,
    );
    page.histogram(
        "hookgate_webhook_processing_seconds",
        "Time to process a webhook.",
        Scale::Billionth,
        &recorded::PROCESSING.measured(),
    );
    page.counters(
        "hookgate_webhooks_processed_total",
        "Processing runs, by outcome.",
        "outcome",
        &recorded::WEBHOOKS_PROCESSED,
    );
    page.counters(
        "hookgate_retention_deleted_total",
        "Webhooks deleted by retention, by status.",
        "status",
        &recorded::RETENTION_DELETED,
    );
}

fn journal_and_store(page: &mut Page) {
    page.histogram(
        "hookgate_journal_batch_entries",
        "Entries per write to the journal.",
        Scale::One,
        &recorded::JOURNAL_BATCH.measured(),
    );
    page.histogram(
        "hookgate_journal_sync_seconds",
        "Time to write to the journal and sync it to disk.",
        Scale::Billionth,
        &recorded::JOURNAL_SYNC.measured(),
    );
    page.histogram(
        "hookgate_store_batch_entries",
        "Entries per transaction of the database.",
        Scale::One,
        &recorded::STORE_BATCH.measured(),
    );
    page.histogram(
        "hookgate_store_commit_seconds",
        "Time to commit a transaction of the database.",
        Scale::Billionth,
        &recorded::STORE_COMMIT.measured(),
    );
}

fn tokens(page: &mut Page) {
    page.counter(
        "hookgate_tokens_issued_total",
        "Access tokens issued.",
        recorded::TOKENS_ISSUED.get(),
    );
    page.counters(
        "hookgate_tokens_refused_total",
        "Rejected requests for an access token, by error.",
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
        "1 if webhooks are accepted, otherwise 0.",
        Some(u8::from(ready)),
    );
    page.gauge(
        "hookgate_store_lag_entries",
        "Journal entries that are not applied to the database yet.",
        Some(position.durable.saturating_sub(position.applied)),
    );
    page.gauge(
        "hookgate_journal_waiting_entries",
        "Entries waiting to be written to the journal.",
        Some(position.waiting),
    );
    page.gauge(
        "hookgate_webhooks_unprocessed",
        "Webhooks waiting in memory to be processed.",
        Some(position.unprocessed),
    );
    page.gauge(
        "hookgate_webhooks_oldest_new_seconds",
        "Age of the oldest webhook with status New; 0 if there is none.",
        sample.oldest_new(clock::now()),
    );
    let stored = "hookgate_webhooks_stored";
    page.family(stored, Kind::Gauge, "Stored webhooks, by status.");
    for status in Status::ALL {
        match sample.counts {
            Some(counts) => page.labelled(stored, "status", status.name(), counts.of(status)),
            None => page.labelled(stored, "status", status.name(), "NaN"),
        }
    }
    page.gauge("hookgate_journal_bytes", "Size of the journal files.", sample.journal);
    page.gauge("hookgate_database_bytes", "Size of the database.", sample.database);
    page.gauge(
        "hookgate_disk_free_bytes",
        "Free space on the disk of the data folder.",
        space.map(|space| space.free),
    );
    page.gauge(
        "hookgate_disk_low_bytes",
        "Free space below which a warning is shown.",
        space.map(|space| space.warn_free),
    );
    page.gauge(
        "hookgate_disk_full_bytes",
        "Free space below which webhooks are rejected.",
        space.map(|space| space.min_free),
    );
    page.gauge(
        "hookgate_disk_ballast_bytes",
        "Size of the ballast file; 0 after it was removed because the disk was full.",
        space.map(|space| space.ballast),
    );
    page.gauge(
        "hookgate_certificate_remaining_seconds",
        "Remaining validity of the certificate in use; negative after it has expired.",
        health.certificate_remaining(),
    );
    let build = "hookgate_build_info";
    page.family(build, Kind::Gauge, "Always 1; the label is the running version.");
    page.labelled(build, "version", env!("CARGO_PKG_VERSION"), 1);
    page.gauge(
        "process_start_time_seconds",
        "Start time of the server, in seconds since 1970.",
        Some(health.started.0.div_euclid(1_000_000)),
    );
}
