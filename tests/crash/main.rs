//! Faults on purpose: a simulated disk under journal and store, and the real server killed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test or measurement that fails may say so by a panic"
)]

#[path = "../common/ask.rs"]
mod ask;
mod check;
mod damage;
mod disk;
mod folder;
mod full;
mod kill;
mod last_words;
mod memory;
mod nth;
mod operations;
#[path = "../common/program.rs"]
mod program;
mod rng;
mod setup;
mod simulated;
#[path = "../common/totp.rs"]
mod totp;
mod world;
