//! The body of a write: which value goes into which column.

use uuid::Uuid;

use super::address::{Address, address};
use super::empty::clears;
use super::entity_types::entity_type_named;
use super::limits::MAX_BODY;
use super::model::{EntitySet, EntityType};
use super::odata_error::ODataError;
use super::request::Request;
use super::wording::meant;
use super::wording::quoted;
use crate::domain::catalog::Catalog;
use crate::domain::column::{Column, ColumnId, ColumnType};
use crate::domain::object::{Object, SYSTEM_COLUMNS};
use crate::domain::parse_issue::Reason;
use crate::domain::value::Value;
use crate::parse::{self, Field, FieldValue, Limits, Media, media, value};

/// How deep a body may be nested; nothing of it is used below the first level.
const MAX_DEPTH: u32 = 16;

/// How many keys a body may have: properties and annotations.
const MAX_FIELDS: u32 = 1000;

/// What a body says.
#[derive(Debug, PartialEq)]
pub(super) struct Sent {
    /// The id, if it names one.
    pub id: Option<Uuid>,
    /// Columns and their new values, ascending by column; none clears a column.
    pub values: Vec<(ColumnId, Option<Value>)>,
}

/// Reads the body of a write.
pub(super) fn sent(
    catalog: &Catalog,
    object: &Object,
    entity: &EntityType,
    request: &Request<'_>,
) -> Result<Sent, ODataError> {
    let content_type = json_type(request.content_type, "{\"Name\": \"Andrew Best\"}")?;
    if request.body.len() > MAX_BODY {
        return Err(ODataError::TooLarge { limit: MAX_BODY });
    }
    if request.body.trim_ascii().is_empty() {
        return Err(ODataError::Wrong(
            "the body is empty; send an object of properties such as {\"Name\": \"Andrew Best\"}".to_owned(),
        ));
    }
    let limits = Limits {
        depth: MAX_DEPTH,
        fields: MAX_FIELDS,
    };
    let fields = parse::fields(content_type, request.body, limits).map_err(unreadable)?;
    let mut sent = Sent {
        id: None,
        values: Vec::with_capacity(fields.len()),
    };
    for field in &fields {
        field_take(catalog, object, entity, field, &mut sent)?;
    }
    sent.values.sort_unstable_by_key(|(column, _)| *column);
    Ok(sent)
}

/// The same for a bare JSON object, with all errors and not only the first.
pub(super) fn sent_all(
    catalog: &Catalog,
    object: &Object,
    entity: &EntityType,
    json: &[u8],
) -> Result<Sent, Vec<ODataError>> {
    let limits = Limits {
        depth: MAX_DEPTH,
        fields: MAX_FIELDS,
    };
    let fields = parse::fields("application/json", json, limits);
    let fields = fields.map_err(|reason| vec![unreadable(reason)])?;
    let mut sent = Sent {
        id: None,
        values: Vec::with_capacity(fields.len()),
    };
    let mut errors = Vec::new();
    for field in &fields {
        errors.extend(field_take(catalog, object, entity, field, &mut sent).err());
    }
    sent.values.sort_unstable_by_key(|(column, _)| *column);
    if errors.is_empty() { Ok(sent) } else { Err(errors) }
}

/// The content type, if it is JSON or absent.
pub(super) fn json_type<'a>(content_type: Option<&'a str>, example: &str) -> Result<&'a str, ODataError> {
    match content_type.filter(|sent| !sent.trim().is_empty()) {
        None => Ok("application/json"),
        Some(sent) if media(sent) == Some(Media::Json) => Ok(sent),
        Some(sent) => Err(ODataError::ContentType(format!(
            "the body is sent as {}; send JSON with Content-Type: application/json, such as {example}",
            quoted(sent)
        ))),
    }
}

fn field_take(
    catalog: &Catalog,
    object: &Object,
    entity: &EntityType,
    field: &Field<'_>,
    sent: &mut Sent,
) -> Result<(), ODataError> {
    let name = field.name.as_ref();
    // $metadata says that Hookgate fills these itself, and OData (part 1, 11.4.2) wants them
    // ignored: programs send back what they read, and some libraries send every property.
    let bare = name.split('@').next().unwrap_or_default();
    if is_system(bare) && !bare.eq_ignore_ascii_case("Id") {
        return Ok(());
    }
    if let Some((before, annotation)) = name.split_once('@') {
        // Other annotations say nothing that is not known here.
        if !before.is_empty() && matches!(annotation, "odata.bind" | "bind") {
            let (column, id) = bound(catalog, object, entity, before, field)?;
            return put(column, id.map(Value::Guid), sent);
        }
        return Ok(());
    }
    if name.eq_ignore_ascii_case("Id") {
        if sent.id.is_some() {
            return Err(twice("Id"));
        }
        sent.id = match value::convert(ColumnType::Guid, &field.value) {
            Ok(Some(Value::Guid(id))) if !id.is_nil() => Some(id),
            Ok(_) => None,
            Err(reason) => return Err(ODataError::value("Id", reason.to_string())),
        };
        return Ok(());
    }
    let Some(column) = object.columns.iter().find(|column| column.is_filled_by(name)) else {
        return Err(unknown(object, entity, name));
    };
    let converted = match &field.value {
        FieldValue::Nested(_) => Err(ODataError::value(
            column.key(),
            "a single value is needed, not an object or a list",
        )),
        single => {
            value::convert(column.kind, single).map_err(|reason| ODataError::value(column.key(), reason.to_string()))
        }
    }?;
    // What was read as empty and is sent back is empty again.
    let converted = converted.filter(|value| !clears(value));
    put(column, converted, sent)
}

