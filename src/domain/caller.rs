//! A program that sent an access token: its identity and its scopes.

use uuid::Uuid;

use super::actor::Actor;

/// A program that sent a valid access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The OAuth client that the token was issued to.
    pub client_id: String,
    /// The technical user that the program acts as.
    pub user: Uuid,
    pub scopes: Vec<String>,
}

impl Caller {
    /// Whether the token has a scope.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|has| has == scope)
    }

    /// The actor of changes that the program makes.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        Actor::TechnicalUser(self.user)
    }
}
