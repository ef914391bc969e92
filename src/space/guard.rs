//! Watches the free space on the disk of the data folder, and decides which work is allowed.
//!
//! There are two limits. Below the first, the administrator gets a warning. Below the second, no
//! work starts that needs room. After a write has failed because the disk is full, the second
//! applies for a while, even if the numbers are above it: they do not include a quota.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::marks::{Marks, SpaceOptions};
use super::{Room, ballast, room};

/// For how long a failed write on a full disk counts, or a file that could not be opened.
const FAILED_COUNTS: Duration = Duration::from_secs(5);

/// The level of free space on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Ok,
    /// The administrator should make room; everything still works.
    Low,
    /// Webhooks, and other work that needs room, are rejected.
    Full,
}

/// The space on the disk in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// The level that these numbers give.
    pub level: Level,
    /// The number of free bytes.
    pub free: u64,
    /// The size of the disk in bytes.
    pub total: u64,
    /// Below this many free bytes, webhooks are rejected.
    pub min_free: u64,
    /// Below this many free bytes, the administrator gets a warning.
    pub warn_free: u64,
    /// The size of the ballast file in bytes.
    pub ballast: u64,
}

/// Watches one disk; cheap to clone. The default watches no disk: there is always room.
#[derive(Debug, Clone, Default)]
pub struct Guard(Option<Arc<Watched>>);

#[derive(Debug)]
struct Watched {
    folder: PathBuf,
    options: SpaceOptions,
    /// Read for each webhook, without a lock or a system call.
    full: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    space: Space,
    /// There is no room even for small changes, and no ballast left.
    exhausted: bool,
    /// When a write last failed because the disk was full.
    failed: Option<Instant>,
    /// When a file could last not be opened because too many were open.
    open_files: Option<Instant>,
    /// Whether it was already logged that the disk cannot be measured, or the ballast not created.
    unmeasured: bool,
    unmade: bool,
}

impl Guard {
    /// Watches the disk of this folder. If a start needs room, frees it immediately: opening the
    /// data has priority.
    #[must_use]
    pub fn new(folder: &Path, options: SpaceOptions) -> Self {
        let space = Space {
            level: Level::Ok,
            free: u64::MAX,
            total: u64::MAX,
            min_free: 0,
            warn_free: 0,
            ballast: ballast::held(folder),
        };
        let guard = Self(Some(Arc::new(Watched {
            folder: folder.to_owned(),
            options,
            full: AtomicBool::new(false),
            state: Mutex::new(State {
                space,
                exhausted: false,
                failed: None,
                open_files: None,
                unmeasured: false,
                unmade: false,
            }),
        })));
        if let Some(watched) = &guard.0 {
            let mut state = watched.state();
            watched.look(&mut state);
            if state.space.free < state.space.min_free / 2 {
                watched.give_up(&mut state);
                watched.look(&mut state);
            }
        }
        guard
    }

    /// Whether webhooks, and other work that needs room, must be rejected. Very cheap.
    #[must_use]
    pub fn full(&self) -> bool {
        self.0
            .as_ref()
            .is_some_and(|watched| watched.full.load(Ordering::Relaxed))
    }

    /// Whether there is no room even for a small change, and no ballast to remove. While the disk
    /// is full, this measures the disk: an entry that is appended without room for its transaction
    /// would make readers wait.
    #[must_use]
    pub fn exhausted(&self) -> bool {
        let Some(watched) = self.0.as_ref().filter(|_| self.full()) else {
            return false;
        };
        let mut state = watched.state();
        watched.look(&mut state);
        state.exhausted
    }

    /// The result of the last measurement; none if no disk is watched.
    #[must_use]
    pub fn space(&self) -> Option<Space> {
        self.0.as_ref().map(|watched| watched.state().space)
    }

    /// Measures the disk now.
    pub fn look(&self) {
        if let Some(watched) = &self.0 {
            watched.look(&mut watched.state());
        }
    }

    /// Measures the disk, and creates the ballast if there is enough room. Call it about once per
    /// second.
    pub fn tend(&self) {
        if let Some(watched) = &self.0 {
            let mut state = watched.state();
            watched.look(&mut state);
            watched.ballast_tend(&mut state);
        }
    }

    /// Called when a write failed because the disk is full. Returns whether room was freed for
    /// another attempt.
    #[must_use]
    pub fn no_room(&self) -> bool {
        let Some(watched) = &self.0 else { return false };
        let mut state = watched.state();
        state.failed = Some(Instant::now());
        let made = watched.give_up(&mut state);
        watched.look(&mut state);
        made
    }

