//! `hookgate entity`.

use clap::Subcommand;

use super::session::Plan;
use crate::control::Request;

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
    Plan::Ask(match command {
        EntityCommand::List => Request::EntityList,
        EntityCommand::Add { object } => Request::EntitySet {
            object,
            registered: true,
        },
        EntityCommand::Remove { object } => Request::EntitySet {
            object,
            registered: false,
        },
    })
}
