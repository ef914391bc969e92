//! Rules of folding that matter when entries are grouped in different ways.

use std::os::unix::fs::MetadataExt as _;

use redb::backends::InMemoryBackend;
use redb::{Builder, StorageBackend};
use uuid::Uuid;

use super::digest::{StoreDigest, store_digest};
use super::error::file_error;
use super::{Store, StoreWriter, initialise, opened, store_create};
use crate::domain::actor::Actor;
use crate::domain::change::Change;
use crate::domain::change::{AccessChange, ConfigChange, Processed, UpkeepChange, Verdict, WebhookChange};
use crate::domain::entry::Entry;
use crate::domain::time::Timestamp;
use crate::domain::webhook::{MAX_EARLIER, Status, WebhookState};
use crate::journal::golden::webhook;

const AT: Timestamp = Timestamp(1_700_000_000_000_000);

fn store() -> StoreWriter {
    fn on(backend: impl StorageBackend) -> StoreWriter {
        let database = Builder::new().create_with_backend(backend).unwrap();
        initialise(&database, Uuid::from_u128(1)).unwrap();
        opened(database, Uuid::from_u128(1)).unwrap()
    }
    on(InMemoryBackend::new())
}

fn processed(webhook: u64, catalog: u64) -> Entry {
    Entry::one(
        AT,
        Actor::System,
        WebhookChange::Processed(Processed {
            webhook,
            run: 1,
            rules: catalog,
            verdict: Verdict::StoredOnly,
            issues: Vec::new(),
        }),
    )
}

fn started(webhook: u64) -> Entry {
    Entry::one(
        AT,
        Actor::System,
        WebhookChange::Started {
            webhooks: vec![webhook],
        },
    )
}

fn process_set() -> Entry {
    Entry::one(
        AT,
        Actor::CommandLine,
        ConfigChange::ProcessSet {
            process: "CreateRecords".to_owned(),
            enabled: true,
        },
    )
}

fn received(number: u128) -> Entry {
    let mut webhook = webhook();
    webhook.id = Uuid::from_u128(number);
    Entry::one(webhook.created_on, Actor::System, WebhookChange::Received(webhook))
}

/// The digest of a store after these entries, in transactions of `together` entries each.
fn digest(entries: &[Entry], together: usize) -> StoreDigest {
    let mut store = store();
    let numbered: Vec<(u64, &Entry)> = (1..).zip(entries).collect();
    for some in numbered.chunks(together) {
        store.fold(some.iter().copied()).unwrap();
    }
    store_digest(&store.store().reader().unwrap()).unwrap()
}

#[test]
fn the_same_entries_give_the_same_rows_however_they_are_grouped() {
    let entries = [
        received(1),
        processed(1, 0),
        received(2),
        started(3),
        process_set(),
        processed(3, 0),
        processed(3, 5),
        Entry::one(
            AT,
            Actor::CommandLine,
            WebhookChange::Reprocessed {
                webhooks: vec![1, 3],
                repeat: true,
            },
        ),
        Entry::one(
            AT,
            Actor::CommandLine,
            WebhookChange::Deleted {
                webhooks: vec![1],
                unprocessed: true,
            },
        ),
        received(3),
        Entry::one(
            AT,
            Actor::CommandLine,
            WebhookChange::Deleted {
                webhooks: vec![3, 10],
                unprocessed: true,
            },
        ),
    ];
    let alone = digest(&entries, 1);
    for together in 2..=entries.len() {
        assert_eq!(digest(&entries, together), alone, "{together} together");
    }
}

fn removed(webhooks: &[u64], unprocessed: bool) -> Entry {
    Entry::one(
        AT,
        Actor::CommandLine,
        WebhookChange::Deleted {
            webhooks: webhooks.to_vec(),
            unprocessed,
        },
    )
}

fn replayed(webhook: u64) -> Entry {
    Entry::one(
        AT,
        Actor::CommandLine,
        WebhookChange::Reprocessed {
            webhooks: vec![webhook],
            repeat: false,
        },
    )
}

