//! Many lives on a machine whose power fails: nothing acknowledged is lost, nothing is half.
//!
//! `HOOKGATE_SEEDS=n` runs n seeds instead of the everyday number, `HOOKGATE_SEED=s` the one
//! seed, many times over: the plan of a seed is always the same, the timing of its threads is
//! not.

use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use hookgate::domain::webhook::Status;
use hookgate::journal::GroupPolicy;
use hookgate::ledger::{ChangeError, Ledger, NotSynced};
use hookgate::store::StoreError;

use crate::check::{Fault as Wrong, check};
use crate::disk::{EIO, ENOSPC, Fault, Liar, Machine, Whom};
use crate::rng::Rng;
use crate::setup::{Running, born, first_changes};
use crate::world::World;

/// Seeds of an everyday run.
const SEEDS: u64 = 800;

/// Longer than any seed takes on a busy machine.
const TOO_LONG: Duration = Duration::from_secs(120);

/// How long processing may take until it is a fault.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a machine is used.
struct Plan {
    segment: u64,
    policy: GroupPolicy,
    lives: u64,
    appenders: u64,
    /// A database that lies is damaged enough by the rest: redb may end the process over it.
    fills: bool,
}

impl Plan {
    fn new(rng: &mut Rng, liar: Liar) -> Self {
        Self {
            segment: 16384 << rng.below(3),
            policy: GroupPolicy {
                entries: 1 << rng.below(10),
                bytes: 1024 << rng.below(7),
            },
            lives: 1 + rng.below(4),
            appenders: 1 + rng.below(3),
            fills: liar == Liar::Nobody,
        }
    }
}

#[test]
fn whatever_the_disk_does_what_was_acknowledged_is_kept_and_processed_once() {
    let seeds: Vec<u64> = match number("HOOKGATE_SEED") {
        Some(seed) => vec![seed; 50],
        None => (0..seeds(SEEDS)).collect(),
    };
    each(&seeds, |seed| {
        if let Err(wrong) = run(seed, Liar::Nobody) {
            panic!("seed {seed}: {wrong}\nalone: HOOKGATE_SEED={seed} cargo test --test crash whatever_the_disk");
        }
    });
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

/// How many seeds to run: this many, unless somebody asked for another number.
pub fn seeds(everyday: u64) -> u64 {
    number("HOOKGATE_SEEDS").unwrap_or(everyday)
}

#[test]
fn a_journal_whose_syncs_do_nothing_is_caught() {
    caught(Liar::Journal, "a_journal_whose_syncs_do_nothing_is_caught", 35);
}

#[test]
fn a_database_whose_syncs_do_nothing_is_caught() {
    caught(Liar::Database, "a_database_whose_syncs_do_nothing_is_caught", 20);
}

/// The seed of a child of `caught`.
const LIAR_SEED: &str = "HOOKGATE_LIAR_SEED";

/// Of 50 seeds, at least so many must show that syncs do nothing. Each runs in a process of its
/// own: what redb makes of a damaged file is its own affair here, and it may panic while it
/// cleans up after a panic, which ends the process.
fn caught(liar: Liar, test: &str, wanted: u64) {
    if let Some(seed) = number(LIAR_SEED) {
        return run(seed, liar).unwrap();
    }
    let caught = AtomicU64::new(0);
    let seeds: Vec<u64> = (0..50).collect();
    each(&seeds, |seed| {
        let child = Command::new(std::env::current_exe().unwrap())
            .args([
                &format!("{}::{test}", module_path!().split_once("::").unwrap().1),
                "--exact",
            ])
            .env(LIAR_SEED, seed.to_string())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&child.stdout);
        assert!(said.contains("running 1 test"), "{said}");
        caught.fetch_add(u64::from(!child.status.success()), Ordering::Relaxed);
    });
    let caught = caught.into_inner();
    println!("{liar:?}: {caught} of {} caught", seeds.len());
    assert!(caught >= wanted, "the checks see too little: {caught}");
}

/// Runs seeds on all cores; one that hangs is a failure too.
pub fn each(seeds: &[u64], run: impl Fn(u64) + Sync) {
    let next = AtomicU64::new(0);
    let (done, finished) = channel();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            let (next, run, done) = (&next, &run, done.clone());
            scope.spawn(move || {
                loop {
                    let turn = usize::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap();
                    let Some(seed) = seeds.get(turn) else { break };
                    let (ended, watch) = channel::<()>();
                    thread::scope(|scope| {
                        scope.spawn(move || {
                            if watch.recv_timeout(TOO_LONG) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                                eprintln!("seed {seed} hangs");
                                std::process::abort();
                            }
                        });
                        run(*seed);
                        drop(ended);
                    });
                    let _ = done.send(());
                }
            });
        }
        drop(done);
    });
    assert_eq!(finished.iter().count(), seeds.len());
}

