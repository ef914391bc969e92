//! OAuth clients. A secret is in the response to the request that created it, and nowhere else.

use serde::Deserialize;
use serde_json::Value;

use super::HandlerResult;
use super::auth::Principal;
use super::input::Input;
use super::output::{created, json, nothing};
use crate::manage::client::{self, ClientEdit};
use crate::manage::{Context, ManageError};

/// All clients.
pub fn list(context: &Context, _: &Principal, _: &Input) -> HandlerResult {
    json(&client::client_list(context)?)
}

/// One client.
pub fn show(context: &Context, _: &Principal, input: &Input) -> HandlerResult {
    json(&client::client_show(context, input.part("client_id"))?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    name: String,
}

/// Makes a client.
pub fn add(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let (Named { name }, edit) = input.body_split::<_, ClientEdit>(&["name"])?;
    created(&client::client_add(context, principal.actor(), &name, edit)?)
}

/// Changes a client, enables or disables it.
pub fn set(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let edit: ClientEdit = input.body()?;
    let id = input.part("client_id");
    if edit != ClientEdit::default() {
        client::client_set(context, principal.actor(), id, edit)?;
    }
    json(&client::client_show(context, id)?)
}

/// Deletes a client, and with it its tokens.
pub fn remove(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    client::client_delete(context, principal.actor(), input.part("client_id"))?;
    nothing()
}

/// A new secret.
pub fn secret_add(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let id = input.part("client_id");
    created(&client::client_secret_add(
        context,
        principal.actor(),
        id,
        input.body()?,
    )?)
}

/// Revokes a secret.
pub fn secret_remove(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let secret = input.part("id").parse().map_err(|_| ManageError::NotFound {
        what: "secret",
        name: input.part("id").to_owned(),
        next: "the client shows the ids of its secrets",
    })?;
    client::client_secret_remove(context, principal.actor(), input.part("client_id"), secret)?;
    nothing()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    /// A JWK set, or its text.
    jwks: Value,
}

/// Replaces the public keys.
pub fn keys_set(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let jwks = match input.body::<Keys>()?.jwks {
        Value::String(text) => text,
        set => set.to_string(),
    };
    let id = input.part("client_id");
    json(&client::client_keys_set(context, principal.actor(), id, &jwks)?)
}

/// Ends all its tokens.
pub fn tokens_end(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    json(&client::client_tokens_end(
        context,
        principal.actor(),
        input.part("client_id"),
    )?)
}
