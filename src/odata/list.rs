//! One page of a list, from the query to the token of the next page; the same for programs, the
//! admin page and exports.

use super::choice::ChosenPath;
use super::filter::Filter;
use super::model::EntitySet;
use super::odata_error::ODataError;
use super::options::OrderBy;
use super::page::{PageEnd, PageRequest};
use super::plan::plan;
use super::row::Row;
use super::rows::Search;
use super::token::{Token, query_number, stale, token_text};
use crate::domain::time::Timestamp;

/// A list as asked for.
pub(super) struct List<'q> {
    pub set: EntitySet,
    pub filter: Option<&'q Filter>,
    pub order: &'q [OrderBy],
    /// What `now()` in the filter is.
    pub at: Timestamp,
    /// Rows of all pages together.
    pub top: Option<u64>,
    /// Rows to leave out in front of the first page.
    pub skip: u64,
    /// Whether the number of all rows is wanted.
    pub counts: bool,
    /// The most rows of a page, where the client says so.
    pub page: Option<u32>,
    /// Where the page before ended. What it says replaces `top`, `skip` and `counts`.
    pub after: Option<Token>,
}

/// A page that is ready to be read.
pub(super) struct ListPage<'q> {
    /// The number of all rows, if it is wanted.
    pub count: Option<u64>,
    request: PageRequest<'q>,
    path: ChosenPath,
    query: u64,
    at: Timestamp,
    left: Option<u64>,
    page: Option<u32>,
}

impl Search<'_> {
    /// Counts, if that is wanted, and chooses how to find the rows.
    pub fn list<'q>(&mut self, list: List<'q>) -> Result<ListPage<'q>, ODataError> {
        let (set, filter, order, after) = (list.set, list.filter, list.order, list.after);
        let plan = plan(self.catalog, set, filter, order);
        let query = query_number(set, filter, order, &plan);
        if after.as_ref().is_some_and(|token| token.query != query) {
            return Err(stale());
        }
        let page = list.page.or_else(|| after.as_ref().and_then(|token| token.page));
        let (left, skip) = match &after {
            Some(token) => (token.left, token.skip),
            None => (list.top, list.skip),
        };
        let limit = page.map_or(self.limits.page, |page| (page as usize).min(self.limits.page));
        let limit = left.map_or(limit, |left| usize::try_from(left).unwrap_or(usize::MAX).min(limit));
        let count = match &after {
            Some(token) => token.count,
            None if list.counts => Some(self.count(set, filter)?),
            None => None,
        };
        let number = after.as_ref().map(|token| token.access_path);
        let path = self.choose(set, &plan, number, skip.saturating_add(limit as u64))?;
        Ok(ListPage {
            count,
            path: path.ok_or_else(stale)?,
            query,
            at: list.at,
            left,
            page,
            request: PageRequest {
                set,
                filter,
                order,
                skip,
                limit,
                after: after.map(|token| token.place),
            },
        })
    }
}

impl ListPage<'_> {
    /// Passes the rows to `sink`, which says whether there is room for another. Returns the token of
    /// the next page, if there is one.
    pub fn rows<'a>(
        self,
        search: &mut Search<'a>,
        mut sink: impl FnMut(&mut Search<'a>, &Row) -> Result<bool, ODataError>,
    ) -> Result<Option<String>, ODataError> {
        let mut shown = 0_u64;
        let end = search.page(&self.path, &self.request, &mut |search, row| {
            let room = sink(search, row)?;
            shown += 1;
            Ok(room)
        })?;
        let left = self.left.map(|left| left.saturating_sub(shown));
        let next = end.filter(|_| left != Some(0)).map(|PageEnd { place, skip }| Token {
            query: self.query,
            at: self.at,
            access_path: self.path.number,
            left,
            skip,
            count: self.count,
            page: self.page,
            place,
        });
        Ok(next.as_ref().map(token_text))
    }
}
