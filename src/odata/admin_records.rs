//! Records for the admin page: the same queries and values as for programs. The caller checks the
//! user's role first.

use uuid::Uuid;

use super::body::sent_all;
use super::model::{EntitySet, EntityType, entity_type_of};
use super::odata_error::ODataError;
use super::page::{PageEnd, PageRequest};
use super::plan::plan;
use super::query::{OrderBy, filter, order};
use super::request::OdataLimits;
use super::row::Data;
use super::rows::Search;
use super::token::{Token, query_number, stale, token_read, token_text};
use crate::domain::catalog::Catalog;
use crate::domain::column::ObjectId;
use crate::domain::record::{Record, RecordMark, RecordOperation};
use crate::store::Reader;

/// The order of a list where nothing else is said.
const NEWEST_FIRST: &str = "CreatedOn desc";

/// Which records.
#[derive(Debug, Clone, Copy)]
pub struct Listing<'a> {
    pub object: ObjectId,
    /// As in `$filter`; none for all.
    pub filter: Option<&'a str>,
    /// As in `$orderby`; none for the newest first.
    pub order: Option<&'a str>,
    /// Behind the page that ended with this.
    pub after: Option<&'a str>,
    /// The maximum number of records.
    pub limit: usize,
}

/// A page of records.
#[derive(Debug)]
pub struct Listed {
    /// The records in their order.
    pub rows: Vec<(Uuid, Record)>,
    /// What names the place where the next page begins; none at the end.
    pub next: Option<String>,
}

/// A page of the requested records.
///
/// # Errors
/// When filter, order or place are wrong, or the query would cost more than the limits allow.
pub fn record_rows(
    reader: &Reader,
    catalog: &Catalog,
    limits: OdataLimits,
    listing: &Listing<'_>,
) -> Result<Listed, ODataError> {
    let entity = entity(catalog, listing.object)?;
    let set = entity.set;
    let filter = listing.filter.map(|text| filter(catalog, &entity, text)).transpose()?;
    let order: Vec<OrderBy> = order(catalog, &entity, listing.order.unwrap_or(NEWEST_FIRST))?;
    let plan = plan(catalog, set, filter.as_ref(), &order);
    let number = query_number(set, filter.as_ref(), &order, &plan);
    let token = listing.after.map(|text| token_read(text, number)).transpose()?;
    let mut search = Search::new(reader, catalog, limits);
    let access_path = search.choose(
        set,
        &plan,
        token.as_ref().map(|token| token.access_path),
        listing.limit as u64,
    )?;
    let access_path = access_path.ok_or_else(stale)?;
    let page_request = PageRequest {
        set,
        filter: filter.as_ref(),
        order: &order,
        skip: token.as_ref().map_or(0, |token| token.skip),
        limit: listing.limit,
        after: token.map(|token| token.place),
    };
    let mut rows = Vec::new();
    let page_end = search.page(&access_path, &page_request, &mut |_, row| {
        if let Data::Record(record) = &row.data {
            rows.push((row.id, record.clone()));
        }
        Ok(true)
    })?;
    let next = page_end.map(|PageEnd { place, skip }| {
        token_text(&Token {
            query: number,
            access_path: access_path.number,
            left: None,
            skip,
            count: None,
            page: None,
            place,
        })
    });
    Ok(Listed { rows, next })
}

/// How many records a filter asks for.
///
/// # Errors
/// As [`record_rows`].
pub fn record_total(
    reader: &Reader,
    catalog: &Catalog,
    limits: OdataLimits,
    object: ObjectId,
    text: Option<&str>,
) -> Result<u64, ODataError> {
    let entity = entity(catalog, object)?;
    let filter = text.map(|text| filter(catalog, &entity, text)).transpose()?;
    Search::new(reader, catalog, limits).count(entity.set, filter.as_ref())
}

/// Other values for some columns of a record, decided; `values` is a JSON object by key.
///
/// # Errors
/// Everything that is wrong.
pub fn record_edit(
    catalog: &Catalog,
    object: ObjectId,
    id: Uuid,
    values: &[u8],
    mark: Option<RecordMark>,
) -> Result<RecordOperation, Vec<ODataError>> {
    let entity = entity(catalog, object).map_err(|error| vec![error])?;
    let Some(definition) = catalog.objects.get(&object) else {
        return Err(Vec::new());
    };
    let sent = sent_all(catalog, definition, &entity, values)?;
    if sent.id.is_some_and(|sent| sent != id) {
        return Err(vec![ODataError::value(
            "Id",
            "the id of a record cannot change; leave it out",
        )]);
    }
    let emptied = sent.values.iter().filter(|(_, value)| value.is_none());
    let columns = emptied.filter_map(|(column, _)| definition.column_by_id(*column));
    let errors: Vec<ODataError> = columns
        .filter(|column| column.required)
        .map(|column| ODataError::value(column.key(), "a value is required here; it cannot be emptied"))
        .collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(RecordOperation::Edit {
        object,
        record: id,
        mark,
        values: sent.values,
    })
}

fn entity(catalog: &Catalog, object: ObjectId) -> Result<EntityType, ODataError> {
    let entity = entity_type_of(catalog, EntitySet::Object(object));
    entity.ok_or_else(|| ODataError::NotFound("there is no such object (any more)".to_owned()))
}
