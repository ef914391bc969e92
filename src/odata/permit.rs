//! What a program may do: its token's scope, its technical user, then the permission on each set.

use super::filter::Path;
use super::model::EntitySet;
use super::odata_error::ODataError;
use super::options::{Expand, QueryOptions};
use super::paths::filter_paths;
use crate::domain::caller::Caller;
use crate::domain::catalog::Catalog;
use crate::domain::client::SCOPE_ODATA;
use crate::domain::rights::{ACTOR_SET, PARSING_ERROR_SET, Rights, TechnicalUser, WEBHOOK_SET};

/// What is done with a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Create,
    Read,
    Edit,
    Delete,
}

/// Checks that a program may use OData at all.
///
/// # Errors
/// [`ODataError::Forbidden`], with what is missing and the command that grants it.
pub fn authorize_use(catalog: &Catalog, caller: &Caller) -> Result<(), ODataError> {
    if !caller.has_scope(SCOPE_ODATA) {
        return Err(ODataError::Forbidden(format!(
            "the token has no scope {SCOPE_ODATA}; ask for it when fetching the token, and allow it to the client \
             with 'hookgate client set NAME --scope {SCOPE_ODATA}'"
        )));
    }
    let user = technical_user(catalog, caller)?;
    let (active, odata, user) = (user.active, user.odata, &user.code);
    if !active {
        return Err(ODataError::Forbidden(format!(
            "the technical user {user} is disabled; enable it with 'hookgate technical-user enable {user}'"
        )));
    }
    if !odata {
        return Err(ODataError::Forbidden(format!(
            "the technical user {user} is not allowed to use OData; allow it with 'hookgate technical-user set {user} --odata on'"
        )));
    }
    Ok(())
}

/// Whether a program may do something with the entities of a set.
///
/// # Errors
/// As [`authorize_use`].
pub fn authorize(catalog: &Catalog, caller: &Caller, set: EntitySet, operation: Operation) -> Result<(), ODataError> {
    let id = match set {
        EntitySet::Object(id) => id,
        EntitySet::Webhook => WEBHOOK_SET,
        EntitySet::WebhookParsingError => PARSING_ERROR_SET,
        EntitySet::Actor => ACTOR_SET,
        EntitySet::WebhookStatus => return Ok(()),
    };
    let rights = catalog.rights(caller.user, id);
    if allows(rights, operation) {
        return Ok(());
    }
    let user = &technical_user(catalog, caller)?.code;
    let name = catalog.grantable_code(id).unwrap_or("this");
    let (verb, flag) = match operation {
        Operation::Create => ("create", "create"),
        Operation::Read => ("read", "read"),
        Operation::Edit => ("change", "edit"),
        Operation::Delete => ("delete", "delete"),
    };
    Err(ODataError::Forbidden(format!(
        "the technical user {user} may not {verb} {name}; allow it with 'hookgate grant {name} --{flag} --user {user}'"
    )))
}

/// Checks that a program may read every set that a query touches: those its paths lead through, and
/// those it expands. Otherwise responses would reveal their values.
///
/// # Errors
/// As [`authorize_use`].
pub fn authorize_query(catalog: &Catalog, caller: &Caller, options: &QueryOptions) -> Result<(), ODataError> {
    let mut sets = Vec::new();
    let mut path = |path: &Path| sets.extend(path.steps.iter().map(|step| step.target));
    if let Some(filter) = &options.filter {
        filter_paths(filter, &mut path);
    }
    options.order.iter().for_each(|order| path(&order.path));
    expanded(&options.expand, &mut sets);
    sets.sort_unstable();
    sets.dedup();
    sets.into_iter()
        .try_for_each(|set| authorize(catalog, caller, set, Operation::Read))
}

/// Takes out of `$expand=*` what the program may not read.
pub fn readable_only(catalog: &Catalog, caller: &Caller, expand: &mut Vec<Expand>) {
    expand.retain(|part| !part.by_star || authorize(catalog, caller, part.target, Operation::Read).is_ok());
    for part in expand {
        readable_only(catalog, caller, &mut part.expand);
    }
}

fn expanded(expand: &[Expand], sets: &mut Vec<EntitySet>) {
    for part in expand {
        sets.push(part.target);
        expanded(&part.expand, sets);
    }
}

const fn allows(rights: Rights, operation: Operation) -> bool {
    match operation {
        Operation::Create => rights.create,
        Operation::Read => rights.read,
        Operation::Edit => rights.edit,
        Operation::Delete => rights.delete,
    }
}

fn technical_user<'c>(catalog: &'c Catalog, caller: &Caller) -> Result<&'c TechnicalUser, ODataError> {
    let user = catalog.technical_users.get(&caller.user).map(AsRef::as_ref);
    user.ok_or_else(|| ODataError::Forbidden("the token's technical user does not exist (any more)".to_owned()))
}
