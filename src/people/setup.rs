//! The set-up link: the way in for the first administrator, and for whoever forgot.

use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::login::{LoginError, Started, spent_already};
use super::note::Note;
use super::session::Browser;
use super::{People, after, sha256};
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::catalog::{ApplyError, Catalog};
use crate::domain::change::{AccessChange, Change};
use crate::domain::entry::Entry;
use crate::domain::time::Timestamp;
use crate::domain::user::{Password, Role, SetupLink};
use crate::ledger::ChangeError;
use crate::ledger::folder::file_write;
use crate::secret::random;

/// How long a set-up link lives.
pub const LINK_LIFE: Duration = Duration::from_secs(30 * 60);

/// The longest name of a person, in characters.
pub const MAX_NAME_LENGTH: usize = 100;

/// A set-up link that was made.
pub struct SetupLinkMade {
    /// What the link holds: a secret, shown once.
    pub token: String,
    pub expires: Timestamp,
    user: Option<Uuid>,
}

impl SetupLinkMade {
    /// A link for a user, or for a new administrator; it works once its change is committed.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn new(user: Option<Uuid>, now: Timestamp) -> Result<Self, LoginError> {
        let random: [u8; 32] = random()?;
        Ok(Self {
            token: URL_SAFE_NO_PAD.encode(random),
            expires: after(now, LINK_LIFE),
            user,
        })
    }

    /// What makes it known.
    #[must_use]
    pub fn change(&self) -> AccessChange {
        AccessChange::SetupLinkAdded {
            hash: sha256(&self.token),
            expires: self.expires,
            user: self.user,
        }
    }
}

/// Whether there is no administrator who could log in.
#[must_use]
pub fn setup_needed(catalog: &Catalog) -> bool {
    !catalog
        .users
        .values()
        .any(|user| user.active && user.role == Role::Administrator && !user.password.is_empty())
}

impl People {
    /// Whether there is no administrator who could log in.
    #[must_use]
    pub fn setup_needed(&self) -> bool {
        setup_needed(&self.ledger.catalog())
    }

    /// Makes a link by which somebody sets their password, or a new administrator comes in. The
    /// link before for the same is dead; those of others live on.
    ///
    /// # Errors
    /// [`LoginError`].
    pub fn setup_link_make(&self, by: Actor, user: Option<Uuid>, now: Timestamp) -> Result<SetupLinkMade, LoginError> {
        let made = SetupLinkMade::new(user, now)?;
        self.ledger.commit(Entry::one(now, by, made.change()))?;
        Ok(made)
    }

    /// The link of a first start: made if there is no administrator and no link that lives by
    /// which one could come in.
    ///
    /// # Errors
    /// [`LoginError`].
    pub fn setup_link_first(&self, now: Timestamp) -> Result<Option<SetupLinkMade>, LoginError> {
        let catalog = self.ledger.catalog();
        let administrator = |id: Uuid| {
            let user = catalog.users.get(&id);
            user.is_some_and(|user| user.active && user.role == Role::Administrator)
        };
        let lives = catalog
            .setup_links
            .values()
            .any(|link| now < link.expires && link.user.is_none_or(administrator));
        if lives || !setup_needed(&catalog) {
            return Ok(None);
        }
        self.setup_link_make(Actor::System, None, now).map(Some)
    }

    /// Uses a set-up link: its owner gets this password, or comes in as a new administrator of
    /// this name, and is logged in. With a second factor, its code is needed as well.
    ///
    /// # Errors
    /// [`LoginError`].
    pub fn setup(&self, token: &str, new: &NewPassword<'_>, now: Timestamp) -> Result<Started, LoginError> {
        let catalog = self.ledger.catalog();
        let hash = sha256(token);
        let Some(link) = living(&catalog, hash, now) else {
            let note = Note {
                action: "setup-link-refused",
                subject: "",
                detail: "a link that is dead",
                address: new.address,
            };
            self.note(&note, now);
            return Err(LoginError::LinkDead);
        };
        let (id, changes) = match link.user {
            Some(id) => (id, self.setup_password(hash, id, new, now)?),
            None => self.setup_administrator(hash, new)?,
        };
        let browser = Browser {
            cookie: new.cookie,
            address: new.address,
            agent: new.agent,
        };
        let started = self.session_start(changes, id, &browser, now).map_err(used_already)?;
        self.setup_file_tidy(now);
        Ok(started)
    }

