//! Reading: collections, single entities, properties and counts.

use std::sync::Arc;

use uuid::Uuid;

use super::decode::option_name;
use super::fault::Fault;
use super::json::{put, text_json, value_json, value_plain};
use super::known::Known;
use super::model::{EntityType, Kind, entity_type_of};
use super::page::{Ended, Wanted};
use super::permit::{Operation, may, may_query, may_use};
use super::plan::plan;
use super::preference::{PageSize, page_size};
use super::query::{QueryOptions, query_options};
use super::render::{context, entity_json, etag, shape};
use super::request::{Answer, Asked, JSON, JSON_NUMBERS_AS_TEXT, Response};
use super::respond::set_unknown;
use super::row::Row;
use super::rows::Search;
use super::source;
use super::token::{Token, query_number, stale, token_read, token_text};
use crate::domain::catalog::Catalog;
use crate::domain::value::Value;
use crate::store::Reader;

/// Room at the end of an answer for what stands behind the last entity.
const END: usize = 1024;

/// The entities of a set that a query asks for, a page of them.
pub(super) fn collection(asked: &Asked<'_>, named: &EntityType, query: &str, prefer: Option<&str>) -> Answer {
    let begun = begin(asked, named)?;
    let (reader, catalog, entity_type) = (&begun.reader, &*begun.catalog, &begun.known.entity);
    let options = options(asked, catalog, entity_type, query)?;
    let limits = asked.odata.limits;
    let mut search = Search::new(reader, catalog, limits);
    let (set, filter, order) = (entity_type.set, options.filter.as_ref(), options.order.as_slice());
    let plan = plan(catalog, set, filter, order);
    let number = query_number(set, filter, order, &plan);
    let token = options.skip_token.as_deref().map(|text| token_read(text, number));
    let token = token.transpose()?;

    let preference = page_size(prefer);
    let page = preference.as_ref().map(|preference| preference.rows);
    let page = page.or_else(|| token.as_ref().and_then(|token| token.page));
    let most = page.map_or(limits.page, |page| (page as usize).min(limits.page));
    let left = token.as_ref().map_or(options.top, |token| token.left);
    let most = left.map_or(most, |left| usize::try_from(left).unwrap_or(usize::MAX).min(most));
    let skip = token.as_ref().map_or(options.skip, |token| token.skip);

    let count = match &token {
        Some(token) => token.count,
        None if options.count => Some(search.count(set, filter)?),
        None => None,
    };
    let rows_wanted = skip.saturating_add(most as u64);
    let way = search.choose(set, &plan, token.as_ref().map(|token| token.way), rows_wanted)?;
    let way = way.ok_or_else(stale)?;
    let wanted = Wanted {
        set,
        filter,
        order,
        skip,
        most,
        after: token.map(|token| token.place),
    };

    let select = options.select.as_deref();
    let shape = shape(catalog, entity_type, select, &options.expand, asked.numbers_as_text);
    let mut out = Vec::with_capacity(4096);
    out.extend_from_slice(b"{\"@odata.context\":");
    let context = context(catalog, entity_type, select, &options.expand);
    text_json(&format!("{}/$metadata#{context}", asked.service_url), &mut out);
    if let Some(count) = count {
        // It is a 64-bit integer like others.
        let quote = if asked.numbers_as_text { "\"" } else { "" };
        put(&mut out, format_args!(",\"@odata.count\":{quote}{count}{quote}"));
    }
    out.extend_from_slice(b",\"value\":[");
    let room = limits.answer_bytes.saturating_sub(END);
    let mut shown = 0_u64;
    let ended = search.page(&way, &wanted, &mut |search, row| {
        let before = out.len();
        if shown > 0 {
            out.push(b',');
        }
        if let Err(fault) = entity_json(search, &shape, row, None, &mut out) {
            // The page may end in front of it.
            out.truncate(before);
            return Err(fault);
        }
        shown += 1;
        Ok(out.len() < room)
    })?;
    out.push(b']');
    let left = left.map(|left| left.saturating_sub(shown));
    if let Some(Ended { place, skip }) = ended.filter(|_| left != Some(0)) {
        let token = Token {
            query: number,
            way: way.number,
            left,
            skip,
            count,
            page,
            place,
        };
        out.extend_from_slice(b",\"@odata.nextLink\":");
        text_json(&next_link(asked, entity_type, query, &token), &mut out);
    }
    out.push(b'}');
    let mut response = json(asked, out);
    if let Some(PageSize { text, .. }) = preference {
        response.headers.push(("Preference-Applied", text));
    }
    Ok(response)
}

