//! What must hold of an appliance after all that was done to it.

use std::collections::HashMap;

use hookgate::domain::entry::Entry;
use hookgate::domain::webhook::{Outcome, Status};
use hookgate::domain::webhook_filter::WebhookFilter;
use hookgate::journal::read_from;
use hookgate::store::digest::store_digest;
use hookgate::store::query::WebhookRow;
use hookgate::store::{Reader, StoreError, store_check, store_create_on, store_open_on};
use redb::{Builder, ReadableDatabase, ReadableTableMetadata, TableDefinition};
use uuid::Uuid;

use crate::disk::Machine;
use crate::memory::Memory;
use crate::setup::{APPLIANCE, OBJECT_ID, open_store};
use crate::world::{Fate, World};

macro_rules! must {
    ($holds:expr, $($text:tt)+) => {
        if !$holds {
            return Err(format!($($text)+).into());
        }
    };
}

/// What does not hold, in words.
pub type Fault = Box<dyn std::error::Error + Send + Sync>;

/// Checks everything. Nothing may have the machine's files open.
pub fn check(machine: &Machine, world: &World) -> Result<(), Fault> {
    let mut store = open_store(machine)?;
    let reader = store.store().reader()?;
    let rows = webhooks(&reader, world)?;
    records(&reader, world, &rows)?;
    counts(&reader, &rows)?;
    let faults = store_check(&reader)?;
    must!(
        faults.is_empty(),
        "indexes and counters do not fit the rows: {faults:#?}"
    );
    let digest = store_digest(&reader)?;
    drop(reader);
    must!(store.check_integrity()?, "the database says that it is damaged");
    drop(store);
    counters(machine)?;
    let fresh = digest_of_journal(machine)?;
    let differing: Vec<_> = digest
        .tables
        .iter()
        .filter(|table| !fresh.tables.contains(table))
        .collect();
    must!(
        digest == fresh,
        "a fresh fold of the journal gives something else than the store holds in {differing:?}"
    );
    Ok(())
}

/// Acknowledged ⊆ stored ∪ deleted on purpose ⊆ attempted, and each as it was sent.
fn webhooks(reader: &Reader, world: &World) -> Result<HashMap<u64, WebhookRow>, Fault> {
    let rows: HashMap<u64, WebhookRow> = reader
        .webhook_list(&WebhookFilter::default(), None, usize::MAX)?
        .into_iter()
        .map(|row| (row.seq, row))
        .collect();
    for row in rows.values() {
        let Some(sent) = world.sent.get(&row.webhook.id) else {
            return Err(format!("webhook {} was never sent", row.webhook.id).into());
        };
        must!(sent.webhook == row.webhook, "webhook {} is not as it was sent", row.seq);
        must!(
            !world.deleted.contains(&row.seq),
            "webhook {} was deleted and is there",
            row.seq
        );
        must!(
            reader.webhook_seq(row.webhook.id)? == Some(row.seq),
            "webhook {} cannot be found by its id",
            row.seq
        );
    }
    let mut ids: Vec<Uuid> = rows.values().map(|row| row.webhook.id).collect();
    ids.sort_unstable();
    ids.dedup();
    must!(ids.len() == rows.len(), "a webhook is stored twice");
    for (seq, id) in &world.acknowledged {
        match rows.get(seq) {
            Some(row) => must!(
                row.webhook.id == *id,
                "webhook {seq} has another id than was acknowledged"
            ),
            None => must!(
                world.deleting.contains(seq) || (world.expiring && world.sent[id].fate == Fate::Fails),
                "webhook {seq} was acknowledged and is lost"
            ),
        }
    }
    Ok(rows)
}

