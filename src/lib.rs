//! Hookgate: a webhook appliance for servers on site.
//!
//! See `docs/architecture.md` for the way of one webhook through the rooms of this crate.

pub mod clock;
pub mod domain;
#[cfg(test)]
mod golden;
pub mod journal;
pub mod ledger;
pub mod parse;
pub mod process;
pub mod secret;
pub mod store;
