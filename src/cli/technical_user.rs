//! `hookgate technical-user`.

use clap::Subcommand;
use serde_json::json;

use super::args::switch;
use super::ask::{Ask, get, patch, post};
use super::session::Plan;
use super::{CliError, render};
use crate::manage::technical_user::TechnicalUserEdit;

#[derive(Debug, Subcommand)]
pub(super) enum TechnicalUserCommand {
    /// Add a technical user; it has no permissions until they are granted
    #[command(
        after_help = "Examples:\n  hookgate technical-user add Reports --name 'Reads records for reports'\n  \
        hookgate technical-user set Reports --odata on\n  hookgate grant Contact --read --user Reports"
    )]
    Add {
        /// Its code: Latin letters and digits
        code: String,
        /// Its display name; the code if omitted
        #[arg(long)]
        name: Option<String>,
    },
    /// List all technical users
    #[command(after_help = "Example:\n  hookgate technical-user list")]
    List,
    /// Show a technical user with its clients and permissions
    #[command(after_help = "Example:\n  hookgate technical-user show WebhookService")]
    Show {
        /// The technical user's code
        code: String,
    },
    /// Edit a technical user: its name, or whether its clients may use OData
    #[command(after_help = "Example:\n  hookgate technical-user set Reports --odata on")]
    Set {
        /// The technical user's code
        code: String,
        /// Its display name
        #[arg(long)]
        name: Option<String>,
        /// Allow or deny OData for its clients
        #[arg(long, value_name = "on|off", value_parser = switch)]
        odata: Option<bool>,
    },
    /// Enable a technical user: its clients can get tokens, and webhooks can create records as this user
    #[command(after_help = "Example:\n  hookgate technical-user enable Reports")]
    Enable {
        /// The technical user's code
        code: String,
    },
    /// Disable a technical user: the tokens of its clients are revoked immediately, its clients get no new ones, and webhooks cannot create records as this user
    #[command(after_help = "Example:\n  hookgate technical-user disable Reports")]
    Disable {
        /// The technical user's code
        code: String,
    },
}

pub(super) fn plan(command: TechnicalUserCommand) -> Result<Plan, CliError> {
    let ask = match command {
        TechnicalUserCommand::Add { code, name } => {
            post(&["technical-users"]).body(&json!({"code": code, "name": name}))?
        }
        TechnicalUserCommand::List => {
            return Ok(Plan::Ask(get(&["technical-users"]).listed(render::identity::users)));
        }
        TechnicalUserCommand::Show { code } => get(&["technical-users", &code]),
        TechnicalUserCommand::Set { code, name, odata } => {
            let edit = TechnicalUserEdit {
                name,
                enabled: None,
                odata,
            };
            if edit == TechnicalUserEdit::default() {
                return Err(CliError::usage(
                    "nothing to change; 'hookgate technical-user set --help' lists the options",
                ));
            }
            patch(&["technical-users", &code]).body(&edit)?
        }
        TechnicalUserCommand::Enable { code } => switched(&code, true)?,
        TechnicalUserCommand::Disable { code } => switched(&code, false)?,
    };
    Ok(Plan::Ask(ask.shown(render::identity::user)))
}

fn switched(code: &str, enabled: bool) -> Result<Ask, CliError> {
    let edit = TechnicalUserEdit {
        enabled: Some(enabled),
        ..TechnicalUserEdit::default()
    };
    patch(&["technical-users", code]).body(&edit)
}
