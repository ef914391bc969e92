//! `hookgate record`.

use clap::Subcommand;
use serde_json::json;
use uuid::Uuid;

use super::ask::get;
use super::session::Plan;
use super::webhook::id_of;
use super::{CliError, render};

#[derive(Debug, Subcommand)]
pub(super) enum RecordCommand {
    /// List the records of an object that match, the newest first unless an order is given
    #[command(after_help = "Examples:\n  hookgate record list Contact --limit 10\n  \
        hookgate record list Contact --filter \"contains(Name,'Best')\" --order 'Name desc'")]
    List {
        /// The object's code
        object: String,
        /// Number of records, at most 1000
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
        /// Only records that match, as in OData's $filter
        #[arg(long)]
        filter: Option<String>,
        /// Sort by columns, as in OData's $orderby
        #[arg(long)]
        order: Option<String>,
        /// Where the page before ended, as it says
        #[arg(long, value_name = "MARK")]
        before: Option<String>,
    },
    /// Show a record with the display values of its lookups
    #[command(after_help = "Example:\n  hookgate record show Contact 019aaf2c-5d1e-7c3a-9b1f-0a8b6d3c2e11")]
    Show {
        /// The object's code
        object: String,
        /// The record's id
        #[arg(value_parser = record_id)]
        id: Uuid,
    },
}

pub(super) fn plan(command: RecordCommand) -> Result<Plan, CliError> {
    Ok(Plan::Ask(match command {
        RecordCommand::List {
            object,
            limit,
            filter,
            order,
            before,
        } => get(&["objects", &object, "records"])
            .query(&json!({"limit": limit, "filter": filter, "order": order, "before": before}))?
            .shown(render::record::many),
        RecordCommand::Show { object, id } => {
            get(&["objects", &object, "records", &id.to_string()]).shown(render::record::one)
        }
    }))
}

fn record_id(text: &str) -> Result<Uuid, String> {
    id_of(text, "'hookgate record list' lists the ids of records")
}
