//! `hookgate signing-key`.

use clap::Subcommand;

use super::session::Plan;
use crate::control::Request;

#[derive(Debug, Subcommand)]
pub(super) enum SigningKeyCommand {
    /// List the keys, and what each does now
    #[command(after_help = "Example:\n  hookgate signing-key list")]
    List,
}

pub(super) fn plan(command: &SigningKeyCommand) -> Plan {
    Plan::Ask(match command {
        SigningKeyCommand::List => Request::SigningKeyList,
    })
}
