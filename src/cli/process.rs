//! `hookgate process`.

use clap::Subcommand;
use serde_json::json;

use super::ask::{get, put};
use super::session::Plan;
use super::{CliError, render};

#[derive(Debug, Subcommand)]
pub(super) enum ProcessCommand {
    /// List all processes
    #[command(after_help = "Example:\n  hookgate process list")]
    List,
    /// Enable a process
    #[command(after_help = "Example:\n  hookgate process enable CreateRecords")]
    Enable {
        /// The code of the process
        process: String,
    },
    /// Disable a process: webhooks are stored, but no records are created
    #[command(after_help = "Example:\n  hookgate process disable CreateRecords")]
    Disable {
        /// The code of the process
        process: String,
    },
}

pub(super) fn plan(command: ProcessCommand) -> Result<Plan, CliError> {
    let ask = match command {
        ProcessCommand::List => get(&["processes"]),
        ProcessCommand::Enable { process } => put(&["processes", &process]).body(&json!({"enabled": true}))?,
        ProcessCommand::Disable { process } => put(&["processes", &process]).body(&json!({"enabled": false}))?,
    };
    Ok(Plan::Ask(ask.listed(render::configuration::processes)))
}
