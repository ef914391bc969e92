//! Webhook sources: one sending service and one Webhook URL each.

use std::net::IpAddr;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::audit::audit_noted_of;
use super::grace_period::{ActivePredecessor, GracePeriod};
use super::patch::Edit;
use super::thing::Thing;
use super::{Context, ManageError};
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::change::ConfigChange;
use crate::domain::entry::Entry;
use crate::domain::source::{Source, SourceSettings};
use crate::domain::time::Timestamp;

/// The maximum length of a source's name.
const MAX_NAME_LENGTH: usize = 100;

/// The largest body limit that a source may have.
pub const BODY_LIMIT: u32 = 25 * 1024 * 1024;

/// A webhook source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SourceView {
    pub name: String,
    pub enabled: bool,
    /// The URL for the sending service. It is a secret, so only responses to requests for it
    /// contain it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook_url: Option<String>,
    /// The first characters of the key.
    pub key_hint: String,
    /// When the previous key expires, if there was a rotation.
    pub previous_key_until: Option<Timestamp>,
    pub created_on: Timestamp,
    /// The maximum size of a body in bytes; none means the server's setting.
    pub max_body: Option<u32>,
    /// The maximum number of webhooks per minute; none means no limit.
    pub rate_per_minute: Option<u32>,
    /// The allowed web origins (CORS).
    pub allowed_origins: Vec<String>,
    /// Whether webhooks need an access token with the scope `webhook:send`.
    pub requires_token: bool,
    /// The number of stored webhooks of this source.
    pub webhooks: u64,
    pub last_webhook_on: Option<Timestamp>,
}

/// Changes of a source; parts that are absent are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SourceEdit {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// The maximum size of a body in bytes; null uses the server's setting.
    #[serde(skip_serializing_if = "Edit::is_keep")]
    pub max_body: Edit<u32>,
    /// The maximum number of webhooks per minute; null removes the limit.
    #[serde(skip_serializing_if = "Edit::is_keep")]
    pub rate_per_minute: Edit<u32>,
    /// The allowed web origins (CORS); null allows none.
    #[serde(skip_serializing_if = "Edit::is_keep")]
    pub allowed_origins: Edit<Vec<String>>,
    /// Whether webhooks need an access token; null means no.
    #[serde(skip_serializing_if = "Edit::is_keep")]
    pub requires_token: Edit<bool>,
}

/// Adds a source. The view contains its Webhook URL.
///
/// # Errors
/// If the name exists or a value is not valid.
pub fn source_add(context: &Context, by: Actor, name: &str, edit: SourceEdit) -> Result<SourceView, ManageError> {
    let _editing = context.edit();
    let name = name_checked(name)?;
    let enabled = edit.enabled.unwrap_or(true);
    let settings = edited(SourceSettings::default(), edit)?;
    let (_, key) = context.secrets.source_key_new()?;
    let change = ConfigChange::SourceAdded {
        name: name.clone(),
        enabled,
        settings,
        key,
    };
    context.ledger.commit(Entry::one(clock::now(), by, change))?;
    source_show(context, &name)
}

/// All sources, sorted by name, without their Webhook URLs.
///
/// # Errors
/// If the store fails.
pub fn source_list(context: &Context) -> Result<Vec<SourceView>, ManageError> {
    let catalog = context.ledger.catalog();
    let mut sources: Vec<&Arc<Source>> = catalog.sources.values().collect();
    sources.sort_by_key(|source| source.name.to_lowercase());
    sources.into_iter().map(|source| view(context, source)).collect()
}

/// A source with its Webhook URL.
///
/// # Errors
/// If there is none with this name, or its key cannot be read.
pub fn source_show(context: &Context, name: &str) -> Result<SourceView, ManageError> {
    let source = source_named(context, name)?;
    let mut view = view(context, &source)?;
    view.webhook_url = Some(webhook_url(context, &source)?);
    Ok(view)
}

