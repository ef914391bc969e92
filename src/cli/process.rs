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

pub(super) fn plan(command: ProcessCommand) -> Result<Plan, CliError> {
    let ask = match command {
        ProcessCommand::List => get(&["processes"]),
        ProcessCommand::Enable { process } => put(&["processes", &process]).body(&json!({"enabled": true}))?,
        ProcessCommand::Disable { process } => put(&["processes", &process]).body(&json!({"enabled": false}))?,
    };
    Ok(Plan::Ask(ask.listed(render::configuration::processes)))
}