/// How many entities of a set a query asks for, as plain text.
pub(super) fn count(asked: &Asked<'_>, named: &EntityType, query: &str) -> Answer {
    let begun = begin(asked, named)?;
    let entity_type = &begun.known.entity;
    let options = options(asked, &begun.catalog, entity_type, query)?;
    let mut search = Search::new(&begun.reader, &begun.catalog, asked.odata.limits);
    let count = search.count(entity_type.set, options.filter.as_ref())?;
    Ok(text(count.to_string().into_bytes()))
}

/// One entity.
pub(super) fn entity(
    asked: &Asked<'_>,
    named: &EntityType,
    id: Uuid,
    query: &str,
    if_none_match: Option<&str>,
) -> Answer {
    let begun = begin(asked, named)?;
    let entity_type = &begun.known.entity;
    let options = options(asked, &begun.catalog, entity_type, query)?;
    single_only(&options)?;
    let mut search = Search::new(&begun.reader, &begun.catalog, asked.odata.limits);
    let row = found(&search, entity_type, id)?;
    shown(asked, &mut search, entity_type, &row, &options, if_none_match)
}

/// One property of an entity, as JSON or, `raw`, as plain text.
pub(super) fn property(asked: &Asked<'_>, named: &EntityType, id: Uuid, name: &str, raw: bool) -> Answer {
    let begun = begin(asked, named)?;
    let entity_type = &begun.known.entity;
    let Some((_, property)) = entity_type.property(name) else {
        return Err(no_property(entity_type, name));
    };
    let search = Search::new(&begun.reader, &begun.catalog, asked.odata.limits);
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
    let context = format!(
        "{}/$metadata#{}({id})/{}",
        asked.service_url, entity_type.name, property.name
    );
    text_json(&context, &mut out);
    out.extend_from_slice(b",\"value\":");
    value_json(value.as_deref(), property.kind, asked.numbers_as_text, &mut out);
    out.push(b'}');
    Ok(json(asked, out))
}

/// The entity that an entity refers to; 204 if it refers to none.
pub(super) fn navigation(asked: &Asked<'_>, named: &EntityType, id: Uuid, name: &str, query: &str) -> Answer {
    let begun = begin(asked, named)?;
    let (catalog, entity_type) = (&*begun.catalog, &begun.known.entity);
    let Some((_, property, navigation)) = entity_type.navigation(name) else {
        return Err(no_property(entity_type, name));
    };
    let target = entity_type_of(catalog, navigation.target);
    let target = target.ok_or_else(|| no_property(entity_type, name))?;
    may(catalog, asked.caller, target.set, Operation::Read)?;
    let options = options(asked, catalog, &target, query)?;
    single_only(&options)?;
    let mut search = Search::new(&begun.reader, catalog, asked.odata.limits);
    let row = found(&search, entity_type, id)?;
    let behind = match row.refers(property.source) {
        Some(id) => search.entity(target.set, id)?,
        None => None,
    };
    match behind {
        Some(row) => shown(asked, &mut search, &target, &row, &options, None),
        None => Ok(nothing(204)),
    }
}

/// What every reading works with: rows, the catalog by which they are kept, and the set as that
/// has it.
struct Begun {
    reader: Reader,
    catalog: Arc<Catalog>,
    known: Arc<Known>,
}

