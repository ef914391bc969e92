//! Stub.
use super::fault::Fault;
use super::model::EntitySet;
use crate::domain::caller::Caller;
use crate::domain::catalog::Catalog;
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code)]
pub enum Operation {
    Create,
    Read,
    Edit,
    Delete,
}
pub fn may_use(_catalog: &Catalog, caller: &Caller) -> Result<(), Fault> {
    if caller.has_scope("odata") {
        Ok(())
    } else {
        Err(Fault::Forbidden("no scope odata".into()))
    }
}
pub fn may(catalog: &Catalog, caller: &Caller, set: EntitySet, operation: Operation) -> Result<(), Fault> {
    let EntitySet::Object(id) = set else { return Ok(()) };
    let r = catalog.rights(caller.user, id);
    let ok = match operation {
        Operation::Create => r.create,
        Operation::Read => r.read,
        Operation::Edit => r.edit,
        Operation::Delete => r.delete,
    };
    if ok {
        Ok(())
    } else {
        Err(Fault::Forbidden("may not".into()))
    }
}
