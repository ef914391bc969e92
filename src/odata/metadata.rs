//! The service document and `$metadata`. Both list everything, whatever the caller may read.

use std::fmt::Write;

use super::entity_types::{entity_type_of, entity_types};
use super::model::{EntitySet, EntityType, Kind, Property, Source};
use super::permit::authorize_use;
use super::reply::{HandlerResult, Response, json_response};
use super::request::RequestContext;
use crate::domain::catalog::Catalog;
use crate::domain::column::ColumnType;

/// The namespace of all types.
pub(super) const NAMESPACE: &str = "Hookgate";

/// The name of the container of all sets, which is in the namespace too.
pub(super) const CONTAINER: &str = "Container";

/// Digits of a decimal, on both sides of the point.
const PRECISION: u8 = 28;

/// Where the terms of annotations are defined, for programs that look them up.
const CORE: &str = concat!(
    r#"<edmx:Reference Uri="https://oasis-tcs.github.io/odata-vocabularies/vocabularies/Org.OData.Core.V1.xml">"#,
    r#"<edmx:Include Namespace="Org.OData.Core.V1"/></edmx:Reference>"#,
);

/// Tells clients not to send a property.
const COMPUTED: &str = r#"<Annotation Term="Org.OData.Core.V1.Computed" Bool="true"/>"#;

/// The list of sets.
pub(super) fn service_document(context: &RequestContext<'_>) -> HandlerResult {
    let catalog = context.odata.ledger.catalog();
    authorize_use(&catalog, context.caller)?;
    let sets: Vec<serde_json::Value> = entity_types(&catalog)
        .iter()
        .map(|entity_type| {
            let name = &entity_type.name;
            serde_json::json!({"name": name, "kind": "EntitySet", "url": name})
        })
        .collect();
    let document = serde_json::json!({
        "@odata.context": format!("{}/$metadata", context.service_url),
        "value": sets,
    });
    Ok(json_response(false, document.to_string().into_bytes()))
}

/// All types, as XML (EDMX).
pub(super) fn metadata(context: &RequestContext<'_>) -> HandlerResult {
    let catalog = context.odata.ledger.catalog();
    authorize_use(&catalog, context.caller)?;
    Ok(Response {
        status: 200,
        headers: Vec::new(),
        content_type: Some("application/xml; charset=utf-8".into()),
        body: edmx(&catalog).into_bytes(),
    })
}

