//! What an operation gets of a request, besides its query and body.

use std::net::{IpAddr, Ipv6Addr};

use uuid::Uuid;

use crate::domain::actor::Actor;
use crate::domain::user::Role;
use crate::manage::{Context, ManageError};
use crate::parse::percent::{self, Plus};
use crate::people::{ActiveSession, LoginError};

/// One call of an operation.
pub struct Call<'a> {
    pub context: &'a Context,
    pub principal: &'a Principal,
    pub captures: &'a Captures,
    pub sent: &'a Sent,
}

/// Facts of the request that carries a call.
#[derive(Debug, Clone, Default)]
pub struct Sent {
    /// None for the command line.
    pub address: Option<IpAddr>,
    /// What the browser calls itself.
    pub agent: String,
    /// What the session cookie holds: a secret.
    pub cookie: Option<String>,
    /// The number of the last event received, where a stream of events resumes.
    pub last_event: Option<u64>,
}

impl Call<'_> {
    /// The part of the path for this name in the pattern.
    #[must_use]
    pub fn part(&self, name: &str) -> &str {
        self.captures.get(name).unwrap_or_default()
    }

    /// The part of the path that is an id.
    ///
    /// # Errors
    /// If it is no id.
    pub fn id(&self) -> Result<Uuid, ManageError> {
        self.part("id").parse().map_err(|_| ManageError::Invalid {
            what: "id",
            problem: "it is not a valid id; use an id from a list".to_owned(),
        })
    }

    /// Who makes changes.
    #[must_use]
    pub fn by(&self) -> Actor {
        self.principal.actor()
    }

    /// From where the request came. Limits of failures count by it.
    #[must_use]
    pub fn address(&self) -> IpAddr {
        self.sent.address.unwrap_or(IpAddr::V6(Ipv6Addr::LOCALHOST))
    }
}

/// The parts of a path that are names, decoded.
#[derive(Debug, Default)]
pub struct Captures(Vec<(&'static str, String)>);

impl Captures {
    /// Keeps a part; none if it cannot be decoded.
    pub fn put(&mut self, name: &'static str, part: &str) -> Option<()> {
        let text = percent::text(part.as_bytes(), Plus::Plus).ok()?;
        self.0.push((name, text.into_owned()));
        Some(())
    }

    /// The part of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, part)| part.as_str())
    }
}

/// The caller of an operation.
#[derive(Debug, Clone)]
pub enum Principal {
    /// A caller without session and token.
    Anonymous,
    /// The command line, in this process or over its socket: the user of the data folder.
    CommandLine,
    /// A user with a session.
    User(ActiveSession),
    /// A program with an access token, which acts as a technical user.
    Program {
        actor: Actor,
        /// As its scopes say.
        role: Role,
    },
}

impl Principal {
    /// Who makes changes.
    #[must_use]
    pub fn actor(&self) -> Actor {
        match self {
            // No operation for anonymous callers names who made a change.
            Self::Anonymous => Actor::System,
            Self::CommandLine => Actor::CommandLine,
            Self::User(live) => Actor::User(live.user.id),
            Self::Program { actor, .. } => *actor,
        }
    }

    /// The role by which they are authorized.
    #[must_use]
    pub fn role(&self) -> Option<Role> {
        match self {
            Self::Anonymous => None,
            Self::CommandLine => Some(Role::Administrator),
            Self::User(live) => Some(live.user.role),
            Self::Program { role, .. } => Some(*role),
        }
    }

    /// Whether it is a program: it has no session, and no browser that could be made to ask.
    #[must_use]
    pub const fn is_program(&self) -> bool {
        matches!(self, Self::Program { .. })
    }

    /// Whether they proved their identity a short time ago. A token is such a proof: it lives for
    /// minutes, and a client without a secret gets no new one.
    #[must_use]
    pub const fn is_proved(&self) -> bool {
        match self {
            Self::Anonymous => false,
            Self::User(live) => live.proved,
            Self::CommandLine | Self::Program { .. } => true,
        }
    }

    /// The session, for operations on one's own account.
    ///
    /// # Errors
    /// For programs: they have none.
    pub fn live(&self) -> Result<&ActiveSession, ManageError> {
        match self {
            Self::User(live) => Ok(live),
            Self::Anonymous => Err(LoginError::Needed.into()),
            Self::CommandLine | Self::Program { .. } => Err(ManageError::Invalid {
                what: "account",
                problem: "programs have no account; this is for users who are logged in".to_owned(),
            }),
        }
    }
}
