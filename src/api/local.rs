//! Operations for the command line: in its own process, or over the socket of the server.

use super::answer::Output;
use super::call::{Call, Principal, Sent};
use super::operation::Reach;
use super::table::{self, Found};
use crate::manage::thing::Thing;
use crate::manage::{Context, ManageError};

/// A request of the command line, in the terms of HTTP.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LocalRequest {
    pub method: String,
    /// The whole path, such as `/api/v1/sources`.
    pub path: String,
    /// Encoded for an address; empty without parameters.
    pub query: String,
    pub body: Vec<u8>,
}

/// Runs an operation for the command line: the user of the data folder may do everything.
///
/// # Errors
/// If there is no such operation, it is for HTTPS only, or it is refused.
pub fn run_local(context: &Context, request: &LocalRequest) -> Result<Output, ManageError> {
    let LocalRequest {
        method,
        path,
        query,
        body,
    } = request;
    let Found::Operation(operation, captures) = table::find(method, path) else {
        return Err(ManageError::NotFound {
            what: Thing::Operation,
            name: format!("{method} {path}"),
        });
    };
    if let Reach::Network(why) = operation.reach {
        return Err(ManageError::Invalid {
            what: "operation",
            problem: format!("it is available over HTTPS only: {why}"),
        });
    }
    let call = Call {
        context,
        principal: &Principal::CommandLine,
        captures: &captures,
        sent: &Sent::default(),
    };
    operation.run(&call, query, body)
}
