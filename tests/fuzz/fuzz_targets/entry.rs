//! Any bytes are read as an entry or refused; what is read is written again as the same entry.
#![no_main]

use hookgate::domain::entry::Entry;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(entry) = Entry::decode(data) {
        let _ = entry.needs_room();
        let written = entry.encode();
        assert_eq!(Entry::decode(&written).ok().as_ref(), Some(&entry));
        assert_eq!(entry.encode(), written);
    }
});
