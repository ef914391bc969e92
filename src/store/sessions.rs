//! Sessions of users.

use redb::ReadableTable;
use uuid::Uuid;

use super::codec::{json_decode, json_encode};
use super::error::{StoreError, redb_error};
use super::fold::Fold;
use super::reader::Reader;
use super::schema::SESSION;
use crate::domain::user::Session;

/// Identifies a session: SHA-256 of the token in its cookie.
pub type SessionKey = [u8; 32];

impl Fold<'_, '_> {
    pub fn session_start(&mut self, key: SessionKey, session: &Session) -> Result<(), StoreError> {
        let doing = "starting a session";
        let mut table = self.transaction.open_table(SESSION).map_err(redb_error(doing))?;
        table
            .insert(key.as_slice(), json_encode(session).as_slice())
            .map_err(redb_error(doing))?;
        Ok(())
    }

    /// Ends sessions. Returns how many of them existed.
    pub fn sessions_end(&mut self, keys: &[SessionKey]) -> Result<u64, StoreError> {
        let doing = "ending sessions";
        let mut table = self.transaction.open_table(SESSION).map_err(redb_error(doing))?;
        let mut count = 0;
        for key in keys {
            count += u64::from(table.remove(key.as_slice()).map_err(redb_error(doing))?.is_some());
        }
        Ok(count)
    }

    /// Ends all sessions of a user, except `keep`.
    pub fn sessions_end_of(&mut self, user: Uuid, keep: Option<SessionKey>) -> Result<(), StoreError> {
        let doing = "ending sessions";
        let mut table = self.transaction.open_table(SESSION).map_err(redb_error(doing))?;
        table
            .retain(|key, bytes| {
                let session = json_decode::<Session>(bytes, String::new);
                let theirs = session.is_ok_and(|session| session.user == user);
                !theirs || keep.is_some_and(|keep| keep == *key)
            })
            .map_err(redb_error(doing))
    }
}

impl Reader {
    /// The session with this key, if it has not ended.
    ///
    /// # Errors
    /// See [`Reader::applied`].
    pub fn session_get(&self, key: &SessionKey) -> Result<Option<Session>, StoreError> {
        let doing = "reading sessions";
        let table = self.transaction().open_table(SESSION).map_err(redb_error(doing))?;
        let stored = table.get(key.as_slice()).map_err(redb_error(doing))?;
        stored
            .map(|bytes| json_decode(bytes.value(), || "a session".to_owned()))
            .transpose()
    }

    /// All sessions.
    ///
    /// # Errors
    /// See [`Reader::applied`].
    pub fn session_list(&self) -> Result<Vec<(SessionKey, Session)>, StoreError> {
        let doing = "reading sessions";
        let table = self.transaction().open_table(SESSION).map_err(redb_error(doing))?;
        let mut sessions = Vec::new();
        for row in table.iter().map_err(redb_error(doing))? {
            let (key, bytes) = row.map_err(redb_error(doing))?;
            let key = key.value().first_chunk().copied().unwrap_or_default();
            sessions.push((key, json_decode(bytes.value(), || "a session".to_owned())?));
        }
        Ok(sessions)
    }
}
