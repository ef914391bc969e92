//! The catalog as rows: one self-describing row for each thing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use redb::ReadableTable;
use serde::Serialize;
use uuid::Uuid;

use super::codec::{json_decode, json_encode};
use super::error::{StoreError, redb_error};
use crate::domain::catalog::Catalog;
use crate::domain::client::Client;
use crate::domain::object::Object;
use crate::domain::rights::TechnicalUser;
use crate::domain::source::Source;
use crate::domain::user::{SetupLink, User};

/// The first byte of a row's key. These values must never change.
mod kind {
    pub const OBJECT: u8 = 1;
    pub const ENTITY: u8 = 2;
    pub const SOURCE: u8 = 3;
    pub const TECHNICAL_USER: u8 = 4;
    pub const GRANT: u8 = 5;
    pub const PROCESS_OFF: u8 = 6;
    pub const RETENTION: u8 = 7;
    pub const CLIENT: u8 = 8;
    pub const SIGNING_KEY: u8 = 9;
    pub const USER: u8 = 10;
    pub const SETUP_LINK: u8 = 11;
}

/// The key of a row, and its value; none if the row is removed.
type Change = (Vec<u8>, Option<Vec<u8>>);

/// All rows of a catalog.
#[must_use]
pub fn all_rows(catalog: &Catalog) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let nothing = Catalog {
        technical_users: Arc::default(),
        ..Catalog::default()
    };
    let mut rows: BTreeMap<Vec<u8>, Vec<u8>> = changed_rows(&nothing, catalog)
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
        .collect();
    rows.insert(key(kind::RETENTION, &[]), json_encode(&*catalog.retention));
    rows
}

/// The rows that differ between two catalogs. Catalogs share unchanged parts, so only the changed
/// parts are compared.
#[must_use]
pub fn changed_rows(before: &Catalog, after: &Catalog) -> Vec<Change> {
    let mut rows = Vec::new();
    let number = |id: &u32| id.to_be_bytes().to_vec();
    map(kind::OBJECT, &before.objects, &after.objects, number, &mut rows);
    set(kind::ENTITY, &before.entities, &after.entities, number, &mut rows);
    map(kind::SOURCE, &before.sources, &after.sources, number, &mut rows);
    let id = |id: &Uuid| id.as_bytes().to_vec();
    let (old, new) = (&before.technical_users, &after.technical_users);
    map(kind::TECHNICAL_USER, old, new, id, &mut rows);
    let pair = |(user, object): &(Uuid, u32)| [user.as_bytes().as_slice(), &object.to_be_bytes()].concat();
    map(kind::GRANT, &before.grants, &after.grants, pair, &mut rows);
    let text = |text: &String| text.as_bytes().to_vec();
    let (old, new) = (&before.processes_off, &after.processes_off);
    set(kind::PROCESS_OFF, old, new, text, &mut rows);
    if before.retention != after.retention {
        rows.push((key(kind::RETENTION, &[]), Some(json_encode(&*after.retention))));
    }
    map(kind::CLIENT, &before.clients, &after.clients, text, &mut rows);
    if before.signing_keys != after.signing_keys {
        let by_place = |keys: &[crate::domain::signing_key::SigningKey]| (0_u32..).zip(keys.to_vec()).collect();
        let (old, new) = (
            Arc::new(by_place(&before.signing_keys)),
            Arc::new(by_place(&after.signing_keys)),
        );
        map(kind::SIGNING_KEY, &old, &new, number, &mut rows);
    }
    map(kind::USER, &before.users, &after.users, id, &mut rows);
    let whose = |user: &Option<Uuid>| user.as_ref().map(id).unwrap_or_default();
    map(
        kind::SETUP_LINK,
        &before.setup_links,
        &after.setup_links,
        whose,
        &mut rows,
    );
    rows
}

fn key(kind: u8, rest: &[u8]) -> Vec<u8> {
    [&[kind], rest].concat()
}

fn map<K: Ord, V: PartialEq + Serialize>(
    kind: u8,
    before: &Arc<BTreeMap<K, V>>,
    after: &Arc<BTreeMap<K, V>>,
    name: impl Fn(&K) -> Vec<u8>,
    rows: &mut Vec<Change>,
) {
    if Arc::ptr_eq(before, after) {
        return;
    }
    let gone = before.keys().filter(|id| !after.contains_key(*id));
    rows.extend(gone.map(|id| (key(kind, &name(id)), None)));
    let changed = after.iter().filter(|(id, thing)| before.get(*id) != Some(*thing));
    rows.extend(changed.map(|(id, thing)| (key(kind, &name(id)), Some(json_encode(thing)))));
}

fn set<K: Ord>(
    kind: u8,
    before: &Arc<BTreeSet<K>>,
    after: &Arc<BTreeSet<K>>,
    name: impl Fn(&K) -> Vec<u8>,
    rows: &mut Vec<Change>,
) {
    if Arc::ptr_eq(before, after) {
        return;
    }
    let gone = before.difference(after);
    rows.extend(gone.map(|id| (key(kind, &name(id)), None)));
    let new = after.difference(before);
    rows.extend(new.map(|id| (key(kind, &name(id)), Some(json_encode(&true)))));
}

