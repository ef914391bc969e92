//! `hookgate process`.

use clap::Subcommand;

use super::session::Plan;
use crate::control::Request;

#[derive(Debug, Subcommand)]
pub(super) enum ProcessCommand {
    /// List all processes
    #[command(after_help = "Example:\n  hookgate process list")]
    List,
    /// Switch a process on
    #[command(after_help = "Example:\n  hookgate process enable CreateRecords")]
    Enable {
        /// Its code
        process: String,
    },
    /// Switch a process off: webhooks stay stored, no records are made
    #[command(after_help = "Example:\n  hookgate process disable CreateRecords")]
    Disable {
        /// Its code
        process: String,
    },
}

pub(super) fn plan(command: ProcessCommand) -> Plan {
    Plan::Ask(match command {
        ProcessCommand::List => Request::ProcessList,
        ProcessCommand::Enable { process } => Request::ProcessSet { process, enabled: true },
        ProcessCommand::Disable { process } => Request::ProcessSet {
            process,
            enabled: false,
        },
    })
}
