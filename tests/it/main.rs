//! The invariants of the source, and Hookgate as its senders and administrators see it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by a panic, in its helpers too"
)]

mod architecture;
mod cli;
mod data_folder;
mod dependencies;
mod filled;
mod harness;
mod intake;
mod manage;
mod objects;
mod open_after_kill;
mod readme;
mod rebuild;
mod retention;
mod shell;
mod webhook_url;
