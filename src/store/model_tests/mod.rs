//! Compares the store with a naive model: the same entries give the same results and the same rows,
//! however they are grouped, whoever made them, and wherever a crash interrupts.

mod generate;
mod memory;
mod model;
mod walks;

use std::ops::ControlFlow;

use uuid::Uuid;

use super::digest::{StoreDigest, store_digest};
use super::{StoreWriter, store_check, store_create_on, store_open_on};
use crate::domain::change::{Change, ConfigChange, TaskChange};
use crate::domain::column::IndexState;
use crate::domain::entry::Entry;
use crate::domain::webhook::Status;
use crate::golden::golden;
use generate::Rng;
use memory::Memory;
use model::Model;

const APPLIANCE: Uuid = Uuid::from_u128(1);

/// The number of seeds of a normal run; with `HOOKGATE_SEEDS` set there are many more.
const SEEDS: u64 = 60;

/// The number of entries of a run.
const ENTRIES: u64 = 80;

fn seeds() -> std::ops::Range<u64> {
    let long = std::env::var_os("HOOKGATE_SEEDS").is_some();
    0..if long { 50 * SEEDS } else { SEEDS }
}

fn store() -> StoreWriter {
    let memory = Memory::default();
    store_create_on(memory.clone(), APPLIANCE).unwrap();
    store_open_on(memory, APPLIANCE).unwrap()
}

/// Entries as programs and users would make them, each with its result and the model after it.
fn run(seed: u64) -> Vec<(Entry, Result<u64, crate::domain::catalog::ApplyError>, Model)> {
    let mut rng = Rng::new(seed);
    let mut model = Model::default();
    let mut entries = Vec::new();
    for seq in 1..=ENTRIES {
        let entry = match generate::first().into_iter().nth(usize::try_from(seq - 1).unwrap()) {
            Some(first) => first,
            None => generate::next(&mut rng, seq, model.catalog.rules),
        };
        let answer = model.apply(seq, &entry);
        entries.push((entry, answer, model.clone()));
    }
    entries
}

/// Folds in groups of these sizes, which repeat.
fn digest(entries: &[&Entry], sizes: &[usize]) -> StoreDigest {
    let mut store = store();
    let mut seq = 1;
    let mut rest = entries;
    for size in sizes.iter().cycle() {
        let (now, later) = rest.split_at((*size).min(rest.len()));
        store.fold((seq..).zip(now.iter().copied())).unwrap();
        seq += now.len() as u64;
        rest = later;
        if rest.is_empty() {
            break;
        }
    }
    store_digest(&store.store().reader().unwrap()).unwrap()
}

#[test]
fn every_answer_and_every_reader_agree_with_a_naive_model() {
    let (mut refused, mut made) = (0, 0);
    for seed in seeds() {
        let entries = run(seed);
        let mut groups = Rng::new(seed ^ 0xFEED);
        let mut store = store();
        let mut at = 0;
        while at < entries.len() {
            let size = 1 + usize::try_from(groups.below(12)).unwrap();
            let group = &entries[at..(at + size).min(entries.len())];
            let folded = store
                .fold((at as u64 + 1..).zip(group.iter().map(|(entry, ..)| entry)))
                .unwrap();
            for (seq, answer) in folded.answers {
                let (entry, expected, _) = &entries[usize::try_from(seq).unwrap() - 1];
                let found = answer.map(|applied| applied.count);
                assert_eq!(&found, expected, "seed {seed}, entry {seq}: {entry:?}");
                refused += u32::from(found.is_err());
            }
            at += group.len();
            agree(&store, &entries[at - 1].2, seed, at);
            made += entries[at - 1].2.records.len();
        }
    }
    assert!(
        refused > 100 && made > 500,
        "the entries are of one kind: {refused} {made}"
    );
}

