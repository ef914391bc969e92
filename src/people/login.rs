//! Logging in with name, password and second factor, decided in one place.

use std::net::IpAddr;
use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use uuid::Uuid;

use super::note::Note;
use super::password::{PasswordError, is_stale};
use super::session::{ActiveSession, Browser};
use super::{People, lock, sha256, totp};
use crate::domain::actor::Actor;
use crate::domain::catalog::ApplyError;
use crate::domain::change::{AccessChange, Change, UpkeepChange};
use crate::domain::entry::Entry;
use crate::domain::time::Timestamp;
use crate::domain::user::{Password, User};
use crate::ledger::ChangeError;
use crate::secret::SecretError;
use crate::store::StoreError;

/// The maximum length of a name that is looked up, in bytes. No stored name is longer.
const MAX_NAME: usize = 512;

/// An attempt to log in.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// The name as typed.
    pub name: &'a str,
    pub password: &'a Password,
    /// A code of the second factor, or a recovery code.
    pub code: Option<&'a str>,
    pub address: IpAddr,
    /// The user agent of the browser.
    pub agent: &'a str,
    /// The current session of the browser, which ends with a successful login.
    pub cookie: Option<&'a str>,
}

/// A session that was started.
pub struct Started {
    /// The token for the cookie: a secret.
    pub cookie: String,
    pub live: ActiveSession,
}

