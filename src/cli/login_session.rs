//! `hookgate session`.

use clap::Subcommand;

use super::CliError;
use super::session::Plan;
use crate::control::Request;

#[derive(Debug, Subcommand)]
pub(super) enum SessionCommand {
    /// List who is logged in to the admin page
    #[command(after_help = "Examples:\n  hookgate session list\n  hookgate session list --user anna")]
    List {
        /// Only sessions of this user
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
    },
    /// End a session, or all sessions of a user
    #[command(after_help = "Examples:\n  hookgate session end 5f1c0a9e77d2b3c4\n  hookgate session end --user anna")]
    End {
        /// Its id, as the list shows it
        id: Option<String>,
        /// All sessions of this user
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
    },
}

pub(super) fn plan(command: SessionCommand) -> Result<Plan, CliError> {
    Ok(Plan::Ask(match command {
        SessionCommand::List { user } => Request::SessionList { user },
        SessionCommand::End { id: None, user: None } => {
            return Err(CliError::usage("name a session by its id, or a user with --user"));
        }
        SessionCommand::End { id, user } => Request::SessionEnd { user, id },
    }))
}
