//! Stub.
use super::model::{EntityType, Source};
use super::request::Asked;
use crate::domain::record::Record;
use uuid::Uuid;
pub(super) fn entity_json(_: &Asked<'_>, entity: &EntityType, id: Uuid, record: &Record) -> Vec<u8> {
    let mut all = vec![format!("\"Id\":\"{id}\"")];
    for p in &entity.properties {
        if let Source::Column(c) = p.source {
            if let Some(v) = record.value(c) {
                let v = match v {
                    crate::domain::value::Value::Text(_)
                    | crate::domain::value::Value::Guid(_)
                    | crate::domain::value::Value::Date(_)
                    | crate::domain::value::Value::DateTime(_) => {
                        serde_json::to_string(&v.to_string()).unwrap_or_default()
                    }
                    o => o.to_string(),
                };
                all.push(format!("\"{}\":{v}", p.name));
            }
        }
    }
    format!("{{{}}}", all.join(",")).into_bytes()
}
