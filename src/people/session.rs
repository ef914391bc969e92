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

/// The most sessions of one user; the oldest ends for a new one.
const MAX_SESSIONS: usize = 50;

/// The longest that is kept of what a browser calls itself, in characters.
const MAX_AGENT_LENGTH: usize = 200;

/// A session that goes on, and whose it is.
#[derive(Debug, Clone)]
pub struct ActiveSession {
    /// What it is found by.
    pub key: SessionKey,
    /// Its owner, as of now.
    pub user: Arc<User>,
    /// When it ends whatever happens.
    pub ends_on: Timestamp,
    /// Whether its owner proved a short time ago who they are.
    pub proved: bool,
}

/// Where a user logs in.
pub(super) struct Browser<'a> {
    /// Of the session that it has already.
    pub cookie: Option<&'a str>,
    pub address: IpAddr,
    pub agent: &'a str,
}

/// A session in a list.
#[derive(Debug, Clone)]
pub struct SessionRow {
    /// What it is found by.
    pub key: SessionKey,
    /// What is stored of it.
    pub session: Session,
    /// When it was used last, as far as that is known.
    pub last_seen: Timestamp,
}

impl SessionRow {
    /// Its name: enough of its key to tell sessions apart, and of no use to anybody else.
    #[must_use]
    pub fn id(&self) -> String {
        let start = self.key.first_chunk::<8>().copied().unwrap_or_default();
        format!("{:016x}", u64::from_be_bytes(start))
    }
}

impl People {
    /// Starts a session for a user who proved who they are, in one entry with `changes`; what the
    /// browser had before ends, and the oldest of too many.
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
            ending.extend(self.session_unattended(cookie, now)?.map(|live| live.key));
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
            // Removed again within a moment: then nothing began.
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

    /// The session of a cookie, if it goes on; it counts as used now.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub fn session_live(&self, cookie: &str, now: Timestamp) -> Result<Option<ActiveSession>, StoreError> {
        let live = self.session_unattended(cookie, now)?;
        if let Some(live) = &live {
            lock(&self.seen).insert(live.key, now);
        }
        Ok(live)
    }

    /// As [`People::session_live`], for what a page asks by itself: that does not count as use, so
    /// a page that nobody uses ends by idle time however often it looks.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub fn session_unattended(&self, cookie: &str, now: Timestamp) -> Result<Option<ActiveSession>, StoreError> {
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

    /// The owner of a session proved just now who they are.
    pub(super) fn session_proved(&self, key: SessionKey, now: Timestamp) {
        lock(&self.proved).insert(key, now);
    }

    fn session_is_proved(&self, key: &SessionKey, now: Timestamp) -> bool {
        let proved = lock(&self.proved).get(key).copied();
        proved.is_some_and(|proved| now < after(proved, self.policy.proof))
    }

    /// Whether a session goes on; being asked does not count as use.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub fn session_goes_on(&self, key: &SessionKey, now: Timestamp) -> Result<bool, StoreError> {
        let Some(session) = self.ledger.store().reader()?.session_get(key)? else {
            return Ok(false);
        };
        let catalog = self.ledger.catalog();
        let active = catalog.users.get(&session.user).is_some_and(|user| user.active);
        Ok(active && !self.session_over(key, &session, now))
    }

    /// Sessions that go on, of one user or of all, the newest first.
    ///
    /// # Errors
    /// When the store cannot answer.
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

    /// Ends sessions; gives how many there were.
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

    /// Ends the sessions whose time is over.
    ///
    /// # Errors
    /// When store or journal cannot answer.
    pub fn sessions_expire(&self, now: Timestamp) -> Result<u64, LoginError> {
        let sessions = self.ledger.store().reader()?.session_list()?;
        let known: HashSet<SessionKey> = sessions.iter().map(|(key, _)| *key).collect();
        // Those that ended otherwise are forgotten. One that started since is in both.
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

    /// The oldest sessions of a user that are too many with another one.
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

    /// When a session was used last. That is not stored, so one from before this start of the
    /// server counts as used at it.
    fn session_seen(&self, key: &SessionKey, session: &Session) -> Timestamp {
        let seen = lock(&self.seen).get(key).copied();
        seen.unwrap_or_else(|| session.started_on.max(self.started))
    }
}
