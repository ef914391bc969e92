//! Users of the admin page and their set-up links.

use std::sync::Arc;

use uuid::Uuid;

use super::{ApplyError, Catalog};
use crate::domain::actor::Actor;
use crate::domain::normal::name_key_1;
use crate::domain::time::Timestamp;
use crate::domain::user::{Role, SetupLink, User};

impl Catalog {
    /// The user with this name, without regard to case.
    #[must_use]
    pub fn user_named(&self, name: &str) -> Option<&Arc<User>> {
        let name = name_key_1(name);
        self.users.values().find(|user| name_key_1(&user.name) == name)
    }

    /// The name of an actor, for lists.
    #[must_use]
    pub fn actor_name(&self, by: Actor) -> String {
        match by {
            Actor::System => "Hookgate".to_owned(),
            Actor::CommandLine => "command line".to_owned(),
            Actor::User(id) => {
                let known = self.users.get(&id);
                known.map_or_else(|| id.to_string(), |user| user.name.clone())
            }
            Actor::TechnicalUser(id) => {
                let known = self.technical_users.values().find(|user| user.id == id);
                known.map_or_else(|| id.to_string(), |user| user.code.clone())
            }
        }
    }

    /// Adds a user. A set-up link that they came by is then used up.
    pub(super) fn user_add(&mut self, user: User, link: Option<[u8; 32]>) -> Result<(), ApplyError> {
        self.user_name_free(&user.name, user.id)?;
        self.setup_link_use(link, user.created_on, None)?;
        Arc::make_mut(&mut self.users).insert(user.id, Arc::new(user));
        Ok(())
    }

    pub(super) fn user_change(&mut self, id: Uuid, name: &str, role: Role, active: bool) -> Result<(), ApplyError> {
        self.user_name_free(name, id)?;
        let others = self
            .users
            .values()
            .any(|other| other.id != id && is_administrator(other));
        let known = self.users.get(&id).is_some_and(|user| is_administrator(user));
        if known && !others && !(active && role == Role::Administrator) {
            return Err(ApplyError::LastAdministrator);
        }
        let user = self.user_mut(id)?;
        name.clone_into(&mut user.name);
        user.role = role;
        user.active = active;
        Ok(())
    }

    pub(super) fn user_password_set(
        &mut self,
        id: Uuid,
        password: &str,
        at: Timestamp,
        link: Option<[u8; 32]>,
    ) -> Result<(), ApplyError> {
        self.user_mut(id)?;
        self.setup_link_use(link, at, Some(id))?;
        // A link for setting this password is no longer needed.
        Arc::make_mut(&mut self.setup_links).remove(&Some(id));
        let user = self.user_mut(id)?;
        password.clone_into(&mut user.password);
        user.password_on = at;
        Ok(())
    }

    pub(super) fn recovery_code_use(&mut self, id: Uuid, code: [u8; 32]) -> Result<(), ApplyError> {
        let user = self.user_mut(id)?;
        let before = user.recovery.len();
        user.recovery.retain(|known| *known != code);
        if user.recovery.len() == before {
            let what = "the recovery code".to_owned();
            return Err(ApplyError::Gone { what });
        }
        Ok(())
    }

    pub(super) fn user_mut(&mut self, id: Uuid) -> Result<&mut User, ApplyError> {
        Arc::make_mut(&mut self.users)
            .get_mut(&id)
            .map(Arc::make_mut)
            .ok_or_else(|| ApplyError::UserUnknown(id.to_string()))
    }

    /// A link can be used once, before it expires, and only for the user it was created for.
    fn setup_link_use(&mut self, link: Option<[u8; 32]>, at: Timestamp, user: Option<Uuid>) -> Result<(), ApplyError> {
        let Some(hash) = link else { return Ok(()) };
        let fits = |known: &SetupLink| known.hash == hash && at < known.expires && known.user == user;
        if self.setup_links.get(&user).is_some_and(fits) {
            Arc::make_mut(&mut self.setup_links).remove(&user);
            return Ok(());
        }
        Err(ApplyError::SetupLinkDead)
    }

    /// Revokes an older link for the same user, and drops expired links.
    pub(super) fn setup_link_add(&mut self, link: SetupLink, at: Timestamp) -> Result<(), ApplyError> {
        if let Some(user) = link.user.filter(|user| !self.users.contains_key(user)) {
            return Err(ApplyError::UserUnknown(user.to_string()));
        }
        let links = Arc::make_mut(&mut self.setup_links);
        links.retain(|_, old| old.user != link.user && at < old.expires);
        links.insert(link.user, link);
        Ok(())
    }

    fn user_name_free(&self, name: &str, id: Uuid) -> Result<(), ApplyError> {
        match self.user_named(name) {
            Some(other) if other.id != id => Err(ApplyError::UserNameTaken(name.to_owned())),
            _ => Ok(()),
        }
    }
}

fn is_administrator(user: &User) -> bool {
    user.active && user.role == Role::Administrator
}
