//! The query options of a request.

use crate::domain::catalog::Catalog;
use crate::domain::time::Timestamp;

use super::check::check;
use super::decode::{Part, parts};
use super::filter::Filter;
use super::limits::MAX_OPTION_LENGTH;
use super::model::EntityType;
use super::options::{OrderBy, QueryOptions};
use super::query_error::{QueryError, SyntaxError};
use super::wording::meant;
use super::wording::quoted;
use super::{parse_expand, parse_filter, parse_order, parse_select};

/// Reads the query options in a query string, as sent (percent-encoded, without `?`).
///
/// Names count without regard to case and may lack the `$`. Options of the client's own, which
/// have no `$`, are left alone.
///
/// `now` is what `now()` gives.
///
/// # Errors
/// When one is wrong, is there twice, or is not supported.
pub fn query_options(
    catalog: &Catalog,
    entity_type: &EntityType,
    query: &str,
    now: Timestamp,
) -> Result<QueryOptions, QueryError> {
    let mut options = QueryOptions::default();
    let mut seen = Vec::new();
    for Part { name, raw, value } in parts(query) {
        let Some(option) = known(&name)? else { continue };
        let whole = |problem: String| QueryError::whole(option, problem);
        if seen.contains(&option) {
            return Err(whole("it is in the query more than once; send it once".to_owned()));
        }
        seen.push(option);
        let text = value.map_err(whole)?;
        if text.len() > MAX_OPTION_LENGTH {
            return Err(whole(format!(
                "it may have {MAX_OPTION_LENGTH} bytes, this has {}",
                text.len()
            )));
        }
        if text.trim_ascii().is_empty() {
            return Err(whole("it is empty; write something or leave it out".to_owned()));
        }
        let within = |error: SyntaxError| error.within(option, &text);
        match option {
            "$filter" => {
                let read = filter(catalog, entity_type, &text, now);
                options.filter = Some(read.map_err(|error| with_plus_named(error, raw))?);
            }
            "$orderby" => options.order = parse_order::parse(catalog, entity_type, &text).map_err(within)?,
            "$select" => options.select = parse_select::parse(entity_type, &text).map_err(within)?,
            "$expand" => options.expand = parse_expand::parse(catalog, entity_type, &text).map_err(within)?,
            "$top" => options.top = Some(number(&text).map_err(whole)?),
            "$skip" => options.skip = number(&text).map_err(whole)?,
            "$count" => options.count = boolean(&text).map_err(whole)?,
            "$skiptoken" => options.resumes = true,
            _ => format(&text).map_err(whole)?,
        }
    }
    Ok(options)
}

/// The `$skiptoken` in a query string, as in the `@odata.nextLink` of an earlier response.
#[must_use]
pub fn skip_token(query: &str) -> Option<String> {
    let token = parts(query).find(|part| matches!(known(&part.name), Ok(Some("$skiptoken"))));
    token?.value.ok()
}

/// Reads the text of a `$filter`, decoded. `now` is what `now()` gives.
///
/// # Errors
/// When it is no filter of this entity type.
pub fn filter(catalog: &Catalog, entity_type: &EntityType, text: &str, now: Timestamp) -> Result<Filter, QueryError> {
    if text.len() > MAX_OPTION_LENGTH {
        let problem = format!("it may have {MAX_OPTION_LENGTH} bytes, this has {}", text.len());
        return Err(QueryError::whole("$filter", problem));
    }
    parse_filter::parse(text)
        .and_then(|expression| check(catalog, entity_type, &expression, now))
        .map_err(|error| error.within("$filter", text))
}

/// Reads the text of an `$orderby`, decoded.
///
/// # Errors
/// When it names no properties of this entity type.
pub fn order(catalog: &Catalog, entity_type: &EntityType, text: &str) -> Result<Vec<OrderBy>, QueryError> {
    if text.len() > MAX_OPTION_LENGTH {
        let problem = format!("it may have {MAX_OPTION_LENGTH} bytes, this has {}", text.len());
        return Err(QueryError::whole("$orderby", problem));
    }
    parse_order::parse(catalog, entity_type, text).map_err(|error| error.within("$orderby", text))
}