/// A source with its Webhook URL, for a user who wants to see it again. The audit log notes it.
///
/// # Errors
/// See [`source_show`]; also if nothing can be written.
pub fn source_reveal(
    context: &Context,
    by: Actor,
    name: &str,
    address: Option<IpAddr>,
) -> Result<SourceView, ManageError> {
    let view = source_show(context, name)?;
    audit_noted_of(context, by, "source-revealed", &view.name, address)?;
    Ok(view)
}

/// Changes the settings of a source, or enables or disables it. A disabled source responds to
/// senders like an unknown one.
///
/// # Errors
/// If there is none with this name, or a value is not valid.
pub fn source_set(context: &Context, by: Actor, name: &str, edit: SourceEdit) -> Result<SourceView, ManageError> {
    let _editing = context.edit();
    let source = source_named(context, name)?;
    let enabled = edit.enabled.unwrap_or(source.enabled);
    let settings = edited(source.settings.clone(), edit)?;
    source_put(context, by, &source, enabled, settings)
}

/// Rotates the key of a source. The previous key stays valid for the given hours; 0 revokes it
/// immediately.
///
/// # Errors
/// If there is none with this name, there are too many hours, or an earlier key would expire before
/// the announced time.
pub fn source_rotate_key(
    context: &Context,
    by: Actor,
    name: &str,
    overlap: GracePeriod,
) -> Result<SourceView, ManageError> {
    let _editing = context.edit();
    let source = source_named(context, name)?;
    let at = clock::now();
    let previous_until = overlap.until(at)?;
    let promised = source.previous_key.as_ref().filter(|(_, until)| *until > at);
    overlap.ensure_free(promised.map(|(key, until)| ActivePredecessor {
        what: "Webhook URL",
        hint: &key.hint,
        until: *until,
        lost: "senders that still use it get 404",
    }))?;
    let (_, key) = context.secrets.source_key_new()?;
    context.ledger.commit(Entry::one(
        at,
        by,
        ConfigChange::SourceKeyRotated {
            source: source.id,
            key,
            previous_until,
        },
    ))?;
    source_show(context, name)
}

pub(super) fn source_named(context: &Context, name: &str) -> Result<Arc<Source>, ManageError> {
    context
        .ledger
        .catalog()
        .source(name)
        .cloned()
        .ok_or_else(|| ManageError::NotFound {
            what: Thing::Source,
            name: name.to_owned(),
        })
}

pub(super) fn webhook_path(context: &Context, source: &Source) -> Result<String, ManageError> {
    Ok(format!("/webhooks/{}", context.secrets.source_key_open(&source.key)?))
}

fn webhook_url(context: &Context, source: &Source) -> Result<String, ManageError> {
    Ok(format!("{}{}", context.urls.public, webhook_path(context, source)?))
}

fn source_put(
    context: &Context,
    by: Actor,
    source: &Source,
    enabled: bool,
    settings: SourceSettings,
) -> Result<SourceView, ManageError> {
    let at = clock::now();
    context.ledger.commit(Entry::one(
        at,
        by,
        ConfigChange::SourceChanged {
            source: source.id,
            enabled,
            settings,
        },
    ))?;
    let source = source_named(context, &source.name)?;
    view(context, &source)
}

fn view(context: &Context, source: &Source) -> Result<SourceView, ManageError> {
    let (webhooks, last_webhook_on) = context.ledger.read()?.source_activity(source.id)?;
    let now = clock::now();
    let previous = source.previous_key.as_ref().map(|(_, until)| *until);
    Ok(SourceView {
        name: source.name.clone(),
        enabled: source.enabled,
        webhook_url: None,
        key_hint: source.key.hint.clone(),
        previous_key_until: previous.filter(|until| *until > now),
        created_on: source.created_on,
        max_body: source.settings.max_body,
        rate_per_minute: source.settings.rate_per_minute,
        allowed_origins: source.settings.allowed_origins.clone(),
        requires_token: source.settings.requires_token,
        webhooks,
        last_webhook_on,
    })
}

