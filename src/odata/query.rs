//! The query options of a request.

use crate::domain::catalog::Catalog;

use super::check::check;
use super::decode::parts;
use super::filter::{Filter, Path};
use super::lex::quoted;
use super::model::{EntitySet, EntityType};
use super::path::meant;
use super::query_error::{QueryError, SyntaxError};
use super::{MAX_OPTION_LENGTH, parse_expand, parse_filter, parse_order, parse_select};

/// The query options of a request, checked.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct QueryOptions {
    pub filter: Option<Filter>,
    /// `$orderby`; the first counts most.
    pub order: Vec<OrderBy>,
    /// `$select`: indexes of properties, each once; none for all of them.
    pub select: Option<Vec<usize>>,
    pub expand: Vec<Expand>,
    pub top: Option<u64>,
    pub skip: u64,
    pub count: bool,
    /// `$skiptoken`, as in the `@odata.nextLink` of an earlier response.
    pub skip_token: Option<String>,
}

/// One part of `$orderby`.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderBy {
    pub path: Path,
    /// The greatest value comes first.
    pub descending: bool,
}

/// One part of `$expand`: an entity to show within another.
#[derive(Debug, Clone, PartialEq)]
pub struct Expand {
    /// The navigation's name, as responses write it.
    pub name: String,
    /// The index of the property that holds the id, such as `CountryId`.
    pub property: usize,
    /// The set in which the entity is.
    pub target: EntitySet,
    /// What to show of it: indexes of its properties; none for all.
    pub select: Option<Vec<usize>>,
    /// What to show within it.
    pub expand: Vec<Expand>,
}

/// Reads the query options in a query string, as sent (percent-encoded, without `?`).
///
/// Names count without regard to case and may lack the `$`. Options of the client's own, which
/// have no `$`, are left alone.
///
/// # Errors
/// When one is wrong, is there twice, or is not supported.
pub fn query_options(catalog: &Catalog, entity_type: &EntityType, query: &str) -> Result<QueryOptions, QueryError> {
    let mut options = QueryOptions::default();
    let mut seen = Vec::new();
    for (name, value) in parts(query) {
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
            "$filter" => options.filter = Some(filter(catalog, entity_type, &text)?),
            "$orderby" => options.order = parse_order::parse(catalog, entity_type, &text).map_err(within)?,
            "$select" => options.select = parse_select::parse(entity_type, &text).map_err(within)?,
            "$expand" => options.expand = parse_expand::parse(catalog, entity_type, &text).map_err(within)?,
            "$top" => options.top = Some(number(&text).map_err(whole)?),
            "$skip" => options.skip = number(&text).map_err(whole)?,
            "$count" => options.count = boolean(&text).map_err(whole)?,
            "$skiptoken" => options.skip_token = Some(text),
            _ => format(&text).map_err(whole)?,
        }
    }
    Ok(options)
}

/// Reads the text of a `$filter`, decoded.
///
/// # Errors
/// When it is no filter of this entity type.
pub fn filter(catalog: &Catalog, entity_type: &EntityType, text: &str) -> Result<Filter, QueryError> {
    if text.len() > MAX_OPTION_LENGTH {
        let problem = format!("it may have {MAX_OPTION_LENGTH} bytes, this has {}", text.len());
        return Err(QueryError::whole("$filter", problem));
    }
    parse_filter::parse(text)
        .and_then(|expression| check(catalog, entity_type, &expression))
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

/// Options of OData that are not supported. Without `$` they would change the meaning of a query,
/// too.
const UNSUPPORTED: [&str; 3] = ["$search", "$apply", "$compute"];

/// The option with this name; none if it is the client's own.
fn known(name: &str) -> Result<Option<&'static str>, QueryError> {
    let is = |option: &&'static str| {
        let bare = option.trim_start_matches('$');
        bare.eq_ignore_ascii_case(name.strip_prefix('$').unwrap_or(name))
    };
    if let Some(option) = KNOWN.into_iter().find(is) {
        return Ok(Some(option));
    }
    if UNSUPPORTED.iter().any(is) || name.starts_with('$') {
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
    number.ok_or_else(|| format!("it takes a whole number from 0, not {}", quoted(text)))
}

fn boolean(text: &str) -> Result<bool, String> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Ok(true),
        _ if text.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(format!("it takes true or false, not {}", quoted(text))),
    }
}

/// Responses are JSON whatever the parameters of the format say.
fn format(text: &str) -> Result<(), String> {
    let media_type = text.split(';').next().unwrap_or_default().trim();
    let json = media_type.eq_ignore_ascii_case("json") || media_type.eq_ignore_ascii_case("application/json");
    json.then_some(())
        .ok_or_else(|| format!("there is json only, not {}", quoted(text)))
}
