//! Receives webhooks: finds the source by its key, checks whether it may send now, and decides what
//! is stored.
//!
//! Free of HTTP types: any transport passes an [`Arrival`].

mod mask;
mod sources;
mod webhook;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::{ArcSwap, Guard};
use uuid::Uuid;

use crate::clock;
use crate::domain::source::SourceId;
use crate::domain::webhook::Webhook;
use crate::ledger::{ChangeError, Ledger, Synced};
use crate::parse::Limits;
use crate::secret::Secrets;

pub use sources::KnownSource;
use sources::Sources;
pub use webhook::Arrival;

/// Takes webhooks in for the ledger. One for the whole server.
pub struct Intake {
    ledger: Ledger,
    secrets: Arc<Secrets>,
    sources: ArcSwap<Sources>,
    /// Bytes of large bodies that are read or wait for the journal, and how many may be.
    bodies: AtomicU64,
    bodies_limit: u64,
    body_limits: Limits,
    /// The largest body, where the source says nothing else.
    max_body: u32,
    /// Held while the sources are rebuilt, so that one rebuild never undoes a later one.
    rebuild: Mutex<()>,
}

/// Bodies up to here are not counted one by one.
const SMALL_BODY: u64 = 16 * 1024;

/// Room for one body; dropping it makes room for another.
pub struct Room<'a> {
    intake: &'a Intake,
    bytes: u64,
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        self.intake.bodies.fetch_sub(self.bytes, Ordering::AcqRel);
    }
}

/// A webhook that was appended, on its way to the disk.
pub struct Appended {
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
            bodies: AtomicU64::new(0),
            bodies_limit: u64::MAX,
            body_limits: Limits::default(),
            max_body: 1024 * 1024,
            rebuild: Mutex::new(()),
        }
    }

    /// The same with a bound on the bytes of large bodies under way.
    #[must_use]
    pub const fn with_bodies_limit(mut self, bytes: u64) -> Self {
        self.bodies_limit = bytes;
        self
    }

    /// The same with other bounds on how much of a body is read.
    #[must_use]
    pub const fn with_body_limits(mut self, limits: Limits) -> Self {
        self.body_limits = limits;
        self
    }

    /// The same with another bound on bodies that Hookgate itself hands in, where the source says
    /// nothing else.
    #[must_use]
    pub const fn with_max_body(mut self, bytes: u32) -> Self {
        self.max_body = bytes;
        self
    }

    /// The largest body that a source may send.
    #[must_use]
    pub fn body_most(&self, source: &KnownSource) -> usize {
        let most = source.source.settings.max_body.unwrap_or(self.max_body);
        usize::try_from(most).unwrap_or(usize::MAX)
    }

    /// Room for a body of at most this many bytes, held until it is safe on disk; none if too many
    /// bodies are in progress. Small bodies need none: connections and the queue limit them.
    #[must_use]
    pub fn room(&self, bytes: u64) -> Option<Room<'_>> {
        let bytes = if bytes > SMALL_BODY { bytes } else { 0 };
        let room = Room { intake: self, bytes };
        let before = self.bodies.fetch_add(bytes, Ordering::AcqRel);
        (before.saturating_add(bytes) <= self.bodies_limit).then_some(room)
    }

    /// The enabled source with this key. An unknown key and a revoked one cost the same time and
    /// get the same response.
    #[must_use]
    pub fn source_find(&self, key: &str) -> Option<Arc<KnownSource>> {
        let lookup = self.secrets.source_key_lookup(key);
        self.sources().find(&lookup, clock::now())
    }

    /// The enabled source with this number, for what Hookgate itself hands in.
    #[must_use]
    pub fn source_by_id(&self, id: SourceId) -> Option<Arc<KnownSource>> {
        self.sources().by_id(id)
    }

    /// Appends a received webhook of a source. The caller waits for [`Appended::synced`] before it
    /// acknowledges.
    ///
    /// # Errors
    /// `Busy`, `DiskFull` or `Stopped`, when nothing is accepted now.
    pub fn webhook_append<'a, H>(&self, source: &KnownSource, arrival: Arrival<'a, H>) -> Result<Appended, ChangeError>
    where
        H: Iterator<Item = (&'a str, &'a [u8])>,
    {
        let webhook = self.webhook_build(source, arrival);
        let id = webhook.id;
        let synced = self.ledger.webhook_append(webhook)?;
        Ok(Appended { id, synced })
    }

    /// The webhook that would be appended.
    pub fn webhook_build<'a, H>(&self, source: &KnownSource, arrival: Arrival<'a, H>) -> Webhook
    where
        H: Iterator<Item = (&'a str, &'a [u8])>,
    {
        webhook::build(source, arrival, self.body_limits, clock::new_id(), clock::now())
    }

    /// Whether webhooks are accepted: the ledger accepts changes.
    #[must_use]
    pub fn ready(&self) -> bool {
        self.ledger.healthy()
    }

    /// Whether webhooks are rejected because the disk is nearly full. Very cheap.
    #[must_use]
    pub fn disk_full(&self) -> bool {
        self.ledger.guard().full()
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