/// Builds the catalog from its rows.
///
/// # Errors
/// [`StoreError::Value`] or [`StoreError::NewerValue`] for a row that cannot be read, or
/// [`StoreError::Redb`].
pub fn read(
    table: &impl ReadableTable<&'static [u8], &'static [u8]>,
    version: u64,
    rules: u64,
) -> Result<Catalog, StoreError> {
    let mut parts = Parts::default();
    for row in table.iter().map_err(redb_error("reading the catalog"))? {
        let (key, value) = row.map_err(redb_error("reading the catalog"))?;
        parts.add(key.value(), value.value())?;
    }
    let Parts {
        objects,
        entities,
        sources,
        technical_users,
        grants,
        processes_off,
        retention,
        clients,
        signing_keys,
        users,
        setup_links,
    } = parts;
    Ok(Catalog {
        version,
        rules,
        objects: Arc::new(objects),
        entities: Arc::new(entities),
        sources: Arc::new(sources),
        technical_users: Arc::new(technical_users),
        grants: Arc::new(grants),
        processes_off: Arc::new(processes_off),
        retention: Arc::new(retention),
        clients: Arc::new(clients),
        signing_keys: Arc::new(signing_keys),
        users: Arc::new(users),
        setup_links: Arc::new(setup_links),
    })
}

/// The parts of a catalog while its rows are read.
#[derive(Default)]
struct Parts {
    objects: BTreeMap<u32, Arc<Object>>,
    entities: BTreeSet<u32>,
    sources: BTreeMap<u32, Arc<Source>>,
    technical_users: BTreeMap<Uuid, Arc<TechnicalUser>>,
    grants: BTreeMap<(Uuid, u32), crate::domain::rights::Rights>,
    processes_off: BTreeSet<String>,
    retention: crate::domain::retention::Retention,
    clients: BTreeMap<String, Arc<Client>>,
    signing_keys: Vec<crate::domain::signing_key::SigningKey>,
    users: BTreeMap<Uuid, Arc<User>>,
    setup_links: BTreeMap<Option<Uuid>, SetupLink>,
}

impl Parts {
    fn add(&mut self, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        let what = || format!("catalog row {key:02x?}");
        let damaged = || StoreError::Value { what: what() };
        let (kind, rest) = key.split_first().ok_or_else(damaged)?;
        let number = || rest.first_chunk().copied().map(u32::from_be_bytes).ok_or_else(damaged);
        match *kind {
            kind::OBJECT => drop(self.objects.insert(number()?, Arc::new(json_decode(value, what)?))),
            kind::ENTITY => drop(self.entities.insert(number()?)),
            kind::SOURCE => drop(self.sources.insert(number()?, Arc::new(json_decode(value, what)?))),
            kind::TECHNICAL_USER => {
                let user: TechnicalUser = json_decode(value, what)?;
                self.technical_users.insert(user.id, Arc::new(user));
            }
            kind::GRANT => {
                let (user, object) = rest.split_first_chunk::<16>().ok_or_else(damaged)?;
                let object = object.first_chunk().copied().map(u32::from_be_bytes);
                let object = object.ok_or_else(damaged)?;
                let user = Uuid::from_bytes(*user);
                self.grants.insert((user, object), json_decode(value, what)?);
            }
            kind::PROCESS_OFF => {
                let process = std::str::from_utf8(rest).map_err(|_| damaged())?;
                self.processes_off.insert(process.to_owned());
            }
            kind::RETENTION => self.retention = json_decode(value, what)?,
            kind::CLIENT => {
                let client: Client = json_decode(value, what)?;
                self.clients.insert(client.client_id.clone(), Arc::new(client));
            }
            // The keys of the rows keep the order.
            kind::SIGNING_KEY => self.signing_keys.push(json_decode(value, what)?),
            kind::USER => {
                let user: User = json_decode(value, what)?;
                self.users.insert(user.id, Arc::new(user));
            }
            kind::SETUP_LINK => {
                let link: SetupLink = json_decode(value, what)?;
                self.setup_links.insert(link.user, link);
            }
            other => {
                return Err(StoreError::NewerValue {
                    what: what(),
                    unknown: format!("things of kind {other}"),
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_catalog_has_its_technical_user_and_retention_as_rows() {
        let kinds: Vec<u8> = all_rows(&Catalog::default()).keys().map(|key| key[0]).collect();
        assert_eq!(kinds, [kind::TECHNICAL_USER, kind::RETENTION]);
    }

    #[test]
    fn only_what_changed_is_written() {
        let before = Catalog::default();
        let mut after = before.clone();
        assert_eq!(changed_rows(&before, &after), []);
        Arc::make_mut(&mut after.entities).insert(7);
        Arc::make_mut(&mut after.technical_users).clear();
        let keys: Vec<(Vec<u8>, bool)> = changed_rows(&before, &after)
            .into_iter()
            .map(|(key, value)| (key, value.is_some()))
            .collect();
        let service = before.technical_users.keys().next().unwrap();
        assert_eq!(
            keys,
            [
                (vec![kind::ENTITY, 0, 0, 0, 7], true),
                (key(kind::TECHNICAL_USER, service.as_bytes()), false)
            ]
        );
    }
}
