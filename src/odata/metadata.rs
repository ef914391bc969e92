//! Stub.
use super::fault::Fault;
use super::request::{Answer, Asked};
pub(super) fn metadata(_: &Asked<'_>) -> Answer {
    Err(Fault::Unavailable)
}
pub(super) fn service_document(_: &Asked<'_>) -> Answer {
    Err(Fault::Unavailable)
}
