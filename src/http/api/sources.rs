//! Webhook sources. Only administrators who proved a short time ago who they are see Webhook URLs;
//! everybody else sees how the key begins.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Answered;
use super::auth::Who;
use super::input::Input;
use super::output::{created, json};
use crate::domain::person::Role;
use crate::manage::Context;
use crate::manage::audit::audit_noted_of;
use crate::manage::source::{self, SourceEdit};
use crate::manage::source_test::{SourceTestView, TestBody, source_test};

/// The longest body of a request that tests a source.
pub const TEST_BODY: usize = 2 * 1024 * 1024;

/// All sources.
pub fn list(context: &Context, _: &Who, _: &Input) -> Answered {
    json(&source::source_list(context)?)
}

/// One source.
pub fn show(context: &Context, who: &Who, input: &Input) -> Answered {
    seen(context, who, input.part("name"))
}

/// Its Webhook URL once more.
pub fn reveal(context: &Context, who: &Who, input: &Input) -> Answered {
    json(&source::source_reveal(
        context,
        who.actor(),
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
pub fn add(context: &Context, who: &Who, input: &Input) -> Answered {
    let (Named { name }, edit) = input.body_split::<_, SourceEdit>(&["name"])?;
    created(&source::source_add(context, who.actor(), &name, edit)?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Switched {
    enabled: Option<bool>,
}

/// Changes a source, switches it.
pub fn set(context: &Context, who: &Who, input: &Input) -> Answered {
    let (Switched { enabled }, edit) = input.body_split::<_, SourceEdit>(&["enabled"])?;
    let name = input.part("name");
    if edit != SourceEdit::default() {
        source::source_set(context, who.actor(), name, edit)?;
    }
    if let Some(enabled) = enabled {
        source::source_switch(context, who.actor(), name, enabled)?;
    }
    seen(context, who, name)
}

/// Gives a source a new key.
pub fn rotate_key(context: &Context, who: &Who, input: &Input) -> Answered {
    json(&source::source_rotate_key(
        context,
        who.actor(),
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
    /// Of the webhook; none if it was not taken.
    id: Option<Uuid>,
    #[serde(flatten)]
    view: SourceTestView,
}

/// Sends a test webhook the way that real ones come.
pub fn test(context: &Context, who: &Who, input: &Input) -> Answered {
    let test: Test = input.body()?;
    let name = input.part("name");
    let body = test.body.map(|body| TestBody {
        content_type: test.content_type.unwrap_or_else(|| "application/json".to_owned()),
        body,
    });
    audit_noted_of(context, who.actor(), "source-tested", name, input.address)?;
    let view = source_test(context, name, body.as_ref())?;
    let id = view.webhook.as_ref().map(|webhook| webhook.id);
    json(&Tested { id, view })
}

fn seen(context: &Context, who: &Who, name: &str) -> Answered {
    let mut view = source::source_show(context, name)?;
    if who.role() != Some(Role::Administrator) || !who.is_proved() {
        view.webhook_url = None;
    }
    json(&view)
}
