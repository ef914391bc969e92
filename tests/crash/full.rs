//! A full disk that gets room again: nothing acknowledged is lost, and the ledger goes on without
//! a restart as long as only the journal met it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use hookgate::journal::GroupPolicy;
use hookgate::ledger::{ChangeError, NotSynced};

use crate::check::check;
use crate::disk::{Fault, Liar, Machine, Whom};
use crate::rng::Rng;
use crate::setup::{Running, born, first_changes};
use crate::simulated::{all_processed, appender, each, seeds};
use crate::world::World;

const SEGMENT: u64 = 16384;

const POLICY: GroupPolicy = GroupPolicy {
    entries: 16,
    bytes: 8192,
};

#[test]
fn when_there_is_room_again_the_ledger_goes_on_by_itself() {
    let refused = AtomicU64::new(0);
    let seeds: Vec<u64> = (0..seeds(60)).collect();
    each(&seeds, |seed| {
        refused.fetch_add(goes_on(seed), Ordering::Relaxed);
    });
    let refused = refused.into_inner();
    assert!(
        refused >= seeds.len() as u64,
        "only {refused} webhooks found the disk full in {} seeds",
        seeds.len()
    );
}

/// Gives how many webhooks were refused.
fn goes_on(seed: u64) -> u64 {
    let mut rng = Rng::new(seed);
    let machine = Machine::new(rng.fork(), Liar::Nobody);
    born(&machine, SEGMENT);
    let world = Mutex::new(World::default());
    let running = Running::start(&machine, SEGMENT, POLICY).unwrap();
    for change in first_changes() {
        running.ledger.commit(change).unwrap();
    }
    machine.plan(Fault::Full {
        from: 1 + rng.below(100),
        to: u64::MAX,
        whom: Whom::Journal,
        over: rng.coin(),
    });
    // Enough for several files of the journal, and then more than none has room for.
    let mut refused = 0;
    for _ in 0..200 {
        let webhook = world.lock().unwrap().send(&mut rng, 2000);
        let id = webhook.id;
        match running.ledger.webhook_append(webhook).unwrap().blocking_recv().unwrap() {
            Ok(seq) => {
                world.lock().unwrap().acknowledged.insert(seq, id);
            }
            Err(NotSynced::DiskFull) => refused += 1,
            Err(error) => panic!("seed {seed}: {error}"),
        }
        if refused == 3 {
            break;
        }
    }
    if refused > 0 {
        let change = world
            .lock()
            .unwrap()
            .operate(&mut rng, running.ledger.catalog_version());
        let made = running.ledger.commit(change);
        assert!(
            matches!(made, Err(ChangeError::DiskFull | ChangeError::Refused(_))),
            "seed {seed}: {made:?}"
        );
    }
    assert!(running.ledger.healthy(), "seed {seed}");

    machine.plan(Fault::PowerCut(u64::MAX));
    // What was being processed meanwhile is finished first.
    all_processed(&running.ledger).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    appender(&running.ledger, &world, rng.fork(), SEGMENT).unwrap();
    all_processed(&running.ledger).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    assert!(running.ledger.healthy(), "seed {seed}");
    running.stop();
    let world = world.into_inner().unwrap();
    check(&machine.kill(), &world).unwrap_or_else(|wrong| panic!("seed {seed}: {wrong}"));
    refused
}
