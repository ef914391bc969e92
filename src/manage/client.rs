//! OAuth clients: programs that get access tokens and act as a technical user.

mod edit;

use std::net::IpAddr;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::grace_period::{ActivePredecessor, GracePeriod};
use super::odata_access::{MissingView, odata_missing};
use super::patch::Edit;
use super::thing::Thing;
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClientView {
    /// The id that the program sends.
    pub client_id: String,
    /// Its secret in plain text. Only in the response to the request that created it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    pub name: String,
    /// Where the program can be found; for people.
    pub application_url: String,
    pub description: String,
    /// Whether it gets tokens and its tokens are valid.
    pub enabled: bool,
    /// The code of the technical user that it acts as.
    pub user: String,
    /// The scopes that its tokens may have.
    pub scopes: Vec<String>,
    /// Addresses and networks that may request tokens; empty allows all.
    pub allowed_addresses: Vec<String>,
    pub algorithm: Algorithm,
    /// The lifetime of its tokens in seconds.
    pub token_lifetime: u32,
    /// Whether assertions may also have the token endpoint as audience.
    pub endpoint_audience: bool,
    /// Its valid secrets, newest first.
    pub secrets: Vec<ClientSecretView>,
    pub keys: Vec<ClientKeyView>,
    pub created_on: Timestamp,
    /// When it last got a token.
    pub last_used: Option<Timestamp>,
    /// The last rejected token request since the server started.
    #[serde(default)]
    pub last_failure: Option<ClientFailureView>,
    /// What prevents it from reading records, if its tokens are for OData.
    #[serde(default)]
    pub missing: Vec<MissingView>,
}

/// A rejected token request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClientFailureView {
    pub on: Timestamp,
    pub from: IpAddr,
    /// The reason as text. The program got less detail.
    pub reason: String,
}

/// A secret of a client; never the secret itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClientSecretView {
    /// Identifies the secret when it is revoked.
    pub id: Uuid,
    pub hint: String,
    pub created_on: Timestamp,
    /// The moment from which it is no longer valid; none means no expiry.
    pub expires_on: Option<Timestamp>,
}

/// A public key of a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClientKeyView {
    pub kid: String,
    /// The algorithm of its signatures.
    pub algorithm: Algorithm,
}

/// Changes of a client; parts that are absent are kept, null restores the default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ClientEdit {
    /// Whether it gets tokens and its tokens are valid. Disabling it revokes them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Where the program can be found; for people.
    #[serde(skip_serializing_if = "Edit::is_keep")]
    pub application_url: Edit<String>,
    #[serde(skip_serializing_if = "Edit::is_keep")]
    pub description: Edit<String>,
    /// The code of the technical user that it acts as.
    #[serde(skip_serializing_if = "Edit::is_keep")]
    pub user: Edit<String>,
    /// The scopes that its tokens may have; null removes all.
    #[serde(skip_serializing_if = "Edit::is_keep")]
    pub scopes: Edit<Vec<String>>,
    /// Addresses and networks that may request tokens; null allows all.
    #[serde(skip_serializing_if = "Edit::is_keep")]
    pub allowed_addresses: Edit<Vec<String>>,
    #[serde(skip_serializing_if = "Edit::is_keep")]
    pub algorithm: Edit<Algorithm>,
    /// The lifetime of its tokens in seconds.
    #[serde(skip_serializing_if = "Edit::is_keep")]
    pub token_lifetime: Edit<u32>,
    /// Whether assertions may also have the token endpoint as audience.
    #[serde(skip_serializing_if = "Edit::is_keep")]
    pub endpoint_audience: Edit<bool>,
}

/// Adds a client. Only this view contains its secret. By default its tokens are for OData.
///
/// # Errors
/// If the name exists, no technical user is given, or a value is not valid.
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

/// All clients, sorted by name.
///
/// # Errors
/// If the store fails.
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
/// If there is none.
pub fn client_show(context: &Context, name: &str) -> Result<ClientView, ManageError> {
    let catalog = context.ledger.catalog();
    view(context, &catalog, client_named(&catalog, name)?)
}

/// Changes the permissions and tokens of a client, or enables or disables it.
///
/// # Errors
/// If there is no such client, or a value is not valid.
pub fn client_set(context: &Context, by: Actor, name: &str, edit: ClientEdit) -> Result<ClientView, ManageError> {
    let _editing = context.edit();
    let catalog = context.ledger.catalog();
    let client = client_named(&catalog, name)?;
    let settings = edit::edited(&catalog, client.settings.clone(), edit)?;
    client_put(context, by, client, settings)
}

/// Removes a client and revokes its tokens. Returns the client as it was.
///
/// # Errors
/// If there is no such client, or Hookgate itself needs it.
pub fn client_delete(context: &Context, by: Actor, name: &str) -> Result<ClientView, ManageError> {
    let _editing = context.edit();
    let view = client_show(context, name)?;
    if is_shipped(&view.name) {
        let problem = format!("{WEBHOOK_IDENTITY} ships with Hookgate and cannot be deleted; disable it instead");
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

/// Adds a secret to a client. Only this view contains it. The newest previous secret stays valid
/// for the given hours (0 revokes it immediately); all others are revoked.
///
/// # Errors
/// If there is no such client, there are too many hours, or a previous secret would expire earlier
/// than announced.
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

/// Revokes a secret of a client.
///
/// # Errors
/// If there is no such client or secret.
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

/// Replaces the public keys of a client, which verify its assertions, by those of a JWK set (RFC
/// 7517). A set without keys removes all.
///
/// # Errors
/// If there is no such client, or a key is not valid.
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

/// Revokes all tokens of a client. It can get new ones.
///
/// # Errors
/// If there is no such client.
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

/// The change that adds the shipped client, whose secret can be shown again.
///
/// # Errors
/// If the system provides no random numbers.
pub fn client_shipped(secrets: &Secrets, at: Timestamp) -> Result<AccessChange, SecretError> {
    let (_, secret) = secrets.client_secret_new(clock::new_id(), at, true)?;
    Ok(AccessChange::ClientAdded {
        client_id: client_id_new()?,
        settings: ClientSettings {
            description: "Ships with Hookgate, which uses it to check that tokens work".to_owned(),
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
        what: Thing::Client,
        name: name.to_owned(),
    })
}

/// The secret that a rotation would expire earlier than announced. A rotation revokes all secrets
/// but the newest; the newest may have an expiry too, if the secret after it was revoked.
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
            lost: "programs that still use it get 401",
        })
    })
}

fn is_shipped(name: &str) -> bool {
    name.eq_ignore_ascii_case(WEBHOOK_IDENTITY)
}

/// The default settings of a client.
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
        enabled: active,
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
