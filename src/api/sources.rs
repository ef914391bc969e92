//! Webhook sources. Only administrators who confirmed their identity a short time ago see Webhook
//! URLs; other users see how the key begins.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::answer::{Created, Json};
use super::named::Named;
use super::{Call, Reply};
use crate::manage::audit::audit_noted_of;
use crate::manage::grace_period::GracePeriod;
use crate::manage::source::{self, SourceEdit, SourceView};
use crate::manage::source_test::{SourceTestView, TestBody, source_test};

/// The maximum body of a request that tests a source.
pub const TEST_BODY: usize = 2 * 1024 * 1024;

/// All sources.
pub fn list(call: &Call<'_>) -> Reply<Json<Vec<SourceView>>> {
    Ok(Json(source::source_list(call.context)?))
}

/// One source.
pub fn show(call: &Call<'_>) -> Reply<Json<SourceView>> {
    seen(call, call.part("name"))
}

/// Shows its Webhook URL.
pub fn reveal(call: &Call<'_>) -> Reply<Json<SourceView>> {
    let name = call.part("name");
    let revealed = source::source_reveal(call.context, call.by(), name, call.sent.address)?;
    Ok(Json(revealed))
}

/// Adds a source.
pub fn add(call: &Call<'_>, new: Named<SourceEdit>) -> Reply<Created<SourceView>> {
    let added = source::source_add(call.context, call.by(), &new.name, new.edit)?;
    Ok(Created(added))
}

/// Changes a source, enables or disables it.
pub fn set(call: &Call<'_>, edit: SourceEdit) -> Reply<Json<SourceView>> {
    let name = call.part("name");
    if edit != SourceEdit::default() {
        source::source_set(call.context, call.by(), name, edit)?;
    }
    seen(call, name)
}

/// Rotates the key of a source.
pub fn rotate_key(call: &Call<'_>, overlap: GracePeriod) -> Reply<Json<SourceView>> {
    let name = call.part("name");
    Ok(Json(source::source_rotate_key(call.context, call.by(), name, overlap)?))
}

/// The test webhook to send.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SourceTest")]
pub struct Test {
    /// If it is absent, `application/json`.
    content_type: Option<String>,
    /// Without it, an example for the source is sent.
    body: Option<String>,
}

/// What became of the test webhook.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SourceTested")]
pub struct Tested {
    /// The id of the webhook; none if it was rejected.
    id: Option<Uuid>,
    #[serde(flatten)]
    view: SourceTestView,
}

/// Sends a test webhook the way that real ones come.
pub fn test(call: &Call<'_>, test: Test) -> Reply<Json<Tested>> {
    let name = call.part("name");
    let body = test.body.map(|body| TestBody {
        content_type: test.content_type.unwrap_or_else(|| "application/json".to_owned()),
        body,
    });
    audit_noted_of(call.context, call.by(), "source-tested", name, call.sent.address)?;
    let view = source_test(call.context, name, body.as_ref())?;
    let id = view.webhook.as_ref().map(|webhook| webhook.id);
    Ok(Json(Tested { id, view }))
}

/// Without the Webhook URL, which only an operation that is noted shows.
fn seen(call: &Call<'_>, name: &str) -> Reply<Json<SourceView>> {
    let view = source::source_show(call.context, name)?;
    Ok(Json(SourceView {
        webhook_url: None,
        ..view
    }))
}
