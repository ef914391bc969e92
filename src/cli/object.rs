//! `hookgate object`.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;

use super::ask::{get, post};
use super::input::file_read;
use super::session::Plan;
use super::{CliError, render};

/// The longest definition that is read.
const MAX_DEFINITION: u64 = 24 * 1024 * 1024;

#[derive(Debug, Subcommand)]
pub(super) enum ObjectCommand {
    /// List all objects
    #[command(after_help = "Example:\n  hookgate object list")]
    List,
    /// Show an object and its columns
    #[command(after_help = "Example:\n  hookgate object show Contact")]
    Show {
        /// Its code
        object: String,
    },
    /// Add and change objects, columns, lookup values and entities from a JSON definition
    #[command(after_help = "Examples:\n  hookgate object apply booking.json --dry-run\n  \
        hookgate object export Contact | hookgate object apply -\n\n\
        A definition, of which every part may be left out:\n  \
        {\"objects\": [{\"code\": \"UsrBooking\", \"caption\": \"Booking\", \"columns\": [\n    \
        {\"code\": \"Name\", \"type\": \"text(250)\", \"required\": true, \"indexed\": true},\n    \
        {\"code\": \"Country\", \"type\": \"lookup(Country)\"}]}],\n   \
        \"values\": [{\"object\": \"Region\", \"name\": \"Ontario\"}],\n   \
        \"entities\": [\"UsrBooking\"]}\n\n\
        Programs filter quickly by indexed columns, and by lookups, which always are indexed.\n\
        Applying adds and changes, it never removes an object, a column or a value. What exists\n\
        keeps what is left out: {\"code\": \"Name\", \"indexed\": true} changes nothing but the index of\n\
        a column. null or false takes required, default and an index away; a caption that is null\n\
        becomes the code again. A new column needs a type. Applied again, it changes nothing.")]
    Apply {
        /// The file, or - for standard input
        file: PathBuf,
        /// Only show what would change
        #[arg(long)]
        dry_run: bool,
    },
    /// Print the definition of objects and of the values of lookups
    #[command(
        after_help = "Examples:\n  hookgate object export > objects.json\n  hookgate object export Contact Country"
    )]
    Export {
        /// Codes of objects; all if none is named
        objects: Vec<String>,
    },
}

pub(super) fn plan(command: ObjectCommand) -> Result<Plan, CliError> {
    Ok(Plan::Ask(match command {
        ObjectCommand::List => get(&["objects"]).listed(render::configuration::objects),
        ObjectCommand::Show { object } => get(&["objects", &object]).shown(render::configuration::object),
        ObjectCommand::Apply { file, dry_run } => post(&["definition"])
            .query(&json!({"dry_run": dry_run}))?
            .text(file_read(&file, MAX_DEFINITION, "apply it in parts")?)
            .shown(render::configuration::applied),
        ObjectCommand::Export { objects } => {
            let named = (!objects.is_empty()).then(|| objects.join(","));
            get(&["definition"]).query(&json!({"objects": named}))?
        }
    }))
}
