//! What this program is, and what it is made of.

use std::path::PathBuf;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::Context;
use crate::domain::time::Timestamp;

/// Made by a test from what is built in; see `tests/it/dependencies.rs`.
const LICENCES: &str = include_str!("../../docs/licences.json");

/// What this program is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AboutView {
    pub version: &'static str,
    pub licence: &'static str,
    /// The packages that are built in, by name.
    pub licences: &'static [Licence],
    /// Since when it runs.
    pub started_on: Timestamp,
    /// The data folder, for administrators.
    pub data: Option<PathBuf>,
}

/// A package that is built in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Licence {
    pub name: String,
    pub version: String,
    /// Its licence, as SPDX writes it.
    pub licence: String,
}

/// What this program is; `folder` says whether the one who asks may know where it keeps its data.
#[must_use]
pub fn about_show(context: &Context, folder: bool) -> AboutView {
    // A test holds that the file can be read.
    static READ: LazyLock<Vec<Licence>> = LazyLock::new(|| serde_json::from_str(LICENCES).unwrap_or_default());
    AboutView {
        version: env!("CARGO_PKG_VERSION"),
        licence: env!("CARGO_PKG_LICENSE"),
        licences: &READ,
        started_on: context.started_on,
        data: folder.then(|| context.data.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_licences_can_be_read() {
        let read: Vec<Licence> = serde_json::from_str(LICENCES).unwrap();
        assert!(read.len() > 50);
        assert!(read.iter().all(|one| !one.name.is_empty() && !one.licence.is_empty()));
    }
}
