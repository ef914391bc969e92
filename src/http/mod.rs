//! HTTP: listeners, routes and the form of responses. It reads bounded bytes and leaves the rest to
//! the rooms below.
//!
//! The library's request log is never used: it would write the keys of Webhook URLs.

mod api;
mod assets;
mod bearer;
mod body;
mod connect;
mod cors;
mod drain;
mod head;
mod health;
mod metrics;
mod odata;
mod openapi;
mod problem;
mod reply;
mod request_log;
mod routes;
mod server;
#[cfg(test)]
mod tests;
mod webhook;
mod well_known;

use std::time::Duration;

use ipnet::IpNet;

pub use api::{Api, Hosts, response};
pub use server::{Listener, Running, ServeError, ServerParts, Serves, listen, serve, wait};

/// The prefix of the HTTP library's own events. They are excluded from the log: the library writes
/// an error for every malformed request, so that any client could fill the disk.
pub const LOG_TARGET: &str = "actix_http";

/// The bounds of the HTTP side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpSettings {
    /// Threads that serve requests, for each listener.
    pub workers: usize,
    /// The most open connections of a listener.
    pub max_connections: usize,
    /// The largest request line and headers in bytes.
    pub max_headers: usize,
    /// How long the first request's headers of a connection may take; also a TLS handshake.
    pub head_timeout: Duration,
    /// How long a body may take in all.
    pub body_timeout: Duration,
    /// How long a body may take before its rate counts.
    pub body_patience: Duration,
    /// The slowest a body may arrive after that, in bytes a second.
    pub body_rate: u32,
    /// How long a connection may wait for its next request.
    pub keep_alive: Duration,
    /// How long a webhook may wait for the disk before its sender gets 503.
    pub sync_timeout: Duration,
    /// How long responses may take at a stop before connections are cut.
    pub shutdown_timeout: Duration,
    /// Networks from which the metrics are read without an access token.
    pub metrics_allow: Vec<IpNet>,
    /// Whether browsers must use TLS for later visits (HSTS).
    pub hsts: bool,
}
