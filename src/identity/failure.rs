//! Why requests of programs were rejected, for the administrator only: a line in the log, and the
//! last rejection of each client. The program gets no more information.
//!
//! Nothing of the request is stored except the client id, and only if a client has it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use super::Issuer;
use super::error::TokenError;
use crate::domain::client::Client;
use crate::domain::time::Timestamp;

/// For how long the same client and reason are not logged again, in microseconds.
const SILENT: i64 = 60 * 1_000_000;

/// The maximum number of lines within that time.
const MAX_LINES: u32 = 30;

/// Why a request was rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    Nothing,
    ClientUnknown,
    SecretNone,
    SecretOver,
    SecretWrong,
    Address,
    Unreadable,
    ClientId,
    KeyNone,
    Type,
    Signature,
    Claims,
    Issuer,
    Audience,
    Jti,
    JtiUsed,
    JtiFull,
    LifeTooLong,
    NotYet,
    Over,
    BeforeStart,
    SoonAfterStart,
    ClientOff,
    TechnicalUserOff,
    Asked,
}

impl Reason {
    /// The reason as text for the log.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Nothing => {
                "the request contains neither a client ID with a secret nor an assertion of a supported type"
            }
            Self::ClientUnknown => "there is no client with this client ID",
            Self::SecretNone => "the client has no valid secret",
            Self::SecretOver => "the secret was replaced and has expired",
            Self::SecretWrong => "the secret is wrong",
            Self::Address => "the address is not one of the client's allowed addresses",
            Self::Unreadable => "the assertion is not a JWT with a sub",
            Self::ClientId => "client_id does not match sub of the assertion",
            Self::KeyNone => "the client has no public keys: set them with hookgate client set-keys",
            Self::Type => "the assertion has a typ or crit that is not supported",
            Self::Signature => "the assertion is not signed with one of the client's keys, or uses another algorithm",
            Self::Claims => "iss, sub, aud, jti or exp of the assertion is missing or malformed",
            Self::Issuer => "iss of the assertion is not the client ID",
            Self::Audience => "aud of the assertion must be the issuer only",
            Self::Jti => "jti of the assertion is empty or too long",
            Self::JtiUsed => "jti of the assertion was already used",
            Self::JtiFull => "the client sent too many assertions within five minutes",
            Self::LifeTooLong => "exp of the assertion is too far in the future",
            Self::NotYet => "iat or nbf of the assertion is in the future: compare the clocks",
            Self::Over => "the assertion has expired: compare the clocks",
            Self::BeforeStart => "the assertion was created before the server started",
            Self::SoonAfterStart => "the assertion has no iat, and the server started only recently",
            Self::ClientOff => "the client is disabled",
            Self::TechnicalUserOff => "the client's technical user is disabled",
            Self::Asked => "the client is not allowed to request this scope or resource",
        }
    }
}

/// The last rejection of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientFailure {
    pub on: Timestamp,
    /// The address of the request.
    pub from: IpAddr,
    pub reason: &'static str,
}

/// The rejections since the start.
#[derive(Debug, Default)]
pub struct Failures {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Only known clients, so there are no more entries than clients.
    last: HashMap<String, ClientFailure>,
    /// When each client and reason was last logged. Limited to the lines of two minutes.
    told: HashMap<(Option<String>, Reason), Timestamp>,
    /// The start of counting lines. `lines` is their number since then.
    since: Timestamp,
    lines: u32,
}

/// The line that is logged.
#[derive(Debug, PartialEq, Eq)]
enum Line {
    Reason,
    /// The line that says that more lines are dropped for a while.
    Last,
    None,
}

impl Failures {
    /// Records a rejection.
    pub fn note(&self, client: Option<&Client>, reason: Reason, from: IpAddr, now: Timestamp) {
        let from = from.to_canonical();
        let id = client.map(|client| client.client_id.as_str());
        match self.noted(id, reason, from, now) {
            Line::Reason => {
                let client = id.unwrap_or("unknown client");
                let reason = reason.text();
                tracing::warn!(client, remote = %from, reason, "a token request was rejected");
            }
            Line::Last => {
                tracing::warn!("more token requests are rejected; they are not logged for one minute");
            }
            Line::None => {}
        }
    }

