//! One decision is one entry of the journal, all or nothing: every operation that changes
//! something, with a disk that fails at each place.

mod access;
mod configuration;
mod own_account;
mod prepared;
mod programs;
mod site;
mod source_text;
mod state;
mod table;
mod webhooks;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use hookgate::domain::entry::Entry;
use hookgate::journal::{JournalError, read_from};

use crate::disk::{EIO, Fault, Machine};
use crate::setup::APPLIANCE;
use crate::simulated::each;
use prepared::Prepared;
use site::Site;
use state::{State, difference};
use table::{Entries, Operation, all, managed, slow};

/// What an operation does on a healthy site.
struct Healthy {
    entries: usize,
    /// How many operations of the disk it takes.
    disk_operations: u64,
    /// Before it, and after each of its steps.
    states: Vec<State>,
}

#[test]
fn every_operation_is_one_entry_of_the_journal_or_as_many_as_its_row_says() {
    let prepared = Prepared::new();
    each_operation(&[all(), slow()].concat(), |operation, title| {
        let healthy = healthy(&prepared, operation, title);
        let (count, why) = (operation.entries.count(), operation.entries.why());
        assert_eq!(healthy.entries, count, "{title}: {why}");
        assert!(
            healthy.states.first() != healthy.states.last(),
            "{title}: it changes nothing that is compared"
        );
    });
}

#[test]
fn when_an_operation_of_the_disk_fails_a_decision_is_found_done_or_not_done() {
    every_place_fails(
        |k| Fault::FailOnce(k, EIO),
        |machine, seed| {
            if seed.is_multiple_of(2) {
                machine.crash()
            } else {
                machine.kill()
            }
        },
    );
}

#[test]
fn when_the_power_goes_a_decision_is_found_done_or_not_done() {
    every_place_fails(Fault::PowerCut, |machine, _| machine.crash());
}

#[test]
fn every_function_of_manage_that_changes_something_has_a_row() {
    let found = source_text::changing_functions();
    let listed: BTreeSet<String> = managed().iter().map(|row| row.name.to_owned()).collect();
    let missing: Vec<&String> = found.difference(&listed).collect();
    assert!(
        missing.is_empty(),
        "src/manage has functions that change something and have no row in tests/crash/operations: {missing:?}. Add a \
         row for each, named like the function, that calls it on the prepared site."
    );
    let surplus: Vec<&String> = listed.difference(&found).collect();
    assert!(
        surplus.is_empty(),
        "tests/crash/operations has rows for functions that src/manage does not have: {surplus:?}. \
         Rename or remove these rows."
    );
}

fn every_place_fails(fault: fn(u64) -> Fault, next_life: fn(&Machine, u64) -> Machine) {
    let prepared = Prepared::new();
    let (nothing, whole, answered) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    each_operation(&all(), |operation, title| {
        let healthy = healthy(&prepared, operation, title);
        for (k, seed) in places(operation, healthy.disk_operations) {
            let machine = prepared.machine(seed);
            let site = Site::open(&machine, &prepared.known).unwrap();
            machine.plan(fault(k));
            let answer = (operation.run)(&site);
            site.ledger().close();
            drop(site);
            let hit = machine.hit();
            let title = format!("{title}, operation {k} of the disk ({hit:?}), answer {answer:?}");
            let found = prepared
                .state_of(&next_life(&machine, seed))
                .unwrap_or_else(|error| panic!("{title}: it does not start: {error:?}"));
            let steps_done = healthy.states.iter().position(|state| *state == found);
            let Some(steps_done) = steps_done else {
                let [first, last] = [healthy.states.first(), healthy.states.last()].map(Option::unwrap);
                panic!(
                    "{title}: half of it is done.\nFrom not done:\n{}\nFrom done:\n{}",
                    difference(&found, first),
                    difference(&found, last)
                );
            };
            let is_whole = steps_done + 1 == healthy.states.len();
            let is_promised = steps_done >= operation.entries.promised();
            assert!(is_promised || answer.is_err(), "{title}: it is not done");
            assert!(hit.is_some() || answer.is_ok(), "{title}: nothing failed");
            answered.fetch_add(u64::from(answer.is_ok()), Ordering::Relaxed);
            nothing.fetch_add(u64::from(steps_done == 0), Ordering::Relaxed);
            whole.fetch_add(u64::from(is_whole), Ordering::Relaxed);
        }
    });
    let [nothing, whole, answered] = [nothing, whole, answered].map(AtomicU64::into_inner);
    println!("not done {nothing}, done {whole}, of which answered as done {answered}");
    let rows = all().len() as u64;
    assert!(nothing >= rows && whole >= rows, "the faults come at the wrong places");
}

