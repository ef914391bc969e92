//! A new thing: its name with its settings beside it, in one object.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// A name and settings. Both are checked in full: serde's `flatten` would let unknown members pass.
pub struct Named<E> {
    pub name: String,
    pub edit: E,
}

impl<'de, E: DeserializeOwned> Deserialize<'de> for Named<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut members = Map::<String, Value>::deserialize(deserializer)?;
        let name = members.remove("name").ok_or_else(|| D::Error::missing_field("name"))?;
        Ok(Self {
            name: serde_json::from_value(name).map_err(D::Error::custom)?,
            edit: serde_json::from_value(Value::Object(members)).map_err(D::Error::custom)?,
        })
    }
}

/// A name with settings beside it. This type is only for the schema.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct Flat<E> {
    name: String,
    #[serde(flatten)]
    edit: E,
}

impl<E: JsonSchema> JsonSchema for Named<E> {
    fn schema_name() -> Cow<'static, str> {
        format!("New{}", E::schema_name().trim_end_matches("Edit")).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Flat::<E>::json_schema(generator)
    }
}
