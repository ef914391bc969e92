//! Values as bytes: a version, then postcard.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::StoreError;

/// The version byte in front of every value.
const VERSION: u8 = 1;

/// redb gives values of exactly these sizes twice the space; a zero byte behind avoids it.
const SIZES_TO_AVOID: std::ops::RangeInclusive<usize> = 2048..=65536;

/// A value's bytes. What is stored here can always be written, so a failure gives an empty
/// value, which no reader accepts.
pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(128);
    encode_into(value, &mut bytes);
    bytes
}

/// As [`encode`], into a buffer that is used again.
pub fn encode_into<T: Serialize>(value: &T, bytes: &mut Vec<u8>) {
    bytes.clear();
    bytes.push(VERSION);
    let written = postcard::to_io(value, &mut *bytes).is_ok();
    if !written {
        bytes.clear();
    }
    if bytes.len().is_power_of_two() && SIZES_TO_AVOID.contains(&bytes.len()) {
        bytes.push(0);
    }
}

/// Reads what [`encode`] wrote.
///
/// # Errors
/// [`StoreError::Value`], naming `what`.
pub fn decode<T: DeserializeOwned>(bytes: &[u8], what: impl FnOnce() -> String) -> Result<T, StoreError> {
    bytes
        .split_first()
        .filter(|(version, _)| **version == VERSION)
        .and_then(|(_, rest)| postcard::take_from_bytes(rest).ok())
        .map(|(value, _)| value)
        .ok_or_else(|| StoreError::Value { what: what() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_that_cost_double_are_avoided_and_read_back() {
        for len in [10, 2043, 2044, 2045, 2046, 4092, 4093, 4094] {
            let value = "x".repeat(len);
            let bytes = encode(&value);
            assert!(!(bytes.len().is_power_of_two() && bytes.len() >= 2048), "{len}");
            let back: String = decode(&bytes, || "test".to_owned()).unwrap();
            assert_eq!(back, value);
        }
    }

    #[test]
    fn other_versions_are_refused() {
        let mut bytes = encode(&7_u32);
        bytes[0] = 9;
        assert!(decode::<u32>(&bytes, || "seven".to_owned()).is_err());
        assert!(decode::<u32>(&[], || "seven".to_owned()).is_err());
    }
}
