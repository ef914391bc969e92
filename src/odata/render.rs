//! Entities as JSON.

use super::entity_types::entity_type_of;
use super::json::{put, text_json, value_json};
use super::model::{EntitySet, EntityType, Kind, Source};
use super::odata_error::ODataError;
use super::options::Expand;
use super::row::Row;
use super::rows::Search;
use crate::domain::catalog::Catalog;

/// What is shown of an entity, made once for a request.
pub(super) struct Shape {
    /// For each field a comma, its name in quotes and a colon.
    heads: Vec<u8>,
    fields: Vec<Field>,
    nested: Vec<Nested>,
    numbers_as_text: bool,
}

struct Field {
    /// Where its part of the heads ends.
    head_end: usize,
    source: Source,
    kind: Kind,
}

/// An entity to show within another.
struct Nested {
    head: Vec<u8>,
    by: Source,
    target: EntitySet,
    shape: Shape,
}

/// Makes the shape of what was selected and expanded.
pub(super) fn shape(
    catalog: &Catalog,
    entity_type: &EntityType,
    select: Option<&[usize]>,
    expand: &[Expand],
    numbers_as_text: bool,
) -> Shape {
    let selected = |index: &usize| select.is_none_or(|select| select.contains(index));
    let properties = entity_type.properties.iter().enumerate();
    let mut heads = Vec::with_capacity(16 * entity_type.properties.len());
    let mut fields = Vec::with_capacity(entity_type.properties.len());
    for (_, property) in properties.filter(|(index, _)| selected(index)) {
        head_put(&property.name, &mut heads);
        fields.push(Field {
            head_end: heads.len(),
            source: property.source,
            kind: property.kind,
        });
    }
    let nested = expand.iter().filter_map(|part| {
        let target = entity_type_of(catalog, part.target)?;
        let mut head = Vec::new();
        head_put(&part.name, &mut head);
        Some(Nested {
            head,
            by: entity_type.properties.get(part.property)?.source,
            target: part.target,
            shape: shape(catalog, &target, part.select.as_deref(), &part.expand, numbers_as_text),
        })
    });
    Shape {
        heads,
        fields,
        nested: nested.collect(),
        numbers_as_text,
    }
}

fn head_put(name: &str, out: &mut Vec<u8>) {
    out.push(b',');
    text_json(name, out);
    out.push(b':');
}

/// Writes an entity. `context_url` is the value of `@odata.context`, for an entity that is the
/// whole response.
pub(super) fn entity_json(
    search: &mut Search<'_>,
    shape: &Shape,
    row: &Row,
    context_url: Option<&str>,
    out: &mut Vec<u8>,
) -> Result<(), ODataError> {
    out.push(b'{');
    if let Some(context_url) = context_url {
        out.extend_from_slice(b"\"@odata.context\":");
        text_json(context_url, out);
        out.push(b',');
    }
    out.extend_from_slice(b"\"@odata.etag\":\"W/\\\"");
    mark_put(row.mark(), out);
    out.extend_from_slice(b"\\\"\"");
    let mut read_context = 0;
    for field in &shape.fields {
        out.extend_from_slice(shape.heads.get(read_context..field.head_end).unwrap_or_default());
        read_context = field.head_end;
        let value = row.value(field.source);
        value_json(value.as_deref(), field.kind, shape.numbers_as_text, out);
    }
    for nested in &shape.nested {
        out.extend_from_slice(&nested.head);
        let entity = match row.refers(nested.by) {
            Some(id) => search.entity(nested.target, id)?,
            None => None,
        };
        match entity {
            Some(entity) => entity_json(search, &nested.shape, &entity, None, out)?,
            None => out.extend_from_slice(b"null"),
        }
    }
    out.push(b'}');
    Ok(())
}

/// The `ETag` of an entity.
pub(super) fn etag(row: &Row) -> String {
    let mut tag = b"W/\"".to_vec();
    mark_put(row.mark(), &mut tag);
    tag.push(b'"');
    String::from_utf8(tag).unwrap_or_default()
}

fn mark_put(mark: [u8; 8], out: &mut Vec<u8>) {
    put(out, format_args!("{:016x}", u64::from_be_bytes(mark)));
}

/// The part of `@odata.context` after `$metadata#`: the set and its selected properties.
pub(super) fn context_url(
    catalog: &Catalog,
    entity_type: &EntityType,
    select: Option<&[usize]>,
    expand: &[Expand],
) -> String {
    let mut context_url = entity_type.name.clone();
    if let Some(list) = selected(catalog, entity_type, select, expand) {
        context_url.push('(');
        context_url.push_str(&list);
        context_url.push(')');
    }
    context_url
}

fn selected(
    catalog: &Catalog,
    entity_type: &EntityType,
    select: Option<&[usize]>,
    expand: &[Expand],
) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    for index in select.into_iter().flatten() {
        parts.extend(entity_type.properties.get(*index).map(|property| property.name.clone()));
    }
    let mut said = select.is_some();
    for part in expand {
        let target = entity_type_of(catalog, part.target)?;
        let inner = selected(catalog, &target, part.select.as_deref(), &part.expand);
        said |= inner.is_some();
        parts.push(format!("{}({})", part.name, inner.unwrap_or_default()));
    }
    said.then(|| parts.join(","))
}
