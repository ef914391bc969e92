//! Any definition of objects is read or refused with reasons, the same way twice; one that was
//! read can be written and read again.
#![no_main]

use hookgate::domain::definition::{parse, to_json};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let read = parse(data);
    assert_eq!(read, parse(data));
    match read {
        Ok(definition) => {
            let written = serde_json::to_vec(&to_json(&definition, &[])).unwrap();
            assert_eq!(parse(&written), Ok(definition));
        }
        Err(errors) => assert!(!errors.0.is_empty()),
    }
});
