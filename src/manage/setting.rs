//! System settings that integration guides refer to. Hookgate sets them itself.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::audit::audit_noted_of;
use super::thing::Thing;
use super::{Context, ManageError};
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::catalog::Catalog;
use crate::domain::client::{Client, ClientSecret, WEBHOOK_IDENTITY};

/// The text that is shown instead of a secret.
const MASK: &str = "********";

/// A system setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SettingView {
    pub code: String,
    /// The value; asterisks if it is masked, empty if there is none.
    pub value: String,
    pub masked: bool,
    pub description: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Setting {
    Url,
    ClientId,
    ClientSecret,
    Webhooks,
}

const SETTINGS: [Setting; 4] = [
    Setting::Url,
    Setting::ClientId,
    Setting::ClientSecret,
    Setting::Webhooks,
];

/// All system settings, with secrets masked.
///
/// # Errors
/// If a value cannot be read.
pub fn setting_list(context: &Context) -> Result<Vec<SettingView>, ManageError> {
    SETTINGS
        .into_iter()
        .map(|setting| view(context, setting, false))
        .collect()
}

/// One system setting; a secret is masked.
///
/// # Errors
/// If there is none with this code.
pub fn setting_show(context: &Context, code: &str) -> Result<SettingView, ManageError> {
    shown(context, code, false)
}

/// One system setting in plain text. The audit log notes who saw it.
///
/// # Errors
/// If there is none with this code, the secret cannot be read, or nothing can be noted.
pub fn setting_reveal(
    context: &Context,
    by: Actor,
    code: &str,
    address: Option<IpAddr>,
) -> Result<SettingView, ManageError> {
    let view = shown(context, code, true)?;
    audit_noted_of(context, by, "setting-revealed", &view.code, address)?;
    Ok(view)
}

fn shown(context: &Context, code: &str, reveal: bool) -> Result<SettingView, ManageError> {
    let setting = SETTINGS
        .into_iter()
        .find(|setting| setting.code().eq_ignore_ascii_case(code))
        .ok_or_else(|| ManageError::NotFound {
            what: Thing::Setting,
            name: code.to_owned(),
        })?;
    view(context, setting, reveal)
}

/// The shipped client, with its newest valid secret that can be shown again.
pub(super) fn shipped(catalog: &Catalog) -> Option<(&Client, Option<&ClientSecret>)> {
    let client = catalog.client_named(WEBHOOK_IDENTITY)?;
    let mut secrets = client.secrets_at(clock::now());
    Some((client, secrets.find(|secret| secret.sealed.is_some())))
}

fn view(context: &Context, setting: Setting, reveal: bool) -> Result<SettingView, ManageError> {
    let catalog = context.ledger.catalog();
    let shipped = shipped(&catalog);
    let mut masked = false;
    let value = match setting {
        Setting::Url => context.urls.issuer.clone(),
        Setting::Webhooks => format!("{}/webhooks", context.urls.public),
        Setting::ClientId => shipped.map(|(client, _)| client.client_id.clone()).unwrap_or_default(),
        Setting::ClientSecret => match shipped.and_then(|(_, secret)| secret) {
            None => String::new(),
            Some(secret) if reveal => context.secrets.client_secret_open(secret)?,
            Some(_) => {
                masked = true;
                MASK.to_owned()
            }
        },
    };
    Ok(SettingView {
        code: setting.code().to_owned(),
        value,
        masked,
        description: setting.description().to_owned(),
    })
}

impl Setting {
    const fn code(self) -> &'static str {
        match self {
            Self::Url => "IdentityServerUrl",
            Self::ClientId => "IdentityServerClientId",
            Self::ClientSecret => "IdentityServerClientSecret",
            Self::Webhooks => "SocialAccountServiceUrl",
        }
    }

    const fn description(self) -> &'static str {
        match self {
            Self::Url => "The URL of the token issuer, without /connect/token",
            Self::ClientId => "The client ID of Webhook Account Service Identity",
            Self::ClientSecret => "The newest client secret of Webhook Account Service Identity",
            Self::Webhooks => "The start of every Webhook URL",
        }
    }
}
