//! Webhook sources. Only administrators who confirmed their identity a short time ago see Webhook
//! URLs; other users see how the key begins.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::HandlerResult;
use super::auth::Principal;
use super::input::Input;
use super::output::{created, json};
use crate::domain::user::Role;
use crate::manage::Context;
use crate::manage::audit::audit_noted_of;
use crate::manage::source::{self, SourceEdit};
use crate::manage::source_test::{SourceTestView, TestBody, source_test};

/// The longest body of a request that tests a source.
pub const TEST_BODY: usize = 2 * 1024 * 1024;

/// All sources.
pub fn list(context: &Context, _: &Principal, _: &Input) -> HandlerResult {
    json(&source::source_list(context)?)
}

/// One source.
pub fn show(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    seen(context, principal, input.part("name"))
}

/// Shows its Webhook URL.
pub fn reveal(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    json(&source::source_reveal(
        context,
        principal.actor(),
        input.part("name"),
        input.address,
    )?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    name: String,
}

/// Makes a source.
pub fn add(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let (Named { name }, edit) = input.body_split::<_, SourceEdit>(&["name"])?;
    created(&source::source_add(context, principal.actor(), &name, edit)?)
}

/// Changes a source, enables or disables it.
pub fn set(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let edit: SourceEdit = input.body()?;
    let name = input.part("name");
    if edit != SourceEdit::default() {
        source::source_set(context, principal.actor(), name, edit)?;
    }
    seen(context, principal, name)
}

/// Rotates the key of a source.
pub fn rotate_key(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    json(&source::source_rotate_key(
        context,
        principal.actor(),
        input.part("name"),
        input.body()?,
    )?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Test {
    content_type: Option<String>,
    body: Option<String>,
}

#[derive(Serialize)]
struct Tested {
    /// The id of the webhook; none if it was rejected.
    id: Option<Uuid>,
    #[serde(flatten)]
    view: SourceTestView,
}

/// Sends a test webhook the way that real ones come.
pub fn test(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let test: Test = input.body()?;
    let name = input.part("name");
    let body = test.body.map(|body| TestBody {
        content_type: test.content_type.unwrap_or_else(|| "application/json".to_owned()),
        body,
    });
    audit_noted_of(context, principal.actor(), "source-tested", name, input.address)?;
    let view = source_test(context, name, body.as_ref())?;
    let id = view.webhook.as_ref().map(|webhook| webhook.id);
    json(&Tested { id, view })
}

fn seen(context: &Context, principal: &Principal, name: &str) -> HandlerResult {
    let mut view = source::source_show(context, name)?;
    if principal.role() != Some(Role::Administrator) || !principal.is_proved() {
        view.webhook_url = None;
    }
    json(&view)
}
