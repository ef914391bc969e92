//! Object operation permissions of technical users.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::technical_user::technical_user_named;
use super::{Context, ManageError};
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::catalog::ApplyError;
use crate::domain::change::ConfigChange;
use crate::domain::entry::Entry;
use crate::domain::rights::Rights;

/// The permissions of a technical user for the records of one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GrantView {
    /// The technical user's code.
    pub user: String,
    pub object: String,
    #[serde(flatten)]
    pub rights: Rights,
}

/// All permissions, sorted by user and object.
#[must_use]
pub fn grant_list(context: &Context) -> Vec<GrantView> {
    let catalog = context.ledger.catalog();
    let mut grants: Vec<GrantView> = catalog
        .grants
        .iter()
        .filter_map(|((user, object), rights)| {
            Some(GrantView {
                user: catalog.technical_users.get(user)?.code.clone(),
                object: catalog.grantable_code(*object)?.to_owned(),
                rights: *rights,
            })
        })
        .collect();
    grants.sort_by(|a, b| (&a.user, &a.object).cmp(&(&b.user, &b.object)));
    grants
}

/// Changes of permissions; those that are absent are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RightsEdit {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edit: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete: Option<bool>,
}

/// Changes the permissions of a technical user for an object.
///
/// # Errors
/// If there is no such user or object.
pub fn grant_set(
    context: &Context,
    by: Actor,
    user: &str,
    object: &str,
    rights: RightsEdit,
) -> Result<GrantView, ManageError> {
    let _editing = context.edit();
    let catalog = context.ledger.catalog();
    let user = technical_user_named(&catalog, user)?;
    let unknown = || ManageError::Refused(ApplyError::ObjectUnknown(object.to_owned()));
    let id = catalog.grantable(object).ok_or_else(unknown)?;
    let object = catalog.grantable_code(id).unwrap_or(object);
    let old = catalog.rights(user.id, id);
    let rights = Rights {
        create: rights.create.unwrap_or(old.create),
        read: rights.read.unwrap_or(old.read),
        edit: rights.edit.unwrap_or(old.edit),
        delete: rights.delete.unwrap_or(old.delete),
    };
    let writing = rights.create || rights.edit || rights.delete;
    if writing && !catalog.objects.contains_key(&id) {
        return Err(ManageError::Invalid {
            what: "permissions",
            problem: format!("{object} is read-only; grant only --read"),
        });
    }
    context.ledger.commit(Entry::one(
        clock::now(),
        by,
        ConfigChange::GrantSet {
            user: user.code.clone(),
            object: object.to_owned(),
            rights,
        },
    ))?;
    Ok(GrantView {
        user: user.code.clone(),
        object: object.to_owned(),
        rights,
    })
}
