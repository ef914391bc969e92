//! A change of one setting, as a JSON Merge Patch writes it (RFC 7396).

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A change of one setting: absent keeps it, `null` clears it, a value sets it.
///
/// Fields of this type need `#[serde(default, skip_serializing_if = "Edit::is_keep")]`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Edit<T> {
    #[default]
    Keep,
    /// Removes the value, or restores the default.
    Clear,
    Set(T),
}

impl<T> Edit<T> {
    /// Whether it changes nothing.
    #[must_use]
    pub const fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }
}

impl<T: Serialize> Serialize for Edit<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Keep | Self::Clear => serializer.serialize_none(),
            Self::Set(value) => value.serialize(serializer),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Edit<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Option::<T>::deserialize(deserializer)?;
        Ok(value.map_or(Self::Clear, Self::Set))
    }
}

impl<T: JsonSchema> JsonSchema for Edit<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Option::<T>::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Option::<T>::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    struct Settings {
        #[serde(skip_serializing_if = "Edit::is_keep")]
        rate: Edit<u32>,
    }

    #[test]
    fn absent_keeps_null_clears_and_a_value_sets() {
        for (text, expected) in [
            ("{}", Edit::Keep),
            (r#"{"rate":null}"#, Edit::Clear),
            (r#"{"rate":5}"#, Edit::Set(5)),
        ] {
            let settings: Settings = serde_json::from_str(text).unwrap();
            assert_eq!(settings, Settings { rate: expected });
            assert_eq!(serde_json::to_string(&settings).unwrap(), text);
        }
    }
}
