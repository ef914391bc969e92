//! `hookgate webhook`.

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::ask::{delete, get, post};
use super::session::{Beside, Plan};
use super::{CliError, render};
use crate::domain::time::Timestamp;
use crate::domain::webhook::{Outcome, Status};
use crate::parse;

#[derive(Debug, Subcommand)]
pub(super) enum WebhookCommand {
    /// List webhooks, newest first
    #[command(after_help = "Examples:\n  hookgate webhook list --status Failed\n  \
        hookgate webhook list --source Forms --from 2026-11-23 --limit 10")]
    List {
        #[command(flatten)]
        filter: FilterArgs,
        /// Number of webhooks, at most 1000
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
        /// Only webhooks before this one; the previous list shows the value
        #[arg(long, value_name = "NUMBER")]
        before: Option<u64>,
    },
    /// Show a webhook: what arrived, the result of processing, and the errors
    #[command(after_help = "Example:\n  hookgate webhook show 019aaf2c-5d1e-7c3a-9b1f-0a8b6d3c2e11")]
    Show {
        /// The webhook's id
        #[arg(value_parser = webhook_id)]
        id: Uuid,
    },
    /// Reprocess webhooks, for example after the cause of a failure was fixed
    #[command(
        after_help = "Examples:\n  hookgate webhook replay 019aaf2c-5d1e-7c3a-9b1f-0a8b6d3c2e11\n  \
        hookgate webhook replay --status Failed --object Contact\n\n\
        A webhook that already created a record is skipped, unless you use --again to create another one."
    )]
    Replay {
        #[command(flatten)]
        which: WhichArgs,
        /// Create another record even if an earlier run created one
        #[arg(long)]
        again: bool,
    },
    /// Delete webhooks and their parsing errors; the records that they created stay
    #[command(
        after_help = "Examples:\n  hookgate webhook delete 019aaf2c-5d1e-7c3a-9b1f-0a8b6d3c2e11\n  \
        hookgate webhook delete --status Done --to 2026-01-01 --yes\n\n\
        Webhooks with status New or Processing are not processed yet. They are skipped, unless you use \
        --include-new.\n\n\
        Deleted webhooks are no longer shown or backed up, but their bodies stay in the journal files until the \
        journal is shortened, and in older backups: see docs/operate.md, also if they must be removed now."
    )]
    Delete {
        #[command(flatten)]
        which: WhichArgs,
        /// Also delete webhooks that are not processed yet (New or Processing): they will never
        /// create their records
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
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
}

#[derive(Debug, Args)]
pub(super) struct FilterArgs {
    /// Only webhooks with this status: New, Processing, Failed or Done
    #[arg(long)]
    status: Option<Status>,
    /// Only webhooks of the source with this name
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Only webhooks whose `EntityName` is this object
    #[arg(long, value_name = "CODE")]
    object: Option<String>,
    /// Only webhooks with this outcome: pending, record-created, stored-only, skipped or failed
    #[arg(long)]
    outcome: Option<Outcome>,
    /// Only webhooks that arrived at this time or later, UTC
    #[arg(long, value_name = "TIME", value_parser = moment)]
    from: Option<Timestamp>,
    /// Only webhooks that arrived before this time, UTC
    #[arg(long, value_name = "TIME", value_parser = moment)]
    to: Option<Timestamp>,
}

enum Which {
    One(Uuid),
    Many(Map<String, Value>),
}

