//! Whole ways through the product, a file for each capability.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by a panic, in its helpers too"
)]

mod manage;
mod webhook_url;
