//! OAuth clients: programs that get tokens, in the name of a technical user.

mod edit;

use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::grace_period::{ActivePredecessor, GracePeriod};
use super::odata_access::{MissingView, odata_missing};
use super::source::Edit;
use super::{Context, ManageError};
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::catalog::Catalog;
use crate::domain::change::AccessChange;
use crate::domain::client::{
    Client, ClientSettings, SCOPE_ODATA, SCOPE_WEBHOOK_SEND, TOKEN_LIFETIME, WEBHOOK_IDENTITY,
};
use crate::domain::entry::Entry;
use crate::domain::rights::WEBHOOK_SERVICE_ID;
use crate::domain::signing_key::Algorithm;
use crate::domain::time::Timestamp;
use crate::identity::client_keys_read;
use crate::secret::{SecretError, Secrets, client_id_new};

/// An OAuth client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientView {
    /// What it calls itself.
    pub client_id: String,
    /// Its secret in the clear; stands only in the answer to what made it, and never again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    pub name: String,
    /// Where the program is found.
    pub application_url: String,
    /// What it is for.
    pub description: String,
    /// Whether it gets tokens, and its tokens count.
    pub active: bool,
    /// The code of the technical user in whose name it acts.
    pub user: String,
    /// What its tokens may be used for.
    pub scopes: Vec<String>,
    /// Addresses and networks from which tokens may be fetched; empty for all.
    pub allowed_addresses: Vec<String>,
    /// How its tokens are signed.
    pub algorithm: Algorithm,
    /// Seconds that its tokens live.
    pub token_lifetime: u32,
    /// Takes assertions whose audience is the token endpoint too.
    pub endpoint_audience: bool,
    /// Its secrets that are taken now, the newest first.
    pub secrets: Vec<ClientSecretView>,
    pub keys: Vec<ClientKeyView>,
    /// When it was made.
    pub created_on: Timestamp,
    /// When it last got a token.
    pub last_used: Option<Timestamp>,
    /// When it was last refused a token, since the server started.
    #[serde(default)]
    pub last_failure: Option<ClientFailureView>,
    /// What keeps it from records, though its tokens are for OData.
    #[serde(default)]
    pub missing: Vec<MissingView>,
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientFailureView {
    pub on: Timestamp,
    pub from: IpAddr,
    /// Why, in plain words. The program was told less.
    pub reason: String,
}

/// A secret of a client; never the secret itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientSecretView {
    /// Its id, to name it.
    pub id: Uuid,
    pub hint: String,
    /// When it was made.
    pub created_on: Timestamp,
    /// From when on it is taken no more.
    pub expires_on: Option<Timestamp>,
}

/// A public key of a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientKeyView {
    pub kid: String,
    /// What it is used with.
    pub algorithm: Algorithm,
}

/// What to change on a client; an absent part stays. `Clear` brings the default back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClientEdit {
    /// Whether it gets tokens, and its tokens count; disabling it revokes them.
    pub active: Option<bool>,
    /// Where the program is found.
    pub application_url: Edit<String>,
    /// What it is for.
    pub description: Edit<String>,
    /// The code of the technical user in whose name it acts.
    pub user: Edit<String>,
    /// What its tokens may be used for; `Clear` for nothing.
    pub scopes: Edit<Vec<String>>,
    /// Addresses and networks from which tokens may be fetched; `Clear` for all.
    pub allowed_addresses: Edit<Vec<String>>,
    /// How its tokens are signed.
    pub algorithm: Edit<Algorithm>,
    /// Seconds that its tokens live.
    pub token_lifetime: Edit<u32>,
    /// Takes assertions whose audience is the token endpoint too.
    pub endpoint_audience: Edit<bool>,
}

/// Makes a client; the view has its secret, this once. Unless said otherwise its tokens are for
/// OData.
///
/// # Errors
/// When the name is taken, no technical user is named or a value cannot be taken.
pub fn client_add(context: &Context, by: Actor, name: &str, edit: ClientEdit) -> Result<ClientView, ManageError> {
    let _editing = context.edit();
    let name = edit::name_checked(name)?;
    if !matches!(edit.user, Edit::Set(_)) {
        return Err(edit::user_missing());
    }
    let settings = edit::edited(&context.ledger.catalog(), settings_new(name), edit)?;
    let client_id = client_id_new()?;
    let at = clock::now();
    let (clear, secret) = context.secrets.client_secret_new(clock::new_id(), at, false)?;
    context.ledger.commit(Entry::one(
        at,
        by,
        AccessChange::ClientAdded {
            client_id: client_id.clone(),
            settings,
            secret: Some(secret),
        },
    ))?;
    let mut view = client_show(context, &client_id)?;
    view.secret = Some(clear);
    Ok(view)
}

