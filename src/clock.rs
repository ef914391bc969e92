//! The one place that reads the time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use uuid::{ContextV7, Uuid};

use crate::domain::time::Timestamp;

/// Now, by the system's clock.
#[must_use]
pub fn now() -> Timestamp {
    let micros = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_micros()).unwrap_or(i64::MAX),
    };
    Timestamp(micros)
}

/// The time since the machine started, as other processes of it read it too (`CLOCK_MONOTONIC`).
#[must_use]
pub fn monotonic() -> Duration {
    let since = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    Duration::try_from(since).unwrap_or_default()
}

/// A new `UUIDv7` of now.
#[must_use]
pub fn new_id() -> Uuid {
    Uuid::now_v7()
}

thread_local! {
    static IDS: ContextV7 = const { ContextV7::new() };
}

/// A new `UUIDv7` of a moment; ids of one thread and one moment ascend.
#[must_use]
pub fn new_id_at(at: Timestamp) -> Uuid {
    let millis = u64::try_from(at.millis()).unwrap_or_default();
    let nanos = u32::try_from(millis % 1000).unwrap_or_default() * 1_000_000;
    IDS.with(|ids| Uuid::new_v7(uuid::Timestamp::from_unix(ids, millis / 1000, nanos)))
}
