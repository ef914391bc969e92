//! Any text is a value or a reason, and a value that is shown and read again is the same.
#![no_main]

use hookgate::parse::FieldValue;
use hookgate::parse::value::convert;
use hookgate_fuzz::{COLUMNS, choose};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((kind, text)) = choose(data, &COLUMNS) else {
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
