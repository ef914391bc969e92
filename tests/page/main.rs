//! The admin page as people use it: a real browser against the real program.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail the test"
)]

mod accessible;
mod browser;
mod clipboard;
mod dynamics;
mod exports;
#[path = "../it/filled.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod filled;
#[path = "../it/harness/mod.rs"]
#[allow(dead_code, unused_imports, reason = "shared with the other tests")]
mod harness;
mod hostile;
mod keys;
mod large;
mod live;
mod overview;
mod page;
mod pasted;
mod people;
mod places;
mod policy;
mod programs;
mod records;
mod screenshots;
mod story;
#[path = "../common/totp.rs"]
mod totp;
mod webhooks;
