//! The differences between two states of a thing, field by field.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::Difference;

/// Internal fields that no user configures.
const BOOKKEEPING: [&str; 6] = ["id", "client_id", "created_on", "password_on", "next_column", "epoch"];

/// Fields whose values no reader of the audit log may see.
const SECRET: [&str; 6] = ["sealed", "lookup", "hash", "password", "totp", "recovery"];

/// The members that can identify an element of a list. The first one that is present is used.
const NAMES: [&str; 4] = ["code", "kid", "hint", "id"];

/// Members that only group others: their names are left out of field names.
const TRANSPARENT: [&str; 1] = ["settings"];

/// The maximum number of differences in a row. If there are more, the last one holds the number of
/// the rest.
const MAX_DIFFERENCES: usize = 200;

/// The differences between `before` and `after`, sorted by field name.
pub(super) fn differences<T: Serialize>(before: Option<&T>, after: Option<&T>) -> Vec<Difference> {
    let (before, after) = (fields(before), fields(after));
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let mut found = Vec::new();
    for name in names {
        let (old, new) = (before.get(name), after.get(name));
        if old == new {
            continue;
        }
        found.push(if is_secret(name) {
            Difference {
                field: name.clone(),
                before: None,
                after: None,
                secret: true,
            }
        } else {
            Difference {
                field: name.clone(),
                before: old.cloned(),
                after: new.cloned(),
                secret: false,
            }
        });
    }
    bounded(found)
}

/// Cuts the list to [`MAX_DIFFERENCES`].
pub(super) fn bounded(mut found: Vec<Difference>) -> Vec<Difference> {
    if found.len() > MAX_DIFFERENCES {
        let more = found.len() - (MAX_DIFFERENCES - 1);
        found.truncate(MAX_DIFFERENCES - 1);
        found.push(Difference::fact("more", more));
    }
    found
}

fn is_secret(name: &str) -> bool {
    name.split('.').any(|part| SECRET.contains(&part))
}

fn fields<T: Serialize>(thing: Option<&T>) -> BTreeMap<String, Value> {
    let mut fields = BTreeMap::new();
    if let Some(value) = thing.and_then(|thing| serde_json::to_value(thing).ok()) {
        flatten("", value, &mut fields);
    }
    fields
}

fn flatten(path: &str, value: Value, fields: &mut BTreeMap<String, Value>) {
    let below = |name: &str| match path {
        "" => name.to_owned(),
        path => format!("{path}.{name}"),
    };
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if BOOKKEEPING.contains(&name.as_str()) {
                    continue;
                }
                let path = if TRANSPARENT.contains(&name.as_str()) {
                    path.to_owned()
                } else {
                    below(&name)
                };
                flatten(&path, value, fields);
            }
        }
        Value::Array(parts) if parts.iter().any(|part| name_of(part).is_some()) => {
            for (place, part) in parts.into_iter().enumerate() {
                let name = name_of(&part).map_or_else(|| place.to_string(), str::to_owned);
                flatten(&below(&name), part, fields);
            }
        }
        // An empty value counts as absent.
        Value::Null => {}
        Value::String(text) if text.is_empty() => {}
        Value::Array(parts) if parts.is_empty() => {}
        leaf => drop(fields.insert(path.to_owned(), leaf)),
    }
}

fn name_of(part: &Value) -> Option<&str> {
    NAMES.iter().find_map(|name| part.get(name)?.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(before: &Value, after: &Value) -> Vec<String> {
        let found = differences(Some(before), Some(after));
        let text = |value: &Option<Value>| value.as_ref().map_or_else(|| "-".to_owned(), Value::to_string);
        found
            .iter()
            .map(|found| {
                let secret = if found.secret { " secret" } else { "" };
                format!(
                    "{}: {} {}{secret}",
                    found.field,
                    text(&found.before),
                    text(&found.after)
                )
            })
            .collect()
    }

    #[test]
    fn only_what_differs_is_named_and_no_secret_is_shown() {
        let before = json!({
            "id": 1, "enabled": true, "settings": {"rate": null, "origins": ["a", "b"]},
            "key": {"sealed": "before", "hint": "ab"}, "columns": [{"code": "A", "required": true}],
        });
        let after = json!({
            "id": 2, "enabled": true, "settings": {"rate": 5, "origins": []},
            "key": {"sealed": "after", "hint": "ab"}, "columns": [{"code": "B"}, {"code": "A", "required": false}],
        });
        assert_eq!(
            shown(&before, &after),
            [
                "columns.A.required: true false",
                "columns.B.code: - \"B\"",
                "key.sealed: - - secret",
                "origins: [\"a\",\"b\"] -",
                "rate: - 5",
            ]
        );
        assert!(shown(&before, &before).is_empty());
    }

    #[test]
    fn a_row_has_an_end() {
        let many: serde_json::Map<String, Value> = (0..500).map(|at| (format!("f{at}"), json!(at))).collect();
        let found = differences(None, Some(&Value::Object(many)));
        assert_eq!(found.len(), MAX_DIFFERENCES);
        assert_eq!(found.last(), Some(&Difference::fact("more", 301)));
    }
}
