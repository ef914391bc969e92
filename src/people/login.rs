//! Logging in: name, password and second factor, decided in one place.

use std::net::IpAddr;
use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use uuid::Uuid;

use super::note::Note;
use super::password::{PasswordError, is_stale};
use super::session::Live;
use super::{People, lock, sha256, totp};
use crate::domain::actor::Actor;
use crate::domain::change::Change;
use crate::domain::person::{Password, Person};
use crate::domain::time::Timestamp;
use crate::ledger::ChangeError;
use crate::secret::SecretError;
use crate::store::StoreError;

/// The longest name that is looked at, in bytes. None that was given is longer.
const NAME_MOST: usize = 512;

/// Somebody who wants in.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// The name, as it was typed.
    pub name: &'a str,
    /// The password.
    pub password: &'a Password,
    /// A code of the second factor, or a recovery code.
    pub code: Option<&'a str>,
    /// From where.
    pub address: IpAddr,
    /// What the browser calls itself.
    pub agent: &'a str,
    /// The session that the browser has already; it ends with a good login.
    pub cookie: Option<&'a str>,
}

/// A session that began.
pub struct Started {
    /// What the cookie holds: a secret.
    pub cookie: String,
    /// The session.
    pub live: Live,
}

/// Why somebody is not let in, or may not change how they get in. The table of problems.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's message says what it is")]
pub enum LoginError {
    #[error("log in first")]
    Needed,
    #[error("name, password or code are wrong; after several failures there is a wait")]
    Failed,
    #[error("the code of the second factor is needed as well")]
    CodeNeeded,
    #[error("your password is needed again for this; send it to POST /api/v1/session/confirm, then repeat the request")]
    ConfirmNeeded,
    #[error("there were too many failures; try again in {seconds} seconds")]
    TryLater { seconds: u64 },
    #[error("this link was used, replaced or is too old; 'hookgate user setup-link' on the server makes a new one")]
    LinkDead,
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error("a name has 1 to {} characters, on one line", super::setup::NAME_LENGTH)]
    Name,
    #[error("nothing was begun that this code could confirm, or it is too long ago; begin again")]
    NothingBegun,
    #[error("too many people log in at this moment; try again in a few seconds")]
    Busy,
    #[error(transparent)]
    Change(#[from] ChangeError),
    #[error("the store could not answer")]
    Store(#[from] StoreError),
    #[error("{0}; is this the master key that the data folder was made with?")]
    Secret(#[from] SecretError),
}

/// How a code turned out.
enum Code {
    Right,
    Missing,
    Wrong,
}

impl People {
    /// Lets somebody in, or says why not. Blocks for the hash and the disk: not for async code.
    ///
    /// The same answer after the same time for a name that nobody has, one that is switched off,
    /// and a wrong password.
    ///
    /// # Errors
    /// [`LoginError`].
    pub fn login(&self, attempt: &Attempt<'_>, now: Timestamp) -> Result<Started, LoginError> {
        let catalog = self.ledger.catalog();
        let name = attempt.name.trim();
        let known = catalog.person_named(name).filter(|_| name.len() <= NAME_MOST);
        let person = self.proved(name, known.map(Arc::as_ref), attempt, now)?;
        self.password_renew(&person, attempt.password, now)?;
        self.session_replaced(attempt.cookie, person.id, now)?;
        self.session_start(Arc::new(person), attempt.address, attempt.agent, now)
    }

    /// Who proved with password and code to be who they say.
    fn proved(
        &self,
        name: &str,
        known: Option<&Person>,
        attempt: &Attempt<'_>,
        now: Timestamp,
    ) -> Result<Person, LoginError> {
        let account = account(name);
        self.counted(&account, known, attempt.address, now)?;
        let done = |outcome: Result<Person, LoginError>| {
            match &outcome {
                Ok(_) => {
                    self.guesses.undone(&account, attempt.address, now);
                    self.guesses.succeeded(&account, attempt.address);
                }
                Err(LoginError::Failed) => {}
                // Nothing was found out that could have been guessed.
                Err(_) => self.guesses.undone(&account, attempt.address, now),
            }
            outcome
        };
        let usable = known.filter(|person| person.active);
        let stored = usable.map(|person| person.password.as_str()).unwrap_or_default();
        let Some(right) = self.password_is(&attempt.password.0, stored) else {
            return done(Err(LoginError::Busy));
        };
        let Some(person) = usable.filter(|_| right) else {
            self.failed(known, "wrong name or password", attempt.address, now);
            return done(Err(LoginError::Failed));
        };
        done(match self.code_check(person, attempt.code, now) {
            Ok(Code::Right) => Ok(person.clone()),
            Ok(Code::Missing) => Err(LoginError::CodeNeeded),
            Ok(Code::Wrong) => {
                self.failed(known, "wrong code", attempt.address, now);
                Err(LoginError::Failed)
            }
            Err(error) => Err(error),
        })
    }

    /// Counts an attempt as failed before it is made, so that many at once are no way around.
    fn counted(
        &self,
        account: &str,
        known: Option<&Person>,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<(), LoginError> {
        let Some(seconds) = self.guesses.failed(account, address, now) else {
            return Ok(());
        };
        let note = Note {
            action: "login-throttled",
            subject: known.map(|person| person.name.as_str()).unwrap_or_default(),
            detail: "too many failures",
            address,
        };
        self.note(&note, now);
        Err(LoginError::TryLater { seconds })
    }

    /// A name that nobody has is not written down: it may be a password in the wrong field.
    fn failed(&self, known: Option<&Person>, detail: &str, address: IpAddr, now: Timestamp) {
        let note = Note {
            action: "login-failed",
            subject: known.map(|person| person.name.as_str()).unwrap_or_default(),
            detail,
            address,
        };
        self.note(&note, now);
    }

    /// Somebody who is logged in proves once more who they are, as they did at the login: with
    /// their password, and a code if they have a second factor. For a short time they may then do
    /// what touches secrets and ways in.
    ///
    /// # Errors
    /// [`LoginError`]; a failure counts as one of logging in.
    pub fn session_confirm(
        &self,
        live: &Live,
        password: &Password,
        code: Option<&str>,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<(), LoginError> {
        self.person_prove(&live.person, password, code, address, now)?;
        self.session_proved(live.key, now);
        Ok(())
    }

    /// Whether somebody who is logged in is who they are, as at the login: before their second
    /// factor is replaced or switched off, so that the password alone does not do it.
    ///
    /// # Errors
    /// [`LoginError`]; a failure counts as one of logging in.
    pub fn person_prove(
        &self,
        person: &Person,
        password: &Password,
        code: Option<&str>,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<(), LoginError> {
        let attempt = Attempt {
            name: &person.name,
            password,
            code,
            address,
            agent: "",
            cookie: None,
        };
        self.proved(attempt.name, Some(person), &attempt, now)?;
        Ok(())
    }

    /// Whether somebody who is logged in knows their password: before it is changed.
    ///
    /// # Errors
    /// [`LoginError`]; a failure counts as one of logging in.
    pub fn password_prove(
        &self,
        person: &Person,
        password: &Password,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<(), LoginError> {
        let account = account(&person.name);
        self.counted(&account, Some(person), address, now)?;
        match self.password_is(&password.0, &person.password) {
            Some(true) => {
                self.guesses.undone(&account, address, now);
                Ok(())
            }
            Some(false) => {
                self.failed(Some(person), "wrong password while logged in", address, now);
                Err(LoginError::Failed)
            }
            None => {
                self.guesses.undone(&account, address, now);
                Err(LoginError::Busy)
            }
        }
    }

    /// As [`People::login`] does with a code, for somebody who came by a set-up link.
    pub(super) fn code_demand(
        &self,
        person: &Person,
        code: Option<&str>,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<(), LoginError> {
        match self.code_check(person, code, now)? {
            Code::Right => Ok(()),
            Code::Missing => Err(LoginError::CodeNeeded),
            Code::Wrong => {
                self.failed(Some(person), "wrong code", address, now);
                Err(LoginError::Failed)
            }
        }
    }

    fn code_check(&self, person: &Person, code: Option<&str>, now: Timestamp) -> Result<Code, LoginError> {
        let Some(sealed) = &person.totp else {
            return Ok(Code::Right);
        };
        let Some(code) = code.map(str::trim).filter(|code| !code.is_empty()) else {
            return Ok(Code::Missing);
        };
        // From wherever it comes: see the policy.
        let account = person.id.to_string();
        let anywhere = IpAddr::from([0, 0, 0, 0]);
        if let Some(seconds) = self.codes.failed(&account, anywhere, now) {
            return Err(LoginError::TryLater { seconds });
        }
        let secret = self.secrets.totp_open(person.id, sealed)?;
        let right = self.step_use(person.id, &secret, code, now) || self.recovery_use(person, code, now)?;
        if right {
            self.codes.succeeded(&account, anywhere);
        }
        Ok(if right { Code::Right } else { Code::Wrong })
    }

    /// Takes the code of a step, each step once. Which were used is not stored, so none counts
    /// that was there before this start of the server.
    fn step_use(&self, person: Uuid, secret: &[u8], code: &str, now: Timestamp) -> bool {
        let mut steps = lock(&self.steps);
        let used = steps.get(&person).copied().unwrap_or_else(|| totp::step(self.started));
        let step = totp::code_step(secret, code, now, used);
        if let Some(step) = step {
            steps.insert(person, step);
        }
        step.is_some()
    }

    fn recovery_use(&self, person: &Person, code: &str, now: Timestamp) -> Result<bool, LoginError> {
        let hash = totp::recovery_hash(code);
        if !person
            .recovery
            .iter()
            .any(|known| verify_slices_are_equal(known, &hash).is_ok())
        {
            return Ok(false);
        }
        let used = self.ledger.change(Change::PersonRecoveryUsed {
            at: now,
            id: person.id,
            code: hash,
        });
        match used {
            Ok(_) => Ok(true),
            // Somebody else was quicker with the same code.
            Err(ChangeError::Refused(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Hashes a password anew that was hashed with less than is demanded now.
    fn password_renew(&self, person: &Person, password: &Password, now: Timestamp) -> Result<(), LoginError> {
        if !is_stale(&person.password) {
            return Ok(());
        }
        let Some(hashed) = self.password_hash(&password.0)? else {
            return Ok(());
        };
        self.ledger.change(Change::PersonPasswordSet {
            at: now,
            by: Actor::System,
            id: person.id,
            password: hashed,
            link: None,
            keep: None,
        })?;
        Ok(())
    }
}

/// What failures are counted by: the name without regard to case, of a bounded length.
fn account(name: &str) -> String {
    let text = name.to_lowercase();
    if text.len() > NAME_MOST {
        return format!("{:?}", sha256(&text));
    }
    text
}
