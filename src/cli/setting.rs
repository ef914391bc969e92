//! `hookgate setting`.

use clap::Subcommand;

use super::ask::{get, post};
use super::render;
use super::session::Plan;

#[derive(Debug, Subcommand)]
pub(super) enum SettingCommand {
    /// List all system settings; secrets are hidden
    #[command(after_help = "Example:\n  hookgate setting list")]
    List,
    /// Show a system setting
    #[command(after_help = "Examples:\n  hookgate setting show IdentityServerUrl\n  \
        hookgate setting show IdentityServerClientSecret --reveal")]
    Show {
        /// The code of the setting
        code: String,
        /// Show a secret unmasked
        #[arg(long)]
        reveal: bool,
    },
}

pub(super) fn plan(command: SettingCommand) -> Plan {
    Plan::Ask(match command {
        SettingCommand::List => get(&["settings"]).listed(render::identity::settings),
        SettingCommand::Show { code, reveal: true } => {
            post(&["settings", &code, "reveal"]).shown(render::identity::setting)
        }
        SettingCommand::Show { code, reveal: false } => get(&["settings", &code]).shown(render::identity::setting),
    })
}
