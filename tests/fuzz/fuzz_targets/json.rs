//! Any JSON body is read or refused, the same way twice.
#![no_main]

use hookgate_fuzz::{choose, read_twice};
use libfuzzer_sys::fuzz_target;

const TYPES: [&str; 4] = [
    "application/json",
    "application/json; charset=utf-8",
    "application/json; charset=utf-16",
    "application/json; charset=gb18030",
];

fuzz_target!(|data: &[u8]| {
    // Most bodies are UTF-8, and a body that starts with a bracket should be read as it is.
    if data.first().is_some_and(u8::is_ascii) {
        read_twice(TYPES[0], data);
    } else if let Some((content_type, body)) = choose(data, &TYPES) {
        read_twice(content_type, body);
    }
});