/// Every place where the disk can fail, and the seed of what is lost there. The first two are the
/// journal's write and sync, which decide. Of the later ones only some where there are several
/// steps, which are alike, or where it takes long.
fn places(operation: &Operation, disk_operations: u64) -> impl Iterator<Item = (u64, u64)> {
    let all = std::env::var_os("HOOKGATE_SEEDS").is_some();
    let every = match (operation.hashes, operation.entries) {
        _ if all => 1,
        (true, _) => 5,
        (false, Entries::Steps { .. }) => 3,
        (false, Entries::One) => 1,
    };
    let decides = (1..=2).flat_map(|k| (0..4).map(move |seed| (k, seed)));
    let later = (3..=disk_operations).filter(move |k| k % every == 0);
    decides.chain(later.map(|k| (k, k)))
}

fn each_operation(operations: &[&Operation], run: impl Fn(&Operation, &str) + Sync) {
    let places: Vec<u64> = (0..operations.len() as u64).collect();
    each(&places, |place| {
        let operation = operations[usize::try_from(place).unwrap()];
        run(operation, &format!("{} ({})", operation.name, operation.case));
    });
}

fn healthy(prepared: &Prepared, operation: &Operation, title: &str) -> Healthy {
    let machine = prepared.machine(0);
    let site = Site::open(&machine, &prepared.known).unwrap();
    let before = site.ledger().position().durable;
    machine.plan(Fault::PowerCut(u64::MAX));
    (operation.run)(&site).unwrap_or_else(|error| panic!("{title}: {error:?}"));
    site.ledger().close();
    drop(site);
    let disk_operations = machine.changes();
    let machine = machine.kill();
    let entries = entries_after(&machine, before);
    let after = prepared.state_of(&machine).unwrap();
    let mut states = step_by_step(prepared, &entries);
    assert!(
        states.last() == Some(&after),
        "{title}: its entries give something else another time:\n{}",
        difference(states.last().unwrap(), &after)
    );
    if operation.entries.count() == 1 {
        // However it is written: nobody may find it half done.
        let len = states.len();
        states.drain(1..len.saturating_sub(1).max(1));
    }
    Healthy {
        entries: entries.len(),
        disk_operations,
        states,
    }
}

/// Entries of the journal behind one.
fn entries_after(machine: &Machine, seq: u64) -> Vec<Entry> {
    let mut entries = Vec::new();
    read_from::<JournalError>(machine, APPLIANCE, seq + 1, |frame| {
        let later = frame.entries().filter(|(at, _)| *at > seq);
        entries.extend(later.map(|(_, bytes)| Entry::decode(bytes).unwrap()));
        Ok(())
    })
    .unwrap();
    entries
}

/// The prepared site, and what it is after each entry.
fn step_by_step(prepared: &Prepared, entries: &[Entry]) -> Vec<State> {
    let machine = prepared.machine(0);
    let site = Site::open(&machine, &prepared.known).unwrap();
    let mut states = vec![prepared.state.clone()];
    for entry in entries {
        site.apply(entry.clone());
        states.push(prepared.state(&site).unwrap());
    }
    site.ledger().close();
    states
}
