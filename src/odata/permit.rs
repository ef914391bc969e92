//! What a program may do: its token's scope, its technical user, then the permission on each set.

use super::fault::Fault;
use super::filter::Path;
use super::model::EntitySet;
use super::paths::filter_paths;
use super::query::{Expand, QueryOptions};
use crate::domain::caller::Caller;
use crate::domain::catalog::Catalog;
use crate::domain::client::SCOPE_ODATA;
use crate::domain::rights::{PARSING_ERROR_SET, Rights, WEBHOOK_SET};

/// What is done with a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Create,
    Read,
    Edit,
    Delete,
}

/// Whether a program may use OData at all.
///
/// # Errors
/// [`Fault::Forbidden`], saying what is missing and the command that gives it.
pub fn may_use(catalog: &Catalog, caller: &Caller) -> Result<(), Fault> {
    if !caller.has_scope(SCOPE_ODATA) {
        return Err(Fault::Forbidden(format!(
            "the token has no scope {SCOPE_ODATA}; ask for it when fetching the token, and allow it to the client \
             with 'hookgate client set NAME --scope {SCOPE_ODATA}'"
        )));
    }
    let state = catalog.user_state(caller.user);
    let user = user_code(catalog, caller)?;
    if !state.active {
        return Err(Fault::Forbidden(format!(
            "the technical user {user} is switched off; switch it on with 'hookgate technical-user enable {user}'"
        )));
    }
    if !state.odata {
        return Err(Fault::Forbidden(format!(
            "the technical user {user} may not use OData; allow it with 'hookgate technical-user set {user} --odata on'"
        )));
    }
    Ok(())
}

/// Whether a program may do something with the entities of a set.
///
/// # Errors
/// As [`may_use`].
pub fn may(catalog: &Catalog, caller: &Caller, set: EntitySet, operation: Operation) -> Result<(), Fault> {
    let id = match set {
        EntitySet::Object(id) => id,
        EntitySet::Webhook => WEBHOOK_SET,
        EntitySet::WebhookParsingError => PARSING_ERROR_SET,
        EntitySet::WebhookStatus => return Ok(()),
    };
    let rights = catalog.rights(caller.user, id);
    if allows(rights, operation) {
        return Ok(());
    }
    let user = user_code(catalog, caller)?;
    let name = catalog.grantable_code(id).unwrap_or("this");
    let (doing, flag) = match operation {
        Operation::Create => ("create", "create"),
        Operation::Read => ("read", "read"),
        Operation::Edit => ("change", "edit"),
        Operation::Delete => ("delete", "delete"),
    };
    Err(Fault::Forbidden(format!(
        "the technical user {user} may not {doing} {name}; allow it with 'hookgate grant {name} --{flag} --user {user}'"
    )))
}

/// Whether a program may read all that a query looks at: what its paths lead through, and what
/// it shows within entities. Answers would tell of these, too.
///
/// # Errors
/// As [`may_use`].
pub fn may_query(catalog: &Catalog, caller: &Caller, options: &QueryOptions) -> Result<(), Fault> {
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
        .try_for_each(|set| may(catalog, caller, set, Operation::Read))
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

fn user_code<'c>(catalog: &'c Catalog, caller: &Caller) -> Result<&'c str, Fault> {
    let user = catalog.users.get(&caller.user).map(|user| user.code.as_str());
    user.ok_or_else(|| Fault::Forbidden("the token's technical user does not exist (any more)".to_owned()))
}
