//! `$skiptoken`: where the next page begins. Stays right while records are added and deleted.

use std::hash::{DefaultHasher, Hash, Hasher};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::filter::Filter;
use super::model::EntitySet;
use super::odata_error::ODataError;
use super::options::OrderBy;
use super::page::Place;
use super::plan::Plan;
use crate::domain::time::Timestamp;

/// Where the next page begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Token {
    /// The query that it belongs to.
    pub query: u64,
    /// The moment of the first page, which `now()` means on all of them.
    pub at: Timestamp,
    /// The number of the chosen access path.
    pub access_path: u8,
    /// Rows of `$top` that are not shown yet.
    pub left: Option<u64>,
    /// Rows of `$skip` that are not left out yet.
    pub skip: u64,
    /// The total that the first page reported for `$count`.
    pub count: Option<u64>,
    /// The most rows of a page, where the client said so.
    pub page: Option<u32>,
    /// Where the last page ended.
    pub place: Place,
}

const VERSION: u8 = 3;

/// The token as text.
pub(super) fn token_text(token: &Token) -> String {
    let bytes = postcard::to_extend(token, vec![VERSION]).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads a token; [`Token::query`] says which query it belongs to.
pub(super) fn token_read(text: &str) -> Result<Token, ODataError> {
    let token = || {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (version, rest) = bytes.split_first()?;
        (*version == VERSION).then(|| postcard::from_bytes(rest).ok()).flatten()
    };
    token().ok_or_else(stale)
}

/// A token that does not belong to the query, or no longer does.
pub(super) fn stale() -> ODataError {
    ODataError::Wrong(
        "$skiptoken does not belong to this query, or the object was changed in the meantime; start again without it, and \
         follow @odata.nextLink as it is"
            .to_owned(),
    )
}

/// A hash of a query and its plan.
pub(super) fn query_number(set: EntitySet, filter: Option<&Filter>, order: &[OrderBy], plan: &Plan) -> u64 {
    let mut hasher = DefaultHasher::new();
    set.hash(&mut hasher);
    format!("{filter:?}{order:?}{plan:?}").hash(&mut hasher);
    hasher.finish()
}
