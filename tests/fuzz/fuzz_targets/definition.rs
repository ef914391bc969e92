//! Any definition is read or refused, and what is read is written and read again as it was.
#![no_main]

use hookgate::domain::definition;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(read) = definition::parse(data) {
        let text = definition::to_json(&read).to_string();
        assert_eq!(definition::parse(text.as_bytes()).expect("what was written is read"), read);
    }
});
