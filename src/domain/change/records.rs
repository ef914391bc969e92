//! Records that programs and people write.

use serde::{Deserialize, Serialize};

use crate::domain::record::RecordOperation;

/// Records are created, changed or deleted, all of them or none. Stored by position.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordsWritten {
    /// The version of the rules that the decision is based on (see `Catalog::rules`).
    pub rules: u64,
    pub operations: Vec<RecordOperation>,
}

impl RecordsWritten {
    pub(super) fn needs_room(&self) -> bool {
        self.operations
            .iter()
            .any(|operation| !matches!(operation, RecordOperation::Delete { .. }))
    }
}
