//! Keeping the journal in proportion: shortening it, and not too often when that fails.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::ledger::shorten::journal_shorten;
use crate::store::Store;

/// How long it waits after a failure: shortening writes a lot, and the cause of a failure, such as
/// a full disk, rarely goes away at once.
const BACK_OFF: Duration = Duration::from_secs(3600);

/// When and how the journal is shortened.
pub(super) struct Shortening {
    data: PathBuf,
    keep: u64,
    /// What stays at least, wherever little room is left: two files.
    least: u64,
    /// Not before this moment: the last try failed.
    after: Option<Instant>,
}

impl Shortening {
    /// For the folder that holds database and journal; a journal of `keep` bytes stays, which has
    /// files of `segment` bytes.
    pub const fn new(data: PathBuf, keep: u64, segment: u64) -> Self {
        Self {
            data,
            keep,
            least: segment.saturating_mul(2),
            after: None,
        }
    }

    /// Shortens the journal if it is time for it. Says whether journal and database were found to
    /// be equal, where they were compared.
    ///
    /// That copies the database: waiting until as much was written again keeps the copying in
    /// proportion. Where little room is left, a part of that is enough: the journal gives its room
    /// back to the disk, which the database does not.
    pub fn step(&mut self, store: &Store, little_room: bool, now: Instant, go_on: &dyn Fn() -> bool) -> Option<bool> {
        if self.after.is_some_and(|after| now < after) {
            return None;
        }
        let database = fs::metadata(self.data.join("hookgate.redb")).map_or(0, |file| file.len());
        let usual = self.keep.max(database);
        let keep = if little_room {
            usual.min(self.least.max(database / 4))
        } else {
            usual
        };
        match journal_shorten(&self.data, store, keep, &|_| go_on()) {
            Ok(0) => None,
            Ok(files) => {
                tracing::info!(files, "the journal was shortened");
                Some(true)
            }
            Err(_) if !go_on() => None,
            Err(error) => {
                self.after = Some(now + BACK_OFF);
                tracing::error!(error = %error, cause = ?std::error::Error::source(&error), "the journal cannot be shortened; Hookgate retries in one hour");
                error.is_disagreement().then_some(false)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use clap::ArgMatches;

    use super::*;
    use crate::app::{Appliance, CreateMode};
    use crate::config::load;
    use crate::domain::actor::Actor;
    use crate::domain::change::WebhookChange;
    use crate::domain::entry::Entry;
    use crate::domain::time::Timestamp;
    use crate::journal::disk::Folder;
    use crate::journal::segments;
    use crate::ledger::OpenError;

    /// Far below what the settings take, so that files fill quickly.
    const SEGMENT: u64 = 1 << 20;
    const KEEP: u64 = 2 << 20;

    /// A folder whose journal has more than three files, which the database has applied.
    struct Site {
        data: PathBuf,
        journal: Folder,
        store: Store,
        _directory: tempfile::TempDir,
    }

    impl Site {
        fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            let mut settings = load(None, &ArgMatches::default(), |_| None).unwrap();
            settings.data = directory.path().to_owned();
            settings.secrets.master_key = directory.path().join("master.key");
            settings.journal.segment = SEGMENT;
            let appliance = Appliance::open(&Arc::new(settings), CreateMode::Allowed).unwrap();
            for _ in 0..20 {
                appliance.ledger.commit(ballast()).unwrap();
            }
            let store = appliance.ledger.store();
            appliance.close();
            let data = directory.path().join("data");
            let site = Self {
                journal: Folder::new(&data.join("journal")),
                data,
                store,
                _directory: directory,
            };
            assert!(site.files() > 3, "{}", site.files());
            site
        }

        fn files(&self) -> usize {
            segments(&self.journal).unwrap().len()
        }

        fn shorten(&self) -> Result<usize, OpenError> {
            journal_shorten(&self.data, &self.store, KEEP, &|_| true)
        }
    }

    /// A third of a file that adds nothing to the database: it names webhooks that are not there.
    fn ballast() -> Entry {
        Entry::one(
            Timestamp(1),
            Actor::System,
            WebhookChange::Started {
                webhooks: vec![1 << 54; 40_000],
            },
        )
    }

    #[test]
    fn after_a_failure_it_is_not_tried_for_an_hour() {
        let site = Site::new();
        let before = site.files();
        let mut shortening = Shortening::new(site.data.clone(), 1, SEGMENT);
        let start = Instant::now();
        // The database is smaller than the journal, so that nothing else keeps it from going.
        assert!(fs::metadata(site.data.join("hookgate.redb")).unwrap().len() < before as u64 * SEGMENT);

        // What is in the way is no file, and so cannot be cleared.
        let in_the_way = site.data.join("base.redb.unborn");
        fs::create_dir(&in_the_way).unwrap();
        shortening.step(&site.store, false, start, &|| true);
        assert_eq!(site.files(), before);
        fs::remove_dir(&in_the_way).unwrap();

        shortening.step(&site.store, false, start + Duration::from_millis(3_599_999), &|| true);
        assert_eq!(site.files(), before, "it was tried too early");
        shortening.step(&site.store, false, start + BACK_OFF, &|| true);
        assert_eq!(site.files(), 1, "it is tried again");
    }

    #[test]
    fn where_little_room_is_left_less_of_it_is_kept() {
        let site = Site::new();
        let before = site.files();
        let mut shortening = Shortening::new(site.data.clone(), 1 << 40, SEGMENT);
        let now = Instant::now();
        shortening.step(&site.store, false, now, &|| true);
        assert_eq!(site.files(), before);
        shortening.step(&site.store, true, now, &|| true);
        assert_eq!(site.files(), 1);
    }

    #[test]
    fn being_told_to_end_is_no_failure() {
        let site = Site::new();
        let before = site.files();
        let mut shortening = Shortening::new(site.data.clone(), 1, SEGMENT);
        let start = Instant::now();
        shortening.step(&site.store, false, start, &|| false);
        assert_eq!(site.files(), before);
        shortening.step(&site.store, false, start, &|| true);
        assert_eq!(site.files(), 1);
    }

    #[test]
    fn without_room_for_the_copy_nothing_is_begun() {
        let site = Site::new();
        let before = site.files();
        let free = crate::space::room(&site.data).unwrap().free;

        // A database of that length, of which nothing is written.
        let (database, aside) = (site.data.join("hookgate.redb"), site.data.join("aside"));
        fs::rename(&database, &aside).unwrap();
        let huge = fs::File::create(&database).unwrap();
        huge.set_len(free + (64 << 30)).unwrap();
        let refused = site.shorten().unwrap_err();
        assert!(
            matches!(refused, OpenError::Space { needed, .. } if needed > free),
            "{refused:?}"
        );
        assert!(refused.to_string().contains("free up space"), "{refused}");
        assert_eq!(site.files(), before);
        for made in ["base.redb", "base.redb.unborn"] {
            assert!(!site.data.join(made).exists(), "{made}");
        }

        fs::rename(&aside, &database).unwrap();
        assert_eq!(site.shorten().unwrap(), before - 1);
        assert!(site.data.join("base.redb").exists());
    }
}
