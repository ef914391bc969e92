//! The encoding of rows.
//!
//! Webhooks, their states and records: a version, postcard by position, then a number of
//! extensions, which leave room for what a later version adds (see [`crate::domain::entry`]).
//! Everything else: a version, then JSON, to which a later version can add fields.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::StoreError;
use crate::domain::entry::{NO_EXTENSIONS, without_place};

/// The version byte at the start of every row.
const VERSION: u8 = 1;

/// redb uses twice the space for values of exactly these sizes; a trailing zero byte avoids it.
const SIZES_TO_AVOID: std::ops::RangeInclusive<usize> = 2048..=65536;

/// Encodes a row by position. All stored types can be encoded; should it fail, the result is empty,
/// which no reader accepts.
pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(128);
    encode_into(value, &mut bytes);
    bytes
}

/// Same as [`encode`], into a buffer that is reused.
pub fn encode_into<T: Serialize>(value: &T, bytes: &mut Vec<u8>) {
    bytes.clear();
    bytes.push(VERSION);
    if postcard::to_io(value, &mut *bytes).is_err() {
        bytes.clear();
        return;
    }
    bytes.push(NO_EXTENSIONS);
    if bytes.len().is_power_of_two() && SIZES_TO_AVOID.contains(&bytes.len()) {
        bytes.push(0);
    }
}

/// Decodes what [`encode`] wrote.
///
/// # Errors
/// [`StoreError::Value`], naming `what`; [`StoreError::NewerValue`].
pub fn decode<T: DeserializeOwned>(bytes: &[u8], what: impl FnOnce() -> String) -> Result<T, StoreError> {
    match take(bytes) {
        Some((value, [NO_EXTENSIONS] | [NO_EXTENSIONS, 0])) => Ok(value),
        Some((_, [count, ..])) if *count != NO_EXTENSIONS => Err(StoreError::NewerValue {
            what: what(),
            unknown: "an extension".to_owned(),
        }),
        _ => Err(StoreError::Value { what: what() }),
    }
}

/// Decodes only the first values of a row.
///
/// # Errors
/// [`StoreError::Value`], naming `what`.
pub fn decode_start<T: DeserializeOwned>(bytes: &[u8], what: impl FnOnce() -> String) -> Result<T, StoreError> {
    take(bytes)
        .map(|(value, _)| value)
        .ok_or_else(|| StoreError::Value { what: what() })
}

fn take<T: DeserializeOwned>(bytes: &[u8]) -> Option<(T, &[u8])> {
    let (version, rest) = bytes.split_first()?;
    (*version == VERSION)
        .then(|| postcard::take_from_bytes(rest).ok())
        .flatten()
}

/// Encodes a self-describing row.
pub fn json_encode<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = vec![VERSION];
    if serde_json::to_writer(&mut bytes, value).is_err() {
        bytes.clear();
    }
    bytes
}

/// Decodes what [`json_encode`] wrote.
///
/// # Errors
/// [`StoreError::Value`], naming `what`; [`StoreError::NewerValue`] for a field or variant that
/// this version does not know.
pub fn json_decode<T: DeserializeOwned>(bytes: &[u8], what: impl FnOnce() -> String) -> Result<T, StoreError> {
    match bytes.split_first() {
        Some((&VERSION, json)) => serde_json::from_slice(json).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => StoreError::NewerValue {
                what: what(),
                unknown: without_place(&error.to_string()),
            },
            _ => StoreError::Value { what: what() },
        }),
        _ => Err(StoreError::Value { what: what() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    fn what() -> String {
        "test".to_owned()
    }

    #[test]
    fn sizes_that_cost_double_are_avoided_and_read_back() {
        for len in [10, 2042, 2043, 2044, 2045, 2046, 4091, 4092, 4093, 4094] {
            let value = "x".repeat(len);
            let bytes = encode(&value);
            assert!(!(bytes.len().is_power_of_two() && bytes.len() >= 2048), "{len}");
            let back: String = decode(&bytes, what).unwrap();
            assert_eq!(back, value);
        }
    }

    #[test]
    fn other_versions_are_refused() {
        let mut bytes = encode(&7_u32);
        bytes[0] = 9;
        assert!(decode::<u32>(&bytes, what).is_err());
        assert!(decode::<u32>(&[], what).is_err());
    }

    #[test]
    fn what_a_newer_version_added_is_refused_with_what_to_do() {
        #[derive(Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Now {
            a: u32,
        }
        #[derive(Serialize)]
        struct Later {
            a: u32,
            b: u32,
        }
        let mut extended = encode(&7_u32);
        *extended.last_mut().unwrap() = 1;
        extended.extend([1, 1, 5]);
        let errors = [
            decode::<u32>(&extended, what).unwrap_err(),
            json_decode::<Now>(&json_encode(&Later { a: 1, b: 2 }), what)
                .map(|now| now.a)
                .unwrap_err(),
        ];
        for error in errors {
            let error = error.to_string();
            assert!(error.contains("install the newer version of Hookgate"), "{error}");
        }
        assert!(matches!(
            json_decode::<Now>(b"\x01{\"a\":", what),
            Err(StoreError::Value { .. })
        ));
    }
}
