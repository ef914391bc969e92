//! Reading: collections, single entities, properties and counts.

use std::sync::Arc;

use uuid::Uuid;

use super::decode::option_name;
use super::json::{put, text_json, value_json, value_plain};
use super::model::{EntityType, Kind, entity_type_of};
use super::odata_error::ODataError;
use super::page::{PageEnd, PageRequest};
use super::permit::{Operation, authorize, authorize_query, authorize_use};
use super::plan::plan;
use super::preference::{PageSize, page_size};
use super::query::{QueryOptions, query_options};
use super::render::{context_url, entity_json, etag, shape};
use super::request::{HandlerResult, JSON, JSON_NUMBERS_AS_TEXT, RequestContext, Response};
use super::respond::set_unknown;
use super::row::Row;
use super::rows::Search;
use super::source;
use super::token::{Token, query_number, stale, token_read, token_text};
use super::type_cache::CachedType;
use crate::domain::catalog::Catalog;
use crate::domain::value::Value;
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
    let options = options(context, catalog, entity_type, query)?;
    let limits = context.odata.limits;
    let mut search = Search::new(reader, catalog, limits);
    let (set, filter, order) = (entity_type.set, options.filter.as_ref(), options.order.as_slice());
    let plan = plan(catalog, set, filter, order);
    let number = query_number(set, filter, order, &plan);
    let token = options.skip_token.as_deref().map(|text| token_read(text, number));
    let token = token.transpose()?;

    let preference = page_size(prefer);
    let page = preference.as_ref().map(|preference| preference.rows);
    let page = page.or_else(|| token.as_ref().and_then(|token| token.page));
    let limit = page.map_or(limits.page, |page| (page as usize).min(limits.page));
    let left = token.as_ref().map_or(options.top, |token| token.left);
    let limit = left.map_or(limit, |left| usize::try_from(left).unwrap_or(usize::MAX).min(limit));
    let skip = token.as_ref().map_or(options.skip, |token| token.skip);

    let count = match &token {
        Some(token) => token.count,
        None if options.count => Some(search.count(set, filter)?),
        None => None,
    };
    let rows_wanted = skip.saturating_add(limit as u64);
    let access_path = search.choose(set, &plan, token.as_ref().map(|token| token.access_path), rows_wanted)?;
    let access_path = access_path.ok_or_else(stale)?;
    let page_request = PageRequest {
        set,
        filter,
        order,
        skip,
        limit,
        after: token.map(|token| token.place),
    };

    let select = options.select.as_deref();
    let shape = shape(catalog, entity_type, select, &options.expand, context.numbers_as_text);
    let mut out = Vec::with_capacity(4096);
    out.extend_from_slice(b"{\"@odata.context\":");
    let context_url = context_url(catalog, entity_type, select, &options.expand);
    text_json(&format!("{}/$metadata#{context_url}", context.service_url), &mut out);
    if let Some(count) = count {
        // It is a 64-bit integer like others.
        let quote = if context.numbers_as_text { "\"" } else { "" };
        put(&mut out, format_args!(",\"@odata.count\":{quote}{count}{quote}"));
    }
    out.extend_from_slice(b",\"value\":[");
    let room = limits.response_bytes.saturating_sub(END);
    let mut shown = 0_u64;
    let page_end = search.page(&access_path, &page_request, &mut |search, row| {
        let before = out.len();
        if shown > 0 {
            out.push(b',');
        }
        if let Err(error) = entity_json(search, &shape, row, None, &mut out) {
            // The page may end in front of it.
            out.truncate(before);
            return Err(error);
        }
        shown += 1;
        Ok(out.len() < room)
    })?;
    out.push(b']');
    let left = left.map(|left| left.saturating_sub(shown));
    if let Some(PageEnd { place, skip }) = page_end.filter(|_| left != Some(0)) {
        let token = Token {
            query: number,
            access_path: access_path.number,
            left,
            skip,
            count,
            page,
            place,
        };
        out.extend_from_slice(b",\"@odata.nextLink\":");
        text_json(&next_link(context, entity_type, query, &token), &mut out);
    }
    out.push(b'}');
    let mut response = json(context, out);
    if let Some(PageSize { text, .. }) = preference {
        response.headers.push(("Preference-Applied", text));
    }
    Ok(response)
}

/// How many entities of a set a query asks for, as plain text.
pub(super) fn count(context: &RequestContext<'_>, named: &EntityType, query: &str) -> HandlerResult {
    let read = read_context(context, named)?;
    let entity_type = &read.cached.entity;
    let options = options(context, &read.catalog, entity_type, query)?;
    let mut search = Search::new(&read.reader, &read.catalog, context.odata.limits);
    let count = search.count(entity_type.set, options.filter.as_ref())?;
    Ok(text(count.to_string().into_bytes()))
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
    let options = options(context, &read.catalog, entity_type, query)?;
    single_only(&options)?;
    let mut search = Search::new(&read.reader, &read.catalog, context.odata.limits);
    let row = found(&search, entity_type, id)?;
    shown(context, &mut search, entity_type, &row, &options, if_none_match)
}

