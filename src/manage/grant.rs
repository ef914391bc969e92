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

/// Adds permissions for an object to those of a technical user.
///
/// # Errors
/// If there is no such user or object, or no permission is given.
pub fn grant_add(
    context: &Context,
    by: Actor,
    user: &str,
    object: &str,
    more: Rights,
) -> Result<GrantView, ManageError> {
    if more.is_none() {
        let problem = "name at least one of create, read, edit and delete".to_owned();
        return Err(ManageError::Invalid {
            what: "permissions",
            problem,
        });
    }
    grant_put(context, by, user, object, |old| Rights {
        create: old.create || more.create,
        read: old.read || more.read,
        edit: old.edit || more.edit,
        delete: old.delete || more.delete,
    })
}

/// Revokes permissions of a technical user for an object.
///
/// # Errors
/// If there is no such user or object.
pub fn grant_revoke(
    context: &Context,
    by: Actor,
    user: &str,
    object: &str,
    less: Rights,
) -> Result<GrantView, ManageError> {
    grant_put(context, by, user, object, |old| Rights {
        create: old.create && !less.create,
        read: old.read && !less.read,
        edit: old.edit && !less.edit,
        delete: old.delete && !less.delete,
    })
}

/// Sets all four permissions of a technical user for an object.
///
/// # Errors
/// If there is no such user or object.
pub fn grant_set(
    context: &Context,
    by: Actor,
    user: &str,
    object: &str,
    rights: Rights,
) -> Result<GrantView, ManageError> {
    grant_put(context, by, user, object, |_| rights)
}

fn grant_put(
    context: &Context,
    by: Actor,
    user: &str,
    object: &str,
    new: impl FnOnce(Rights) -> Rights,
) -> Result<GrantView, ManageError> {
    let _editing = context.edit();
    let catalog = context.ledger.catalog();
    let user = technical_user_named(&catalog, user)?;
    let unknown = || ManageError::Refused(ApplyError::ObjectUnknown(object.to_owned()));
    let id = catalog.grantable(object).ok_or_else(unknown)?;
    let object = catalog.grantable_code(id).unwrap_or(object);
    let rights = new(catalog.rights(user.id, id));
    let writing = rights.create || rights.edit || rights.delete;
    if writing && !catalog.objects.contains_key(&id) {
        return Err(ManageError::Invalid {
            what: "permissions",
            problem: format!("{object} can only be read; name --read alone"),
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
