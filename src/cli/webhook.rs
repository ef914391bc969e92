//! `hookgate webhook`.

use clap::{Args, Subcommand};
use uuid::Uuid;

use super::CliError;
use super::session::{Beside, Plan};
use crate::control::{Answer, Request};
use crate::domain::time::Timestamp;
use crate::domain::webhook::{Outcome, Status};
use crate::manage::webhook::WebhookQuery;
use crate::parse;

#[derive(Debug, Subcommand)]
pub(super) enum WebhookCommand {
    /// List webhooks, newest first
    #[command(after_help = "Examples:\n  hookgate webhook list --status Failed\n  \
        hookgate webhook list --source Forms --from 2026-11-23 --limit 10")]
    List {
        #[command(flatten)]
        filter: FilterArgs,
        /// How many, at most 1000
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
        /// Only webhooks before this one, as the list before names it
        #[arg(long, value_name = "NUMBER")]
        before: Option<u64>,
    },
    /// Show a webhook: what arrived, what became of it, and why
    #[command(after_help = "Example:\n  hookgate webhook show 019aaf2c-5d1e-7c3a-9b1f-0a8b6d3c2e11")]
    Show {
        /// Its id
        #[arg(value_parser = webhook_id)]
        id: Uuid,
    },
    /// Process webhooks again, after the cause of a failure was mended
    #[command(
        after_help = "Examples:\n  hookgate webhook replay 019aaf2c-5d1e-7c3a-9b1f-0a8b6d3c2e11\n  \
        hookgate webhook replay --status Failed --object Contact\n\n\
        A webhook that already made a record is left out, unless --again asks for another one."
    )]
    Replay {
        #[command(flatten)]
        which: WhichArgs,
        /// Make another record although an earlier run made one
        #[arg(long)]
        again: bool,
    },
    /// Delete webhooks and their parsing errors; the records they made stay
    #[command(
        after_help = "Examples:\n  hookgate webhook delete 019aaf2c-5d1e-7c3a-9b1f-0a8b6d3c2e11\n  \
        hookgate webhook delete --status Done --to 2026-01-01 --yes\n\n\
        Webhooks of status New or Processing are not processed yet. They are left out, unless \
        --include-new deletes them too.\n\n\
        Deleted webhooks are no longer shown or backed up, but their bodies stay in the files of the journal until it is \
        shortened, and in older backups: docs/operate.md says how long, and what to do if they must be gone now."
    )]
    Delete {
        #[command(flatten)]
        which: WhichArgs,
        /// Also delete webhooks that are not processed yet (New or Processing): they never make
        /// their records
        #[arg(long)]
        include_new: bool,
    },
}

/// One webhook, or all matching webhooks.
#[derive(Debug, Args)]
pub(super) struct WhichArgs {
    /// The id of one webhook
    #[arg(value_parser = webhook_id)]
    id: Option<Uuid>,
    #[command(flatten)]
    filter: FilterArgs,
    /// All webhooks
    #[arg(long)]
    all: bool,
    /// Do not ask before doing it to many
    #[arg(long)]
    yes: bool,
}

#[derive(Debug, Args)]
pub(super) struct FilterArgs {
    /// Only of this status: New, Processing, Failed or Done
    #[arg(long)]
    status: Option<Status>,
    /// Only of the source with this name
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Only those whose `EntityName` is this object
    #[arg(long, value_name = "CODE")]
    object: Option<String>,
    /// Only with this outcome: pending, record-created, stored-only, skipped or failed
    #[arg(long)]
    outcome: Option<Outcome>,
    /// Only those that arrived at this time or later, UTC
    #[arg(long, value_name = "TIME", value_parser = moment)]
    from: Option<Timestamp>,
    /// Only those that arrived before this time, UTC
    #[arg(long, value_name = "TIME", value_parser = moment)]
    to: Option<Timestamp>,
}

enum Which {
    One(Uuid),
    Many(WebhookQuery),
}

pub(super) fn plan(command: WebhookCommand) -> Result<Plan, CliError> {
    Ok(match command {
        WebhookCommand::List { filter, limit, before } => Plan::Ask(Request::WebhookList {
            query: query(filter),
            before,
            limit: usize::from(limit),
        }),
        WebhookCommand::Show { id } => Plan::Ask(Request::WebhookShow { id }),
        WebhookCommand::Replay { which, again } => {
            let yes = which.yes;
            match which.chosen()? {
                Which::One(id) => Plan::Ask(Request::WebhookReplay { id, again }),
                Which::Many(query) => Plan::Many {
                    query: WebhookQuery {
                        made_record: (!again).then_some(false),
                        ..query.clone()
                    },
                    beside: if again {
                        Beside::Nothing
                    } else {
                        Beside::MadeRecord(Box::new(WebhookQuery {
                            made_record: Some(true),
                            ..query.clone()
                        }))
                    },
                    verb: "Process again",
                    yes,
                    request: Request::WebhookReplayAll { query, again },
                    answer: Answer::WebhooksReplayed,
                },
            }
        }
        WebhookCommand::Delete { which, include_new } => {
            let yes = which.yes;
            match which.chosen()? {
                Which::One(id) => Plan::Ask(Request::WebhookDelete { id, include_new }),
                // Rejected with a reason, whatever is stored.
                Which::Many(query) if !include_new && query.status.is_some_and(Status::is_unprocessed) => {
                    Plan::Ask(Request::WebhookDeleteAll { query, include_new })
                }
                Which::Many(query) => Plan::Many {
                    query: query.clone(),
                    beside: if query.status.is_some_and(|status| !status.is_unprocessed()) {
                        Beside::Nothing
                    } else {
                        Beside::Unprocessed { included: include_new }
                    },
                    verb: "Delete",
                    yes,
                    request: Request::WebhookDeleteAll { query, include_new },
                    answer: Answer::WebhooksDeleted,
                },
            }
        }
    })
}

impl WhichArgs {
    /// All of them only when that was said: a forgotten filter must not touch everything.
    fn chosen(self) -> Result<Which, CliError> {
        let query = query(self.filter);
        let filtered = query != WebhookQuery::default();
        match (self.id, filtered, self.all) {
            (Some(id), false, false) => Ok(Which::One(id)),
            (None, true, false) | (None, false, true) => Ok(Which::Many(query)),
            _ => Err(CliError::usage(
                "name one webhook by its id, or filters such as --status Failed, or --all",
            )),
        }
    }
}

fn query(filter: FilterArgs) -> WebhookQuery {
    WebhookQuery {
        status: filter.status,
        source: filter.source,
        object: filter.object,
        outcome: filter.outcome,
        made_record: None,
        from: filter.from,
        to: filter.to,
        text: None,
    }
}

fn webhook_id(text: &str) -> Result<Uuid, String> {
    id_of(text, "'hookgate webhook list' shows the ids of webhooks")
}

/// An id; `next` says where to take one from.
pub(super) fn id_of(text: &str, next: &str) -> Result<Uuid, String> {
    let id = text.trim().parse();
    id.map_err(|_| format!("it is no id such as 019aaf2c-5d1e-7c3a-9b1f-0a8b6d3c2e11; {next}"))
}

/// A moment in the forms that columns take, and as tables show it: UTC if it names no offset.
pub(super) fn moment(text: &str) -> Result<Timestamp, String> {
    let text = text.trim();
    parse::moment(text.strip_suffix(" UTC").unwrap_or(text))
        .ok_or_else(|| "write it like 2026-11-23, '2026-11-23 14:30' or 2026-11-23T14:30:00+02:00".to_owned())
}
