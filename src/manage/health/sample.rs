//! What takes a look at the disk, looked up once a second however many ask.

use std::path::Path;
use std::sync::{Arc, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use super::Health;
use crate::domain::time::Timestamp;
use crate::files::{Exposed, SecretFile};
use crate::ledger::Ledger;
use crate::store::StoreError;
use crate::store::query::WebhookCounts;

/// How long what was found is good for.
const GOOD_FOR: Duration = Duration::from_secs(1);

/// Of webhooks that are New, how many are looked at for the oldest: they are processed in the
/// order of their arrival, but for those that are processed again.
const LOOKED_AT: usize = 100;

/// What was found. None where it could not be found out.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    /// Since when the oldest webhook is New; none within if there is none.
    pub new_since: Option<Option<Timestamp>>,
    pub counts: Option<WebhookCounts>,
    /// Bytes of the journal's files.
    pub journal: Option<u64>,
    /// Bytes of the database.
    pub database: Option<u64>,
    /// Files of keys that others can read.
    pub exposed: Vec<Exposed>,
}

impl Sample {
    /// For how many seconds the oldest webhook is New: 0 if there is none; none if that is not known.
    #[must_use]
    pub fn oldest_new(&self, now: Timestamp) -> Option<u64> {
        let since = self.new_since?;
        let micros = since.map_or(0, |since| now.0.saturating_sub(since.0));
        Some(u64::try_from(micros / 1_000_000).unwrap_or_default())
    }
}

impl Health {
    /// What was found within the last second. While somebody looks, others get what was found
    /// before: a disk that hangs holds up one of them.
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
                    // The first look of all is under way: there is nothing else to show.
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

/// Files come and go while it is read: one that has gone has no bytes.
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
