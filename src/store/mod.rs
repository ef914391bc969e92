//! What the journal adds up to, in redb. Only this room names redb.

pub mod query;
pub mod reader;

pub use reader::Reader;

/// Why the store could not answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// redb could not read or write.
    #[error("the database could not be read")]
    Read(#[source] Box<dyn std::error::Error + Send + Sync>),
}
