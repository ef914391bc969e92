//! Data that needs a look at the disk. It is read once per second, however many requests need it.

use std::path::Path;
use std::sync::{Arc, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use super::Health;
use crate::domain::time::Timestamp;
use crate::files::{Exposed, SecretFile};
use crate::ledger::Ledger;
use crate::store::StoreError;
use crate::store::query::WebhookCounts;

/// How long a sample is reused.
const GOOD_FOR: Duration = Duration::from_secs(1);

/// The number of New webhooks among which the oldest is searched. They are processed in order of
/// arrival, except for those that are reprocessed.
const LOOKED_AT: usize = 100;

/// The data of a sample; none if it could not be read.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    /// The moment since which the oldest webhook is New; none inside if there is none.
    pub new_since: Option<Option<Timestamp>>,
    pub counts: Option<WebhookCounts>,
    /// The size of the journal's files in bytes.
    pub journal: Option<u64>,
    /// The size of the database in bytes.
    pub database: Option<u64>,
    /// Files of keys that other users can read.
    pub exposed: Vec<Exposed>,
}

impl Sample {
    /// The seconds for which the oldest webhook is New: 0 if there is none; none if unknown.
    #[must_use]
    pub fn oldest_new(&self, now: Timestamp) -> Option<u64> {
        let since = self.new_since?;
        let micros = since.map_or(0, |since| now.0.saturating_sub(since.0));
        Some(u64::try_from(micros / 1_000_000).unwrap_or_default())
    }
}

impl Health {
    /// The sample of the last second. While one caller reads the disk, others get the previous
    /// sample, so a disk that hangs blocks only one of them.
    pub(in crate::manage) fn sample(&self) -> Sample {
        loop {
            let last = self.last.load_full();
            if let Some(last) = &last
                && last.0.elapsed() < GOOD_FOR
            {
                return last.1.clone();
            }
            let _looking = match (self.looking.try_lock(), last) {
                (Ok(looking), _) => looking,
                (Err(TryLockError::Poisoned(poisoned)), _) => poisoned.into_inner(),
                (Err(TryLockError::WouldBlock), Some(last)) => return last.1.clone(),
                (Err(TryLockError::WouldBlock), None) => {
                    // The first sample is being read, and there is no previous one.
                    drop(self.looking.lock().unwrap_or_else(PoisonError::into_inner));
                    continue;
                }
            };
            let sample = take(&self.ledger, &self.data, &self.secrets);
            self.last.store(Some(Arc::new((Instant::now(), sample.clone()))));
            return sample;
        }
    }
}

fn take(ledger: &Ledger, data: &Path, secrets: &[SecretFile]) -> Sample {
    let stored = || -> Result<_, StoreError> {
        let reader = ledger.store().reader()?;
        Ok((reader.webhook_new_since(LOOKED_AT)?, reader.webhook_counts()?))
    };
    let stored = stored().ok();
    let inside = data.join("data");
    Sample {
        new_since: stored.map(|(since, _)| since),
        counts: stored.map(|(_, counts)| counts),
        journal: folder_bytes(&inside.join("journal")),
        database: std::fs::metadata(inside.join("hookgate.redb"))
            .ok()
            .map(|file| file.len()),
        exposed: secrets.iter().filter_map(SecretFile::exposed).collect(),
    }
}

/// Files may disappear while the folder is read; they count as empty.
fn folder_bytes(path: &Path) -> Option<u64> {
    let files = std::fs::read_dir(path).ok()?;
    let sizes = files.filter_map(|file| file.ok()?.metadata().ok());
    Some(sizes.map(|file| file.len()).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_whole_seconds_and_never_below_zero() {
        let now = Timestamp(10_000_000);
        let age = |new_since| {
            Sample {
                new_since,
                ..Sample::default()
            }
            .oldest_new(now)
        };
        assert_eq!(age(None), None);
        assert_eq!(age(Some(None)), Some(0));
        assert_eq!(age(Some(Some(Timestamp(7_500_000)))), Some(2));
        assert_eq!(age(Some(Some(Timestamp(11_000_000)))), Some(0));
    }
}