    fn setup_password(
        &self,
        link: [u8; 32],
        id: Uuid,
        new: &NewPassword<'_>,
        now: Timestamp,
    ) -> Result<Vec<Change>, LoginError> {
        let catalog = self.ledger.catalog();
        let known = catalog.users.get(&id).filter(|user| user.active);
        let user = known.ok_or(LoginError::LinkDead)?;
        let password = self.password_of(&user.name, new.password)?;
        let spent = self.code_demand(user, new.code, new.address, now)?;
        let set = AccessChange::UserPasswordSet {
            id,
            password,
            link: Some(link),
            keep: None,
        };
        let spent = spent.map(Change::from);
        Ok(spent.into_iter().chain([set.into()]).collect())
    }

    fn setup_administrator(&self, link: [u8; 32], new: &NewPassword<'_>) -> Result<(Uuid, Vec<Change>), LoginError> {
        let name = name_checked(new.name)?;
        let password = self.password_of(&name, new.password)?;
        let id = clock::new_id();
        let added = AccessChange::UserAdded {
            id,
            name,
            role: Role::Administrator,
            password,
            link: Some(link),
        };
        Ok((id, vec![added.into()]))
    }

    /// Puts a set-up link into its file, for an operator without a terminal.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn setup_file_write(&self, link: &str) -> io::Result<&Path> {
        file_write(&self.setup_file, format!("{link}\n").as_bytes())?;
        Ok(&self.setup_file)
    }

    /// Removes the file of the set-up link if the link in it is dead.
    pub fn setup_file_tidy(&self, now: Timestamp) {
        let Ok(link) = fs::read_to_string(&self.setup_file) else {
            return;
        };
        let token = link.trim().rsplit('/').next().unwrap_or_default();
        if living(&self.ledger.catalog(), sha256(token), now).is_some() {
            return;
        }
        match fs::remove_file(&self.setup_file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                let path = self.setup_file.display();
                tracing::warn!(%error, "the file {path} of the used set-up link could not be removed");
            }
            _ => {}
        }
    }
}

/// Another request was quicker with the same link, or with the same recovery code.
fn used_already(error: LoginError) -> LoginError {
    match error {
        LoginError::Change(ChangeError::Refused(ApplyError::SetupLinkDead)) => LoginError::LinkDead,
        error => spent_already(error),
    }
}

/// The link with this hash, if it is not used and its time is not over.
fn living(catalog: &Catalog, hash: [u8; 32], now: Timestamp) -> Option<&SetupLink> {
    let mut links = catalog.setup_links.values();
    links.find(|link| link.hash == hash && now < link.expires)
}

/// What somebody sets with a set-up link.
#[derive(Debug, Clone, Copy)]
pub struct NewPassword<'a> {
    /// The name of a new administrator; of no account where the link is for somebody.
    pub name: &'a str,
    pub password: &'a Password,
    /// A code of the second factor of somebody who has one.
    pub code: Option<&'a str>,
    pub address: IpAddr,
    /// What the browser calls itself.
    pub agent: &'a str,
    /// The session that the browser has already; it ends once the link is used.
    pub cookie: Option<&'a str>,
}

/// A name that somebody can have.
///
/// # Errors
/// What is wrong with it.
pub fn name_checked(name: &str) -> Result<String, LoginError> {
    let name = name.trim();
    let length = name.chars().count();
    if (1..=MAX_NAME_LENGTH).contains(&length) && !name.chars().any(char::is_control) {
        return Ok(name.to_owned());
    }
    Err(LoginError::Name)
}
