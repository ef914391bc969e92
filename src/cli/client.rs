//! `hookgate client`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;
use uuid::Uuid;

use super::args::{OverlapArgs, switch};
use super::ask::{Ask, delete, get, patch, post, put};
use super::input::file_read;
use super::session::Plan;
use super::source::edited;
use super::{CliError, render};
use crate::domain::signing_key::Algorithm;
use crate::manage::client::ClientEdit;

/// The longest file of keys that is read.
const MAX_KEYS: u64 = 64 * 1024;

#[derive(Debug, Subcommand)]
pub(super) enum ClientCommand {
    /// Make a client and show its client id and secret, the secret this once
    #[command(after_help = "Examples:\n  hookgate client add Reports --user Reports\n  \
        hookgate client add 'Order form' --user WebhookService --scope webhook:send --allow 10.0.0.0/8\n\n\
        The technical user decides what the client may do with records: 'hookgate technical-user add' makes one, \
        'hookgate grant' lets it. Unless a scope is named, tokens are for OData, which the technical user must be \
        allowed: 'hookgate technical-user set Reports --odata on'. What is missing for it is in the answer.")]
    Add {
        /// The name of the program
        name: String,
        #[command(flatten)]
        settings: ClientArgs,
    },
    /// List all clients
    #[command(after_help = "Example:\n  hookgate client list")]
    List,
    /// Show a client, without its secret
    #[command(after_help = "Example:\n  hookgate client show Reports")]
    Show {
        /// Its name or client id
        name: String,
    },
    /// Change what a client may and how its tokens are made; what is not named stays
    #[command(after_help = "Examples:\n  hookgate client set Reports --lifetime 600\n  \
        hookgate client set Reports --scope odata --scope token:introspect --no-allow")]
    Set {
        /// Its name or client id
        name: String,
        #[command(flatten)]
        settings: ClientArgs,
        /// Take the Application URL away
        #[arg(long, conflicts_with = "url")]
        no_url: bool,
        /// Take the description away
        #[arg(long, conflicts_with = "description")]
        no_description: bool,
        /// Take all scopes away
        #[arg(long, conflicts_with = "scope")]
        no_scope: bool,
        /// Give tokens to all addresses
        #[arg(long, conflicts_with = "allow")]
        no_allow: bool,
    },
    /// Give tokens again
    #[command(after_help = "Example:\n  hookgate client enable Reports")]
    Enable {
        /// Its name or client id
        name: String,
    },
    /// End its tokens, at once, and give no more
    #[command(after_help = "Example:\n  hookgate client disable Reports")]
    Disable {
        /// Its name or client id
        name: String,
    },
    /// Delete a client; its tokens end at once
    #[command(
        after_help = "Examples:\n  hookgate client delete Reports\n  hookgate client delete Reports --yes    # in a script"
    )]
    Delete {
        /// Its name or client id
        name: String,
        /// Do not ask before
        #[arg(long)]
        yes: bool,
    },
    /// Make a new secret and show it, this once; the old one is taken for some more time
    #[command(after_help = "Examples:\n  hookgate client rotate-secret Reports\n  \
        hookgate client rotate-secret Reports --overlap 0    # the old secret has leaked\n\n\
        Two secrets are taken side by side. While one of before is still taken, another new one would end it before \
        its time, so this is refused without --force; --overlap 0 ends all at once and is never refused.")]
    RotateSecret {
        /// Its name or client id
        name: String,
        #[command(flatten)]
        overlap: OverlapArgs,
    },
    /// Take a secret no more
    #[command(
        after_help = "Example:\n  hookgate client remove-secret Reports 019aaf2c-5d1e-7c3a-9b1f-0a8b6d3c2e11\n\n\
        'hookgate client show' has the ids of secrets."
    )]
    RemoveSecret {
        /// Its name or client id
        name: String,
        /// The id of the secret
        #[arg(value_parser = secret_id)]
        secret: Uuid,
    },
    /// Replace the public keys with which a client signs its assertions
    #[command(after_help = "Examples:\n  hookgate client set-keys Reports keys.json\n  \
        curl -s https://reports.example.com/jwks.json | hookgate client set-keys Reports -\n\n\
        For private_key_jwt (RFC 7523). The file is a JWK set, {\"keys\": […]}, of EC keys on P-256 and RSA keys of 2048 bits or more, \
        public parts only. Without keys in it, all are taken away.")]
    SetKeys {
        /// Its name or client id
        name: String,
        /// The file, or - for standard input
        file: PathBuf,
    },
    /// End all tokens of a client; it can get new ones
    #[command(after_help = "Example:\n  hookgate client end-tokens Reports")]
    EndTokens {
        /// Its name or client id
        name: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct ClientArgs {
    /// The code of the technical user in whose name it acts
    #[arg(long, value_name = "CODE")]
    user: Option<String>,
    /// What its tokens may be used for: odata, webhook:send, token:introspect, metrics:read, api or api:admin; repeat it for more
    #[arg(long, value_name = "SCOPE")]
    scope: Vec<String>,
    /// An address or network from which tokens may be fetched, such as 10.0.0.0/8; repeat it for more
    #[arg(long, value_name = "ADDRESS")]
    allow: Vec<String>,
    /// Where the program is found, its Application URL
    #[arg(long)]
    url: Option<String>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// How its tokens are signed: ES256 or RS256
    #[arg(long)]
    algorithm: Option<Algorithm>,
    /// Seconds that its tokens live
    #[arg(long, value_name = "SECONDS")]
    lifetime: Option<u32>,
    /// Take assertions whose audience is the token endpoint, as older libraries make them
    #[arg(long, value_name = "on|off", value_parser = switch)]
    endpoint_audience: Option<bool>,
}

/// Settings that are removed.
#[derive(Debug, Default)]
struct Without {
    url: bool,
    description: bool,
    scope: bool,
    allow: bool,
}

fn secret_id(text: &str) -> Result<Uuid, String> {
    super::webhook::id_of(text, "'hookgate client show' has the ids of secrets")
}

pub(super) fn plan(command: ClientCommand) -> Result<Plan, CliError> {
    let ask = match command {
        ClientCommand::Add { name, settings } => {
            post(&["clients"]).named(&name, &edit(settings, &Without::default()))?
        }
        ClientCommand::List => return Ok(Plan::Ask(get(&["clients"]).listed(render::identity::clients))),
        ClientCommand::Show { name } => get(&["clients", &name]),
        ClientCommand::Set {
            name,
            settings,
            no_url: url,
            no_description: description,
            no_scope: scope,
            no_allow: allow,
        } => {
            let without = Without {
                url,
                description,
                scope,
                allow,
            };
            let edit = edit(settings, &without);
            if edit == ClientEdit::default() {
                return Err(CliError::usage(
                    "nothing to change; 'hookgate client set --help' shows what there is",
                ));
            }
            patch(&["clients", &name]).body(&edit)?
        }
        ClientCommand::Enable { name } => switched(&name, true)?,
        ClientCommand::Disable { name } => switched(&name, false)?,
        ClientCommand::Delete { name, yes } => {
            return Ok(Plan::Confirmed {
                question: format!("Delete the client {name} and end its tokens?"),
                yes,
                ask: delete(&["clients", &name]).shown(render::identity::client_deleted),
            });
        }
        ClientCommand::RotateSecret { name, overlap } => {
            post(&["clients", &name, "secrets"]).body(&overlap.overlap())?
        }
        ClientCommand::RemoveSecret { name, secret } => delete(&["clients", &name, "secrets", &secret.to_string()]),
        ClientCommand::SetKeys { name, file } => {
            let jwks = file_read(&file, MAX_KEYS, "a client has few keys")?;
            put(&["clients", &name, "keys"]).body(&json!({"jwks": jwks}))?
        }
        ClientCommand::EndTokens { name } => post(&["clients", &name, "end-tokens"]),
    };
    Ok(Plan::Ask(ask.shown(render::identity::client)))
}

fn switched(name: &str, enabled: bool) -> Result<Ask, CliError> {
    let edit = ClientEdit {
        enabled: Some(enabled),
        ..ClientEdit::default()
    };
    patch(&["clients", name]).body(&edit)
}

fn edit(settings: ClientArgs, without: &Without) -> ClientEdit {
    let some = |list: Vec<String>| Some(list).filter(|list| !list.is_empty());
    ClientEdit {
        enabled: None,
        application_url: edited(settings.url, without.url),
        description: edited(settings.description, without.description),
        user: edited(settings.user, false),
        scopes: edited(some(settings.scope), without.scope),
        allowed_addresses: edited(some(settings.allow), without.allow),
        algorithm: edited(settings.algorithm, false),
        token_lifetime: edited(settings.lifetime, false),
        endpoint_audience: edited(settings.endpoint_audience, false),
    }
}
