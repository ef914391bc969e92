//! Records for the admin page: the same queries and values as for programs. The caller checks the
//! user's role first.

use uuid::Uuid;

use super::body::sent_all;
use super::entity_types::entity_type_of;
use super::limits::OdataLimits;
use super::list::List;
use super::model::{EntitySet, EntityType};
use super::odata_error::ODataError;
use super::options::OrderBy;
use super::query::{filter, order};
use super::row::Data;
use super::rows::Search;
use super::token::token_read;
use crate::clock;
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
    let after = listing.after.map(token_read).transpose()?;
    let at = after.as_ref().map_or_else(clock::now, |token| token.at);
    let filter = listing
        .filter
        .map(|text| filter(catalog, &entity, text, at))
        .transpose()?;
    let order: Vec<OrderBy> = order(catalog, &entity, listing.order.unwrap_or(NEWEST_FIRST))?;
    let mut search = Search::new(reader, catalog, limits);
    let page = search.list(List {
        set: entity.set,
        filter: filter.as_ref(),
        order: &order,
        at,
        top: None,
        skip: 0,
        counts: false,
        page: u32::try_from(listing.limit).ok(),
        after,
    })?;
    let mut rows = Vec::new();
    let next = page.rows(&mut search, |_, row| {
        if let Data::Record(record) = &row.data {
            rows.push((row.id, record.clone()));
        }
        Ok(true)
    })?;
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
    let filter = text
        .map(|text| filter(catalog, &entity, text, clock::now()))
        .transpose()?;
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
        .map(|column| ODataError::value(column.key(), "a value is required; it cannot be removed"))
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
    entity.ok_or_else(|| ODataError::NotFound("the object does not exist, or was removed".to_owned()))
}
