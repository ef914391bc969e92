//! Journals that were damaged, mixed up or cut off: refused with the right word, nothing
//! skipped; and the torn end that a power cut leaves: accepted and cleared.

use hookgate::journal::disk::Disk;
use hookgate::journal::frame::{FRAME_HEADER, FrameHeader, HEADER, SegmentHeader};
use hookgate::journal::{GroupPolicy, JournalError, segment_name, segments};
use hookgate::ledger::OpenError;
use hookgate::store::{StoreError, store_create_on, store_open_on};
use uuid::Uuid;

use crate::disk::{DATABASE, Liar, Machine};
use crate::rng::Rng;
use crate::setup::{APPLIANCE, Running, StartError, born, first_changes, open_store};
use crate::world::World;

const SEGMENT: u64 = 16384;

const POLICY: GroupPolicy = GroupPolicy { entries: 1, bytes: 1 };

/// An appliance with many webhooks in several segments, stopped. Its database knows nothing
/// yet, so that all of the journal is read.
fn appliance() -> Machine {
    let machine = Machine::new(Rng::new(1), Liar::Nobody);
    born(&machine, SEGMENT);
    let empty = machine.bytes(DATABASE);
    let running = Running::start(&machine, SEGMENT, POLICY).unwrap();
    for change in first_changes() {
        running.ledger.commit(change).unwrap();
    }
    let (mut world, mut rng) = (World::default(), Rng::new(2));
    for _ in 0..60 {
        let webhook = world.send(&mut rng, 2000);
        running
            .ledger
            .webhook_append(webhook)
            .unwrap()
            .blocking_recv()
            .unwrap()
            .unwrap();
    }
    running.stop();
    machine.tamper(DATABASE, |bytes| *bytes = empty);
    let machine = machine.kill();
    assert!(segments(&machine).unwrap().len() >= 3);
    machine
}

fn start(machine: &Machine) -> Result<u64, StartError> {
    let running = Running::start(machine, SEGMENT, POLICY)?;
    let durable = running.ledger.position().applied;
    running.stop();
    Ok(durable)
}

/// Why the journal is refused; the database must not have been given anything behind the fault.
fn refused(machine: &Machine) -> JournalError {
    match start(machine) {
        Err(StartError::Ledger(OpenError::Journal(error))) => error,
        other => panic!("not refused: {other:?}"),
    }
}

/// Where each frame starts, and its header.
fn frames(bytes: &[u8]) -> Vec<(usize, FrameHeader)> {
    let mut frames = Vec::new();
    let mut at = HEADER;
    let salt = SegmentHeader::decode(bytes).unwrap().salt;
    while let Some(header) = bytes.get(at..).and_then(|bytes| FrameHeader::decode(salt, bytes)) {
        frames.push((at, header));
        at += usize::try_from(header.frame_len()).unwrap();
    }
    frames
}

fn segment(machine: &Machine, place: usize) -> String {
    segment_name(segments(machine).unwrap()[place])
}

fn newest(machine: &Machine) -> String {
    segment_name(*segments(machine).unwrap().last().unwrap())
}

#[test]
fn a_flipped_bit_with_good_entries_behind_it_is_damage_and_nothing_is_skipped() {
    let mut rng = Rng::new(3);
    for _ in 0..30 {
        let machine = appliance();
        let places = segments(&machine).unwrap().len();
        let name = segment(&machine, rng.index(places));
        let bytes = machine.bytes(&name);
        let frames = frames(&bytes);
        if frames.len() < 2 {
            continue;
        }
        let (at, header) = frames[rng.index(frames.len() - 1)];
        let offset = at + rng.index(FRAME_HEADER + header.len as usize);
        machine.tamper(&name, |bytes| bytes[offset] ^= 1 << rng.below(8));
        match refused(&machine) {
            JournalError::Damaged { name: told, offset } => {
                assert_eq!((told, offset), (name, at as u64));
            }
            other => panic!("{other:?}"),
        }
        let applied = open_store(&machine).unwrap().applied();
        assert!(applied < header.first, "entries behind the damage were applied");
    }
}

#[test]
fn a_refused_start_has_closed_the_database_when_it_tells() {
    for _ in 0..20 {
        let machine = appliance();
        // The newest file that has something behind its first frame: how much is in each depends on how entries gather.
        let names = segments(&machine).unwrap().into_iter().rev().map(segment_name);
        let mut all = names.map(|name| (frames(&machine.bytes(&name)), name));
        let (frames, name) = all.find(|(frames, _)| frames.len() > 1).unwrap();
        // Found only after what is in front of it was applied.
        machine.tamper(&name, |bytes| bytes[frames[0].0 + FRAME_HEADER] ^= 1);
        assert!(matches!(refused(&machine), JournalError::Damaged { .. }));
        assert_eq!(machine.handles(DATABASE), 0, "somebody still holds the database");
    }
}

#[test]
fn a_broken_last_entry_of_a_file_that_has_a_successor_is_not_taken_for_a_torn_end() {
    let machine = appliance();
    let name = segment(&machine, 0);
    let (at, header) = *frames(&machine.bytes(&name)).last().unwrap();
    machine.tamper(&name, |bytes| bytes[at + FRAME_HEADER + 5] ^= 1);
    let error = refused(&machine);
    assert!(
        matches!(error, JournalError::Gap { from, .. } if from == header.first),
        "{error:?}"
    );
}