    fn noted(&self, client: Option<&str>, reason: Reason, from: IpAddr, now: Timestamp) -> Line {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *state;
        if let Some(client) = client {
            let failure = ClientFailure {
                on: now,
                from,
                reason: reason.text(),
            };
            state.last.insert(client.to_owned(), failure);
        }
        let over = |since: Timestamp| now.0.saturating_sub(since.0).saturating_abs() >= SILENT;
        let key = (client.map(str::to_owned), reason);
        if state.told.get(&key).is_some_and(|told| !over(*told)) {
            return Line::None;
        }
        if over(state.since) {
            state.since = now;
            state.lines = 0;
            state.told.retain(|_, told| !over(*told));
        }
        state.lines = state.lines.saturating_add(1);
        if state.lines <= MAX_LINES {
            state.told.insert(key, now);
            Line::Reason
        } else if state.lines == MAX_LINES + 1 {
            Line::Last
        } else {
            Line::None
        }
    }

    fn last(&self, client: &str) -> Option<ClientFailure> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.last.get(client).copied()
    }
}

impl Issuer {
    /// The last rejection of a client since the start.
    #[must_use]
    pub fn client_failure(&self, client_id: &str) -> Option<ClientFailure> {
        self.failures.last(client_id)
    }

    /// Records a request of a client for something that it is not allowed to get.
    pub(super) fn request_refused(&self, client: &Client, error: TokenError, from: IpAddr, now: Timestamp) {
        if matches!(
            error,
            TokenError::Scope | TokenError::ScopeResource | TokenError::Target
        ) {
            self.failures.note(Some(client), Reason::Asked, from, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

    #[test]
    fn the_log_has_each_client_and_reason_once_a_minute() {
        let failures = Failures::default();
        let note = |client, reason, seconds: i64| failures.noted(client, reason, HERE, Timestamp(seconds * 1_000_000));
        assert_eq!(note(Some("a"), Reason::SecretWrong, 100), Line::Reason);
        assert_eq!(note(Some("a"), Reason::SecretWrong, 159), Line::None);
        assert_eq!(note(Some("a"), Reason::Address, 159), Line::Reason);
        assert_eq!(note(Some("b"), Reason::SecretWrong, 159), Line::Reason);
        assert_eq!(note(None, Reason::ClientUnknown, 159), Line::Reason);
        assert_eq!(note(None, Reason::ClientUnknown, 159), Line::None);
        assert_eq!(note(Some("a"), Reason::SecretWrong, 160), Line::Reason);
        assert_eq!(failures.last("a").unwrap().on, Timestamp(160_000_000));
        // A clock that was set back does not suppress the line.
        assert_eq!(note(Some("a"), Reason::SecretWrong, 1), Line::Reason);
    }

    #[test]
    fn all_of_them_have_a_bound() {
        let failures = Failures::default();
        let now = Timestamp(100_000_000);
        let mut lines = Vec::new();
        for number in 0..MAX_LINES + 10 {
            lines.push(failures.noted(Some(&number.to_string()), Reason::SecretWrong, HERE, now));
        }
        let limit = usize::try_from(MAX_LINES).unwrap();
        assert!(lines[..limit].iter().all(|line| *line == Line::Reason));
        assert_eq!(lines[limit], Line::Last);
        assert!(lines[limit + 1..].iter().all(|line| *line == Line::None));
        // A rejection that is not logged is recorded nevertheless.
        assert!(failures.last(&(MAX_LINES + 5).to_string()).is_some());
        let later = Timestamp(now.0 + SILENT);
        assert_eq!(failures.noted(None, Reason::Nothing, HERE, later), Line::Reason);
        assert_eq!(failures.state.lock().unwrap().told.len(), 1);
    }
}
