//! The API of the admin page, of scripts and of the command line: every operation once, free of
//! HTTP's server.
//!
//! A resource is a file here with functions that take a [`Call`], and a query or a body with a
//! type, and give an answer with a type; each is a few lines around a function of `manage`. A row
//! of the table names its method, path and role. The route, the `OpenAPI` document with its schemas
//! and the authorization test follow from the row.

#![expect(
    clippy::unnecessary_wraps,
    clippy::needless_pass_by_value,
    reason = "all functions of operations have one signature"
)]

mod about;
mod account;
mod answer;
mod audit;
mod backup;
mod call;
mod certificate;
mod clients;
mod entities;
mod events;
mod grants;
mod local;
mod named;
mod objects;
mod operation;
mod overview;
pub mod problem;
mod processes;
mod records;
mod retention;
mod schedule;
mod session;
mod settings;
mod signing_keys;
mod sources;
pub mod table;
mod tasks;
mod technical_users;
mod users;
mod webhooks;
mod webhooks_bulk;

pub use answer::{AnswerKind, Body, Line, Output, Writer};
pub use call::{Call, Captures, Principal, Sent};
pub use local::{LocalRequest, run_local};
pub use operation::{Operation, Reach, Schema, Verb};
pub use problem::ProblemView;
pub use session::COOKIE_NAME;

use crate::manage::ManageError;

/// What the function of an operation gives.
type Reply<A> = Result<A, ManageError>;
