//! The keys that access tokens are signed with.

use schemars::JsonSchema;
use serde::Deserialize;

use super::answer::Json;
use super::{Call, Reply};
use crate::manage::signing_key::{SigningKeyView, signing_key_list, signing_key_rotate};

/// The ring.
pub fn list(call: &Call<'_>) -> Reply<Json<Vec<SigningKeyView>>> {
    Ok(Json(signing_key_list(call.context)))
}

/// When new keys are used.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SigningKeyRotate")]
pub struct Rotate {
    /// Immediately, because a key was exposed.
    #[serde(default)]
    now: bool,
}

/// New keys; gives the new ring.
pub fn rotate(call: &Call<'_>, rotate: Rotate) -> Reply<Json<Vec<SigningKeyView>>> {
    Ok(Json(signing_key_rotate(call.context, call.by(), rotate.now)?))
}
