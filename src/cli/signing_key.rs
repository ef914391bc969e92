//! `hookgate signing-key`.

use clap::Subcommand;
use serde_json::json;

use super::ask::{Ask, get, post};
use super::session::Plan;
use super::{CliError, render};

#[derive(Debug, Subcommand)]
pub(super) enum SigningKeyCommand {
    /// List the signing keys and their states
    #[command(after_help = "Example:\n  hookgate signing-key list")]
    List,
    /// Create new keys before they are due
    ///
    /// The new keys are published now and sign one day later, when all programs that verify tokens
    /// have read them. With --now they sign immediately and the old ones are removed: all existing
    /// tokens become invalid. Use this if a key was exposed.
    #[command(
        after_help = "Examples:\n  hookgate signing-key rotate\n  hookgate signing-key rotate --now\n  \
        hookgate signing-key rotate --now --yes    # in a script"
    )]
    Rotate {
        /// Sign with the new keys immediately; all existing tokens become invalid
        #[arg(long)]
        now: bool,
        /// Do not ask for confirmation
        #[arg(long, requires = "now")]
        yes: bool,
    },
}

pub(super) fn plan(command: &SigningKeyCommand) -> Result<Plan, CliError> {
    let rotate = |now: bool| post(&["signing-keys", "rotate"]).body(&json!({"now": now}));
    let shown = |ask: Ask| ask.listed(render::identity::signing_keys);
    Ok(match *command {
        SigningKeyCommand::List => Plan::Ask(shown(get(&["signing-keys"]))),
        SigningKeyCommand::Rotate { now: false, .. } => Plan::Ask(shown(rotate(false)?)),
        SigningKeyCommand::Rotate { now: true, yes } => Plan::Confirmed {
            question: "Sign with new keys now and revoke all existing tokens?".to_owned(),
            yes,
            ask: shown(rotate(true)?),
        },
    })
}
