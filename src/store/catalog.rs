//! The catalog as rows: one row a thing, so that a change writes only what it touched.

use std::collections::BTreeMap;
use std::sync::Arc;

use redb::ReadableTable;

use super::codec::{decode, encode};
use super::error::{StoreError, redb_error};
use crate::domain::catalog::Catalog;
use crate::domain::client::Client;
use crate::domain::person::{Person, SetupLink};
use crate::domain::retention::Retention;
use crate::domain::rights::{TechnicalUser, UserState};
use crate::domain::signing_key::SigningKey;

/// The first byte of a row's key. Never change one.
mod kind {
    pub const OBJECT: u8 = 1;
    pub const ENTITY: u8 = 2;
    pub const SOURCE: u8 = 3;
    pub const USER: u8 = 4;
    pub const GRANT: u8 = 5;
    pub const PROCESS_OFF: u8 = 6;
    pub const RETENTION: u8 = 7;
    pub const USER_STATE: u8 = 8;
    pub const CLIENT: u8 = 9;
    pub const SIGNING_KEY: u8 = 10;
    pub const INDEXED: u8 = 11;
    pub const TOKEN_SOURCE: u8 = 12;
    pub const PERSON: u8 = 13;
    pub const SETUP_LINK: u8 = 14;
    pub const SETUP_LINKS: u8 = 15;
}

/// Rows by key.
pub type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// All rows of a catalog.
#[must_use]
pub fn rows(catalog: &Catalog) -> Rows {
    let mut rows = Rows::new();
    let mut put = |kind: u8, key: &[&[u8]], value: Vec<u8>| {
        let mut whole = vec![kind];
        whole.extend(key.iter().copied().flatten());
        rows.insert(whole, value);
    };
    for (id, object) in &catalog.objects {
        put(kind::OBJECT, &[&id.to_be_bytes()], encode(&**object));
    }
    for id in &catalog.entities {
        put(kind::ENTITY, &[&id.to_be_bytes()], encode(&()));
    }
    for (id, source) in &catalog.sources {
        put(kind::SOURCE, &[&id.to_be_bytes()], encode(&**source));
    }
    for (id, user) in &catalog.users {
        put(kind::USER, &[id.as_bytes()], encode(user));
    }
    for ((user, object), rights) in &catalog.grants {
        put(kind::GRANT, &[user.as_bytes(), &object.to_be_bytes()], encode(rights));
    }
    for process in &catalog.processes_off {
        put(kind::PROCESS_OFF, &[process.as_bytes()], encode(&()));
    }
    put(kind::RETENTION, &[], encode(&catalog.retention));
    for (user, state) in &catalog.user_states {
        put(kind::USER_STATE, &[user.as_bytes()], encode(state));
    }
    for (id, client) in &catalog.clients {
        put(kind::CLIENT, &[id.as_bytes()], encode(&**client));
    }
    for (place, key) in (0_u32..).zip(&catalog.signing_keys) {
        put(kind::SIGNING_KEY, &[&place.to_be_bytes()], encode(key));
    }
    for (object, column) in &catalog.indexed {
        put(
            kind::INDEXED,
            &[&object.to_be_bytes(), &column.to_be_bytes()],
            encode(&()),
        );
    }
    for source in &catalog.token_sources {
        put(kind::TOKEN_SOURCE, &[&source.to_be_bytes()], encode(&()));
    }
    for (id, person) in &catalog.people {
        put(kind::PERSON, &[id.as_bytes()], encode(&**person));
    }
    if let Some(link) = &catalog.setup_link {
        put(kind::SETUP_LINK, &[], encode(link));
    }
    for (person, link) in &catalog.setup_links {
        let key = person.as_ref().map_or(&[][..], |person| person.as_bytes());
        put(kind::SETUP_LINKS, &[key], encode(link));
    }
    rows
}

/// The catalog that these rows are.
///
/// # Errors
/// [`StoreError::Value`] for a row that cannot be read, or [`StoreError::Redb`].
pub fn read(table: &impl ReadableTable<&'static [u8], &'static [u8]>, version: u64) -> Result<Catalog, StoreError> {
    let mut catalog = Catalog {
        version,
        ..Catalog::default()
    };
    let damaged = |key: &[u8]| StoreError::Value {
        what: format!("catalog row {key:02x?}"),
    };
    for row in table.iter().map_err(redb_error("reading the catalog"))? {
        let (key, value) = row.map_err(redb_error("reading the catalog"))?;
        let (key, value) = (key.value(), value.value());
        let what = || format!("catalog row {key:02x?}");
        let (kind, rest) = key.split_first().ok_or_else(|| damaged(key))?;
        let number = || {
            rest.first_chunk()
                .copied()
                .map(u32::from_be_bytes)
                .ok_or_else(|| damaged(key))
        };
        match *kind {
            kind::OBJECT => drop(catalog.objects.insert(number()?, Arc::new(decode(value, what)?))),
            kind::ENTITY => drop(catalog.entities.insert(number()?)),
            kind::SOURCE => drop(catalog.sources.insert(number()?, Arc::new(decode(value, what)?))),
            kind::USER => {
                let user: TechnicalUser = decode(value, what)?;
                catalog.users.insert(user.id, user);
            }
            kind::GRANT => {
                let (user, object) = rest.split_first_chunk::<16>().ok_or_else(|| damaged(key))?;
                let object = object.first_chunk().copied().map(u32::from_be_bytes);
                let object = object.ok_or_else(|| damaged(key))?;
                let user = uuid::Uuid::from_bytes(*user);
                catalog.grants.insert((user, object), decode(value, what)?);
            }
            kind::PROCESS_OFF => {
                let process = std::str::from_utf8(rest).map_err(|_| damaged(key))?;
                catalog.processes_off.insert(process.to_owned());
            }
            kind::RETENTION => catalog.retention = decode::<Retention>(value, what)?,
            kind::USER_STATE => {
                let user = rest.first_chunk().ok_or_else(|| damaged(key))?;
                let user = uuid::Uuid::from_bytes(*user);
                catalog.user_states.insert(user, decode::<UserState>(value, what)?);
            }
            kind::CLIENT => {
                let client: Client = decode(value, what)?;
                catalog.clients.insert(client.client_id.clone(), Arc::new(client));
            }
            // The table gives them in order.
            kind::SIGNING_KEY => catalog.signing_keys.push(decode::<SigningKey>(value, what)?),
            kind::INDEXED => {
                let (_, column) = rest.split_first_chunk::<4>().ok_or_else(|| damaged(key))?;
                let column = column.first_chunk().copied().map(u16::from_be_bytes);
                catalog.indexed.insert((number()?, column.ok_or_else(|| damaged(key))?));
            }
            kind::PERSON => {
                let person: Person = decode(value, what)?;
                catalog.people.insert(person.id, Arc::new(person));
            }
            kind::SETUP_LINK => catalog.setup_link = Some(decode::<SetupLink>(value, what)?),
            kind::SETUP_LINKS => {
                let link: SetupLink = decode(value, what)?;
                catalog.setup_links.insert(link.person, link);
            }
            kind::TOKEN_SOURCE => drop(catalog.token_sources.insert(number()?)),
            _ => return Err(damaged(key)),
        }
    }
    Ok(catalog)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_catalog_has_its_technical_user_and_retention_as_rows() {
        let kinds: Vec<u8> = rows(&Catalog::default()).keys().map(|key| key[0]).collect();
        assert_eq!(kinds, [kind::USER, kind::RETENTION]);
    }
}
