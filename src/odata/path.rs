//! From the names of a path to the property that it means.

use super::ast::Segment;
use super::entity_types::entity_type_of;
use super::filter::{Path, Step};
use super::limits::MAX_NAVIGATIONS;
use super::model::{EntityType, Property, Source};
use super::query_error::SyntaxError;
use super::wording::{meant, quoted};
use crate::domain::catalog::Catalog;

/// Resolves a path. With `navigation_too`, its last name may be a navigation, which then means the
/// id.
pub(super) fn resolve(
    catalog: &Catalog,
    entity_type: &EntityType,
    segments: &[Segment],
    navigation_too: bool,
) -> Result<Path, SyntaxError> {
    let Some((last, lookups)) = segments.split_last() else {
        return Err(SyntaxError::new(0, "the name of a property is missing"));
    };
    if let Some(beyond) = lookups.get(MAX_NAVIGATIONS) {
        let problem = format!("a path may follow {MAX_NAVIGATIONS} lookups, not more");
        return Err(SyntaxError::new(beyond.at, problem));
    }
    let mut here = entity_type.clone();
    let mut steps = Vec::new();
    // The property of each step, and the type that it belongs to.
    let mut owners = Vec::new();
    let mut text = String::new();
    for segment in lookups {
        let Some((index, property, navigation)) = here.navigation(segment.name) else {
            return Err(SyntaxError::new(segment.at, no_navigation(&here, segment.name)));
        };
        let target = navigation.target;
        let step = Step {
            source: property.source,
            target,
        };
        let before = text.len();
        text.push_str(&navigation.name);
        text.push('/');
        let Some(next) = entity_type_of(catalog, target) else {
            return Err(SyntaxError::new(segment.at, no_navigation(&here, segment.name)));
        };
        steps.push(step);
        owners.push((std::mem::replace(&mut here, next), index, before));
    }
    let found = here.property(last.name);
    let found = found.or_else(|| {
        let (index, property, _) = here.navigation(last.name).filter(|_| navigation_too)?;
        Some((index, property))
    });
    let Some((mut index, property)) = found else {
        return Err(SyntaxError::new(last.at, no_property(&here, last.name)));
    };
    // `Country/Id` is `CountryId`, which needs no step.
    if property.source == Source::Id
        && let Some((owner, of_owner, before)) = owners.pop()
    {
        steps.pop();
        text.truncate(before);
        here = owner;
        index = of_owner;
    }
    let Some(property) = here.properties.get(index) else {
        return Err(SyntaxError::new(last.at, no_property(&here, last.name)));
    };
    text.push_str(&property.name);
    Ok(Path {
        steps,
        set: here.set,
        property: index,
        source: property.source,
        kind: property.kind,
        text,
    })
}

/// There is no such property, and what may be meant.
pub(super) fn no_property(entity_type: &EntityType, name: &str) -> String {
    if let Some((_, property, navigation)) = entity_type.navigation(name) {
        let (navigation, property) = (&navigation.name, &property.name);
        return format!("{navigation} is a lookup; write {property} for its id, or a path such as {navigation}/Name");
    }
    let names = entity_type.properties.iter().map(|property| property.name.as_str());
    let problem = format!("there is no property {} on {}", quoted(name), entity_type.name);
    problem + &meant(name, names)
}

/// There is no such navigation, and what may be meant.
pub(super) fn no_navigation(entity_type: &EntityType, name: &str) -> String {
    match entity_type.property(name) {
        Some((
            _,
            Property {
                name,
                navigation: Some(navigation),
                ..
            },
        )) => return format!("{name} is an id; write {} to follow it", navigation.name),
        Some((_, property)) => return format!("{} is not a lookup; nothing can follow it", property.name),
        None => {}
    }
    let navigations = entity_type.properties.iter().filter_map(|property| {
        let navigation = property.navigation.as_ref()?;
        Some(navigation.name.as_str())
    });
    let problem = format!("there is no lookup {} on {}", quoted(name), entity_type.name);
    problem + &meant(name, navigations)
}
