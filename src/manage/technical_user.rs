//! Technical users, which programs act as. They cannot log in and have no permissions until
//! granted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::grant::{GrantView, grant_list};
use super::odata_access::{MissingView, odata_missing};
use super::thing::Thing;
use super::{Context, ManageError, checked};
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::catalog::Catalog;
use crate::domain::change::AccessChange;
use crate::domain::entry::Entry;
use crate::domain::rights::TechnicalUser;

/// The maximum length of a technical user's code.
const MAX_CODE_LENGTH: usize = 100;

/// The maximum length of a technical user's name.
const MAX_NAME_LENGTH: usize = 250;

/// A technical user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TechnicalUserView {
    pub id: Uuid,
    pub code: String,
    pub name: String,
    /// Whether its clients get tokens and their tokens are valid.
    pub enabled: bool,
    /// Whether its clients may use OData.
    pub odata: bool,
    /// The names of its OAuth clients.
    pub clients: Vec<String>,
    /// Its permissions for records.
    pub grants: Vec<GrantView>,
    /// What prevents its clients from reading records with OData.
    #[serde(default)]
    pub odata_missing: Vec<MissingView>,
}

/// Changes of a technical user; parts that are absent are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TechnicalUserEdit {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether its clients get tokens and their tokens are valid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Whether its clients may use OData.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub odata: Option<bool>,
}

/// Adds a technical user without permissions. Without a name, its code is the name.
///
/// # Errors
/// If the code exists or is not valid.
pub fn technical_user_add(
    context: &Context,
    by: Actor,
    code: &str,
    name: Option<&str>,
) -> Result<TechnicalUserView, ManageError> {
    let _editing = context.edit();
    let code = code_checked(code)?;
    let name = name_checked(name.unwrap_or(&code))?;
    if context.ledger.catalog().technical_user(&code).is_some() {
        return Err(ManageError::Taken {
            what: "technical user",
            name: code,
        });
    }
    context.ledger.commit(Entry::one(
        clock::now(),
        by,
        AccessChange::TechnicalUserSet(TechnicalUser {
            id: clock::new_id(),
            code: code.clone(),
            name,
            active: true,
            odata: false,
        }),
    ))?;
    technical_user_show(context, &code)
}

/// All technical users, sorted by code.
#[must_use]
pub fn technical_user_list(context: &Context) -> Vec<TechnicalUserView> {
    let catalog = context.ledger.catalog();
    let grants = grant_list(context);
    let mut users: Vec<TechnicalUserView> = catalog
        .technical_users
        .values()
        .map(|user| view(&catalog, &grants, user))
        .collect();
    users.sort_by_key(|user| user.code.to_lowercase());
    users
}

/// One technical user.
///
/// # Errors
/// If there is none with this code.
pub fn technical_user_show(context: &Context, code: &str) -> Result<TechnicalUserView, ManageError> {
    let catalog = context.ledger.catalog();
    Ok(view(
        &catalog,
        &grant_list(context),
        technical_user_named(&catalog, code)?,
    ))
}

/// Enables or disables a technical user, changes whether it may use OData, or renames it. Disabling
/// it revokes the tokens of its clients immediately.
///
/// # Errors
/// If there is none with this code, or the name is not valid.
pub fn technical_user_set(
    context: &Context,
    by: Actor,
    code: &str,
    edit: TechnicalUserEdit,
) -> Result<TechnicalUserView, ManageError> {
    let _editing = context.edit();
    let catalog = context.ledger.catalog();
    let user = technical_user_named(&catalog, code)?;
    let name = edit
        .name
        .map_or_else(|| Ok(user.name.clone()), |name| name_checked(&name))?;
    context.ledger.commit(Entry::one(
        clock::now(),
        by,
        AccessChange::TechnicalUserSet(TechnicalUser {
            id: user.id,
            code: user.code.clone(),
            name,
            active: edit.enabled.unwrap_or(user.active),
            odata: edit.odata.unwrap_or(user.odata),
        }),
    ))?;
    technical_user_show(context, &user.code)
}

pub(super) fn technical_user_named<'a>(catalog: &'a Catalog, code: &str) -> Result<&'a TechnicalUser, ManageError> {
    let known = catalog.technical_user(code).map(AsRef::as_ref);
    known.ok_or_else(|| ManageError::NotFound {
        what: Thing::TechnicalUser,
        name: code.to_owned(),
    })
}

fn view(catalog: &Catalog, grants: &[GrantView], user: &TechnicalUser) -> TechnicalUserView {
    let mut clients: Vec<String> = catalog
        .clients
        .values()
        .filter(|client| client.settings.user == user.id)
        .map(|client| client.settings.name.clone())
        .collect();
    clients.sort_by_key(|name| name.to_lowercase());
    TechnicalUserView {
        id: user.id,
        code: user.code.clone(),
        name: user.name.clone(),
        enabled: user.active,
        odata: user.odata,
        clients,
        grants: grants.iter().filter(|grant| grant.user == user.code).cloned().collect(),
        odata_missing: odata_missing(catalog, user),
    }
}

/// Has the same rules as codes of objects: Latin letters and digits, starting with a letter.
fn code_checked(code: &str) -> Result<String, ManageError> {
    let letter_first = code.starts_with(|first: char| first.is_ascii_alphabetic());
    if letter_first && code.len() <= MAX_CODE_LENGTH && code.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Ok(code.to_owned());
    }
    let problem = format!(
        "'{code}' is not a valid code; start with a Latin letter and use only Latin letters and digits, at most {MAX_CODE_LENGTH} characters"
    );
    Err(ManageError::Invalid { what: "code", problem })
}

fn name_checked(name: &str) -> Result<String, ManageError> {
    checked::name("name", name, MAX_NAME_LENGTH, "describe what the technical user is for")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_letters_and_digits() {
        assert_eq!(code_checked("Reports2").unwrap(), "Reports2");
        for wrong in ["", "2Reports", "Web Reports", "a-b", "é", &"x".repeat(101)] {
            assert!(code_checked(wrong).is_err(), "{wrong}");
        }
    }
}
