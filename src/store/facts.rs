//! Facts that a snapshot holds about itself.

use uuid::Uuid;

use super::catalog;
use super::error::{StoreError, redb_error};
use super::reader::Reader;
use super::schema::{CATALOG, META, META_APPLIANCE, META_CATALOG, META_RULES};
use crate::domain::catalog::Catalog;

impl Reader {
    /// The id of the appliance that the data belongs to.
    ///
    /// # Errors
    /// If the database fails.
    pub fn appliance(&self) -> Result<Uuid, StoreError> {
        let value = self.fact(META_APPLIANCE)?;
        Uuid::from_slice(&value).map_err(|_| StoreError::Foreign)
    }

    /// The configuration that belongs to the rows of this snapshot.
    ///
    /// # Errors
    /// If the database fails, or a row cannot be read.
    pub fn catalog(&self) -> Result<Catalog, StoreError> {
        let number = |name| {
            let value = self.fact(name)?;
            let number = value.first_chunk().copied().map(u64::from_le_bytes);
            number.ok_or(StoreError::Foreign)
        };
        let table = self.transaction().open_table(CATALOG).map_err(redb_error("reading"))?;
        catalog::read(&table, number(META_CATALOG)?, number(META_RULES)?)
    }

    fn fact(&self, name: &str) -> Result<Vec<u8>, StoreError> {
        let doing = "reading";
        let meta = self.transaction().open_table(META).map_err(redb_error(doing))?;
        let value = meta.get(name).map_err(redb_error(doing))?;
        value.map(|value| value.value().to_vec()).ok_or(StoreError::Foreign)
    }
}