/// Each webhook is finished, with exactly one record where there should be one, and more only
/// where somebody asked for them.
fn records(reader: &Reader, world: &World, rows: &HashMap<u64, WebhookRow>) -> Result<(), Fault> {
    let records = reader.record_list(OBJECT_ID, None, usize::MAX)?;
    let mut made: HashMap<u64, Vec<Uuid>> = HashMap::new();
    for (id, record) in &records {
        let Some(seq) = record.webhook else {
            return Err(format!("record {id} came from nowhere").into());
        };
        made.entry(seq).or_default().push(*id);
        must!(
            rows.contains_key(&seq) || world.deleting.contains(&seq),
            "record {id} is of webhook {seq}, which is not there"
        );
    }
    for row in rows.values() {
        let (seq, state) = (row.seq, &row.state);
        let mut listed: Vec<Uuid> = state.records.iter().map(|(_, id)| *id).collect();
        let mut found = made.remove(&seq).unwrap_or_default();
        listed.sort_unstable();
        found.sort_unstable();
        must!(listed == found, "webhook {seq} lists other records than there are");
        let (least, most) = world.again.get(&seq).copied().unwrap_or_default();
        let (status, outcomes, least, most): (_, &[Outcome], _, _) = match world.sent[&row.webhook.id].fate {
            Fate::Record => (
                Status::Done,
                &[Outcome::RecordCreated, Outcome::Skipped],
                1 + least,
                1 + most,
            ),
            Fate::Stored => (Status::Done, &[Outcome::StoredOnly], 0, 0),
            Fate::Fails => (Status::Failed, &[Outcome::Failed], 0, 0),
        };
        must!(
            state.status == status,
            "webhook {seq} is {:?}, not {status:?}",
            state.status
        );
        must!(
            outcomes.contains(&state.outcome),
            "webhook {seq} came to {:?}",
            state.outcome
        );
        must!(
            (least..=most).contains(&found.len()),
            "webhook {seq} has {} records, not {least} to {most}",
            found.len()
        );
    }
    Ok(())
}

/// Counters agree with what is counted one by one.
fn counts(reader: &Reader, rows: &HashMap<u64, WebhookRow>) -> Result<(), Fault> {
    let counts = reader.webhook_counts()?;
    for status in Status::ALL {
        let mut indexed = reader.status_seqs(status, 0, usize::MAX)?;
        let mut wanted: Vec<u64> = rows
            .values()
            .filter(|row| row.state.status == status)
            .map(|row| row.seq)
            .collect();
        indexed.sort_unstable();
        wanted.sort_unstable();
        must!(indexed == wanted, "the index of {status:?} does not fit the webhooks");
        must!(
            counts.of(status) == wanted.len() as u64,
            "the counter of {status:?} says {}, there are {}",
            counts.of(status),
            wanted.len()
        );
    }
    for source in 0..3 {
        let filter = WebhookFilter {
            source: Some(source),
            ..WebhookFilter::default()
        };
        let wanted = rows.values().filter(|row| row.webhook.source == source).count() as u64;
        let (counter, _) = reader.source_activity(source)?;
        let indexed = reader.webhook_count(&filter)?;
        must!(
            (counter, indexed) == (wanted, wanted),
            "source {source} has {wanted} webhooks, {counter} by its counter, {indexed} by its index"
        );
    }
    Ok(())
}

/// The counter of records, which no reader shows, by redb itself.
fn counters(machine: &Machine) -> Result<(), Fault> {
    const COUNTER: TableDefinition<u64, u64> = TableDefinition::new("counter");
    const RECORDS: TableDefinition<u128, &[u8]> = TableDefinition::new("record_2");
    let database = Builder::new().create_with_backend(machine.database()?)?;
    let transaction = database.begin_read()?;
    let counter = transaction.open_table(COUNTER)?.get((3 << 56) | u64::from(OBJECT_ID))?;
    let counter = counter.map_or(0, |value| value.value());
    let records = match transaction.open_table(RECORDS) {
        Ok(table) => table.len()?,
        Err(redb::TableError::TableDoesNotExist(_)) => 0,
        Err(error) => return Err(error.into()),
    };
    must!(
        counter == records,
        "the counter of records says {counter}, there are {records}"
    );
    Ok(())
}

fn digest_of_journal(machine: &Machine) -> Result<hookgate::store::digest::StoreDigest, Fault> {
    let file = Memory::default();
    store_create_on(file.clone(), APPLIANCE)?;
    let mut fresh = store_open_on(file, APPLIANCE)?;
    let mut entries = Vec::new();
    read_from::<Fault>(machine, APPLIANCE, 1, |frame| {
        for (seq, entry) in frame.entries() {
            let change = Entry::decode(entry).map_err(|source| StoreError::Entry { seq, source })?;
            entries.push((seq, change));
        }
        Ok(())
    })?;
    for some in entries.chunks(97) {
        fresh.fold(some.iter().map(|(seq, change)| (*seq, change)))?;
    }
    Ok(store_digest(&fresh.store().reader()?)?)
}