/// All lives of one machine, then one more without faults, then the checks.
fn run(seed: u64, liar: Liar) -> Result<(), Wrong> {
    let mut rng = Rng::new(seed);
    let plan = Plan::new(&mut rng, liar);
    let mut machine = Machine::new(rng.fork(), liar);
    born(&machine, plan.segment);
    let world = Mutex::new(World::default());
    let running = Running::start(&machine, plan.segment, plan.policy)?;
    for change in first_changes() {
        running.ledger.commit(change)?;
    }
    running.stop();
    for _ in 0..plan.lives {
        machine = live(&machine, &plan, &world, &mut rng)?;
    }
    let running = Running::start(&machine, plan.segment, plan.policy)?;
    appender(&running.ledger, &world, rng.fork(), plan.segment).map_err(|error| format!("the last life: {error}"))?;
    all_processed(&running.ledger)?;
    running.stop();
    check(&machine.kill(), &world.into_inner()?)
}

/// One life, to its end by a fault, by a sudden power cut, by a kill, or in order.
fn live(machine: &Machine, plan: &Plan, world: &Mutex<World>, rng: &mut Rng) -> Result<Machine, Wrong> {
    machine.plan(match rng.below(if plan.fills { 5 } else { 4 }) {
        // Often within recovery.
        0 => Fault::PowerCut(1 + rng.below(20)),
        1 => Fault::PowerCut(1 + rng.below(1000)),
        2 => Fault::FailOnce(1 + rng.below(400), *rng.pick(&[EIO, ENOSPC])),
        3 if plan.fills => {
            let from = 1 + rng.below(400);
            Fault::Full {
                from,
                to: from + rng.below(20),
                whom: *rng.pick(&[Whom::Journal, Whom::Everybody]),
                over: rng.coin(),
            }
        }
        _ => Fault::PowerCut(u64::MAX),
    });
    match Running::start(machine, plan.segment, plan.policy) {
        Err(error) => {
            if machine.hit().is_none() {
                return Err(format!("it does not start: {error:?}").into());
            }
        }
        Ok(running) => {
            thread::scope(|scope| {
                for _ in 0..plan.appenders {
                    let (ledger, rng) = (&running.ledger, rng.fork());
                    scope.spawn(move || appender(ledger, world, rng, plan.segment));
                }
            });
            // In order, or by force in the middle of whatever the threads do now.
            let after = match rng.below(3) {
                0 => None,
                1 => Some(machine.crash()),
                _ => Some(machine.kill()),
            };
            running.stop();
            if let Some(after) = after {
                return Ok(after);
            }
        }
    }
    Ok(if rng.coin() { machine.crash() } else { machine.kill() })
}

/// Sends and operates until it is done, or nothing more is taken.
pub fn appender(ledger: &Ledger, world: &Mutex<World>, mut rng: Rng, segment: u64) -> Result<(), ChangeError> {
    let world = || world.lock().unwrap_or_else(PoisonError::into_inner);
    let largest = usize::try_from(segment).unwrap() * 2;
    for _ in 0..rng.below(30) {
        if rng.once_in(4) {
            let change = world().operate(&mut rng, ledger.catalog_version());
            match ledger.commit(change.clone()) {
                Ok(applied) => world().operated(&change, applied.count),
                Err(ChangeError::Refused(_) | ChangeError::DiskFull) => {}
                Err(error) => return Err(error),
            }
            continue;
        }
        let mut waiting = Vec::new();
        for _ in 0..=rng.below(6) {
            let webhook = world().send(&mut rng, largest);
            let id = webhook.id;
            match ledger.webhook_append(webhook) {
                Ok(synced) => waiting.push((id, synced)),
                Err(ChangeError::Busy | ChangeError::DiskFull) => {}
                Err(error) => return Err(error),
            }
        }
        for (id, synced) in waiting {
            match synced.blocking_recv() {
                Ok(Ok(seq)) => {
                    world().acknowledged.insert(seq, id);
                }
                Ok(Err(NotSynced::DiskFull)) => {}
                _ => return Err(ChangeError::Stopped),
            }
        }
    }
    Ok(())
}

/// Waits until no webhook is New or Processing.
pub fn all_processed(ledger: &Ledger) -> Result<(), Wrong> {
    let begin = Instant::now();
    loop {
        let reader = match ledger.read() {
            // Machines that stand still for some seconds are no fault.
            Err(StoreError::Behind { .. }) if begin.elapsed() < PATIENCE => continue,
            reader => reader?,
        };
        let waiting: Vec<u64> = [Status::New, Status::Processing]
            .into_iter()
            .map(|status| reader.status_seqs(status, 0, usize::MAX))
            .collect::<Result<Vec<_>, _>>()?
            .concat();
        drop(reader);
        if waiting.is_empty() {
            return Ok(());
        }
        for seq in waiting {
            if !ledger.wait_processed(seq, PATIENCE)? {
                return Err(format!("webhook {seq} is not processed").into());
            }
        }
    }
}