pub(super) fn edmx(catalog: &Catalog) -> String {
    let types = entity_types(catalog);
    let mut xml = String::with_capacity(64 << 10);
    xml.push_str(concat!(
        r#"<?xml version="1.0" encoding="utf-8"?>"#,
        r#"<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">"#,
    ));
    xml.push_str(CORE);
    xml.push_str("<edmx:DataServices>");
    put(
        &mut xml,
        format_args!(r#"<Schema Namespace="{NAMESPACE}" xmlns="http://docs.oasis-open.org/odata/ns/edm">"#),
    );
    for entity_type in &types {
        type_put(catalog, entity_type, &mut xml);
    }
    put(&mut xml, format_args!(r#"<EntityContainer Name="{CONTAINER}">"#));
    for entity_type in &types {
        set_put(catalog, entity_type, &mut xml);
    }
    xml.push_str("</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>");
    xml
}

fn type_put(catalog: &Catalog, entity_type: &EntityType, xml: &mut String) {
    // Codes are letters and digits: nothing needs to be escaped.
    put(
        xml,
        format_args!(
            r#"<EntityType Name="{}"><Key><PropertyRef Name="Id"/></Key>"#,
            entity_type.name
        ),
    );
    for property in &entity_type.properties {
        property_put(catalog, entity_type, property, xml);
    }
    for (property, name, target) in navigations(catalog, entity_type) {
        if target.set == EntitySet::Actor {
            // They can be removed while their records stay, so there is nothing to constrain.
            put(
                xml,
                format_args!(
                    r#"<NavigationProperty Name="{name}" Type="{NAMESPACE}.{}"/>"#,
                    target.name
                ),
            );
            continue;
        }
        // What always has an id leads somewhere (CSDL 8.5 wants both to say the same).
        let nullable = if property.nullable { "" } else { r#" Nullable="false""# };
        put(
            xml,
            format_args!(
                r#"<NavigationProperty Name="{name}" Type="{NAMESPACE}.{}"{nullable}><ReferentialConstraint Property="{}" ReferencedProperty="Id"/></NavigationProperty>"#,
                target.name, property.name
            ),
        );
    }
    xml.push_str("</EntityType>");
}

fn property_put(catalog: &Catalog, entity_type: &EntityType, property: &Property, xml: &mut String) {
    let name = &property.name;
    put(
        xml,
        format_args!(r#"<Property Name="{name}" Type="{}""#, edm(property.kind)),
    );
    match property.kind {
        Kind::Text => {
            if let Some(longest) = longest(catalog, entity_type.set, property.source) {
                put(xml, format_args!(r#" MaxLength="{longest}""#));
            }
        }
        Kind::Decimal { scale } => put(xml, format_args!(r#" Precision="{PRECISION}" Scale="{scale}""#)),
        Kind::DateTime => xml.push_str(r#" Precision="3""#),
        Kind::Time => xml.push_str(r#" Precision="0""#),
        Kind::Integer | Kind::Boolean | Kind::Date | Kind::Guid => {}
    }
    if !property.nullable {
        xml.push_str(r#" Nullable="false""#);
    }
    match property.source {
        // A program may choose the id of a new record; every other value is computed.
        Source::Id | Source::Column(_) => xml.push_str("/>"),
        _ => put(xml, format_args!(">{COMPUTED}</Property>")),
    }
}

fn set_put(catalog: &Catalog, entity_type: &EntityType, xml: &mut String) {
    let name = &entity_type.name;
    put(
        xml,
        format_args!(r#"<EntitySet Name="{name}" EntityType="{NAMESPACE}.{name}">"#),
    );
    for (_, path, target) in navigations(catalog, entity_type) {
        put(
            xml,
            format_args!(r#"<NavigationPropertyBinding Path="{path}" Target="{}"/>"#, target.name),
        );
    }
    xml.push_str("</EntitySet>");
}

/// Each property that refers to another entity, the name of the way there, and its type.
fn navigations<'t>(
    catalog: &Catalog,
    entity_type: &'t EntityType,
) -> impl Iterator<Item = (&'t Property, &'t str, EntityType)> {
    entity_type.properties.iter().filter_map(move |property| {
        let navigation = property.navigation.as_ref()?;
        let target = entity_type_of(catalog, navigation.target)?;
        Some((property, navigation.name.as_str(), target))
    })
}

const fn edm(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "Edm.String",
        Kind::Integer => "Edm.Int64",
        Kind::Decimal { .. } => "Edm.Decimal",
        Kind::Boolean => "Edm.Boolean",
        Kind::Date => "Edm.Date",
        Kind::DateTime => "Edm.DateTimeOffset",
        Kind::Time => "Edm.TimeOfDay",
        Kind::Guid => "Edm.Guid",
    }
}

/// The most characters of a text, if there is a limit.
fn longest(catalog: &Catalog, set: EntitySet, source: Source) -> Option<u16> {
    let (EntitySet::Object(object), Source::Column(column)) = (set, source) else {
        return None;
    };
    match catalog.objects.get(&object)?.column_by_id(column)?.kind {
        ColumnType::Text(max_length) => Some(max_length),
        ColumnType::Phone | ColumnType::Email => Some(250),
        ColumnType::WebLink => Some(500),
        _ => None,
    }
}

fn put(xml: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to memory does not fail.
    let _ = xml.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::actor::Actor;
    use crate::domain::change::ConfigChange;
    use crate::domain::entry::Entry;
    use crate::domain::shipped::shipped;
    use crate::domain::time::Timestamp;

    /// The elements of well-formed XML with their attributes; fails on anything else.
    fn elements(xml: &str) -> Vec<(String, Vec<(String, String)>)> {
        let (mut open, mut all) = (Vec::new(), Vec::new());
        let body = xml.strip_prefix(r#"<?xml version="1.0" encoding="utf-8"?>"#).unwrap();
        let mut rest = body;
        while !rest.is_empty() {
            let (tag, after) = rest.strip_prefix('<').unwrap().split_once('>').unwrap();
            rest = after;
            if let Some(name) = tag.strip_prefix('/') {
                assert_eq!(open.pop().as_deref(), Some(name));
                continue;
            }
            let bare = tag.strip_suffix('/').unwrap_or(tag);
            let (name, mut attributes) = bare.split_once(' ').unwrap_or((bare, ""));
            let mut pairs: Vec<(String, String)> = Vec::new();
            while !attributes.is_empty() {
                let (key, after) = attributes.split_once("=\"").unwrap();
                let (value, after) = after.split_once('"').unwrap();
                assert!(!value.contains(['<', '>', '&']), "{value}");
                assert!(pairs.iter().all(|(known, _)| known != key), "{tag}");
                pairs.push((key.to_owned(), value.to_owned()));
                attributes = after.strip_prefix(' ').unwrap_or(after);
            }
            all.push((name.to_owned(), pairs));
            if bare.len() == tag.len() {
                open.push(name.to_owned());
            }
        }
        assert!(open.is_empty());
        all
    }

    #[test]
    fn the_metadata_is_well_formed_and_refers_to_what_is_there() {
        let mut catalog = Catalog::default();
        let definition = shipped();
        let (at, by) = (Timestamp(0), Actor::System);
        catalog
            .apply(&Entry::one(
                at,
                by,
                ConfigChange::DefinitionApplied {
                    definition,
                    indexes: Vec::new(),
                },
            ))
            .unwrap();
        let xml = edmx(&catalog);
        let elements = elements(&xml);
        let named = |element: &str, key: &str| -> Vec<String> {
            let found = elements.iter().filter(|(name, _)| name == element);
            let pairs = found.flat_map(|(_, pairs)| pairs.iter().filter(|(known, _)| known == key));
            pairs.map(|(_, value)| value.clone()).collect()
        };
        let types = named("EntityType", "Name");
        assert!(types.len() > 10 && types.contains(&"Contact".to_owned()) && types.contains(&"Webhook".to_owned()));
        assert_eq!(named("EntitySet", "Name"), types);
        for target in named("NavigationPropertyBinding", "Target") {
            assert!(types.contains(&target), "{target}");
        }
        for kind in named("NavigationProperty", "Type") {
            assert!(types.contains(&kind.replace("Hookgate.", "")), "{kind}");
        }
        for part in [
            r#"<Property Name="Id" Type="Edm.Guid" Nullable="false"/>"#,
            r#"<Property Name="Name" Type="Edm.String" MaxLength="250"/>"#,
            r#"<Property Name="CurrencyRate" Type="Edm.Decimal" Precision="28" Scale="4"/>"#,
            r#"<Property Name="CreatedOn" Type="Edm.DateTimeOffset" Precision="3" Nullable="false"><Annotation Term="Org.OData.Core.V1.Computed" Bool="true"/></Property>"#,
            r#"<NavigationProperty Name="Country" Type="Hookgate.Country"><ReferentialConstraint Property="CountryId" ReferencedProperty="Id"/></NavigationProperty>"#,
            r#"<NavigationProperty Name="Status" Type="Hookgate.WebhookStatus" Nullable="false"><ReferentialConstraint Property="StatusId" ReferencedProperty="Id"/></NavigationProperty>"#,
            r#"<NavigationPropertyBinding Path="Country" Target="Country"/>"#,
        ] {
            assert!(xml.contains(part), "{part}");
        }
    }
}
