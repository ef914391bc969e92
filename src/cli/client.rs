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
    /// Add a client and show its client ID and secret; the secret is shown only once
    #[command(after_help = "Examples:\n  hookgate client add Reports --user Reports\n  \
        hookgate client add 'Order form' --user WebhookService --scope webhook:send --allow 10.0.0.0/8\n\n\
        The technical user determines what the client may do with records: add one with 'hookgate technical-user add' \
        and grant permissions with 'hookgate grant'. Without --scope, tokens are for OData, which must be allowed for \
        the technical user: 'hookgate technical-user set Reports --odata on'. The output shows what is still missing.")]
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
        /// The client's name or client ID
        name: String,
    },
    /// Edit the permissions and tokens of a client; options that are not specified stay unchanged
    #[command(after_help = "Examples:\n  hookgate client set Reports --lifetime 600\n  \
        hookgate client set Reports --scope odata --scope token:introspect --no-allow")]
    Set {
        /// The client's name or client ID
        name: String,
        #[command(flatten)]
        settings: ClientArgs,
        /// Remove the Application URL
        #[arg(long, conflicts_with = "url")]
        no_url: bool,
        /// Remove the description
        #[arg(long, conflicts_with = "description")]
        no_description: bool,
        /// Remove all scopes
        #[arg(long, conflicts_with = "scope")]
        no_scope: bool,
        /// Allow token requests from all addresses
        #[arg(long, conflicts_with = "allow")]
        no_allow: bool,
    },
    /// Enable a client: it can get tokens again
    #[command(after_help = "Example:\n  hookgate client enable Reports")]
    Enable {
        /// The client's name or client ID
        name: String,
    },
    /// Disable a client: its tokens are revoked immediately, and it gets no new ones
    #[command(after_help = "Example:\n  hookgate client disable Reports")]
    Disable {
        /// The client's name or client ID
        name: String,
    },
    /// Delete a client; its tokens are revoked immediately
    #[command(
        after_help = "Examples:\n  hookgate client delete Reports\n  hookgate client delete Reports --yes    # in a script"
    )]
    Delete {
        /// The client's name or client ID
        name: String,
        /// Do not ask for confirmation
        #[arg(long)]
        yes: bool,
    },
    /// Create a new secret and show it once; the previous one stays valid for some time
    #[command(after_help = "Examples:\n  hookgate client rotate-secret Reports\n  \
        hookgate client rotate-secret Reports --overlap 0    # if the old secret has leaked\n\n\
        Two secrets can be valid at once. While the previous one is still valid, another rotation would revoke it \
        before its announced time, so it is rejected without --force. --overlap 0 revokes all previous ones \
        immediately and is never rejected.")]
    RotateSecret {
        /// The client's name or client ID
        name: String,
        #[command(flatten)]
        overlap: OverlapArgs,
    },
    /// Revoke a secret
    #[command(
        after_help = "Example:\n  hookgate client remove-secret Reports 019aaf2c-5d1e-7c3a-9b1f-0a8b6d3c2e11\n\n\
        'hookgate client show' lists the ids of secrets."
    )]
    RemoveSecret {
        /// The client's name or client ID
        name: String,
        /// The id of the secret
        #[arg(value_parser = secret_id)]
        secret: Uuid,
    },
    /// Replace the public keys that verify the assertions of a client
    #[command(after_help = "Examples:\n  hookgate client set-keys Reports keys.json\n  \
        curl -s https://reports.example.com/jwks.json | hookgate client set-keys Reports -\n\n\
        For private_key_jwt (RFC 7523). The file is a JWK set, {\"keys\": […]}, of EC keys on P-256 and RSA keys of \
        2048 bits or more, public parts only. A set without keys removes all keys of the client.")]
    SetKeys {
        /// The client's name or client ID
        name: String,
        /// The file, or - for standard input
        file: PathBuf,
    },
    /// Revoke all tokens of a client; it can get new ones
    #[command(after_help = "Example:\n  hookgate client end-tokens Reports")]
    EndTokens {
        /// The client's name or client ID
        name: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct ClientArgs {
    /// The code of the technical user that the client acts as
    #[arg(long, value_name = "CODE")]
    user: Option<String>,
    /// A scope of its tokens: odata, webhook:send, token:introspect, metrics:read, api or api:admin; can be repeated
    #[arg(long, value_name = "SCOPE")]
    scope: Vec<String>,
    /// An address or network that may request tokens, such as 10.0.0.0/8; can be repeated
    #[arg(long, value_name = "ADDRESS")]
    allow: Vec<String>,
    /// The Application URL of the program
    #[arg(long)]
    url: Option<String>,
    /// What the client is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// The signing algorithm of its tokens: ES256 or RS256
    #[arg(long)]
    algorithm: Option<Algorithm>,
    /// Token lifetime in seconds
    #[arg(long, value_name = "SECONDS")]
    lifetime: Option<u32>,
    /// Also accept the token endpoint as the audience of assertions, as older libraries send it
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
    super::webhook::id_of(text, "'hookgate client show' lists the ids of secrets")
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
                    "nothing to change; 'hookgate client set --help' lists the options",
                ));
            }
            patch(&["clients", &name]).body(&edit)?
        }
        ClientCommand::Enable { name } => switched(&name, true)?,
        ClientCommand::Disable { name } => switched(&name, false)?,
        ClientCommand::Delete { name, yes } => {
            return Ok(Plan::Confirmed {
                question: format!("Delete the client {name} and revoke its tokens?"),
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
