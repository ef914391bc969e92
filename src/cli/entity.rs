//! `hookgate entity`.

use clap::Subcommand;

use super::ask::{delete, get, put};
use super::render;
use super::session::Plan;

#[derive(Debug, Subcommand)]
pub(super) enum EntityCommand {
    /// List the Webhook entities
    #[command(after_help = "Example:\n  hookgate entity list")]
    List,
    /// Add an object to the Webhook entities, so that webhooks can create its records
    #[command(after_help = "Example:\n  hookgate entity add Account\n  hookgate grant Account --create")]
    Add {
        /// The object's code
        object: String,
    },
    /// Remove an object from the Webhook entities; its records stay
    #[command(after_help = "Example:\n  hookgate entity remove Account")]
    Remove {
        /// The object's code
        object: String,
    },
}

pub(super) fn plan(command: EntityCommand) -> Plan {
    let ask = match command {
        EntityCommand::List => get(&["entities"]),
        EntityCommand::Add { object } => put(&["entities", &object]),
        EntityCommand::Remove { object } => delete(&["entities", &object]),
    };
    Plan::Ask(ask.listed(render::configuration::entities))
}
