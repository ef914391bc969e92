//! The token issuer: programs get access tokens with the client credentials grant of OAuth 2.0 (RFC
//! 6749) and send them with requests (RFC 6750). Independent of HTTP.
//!
//! Tokens are JWTs as in RFC 9068 and not stored. Only clients, the key ring, and tokens that were
//! revoked before they expired are stored.

mod assertion;
mod audience;
pub mod authorization;
mod body;
mod client_auth;
mod client_key;
mod error;
mod failure;
mod form;
mod introspect;
mod keys;
mod metadata;
mod replay;
mod request;
mod resource;
mod revoke;
mod ring;
mod rotate;
mod scope;
#[cfg(test)]
mod tests;
mod token;
mod used;
mod verified;
mod verify;

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use arc_swap::{ArcSwap, Guard};

pub use client_key::{ClientKeyError, client_keys_read};
pub use error::{BearerError, ErrorRow, TokenError};
pub use failure::ClientFailure;
pub use keys::KeyError;
pub use request::{ASSERTION_TYPE, Incoming, MAX_BODY};
pub use resource::{INTROSPECTION_PATH, JWKS_PATH, REVOCATION_PATH, Resource, TOKEN_PATH};
pub use revoke::Revocation;
pub use ring::{JWKS_MAX_AGE, RingPlan, RingPolicy, ring_now, ring_step};
pub use rotate::keys_complete;

use crate::domain::catalog::Catalog;
use crate::domain::time::Timestamp;
use crate::ledger::Ledger;
use crate::secret::Secrets;
use crate::throttle::{Policy, Throttle};
use resource::Urls;
use ring::Ring;

/// Wrong secrets of clients. Secrets have 256 random bits, so guessing is not a danger, and a
/// request with the right secret is always accepted. During a wait, wrong secrets get 429 with a
/// time instead of 401, and assertions, which cost verifying a signature, are rejected unread.
const GUESSES: Policy = Policy {
    free_account: 5,
    free_network: 50,
    wait_most: 60,
    forget: 900,
};

/// Issues and verifies tokens. There is one for the whole server.
pub struct Issuer {
    ledger: Ledger,
    secrets: Arc<Secrets>,
    policy: RingPolicy,
    started: Timestamp,
    urls: OnceLock<Urls>,
    ring: ArcSwap<Ring>,
    /// Held while the ring is rebuilt, so that a rebuild never replaces a later one.
    rebuild: Mutex<()>,
    /// Held while the ring is changed, so that two changes never start from the same ring.
    changing: Mutex<()>,
    throttle: Throttle,
    assertions: replay::Used,
    verified: verified::Verified,
    used: used::LastUsed,
    failures: failure::Failures,
    forgotten: Mutex<Timestamp>,
    /// Whether any token was ever revoked. If none was, the store need not be read.
    any_revoked: AtomicBool,
}

impl Issuer {
    /// Creates an issuer for this ledger. It serves requests when it has its URL and its keys: see
    /// [`Issuer::url_set`] and [`Issuer::keys_first`].
    #[must_use]
    pub fn new(ledger: Ledger, secrets: Arc<Secrets>, policy: RingPolicy, started: Timestamp) -> Self {
        let revoked = ledger.store().reader().and_then(|reader| reader.tokens_revoked_count());
        let any_revoked = AtomicBool::new(!revoked.is_ok_and(|count| count == 0));
        let ring = Ring::new(&ledger.catalog(), &secrets, None);
        Self {
            ledger,
            secrets,
            policy,
            started,
            urls: OnceLock::new(),
            ring: ArcSwap::from_pointee(ring),
            rebuild: Mutex::default(),
            changing: Mutex::default(),
            throttle: Throttle::new(GUESSES),
            assertions: replay::Used::default(),
            verified: verified::Verified::default(),
            used: used::LastUsed::default(),
            failures: failure::Failures::default(),
            forgotten: Mutex::new(started),
            any_revoked,
        }
    }

    /// Sets the URL as programs know it: `iss` of tokens. Only the first call has an effect.
    pub fn url_set(&self, issuer: &str) {
        self.urls.get_or_init(|| Urls::new(issuer));
    }

    /// The URL of the issuer; none until it is set.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        self.urls.get().map(|urls| urls.issuer.as_str())
    }

    fn urls(&self) -> Result<&Urls, TokenError> {
        self.urls.get().ok_or(TokenError::NotReady)
    }

    /// The key ring of the current catalog, ready for use.
    fn ring(&self, catalog: &Catalog) -> Guard<Arc<Ring>> {
        let ring = self.ring.load();
        if ring.version >= catalog.version {
            return ring;
        }
        let _alone = self.rebuild.lock().unwrap_or_else(PoisonError::into_inner);
        let catalog = self.ledger.catalog();
        let ring = self.ring.load();
        if ring.version != catalog.version {
            self.ring
                .store(Arc::new(Ring::new(&catalog, &self.secrets, Some(&ring))));
        }
        self.ring.load()
    }
}

/// Whole seconds since 1970, as in JWTs.
const fn unix(moment: Timestamp) -> i64 {
    moment.0.div_euclid(1_000_000)
}
