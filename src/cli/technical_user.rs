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
    /// Make a technical user; it may do nothing until that is granted
    #[command(
        after_help = "Examples:\n  hookgate technical-user add Reports --name 'Reads for the reports'\n  \
        hookgate technical-user set Reports --odata on\n  hookgate grant Contact --read --user Reports"
    )]
    Add {
        /// Its code: Latin letters and digits
        code: String,
        /// What people read; its code if left out
        #[arg(long)]
        name: Option<String>,
    },
    /// List all technical users
    #[command(after_help = "Example:\n  hookgate technical-user list")]
    List,
    /// Show a technical user with its clients and permissions
    #[command(after_help = "Example:\n  hookgate technical-user show WebhookService")]
    Show {
        /// Its code
        code: String,
    },
    /// Change its name, or whether its clients may use OData
    #[command(after_help = "Example:\n  hookgate technical-user set Reports --odata on")]
    Set {
        /// Its code
        code: String,
        /// What people read
        #[arg(long)]
        name: Option<String>,
        /// Let its clients use OData, or no more
        #[arg(long, value_name = "on|off", value_parser = switch)]
        odata: Option<bool>,
    },
    /// Let its clients get tokens again, and webhooks make records in its name
    #[command(after_help = "Example:\n  hookgate technical-user enable Reports")]
    Enable {
        /// Its code
        code: String,
    },
    /// End the tokens of its clients, at once, and give them no more; webhooks make no records in its name
    #[command(after_help = "Example:\n  hookgate technical-user disable Reports")]
    Disable {
        /// Its code
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
                    "nothing to change; 'hookgate technical-user set --help' shows what there is",
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