/// Why a login, or a change of a user's own login, was rejected.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    #[error("log in first")]
    Needed,
    #[error("name, password or code is wrong; after several failed attempts you must wait")]
    Failed,
    #[error("the code of the second factor is also required")]
    CodeNeeded,
    #[error("your password is needed again for this")]
    ConfirmNeeded,
    #[error("too many failed attempts; try again in {seconds} seconds")]
    TryLater { seconds: u64 },
    #[error("this link was used, replaced or is too old")]
    LinkDead,
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error("a name must have 1 to {} characters, on one line", super::setup::MAX_NAME_LENGTH)]
    Name,
    #[error("the set-up of the second factor was not started, or was started too long ago; start it again")]
    NothingBegun,
    #[error("too many users are logging in at the moment; try again in a few seconds")]
    Busy,
    #[error(transparent)]
    Change(#[from] ChangeError),
    #[error("the database cannot be read")]
    Store(#[from] StoreError),
    #[error("{0}; check that the master key is the one that the data folder was created with")]
    Secret(#[from] SecretError),
}

/// The recovery code with which a user authenticated. It must be used up in the same entry as the
/// change that it was used for.
pub(super) type Spent = Option<SpentCode>;

/// A recovery code of a user, identified by its hash.
pub(super) struct SpentCode {
    user: Uuid,
    code: [u8; 32],
}

impl From<SpentCode> for Change {
    fn from(SpentCode { user: id, code }: SpentCode) -> Self {
        AccessChange::RecoveryCodeUsed { id, code }.into()
    }
}

enum Code {
    Right(Spent),
    Missing,
    Wrong,
}

impl People {
    /// Logs a user in, or returns why not. Blocks for the hash and the disk: do not call it from
    /// async code.
    ///
    /// An unknown name, a disabled user and a wrong password get the same response after the same
    /// time.
    ///
    /// # Errors
    /// [`LoginError`].
    pub fn login(&self, attempt: &Attempt<'_>, now: Timestamp) -> Result<Started, LoginError> {
        let catalog = self.ledger.catalog();
        let name = attempt.name.trim();
        let known = catalog.user_named(name).filter(|_| name.len() <= MAX_NAME);
        let (user, spent) = self.proved(name, known.map(Arc::as_ref), attempt, now)?;
        let rehashed = self.rehashed(&user, attempt.password)?;
        let browser = Browser {
            cookie: attempt.cookie,
            address: attempt.address,
            agent: attempt.agent,
        };
        let changes = spent.into_iter().map(Change::from);
        let changes = changes.chain(rehashed.map(Change::from)).collect();
        self.session_start(changes, user.id, &browser, now)
            .map_err(spent_already)
    }

    /// Authenticates a user by password and code.
    fn proved(
        &self,
        name: &str,
        known: Option<&User>,
        attempt: &Attempt<'_>,
        now: Timestamp,
    ) -> Result<(User, Spent), LoginError> {
        let account = account(name);
        self.counted(&account, known, attempt.address, now)?;
        let done = |outcome: Result<(User, Spent), LoginError>| {
            match &outcome {
                Ok(_) => {
                    self.guesses.undone(&account, attempt.address, now);
                    self.guesses.succeeded(&account, attempt.address);
                }
                Err(LoginError::Failed) => {}
                // The attempt gave no information for guessing, so it does not count.
                Err(_) => self.guesses.undone(&account, attempt.address, now),
            }
            outcome
        };
        let usable = known.filter(|user| user.active);
        let stored = usable.map(|user| user.password.as_str()).unwrap_or_default();
        let Some(right) = self.password_is(&attempt.password.0, stored) else {
            return done(Err(LoginError::Busy));
        };
        let Some(user) = usable.filter(|_| right) else {
            self.failed(known, "wrong name or password", attempt.address, now);
            return done(Err(LoginError::Failed));
        };
        done(match self.code_check(user, attempt.code, now) {
            Ok(Code::Right(spent)) => Ok((user.clone(), spent)),
            Ok(Code::Missing) => Err(LoginError::CodeNeeded),
            Ok(Code::Wrong) => {
                self.failed(known, "wrong code", attempt.address, now);
                Err(LoginError::Failed)
            }
            Err(error) => Err(error),
        })
    }

    /// Counts an attempt as failed before it is made, so that parallel attempts do not bypass the
    /// limit.
    fn counted(&self, account: &str, known: Option<&User>, address: IpAddr, now: Timestamp) -> Result<(), LoginError> {
        let Some(seconds) = self.guesses.failed(account, address, now) else {
            return Ok(());
        };
        let note = Note {
            action: "login-throttled",
            subject: known.map(|user| user.name.as_str()).unwrap_or_default(),
            detail: "too many failed attempts",
            address,
        };
        self.note(&note, now);
        Err(LoginError::TryLater { seconds })
    }

    /// Does not record an unknown name: it may be a password in the wrong field.
    fn failed(&self, known: Option<&User>, detail: &str, address: IpAddr, now: Timestamp) {
        let note = Note {
            action: "login-failed",
            subject: known.map(|user| user.name.as_str()).unwrap_or_default(),
            detail,
            address,
        };
        self.note(&note, now);
    }

    /// Authenticates a logged-in user again, in the same way as at login: with the password, and a
    /// code if a second factor is enabled. For a short time the user may then perform operations on
    /// secrets and access.
    ///
    /// # Errors
    /// [`LoginError`]; a failure counts as a failed login.
    pub fn session_confirm(
        &self,
        live: &ActiveSession,
        password: &Password,
        code: Option<&str>,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<(), LoginError> {
        let spent = self.user_prove(&live.user, password, code, address, now)?;
        let note = UpkeepChange::AuditNoted {
            action: "session-confirmed".to_owned(),
            subject: live.user.name.clone(),
            facts: Vec::new(),
            address: Some(address),
        };
        self.code_spend(live.user.id, spent, vec![note.into()], now)?;
        self.session_proved(live.key, now);
        Ok(())
    }

    /// Authenticates a logged-in user in the same way as at login, before the second factor is
    /// replaced or disabled: the password alone must not be enough for that.
    ///
    /// # Errors
    /// [`LoginError`]; a failure counts as a failed login.
    pub(super) fn user_prove(
        &self,
        user: &User,
        password: &Password,
        code: Option<&str>,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<Spent, LoginError> {
        let attempt = Attempt {
            name: &user.name,
            password,
            code,
            address,
            agent: "",
            cookie: None,
        };
        let (_, spent) = self.proved(attempt.name, Some(user), &attempt, now)?;
        Ok(spent)
    }

    /// Commits changes that the user authenticated for, and uses up the recovery code in the same
    /// entry.
    pub(super) fn code_spend(
        &self,
        user: Uuid,
        spent: Spent,
        mut changes: Vec<Change>,
        now: Timestamp,
    ) -> Result<(), LoginError> {
        changes.splice(0..0, spent.map(Change::from));
        if changes.is_empty() {
            return Ok(());
        }
        let (at, by) = (now, Actor::User(user));
        let committed = self.ledger.commit(Entry { at, by, changes });
        committed.map(drop).map_err(|error| spent_already(error.into()))
    }

    /// Checks the password of a logged-in user before it is changed.
    ///
    /// # Errors
    /// [`LoginError`]; a failure counts as a failed login.
    pub fn password_prove(
        &self,
        user: &User,
        password: &Password,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<(), LoginError> {
        let account = account(&user.name);
        self.counted(&account, Some(user), address, now)?;
        match self.password_is(&password.0, &user.password) {
            Some(true) => {
                self.guesses.undone(&account, address, now);
                Ok(())
            }
            Some(false) => {
                self.failed(Some(user), "wrong password while logged in", address, now);
                Err(LoginError::Failed)
            }
            None => {
                self.guesses.undone(&account, address, now);
                Err(LoginError::Busy)
            }
        }
    }

    /// Checks the code as [`People::login`] does, for a user who came by a set-up link.
    pub(super) fn code_demand(
        &self,
        user: &User,
        code: Option<&str>,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<Spent, LoginError> {
        match self.code_check(user, code, now)? {
            Code::Right(spent) => Ok(spent),
            Code::Missing => Err(LoginError::CodeNeeded),
            Code::Wrong => {
                self.failed(Some(user), "wrong code", address, now);
                Err(LoginError::Failed)
            }
        }
    }

    fn code_check(&self, user: &User, code: Option<&str>, now: Timestamp) -> Result<Code, LoginError> {
        let Some(sealed) = &user.totp else {
            return Ok(Code::Right(None));
        };
        let Some(code) = code.map(str::trim).filter(|code| !code.is_empty()) else {
            return Ok(Code::Missing);
        };
        // Counted for all addresses together: see the policy.
        let account = user.id.to_string();
        let anywhere = IpAddr::from([0, 0, 0, 0]);
        if let Some(seconds) = self.codes.failed(&account, anywhere, now) {
            return Err(LoginError::TryLater { seconds });
        }
        let secret = self.secrets.totp_open(user.id, sealed)?;
        let spent = recovery_code(user, code);
        if spent.is_none() && !self.step_use(user.id, &secret, code, now) {
            return Ok(Code::Wrong);
        }
        self.codes.succeeded(&account, anywhere);
        Ok(Code::Right(spent))
    }

    /// Accepts the code of a step, and each step only once. Used steps are not stored, so codes
    /// from before the start of the server are not accepted.
    fn step_use(&self, user: Uuid, secret: &[u8], code: &str, now: Timestamp) -> bool {
        let mut steps = lock(&self.steps);
        let last = steps.get(&user).copied().unwrap_or_else(|| totp::step(self.started));
        let step = totp::code_step(secret, code, now, last);
        if let Some(step) = step {
            steps.insert(user, step);
        }
        step.is_some()
    }

    /// Hashes the password again if its stored hash is weaker than now required.
    fn rehashed(&self, user: &User, password: &Password) -> Result<Option<AccessChange>, LoginError> {
        if !is_stale(&user.password) {
            return Ok(None);
        }
        let hashed = self.password_hash(&password.0)?;
        Ok(hashed.map(|password| AccessChange::UserPasswordRehashed {
            id: user.id,
            password,
            password_on: user.password_on,
        }))
    }
}

/// The recovery code of the user, if this is one.
fn recovery_code(user: &User, code: &str) -> Spent {
    let hash = totp::recovery_hash(code);
    let known = |known: &[u8; 32]| verify_slices_are_equal(known, &hash).is_ok();
    user.recovery.iter().any(known).then_some(SpentCode {
        user: user.id,
        code: hash,
    })
}

/// Another login used the same recovery code first.
pub(super) fn spent_already(error: LoginError) -> LoginError {
    match error {
        LoginError::Change(ChangeError::Refused(ApplyError::Gone { .. })) => LoginError::Failed,
        error => error,
    }
}

/// The key for counting failures: the name without regard to case, with a limited length.
fn account(name: &str) -> String {
    let text = name.to_lowercase();
    if text.len() > MAX_NAME {
        return format!("{:?}", sha256(&text));
    }
    text
}
