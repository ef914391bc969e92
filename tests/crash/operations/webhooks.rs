//! Webhooks and records, as administrators change them.

use std::ops::ControlFlow;

use hookgate::domain::task::{BulkAction, TaskId};
use hookgate::domain::webhook::Status;
use hookgate::manage::record_change::{record_delete, record_edit};
use hookgate::manage::retention::{retention_run, retention_run_begin};
use hookgate::manage::schedule::schedule_run;
use hookgate::manage::task::{task_cancel, task_run};
use hookgate::manage::webhook::{WebhookQuery, webhook_filter};
use hookgate::manage::webhook_bulk::bulk_begin;
use hookgate::manage::webhook_change::{webhook_delete, webhook_delete_all, webhook_replay, webhook_replay_all};
use hookgate::manage::webhook_copy::{CopyBody, webhook_copy};
use serde_json::value::RawValue;

use super::prepared::HERE;
use super::table::{Failure, Operation, one, steps};
use crate::operations::Site;
use crate::setup::BY;

const RETENTION: &str =
    "each status with expired webhooks has its step (in large sites several), and then their number is noted";

const BULK: &str = "a task: its beginning is the decision, then come its steps and its end";

const SCHEDULED: &str = "the run is noted before it begins, then come its steps, and then the time of the last run, which nothing depends on";

fn failed() -> WebhookQuery {
    WebhookQuery {
        status: Some(Status::Failed),
        ..WebhookQuery::default()
    }
}

/// Does a task to its end.
fn done(site: &Site, task: TaskId) -> Result<(), Failure> {
    let watch = &mut |_| ControlFlow::Continue(());
    Ok(task_run(&site.context, task, watch).map(drop)?)
}

pub const OPERATIONS: &[Operation] = &[
    one("webhook_replay", "one that failed", |site| {
        Ok(webhook_replay(&site.context, BY, site.known.webhooks.failed, false).map(drop)?)
    }),
    one("webhook_replay", "one that made a record", |site| {
        Ok(webhook_replay(&site.context, BY, site.known.webhooks.done, true).map(drop)?)
    }),
    steps("webhook_replay_all", "fewer than a step", 3, BULK, |site| {
        let task = webhook_replay_all(&site.context, BY, &failed(), false)?;
        done(site, task.id)
    }),
    one("bulk_begin", "the decision alone", |site| {
        let filter = webhook_filter(&site.context, &failed())?;
        let action = BulkAction::Delete { unprocessed: false };
        Ok(bulk_begin(site.ledger(), BY, &filter, action).map(drop)?)
    }),
    one("webhook_delete", "one that is processed", |site| {
        Ok(webhook_delete(&site.context, BY, site.known.webhooks.done, false).map(drop)?)
    }),
    one("webhook_delete", "one that is not processed", |site| {
        Ok(webhook_delete(&site.context, BY, site.known.webhooks.new, true).map(drop)?)
    }),
    steps("webhook_delete_all", "fewer than a step", 3, BULK, |site| {
        let task = webhook_delete_all(&site.context, BY, &WebhookQuery::default(), true)?;
        done(site, task.id)
    }),
    one("task_cancel", "before its first step", |site| {
        Ok(task_cancel(&site.context, BY, site.known.task).map(drop)?)
    }),
    one("webhook_copy", "the copy and its note", |site| {
        let copy = CopyBody {
            content_type: "application/json".to_owned(),
            body: r#"{"Name": "copy"}"#.to_owned(),
        };
        Ok(webhook_copy(&site.context, BY, Some(HERE), site.known.webhooks.failed, copy).map(drop)?)
    }),
    one("record_edit", "a value", |site| {
        let values = RawValue::from_string(r#"{"Name": "edited"}"#.to_owned())?;
        Ok(record_edit(&site.context, BY, "UsrTicket", site.known.record, &values, None).map(drop)?)
    }),
    one("record_delete", "a record", |site| {
        Ok(record_delete(&site.context, BY, "UsrTicket", site.known.record)?)
    }),
    steps("retention_run", "two of four statuses", 3, RETENTION, |site| {
        let watch = &mut |_| ControlFlow::Continue(());
        Ok(retention_run(&site.context, BY, Some(HERE), watch).map(drop)?)
    }),
    steps("retention_run_begin", "two of four statuses", 3, RETENTION, |site| {
        let run = retention_run_begin(&site.context, BY, None);
        Ok(run.run(&mut |_| ControlFlow::Continue(())).map(drop)?)
    }),
    steps("schedule_run", "signing keys", 3, SCHEDULED, |site| {
        Ok(schedule_run(&site.context, BY, "signing-keys", Some(HERE)).map(drop)?)
    })
    .whose_last_step_may_fail(),
    steps("schedule_run", "retention", 5, SCHEDULED, |site| {
        Ok(schedule_run(&site.context, BY, "retention", Some(HERE)).map(drop)?)
    })
    .whose_last_step_may_fail(),
];
