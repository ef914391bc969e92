//! Reading: collections, single entities, properties and counts.

use std::rc::Rc;
use std::sync::Arc;

use uuid::Uuid;

use super::ast::Segment;
use super::decode::option_name;
use super::entity_types::entity_type_of;
use super::entity_types::set_unknown;
use super::json::{put, text_json, value_json, value_plain};
use super::list::List;
use super::model::EntityType;
use super::odata_error::ODataError;
use super::options::QueryOptions;
use super::path::resolve;
use super::permit::{Operation, authorize, authorize_query, authorize_use, readable_only};
use super::preference::{PageSize, page_size};
use super::query::{query_options, skip_token};
use super::query_error::SyntaxError;
use super::render::{context_url, entity_json, etag, shape};
use super::reply::{HandlerResult, empty_response, json_response, text_response};
use super::request::RequestContext;
use super::row::Row;
use super::rows::Search;
use super::source;
use super::token::token_read;
use super::type_cache::CachedType;
use crate::clock;
use crate::domain::catalog::Catalog;
use crate::domain::time::Timestamp;
use crate::store::Reader;

/// Bytes that are reserved for the end of a response, after the last entity.
const END: usize = 1024;

/// The entities of a set that a query asks for, a page of them.
pub(super) fn collection(
    context: &RequestContext<'_>,
    named: &EntityType,
    query: &str,
    prefer: Option<&str>,
) -> HandlerResult {
    let read = read_context(context, named)?;
    let (reader, catalog, entity_type) = (&read.reader, &*read.catalog, &read.cached.entity);
    // A next link means the moment of the first page by `now()`.
    let after = skip_token(query).map(|text| token_read(&text)).transpose()?;
    let at = after.as_ref().map_or_else(clock::now, |token| token.at);
    let options = options(context, catalog, entity_type, query, at)?;
    let preference = page_size(prefer);
    let mut search = Search::new(reader, catalog, context.odata.limits);
    let page = search.list(List {
        set: entity_type.set,
        filter: options.filter.as_ref(),
        order: &options.order,
        at,
        top: options.top,
        skip: options.skip,
        counts: options.count,
        page: preference.as_ref().map(|preference| preference.rows),
        after,
    })?;

    let select = options.select.as_deref();
    let shape = shape(catalog, entity_type, select, &options.expand, context.numbers_as_text);
    let mut out = Vec::with_capacity(4096);
    out.extend_from_slice(b"{\"@odata.context\":");
    let context_url = context_url(catalog, entity_type, select, &options.expand);
    text_json(&format!("{}/$metadata#{context_url}", context.service_url), &mut out);
    if let Some(count) = page.count {
        // It is a 64-bit integer like others.
        let quote = if context.numbers_as_text { "\"" } else { "" };
        put(&mut out, format_args!(",\"@odata.count\":{quote}{count}{quote}"));
    }
    out.extend_from_slice(b",\"value\":[");
    let start = out.len();
    let room = context.odata.limits.response_bytes.saturating_sub(END);
    let next = page.rows(&mut search, |search, row| {
        let before = out.len();
        if before > start {
            out.push(b',');
        }
        if let Err(error) = entity_json(search, &shape, row, None, &mut out) {
            // The page may end in front of it.
            out.truncate(before);
            return Err(error);
        }
        Ok(out.len() < room)
    })?;
    out.push(b']');
    if let Some(token) = next {
        out.extend_from_slice(b",\"@odata.nextLink\":");
        text_json(&next_link(context, entity_type, query, &token), &mut out);
    }
    out.push(b'}');
    let mut response = json_response(context.numbers_as_text, out);
    if let Some(PageSize { text, .. }) = preference {
        response.headers.push(("Preference-Applied", text));
    }
    Ok(response)
}

/// How many entities of a set a query asks for, as plain text.
pub(super) fn count(context: &RequestContext<'_>, named: &EntityType, query: &str) -> HandlerResult {
    let read = read_context(context, named)?;
    let entity_type = &read.cached.entity;
    let options = options(context, &read.catalog, entity_type, query, clock::now())?;
    let mut search = Search::new(&read.reader, &read.catalog, context.odata.limits);
    let count = search.count(entity_type.set, options.filter.as_ref())?;
    Ok(text_response(count.to_string().into_bytes()))
}

