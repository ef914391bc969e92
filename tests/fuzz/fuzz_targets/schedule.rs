//! Any text is a schedule or refused; moments at which one is due come one after the other, and
//! each is a whole minute.
#![no_main]

use hookgate::domain::time::Timestamp;
use hookgate::schedule::Schedule;
use libfuzzer_sys::fuzz_target;

const MINUTE: i64 = 60_000_000;

fuzz_target!(|data: &[u8]| {
    let Some((start, text)) = data.split_first_chunk::<8>() else {
        return;
    };
    let Ok(schedule) = Schedule::parse(&String::from_utf8_lossy(text)) else {
        return;
    };
    let again = Schedule::parse(schedule.as_str()).unwrap();
    let mut after = Timestamp(i64::from_le_bytes(*start));
    for _ in 0..9 {
        let due = schedule.next_after(after);
        assert_eq!(due, again.next_after(after));
        let Some(due) = due else { return };
        assert!(due > after);
        assert_eq!(due.0 % MINUTE, 0);
        after = due;
    }
});