/// An error of an option in which a `+` was meant that an address turns into a space.
fn with_plus_named(mut error: QueryError, raw: &str) -> QueryError {
    if let Some(offset) = plus_in_offset(raw) {
        error.problem = format!(
            "a '+' in an address is a space; write {} as {} ({})",
            quoted(&format!("+{offset}")),
            quoted(&format!("%2B{offset}")),
            error.problem
        );
    }
    error
}

/// What follows an unencoded `+` in a date/time, such as `02:00`.
fn plus_in_offset(raw: &str) -> Option<&str> {
    raw.match_indices('+').find_map(|(at, _)| {
        let before = raw.get(..at)?.rsplit([' ', '+', '(', ',', '\'']).next()?;
        let digits = |text: &str, length: usize| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
        // Up to the minutes it is a date/time, also where its colons are escaped.
        let (day, clock) = before.rsplit("%20").next()?.split_once(['T', 't'])?;
        let is_moment = day.len() == 10 && clock.ends_with(|last: char| last.is_ascii_digit());
        let rest = raw.get(at + 1..)?;
        let hours = rest.get(..2).filter(|hours| digits(hours, 2) && is_moment)?;
        let minutes = rest.get(2..).unwrap_or_default();
        let length = [":", "%3A", "%3a", ""].into_iter().find_map(|colon| {
            let minutes = minutes.strip_prefix(colon)?;
            digits(minutes.get(..2)?, 2).then_some(2 + colon.len() + 2)
        });
        Some(rest.get(..length.unwrap_or(hours.len())).unwrap_or(hours))
    })
}

const KNOWN: [&str; 9] = [
    "$filter",
    "$orderby",
    "$select",
    "$expand",
    "$top",
    "$skip",
    "$count",
    "$skiptoken",
    "$format",
];

/// Options of OData that are not supported, and what there is instead. Without `$` they would change
/// the meaning of a query, too.
const UNSUPPORTED: [(&str, &str); 3] = [
    (
        "$search",
        "write contains(Name,'…') in $filter, for each property to search in",
    ),
    ("$apply", "read the records and add them up, or count with $count"),
    ("$compute", "read the records and compute with them"),
];

/// The option with this name; none if it is the client's own.
fn known(name: &str) -> Result<Option<&'static str>, QueryError> {
    let is = |option: &&'static str| {
        let bare = option.trim_start_matches('$');
        bare.eq_ignore_ascii_case(name.strip_prefix('$').unwrap_or(name))
    };
    if let Some(option) = KNOWN.into_iter().find(is) {
        return Ok(Some(option));
    }
    if let Some((option, instead)) = UNSUPPORTED.iter().find(|(option, _)| is(option)) {
        return Err(QueryError::whole(option, format!("it is not supported; {instead}")));
    }
    if name.starts_with('@') {
        let problem = "parameter aliases are not supported; write the value itself into $filter";
        return Err(QueryError::whole(quoted(name).trim_matches('\''), problem));
    }
    if name.starts_with('$') {
        let hint = match meant(name, KNOWN.into_iter()) {
            hint if hint.is_empty() => format!("; there are {}", KNOWN.join(", ")),
            hint => hint,
        };
        let name = quoted(name);
        return Err(QueryError::whole(
            name.trim_matches('\''),
            format!("it is not supported{hint}"),
        ));
    }
    Ok(None)
}

fn number(text: &str) -> Result<u64, String> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| digits);
    number.ok_or_else(|| format!("it must be a whole number of 0 or more, not {}", quoted(text)))
}

fn boolean(text: &str) -> Result<bool, String> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Ok(true),
        _ if text.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(format!("it must be true or false, not {}", quoted(text))),
    }
}

/// Responses are JSON whatever the parameters of the format say.
fn format(text: &str) -> Result<(), String> {
    let media_type = text.split(';').next().unwrap_or_default().trim();
    let json = media_type.eq_ignore_ascii_case("json") || media_type.eq_ignore_ascii_case("application/json");
    json.then_some(())
        .ok_or_else(|| format!("there is json only, not {}", quoted(text)))
}