fn is_system(name: &str) -> bool {
    SYSTEM_COLUMNS.iter().any(|system| system.eq_ignore_ascii_case(name))
}

fn put(column: &Column, value: Option<Value>, sent: &mut Sent) -> Result<(), ODataError> {
    if sent.values.iter().any(|(id, _)| *id == column.id) {
        return Err(twice(&column.key()));
    }
    sent.values.push((column.id, value));
    Ok(())
}

fn twice(name: &str) -> ODataError {
    ODataError::value(name, "it appears in the body more than once; send it once")
}

/// `"Country@odata.bind": "Country(<id>)"`
fn bound<'o>(
    catalog: &Catalog,
    object: &'o Object,
    entity: &EntityType,
    name: &str,
    field: &Field<'_>,
) -> Result<(&'o Column, Option<Uuid>), ODataError> {
    let lookup = entity
        .navigation(name)
        .and_then(|(_, property, navigation)| Some((navigation, column_of(object, &property.name)?)));
    let Some((navigation, column)) = lookup else {
        let lookups = entity
            .properties
            .iter()
            .filter_map(|property| property.navigation.as_ref());
        let problem = format!("there is no lookup {} on {}", quoted(name), entity.name);
        let near = meant(name, lookups.map(|navigation| navigation.name.as_str()));
        return Err(ODataError::value(shown(name), problem + &near));
    };
    let target = match navigation.target {
        EntitySet::Object(id) => catalog.objects.get(&id).map(|object| object.code.as_str()),
        _ => None,
    }
    .unwrap_or_default();
    let expected = || {
        let problem = format!(
            "the address of a record of {target} is needed, such as \"{target}(f8af0e88-f36b-1410-fa98-00155d043204)\", or null"
        );
        ODataError::value(format!("{}@odata.bind", navigation.name), problem)
    };
    let text = match &field.value {
        FieldValue::Null => return Ok((column, None)),
        FieldValue::Text(text) => text.trim(),
        _ => return Err(expected()),
    };
    if text.starts_with('$') {
        let problem = "a record of the same batch cannot be named by the request that makes it; \
                       give it an Id of your own and use that";
        return Err(ODataError::value(format!("{}@odata.bind", navigation.name), problem));
    }
    // Also a whole address: what counts is the last part.
    let last = text.rsplit('/').next().unwrap_or(text);
    let Ok(Address::Entity { set, id }) = address(last) else {
        return Err(expected());
    };
    if entity_type_named(catalog, &set).is_none_or(|set| set.set != navigation.target) {
        return Err(expected());
    }
    Ok((column, Some(id).filter(|id| !id.is_nil())))
}

fn column_of<'o>(object: &'o Object, key: &str) -> Option<&'o Column> {
    object.columns.iter().find(|column| column.is_filled_by(key))
}

fn unknown(object: &Object, entity: &EntityType, name: &str) -> ODataError {
    if let Some(lookup) = object.column(name) {
        let (key, code) = (lookup.key(), &lookup.code);
        let problem =
            format!("this is a lookup: send the id of a record as {key}, or its address as \"{code}@odata.bind\"");
        return ODataError::value(code, problem);
    }
    let near = meant(name, entity.properties.iter().map(|property| property.name.as_str()));
    let problem = format!("there is no such property on {}{near}", entity.name);
    ODataError::value(shown(name), problem)
}

/// The start of a name as sent.
fn shown(name: &str) -> String {
    quoted(name).trim_matches('\'').to_owned()
}

fn unreadable(reason: Reason) -> ODataError {
    ODataError::Wrong(match reason {
        Reason::BodyNotObject { found } => {
            format!("the body is {found}, not an object of properties such as {{\"Name\": \"Andrew Best\"}}")
        }
        other => other.to_string(),
    })
}
