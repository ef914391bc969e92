//! Revoked tokens that have not expired, and when each client last got a token. Issuing a token
//! stores nothing else.

use uuid::Uuid;

use super::error::{StoreError, redb_error};
use super::fold::Fold;
use super::reader::Reader;
use super::schema::{CLIENT_USED, TOKEN_REVOKED};
use crate::domain::time::Timestamp;

impl Fold<'_, '_> {
    pub fn token_revoke(&mut self, token: Uuid, expires: Timestamp) -> Result<u64, StoreError> {
        let doing = "revoking a token";
        let mut table = self.transaction.open_table(TOKEN_REVOKED).map_err(redb_error(doing))?;
        table
            .insert(token.as_u128(), expires.millis())
            .map_err(redb_error(doing))?;
        Ok(1)
    }

    pub fn tokens_forget(&mut self, at: Timestamp) -> Result<u64, StoreError> {
        let doing = "removing expired entries of revoked tokens";
        let mut table = self.transaction.open_table(TOKEN_REVOKED).map_err(redb_error(doing))?;
        let mut count = 0;
        table
            .retain(|_, expires| {
                let keep = expires >= at.millis();
                count += u64::from(!keep);
                keep
            })
            .map_err(redb_error(doing))?;
        Ok(count)
    }

    pub fn clients_used(&mut self, used: &[(String, Timestamp)]) -> Result<u64, StoreError> {
        let doing = "recording the use of clients";
        let mut table = self.transaction.open_table(CLIENT_USED).map_err(redb_error(doing))?;
        for (client, at) in used {
            // A removed client must not appear again.
            if self.catalog.clients.contains_key(client) {
                table.insert(client.as_bytes(), at.0).map_err(redb_error(doing))?;
            }
        }
        Ok(used.len() as u64)
    }

    pub fn client_forget(&mut self, client: &str) -> Result<(), StoreError> {
        let doing = "removing the use of a client";
        let mut table = self.transaction.open_table(CLIENT_USED).map_err(redb_error(doing))?;
        table.remove(client.as_bytes()).map_err(redb_error(doing))?;
        Ok(())
    }
}

impl Reader {
    /// When a revoked token expires; none if it was not revoked, or has been dropped after it
    /// expired.
    ///
    /// # Errors
    /// See [`Reader::applied`].
    pub fn token_revoked(&self, token: Uuid) -> Result<Option<Timestamp>, StoreError> {
        let doing = "reading revoked tokens";
        let table = self
            .transaction()
            .open_table(TOKEN_REVOKED)
            .map_err(redb_error(doing))?;
        let expires = table.get(token.as_u128()).map_err(redb_error(doing))?;
        Ok(expires.map(|expires| Timestamp(expires.value().saturating_mul(1000))))
    }

    /// The number of revoked tokens that are stored.
    ///
    /// # Errors
    /// See [`Reader::applied`].
    pub fn tokens_revoked_count(&self) -> Result<u64, StoreError> {
        use redb::ReadableTableMetadata as _;
        let doing = "counting revoked tokens";
        let table = self
            .transaction()
            .open_table(TOKEN_REVOKED)
            .map_err(redb_error(doing))?;
        table.len().map_err(redb_error(doing))
    }

    /// When a client last got a token.
    ///
    /// # Errors
    /// See [`Reader::applied`].
    pub fn client_used(&self, client: &str) -> Result<Option<Timestamp>, StoreError> {
        let doing = "reading the use of clients";
        let table = self.transaction().open_table(CLIENT_USED).map_err(redb_error(doing))?;
        let used = table.get(client.as_bytes()).map_err(redb_error(doing))?;
        Ok(used.map(|used| Timestamp(used.value())))
    }
}
