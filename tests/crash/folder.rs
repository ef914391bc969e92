//! Real folders: born whole, held by one, never mistaken for empty; and database files that
//! were cut or have flipped bits.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use hookgate::app::bounds::ledger_limits;
use hookgate::config::defaults;
use hookgate::journal::disk::Folder;
use hookgate::journal::{GroupPolicy, JournalOptions};
use hookgate::ledger::folder::DataFolder;
use hookgate::ledger::{LedgerParts, OpenError, ledger_start};
use hookgate::store::digest::{StoreDigest, store_digest};
use hookgate::store::{StoreError, StoreWriter, store_open};
use tempfile::TempDir;
use uuid::Uuid;

use crate::rng::Rng;
use crate::setup::{APPLIANCE, first_changes};
use crate::simulated::seeds;
use crate::world::World;

const SEGMENT: u64 = 65536;

const CACHE: usize = 16 << 20;

fn open(path: &Path) -> Result<DataFolder, OpenError> {
    DataFolder::open(path, APPLIANCE, SEGMENT)
}

/// A folder of an appliance with some webhooks, closed; the digest of its store.
fn appliance() -> (TempDir, StoreDigest) {
    let dir = tempfile::tempdir().unwrap();
    let folder = open(dir.path()).unwrap();
    let parts = LedgerParts {
        disk: Arc::new(Folder::new(&folder.journal())),
        store: store_open(&folder.database(), APPLIANCE, CACHE).unwrap(),
        appliance: APPLIANCE,
        journal: JournalOptions {
            segment: SEGMENT,
            queue: 64,
            policy: GroupPolicy::default(),
        },
        limits: ledger_limits(&defaults()),
    };
    let (ledger, _work) = ledger_start(parts, |_| ()).unwrap();
    for change in first_changes() {
        ledger.commit(change).unwrap();
    }
    let (mut world, mut rng) = (World::default(), Rng::new(2));
    for _ in 0..100 {
        let webhook = world.send(&mut rng, 3000);
        ledger
            .webhook_append(webhook)
            .unwrap()
            .blocking_recv()
            .unwrap()
            .unwrap();
    }
    ledger.close();
    drop(ledger);
    let digest = digest(&folder).unwrap();
    assert!(
        digest
            .tables
            .iter()
            .any(|(name, rows, _)| name == "webhook" && *rows == 100)
    );
    (dir, digest)
}

fn digest(folder: &DataFolder) -> Result<StoreDigest, StoreError> {
    let store = store_open(&folder.database(), folder.appliance, CACHE)?;
    store_digest(&store.store().reader()?)
}

#[test]
fn a_start_that_was_cut_short_is_cleared_and_begun_anew() {
    let dir = tempfile::tempdir().unwrap();
    let unborn = dir.path().join("data.unborn");
    fs::create_dir_all(unborn.join("journal")).unwrap();
    fs::write(unborn.join("hookgate.redb"), b"half").unwrap();
    fs::write(unborn.join("journal/unborn"), [0; 100]).unwrap();
    let folder = open(dir.path()).unwrap();
    assert!(folder.is_new && !unborn.exists());
    digest(&folder).unwrap();
    drop(folder);
    let folder = DataFolder::open(dir.path(), Uuid::from_u128(9), SEGMENT).unwrap();
    assert_eq!((folder.is_new, folder.appliance), (false, APPLIANCE));
}

#[test]
fn a_folder_below_folders_that_do_not_exist_yet_is_made() {
    let dir = tempfile::tempdir().unwrap();
    let folder = open(&dir.path().join("a/b/c")).unwrap();
    assert!(folder.is_new && folder.database().exists());
}

#[test]
fn a_second_opener_is_told_that_the_folder_is_in_use() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(dir.path()).unwrap();
    for second in [open(dir.path()), DataFolder::open_existing(dir.path())] {
        assert!(matches!(second, Err(OpenError::InUse { path }) if path == dir.path()));
    }
    drop(first);
    open(dir.path()).unwrap();
}

#[test]
fn a_folder_that_is_not_hookgates_is_refused_and_left_alone() {
    for text in [
        None,
        Some(""),
        Some("{}"),
        Some("{\"product\":\"other\",\"format\":1,\"appliance\":\"0\"}"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        fs::create_dir(&data).unwrap();
        fs::write(data.join("letter.txt"), "mine").unwrap();
        if let Some(text) = text {
            fs::write(data.join("appliance.json"), text).unwrap();
        }
        let error = open(dir.path()).map(drop);
        assert!(matches!(error, Err(OpenError::Foreign { .. })), "{text:?}: {error:?}");
        assert_eq!(fs::read_to_string(data.join("letter.txt")).unwrap(), "mine");
        assert!(!data.join("hookgate.redb").exists());
    }
}

#[test]
fn a_folder_of_a_newer_version_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let folder = open(dir.path()).unwrap();
    let identity = folder.path.join("data/appliance.json");
    drop(folder);
    let text = fs::read_to_string(&identity).unwrap();
    fs::write(&identity, text.replace("\"format\": 1", "\"format\": 2")).unwrap();
    assert!(matches!(open(dir.path()), Err(OpenError::Newer { found: 2, .. })));
}

