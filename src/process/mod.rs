//! Decides the results of webhooks, from the webhook and the catalog only, without IO.

pub mod create_record;
mod hint;
mod issues;
pub mod worker;

pub use create_record::create_record;
