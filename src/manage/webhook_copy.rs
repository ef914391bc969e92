//! Creates a copy of a webhook, edited and handled like any other. The original is not changed.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::webhook::webhook_row;
use super::{Context, ManageError};
use crate::domain::actor::Actor;
use crate::domain::audit::Difference;
use crate::domain::change::{UpkeepChange, WebhookChange};
use crate::domain::entry::Entry;
use crate::intake::{Arrival, Head};

/// The maximum length of a content type, in bytes.
const MAX_CONTENT_TYPE_LENGTH: usize = 1000;

/// The content of the copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CopyBody {
    pub content_type: String,
    pub body: String,
}

/// The id of the new webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookMade {
    pub id: Uuid,
}

/// Accepts a new webhook of the same source with another body. The limits of the source apply, and
/// a header names the original.
///
/// # Errors
/// If there is no such webhook, its source is disabled or has reached its limit, or the body would
/// not be accepted from a sender.
pub fn webhook_copy(
    context: &Context,
    by: Actor,
    address: Option<IpAddr>,
    id: Uuid,
    copy: CopyBody,
) -> Result<WebhookMade, ManageError> {
    let row = webhook_row(&context.ledger.read()?, id)?;
    let invalid = |what, problem: String| ManageError::Invalid { what, problem };
    let source = context.intake.source_by_id(row.webhook.source).ok_or_else(|| {
        invalid(
            "source",
            "it is disabled or deleted; enable it, then send the copy".to_owned(),
        )
    })?;
    let content_type = copy.content_type.trim();
    let length = copy.body.len();
    let head = |limit| {
        if length > limit {
            let problem = format!("it has more than the {limit} bytes that this source may send");
            return Err(invalid("body", problem));
        }
        let plain = content_type.len() <= MAX_CONTENT_TYPE_LENGTH && !content_type.chars().any(char::is_control);
        Ok(Head {
            content_type: plain.then_some(content_type),
            length: Some(length),
        })
    };
    // An operator needs no access token of the sender.
    let admitted = context.intake.admit(&source, || Ok(()), head)?;
    let original = id.to_string();
    let headers = [
        ("content-type", content_type.as_bytes()),
        ("x-hookgate-copy-of", original.as_bytes()),
    ];
    let arrival = Arrival {
        content_type: admitted.content_type,
        query: &row.webhook.query,
        headers: headers.into_iter(),
        remote: address,
        body: copy.body.into_bytes(),
    };
    let webhook = context.intake.webhook_build(&source, arrival);
    let made = WebhookMade { id: webhook.id };
    context.ledger.webhook_check()?;
    let note = UpkeepChange::AuditNoted {
        action: "webhook-copied".to_owned(),
        subject: original,
        facts: vec![Difference::fact("copy", made.id.to_string())],
        address,
    };
    context.ledger.commit(Entry {
        at: webhook.created_on,
        by,
        changes: vec![WebhookChange::Received(webhook).into(), note.into()],
    })?;
    Ok(made)
}