#[test]
fn nothing_there_is_not_made_by_those_who_only_look() {
    let dir = tempfile::tempdir().unwrap();
    let error = DataFolder::open_existing(&dir.path().join("nothing"));
    assert!(matches!(error, Err(OpenError::Nothing { .. })));
    assert!(!dir.path().join("nothing").exists());
}

/// What comes of opening and reading a database file that was changed.
#[derive(Debug)]
enum Seen {
    Refused,
    Same,
    /// It opens and gives something else: only a full check shows it.
    Other {
        checked: bool,
    },
}

fn look(path: &Path, whole: &StoreDigest) -> Seen {
    let read = |store: &StoreWriter| store.store().reader().and_then(|reader| store_digest(&reader));
    let Ok(mut store) = store_open(path, APPLIANCE, CACHE) else {
        return Seen::Refused;
    };
    let seen = match read(&store) {
        Err(_) => Seen::Refused,
        Ok(digest) if digest == *whole => Seen::Same,
        Ok(digest) => {
            let rows = |digest: &StoreDigest| digest.tables.iter().map(|table| table.1).sum::<u64>();
            assert!(rows(&digest) > 0, "a damaged database opens as an empty one");
            let checked = store.check_integrity().unwrap_or(false);
            Seen::Other { checked }
        }
    };
    // redb writes when it is closed, and may stumble over the damage once more.
    let _ = catch_unwind(AssertUnwindSafe(|| drop(store)));
    seen
}

#[test]
fn a_database_cut_at_any_place_is_refused_or_whole() {
    let (dir, whole) = appliance();
    let path = dir.path().join("data/hookgate.redb");
    let bytes = fs::read(&path).unwrap();
    let mut rng = Rng::new(5);
    let lengths = [1, 63, 4096].into_iter().chain((0..60).map(|_| rng.index(bytes.len())));
    for len in lengths {
        fs::write(&path, &bytes[..len]).unwrap();
        let seen = catch_unwind(AssertUnwindSafe(|| look(&path, &whole)));
        let seen = seen.unwrap_or_else(|_| panic!("cut at {len}: a panic"));
        assert!(matches!(seen, Seen::Refused | Seen::Same), "cut at {len}: {seen:?}");
    }
}

#[test]
fn a_database_with_a_flipped_bit_is_refused_or_the_same_or_shown_by_the_check() {
    let (dir, whole) = appliance();
    let path = dir.path().join("data/hookgate.redb");
    let mut bytes = fs::read(&path).unwrap();
    let mut rng = Rng::new(6);
    let (mut refused, mut same, mut other) = (0, 0, 0);
    for turn in 0..seeds(300) {
        // The first bytes say what all others are; most of the file is not in use.
        let offset = if turn < 60 {
            rng.index(512)
        } else {
            rng.index(bytes.len())
        };
        let bit = 1 << rng.below(8);
        bytes[offset] ^= bit;
        fs::write(&path, &bytes).unwrap();
        bytes[offset] ^= bit;
        let seen = catch_unwind(AssertUnwindSafe(|| look(&path, &whole)));
        match seen.unwrap_or_else(|_| panic!("bit {bit} of byte {offset}: a panic")) {
            Seen::Refused => refused += 1,
            Seen::Same => same += 1,
            Seen::Other { checked: false } => other += 1,
            Seen::Other { checked: true } => panic!("bit {bit} of byte {offset}: other contents that pass the check"),
        }
    }
    println!("{refused} refused, {same} the same, {other} shown by the check");
    assert!(refused > 0 && same > 0);
}

#[test]
fn an_empty_file_in_place_of_the_database_is_not_taken_for_a_new_one() {
    let (dir, _) = appliance();
    let path = dir.path().join("data/hookgate.redb");
    fs::write(&path, b"").unwrap();
    assert!(store_open(&path, APPLIANCE, CACHE).is_err());
    fs::remove_file(&path).unwrap();
    assert!(store_open(&path, APPLIANCE, CACHE).is_err());
    assert!(!path.exists());
}
