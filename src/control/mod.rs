//! The API for the command line, as HTTP over the socket in the data folder: a server with a thread
//! of its own, which answers also while many requests come over the network, and its client.
//!
//! A program that may use the socket is the user of the data folder, who may do everything:
//! `curl --unix-socket hookgate.sock http://localhost/api/v1/sources`.

pub mod client;
pub mod server;
mod socket;
#[cfg(test)]
mod tests;
mod transport;

use std::path::{Path, PathBuf};

pub use client::{AskError, Reply, ask};
pub use server::{Responder, Server};

/// This version. A server of another version refuses a request that names this one, since it could
/// misunderstand it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The header with the version of the one who asks.
const VERSION_HEADER: &str = "x-hookgate-version";

/// The socket of a data folder.
#[must_use]
pub fn socket_path(data: &Path) -> PathBuf {
    data.join("hookgate.sock")
}
