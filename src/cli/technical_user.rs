//! `hookgate technical-user`.

use clap::Subcommand;

use super::CliError;
use super::args::switch;
use super::session::Plan;
use crate::control::Request;
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
    Ok(Plan::Ask(match command {
        TechnicalUserCommand::Add { code, name } => Request::TechnicalUserAdd { code, name },
        TechnicalUserCommand::List => Request::TechnicalUserList,
        TechnicalUserCommand::Show { code } => Request::TechnicalUserShow { code },
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
            Request::TechnicalUserSet { code, edit }
        }
        TechnicalUserCommand::Enable { code } => activate(code, true),
        TechnicalUserCommand::Disable { code } => activate(code, false),
    }))
}

fn activate(code: String, active: bool) -> Request {
    let edit = TechnicalUserEdit {
        enabled: Some(active),
        ..TechnicalUserEdit::default()
    };
    Request::TechnicalUserSet { code, edit }
}
