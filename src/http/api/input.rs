//! What a handler gets of a request.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;
use actix_web::http::header::USER_AGENT;
use actix_web::web::Query;
use serde::de::DeserializeOwned;

use super::auth;
use crate::manage::ManageError;

/// The parts of a path that stand for names, decoded.
#[derive(Debug, Default)]
pub struct Captures(Vec<(&'static str, String)>);

impl Captures {
    /// Keeps a part; none if it cannot be decoded.
    pub fn put(&mut self, name: &'static str, part: &str) -> Option<()> {
        self.0.push((name, decoded(part)?));
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
    /// From where.
    pub address: IpAddr,
    /// What the browser calls itself.
    pub agent: String,
    /// What the session cookie holds: a secret.
    pub cookie: Option<String>,
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
        }
    }

    /// The part of the path that stands for a name of the table's path.
    pub fn part(&self, name: &str) -> &str {
        self.captures.get(name).unwrap_or_default()
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
}

/// The address of the other side. Headers that name another one are not believed.
pub fn address(request: &HttpRequest) -> IpAddr {
    let peer = request.peer_addr();
    peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip().to_canonical())
}

/// Percent-decoded UTF-8.
fn decoded(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
        bytes.push(u8::try_from(high << 4 | low).ok()?);
    }
    String::from_utf8(bytes).ok()
}
