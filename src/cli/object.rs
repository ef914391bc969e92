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
        /// The object's code
        object: String,
    },
    /// Add and change objects, columns, lookup values and entities from a JSON definition
    #[command(after_help = "Examples:\n  hookgate object apply booking.json --dry-run\n  \
        hookgate object export Contact | hookgate object apply -\n\n\
        Example of a definition; every part is optional:\n  \
        {\"objects\": [{\"code\": \"UsrBooking\", \"caption\": \"Booking\", \"columns\": [\n    \
        {\"code\": \"Name\", \"type\": \"text(250)\", \"required\": true, \"indexed\": true},\n    \
        {\"code\": \"Country\", \"type\": \"lookup(Country)\"}]}],\n   \
        \"values\": [{\"object\": \"Region\", \"name\": \"Ontario\"}],\n   \"entities\": [\"UsrBooking\"]}\n\n\
        Programs filter quickly by indexed columns and by lookups, which are always indexed.\n\
        Applying a definition adds and changes things; it never removes an object, a column or a\n\
        value. Keys that are left out stay unchanged: {\"code\": \"Name\", \"indexed\": true} changes\n\
        only the index of a column. null or false removes required, default or an index; null\n\
        resets a caption to the code. A new column needs a type. Applying the same definition\nagain changes nothing.")]
    Apply {
        /// The file, or - for standard input
        file: PathBuf,
        /// Only show what would change, without applying it
        #[arg(long)]
        dry_run: bool,
    },
    /// Print the definition of objects and lookup values
    #[command(
        after_help = "Examples:\n  hookgate object export > objects.json\n  hookgate object export Contact Country"
    )]
    Export {
        /// Codes of objects; all objects if none is specified
        objects: Vec<String>,
    },
}

pub(super) fn plan(command: ObjectCommand) -> Result<Plan, CliError> {
    Ok(Plan::Ask(match command {
        ObjectCommand::List => get(&["objects"]).listed(render::configuration::objects),
        ObjectCommand::Show { object } => get(&["objects", &object]).shown(render::configuration::object),
        ObjectCommand::Apply { file, dry_run } => post(&["definition"])
            .query(&json!({"dry_run": dry_run}))?
            .text(file_read(&file, MAX_DEFINITION, "apply it in several parts")?)
            .shown(render::configuration::applied),
        ObjectCommand::Export { objects } => {
            let named = (!objects.is_empty()).then(|| objects.join(","));
            get(&["definition"]).query(&json!({"objects": named}))?
        }
    }))
}
