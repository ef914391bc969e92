//! Any multipart form is read or refused; taking files out never changes the other fields.
#![no_main]

use hookgate::parse::multipart::without_files;
use hookgate_fuzz::{LIMITS, choose, read_twice};
use libfuzzer_sys::fuzz_target;

const TYPES: [&str; 4] = [
    "multipart/form-data; boundary=x",
    "multipart/form-data; boundary=-",
    "multipart/form-data; boundary=\"a b\"; charset=latin1",
    "multipart/form-data; boundary=\"\\\"\"",
];

fuzz_target!(|data: &[u8]| {
    let Some((content_type, body)) = choose(data, &TYPES) else {
        return;
    };
    let fields = read_twice(content_type, body);
    if let Some((kept, notes)) = without_files(content_type, body, LIMITS) {
        assert_eq!(read_twice(content_type, &kept), fields);
        let left_out: u64 = notes.iter().map(|note| note.size).sum();
        assert_eq!(kept.len() as u64 + left_out, body.len() as u64);
    }
});
