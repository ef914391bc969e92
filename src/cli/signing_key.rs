//! `hookgate signing-key`.

use clap::Subcommand;
use serde_json::json;

use super::ask::{Ask, get, post};
use super::session::Plan;
use super::{CliError, render};

#[derive(Debug, Subcommand)]
pub(super) enum SigningKeyCommand {
    /// List the keys, and what each does now
    #[command(after_help = "Example:\n  hookgate signing-key list")]
    List,
    /// Make new keys before they are due
    ///
    /// The new keys are published now and sign a day later, when everybody who checks tokens has
    /// read them. With --now they sign at once and the old ones are gone: every token of before
    /// is void. That is for a key that got into wrong hands.
    #[command(
        after_help = "Examples:\n  hookgate signing-key rotate\n  hookgate signing-key rotate --now\n  \
        hookgate signing-key rotate --now --yes    # in a script"
    )]
    Rotate {
        /// Sign with them at once; every token of before is void
        #[arg(long)]
        now: bool,
        /// Do not ask before
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
            question: "Sign with new keys now and end every token of before?".to_owned(),
            yes,
            ask: shown(rotate(true)?),
        },
    })
}
