//! `hookgate setting`.

use clap::Subcommand;

use super::session::Plan;
use crate::control::Request;

#[derive(Debug, Subcommand)]
pub(super) enum SettingCommand {
    /// List all system settings; secrets are hidden
    #[command(after_help = "Example:\n  hookgate setting list")]
    List,
    /// Show a system setting
    #[command(after_help = "Examples:\n  hookgate setting show IdentityServerUrl\n  \
        hookgate setting show IdentityServerClientSecret --reveal")]
    Show {
        /// Its code
        code: String,
        /// Show a secret in the clear
        #[arg(long)]
        reveal: bool,
    },
}

pub(super) fn plan(command: SettingCommand) -> Plan {
    Plan::Ask(match command {
        SettingCommand::List => Request::SettingList,
        SettingCommand::Show { code, reveal } => Request::SettingShow { code, reveal },
    })
}