/// One property of an entity, as JSON or, `raw`, as plain text.
pub(super) fn property(
    context: &RequestContext<'_>,
    named: &EntityType,
    id: Uuid,
    name: &str,
    raw: bool,
) -> HandlerResult {
    let read = read_context(context, named)?;
    let entity_type = &read.cached.entity;
    let Some((_, property)) = entity_type.property(name) else {
        return Err(no_property(entity_type, name));
    };
    let search = Search::new(&read.reader, &read.catalog, context.odata.limits);
    let row = found(&search, entity_type, id)?;
    let value = row.value(property.source);
    let shown_empty = matches!(property.kind, Kind::Text | Kind::Guid);
    if value.is_none() && !shown_empty {
        return Ok(nothing(204));
    }
    if raw {
        let nil = Value::Guid(Uuid::nil());
        let value = value.as_deref().or((property.kind == Kind::Guid).then_some(&nil));
        let mut out = Vec::new();
        value_plain(value, &mut out);
        return Ok(text(out));
    }
    let mut out = b"{\"@odata.context\":".to_vec();
    let context_url = format!(
        "{}/$metadata#{}({id})/{}",
        context.service_url, entity_type.name, property.name
    );
    text_json(&context_url, &mut out);
    out.extend_from_slice(b",\"value\":");
    value_json(value.as_deref(), property.kind, context.numbers_as_text, &mut out);
    out.push(b'}');
    Ok(json(context, out))
}

/// The entity that an entity refers to; 204 if it refers to none.
pub(super) fn navigation(
    context: &RequestContext<'_>,
    named: &EntityType,
    id: Uuid,
    name: &str,
    query: &str,
) -> HandlerResult {
    let read = read_context(context, named)?;
    let (catalog, entity_type) = (&*read.catalog, &read.cached.entity);
    let Some((_, property, navigation)) = entity_type.navigation(name) else {
        return Err(no_property(entity_type, name));
    };
    let target = entity_type_of(catalog, navigation.target);
    let target = target.ok_or_else(|| no_property(entity_type, name))?;
    authorize(catalog, context.caller, target.set, Operation::Read)?;
    let options = options(context, catalog, &target, query)?;
    single_only(&options)?;
    let mut search = Search::new(&read.reader, catalog, context.odata.limits);
    let row = found(&search, entity_type, id)?;
    let referenced = match row.refers(property.source) {
        Some(id) => search.entity(target.set, id)?,
        None => None,
    };
    match referenced {
        Some(row) => shown(context, &mut search, &target, &row, &options, None),
        None => Ok(nothing(204)),
    }
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
) -> Result<QueryOptions, ODataError> {
    if query.is_empty() {
        return Ok(QueryOptions::default());
    }
    let options = query_options(catalog, entity_type, query)?;
    authorize_query(catalog, context.caller, &options)?;
    Ok(options)
}

fn single_only(options: &QueryOptions) -> Result<(), ODataError> {
    let many = options.filter.is_some()
        || !options.order.is_empty()
        || options.top.is_some()
        || options.skip > 0
        || options.count
        || options.skip_token.is_some();
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
        let mut response = nothing(304);
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
    let mut response = json(context, out);
    response.headers.push(("ETag", tag));
    Ok(response)
}

/// Whether a list of tags has this one, without regard to their being weak.
fn same_tag(tags: &str, tag: &str) -> bool {
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    tags.trim() == "*" || tags.split(',').any(|one| bare(one) == bare(tag))
}

/// The same query with the token, as an absolute address.
fn next_link(context: &RequestContext<'_>, entity_type: &EntityType, query: &str, token: &Token) -> String {
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
    link.push_str(&token_text(token));
    link
}

fn no_property(entity_type: &EntityType, name: &str) -> ODataError {
    ODataError::NotFound(format!(
        "{} has no property {name:?}; $metadata lists what it has",
        entity_type.name
    ))
}

fn json(context: &RequestContext<'_>, body: Vec<u8>) -> Response {
    let content_type = if context.numbers_as_text {
        JSON_NUMBERS_AS_TEXT
    } else {
        JSON
    };
    Response {
        status: 200,
        headers: Vec::new(),
        content_type: Some(content_type),
        body,
    }
}

const fn text(body: Vec<u8>) -> Response {
    Response {
        status: 200,
        headers: Vec::new(),
        content_type: Some("text/plain; charset=utf-8"),
        body,
    }
}

const fn nothing(status: u16) -> Response {
    Response {
        status,
        headers: Vec::new(),
        content_type: None,
        body: Vec::new(),
    }
}
