//! Sessions: 256 random bits in a cookie, of which the SHA-256 is stored.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::login::{LoginError, Started};
use super::{People, after, lock, sha256};
use crate::domain::actor::Actor;
use crate::domain::change::{Change, SessionChange};
use crate::domain::entry::Entry;
use crate::domain::time::Timestamp;
use crate::domain::user::{Session, User};
use crate::ledger::ChangeError;
use crate::secret::random;
use crate::store::{SessionKey, StoreError};

/// The maximum number of sessions of a user. A new one ends the oldest.
const MAX_SESSIONS: usize = 50;

/// The maximum length of a stored user agent, in characters.
const MAX_AGENT_LENGTH: usize = 200;

/// An active session and its owner.
#[derive(Debug, Clone)]
pub struct ActiveSession {
    pub key: SessionKey,
    /// The owner, as in the current catalog.
    pub user: Arc<User>,
    /// When it ends, even if it is in use.
    pub ends_on: Timestamp,
    /// Whether its owner authenticated recently.
    pub proved: bool,
}

/// The browser of a login.
pub(super) struct Browser<'a> {
    /// The cookie of its current session.
    pub cookie: Option<&'a str>,
    pub address: IpAddr,
    pub agent: &'a str,
}

/// A session in a list.
#[derive(Debug, Clone)]
pub struct SessionRow {
    pub key: SessionKey,
    pub session: Session,
    /// When it was last used, if known.
    pub last_seen: Timestamp,
}

impl SessionRow {
    /// Identifies the session in lists. A part of the key, which gives no access.
    #[must_use]
    pub fn id(&self) -> String {
        let start = self.key.first_chunk::<8>().copied().unwrap_or_default();
        format!("{:016x}", u64::from_be_bytes(start))
    }
}

impl People {
    /// Starts a session for an authenticated user, in one entry with `changes`. The previous
    /// session of the browser ends, and so does the oldest if there are too many.
    pub(super) fn session_start(
        &self,
        mut changes: Vec<Change>,
        user: Uuid,
        browser: &Browser<'_>,
        now: Timestamp,
    ) -> Result<Started, LoginError> {
        let random: [u8; 32] = random()?;
        let cookie = URL_SAFE_NO_PAD.encode(random);
        let key = sha256(&cookie);
        let mut ending = self.sessions_surplus(user)?;
        if let Some(cookie) = browser.cookie {
            ending.extend(self.session_peek(cookie, now)?.map(|live| live.key));
        }
        ending.sort_unstable();
        ending.dedup();
        if !ending.is_empty() {
            let sessions = ending.clone();
            changes.push(SessionChange::Ended { sessions }.into());
        }
        let agent = browser.agent.chars().filter(|c| !c.is_control());
        let started = SessionChange::Started {
            session: key,
            user,
            address: Some(browser.address),
            agent: agent.take(MAX_AGENT_LENGTH).collect(),
        };
        changes.push(started.into());
        let (at, by) = (now, Actor::User(user));
        self.ledger.commit(Entry { at, by, changes })?;
        self.sessions_forget(&ending);
        lock(&self.seen).insert(key, now);
        self.session_proved(key, now);
        let live = ActiveSession {
            key,
            // If the user was removed in the meantime, no session starts.
            user: self
                .ledger
                .catalog()
                .users
                .get(&user)
                .cloned()
                .ok_or(LoginError::Failed)?,
            ends_on: after(now, self.policy.length),
            proved: true,
        };
        Ok(Started { cookie, live })
    }

    /// The active session of a cookie. It counts as used now.
    ///
    /// # Errors
    /// If the store fails.
    pub fn session_live(&self, cookie: &str, now: Timestamp) -> Result<Option<ActiveSession>, StoreError> {
        let live = self.session_peek(cookie, now)?;
        if let Some(live) = &live {
            lock(&self.seen).insert(live.key, now);
        }
        Ok(live)
    }

    /// Same as [`People::session_live`], for requests that the page sends automatically. They do
    /// not count as use, so the session of an unattended page ends by idle time.
    ///
    /// # Errors
    /// If the store fails.
    pub fn session_peek(&self, cookie: &str, now: Timestamp) -> Result<Option<ActiveSession>, StoreError> {
        let key = sha256(cookie);
        let Some(session) = self.ledger.store().reader()?.session_get(&key)? else {
            return Ok(None);
        };
        let catalog = self.ledger.catalog();
        let user = catalog.users.get(&session.user).filter(|user| user.active);
        let Some(user) = user.filter(|_| !self.session_over(&key, &session, now)) else {
            return Ok(None);
        };
        Ok(Some(ActiveSession {
            key,
            user: Arc::clone(user),
            ends_on: after(session.started_on, self.policy.length),
            proved: self.session_is_proved(&key, now),
        }))
    }