fn agree(store: &StoreWriter, model: &Model, seed: u64, at: usize) {
    let told = format!("seed {seed}, after entry {at}");
    let reader = store.store().reader().unwrap();
    assert_eq!(reader.catalog().unwrap(), model.catalog, "{told}");
    assert_eq!(*store.catalog(), model.catalog, "{told}");
    assert_eq!(store_check(&reader).unwrap(), Vec::<String>::new(), "{told}");
    for seq in 1..=at as u64 {
        let found = reader.webhook_by_seq(seq).unwrap().map(|row| (row.webhook, row.state));
        assert_eq!(found.as_ref(), model.webhooks.get(&seq), "{told}: webhook {seq}");
    }
    for status in Status::ALL {
        let expected = model.webhooks.iter().filter(|(_, (_, state))| state.status == status);
        let expected: Vec<u64> = expected.map(|(seq, _)| *seq).collect();
        assert_eq!(
            reader.status_seqs(status, 0, 1000).unwrap(),
            expected,
            "{told}: {status:?}"
        );
    }
    for source in 1..3 {
        let of_source = model.webhooks.values().filter(|(webhook, _)| webhook.source == source);
        let (count, _) = reader.source_activity(source).unwrap();
        assert_eq!(count, of_source.count() as u64, "{told}: source {source}");
    }
    for object in model.catalog.objects.keys() {
        walks::agree(&reader, model, *object, &told);
        let expected: Vec<_> = model.records.iter().filter(|((of, _), _)| of == object).collect();
        assert_eq!(reader.record_count(*object).unwrap(), expected.len() as u64, "{told}");
        for ((_, id), record) in expected {
            assert_eq!(
                reader.record_get(*object, *id).unwrap().as_ref(),
                Some(record),
                "{told}"
            );
        }
    }
    let sessions: Vec<_> = model
        .sessions
        .iter()
        .map(|(key, session)| (*key, session.clone()))
        .collect();
    assert_eq!(reader.session_list().unwrap(), sessions, "{told}");
    assert_eq!(
        reader.tokens_revoked_count().unwrap(),
        model.revoked.len() as u64,
        "{told}"
    );
    assert_eq!(
        reader.schedule_ran("retention").unwrap(),
        model.ran.get("retention").copied()
    );
    // So few records are indexed at once, without a task.
    let tasks: Vec<_> = model.tasks.iter().map(|(id, task)| (*id, task.clone())).collect();
    assert_eq!(reader.task_list().unwrap(), tasks, "{told}");
    let mut audit = Vec::new();
    reader
        .audit_walk(None, |key, row| {
            audit.push((key, row.action, row.subject, row.refused));
            ControlFlow::Continue(())
        })
        .unwrap();
    audit.reverse();
    assert_eq!(audit, model.audit, "{told}");
    assert_eq!(reader.audit_verify().unwrap().broken_at, None, "{told}");
}

#[test]
fn the_same_entries_give_the_same_rows_in_any_grouping() {
    for seed in seeds() {
        let entries = run(seed);
        let entries: Vec<&Entry> = entries.iter().map(|(entry, ..)| entry).collect();
        let one_by_one = digest(&entries, &[1]);
        assert_eq!(digest(&entries, &[entries.len()]), one_by_one, "seed {seed}");
        assert_eq!(digest(&entries, &[3, 1, 7, 2]), one_by_one, "seed {seed}");
    }
}

/// Several appliances each decide by their own state, and the given order mixes their entries. A
/// decision that is stale in that order is rejected or made again, in the same way everywhere.
#[test]
fn entries_of_several_origins_give_the_same_rows_in_the_order_that_is_given() {
    for seed in seeds() {
        let origins = [run(seed), run(seed + 1_000_000), run(seed + 2_000_000)];
        let mut order = Rng::new(seed ^ 0xC1A0);
        let mut next = [0; 3];
        let mut mixed: Vec<&Entry> = Vec::new();
        for _ in 0..2 * ENTRIES {
            let origin = usize::try_from(order.below(3)).unwrap();
            if let Some((entry, ..)) = origins[origin].get(next[origin]) {
                mixed.push(entry);
                next[origin] += 1;
            }
        }
        let one_by_one = digest(&mixed, &[1]);
        assert_eq!(digest(&mixed, &[5, 2, 11]), one_by_one, "seed {seed}");
    }
}

/// Entries that are not committed are folded again from the journal.
#[test]
fn a_crash_before_a_commit_changes_nothing_of_what_the_entries_add_up_to() {
    for seed in seeds() {
        let entries = run(seed);
        let entries: Vec<&Entry> = entries.iter().map(|(entry, ..)| entry).collect();
        let memory = Memory::default();
        store_create_on(memory.clone(), APPLIANCE).unwrap();
        let mut crashes = Rng::new(seed ^ 0xDEAD);
        loop {
            let mut store = store_open_on(memory.clone(), APPLIANCE).unwrap();
            let applied = usize::try_from(store.applied()).unwrap();
            let Some(rest) = entries.get(applied..).filter(|rest| !rest.is_empty()) else {
                let after = store_digest(&store.store().reader().unwrap()).unwrap();
                assert_eq!(after, digest(&entries, &[1]), "seed {seed}");
                break;
            };
            let size = 1 + usize::try_from(crashes.below(20)).unwrap();
            let group: Vec<&Entry> = rest.iter().copied().take(size).collect();
            if crashes.below(2) == 0 {
                store.fold((applied as u64 + 1..).zip(group)).unwrap();
            } else {
                // The whole transaction is lost.
                let before = memory.copy();
                store.fold((applied as u64 + 1..).zip(group)).unwrap();
                drop(store);
                memory.put_back(before);
            }
        }
    }
}

