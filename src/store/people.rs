//! Sessions of people, and the audit log.

use aws_lc_rs::digest::{Context, SHA256};
use redb::ReadableTable;
use uuid::Uuid;

use super::codec::{decode, encode};
use super::error::{StoreError, redb_error};
use super::fold::Fold;
use super::reader::Reader;
use super::schema::{AUDIT, SESSION};
use crate::domain::audit::AuditRow;
use crate::domain::catalog::Refusal;
use crate::domain::person::Session;

/// What finds a session: SHA-256 of what its cookie holds.
pub type SessionKey = [u8; 32];

impl Fold<'_, '_> {
    /// Starts a session of somebody who may log in.
    pub fn session_start(&mut self, key: SessionKey, session: &Session) -> Result<Result<(), Refusal>, StoreError> {
        let doing = "starting a session";
        let person = self.catalog.people.get(&session.person);
        if !person.is_some_and(|person| person.active) {
            return Ok(Err(Refusal::PersonUnknown(session.person.to_string())));
        }
        let mut table = self.transaction.open_table(SESSION).map_err(redb_error(doing))?;
        table
            .insert(key.as_slice(), encode(session).as_slice())
            .map_err(redb_error(doing))?;
        Ok(Ok(()))
    }

    /// Ends sessions; gives how many there were.
    pub fn sessions_end(&mut self, keys: &[SessionKey]) -> Result<u64, StoreError> {
        let doing = "ending sessions";
        let mut table = self.transaction.open_table(SESSION).map_err(redb_error(doing))?;
        let mut count = 0;
        for key in keys {
            count += u64::from(table.remove(key.as_slice()).map_err(redb_error(doing))?.is_some());
        }
        Ok(count)
    }

    /// Ends all sessions of a person but one.
    pub fn sessions_end_of(&mut self, person: Uuid, keep: Option<SessionKey>) -> Result<(), StoreError> {
        let doing = "ending sessions";
        let mut table = self.transaction.open_table(SESSION).map_err(redb_error(doing))?;
        table
            .retain(|key, bytes| {
                let session = decode::<Session>(bytes, String::new);
                let theirs = session.is_ok_and(|session| session.person == person);
                !theirs || keep.is_some_and(|keep| keep == *key)
            })
            .map_err(redb_error(doing))
    }

    /// Adds a row to the audit log, chained to the one before.
    pub fn audit_add(&mut self, seq: u64, mut row: AuditRow) -> Result<(), StoreError> {
        let doing = "writing the audit log";
        let mut table = self.transaction.open_table(AUDIT).map_err(redb_error(doing))?;
        let before = match table.last().map_err(redb_error(doing))? {
            Some((key, bytes)) => decode::<AuditRow>(bytes.value(), || format!("audit row {}", key.value()))?.hash,
            None => [0; 32],
        };
        row.hash = chained(before, seq, &row);
        table.insert(seq, encode(&row).as_slice()).map_err(redb_error(doing))?;
        Ok(())
    }
}

/// The hash of a row: over the hash before, the sequence, and the row with zeros for its hash.
fn chained(before: [u8; 32], seq: u64, row: &AuditRow) -> [u8; 32] {
    let bare = AuditRow {
        hash: [0; 32],
        ..row.clone()
    };
    let mut sum = Context::new(&SHA256);
    sum.update(&before);
    sum.update(&seq.to_be_bytes());
    sum.update(&encode(&bare));
    sum.finish().as_ref().first_chunk().copied().unwrap_or_default()
}

/// What verifying the audit log gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditChain {
    /// How many rows there are.
    pub rows: u64,
    /// The hash of the last one: write it down elsewhere, and nobody can make a new log unseen.
    pub head: [u8; 32],
    /// The sequence of the first row that does not fit the one before.
    pub broken_at: Option<u64>,
}

impl Reader {
    /// A session, if it goes on.
    ///
    /// # Errors
    /// See [`Reader::applied`].
    pub fn session_get(&self, key: &SessionKey) -> Result<Option<Session>, StoreError> {
        let doing = "reading sessions";
        let table = self.transaction().open_table(SESSION).map_err(redb_error(doing))?;
        let stored = table.get(key.as_slice()).map_err(redb_error(doing))?;
        stored
            .map(|bytes| decode(bytes.value(), || "a session".to_owned()))
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
            sessions.push((key, decode(bytes.value(), || "a session".to_owned())?));
        }
        Ok(sessions)
    }

    /// Rows of the audit log, the newest first, below the sequence `before`; `visit` says
    /// whether to go on.
    ///
    /// # Errors
    /// See [`Reader::applied`].
    pub fn audit_walk(
        &self,
        before: Option<u64>,
        mut visit: impl FnMut(u64, AuditRow) -> std::ops::ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let doing = "reading the audit log";
        let table = self.transaction().open_table(AUDIT).map_err(redb_error(doing))?;
        for row in table
            .range(..before.unwrap_or(u64::MAX))
            .map_err(redb_error(doing))?
            .rev()
        {
            let (seq, bytes) = row.map_err(redb_error(doing))?;
            let row = decode(bytes.value(), || format!("audit row {}", seq.value()))?;
            if visit(seq.value(), row).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Follows the chain of the audit log from its first row.
    ///
    /// # Errors
    /// See [`Reader::applied`].
    pub fn audit_verify(&self) -> Result<AuditChain, StoreError> {
        let doing = "verifying the audit log";
        let table = self.transaction().open_table(AUDIT).map_err(redb_error(doing))?;
        let mut chain = AuditChain {
            rows: 0,
            head: [0; 32],
            broken_at: None,
        };
        for row in table.iter().map_err(redb_error(doing))? {
            let (seq, bytes) = row.map_err(redb_error(doing))?;
            let seq = seq.value();
            let row: AuditRow = decode(bytes.value(), || format!("audit row {seq}"))?;
            if chain.broken_at.is_none() && row.hash != chained(chain.head, seq, &row) {
                chain.broken_at = Some(seq);
            }
            chain.rows += 1;
            chain.head = row.hash;
        }
        Ok(chain)
    }
}