fn edited(mut settings: SourceSettings, edit: SourceEdit) -> Result<SourceSettings, ManageError> {
    match edit.max_body {
        Edit::Keep => {}
        Edit::Clear => settings.max_body = None,
        Edit::Set(bytes @ 1..=BODY_LIMIT) => settings.max_body = Some(bytes),
        Edit::Set(_) => {
            let problem = format!("must be from 1 to {BODY_LIMIT} bytes (25 MiB)");
            return Err(ManageError::Invalid {
                what: "maximum body size",
                problem,
            });
        }
    }
    match edit.rate_per_minute {
        Edit::Keep => {}
        Edit::Clear => settings.rate_per_minute = None,
        Edit::Set(0) => {
            let problem = "must be at least 1; to stop accepting webhooks, disable the source".to_owned();
            return Err(ManageError::Invalid {
                what: "maximum webhooks per minute",
                problem,
            });
        }
        Edit::Set(rate) => settings.rate_per_minute = Some(rate),
    }
    match edit.allowed_origins {
        Edit::Keep => {}
        Edit::Clear => settings.allowed_origins.clear(),
        Edit::Set(origins) => {
            settings.allowed_origins = origins
                .iter()
                .map(|origin| origin_checked(origin))
                .collect::<Result<_, _>>()?;
        }
    }
    match edit.requires_token {
        Edit::Keep => {}
        Edit::Clear => settings.requires_token = false,
        Edit::Set(required) => settings.requires_token = required,
    }
    Ok(settings)
}

fn name_checked(name: &str) -> Result<String, ManageError> {
    let name = name.trim();
    let problem = if name.is_empty() {
        "must not be empty; use the name of the sending service".to_owned()
    } else if name.chars().count() > MAX_NAME_LENGTH {
        format!("must have at most {MAX_NAME_LENGTH} characters")
    } else if name.chars().any(char::is_control) {
        "must not contain control characters".to_owned()
    } else {
        return Ok(name.to_owned());
    };
    Err(ManageError::Invalid { what: "name", problem })
}

/// An origin as browsers send it: scheme, host and optional port; or `*` for all.
fn origin_checked(origin: &str) -> Result<String, ManageError> {
    let origin = origin.trim().trim_end_matches('/').to_ascii_lowercase();
    let host = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"));
    let fits = host.is_some_and(|host| {
        let known = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
        !host.is_empty() && host.chars().all(known)
    });
    if fits || origin == "*" {
        return Ok(origin);
    }
    let problem = format!("'{origin}' is not an origin; use a value such as https://www.example.com, or * for all");
    Err(ManageError::Invalid {
        what: "allowed origin",
        problem,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_scheme_and_host_only() {
        assert_eq!(
            origin_checked("HTTPS://Www.Example.com/").unwrap(),
            "https://www.example.com"
        );
        assert_eq!(
            origin_checked("http://localhost:3000").unwrap(),
            "http://localhost:3000"
        );
        assert_eq!(origin_checked("*").unwrap(), "*");
        for wrong in ["example.com", "https://", "https://a/b", "ftp://a", "", "https://a b"] {
            assert!(origin_checked(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_edit_changes_only_what_it_names() {
        let old = SourceSettings {
            max_body: Some(10),
            allowed_origins: vec!["*".to_owned()],
            rate_per_minute: Some(5),
            requires_token: true,
        };
        let edit = SourceEdit {
            rate_per_minute: Edit::Clear,
            ..SourceEdit::default()
        };
        let new = edited(old.clone(), edit).unwrap();
        assert_eq!(
            new,
            SourceSettings {
                rate_per_minute: None,
                ..old
            }
        );
    }

    #[test]
    fn limits_have_limits() {
        for edit in [
            SourceEdit {
                max_body: Edit::Set(0),
                ..SourceEdit::default()
            },
            SourceEdit {
                max_body: Edit::Set(BODY_LIMIT + 1),
                ..SourceEdit::default()
            },
            SourceEdit {
                rate_per_minute: Edit::Set(0),
                ..SourceEdit::default()
            },
        ] {
            assert!(edited(SourceSettings::default(), edit).is_err());
        }
        assert!(name_checked(" \n").is_err());
        assert!(name_checked("a\u{7}b").is_err());
        assert_eq!(name_checked(" Landing pages ").unwrap(), "Landing pages");
    }
}
