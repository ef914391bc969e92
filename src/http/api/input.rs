//! What a handler gets of a request.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderName, USER_AGENT};
use actix_web::web::Query;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::auth;
use crate::manage::ManageError;
use crate::parse::percent::{self, Plus};

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
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, part)| part.as_str())
    }
}

/// A request, as far as handlers need it.
pub struct Input {
    captures: Captures,
    query: String,
    body: Vec<u8>,
    pub address: IpAddr,
    /// What the browser calls itself.
    pub agent: String,
    /// What the session cookie holds: a secret.
    pub cookie: Option<String>,
    /// The number of the last event received, where a stream of events resumes.
    pub last_event: Option<u64>,
}

impl Input {
    /// Of a request whose body was read.
    pub fn new(request: &HttpRequest, captures: Captures, body: Vec<u8>) -> Self {
        let agent = request.headers().get(USER_AGENT);
        Self {
            captures,
            query: request.query_string().to_owned(),
            body,
            address: address(request),
            agent: agent
                .map(|agent| String::from_utf8_lossy(agent.as_bytes()).into_owned())
                .unwrap_or_default(),
            cookie: auth::cookie(request.headers()).map(str::to_owned),
            last_event: last_event(request),
        }
    }

    /// The part of the path for this name in the pattern.
    pub fn part(&self, name: &str) -> &str {
        self.captures.get(name).unwrap_or_default()
    }

    /// The part of the path that is an id.
    ///
    /// # Errors
    /// When it is no id.
    pub fn id(&self) -> Result<Uuid, ManageError> {
        self.part("id").parse().map_err(|_| ManageError::Invalid {
            what: "id",
            problem: "it is no id; take it from a list".to_owned(),
        })
    }

    /// The query parameters.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn query<T: DeserializeOwned>(&self) -> Result<T, ManageError> {
        let read = Query::<T>::from_query(&self.query);
        read.map(Query::into_inner).map_err(|error| ManageError::Invalid {
            what: "query",
            problem: error.to_string(),
        })
    }

    /// The body.
    ///
    /// # Errors
    /// When it is not what is expected; says what is.
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, ManageError> {
        serde_json::from_slice(&self.body).map_err(|error| ManageError::Invalid {
            what: "body",
            problem: error.to_string(),
        })
    }

    /// Splits the body into the members with these names and the rest: options next to an edit, and
    /// the edit.
    ///
    /// # Errors
    /// When one of them is not as expected; the error says what is expected.
    pub fn body_split<A: DeserializeOwned, B: DeserializeOwned>(&self, names: &[&str]) -> Result<(A, B), ManageError> {
        let all: Map<String, Value> = self.body()?;
        let (own, rest): (Map<_, _>, Map<_, _>) = all.into_iter().partition(|(name, _)| names.contains(&name.as_str()));
        let wrong = |error: serde_json::Error| ManageError::Invalid {
            what: "body",
            problem: error.to_string(),
        };
        let own = serde_json::from_value(Value::Object(own)).map_err(wrong)?;
        let rest = serde_json::from_value(Value::Object(rest)).map_err(wrong)?;
        Ok((own, rest))
    }

    /// The body, or the default without one.
    ///
    /// # Errors
    /// As [`Input::body`].
    pub fn body_or_default<T: DeserializeOwned + Default>(&self) -> Result<T, ManageError> {
        if self.body.is_empty() {
            Ok(T::default())
        } else {
            self.body()
        }
    }
}

/// The address of the other side. Headers that name another one are not believed.
pub fn address(request: &HttpRequest) -> IpAddr {
    let peer = request.peer_addr();
    peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip().to_canonical())
}

fn last_event(request: &HttpRequest) -> Option<u64> {
    let value = request.headers().get(HeaderName::from_static("last-event-id"))?;
    value.to_str().ok()?.parse().ok()
}