/// The status that matters is the one when the change is applied, not when the webhook was
/// selected.
#[test]
fn fault_04_a_webhook_that_is_not_processed_is_deleted_only_when_asked_for() {
    for (name, before, unprocessed, deleted, status) in [
        ("done", vec![processed(1, 0)], false, 1, None),
        ("new", vec![], false, 0, Some(Status::New)),
        ("processing", vec![started(1)], false, 0, Some(Status::Processing)),
        (
            "new again since it was chosen",
            vec![processed(1, 0), replayed(1)],
            false,
            0,
            Some(Status::New),
        ),
        (
            "done since it was chosen",
            vec![started(1), processed(1, 0)],
            false,
            1,
            None,
        ),
        ("new, asked for", vec![], true, 1, None),
        ("processing, asked for", vec![started(1)], true, 1, None),
        ("done, asked for", vec![processed(1, 0)], true, 1, None),
        ("gone", vec![processed(1, 0), removed(&[1], false)], false, 0, None),
    ] {
        for together in [false, true] {
            let mut store = store();
            let mut entries = vec![received(1)];
            entries.extend(before.clone());
            entries.push(removed(&[1, 77], unprocessed));
            let numbered: Vec<(u64, &Entry)> = (1..).zip(&entries).collect();
            let mut last = None;
            for some in numbered.chunks(if together { entries.len() } else { 1 }) {
                last = store.fold(some.iter().copied()).unwrap().answers.pop();
            }
            assert_eq!(last.unwrap().1.unwrap().count, deleted, "{name}");
            let state = store.store().reader().unwrap().webhook_state(1).unwrap();
            assert_eq!(state.map(|state| state.status), status, "{name}");
        }
    }
}

/// A verdict after its webhook was deleted has no effect. A webhook that was not deleted is
/// processed as if no deletion had been requested.
#[test]
fn fault_04_a_verdict_after_a_deletion_makes_no_record_of_nothing() {
    for (unprocessed, left) in [(true, None), (false, Some(Status::Done))] {
        for begun in [false, true] {
            let mut store = store();
            let mut entries = vec![received(1)];
            entries.extend(begun.then(|| started(1)));
            entries.extend([removed(&[1], unprocessed), processed(1, 0)]);
            store.fold((1..).zip(&entries)).unwrap();
            let reader = store.store().reader().unwrap();
            let state = reader.webhook_state(1).unwrap();
            assert_eq!(state.map(|state| state.status), left, "{begun}");
            let counts = reader.webhook_counts().unwrap();
            assert_eq!(counts.total(), u64::from(left.is_some()), "{begun}");
        }
    }
}

#[test]
fn a_webhook_decided_with_old_rules_is_new_again_and_was_not_tried() {
    let mut store = store();
    let entries = [received(1), started(1), process_set(), processed(1, 0)];
    let folded = store.fold((1..).zip(&entries)).unwrap();
    assert_eq!(folded.reprocess, [1]);
    let state = store.store().reader().unwrap().webhook_state(1).unwrap().unwrap();
    assert_eq!((state.status, state.attempts, state.run), (Status::New, 0, 1));
}

#[test]
fn attempts_are_remembered_and_of_many_the_newest() {
    let mut store = store();
    let replayed = || {
        Entry::one(
            AT,
            Actor::CommandLine,
            WebhookChange::Reprocessed {
                webhooks: vec![1],
                repeat: true,
            },
        )
    };
    let mut entries = vec![
        received(1),
        started(1),
        Entry::one(AT, Actor::System, WebhookChange::Recovered { max_attempts: 5 }),
        processed(1, 0),
    ];
    store.fold((1..).zip(&entries)).unwrap();
    let state = |store: &Store| store.reader().unwrap().webhook_state(1).unwrap().unwrap();
    let outcomes = |state: &WebhookState| -> Vec<_> {
        let history = state.history();
        history.iter().map(|attempt| (attempt.run, attempt.outcome)).collect()
    };
    let first = state(&store.store());
    assert_eq!(outcomes(&first), [(1, None), (1, Some(first.outcome))]);
    entries = (0..MAX_EARLIER).map(|_| replayed()).collect();
    for (number, replay) in entries.iter().enumerate() {
        let run = u16::try_from(number).unwrap() + 2;
        let mut end = processed(1, 0);
        if let [Change::Webhook(WebhookChange::Processed(processed))] = end.changes.as_mut_slice() {
            processed.run = run;
        }
        let seq = store.applied() + 1;
        store.fold([(seq, replay), (seq + 1, &end)]).unwrap();
    }
    let runs: Vec<_> = outcomes(&state(&store.store())).iter().map(|(run, _)| *run).collect();
    assert_eq!(runs, (1..=21).collect::<Vec<u16>>());
}