    /// Notes whether the journal's next file could not be opened because too many are open.
    pub fn open_files_note(&self, short: bool) {
        if let Some(watched) = &self.0 {
            watched.state().open_files = short.then(Instant::now);
        }
    }

    /// Whether that happened a short time ago.
    #[must_use]
    pub fn open_files_short(&self) -> bool {
        let met = self.0.as_ref().and_then(|watched| watched.state().open_files);
        met.is_some_and(|met| met.elapsed() < FAILED_COUNTS)
    }

    /// Whether there is room for a transaction of the database with this many bytes of entries.
    #[must_use]
    pub fn has_room(&self, bytes: u64) -> bool {
        let Some(watched) = &self.0 else { return true };
        let mut state = watched.state();
        // Measures first, so that webhooks are rejected soon, however fast they fill the disk.
        watched.look(&mut state);
        watched.has_room(&state, bytes)
    }

    /// Same as [`Guard::has_room`], but removes the ballast if necessary. If that is not enough,
    /// the disk counts as full.
    #[must_use]
    pub fn make_room(&self, bytes: u64) -> bool {
        let Some(watched) = &self.0 else { return true };
        let mut state = watched.state();
        watched.look(&mut state);
        if !watched.has_room(&state, bytes) {
            watched.give_up(&mut state);
            watched.look(&mut state);
        }
        let found = watched.has_room(&state, bytes);
        if !found {
            state.failed = Some(Instant::now());
            watched.look(&mut state);
        }
        found
    }
}

impl Watched {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look(&self, state: &mut State) {
        let Room { free, total } = match room(&self.folder) {
            Ok(room) => room,
            Err(error) => {
                if !std::mem::replace(&mut state.unmeasured, true) {
                    tracing::warn!(%error, folder = %self.folder.display(), "the free disk space cannot be measured; the disk is not monitored");
                }
                return;
            }
        };
        state.unmeasured = false;
        if state.failed.is_some_and(|failed| failed.elapsed() >= FAILED_COUNTS) {
            state.failed = None;
        }
        let marks = Marks::new(self.options, total);
        let before = state.space.level;
        let level = level(before, free, &marks, state.failed.is_some());
        state.space = Space {
            level,
            free,
            total,
            min_free: marks.min_free,
            warn_free: marks.warn_free,
            ballast: state.space.ballast,
        };
        self.full.store(level == Level::Full, Ordering::Relaxed);
        state.exhausted = free < marks.floor && state.space.ballast == 0;
        if level != before {
            level_log(before, &state.space);
        }
    }

    fn has_room(&self, state: &State, bytes: u64) -> bool {
        let floor = Marks::new(self.options, state.space.total).floor;
        state.space.free >= floor.max(bytes.saturating_mul(2))
    }

    fn ballast_tend(&self, state: &mut State) {
        let Space { free, total, level, .. } = state.space;
        let marks = Marks::new(self.options, total);
        if state.space.ballast == marks.ballast || level == Level::Full {
            return;
        }
        if state.space.ballast > 0 {
            // The size does not match the current setting.
            let _ = ballast::give_up(&self.folder);
            state.space.ballast = 0;
            return;
        }
        if free < marks.plenty() {
            return;
        }
        match ballast::make(&self.folder, marks.ballast) {
            Ok(()) => {
                state.space.ballast = marks.ballast;
                state.unmade = false;
                tracing::info!(
                    mib = marks.ballast >> 20,
                    "the ballast file was created: it reserves disk space for when the disk is full"
                );
            }
            Err(error) => {
                if !std::mem::replace(&mut state.unmade, true) {
                    tracing::warn!(%error, "the ballast file cannot be created; without it retention cannot delete webhooks while the disk is full");
                }
            }
        }
    }

    /// Removes the ballast. Returns whether it existed.
    fn give_up(&self, state: &mut State) -> bool {
        let held = std::mem::replace(&mut state.space.ballast, 0);
        match ballast::give_up(&self.folder) {
            Ok(true) => {
                tracing::warn!(
                    mib = held >> 20,
                    "the disk is full: the ballast file was removed to make space for deleting"
                );
                true
            }
            Ok(false) => false,
            Err(error) => {
                tracing::error!(%error, "the ballast file cannot be removed");
                false
            }
        }
    }
}