#[test]
fn a_segment_whose_first_bytes_are_wrong_is_refused() {
    for offset in [0, 7, 8, 20, 30, 50, 63] {
        let machine = appliance();
        let name = newest(&machine);
        machine.tamper(&name, |bytes| bytes[offset] ^= 0x10);
        assert!(matches!(refused(&machine), JournalError::Foreign { name: told } if told == name));
    }
    for len in [0, 10, HEADER - 1] {
        let machine = appliance();
        let name = newest(&machine);
        machine.tamper(&name, |bytes| bytes.truncate(len));
        assert!(matches!(refused(&machine), JournalError::Foreign { name: told } if told == name));
    }
}

#[test]
fn a_segment_under_the_name_of_another_is_refused() {
    let machine = appliance();
    let (first, second) = (segment(&machine, 0), segment(&machine, 1));
    let bytes = machine.bytes(&first);
    machine.tamper(&second, |into| *into = bytes);
    assert!(matches!(refused(&machine), JournalError::Foreign { name } if name == second));
}

#[test]
fn a_segment_of_another_appliance_is_refused() {
    let machine = appliance();
    let name = newest(&machine);
    machine.tamper(&name, |bytes| {
        let mut header = hookgate::journal::frame::SegmentHeader::decode(bytes).unwrap();
        header.appliance = Uuid::from_u128(0xB);
        bytes[..HEADER].copy_from_slice(&header.encode());
    });
    assert!(matches!(refused(&machine), JournalError::OtherAppliance { name: told } if told == name));
}

#[test]
fn a_segment_missing_in_front_or_in_the_middle_is_a_gap() {
    for place in [0, 1] {
        let machine = appliance();
        let firsts = segments(&machine).unwrap();
        machine.remove(&segment_name(firsts[place])).unwrap();
        let error = refused(&machine);
        assert!(
            matches!(error, JournalError::Gap { from, to } if (from, to) == (firsts[place], firsts[place + 1] - 1)),
            "{error:?}"
        );
    }
}

#[test]
fn a_journal_without_files_is_refused() {
    let machine = appliance();
    for first in segments(&machine).unwrap() {
        machine.remove(&segment_name(first)).unwrap();
    }
    assert!(matches!(refused(&machine), JournalError::Empty));
}

#[test]
fn a_journal_that_ends_before_the_database_does_is_refused() {
    let machine = appliance();
    let all = start(&machine).unwrap();
    let machine = machine.kill();
    let name = newest(&machine);
    let (at, last) = *frames(&machine.bytes(&name)).last().unwrap();
    machine.tamper(&name, |bytes| bytes[at..].fill(0));
    match start(&machine) {
        Err(StartError::Ledger(OpenError::JournalShort { applied, journal })) => {
            assert_eq!((applied, journal), (all, last.first - 1));
        }
        other => panic!("not refused: {other:?}"),
    }
    // Also when the whole last file is gone.
    let machine = machine.kill();
    machine.remove(&name).unwrap();
    let error = start(&machine);
    assert!(
        matches!(error, Err(StartError::Ledger(OpenError::JournalShort { .. }))),
        "{error:?}"
    );
}

#[test]
fn a_torn_end_is_accepted_and_cleared() {
    let mut rng = Rng::new(4);
    for _ in 0..20 {
        let machine = appliance();
        let name = newest(&machine);
        let (at, last) = *frames(&machine.bytes(&name)).last().unwrap();
        let len = FRAME_HEADER + last.len as usize;
        let (torn, kept) = (rng.index(len), rng.index(2));
        machine.tamper(&name, |bytes| {
            bytes[at + torn] ^= 0x40;
            if kept == 0 {
                bytes[at + torn + 1..].fill(0);
            }
        });
        // What the torn entry said is decided and written anew, in its place.
        assert!(start(&machine).unwrap() >= last.first - 1);
        let bytes = machine.bytes(&name);
        let end = frames(&bytes)
            .last()
            .map_or(HEADER, |(at, header)| at + usize::try_from(header.frame_len()).unwrap());
        assert!(
            bytes[end..].iter().all(|byte| *byte == 0),
            "the torn end is still there"
        );
        start(&machine.kill()).unwrap();
    }
}

#[test]
fn a_database_of_another_appliance_or_of_another_program_is_refused() {
    let machine = appliance();
    machine.tamper(DATABASE, Vec::clear);
    store_create_on(machine.database().unwrap(), Uuid::from_u128(0xB)).unwrap();
    let error = start(&machine).map(drop);
    assert!(
        matches!(error, Err(StartError::Store(StoreError::OtherAppliance))),
        "{error:?}"
    );

    let machine = Machine::new(Rng::new(1), Liar::Nobody);
    let database = redb::Builder::new()
        .create_with_backend(machine.database().unwrap())
        .unwrap();
    drop(database);
    let error = store_open_on(machine.database().unwrap(), APPLIANCE).map(drop);
    assert!(matches!(error, Err(StoreError::Foreign)), "{error:?}");
}
