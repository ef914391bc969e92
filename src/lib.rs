//! Hookgate: a webhook appliance for servers on site.
//!
//! See `docs/architecture.md` for the way of one webhook through the rooms of this crate.

pub mod api;
pub mod app;
pub mod backup;
pub mod cli;
pub mod clock;
pub mod concurrency_limit;
pub mod config;
pub mod control;
pub mod domain;
pub mod files;
#[cfg(test)]
mod golden;
pub mod http;
pub mod identity;
pub mod intake;
pub mod journal;
pub mod ledger;
pub mod manage;
pub mod metrics;
pub mod odata;
pub mod parse;
pub mod people;
pub mod process;
pub mod retention;
pub mod schedule;
pub mod secret;
pub mod space;
pub mod store;
pub mod systemd;
pub mod telemetry;
pub mod throttle;
pub mod tls;