/// The level that follows from the numbers and the previous level.
fn level(before: Level, free: u64, marks: &Marks, failed: bool) -> Level {
    let full = if before == Level::Full {
        marks.resume
    } else {
        marks.min_free
    };
    let low = if before == Level::Ok {
        marks.warn_free
    } else {
        marks.calm
    };
    if failed || free < full {
        Level::Full
    } else if free < low {
        Level::Low
    } else {
        Level::Ok
    }
}

/// Logs one line for each change of the level.
fn level_log(before: Level, space: &Space) {
    let (free_mib, min_free_mib) = (space.free >> 20, space.min_free >> 20);
    match (before, space.level) {
        (_, Level::Full) => tracing::error!(
            free_mib,
            min_free_mib,
            "the disk of the data folder is nearly full: webhooks and other operations that need disk space are \
             rejected. Free up space"
        ),
        (Level::Full, _) => tracing::warn!(free_mib, "there is disk space again: webhooks are accepted"),
        (_, Level::Low) => tracing::warn!(
            free_mib,
            min_free_mib,
            "the disk of the data folder is running out of space. Free up space"
        ),
        _ => tracing::info!(free_mib, "the disk of the data folder has enough free space again"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    fn options(min_free: u64) -> SpaceOptions {
        SpaceOptions {
            min_free: Some(min_free),
            warn_free: Some(0),
            ballast: Some(MIB),
        }
    }

    #[test]
    fn a_level_is_left_later_than_it_is_entered() {
        let marks = Marks::new(
            SpaceOptions {
                min_free: Some(100),
                warn_free: Some(200),
                ballast: Some(0),
            },
            1000,
        );
        let mut now = Level::Ok;
        for (free, then) in [
            (200, Level::Ok),
            (199, Level::Low),
            (224, Level::Low),
            (225, Level::Ok),
            (99, Level::Full),
            (124, Level::Full),
            (125, Level::Low),
            (100, Level::Low),
            (99, Level::Full),
            (225, Level::Ok),
        ] {
            now = level(now, free, &marks, false);
            assert_eq!(now, then, "{free}");
        }
        assert_eq!(level(Level::Ok, 1000, &marks, true), Level::Full);
    }

    #[test]
    fn below_the_mark_it_refuses_and_with_room_it_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let guard = Guard::new(folder.path(), options(u64::MAX / 2));
        assert!(guard.full());
        assert_eq!(guard.space().unwrap().level, Level::Full);
        let guard = Guard::new(folder.path(), options(0));
        assert!(!guard.full() && !guard.exhausted());
        assert!(guard.has_room(1) && guard.make_room(1));
        assert!(!guard.make_room(u64::MAX), "no disk is as large");
        assert!(guard.full());
    }

    #[test]
    fn a_write_that_failed_counts_whatever_the_numbers_say_and_costs_the_ballast() {
        let folder = tempfile::tempdir().unwrap();
        let guard = Guard::new(folder.path(), options(0));
        guard.tend();
        assert_eq!(guard.space().unwrap().ballast, MIB);
        assert!(guard.no_room(), "the ballast is room");
        assert!(guard.full());
        assert_eq!(ballast::held(folder.path()), 0);
        assert!(!guard.no_room(), "there is nothing left to give up");
    }

    #[test]
    fn a_start_with_too_little_room_gives_the_ballast_up_and_one_with_room_keeps_it() {
        let folder = tempfile::tempdir().unwrap();
        ballast::make(folder.path(), MIB).unwrap();
        let guard = Guard::new(folder.path(), options(0));
        assert_eq!(guard.space().unwrap().ballast, MIB);
        let guard = Guard::new(folder.path(), options(u64::MAX / 2));
        assert_eq!(guard.space().unwrap().ballast, 0);
        assert_eq!(ballast::held(folder.path()), 0);
    }

    #[test]
    fn the_ballast_follows_its_setting() {
        let folder = tempfile::tempdir().unwrap();
        ballast::make(folder.path(), 2 * MIB).unwrap();
        let guard = Guard::new(folder.path(), options(0));
        guard.tend();
        guard.tend();
        assert_eq!(ballast::held(folder.path()), MIB);
        let none = SpaceOptions {
            ballast: Some(0),
            ..options(0)
        };
        let guard = Guard::new(folder.path(), none);
        guard.tend();
        guard.tend();
        assert_eq!(ballast::held(folder.path()), 0);
    }
}
