//! Finds what prevents programs of a technical user from reading its records with `OData`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::catalog::Catalog;
use crate::domain::rights::{Rights, TechnicalUser};

/// A missing prerequisite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MissingView {
    pub code: Missing,
    /// The code of the technical user that lacks it.
    pub user: String,
    pub text: String,
}

/// The kinds of missing prerequisites.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// The technical user is disabled.
    TechnicalUserOff,
    /// The technical user may not use `OData`.
    OdataOff,
    /// The technical user has no permission on any object.
    NoPermission,
    /// The technical user has permissions, but none to read.
    NoRead,
}

/// Everything for which a request for records would be rejected; empty if some can be read.
#[must_use]
pub fn odata_missing(catalog: &Catalog, user: &TechnicalUser) -> Vec<MissingView> {
    let rights = |wanted: fn(&Rights) -> bool| {
        let mut own = catalog.grants.iter().filter(|((holder, _), _)| *holder == user.id);
        own.any(|(_, rights)| wanted(rights))
    };
    let code = &user.code;
    let mut missing = Vec::new();
    let mut add = |kind, what: &str| {
        missing.push(MissingView {
            code: kind,
            user: code.clone(),
            text: format!("the technical user {code} {what}"),
        });
    };
    if !user.active {
        add(Missing::TechnicalUserOff, "is disabled");
    }
    if !user.odata {
        add(Missing::OdataOff, "is not allowed to use OData");
    }
    if !rights(|rights| !rights.is_none()) {
        add(Missing::NoPermission, "has no permission on any object");
    } else if !rights(|rights| rights.read) {
        add(Missing::NoRead, "has no permission to read the records of any object");
    }
    missing
}
