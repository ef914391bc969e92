//! Finds what prevents programs of a technical user from reading its records with `OData`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::catalog::Catalog;
use crate::domain::rights::{Rights, TechnicalUser};

/// A missing prerequisite, and the command that adds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MissingView {
    pub code: Missing,
    pub text: String,
    /// The command that adds what is missing.
    pub command: String,
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
    let mut add = |code, text, command| missing.push(MissingView { code, text, command });
    if !user.active {
        add(
            Missing::TechnicalUserOff,
            format!("the technical user {code} is switched off"),
            format!("hookgate technical-user enable {code}"),
        );
    }
    if !user.odata {
        add(
            Missing::OdataOff,
            format!("the technical user {code} may not use OData"),
            format!("hookgate technical-user set {code} --odata on"),
        );
    }
    let grant = format!("hookgate grant Contact --read --user {code}");
    if !rights(|rights| !rights.is_none()) {
        let text = format!("the technical user {code} has no permission on any object");
        add(Missing::NoPermission, text, grant);
    } else if !rights(|rights| rights.read) {
        let text = format!("the technical user {code} may not read the records of any object");
        add(Missing::NoRead, text, grant);
    }
    missing
}
