//! `hookgate task`.

use clap::Subcommand;

use super::ask::{get, post};
use super::render;
use super::session::Plan;
use crate::domain::task::TaskId;

#[derive(Debug, Subcommand)]
pub(super) enum TaskCommand {
    /// List running and recent tasks
    #[command(after_help = "Example:\n  hookgate task list")]
    List,
    /// Show one task
    #[command(after_help = "Example:\n  hookgate task show 7")]
    Show {
        /// The number of the task
        id: TaskId,
    },
    /// Cancel a task before its next step; completed steps are kept
    #[command(after_help = "Example:\n  hookgate task cancel 7")]
    Cancel {
        /// The number of the task
        id: TaskId,
    },
}

pub(super) fn plan(command: &TaskCommand) -> Plan {
    Plan::Ask(match *command {
        TaskCommand::List => get(&["tasks"]).listed(render::task::tasks),
        TaskCommand::Show { id } => get(&["tasks", &id.to_string()]).shown(render::task::task),
        TaskCommand::Cancel { id } => post(&["tasks", &id.to_string(), "cancel"]).shown(render::task::task),
    })
}
