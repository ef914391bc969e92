//! Taking webhooks in: whose key it is, whether its source may send now, and what is kept.
//!
//! Free of HTTP types: whatever brings a webhook hands over an [`Arrival`].

mod mask;
mod sources;
mod webhook;

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::{ArcSwap, Guard};
use uuid::Uuid;

use crate::clock;
use crate::ledger::{ChangeError, Ledger, Synced};
use crate::secret::Secrets;

pub use sources::KnownSource;
use sources::Sources;
pub use webhook::Arrival;

/// Takes webhooks in for the ledger. One for the whole server.
pub struct Intake {
    ledger: Ledger,
    secrets: Arc<Secrets>,
    sources: ArcSwap<Sources>,
    /// Held while the sources are rebuilt, so that one rebuild never undoes a later one.
    rebuild: Mutex<()>,
}

/// A webhook that was appended, on its way to the disk.
pub struct Appended {
    /// Its public id.
    pub id: Uuid,
    /// Resolves to its sequence once it is synced to disk: only then may it be acknowledged.
    pub synced: Synced,
}

impl Intake {
    /// An intake that appends to this ledger.
    #[must_use]
    pub fn new(ledger: Ledger, secrets: Arc<Secrets>) -> Self {
        let sources = Sources::new(&ledger.catalog(), None);
        Self {
            ledger,
            secrets,
            sources: ArcSwap::from_pointee(sources),
            rebuild: Mutex::new(()),
        }
    }

    /// The enabled source with this key. A key that is unknown and one that is not taken any
    /// more cost the same time and give the same answer.
    #[must_use]
    pub fn source_find(&self, key: &str) -> Option<Arc<KnownSource>> {
        let lookup = self.secrets.source_key_lookup(key);
        self.sources().find(&lookup, clock::now())
    }

    /// Appends what arrived for a source. The caller waits for [`Appended::synced`] before it
    /// acknowledges.
    ///
    /// # Errors
    /// `Busy` or `Stopped`, when nothing more is taken now.
    pub fn webhook_append<'a, H>(&self, source: &KnownSource, arrival: Arrival<'a, H>) -> Result<Appended, ChangeError>
    where
        H: Iterator<Item = (&'a str, &'a [u8])>,
    {
        let webhook = webhook::build(source, arrival, clock::new_id(), clock::now());
        let id = webhook.id;
        let synced = self.ledger.webhook_append(webhook)?;
        Ok(Appended { id, synced })
    }

    /// Whether webhooks are taken: the ledger accepts changes.
    #[must_use]
    pub fn ready(&self) -> bool {
        self.ledger.healthy()
    }

    /// The sources as the catalog has them now.
    fn sources(&self) -> Guard<Arc<Sources>> {
        let sources = self.sources.load();
        if sources.version == self.ledger.catalog_version() {
            return sources;
        }
        let _alone = self.rebuild.lock().unwrap_or_else(PoisonError::into_inner);
        let catalog = self.ledger.catalog();
        let sources = self.sources.load();
        if sources.version != catalog.version {
            self.sources.store(Arc::new(Sources::new(&catalog, Some(&sources))));
        }
        self.sources.load()
    }
}
