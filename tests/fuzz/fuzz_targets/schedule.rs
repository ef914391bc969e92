//! Any schedule is read or refused, and its runs come one after the other.
#![no_main]

use hookgate::domain::time::Timestamp;
use hookgate::schedule::Schedule;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(schedule) = Schedule::parse(text) {
        let runs: Vec<Timestamp> = schedule.next_n(Timestamp(1_800_000_000_000_000), 5).collect();
        assert!(runs.is_sorted_by(|a, b| a < b), "{text:?}: {runs:?}");
    }
});