/// All builds, debug and release, give the same rows: the file holds those of one of them.
#[test]
fn the_rows_of_one_seed_are_those_of_every_build() {
    let entries = run(7);
    let entries: Vec<&Entry> = entries.iter().map(|(entry, ..)| entry).collect();
    let tables = digest(&entries, &[4]).tables;
    let encoded = tables
        .into_iter()
        .map(|(name, rows, sum)| (name, format!("{rows} {sum}").into_bytes()))
        .collect();
    golden("store/model.hex", &encoded);
}

/// An index over many records is built in steps and holds each record at the end, also those
/// written meanwhile. The same holds if it is dropped and requested again before it is removed.
#[test]
fn an_index_that_is_built_in_steps_holds_what_was_written_meanwhile() {
    use crate::domain::actor::Actor;
    use crate::domain::change::RecordsWritten;

    use crate::domain::definition::{ColumnIndex, Definition};
    use crate::domain::record::RecordOperation;
    use crate::domain::time::Timestamp;
    use crate::domain::value::Value;

    const RECORDS: u128 = 1500;
    let at = Timestamp(1_700_000_000_000_000);
    let one = |change: Change| Entry::one(at, Actor::CommandLine, change);
    let rank = |record: u128, rank: i64| RecordOperation::Edit {
        object: 2,
        record: Uuid::from_u128(record),
        mark: None,
        values: vec![(5, Some(Value::Integer(rank)))],
    };
    let created = (0..RECORDS).map(|record| RecordOperation::Create {
        object: 2,
        record: Uuid::from_u128(record),
        values: vec![(5, Value::Integer(i64::try_from(record % 7).unwrap()))],
    });
    let removed = |record: u128| RecordOperation::Delete {
        object: 2,
        record: Uuid::from_u128(record),
        mark: None,
    };
    let index = |indexed| {
        one(ConfigChange::DefinitionApplied {
            definition: Definition::default(),
            indexes: vec![ColumnIndex {
                object: "Thing".to_owned(),
                column: "Rank".to_owned(),
                indexed,
            }],
        }
        .into())
    };
    let step = || one(TaskChange::IndexStepped { limit: 400 }.into());
    let written = |rules, operations| one(RecordsWritten { rules, operations }.into());
    let mut entries = generate::first();
    entries.push(written(1, created.collect()));
    entries.extend([index(true), step()]);
    // A record that the index holds already, one that it does not, and a removed one of each.
    entries.push(written(3, vec![rank(3, 70), rank(1400, 71), removed(2), removed(1450)]));
    entries.extend([step(), step()]);
    // Dropped and requested again before it was complete.
    entries.extend([index(false), step(), index(true)]);
    entries.push(written(10, vec![rank(5, 72)]));
    entries.extend((0..14).map(|_| step()));
    let mut store = store();
    let state = |store: &StoreWriter| {
        let catalog = store.catalog();
        catalog.objects[&2].column("Rank").unwrap().index
    };
    let mut seen = Vec::new();
    for (seq, entry) in (1..).zip(&entries) {
        let folded = store.fold([(seq, entry)]).unwrap();
        assert!(
            folded.answers.iter().all(|(_, answer)| answer.is_ok()),
            "{seq} {folded:?}"
        );
        let reader = store.store().reader().unwrap();
        assert_eq!(store_check(&reader).unwrap(), Vec::<String>::new(), "after entry {seq}");
        seen.push(state(&store));
    }
    assert!(seen.contains(&IndexState::Building), "it was built at once");
    assert_eq!(seen.last(), Some(&IndexState::Ready), "{seen:?}");
    let open = store.store().reader().unwrap().task_list().unwrap();
    assert!(!open.iter().any(|(_, task)| task.is_open()), "{open:?}");
    let all: Vec<&Entry> = entries.iter().collect();
    assert_eq!(digest(&all, &[entries.len()]), digest(&all, &[1]));
    assert_eq!(digest(&all, &[2, 5]), digest(&all, &[1]));
}
