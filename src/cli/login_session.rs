//! `hookgate session`.

use clap::Subcommand;
use serde_json::json;

use super::ask::{delete, get};
use super::session::Plan;
use super::{CliError, render};

#[derive(Debug, Subcommand)]
pub(super) enum SessionCommand {
    /// List the users who are logged in to the admin page
    #[command(after_help = "Examples:\n  hookgate session list\n  hookgate session list --user anna")]
    List {
        /// Only sessions of this user
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
    },
    /// End a session, or all sessions of a user
    #[command(after_help = "Examples:\n  hookgate session end 5f1c0a9e77d2b3c4\n  hookgate session end --user anna")]
    End {
        /// The id of the session from the list
        id: Option<String>,
        /// All sessions of this user
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
    },
}

pub(super) fn plan(command: SessionCommand) -> Result<Plan, CliError> {
    let ask = match command {
        SessionCommand::List { user } => {
            let ask = get(&["login-sessions"]).query(&json!({"user": user}))?;
            return Ok(Plan::Ask(ask.listed(render::people::sessions)));
        }
        SessionCommand::End { id: Some(id), .. } => delete(&["login-sessions", &id]),
        SessionCommand::End {
            id: None,
            user: Some(user),
        } => delete(&["login-sessions"]).query(&json!({"user": user}))?,
        SessionCommand::End { id: None, user: None } => {
            return Err(CliError::usage("specify the id of a session, or a user with --user"));
        }
    };
    Ok(Plan::Ask(ask.shown(render::people::sessions_ended)))
}
