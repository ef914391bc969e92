//! What becomes of a webhook: decided here from the webhook and the catalog alone, without IO.

pub mod create_record;
mod hint;
mod issues;
pub mod worker;

pub use create_record::create_record;
