//! The indexes of an object's records: the keys that a record has, and the encoding of values as
//! bytes that sort in the order of the values.
//!
//! A key is the slot (the number of a column, or one of the two below), the value, and the id of
//! the record. A record is "in its place" if its id is a `UUIDv7` of the millisecond in which it
//! was created. Such a record has no row for `CreatedOn`, since the records themselves are sorted
//! that way, and none for `ModifiedOn` until it is changed. So records that webhooks create need no
//! index rows for either.
//!
//! An empty column has no row, except for numbers and booleans: those are found as 0 and `false`.

use rust_decimal::Decimal;
use uuid::Uuid;

use crate::domain::catalog::Catalog;
use crate::domain::column::{Column, ColumnId, ObjectId};
use crate::domain::record::Record;
use crate::domain::value::Value;

/// The slot of `CreatedOn`; no column has such a high number.
pub const CREATED_ON: u16 = 0xFFF1;

/// The slot of `ModifiedOn`.
pub const MODIFIED_ON: u16 = 0xFFF2;

/// The milliseconds of records that can be in their place: the years 2020 to 2099.
pub const IN_PLACE: std::ops::Range<i64> = 1_577_836_800_000..4_102_444_800_000;

/// The number of bytes of a text that are indexed. The rest is compared on the record.
const TEXT: usize = 48;

/// A column that has an index.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexedColumn {
    pub id: ColumnId,
    /// The value under which records are indexed whose column is empty; none if they have no key.
    pub zero: Option<Value>,
}

impl IndexedColumn {
    /// A column with what its empty values are found as.
    pub fn of(column: &Column) -> Self {
        let (id, zero) = (column.id, column.kind.zero());
        Self { id, zero }
    }

    /// The value under which a record is indexed.
    pub fn value<'v>(&'v self, record: &'v Record) -> Option<&'v Value> {
        record.value(self.id).or(self.zero.as_ref())
    }
}

/// The columns of an object that have an index. Written records must be added to these.
#[must_use]
pub fn kept_columns(catalog: &Catalog, object: ObjectId) -> Vec<IndexedColumn> {
    let Some(definition) = catalog.objects.get(&object) else {
        return Vec::new();
    };
    let kept = definition.columns.iter().filter(|column| column.is_index_kept());
    kept.map(IndexedColumn::of).collect()
}

/// Whether the id of the record gives its `CreatedOn`, so that it needs no row in the index.
#[must_use]
pub fn created_in_place(id: Uuid, record: &Record) -> bool {
    let millis = record.created_on.millis();
    id.get_version_num() == 7 && IN_PLACE.contains(&millis) && i64::try_from(id.as_u128() >> 80) == Ok(millis)
}

/// Whether the id of the record gives its `ModifiedOn` too: it was not changed since.
#[must_use]
pub fn modified_in_place(id: Uuid, record: &Record) -> bool {
    created_in_place(id, record) && record.modified_on.millis() == record.created_on.millis()
}

/// Calls `each` with every key of a record in the index.
pub fn record_keys(
    columns: &[IndexedColumn],
    id: Uuid,
    record: &Record,
    buffer: &mut Vec<u8>,
    mut each: impl FnMut(&[u8]),
) {
    let mut give = |slot: u16, put: &dyn Fn(&mut Vec<u8>)| {
        buffer.clear();
        buffer.extend_from_slice(&slot.to_be_bytes());
        put(buffer);
        buffer.extend_from_slice(id.as_bytes());
        each(buffer);
    };
    for column in columns {
        if let Some(value) = column.value(record) {
            give(column.id, &|bytes| value_put(value, bytes));
        }
    }
    if !created_in_place(id, record) {
        give(CREATED_ON, &|bytes| millis_put(record.created_on.millis(), bytes));
    }
    if !modified_in_place(id, record) {
        give(MODIFIED_ON, &|bytes| millis_put(record.modified_on.millis(), bytes));
    }
}

/// The id at the end of a key.
#[must_use]
pub fn key_id(key: &[u8]) -> Option<Uuid> {
    key.last_chunk().map(|bytes| Uuid::from_bytes(*bytes))
}

