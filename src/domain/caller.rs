//! A program that showed a token: who it is, and what it may do.

use uuid::Uuid;

use super::actor::Actor;

/// A program that showed a valid access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The OAuth client that the token was made for.
    pub client_id: String,
    /// The technical user in whose name it acts.
    pub user: Uuid,
    pub scopes: Vec<String>,
}

impl Caller {
    /// Whether the token has a scope.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|has| has == scope)
    }

    /// Whom changes are made by.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        Actor::TechnicalUser(self.user)
    }
}