    /// Records that the owner of a session authenticated now.
    pub(super) fn session_proved(&self, key: SessionKey, now: Timestamp) {
        lock(&self.proved).insert(key, now);
    }

    fn session_is_proved(&self, key: &SessionKey, now: Timestamp) -> bool {
        let proved = lock(&self.proved).get(key).copied();
        proved.is_some_and(|proved| now < after(proved, self.policy.proof))
    }

    /// Whether a session is active. The call does not count as use.
    ///
    /// # Errors
    /// If the store fails.
    pub fn session_is_live(&self, key: &SessionKey, now: Timestamp) -> Result<bool, StoreError> {
        let Some(session) = self.ledger.store().reader()?.session_get(key)? else {
            return Ok(false);
        };
        let catalog = self.ledger.catalog();
        let active = catalog.users.get(&session.user).is_some_and(|user| user.active);
        Ok(active && !self.session_over(key, &session, now))
    }

    /// The active sessions of one user or of all, newest first.
    ///
    /// # Errors
    /// If the store fails.
    pub fn session_list(&self, of: Option<Uuid>, now: Timestamp) -> Result<Vec<SessionRow>, StoreError> {
        let mut sessions = self.ledger.store().reader()?.session_list()?;
        sessions.retain(|(key, session)| {
            of.is_none_or(|user| user == session.user) && !self.session_over(key, session, now)
        });
        sessions.sort_by_key(|(_, session)| std::cmp::Reverse(session.started_on));
        let rows = sessions.into_iter().map(|(key, session)| SessionRow {
            key,
            last_seen: self.session_seen(&key, &session),
            session,
        });
        Ok(rows.collect())
    }

    /// Ends sessions. Returns how many of them existed.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub fn sessions_end(&self, by: Actor, sessions: Vec<SessionKey>, now: Timestamp) -> Result<u64, ChangeError> {
        if sessions.is_empty() {
            return Ok(0);
        }
        self.sessions_forget(&sessions);
        let change = Entry::one(now, by, SessionChange::Ended { sessions });
        self.ledger.commit(change).map(|applied| applied.count)
    }

    /// Ends the sessions that have expired.
    ///
    /// # Errors
    /// If the store or the journal fails.
    pub fn sessions_expire(&self, now: Timestamp) -> Result<u64, LoginError> {
        let sessions = self.ledger.store().reader()?.session_list()?;
        let known: HashSet<SessionKey> = sessions.iter().map(|(key, _)| *key).collect();
        // Forgets sessions that ended otherwise. A session that started after reading the list must
        // be kept.
        let fresh = now.0.saturating_sub(60_000_000);
        lock(&self.seen).retain(|key, seen| known.contains(key) || seen.0 > fresh);
        lock(&self.proved).retain(|key, proved| known.contains(key) || proved.0 > fresh);
        let over = sessions
            .iter()
            .filter(|(key, session)| self.session_over(key, session, now))
            .map(|(key, _)| *key)
            .collect();
        Ok(self.sessions_end(Actor::System, over, now)?)
    }

    /// The oldest sessions of a user, which must end before another one starts.
    fn sessions_surplus(&self, user: Uuid) -> Result<Vec<SessionKey>, LoginError> {
        let mut sessions = self.ledger.store().reader()?.session_list()?;
        sessions.retain(|(_, session)| session.user == user);
        sessions.sort_by_key(|(_, session)| session.started_on);
        let surplus = (sessions.len() + 1).saturating_sub(MAX_SESSIONS);
        Ok(sessions.into_iter().take(surplus).map(|(key, _)| key).collect())
    }

    fn sessions_forget(&self, sessions: &[SessionKey]) {
        let mut seen = lock(&self.seen);
        for key in sessions {
            seen.remove(key);
        }
        drop(seen);
        let mut proved = lock(&self.proved);
        for key in sessions {
            proved.remove(key);
        }
    }

    fn session_over(&self, key: &SessionKey, session: &Session, now: Timestamp) -> bool {
        now >= after(session.started_on, self.policy.length)
            || now >= after(self.session_seen(key, session), self.policy.idle)
    }

    /// When a session was last used. This is not stored, so a session from before the start of the
    /// server counts as used at the start.
    fn session_seen(&self, key: &SessionKey, session: &Session) -> Timestamp {
        let seen = lock(&self.seen).get(key).copied();
        seen.unwrap_or_else(|| session.started_on.max(self.started))
    }
}
