//! `hookgate entity`.

use clap::Subcommand;

use super::ask::{delete, get, put};
use super::render;
use super::session::Plan;

#[derive(Debug, Subcommand)]
pub(super) enum EntityCommand {
    /// List the objects that webhooks may become
    #[command(after_help = "Example:\n  hookgate entity list")]
    List,
    /// Let webhooks become records of an object
    #[command(after_help = "Example:\n  hookgate entity add Account\n  hookgate grant Account --create")]
    Add {
        /// The object's code
        object: String,
    },
    /// Let webhooks not become records of an object any more; its records stay
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
