//! Receives webhooks: finds the source by its key, checks whether the source may send now, and
//! decides what is stored.
//!
//! Independent of HTTP types: any transport passes an [`Arrival`].

mod admit;
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

pub use admit::{Admitted, Head, NotAdmitted};
pub use sources::KnownSource;
use sources::Sources;
pub use webhook::Arrival;

/// Accepts webhooks and appends them to the ledger. There is one for the whole server.
pub struct Intake {
    ledger: Ledger,
    secrets: Arc<Secrets>,
    sources: ArcSwap<Sources>,
    /// The bytes of large bodies that are being read or wait for the journal.
    bodies: AtomicU64,
    limits: IntakeLimits,
    /// Held while the sources are rebuilt, so that a rebuild never replaces a later one.
    rebuild: Mutex<()>,
}

/// How much is read of what senders send.
#[derive(Debug, Clone, Copy)]
pub struct IntakeLimits {
    /// The total bytes of large bodies in progress.
    pub bodies: u64,
    /// How much of one body is parsed.
    pub body: Limits,
    /// The maximum size of a body in bytes, if the source has no setting.
    pub max_body: u32,
}

/// Bodies up to this size are not counted.
const SMALL_BODY: u64 = 16 * 1024;

/// Reserved memory for one body. Dropping it frees the memory.
struct Room<'a> {
    intake: &'a Intake,
    bytes: u64,
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        self.intake.bodies.fetch_sub(self.bytes, Ordering::AcqRel);
    }
}

/// A webhook that was appended but is not synced yet.
pub struct Appended {
    pub id: Uuid,
    /// Resolves to the sequence when the webhook is synced to disk. Only then may it be
    /// acknowledged.
    pub synced: Synced,
}

impl Intake {
    /// Creates an intake that appends to this ledger.
    #[must_use]
    pub fn new(ledger: Ledger, secrets: Arc<Secrets>, limits: IntakeLimits) -> Self {
        let sources = Sources::new(&ledger.catalog(), None);
        Self {
            ledger,
            secrets,
            sources: ArcSwap::from_pointee(sources),
            bodies: AtomicU64::new(0),
            limits,
            rebuild: Mutex::new(()),
        }
    }

    /// Reserves memory for a body of at most this many bytes, until it is safe on disk; none if too
    /// many bodies are in progress. Small bodies need none: connections and the queue limit them.
    fn room(&self, bytes: u64) -> Option<Room<'_>> {
        let bytes = if bytes > SMALL_BODY { bytes } else { 0 };
        let room = Room { intake: self, bytes };
        let before = self.bodies.fetch_add(bytes, Ordering::AcqRel);
        (before.saturating_add(bytes) <= self.limits.bodies).then_some(room)
    }

    /// The enabled source with this key. Unknown and revoked keys take the same time and get the
    /// same response.
    #[must_use]
    pub fn source_find(&self, key: &str) -> Option<Arc<KnownSource>> {
        let lookup = self.secrets.source_key_lookup(key);
        self.sources().find(&lookup, clock::now())
    }

    /// The enabled source with this number, for webhooks that Hookgate itself passes in.
    #[must_use]
    pub fn source_by_id(&self, id: SourceId) -> Option<Arc<KnownSource>> {
        self.sources().by_id(id)
    }

    /// Appends a received webhook of a source. The caller waits for [`Appended::synced`] before
    /// acknowledging it.
    ///
    /// # Errors
    /// `Busy`, `DiskFull` or `Stopped`, if no webhooks are accepted now.
    pub fn webhook_append<'a, H>(&self, source: &KnownSource, arrival: Arrival<'a, H>) -> Result<Appended, ChangeError>
    where
        H: Iterator<Item = (&'a str, &'a [u8])>,
    {
        let webhook = self.webhook_build(source, arrival);
        let id = webhook.id;
        let synced = self.ledger.webhook_append(webhook)?;
        Ok(Appended { id, synced })
    }

    /// Builds the webhook that would be appended.
    pub fn webhook_build<'a, H>(&self, source: &KnownSource, arrival: Arrival<'a, H>) -> Webhook
    where
        H: Iterator<Item = (&'a str, &'a [u8])>,
    {
        webhook::build(source, arrival, self.limits.body, clock::new_id(), clock::now())
    }

    /// Whether webhooks are accepted, that is, whether the ledger accepts changes.
    #[must_use]
    pub fn ready(&self) -> bool {
        self.ledger.healthy()
    }

    /// The sources of the current catalog.
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