/// What every reading begins with: is it allowed? `named` may be of an earlier catalog.
fn begin(asked: &Asked<'_>, named: &EntityType) -> Result<Begun, Fault> {
    let (reader, catalog) = asked.odata.ledger.read_with_catalog()?;
    may_use(&catalog, asked.caller)?;
    let known = asked.odata.known(&catalog, &named.name);
    let known = known.ok_or_else(|| set_unknown(&catalog, &named.name))?;
    may(&catalog, asked.caller, known.entity.set, Operation::Read)?;
    Ok(Begun { reader, catalog, known })
}

/// What is asked, if that is allowed.
fn options(asked: &Asked<'_>, catalog: &Catalog, entity_type: &EntityType, query: &str) -> Result<QueryOptions, Fault> {
    if query.is_empty() {
        return Ok(QueryOptions::default());
    }
    let options = query_options(catalog, entity_type, query)?;
    may_query(catalog, asked.caller, &options)?;
    Ok(options)
}

fn single_only(options: &QueryOptions) -> Result<(), Fault> {
    let many = options.filter.is_some()
        || !options.order.is_empty()
        || options.top.is_some()
        || options.skip > 0
        || options.count
        || options.skip_token.is_some();
    if many {
        return Err(Fault::Wrong(
            "of a single entity there are $select and $expand only; leave the other options out".to_owned(),
        ));
    }
    Ok(())
}

fn found(search: &Search<'_>, entity_type: &EntityType, id: Uuid) -> Result<Row, Fault> {
    let row = source::get(search.reader, search.catalog, entity_type.set, id)?;
    row.ok_or_else(|| Fault::NotFound(format!("there is no {} with the id {id}", entity_type.name)))
}

/// An entity as an answer of its own.
pub(super) fn shown(
    asked: &Asked<'_>,
    search: &mut Search<'_>,
    entity_type: &EntityType,
    row: &Row,
    options: &QueryOptions,
    if_none_match: Option<&str>,
) -> Answer {
    let tag = etag(row);
    // The tag says nothing of what is shown within the entity.
    let same = |tags| options.expand.is_empty() && same_tag(tags, &tag);
    if if_none_match.is_some_and(same) {
        let mut response = nothing(304);
        response.headers.push(("ETag", tag));
        return Ok(response);
    }
    let select = options.select.as_deref();
    let context = context(search.catalog, entity_type, select, &options.expand);
    let context = format!("{}/$metadata#{context}/$entity", asked.service_url);
    let mut out = Vec::with_capacity(2048);
    let plain = select.is_none() && options.expand.is_empty();
    let known = asked.odata.known(search.catalog, &entity_type.name);
    if let Some(known) = known.filter(|_| plain) {
        let shape = known.plain(asked.numbers_as_text);
        entity_json(search, shape, row, Some(&context), &mut out)?;
    } else {
        let (catalog, as_text) = (search.catalog, asked.numbers_as_text);
        let shape = shape(catalog, entity_type, select, &options.expand, as_text);
        entity_json(search, &shape, row, Some(&context), &mut out)?;
    }
    let mut response = json(asked, out);
    response.headers.push(("ETag", tag));
    Ok(response)
}

/// Whether a list of tags has this one, without regard to their being weak.
fn same_tag(tags: &str, tag: &str) -> bool {
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    tags.trim() == "*" || tags.split(',').any(|one| bare(one) == bare(tag))
}

/// The same query with the token, as an absolute address.
fn next_link(asked: &Asked<'_>, entity_type: &EntityType, query: &str, token: &Token) -> String {
    let kept = query.split('&').filter(|part| {
        let name = option_name(part);
        let bare = name.strip_prefix('$').unwrap_or(&name);
        !part.is_empty() && !bare.eq_ignore_ascii_case("skiptoken")
    });
    let mut link = format!("{}/{}?", asked.service_url, entity_type.name);
    for part in kept {
        link.push_str(part);
        link.push('&');
    }
    link.push_str("$skiptoken=");
    link.push_str(&token_text(token));
    link
}

fn no_property(entity_type: &EntityType, name: &str) -> Fault {
    Fault::NotFound(format!(
        "{} has no property {name:?}; $metadata lists what it has",
        entity_type.name
    ))
}

fn json(asked: &Asked<'_>, body: Vec<u8>) -> Response {
    let content_type = if asked.numbers_as_text {
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
