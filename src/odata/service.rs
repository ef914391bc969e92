//! What answers requests.

use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;

use super::limits::OdataLimits;
use super::type_cache::{CachedType, TypeCache};
use crate::concurrency_limit::ConcurrencyLimit;
use crate::domain::catalog::Catalog;
use crate::ledger::Ledger;

/// What OData works with.
pub struct Odata {
    pub ledger: Ledger,
    /// What absolute links start with, such as `https://hookgate.example.org`; without a slash
    /// at the end. Known once the server listens.
    pub base_url: OnceLock<String>,
    /// What one request may cost.
    pub limits: OdataLimits,
    /// Limits the requests that scan many rows.
    pub concurrency_limit: Arc<ConcurrencyLimit>,
    type_cache: ArcSwap<TypeCache>,
}

impl Odata {
    /// With the usual limits, and without a base of links.
    #[must_use]
    pub fn new(ledger: Ledger) -> Self {
        Self::with_limits(ledger, OdataLimits::default())
    }

    /// Without a base of links.
    #[must_use]
    pub fn with_limits(ledger: Ledger, limits: OdataLimits) -> Self {
        Self {
            ledger,
            base_url: OnceLock::new(),
            limits,
            concurrency_limit: Arc::new(ConcurrencyLimit::new(limits.concurrent, limits.queue)),
            type_cache: ArcSwap::default(),
        }
    }

    /// The same with other limits of one request.
    #[must_use]
    pub fn limited(&self, limits: OdataLimits) -> Self {
        Self {
            ledger: self.ledger.clone(),
            base_url: self.base_url.clone(),
            limits,
            concurrency_limit: Arc::clone(&self.concurrency_limit),
            type_cache: ArcSwap::new(self.type_cache.load_full()),
        }
    }

    /// Sets what absolute links start with. The first one stays.
    pub fn url_set(&self, base_url: &str) {
        let base_url = base_url.trim_end_matches('/');
        self.base_url.get_or_init(|| base_url.to_owned());
    }

    /// What absolute links start with; nothing, so that they are relative to the server, before
    /// that is known.
    #[must_use]
    pub fn url(&self) -> &str {
        self.base_url.get().map_or("", String::as_str)
    }

    /// The entity type with this name, without regard to case.
    pub(super) fn cached_type(&self, catalog: &Catalog, name: &str) -> Option<Arc<CachedType>> {
        let mut cache = self.type_cache.load_full();
        if !cache.is_of(catalog) {
            cache = Arc::new(TypeCache::of(catalog));
            self.type_cache.store(Arc::clone(&cache));
        }
        cache.named(catalog, name)
    }
}
