//! `hookgate record`.

use clap::Subcommand;
use uuid::Uuid;

use super::session::Plan;
use super::webhook::id_of;
use crate::control::Request;

#[derive(Debug, Subcommand)]
pub(super) enum RecordCommand {
    /// List the records of an object by id, highest first: the newest, unless ids were chosen by programs
    #[command(after_help = "Example:\n  hookgate record list Contact --limit 10")]
    List {
        /// The object's code
        object: String,
        /// How many, at most 1000
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
        /// Only records before this one, as the list before names it
        #[arg(long, value_name = "ID", value_parser = record_id)]
        before: Option<Uuid>,
    },
    /// Show a record, with the names of what its lookups refer to
    #[command(after_help = "Example:\n  hookgate record show Contact 019aaf2c-5d1e-7c3a-9b1f-0a8b6d3c2e11")]
    Show {
        /// The object's code
        object: String,
        /// The record's id
        #[arg(value_parser = record_id)]
        id: Uuid,
    },
}

pub(super) fn plan(command: RecordCommand) -> Plan {
    Plan::Ask(match command {
        RecordCommand::List { object, limit, before } => Request::RecordList {
            object,
            before,
            limit: usize::from(limit),
        },
        RecordCommand::Show { object, id } => Request::RecordShow { object, id },
    })
}

fn record_id(text: &str) -> Result<Uuid, String> {
    id_of(text, "'hookgate record list' shows the ids of records")
}
