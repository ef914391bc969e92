//! The invariants of the source, and Hookgate as its senders and administrators see it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail the test"
)]

mod architecture;
mod bad_input;
mod cors;
mod dependencies;
mod harness;
mod intake;
mod listeners;
mod processing;
mod refusals;
mod shutdown;
mod tls;
mod unavailable;
