//! Processes: what happens to a webhook after it arrives.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::thing::Thing;
use super::{Context, ManageError};
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::catalog::{CREATE_RECORDS, CREATE_RECORDS_CAPTION};
use crate::domain::change::ConfigChange;
use crate::domain::entry::Entry;

/// A process and whether it is enabled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProcessView {
    pub code: String,
    pub caption: String,
    pub enabled: bool,
}

/// All processes.
#[must_use]
pub fn process_list(context: &Context) -> Vec<ProcessView> {
    vec![ProcessView {
        code: CREATE_RECORDS.to_owned(),
        caption: CREATE_RECORDS_CAPTION.to_owned(),
        enabled: context.ledger.catalog().process_enabled(CREATE_RECORDS),
    }]
}

/// Enables or disables a process. Returns the new list.
///
/// # Errors
/// If there is no such process.
pub fn process_set(context: &Context, by: Actor, code: &str, enabled: bool) -> Result<Vec<ProcessView>, ManageError> {
    let known = process_list(context);
    let process = known.iter().find(|process| process.code.eq_ignore_ascii_case(code));
    let process = process.ok_or_else(|| ManageError::NotFound {
        what: Thing::Process,
        name: code.to_owned(),
    })?;
    let process = process.code.clone();
    context.ledger.commit(Entry::one(
        clock::now(),
        by,
        ConfigChange::ProcessSet { process, enabled },
    ))?;
    Ok(process_list(context))
}
