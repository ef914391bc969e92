//! OAuth clients. A secret is in the answer to the request that created it, and nowhere else.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::answer::{Created, Json};
use super::named::Named;
use super::{Call, Reply};
use crate::manage::ManageError;
use crate::manage::client::{self, ClientEdit, ClientView};
use crate::manage::grace_period::GracePeriod;
use crate::manage::thing::Thing;

/// All clients.
pub fn list(call: &Call<'_>) -> Reply<Json<Vec<ClientView>>> {
    Ok(Json(client::client_list(call.context)?))
}

/// One client.
pub fn show(call: &Call<'_>) -> Reply<Json<ClientView>> {
    Ok(Json(client::client_show(call.context, call.part("client_id"))?))
}

/// Adds a client.
pub fn add(call: &Call<'_>, new: Named<ClientEdit>) -> Reply<Created<ClientView>> {
    let added = client::client_add(call.context, call.by(), &new.name, new.edit)?;
    Ok(Created(added))
}

/// Changes a client, enables or disables it.
pub fn set(call: &Call<'_>, edit: ClientEdit) -> Reply<Json<ClientView>> {
    let id = call.part("client_id");
    if edit != ClientEdit::default() {
        client::client_set(call.context, call.by(), id, edit)?;
    }
    Ok(Json(client::client_show(call.context, id)?))
}

/// Deletes a client, and with it its tokens; gives what it was.
pub fn remove(call: &Call<'_>) -> Reply<Json<ClientView>> {
    let id = call.part("client_id");
    Ok(Json(client::client_delete(call.context, call.by(), id)?))
}

/// A new secret.
pub fn secret_add(call: &Call<'_>, overlap: GracePeriod) -> Reply<Created<ClientView>> {
    let id = call.part("client_id");
    Ok(Created(client::client_secret_add(
        call.context,
        call.by(),
        id,
        overlap,
    )?))
}

/// Revokes a secret.
pub fn secret_remove(call: &Call<'_>) -> Reply<Json<ClientView>> {
    let secret = call.part("id").parse().map_err(|_| ManageError::NotFound {
        what: Thing::Secret,
        name: call.part("id").to_owned(),
    })?;
    let id = call.part("client_id");
    let client = client::client_secret_remove(call.context, call.by(), id, secret)?;
    Ok(Json(client))
}

/// New public keys of a client.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ClientKeys")]
pub struct Keys {
    /// A JWK set, or its text.
    jwks: Value,
}

/// Replaces the public keys.
pub fn keys_set(call: &Call<'_>, keys: Keys) -> Reply<Json<ClientView>> {
    let jwks = match keys.jwks {
        Value::String(text) => text,
        set => set.to_string(),
    };
    let id = call.part("client_id");
    Ok(Json(client::client_keys_set(call.context, call.by(), id, &jwks)?))
}

/// Revokes all its tokens.
pub fn tokens_end(call: &Call<'_>) -> Reply<Json<ClientView>> {
    let id = call.part("client_id");
    Ok(Json(client::client_tokens_end(call.context, call.by(), id)?))
}
