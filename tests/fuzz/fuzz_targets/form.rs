//! Any form is read or refused, the same way twice.
#![no_main]

use hookgate_fuzz::{choose, read_twice};
use libfuzzer_sys::fuzz_target;

const TYPES: [&str; 4] = [
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=iso-8859-1",
    "application/x-www-form-urlencoded; charset=utf-16le",
    "application/x-www-form-urlencoded; charset=iso-2022-jp",
];

fuzz_target!(|data: &[u8]| {
    if let Some((content_type, body)) = choose(data, &TYPES) {
        read_twice(content_type, body);
    }
});