/// One entity.
pub(super) fn entity(
    context: &RequestContext<'_>,
    named: &EntityType,
    id: Uuid,
    query: &str,
    if_none_match: Option<&str>,
) -> HandlerResult {
    let read = read_context(context, named)?;
    let entity_type = &read.cached.entity;
    let options = options(context, &read.catalog, entity_type, query, clock::now())?;
    single_only(&options)?;
    let mut search = Search::new(&read.reader, &read.catalog, context.odata.limits);
    let row = found(&search, entity_type, id)?;
    shown(context, &mut search, entity_type, &row, &options, if_none_match)
}

/// What a path leads to from an entity: a property, as JSON or, `raw`, as plain text, or an entity
/// that a lookup refers to. 204 if a lookup on the way is empty.
pub(super) fn member(
    context: &RequestContext<'_>,
    named: &EntityType,
    id: Uuid,
    members: &[String],
    raw: bool,
    query: &str,
) -> HandlerResult {
    let read = read_context(context, named)?;
    let (catalog, entity_type) = (&*read.catalog, &read.cached.entity);
    let unknown = |error: SyntaxError| ODataError::NotFound(error.problem);
    let segments: Vec<Segment<'_>> = members.iter().map(|name| Segment { at: 0, name }).collect();
    let path = resolve(catalog, entity_type, &segments, !raw).map_err(unknown)?;
    let last = members.last().map_or("", String::as_str);
    let owner = entity_type_of(catalog, path.set).ok_or_else(|| set_unknown(catalog, &named.name))?;
    let behind = owner
        .navigation(last)
        .filter(|(_, property, _)| property.source == path.source);
    let behind = behind.map(|(.., navigation)| navigation.target);
    for set in path.steps.iter().map(|step| step.target).chain(behind) {
        authorize(catalog, context.caller, set, Operation::Read)?;
    }
    let mut search = Search::new(&read.reader, catalog, context.odata.limits);
    let mut row = Rc::new(found(&search, entity_type, id)?);
    let steps = path.steps.iter().map(|step| (step.source, step.target));
    for (source, target) in steps.chain(behind.map(|target| (path.source, target))) {
        let referenced = match row.refers(source) {
            Some(id) => search.entity(target, id)?,
            None => None,
        };
        match referenced {
            Some(next) => row = next,
            None => return Ok(empty_response(204)),
        }
    }
    if let Some(target) = behind {
        let target = entity_type_of(catalog, target).ok_or_else(|| set_unknown(catalog, last))?;
        let options = options(context, catalog, &target, query, clock::now())?;
        single_only(&options)?;
        return shown(context, &mut search, &target, &row, &options, None);
    }
    let value = row.value(path.source);
    if raw {
        let mut out = Vec::new();
        value_plain(value.as_deref(), path.kind, &mut out);
        return Ok(text_response(out));
    }
    let property = owner
        .properties
        .get(path.property)
        .map_or(last, |property| &property.name);
    let mut out = b"{\"@odata.context\":".to_vec();
    let context_url = format!(
        "{}/$metadata#{}({})/{property}",
        context.service_url, owner.name, row.id
    );
    text_json(&context_url, &mut out);
    out.extend_from_slice(b",\"value\":");
    value_json(value.as_deref(), path.kind, context.numbers_as_text, &mut out);
    out.push(b'}');
    Ok(json_response(context.numbers_as_text, out))
}

/// The context of every read: a reader, the catalog at the same state, and the entity type in it.
struct ReadContext {
    reader: Reader,
    catalog: Arc<Catalog>,
    cached: Arc<CachedType>,
}

