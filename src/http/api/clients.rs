//! OAuth clients. A secret stands in the answer to what made it, and nowhere else.

use serde::Deserialize;
use serde_json::Value;

use super::Answered;
use super::auth::Who;
use super::input::Input;
use super::output::{created, json, nothing};
use crate::manage::client::{self, ClientEdit};
use crate::manage::{Context, ManageError};

/// All clients.
pub fn list(context: &Context, _: &Who, _: &Input) -> Answered {
    json(&client::client_list(context)?)
}

/// One client.
pub fn show(context: &Context, _: &Who, input: &Input) -> Answered {
    json(&client::client_show(context, input.part("client_id"))?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    name: String,
}

/// Makes a client.
pub fn add(context: &Context, who: &Who, input: &Input) -> Answered {
    let (Named { name }, edit) = input.body_split::<_, ClientEdit>(&["name"])?;
    created(&client::client_add(context, who.actor(), &name, edit)?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Switched {
    active: Option<bool>,
}

/// Changes a client, switches it.
pub fn set(context: &Context, who: &Who, input: &Input) -> Answered {
    let (Switched { active }, edit) = input.body_split::<_, ClientEdit>(&["active"])?;
    let id = input.part("client_id");
    if edit != ClientEdit::default() {
        client::client_set(context, who.actor(), id, edit)?;
    }
    if let Some(active) = active {
        client::client_switch(context, who.actor(), id, active)?;
    }
    json(&client::client_show(context, id)?)
}

/// Deletes a client, and with it its tokens.
pub fn remove(context: &Context, who: &Who, input: &Input) -> Answered {
    client::client_delete(context, who.actor(), input.part("client_id"))?;
    nothing()
}

/// A new secret.
pub fn secret_add(context: &Context, who: &Who, input: &Input) -> Answered {
    let id = input.part("client_id");
    created(&client::client_secret_add(context, who.actor(), id, input.body()?)?)
}

/// Takes a secret no more.
pub fn secret_remove(context: &Context, who: &Who, input: &Input) -> Answered {
    let secret = input.part("id").parse().map_err(|_| ManageError::NotFound {
        what: "secret",
        name: input.part("id").to_owned(),
        next: "the client shows the ids of its secrets",
    })?;
    client::client_secret_remove(context, who.actor(), input.part("client_id"), secret)?;
    nothing()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    /// A JWK set, or its text.
    jwks: Value,
}

/// Replaces the public keys.
pub fn keys_set(context: &Context, who: &Who, input: &Input) -> Answered {
    let jwks = match input.body::<Keys>()?.jwks {
        Value::String(text) => text,
        set => set.to_string(),
    };
    let id = input.part("client_id");
    json(&client::client_keys_set(context, who.actor(), id, &jwks)?)
}

/// Ends all its tokens.
pub fn tokens_end(context: &Context, who: &Who, input: &Input) -> Answered {
    json(&client::client_tokens_end(
        context,
        who.actor(),
        input.part("client_id"),
    )?)
}
