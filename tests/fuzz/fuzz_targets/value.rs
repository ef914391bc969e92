//! Any text is a value or a reason, and a value that is shown and read again is the same.
#![no_main]

use hookgate::domain::column::ColumnType;
use hookgate::parse::FieldValue;
use hookgate::parse::value::convert;
use hookgate_fuzz::choose;
use libfuzzer_sys::fuzz_target;

const TYPES: [ColumnType; 15] = [
    ColumnType::Text(5),
    ColumnType::UnlimitedText,
    ColumnType::Integer,
    ColumnType::Decimal(0),
    ColumnType::Decimal(28),
    ColumnType::Currency,
    ColumnType::Boolean,
    ColumnType::Date,
    ColumnType::DateTime,
    ColumnType::Time,
    ColumnType::Lookup(1),
    ColumnType::Guid,
    ColumnType::Phone,
    ColumnType::Email,
    ColumnType::WebLink,
];

fuzz_target!(|data: &[u8]| {
    let Some((kind, text)) = choose(data, &TYPES) else {
        return;
    };
    let text = String::from_utf8_lossy(text);
    let value = convert(*kind, &FieldValue::Text(text.clone()));
    assert_eq!(value, convert(*kind, &FieldValue::Text(text.clone())));
    if let Ok(Some(value)) = value {
        let shown = FieldValue::Text(value.to_string().into());
        assert_eq!(convert(*kind, &shown), Ok(Some(value)));
    }
    let _ = convert(*kind, &FieldValue::Number(text));
});