/// What every reading begins with: is it allowed? `named` may be of an earlier catalog.
fn read_context(context: &RequestContext<'_>, named: &EntityType) -> Result<ReadContext, ODataError> {
    let (reader, catalog) = context.odata.ledger.read_with_catalog()?;
    authorize_use(&catalog, context.caller)?;
    let cached = context.odata.cached_type(&catalog, &named.name);
    let cached = cached.ok_or_else(|| set_unknown(&catalog, &named.name))?;
    authorize(&catalog, context.caller, cached.entity.set, Operation::Read)?;
    Ok(ReadContext {
        reader,
        catalog,
        cached,
    })
}

/// Parses the query options and checks that the caller may use them.
fn options(
    context: &RequestContext<'_>,
    catalog: &Catalog,
    entity_type: &EntityType,
    query: &str,
    now: Timestamp,
) -> Result<QueryOptions, ODataError> {
    if query.is_empty() {
        return Ok(QueryOptions::default());
    }
    let mut options = query_options(catalog, entity_type, query, now)?;
    readable_only(catalog, context.caller, &mut options.expand);
    authorize_query(catalog, context.caller, &options)?;
    Ok(options)
}

fn single_only(options: &QueryOptions) -> Result<(), ODataError> {
    let many = options.filter.is_some()
        || !options.order.is_empty()
        || options.top.is_some()
        || options.skip > 0
        || options.count
        || options.resumes;
    if many {
        return Err(ODataError::Wrong(
            "of a single entity there are $select and $expand only; leave the other options out".to_owned(),
        ));
    }
    Ok(())
}

fn found(search: &Search<'_>, entity_type: &EntityType, id: Uuid) -> Result<Row, ODataError> {
    let row = source::get(search.reader, search.catalog, entity_type.set, id)?;
    row.ok_or_else(|| ODataError::NotFound(format!("there is no {} with the id {id}", entity_type.name)))
}

/// A single entity as a response.
pub(super) fn shown(
    context: &RequestContext<'_>,
    search: &mut Search<'_>,
    entity_type: &EntityType,
    row: &Row,
    options: &QueryOptions,
    if_none_match: Option<&str>,
) -> HandlerResult {
    let tag = etag(row);
    // The tag says nothing of what is shown within the entity.
    let same = |tags| options.expand.is_empty() && same_tag(tags, &tag);
    if if_none_match.is_some_and(same) {
        let mut response = empty_response(304);
        response.headers.push(("ETag", tag));
        return Ok(response);
    }
    let select = options.select.as_deref();
    let context_url = context_url(search.catalog, entity_type, select, &options.expand);
    let context_url = format!("{}/$metadata#{context_url}/$entity", context.service_url);
    let mut out = Vec::with_capacity(2048);
    let plain = select.is_none() && options.expand.is_empty();
    let cached = context.odata.cached_type(search.catalog, &entity_type.name);
    if let Some(cached) = cached.filter(|_| plain) {
        let shape = cached.plain(context.numbers_as_text);
        entity_json(search, shape, row, Some(&context_url), &mut out)?;
    } else {
        let (catalog, as_text) = (search.catalog, context.numbers_as_text);
        let shape = shape(catalog, entity_type, select, &options.expand, as_text);
        entity_json(search, &shape, row, Some(&context_url), &mut out)?;
    }
    let mut response = json_response(context.numbers_as_text, out);
    response.headers.push(("ETag", tag));
    Ok(response)
}

/// Whether a list of tags has this one, without regard to their being weak.
fn same_tag(tags: &str, tag: &str) -> bool {
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    tags.trim() == "*" || tags.split(',').any(|one| bare(one) == bare(tag))
}

/// The same query with the token, as an absolute address.
fn next_link(context: &RequestContext<'_>, entity_type: &EntityType, query: &str, token: &str) -> String {
    let kept = query.split('&').filter(|part| {
        let name = option_name(part);
        let bare = name.strip_prefix('$').unwrap_or(&name);
        !part.is_empty() && !bare.eq_ignore_ascii_case("skiptoken")
    });
    let mut link = format!("{}/{}?", context.service_url, entity_type.name);
    for part in kept {
        link.push_str(part);
        link.push('&');
    }
    link.push_str("$skiptoken=");
    link.push_str(token);
    link
}