#[test]
fn retention_goes_on_where_it_stopped_and_ends() {
    let mut store = store();
    let mut entries: Vec<Entry> = (1..=50).map(received).collect();
    // Every third webhook stays New, so that the expired ones are not contiguous.
    entries.extend((1..=50).filter(|seq| seq % 3 != 0).map(|seq| processed(seq, 0)));
    store.fold((1..).zip(&entries)).unwrap();
    let (mut after, mut deleted, mut steps) = (0, 0, 0);
    loop {
        let expired = Entry::one(
            AT,
            Actor::System,
            WebhookChange::Expired {
                status: Status::Done,
                modified_before: Timestamp(AT.0 + 1000),
                after,
                limit: 4,
            },
        );
        let seq = store.applied() + 1;
        let folded = store.fold([(seq, &expired)]).unwrap();
        let applied = folded.answers[0].1.as_ref().unwrap();
        deleted += applied.count;
        steps += 1;
        assert!(applied.count <= 4);
        match applied.resume {
            Some(next) => {
                assert!(next > after, "it does not get on");
                after = next;
            }
            None => break,
        }
    }
    assert_eq!((deleted, steps), (34, 9));
    let counts = store.store().reader().unwrap().webhook_counts().unwrap();
    assert_eq!((counts.new, counts.done), (16, 0));
}

#[test]
fn a_set_up_link_is_gone_from_the_rows_once_it_was_used() {
    let mut store = store();
    let id = Uuid::from_u128(0xA);
    let user = Entry::one(
        AT,
        Actor::CommandLine,
        AccessChange::UserAdded {
            id,
            name: "anna".to_owned(),
            role: crate::domain::user::Role::Viewer,
            password: String::new(),
            link: None,
        },
    );
    let link = Entry::one(
        AT,
        Actor::CommandLine,
        AccessChange::SetupLinkAdded {
            hash: [8; 32],
            expires: Timestamp(AT.0 + 10),
            user: Some(id),
        },
    );
    store.fold([(1, &user), (2, &link)]).unwrap();
    let stored = |store: &StoreWriter| store.store().reader().unwrap().catalog().unwrap();
    assert_eq!(stored(&store).setup_links.len(), 1);
    let by_link = Entry::one(
        AT,
        Actor::User(id),
        AccessChange::UserPasswordSet {
            id,
            password: "x".to_owned(),
            link: Some([8; 32]),
            keep: None,
        },
    );
    let folded = store.fold([(3, &by_link)]).unwrap();
    assert!(folded.answers.iter().all(|(_, answer)| answer.is_ok()));
    assert_eq!(stored(&store).setup_links.len(), 0);
    assert_eq!(stored(&store), *store.catalog());
}

#[test]
fn when_a_task_ran_last_is_kept_for_each() {
    let mut store = store();
    let ran = |task: &str, at: i64| {
        Entry::one(
            Timestamp(at),
            Actor::System,
            UpkeepChange::ScheduleRan { task: task.to_owned() },
        )
    };
    let entries = [ran("retention", 5), ran("signing-keys", 6), ran("retention", 7)];
    store.fold((1..).zip(&entries)).unwrap();
    let reader = store.store().reader().unwrap();
    let last = ["retention", "signing-keys", "journal"].map(|task| reader.schedule_ran(task).unwrap());
    assert_eq!(last, [Some(Timestamp(7)), Some(Timestamp(6)), None]);
}

#[test]
fn fault_08_a_new_database_is_private() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made");
    store_create(&path, Uuid::from_u128(1)).unwrap();
    let mode = std::fs::metadata(&path).unwrap().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn fault_05_a_database_that_cannot_be_opened_now_is_not_damaged() {
    let path = std::path::Path::new("/nowhere/hookgate.redb");
    for (code, damaged) in [(13, false), (24, false), (23, false), (2, true)] {
        let error = redb::DatabaseError::Storage(redb::StorageError::Io(std::io::Error::from_raw_os_error(code)));
        let error = file_error(path)(error);
        assert_eq!(error.is_damage(), damaged, "{code}");
        let opened = crate::ledger::OpenError::Store {
            path: path.to_owned(),
            source: error,
        };
        assert_eq!(opened.to_string().contains("rebuild"), damaged, "{opened}");
    }
}