/// All clients, by name.
///
/// # Errors
/// When the store cannot answer.
pub fn client_list(context: &Context) -> Result<Vec<ClientView>, ManageError> {
    let catalog = context.ledger.catalog();
    let mut clients: Vec<&Arc<Client>> = catalog.clients.values().collect();
    clients.sort_by_key(|client| client.settings.name.to_lowercase());
    clients
        .into_iter()
        .map(|client| view(context, &catalog, client))
        .collect()
}

/// One client, by its name or client id.
///
/// # Errors
/// When there is none.
pub fn client_show(context: &Context, name: &str) -> Result<ClientView, ManageError> {
    let catalog = context.ledger.catalog();
    view(context, &catalog, client_named(&catalog, name)?)
}

/// Changes what a client may and how its tokens are made, enables or disables it.
///
/// # Errors
/// When there is no such client, or a value cannot be taken.
pub fn client_set(context: &Context, by: Actor, name: &str, edit: ClientEdit) -> Result<ClientView, ManageError> {
    let _editing = context.edit();
    let catalog = context.ledger.catalog();
    let client = client_named(&catalog, name)?;
    let settings = edit::edited(&catalog, client.settings.clone(), edit)?;
    client_put(context, by, client, settings)
}

/// Deletes a client, and with it its tokens; the view is what it was.
///
/// # Errors
/// When there is no such client, or Hookgate itself needs it.
pub fn client_delete(context: &Context, by: Actor, name: &str) -> Result<ClientView, ManageError> {
    let _editing = context.edit();
    let view = client_show(context, name)?;
    if is_shipped(&view.name) {
        let problem = format!("{WEBHOOK_IDENTITY} ships with Hookgate and stays; disable it instead");
        return Err(ManageError::Invalid {
            what: "client",
            problem,
        });
    }
    context.ledger.commit(Entry::one(
        clock::now(),
        by,
        AccessChange::ClientRemoved {
            client_id: view.client_id.clone(),
        },
    ))?;
    Ok(view)
}

/// Gives a client a new secret, which the view has this once; the newest old one is taken for
/// some more hours (0: not any more), others no longer.
///
/// # Errors
/// When there is no such client, the hours are too many, or an old secret would end before its
/// time.
pub fn client_secret_add(
    context: &Context,
    by: Actor,
    name: &str,
    overlap: GracePeriod,
) -> Result<ClientView, ManageError> {
    let _editing = context.edit();
    let catalog = context.ledger.catalog();
    let client = client_named(&catalog, name)?;
    let at = clock::now();
    let previous_until = overlap.until(at)?;
    overlap.ensure_free(shortened_predecessor(client, at, previous_until))?;
    let keep = is_shipped(&client.settings.name);
    let (clear, secret) = context.secrets.client_secret_new(clock::new_id(), at, keep)?;
    context.ledger.commit(Entry::one(
        at,
        by,
        AccessChange::ClientSecretAdded {
            client_id: client.client_id.clone(),
            secret,
            previous_until,
        },
    ))?;
    let mut view = client_show(context, &client.client_id)?;
    view.secret = Some(clear);
    Ok(view)
}

/// Takes a secret of a client no more.
///
/// # Errors
/// When there is no such client or secret.
pub fn client_secret_remove(context: &Context, by: Actor, name: &str, secret: Uuid) -> Result<ClientView, ManageError> {
    let catalog = context.ledger.catalog();
    let client_id = client_named(&catalog, name)?.client_id.clone();
    context.ledger.commit(Entry::one(
        clock::now(),
        by,
        AccessChange::ClientSecretRevoked {
            client_id: client_id.clone(),
            secret,
        },
    ))?;
    client_show(context, &client_id)
}

/// Replaces the public keys of a client, with which it signs its assertions, by those of a JWK
/// set (RFC 7517); one without keys takes all away.
///
/// # Errors
/// When there is no such client, or a key cannot be taken.
pub fn client_keys_set(context: &Context, by: Actor, name: &str, jwks: &str) -> Result<ClientView, ManageError> {
    let catalog = context.ledger.catalog();
    let client_id = client_named(&catalog, name)?.client_id.clone();
    let at = clock::now();
    let keys = client_keys_read(jwks, at).map_err(|error| ManageError::Invalid {
        what: "keys",
        problem: error.to_string(),
    })?;
    context.ledger.commit(Entry::one(
        at,
        by,
        AccessChange::ClientKeysSet {
            client_id: client_id.clone(),
            keys,
        },
    ))?;
    client_show(context, &client_id)
}

/// Ends all tokens that a client has; it can get new ones.
///
/// # Errors
/// When there is no such client.
pub fn client_tokens_end(context: &Context, by: Actor, name: &str) -> Result<ClientView, ManageError> {
    let catalog = context.ledger.catalog();
    let client_id = client_named(&catalog, name)?.client_id.clone();
    context.ledger.commit(Entry::one(
        clock::now(),
        by,
        AccessChange::ClientTokensRevoked {
            client_id: client_id.clone(),
        },
    ))?;
    client_show(context, &client_id)
}

