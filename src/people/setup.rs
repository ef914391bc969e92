//! Set-up links, for the first administrator and for users who forgot their password.

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

/// How long a set-up link is valid.
pub const LINK_LIFE: Duration = Duration::from_secs(30 * 60);

/// The maximum length of a user's name, in characters.
pub const MAX_NAME_LENGTH: usize = 100;

/// A new set-up link.
pub struct SetupLinkMade {
    /// The token in the link: a secret, shown once.
    pub token: String,
    pub expires: Timestamp,
    user: Option<Uuid>,
}

impl SetupLinkMade {
    /// A link for a user, or for a new administrator. It is valid when its change is committed.
    ///
    /// # Errors
    /// If the system provides no random numbers.
    pub fn new(user: Option<Uuid>, now: Timestamp) -> Result<Self, LoginError> {
        let random: [u8; 32] = random()?;
        Ok(Self {
            token: URL_SAFE_NO_PAD.encode(random),
            expires: after(now, LINK_LIFE),
            user,
        })
    }

    /// The change that stores the link.
    #[must_use]
    pub fn change(&self) -> AccessChange {
        AccessChange::SetupLinkAdded {
            hash: sha256(&self.token),
            expires: self.expires,
            user: self.user,
        }
    }
}

/// Whether there is no administrator who can log in.
#[must_use]
pub fn setup_needed(catalog: &Catalog) -> bool {
    !catalog
        .users
        .values()
        .any(|user| user.active && user.role == Role::Administrator && !user.password.is_empty())
}

impl People {
    /// Whether there is no administrator who can log in.
    #[must_use]
    pub fn setup_needed(&self) -> bool {
        setup_needed(&self.ledger.catalog())
    }

    /// Creates a link with which a user sets a password, or with which a new administrator is
    /// added. An earlier link for the same user is revoked; links for other users stay valid.
    ///
    /// # Errors
    /// [`LoginError`].
    pub fn setup_link_make(&self, by: Actor, user: Option<Uuid>, now: Timestamp) -> Result<SetupLinkMade, LoginError> {
        let made = SetupLinkMade::new(user, now)?;
        self.ledger.commit(Entry::one(now, by, made.change()))?;
        Ok(made)
    }

    /// Creates the link of a first start, if there is neither an administrator nor a valid link for
    /// one.
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

    /// Uses a set-up link: sets the password of its user, or adds a new administrator with this
    /// name, and logs them in. If a second factor is enabled, its code is required too.
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

    /// Writes a set-up link to its file, for an operator without a terminal.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn setup_file_write(&self, link: &str) -> io::Result<&Path> {
        file_write(&self.setup_file, format!("{link}\n").as_bytes())?;
        Ok(&self.setup_file)
    }

    /// Removes the file of the set-up link if the link is no longer valid.
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
                tracing::warn!(%error, "the file {path} of the used set-up link cannot be removed");
            }
            _ => {}
        }
    }
}

/// Another request used the same link or recovery code first.
fn used_already(error: LoginError) -> LoginError {
    match error {
        LoginError::Change(ChangeError::Refused(ApplyError::SetupLinkDead)) => LoginError::LinkDead,
        error => spent_already(error),
    }
}

/// The link with this hash, if it is valid.
fn living(catalog: &Catalog, hash: [u8; 32], now: Timestamp) -> Option<&SetupLink> {
    let mut links = catalog.setup_links.values();
    links.find(|link| link.hash == hash && now < link.expires)
}

/// The data that a user enters at a set-up link.
#[derive(Debug, Clone, Copy)]
pub struct NewPassword<'a> {
    /// The name of a new administrator; not used if the link is for a user.
    pub name: &'a str,
    pub password: &'a Password,
    /// The code of the second factor, if the user has one.
    pub code: Option<&'a str>,
    pub address: IpAddr,
    /// The user agent of the browser.
    pub agent: &'a str,
    /// The current session of the browser, which ends when the link is used.
    pub cookie: Option<&'a str>,
}

/// Checks the name of a user.
///
/// # Errors
/// Why the name is not accepted.
pub fn name_checked(name: &str) -> Result<String, LoginError> {
    let name = name.trim();
    let length = name.chars().count();
    if (1..=MAX_NAME_LENGTH).contains(&length) && !name.chars().any(char::is_control) {
        return Ok(name.to_owned());
    }
    Err(LoginError::Name)
}
