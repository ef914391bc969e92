//! Technical users: in whose name programs act. None can log in; none may anything until granted.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::grant::{GrantView, grant_list};
use super::odata_access::{MissingView, odata_missing};
use super::{Context, ManageError, checked};
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::catalog::Catalog;
use crate::domain::change::AccessChange;
use crate::domain::entry::Entry;
use crate::domain::rights::TechnicalUser;

/// The longest code of a technical user.
const MAX_CODE_LENGTH: usize = 100;

/// The longest name of a technical user.
const MAX_NAME_LENGTH: usize = 250;

/// A technical user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TechnicalUserView {
    pub id: Uuid,
    pub code: String,
    pub name: String,
    /// Whether its clients get tokens, and their tokens count.
    pub active: bool,
    /// Whether its clients may use OData.
    pub odata: bool,
    /// The names of its OAuth clients.
    pub clients: Vec<String>,
    /// What it may do with records.
    pub grants: Vec<GrantView>,
    /// What keeps its clients from records by OData.
    #[serde(default)]
    pub odata_missing: Vec<MissingView>,
}

/// What to change on a technical user; an absent part stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TechnicalUserEdit {
    pub name: Option<String>,
    /// Whether its clients get tokens, and their tokens count.
    pub active: Option<bool>,
    /// Whether its clients may use OData.
    pub odata: Option<bool>,
}

/// Makes a technical user, without any right. Without a name it is called by its code.
///
/// # Errors
/// When there is one with this code, or it is none.
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

/// All technical users, by code.
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
/// When there is none with this code.
pub fn technical_user_show(context: &Context, code: &str) -> Result<TechnicalUserView, ManageError> {
    let catalog = context.ledger.catalog();
    Ok(view(
        &catalog,
        &grant_list(context),
        technical_user_named(&catalog, code)?,
    ))
}

/// Switches a technical user on or off, gives or takes its right to use OData, or renames it.
/// Switching it off ends the tokens of its clients at once.
///
/// # Errors
/// When there is none with this code, or the name cannot be taken.
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
            active: edit.active.unwrap_or(user.active),
            odata: edit.odata.unwrap_or(user.odata),
        }),
    ))?;
    technical_user_show(context, &user.code)
}

pub(super) fn technical_user_named<'a>(catalog: &'a Catalog, code: &str) -> Result<&'a TechnicalUser, ManageError> {
    let known = catalog.technical_user(code).map(AsRef::as_ref);
    known.ok_or_else(|| ManageError::NotFound {
        what: "technical user",
        name: code.to_owned(),
        next: "'hookgate technical-user list' shows what there is",
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
        active: user.active,
        odata: user.odata,
        clients,
        grants: grants.iter().filter(|grant| grant.user == user.code).cloned().collect(),
        odata_missing: odata_missing(catalog, user),
    }
}

/// As codes of objects are: Latin letters and digits, a letter first.
fn code_checked(code: &str) -> Result<String, ManageError> {
    let letter_first = code.starts_with(|first: char| first.is_ascii_alphabetic());
    if letter_first && code.len() <= MAX_CODE_LENGTH && code.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Ok(code.to_owned());
    }
    let problem = format!(
        "'{code}' cannot be one; take a Latin letter, then Latin letters and digits only, at most {MAX_CODE_LENGTH}"
    );
    Err(ManageError::Invalid { what: "code", problem })
}

fn name_checked(name: &str) -> Result<String, ManageError> {
    checked::name("name", name, MAX_NAME_LENGTH, "say what the technical user is for")
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