/// What makes the client that ships, whose secret can be read again.
///
/// # Errors
/// When the system gives no random numbers.
pub fn client_shipped(secrets: &Secrets, at: Timestamp) -> Result<AccessChange, SecretError> {
    let (_, secret) = secrets.client_secret_new(clock::new_id(), at, true)?;
    Ok(AccessChange::ClientAdded {
        client_id: client_id_new()?,
        settings: ClientSettings {
            description: "Ships with Hookgate, which checks its tokens with it".to_owned(),
            user: WEBHOOK_SERVICE_ID,
            scopes: vec![SCOPE_WEBHOOK_SEND.to_owned()],
            ..settings_new(WEBHOOK_IDENTITY.to_owned())
        },
        secret: Some(secret),
    })
}

/// The client with this client id or name.
pub(super) fn client_named<'a>(catalog: &'a Catalog, name: &str) -> Result<&'a Arc<Client>, ManageError> {
    let client = catalog.clients.get(name).or_else(|| catalog.client_named(name));
    client.ok_or_else(|| ManageError::NotFound {
        what: "OAuth client",
        name: name.to_owned(),
        next: "'hookgate client list' shows what there is",
    })
}

/// The secret that a new one would end before the time that was promised: all but the newest go,
/// and that one too may have an end, if the one after it was taken away.
fn shortened_predecessor(
    client: &Client,
    at: Timestamp,
    previous_until: Option<Timestamp>,
) -> Option<ActivePredecessor<'_>> {
    client.secrets_at(at).enumerate().find_map(|(place, secret)| {
        let until = secret.expires_on?;
        let shorter = place > 0 || previous_until.is_some_and(|new| new < until);
        shorter.then_some(ActivePredecessor {
            what: "secret",
            hint: &secret.hint,
            until,
            lost: "programs that still use it would get 401",
        })
    })
}

fn is_shipped(name: &str) -> bool {
    name.eq_ignore_ascii_case(WEBHOOK_IDENTITY)
}

/// What a client has unless something else is said.
fn settings_new(name: String) -> ClientSettings {
    ClientSettings {
        name,
        application_url: String::new(),
        description: String::new(),
        active: true,
        user: Uuid::nil(),
        scopes: vec![SCOPE_ODATA.to_owned()],
        allowed_addresses: Vec::new(),
        algorithm: Algorithm::ES256,
        token_lifetime: TOKEN_LIFETIME,
        endpoint_audience: false,
    }
}

fn client_put(
    context: &Context,
    by: Actor,
    client: &Client,
    settings: ClientSettings,
) -> Result<ClientView, ManageError> {
    context.ledger.commit(Entry::one(
        clock::now(),
        by,
        AccessChange::ClientChanged {
            client_id: client.client_id.clone(),
            settings,
        },
    ))?;
    client_show(context, &client.client_id)
}

fn view(context: &Context, catalog: &Catalog, client: &Client) -> Result<ClientView, ManageError> {
    let ClientSettings {
        name,
        application_url,
        description,
        active,
        user,
        scopes,
        allowed_addresses,
        algorithm,
        token_lifetime,
        endpoint_audience,
    } = client.settings.clone();
    let secrets = client.secrets_at(clock::now()).map(|secret| ClientSecretView {
        id: secret.id,
        hint: secret.hint.clone(),
        created_on: secret.created_on,
        expires_on: secret.expires_on,
    });
    let acts_as = catalog.technical_users.get(&user);
    let for_odata = scopes.iter().any(|scope| scope == SCOPE_ODATA);
    let keys = client.keys.iter().map(|key| ClientKeyView {
        kid: key.kid.clone(),
        algorithm: key.algorithm,
    });
    Ok(ClientView {
        client_id: client.client_id.clone(),
        secret: None,
        name,
        application_url,
        description,
        active,
        user: acts_as.map(|user| user.code.clone()).unwrap_or_default(),
        scopes,
        allowed_addresses,
        algorithm,
        token_lifetime,
        endpoint_audience,
        secrets: secrets.collect(),
        keys: keys.collect(),
        created_on: client.created_on,
        last_used: context.ledger.read()?.client_used(&client.client_id)?,
        last_failure: context
            .issuer
            .client_failure(&client.client_id)
            .map(|failure| ClientFailureView {
                on: failure.on,
                from: failure.from,
                reason: failure.reason.to_owned(),
            }),
        missing: acts_as
            .filter(|_| for_odata)
            .map(|user| odata_missing(catalog, user))
            .unwrap_or_default(),
    })
}
