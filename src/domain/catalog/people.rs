//! People: what a change does to them.

use std::sync::Arc;

use uuid::Uuid;

use super::{Catalog, Refusal};
use crate::domain::actor::Actor;
use crate::domain::person::{Person, Role, SetupLink};
use crate::domain::time::Timestamp;

impl Catalog {
    /// The person with this name, without regard to case.
    #[must_use]
    pub fn person_named(&self, name: &str) -> Option<&Arc<Person>> {
        let name = name.to_lowercase();
        self.people.values().find(|person| person.name.to_lowercase() == name)
    }

    /// All set-up links that are not used, also those whose time is over.
    pub fn setup_links_unused(&self) -> impl Iterator<Item = &SetupLink> {
        self.setup_link.iter().chain(self.setup_links.values())
    }

    /// Who did something, by name.
    #[must_use]
    pub fn actor_name(&self, by: Actor) -> String {
        match by {
            Actor::System => "Hookgate".to_owned(),
            Actor::CommandLine => "command line".to_owned(),
            Actor::Person(id) => {
                let known = self.people.get(&id);
                known.map_or_else(|| id.to_string(), |person| person.name.clone())
            }
            Actor::TechnicalUser(id) => {
                let known = self.users.values().find(|user| user.id == id);
                known.map_or_else(|| id.to_string(), |user| user.code.clone())
            }
        }
    }

    /// Adds a person. One who came by the set-up link uses it up with that.
    pub(super) fn person_add(&mut self, person: Person, link: Option<[u8; 32]>) -> Result<(), Refusal> {
        self.person_name_free(&person.name, person.id)?;
        self.setup_link_use(link, person.created_on, None)?;
        self.people.insert(person.id, Arc::new(person));
        Ok(())
    }

    pub(super) fn person_change(&mut self, id: Uuid, name: &str, role: Role, active: bool) -> Result<(), Refusal> {
        self.person_name_free(name, id)?;
        let others = self
            .people
            .values()
            .any(|other| other.id != id && is_administrator(other));
        let known = self.people.get(&id).is_some_and(|person| is_administrator(person));
        if known && !others && !(active && role == Role::Administrator) {
            return Err(Refusal::LastAdministrator);
        }
        let person = self.person_mut(id)?;
        name.clone_into(&mut person.name);
        person.role = role;
        person.active = active;
        Ok(())
    }

    pub(super) fn person_password_set(
        &mut self,
        id: Uuid,
        password: &str,
        at: Timestamp,
        link: Option<[u8; 32]>,
    ) -> Result<(), Refusal> {
        self.person_mut(id)?;
        self.setup_link_use(link, at, Some(id))?;
        // Whoever has a new password needs no link that was made for one.
        self.setup_links.remove(&Some(id));
        let person = self.person_mut(id)?;
        password.clone_into(&mut person.password);
        person.password_on = at;
        Ok(())
    }

    pub(super) fn person_recovery_use(&mut self, id: Uuid, code: [u8; 32]) -> Result<(), Refusal> {
        let person = self.person_mut(id)?;
        let before = person.recovery.len();
        person.recovery.retain(|known| *known != code);
        if person.recovery.len() == before {
            let what = "the recovery code".to_owned();
            return Err(Refusal::Gone { what });
        }
        Ok(())
    }

    pub(super) fn person_mut(&mut self, id: Uuid) -> Result<&mut Person, Refusal> {
        self.people
            .get_mut(&id)
            .map(Arc::make_mut)
            .ok_or_else(|| Refusal::PersonUnknown(id.to_string()))
    }

    /// A link is used once, before its end, for what it was made for.
    fn setup_link_use(&mut self, link: Option<[u8; 32]>, at: Timestamp, person: Option<Uuid>) -> Result<(), Refusal> {
        let Some(hash) = link else { return Ok(()) };
        let fits = |known: &SetupLink| known.hash == hash && at < known.expires && known.person == person;
        if self.setup_links.get(&person).is_some_and(fits) {
            self.setup_links.remove(&person);
            return Ok(());
        }
        if self.setup_link.as_ref().is_some_and(fits) {
            self.setup_link = None;
            return Ok(());
        }
        Err(Refusal::SetupLinkDead)
    }

    /// The older link of the same person is dead, and what is dead by its time is forgotten.
    pub(super) fn setup_link_add(&mut self, link: SetupLink, at: Timestamp) {
        let goes = |old: &SetupLink| old.person == link.person || at >= old.expires;
        self.setup_link.take_if(|old| goes(old));
        self.setup_links.retain(|_, old| !goes(old));
        self.setup_links.insert(link.person, link);
    }

    fn person_name_free(&self, name: &str, id: Uuid) -> Result<(), Refusal> {
        match self.person_named(name) {
            Some(other) if other.id != id => Err(Refusal::PersonNameTaken(name.to_owned())),
            _ => Ok(()),
        }
    }
}

fn is_administrator(person: &Person) -> bool {
    person.active && person.role == Role::Administrator
}