/// Encodes a value as bytes that sort in the order of values. Of a text only the start is encoded,
/// followed by a zero, so two texts may have the same bytes.
pub fn value_put(value: &Value, bytes: &mut Vec<u8>) {
    match value {
        Value::Text(text) => {
            text_put(text, bytes);
            bytes.push(0);
        }
        Value::Integer(number) => millis_put(*number, bytes),
        Value::Decimal(number) => bytes.extend_from_slice(&decimal_key(*number).to_be_bytes()),
        Value::Boolean(yes) => bytes.push(u8::from(*yes)),
        Value::Date(days) => millis_put(i64::from(*days), bytes),
        Value::DateTime(moment) => millis_put(moment.0, bytes),
        Value::Time(seconds) => bytes.extend_from_slice(&seconds.to_be_bytes()),
        Value::Guid(id) => bytes.extend_from_slice(id.as_bytes()),
    }
}

/// Encodes the start of a text. All texts that start with it have keys that start with these bytes.
/// A zero byte is written as 0x01 0x01 and a one as 0x01 0x02, so that the zero at the end sorts
/// first.
pub fn text_put(text: &str, bytes: &mut Vec<u8>) {
    for byte in text.bytes().take(TEXT) {
        match byte {
            0 | 1 => bytes.extend_from_slice(&[1, byte + 1]),
            byte => bytes.push(byte),
        }
    }
}

/// Encodes a signed number as bytes that sort in its order.
pub fn millis_put(number: i64, bytes: &mut Vec<u8>) {
    bytes.extend_from_slice(&(number.cast_unsigned() ^ (1 << 63)).to_be_bytes());
}

/// A decimal as a whole number with the maximum number of decimal places. A value out of range or
/// with more places is only approximate, and is compared on the record.
fn decimal_key(number: Decimal) -> u128 {
    const PLACES: u32 = 8;
    let scale = number.scale();
    let whole = if scale <= PLACES {
        number.mantissa().saturating_mul(10_i128.pow(PLACES - scale))
    } else {
        number.mantissa().div_euclid(10_i128.pow(scale - PLACES))
    };
    whole.cast_unsigned() ^ (1 << 127)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;

    fn key(value: &Value) -> Vec<u8> {
        let mut bytes = Vec::new();
        value_put(value, &mut bytes);
        bytes
    }

    #[test]
    fn bytes_are_in_the_order_of_values() {
        let decimal = |text: &str| Value::Decimal(text.parse().unwrap());
        let text = |text: &str| Value::Text(text.to_owned());
        let rows: [Vec<Value>; 6] = [
            [i64::MIN, -2, -1, 0, 1, 300, i64::MAX].map(Value::Integer).to_vec(),
            [
                "-79228162514264337593543950335",
                "-10.5",
                "-0.01",
                "0",
                "0.001",
                "0.01",
                "9.99",
                "10",
                "79228162514264337593543950335",
            ]
            .map(decimal)
            .to_vec(),
            ["", "\0", "\0\0", "\u{1}", "A", "A\0", "AB", "a", "ä"]
                .map(text)
                .to_vec(),
            [i32::MIN, -1, 0, 1, 20_000].map(Value::Date).to_vec(),
            [-5, 0, 5].map(|at| Value::DateTime(Timestamp(at))).to_vec(),
            [0, 59, 86_399].map(Value::Time).to_vec(),
        ];
        for values in rows {
            for pair in values.windows(2) {
                assert!(key(&pair[0]) < key(&pair[1]), "{pair:?}");
            }
        }
    }

    #[test]
    fn no_text_is_in_front_of_its_own_beginning() {
        for (start, whole) in [("a", "ab"), ("", "a"), ("a\0", "a\0b"), ("ä", "äö")] {
            let mut bytes = Vec::new();
            text_put(start, &mut bytes);
            assert!(
                key(&Value::Text(whole.to_owned())).starts_with(&bytes),
                "{start:?} {whole:?}"
            );
        }
        let long = "x".repeat(200);
        assert_eq!(key(&Value::Text(long)).len(), TEXT + 1);
    }
}