pub(super) fn plan(command: WebhookCommand) -> Result<Plan, CliError> {
    Ok(match command {
        WebhookCommand::List { filter, limit, before } => {
            let mut query = filter.members();
            query.insert("limit".to_owned(), limit.into());
            query.insert("before".to_owned(), before.into());
            Plan::Ask(get(&["webhooks"]).query(&query)?.shown(render::webhook::many))
        }
        WebhookCommand::Show { id } => Plan::Ask(get(&["webhooks", &id.to_string()]).shown(render::webhook::one)),
        WebhookCommand::Replay { which, again } => {
            let yes = which.yes;
            match which.chosen()? {
                Which::One(id) => {
                    let ask = post(&["webhooks", &id.to_string(), "replay"]).body(&json!({"again": again}))?;
                    Plan::Ask(ask.shown(render::webhook::replayed))
                }
                Which::Many(filter) => Plan::Many {
                    beside: if again { Beside::Nothing } else { Beside::MadeRecord },
                    verb: "Reprocess",
                    yes,
                    ask: post(&["webhooks", "replay"])
                        .body(&json!({"filter": filter, "again": again}))?
                        .shown(render::webhook::replayed_all),
                    filter,
                },
            }
        }
        WebhookCommand::Delete { which, include_new } => {
            let yes = which.yes;
            match which.chosen()? {
                Which::One(id) => {
                    let ask = delete(&["webhooks", &id.to_string()]).query(&json!({"include_new": include_new}))?;
                    Plan::Ask(ask.shown(render::webhook::deleted))
                }
                Which::Many(filter) => {
                    let ask = post(&["webhooks", "delete"])
                        .body(&json!({"filter": filter, "include_new": include_new}))?
                        .shown(render::webhook::deleted_all);
                    let status = filter.get("status").and_then(Value::as_str);
                    let unprocessed = status.map(|status| status.parse().is_ok_and(Status::is_unprocessed));
                    match unprocessed {
                        // Refused with a reason, whatever is stored.
                        Some(true) if !include_new => Plan::Ask(ask),
                        _ => Plan::Many {
                            filter,
                            beside: if unprocessed == Some(false) {
                                Beside::Nothing
                            } else {
                                Beside::Unprocessed { included: include_new }
                            },
                            verb: "Delete",
                            yes,
                            ask,
                        },
                    }
                }
            }
        }
    })
}

impl WhichArgs {
    /// All of them only when that was said: a forgotten filter must not touch everything.
    fn chosen(self) -> Result<Which, CliError> {
        let filter = self.filter.members();
        let filtered = filter.values().any(|value| !value.is_null());
        match (self.id, filtered, self.all) {
            (Some(id), false, false) => Ok(Which::One(id)),
            (None, true, false) | (None, false, true) => Ok(Which::Many(filter)),
            _ => Err(CliError::usage(
                "specify the id of one webhook, or filters such as --status Failed, or --all",
            )),
        }
    }
}

impl FilterArgs {
    /// As the API takes it; null for what was not given.
    fn members(self) -> Map<String, Value> {
        let text = |text: Option<String>| Value::from(text);
        let moment = |moment: Option<Timestamp>| text(moment.map(|moment| moment.to_string()));
        let members = [
            ("status", text(self.status.map(|status| status.name().to_owned()))),
            ("source", text(self.source)),
            ("entity", text(self.object)),
            ("outcome", text(self.outcome.map(|outcome| outcome.name().to_owned()))),
            ("from", moment(self.from)),
            ("to", moment(self.to)),
        ];
        members
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }
}

fn webhook_id(text: &str) -> Result<Uuid, String> {
    id_of(text, "'hookgate webhook list' lists the ids of webhooks")
}

/// An id; `next` says where to take one from.
pub(super) fn id_of(text: &str, next: &str) -> Result<Uuid, String> {
    let id = text.trim().parse();
    id.map_err(|_| format!("not a valid id such as 019aaf2c-5d1e-7c3a-9b1f-0a8b6d3c2e11; {next}"))
}

/// A moment in the forms that columns take, and as tables show it: UTC if it names no offset.
pub(super) fn moment(text: &str) -> Result<Timestamp, String> {
    let text = text.trim();
    parse::moment(text.strip_suffix(" UTC").unwrap_or(text))
        .ok_or_else(|| "use a value such as 2026-11-23, '2026-11-23 14:30' or 2026-11-23T14:30:00+02:00".to_owned())
}
