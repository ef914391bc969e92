//! Finds sources by key, and limits how much each may send.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::Clock as _;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use crate::domain::catalog::Catalog;
use crate::domain::source::{Source, SourceId, SourceKey};
use crate::domain::time::Timestamp;

/// All valid keys for one version of the catalog.
pub struct Sources {
    /// The version of the catalog that the sources come from.
    pub version: u64,
    by_lookup: HashMap<[u8; 32], Arc<KnownSource>>,
    limits: HashMap<SourceId, Arc<RateLimit>>,
}

/// An enabled source, found by one of its keys.
#[derive(Debug)]
pub struct KnownSource {
    pub source: Arc<Source>,
    /// The first characters of the key that was used.
    pub key_hint: String,
    /// Whether a webhook needs an access token in addition to the key.
    pub token_required: bool,
    /// The moment at which the key expires; none means never.
    until: Option<Timestamp>,
    limit: Option<Arc<RateLimit>>,
}

/// The rate limit of a source. It continues over changes of the catalog while its setting is the
/// same.
#[derive(Debug)]
struct RateLimit {
    per_minute: NonZeroU32,
    limiter: DefaultDirectRateLimiter,
}

impl Sources {
    /// The sources of a catalog. Disabled sources are left out, so that their keys are treated like
    /// unknown keys. Rate limits with an unchanged setting continue from `before`.
    pub fn new(catalog: &Catalog, before: Option<&Self>) -> Self {
        let mut sources = Self {
            version: catalog.version,
            by_lookup: HashMap::new(),
            limits: HashMap::new(),
        };
        for source in catalog.sources.values().filter(|source| source.enabled) {
            let old = before.and_then(|before| before.limits.get(&source.id));
            let limit = limit_of(source, old);
            if let Some(limit) = &limit {
                sources.limits.insert(source.id, Arc::clone(limit));
            }
            let mut insert = |key: &SourceKey, until, limit| {
                let known = KnownSource {
                    source: Arc::clone(source),
                    key_hint: key.hint.clone(),
                    token_required: source.settings.requires_token,
                    until,
                    limit,
                };
                sources.by_lookup.insert(key.lookup, Arc::new(known));
            };
            if let Some((key, until)) = &source.previous_key {
                insert(key, Some(*until), limit.clone());
            }
            insert(&source.key, None, limit);
        }
        sources
    }

    /// The source for which this key is valid now.
    pub fn find(&self, lookup: &[u8; 32], now: Timestamp) -> Option<Arc<KnownSource>> {
        self.by_lookup
            .get(lookup)
            .filter(|known| known.until.is_none_or(|until| now < until))
            .cloned()
    }
}

impl Sources {
    /// The source with this number, with its current key.
    pub fn by_id(&self, id: SourceId) -> Option<Arc<KnownSource>> {
        let mut all = self.by_lookup.values();
        all.find(|known| known.source.id == id && known.until.is_none())
            .cloned()
    }
}

impl KnownSource {
    /// Counts one webhook against the source's rate limit.
    ///
    /// # Errors
    /// If the limit is reached: the time until the source may send again.
    pub(super) fn rate_check(&self) -> Result<(), Duration> {
        let Some(limit) = &self.limit else {
            return Ok(());
        };
        limit
            .limiter
            .check()
            .map_err(|until| until.wait_time_from(limit.limiter.clock().now()))
    }
}

fn limit_of(source: &Source, old: Option<&Arc<RateLimit>>) -> Option<Arc<RateLimit>> {
    // A limit of 0 would mean a disabled source. A rate limiter cannot express it, so the nearest
    // value is 1.
    let per_minute = NonZeroU32::new(source.settings.rate_per_minute?).unwrap_or(NonZeroU32::MIN);
    if let Some(old) = old.filter(|old| old.per_minute == per_minute) {
        return Some(Arc::clone(old));
    }
    let limiter = RateLimiter::direct(Quota::per_minute(per_minute));
    Some(Arc::new(RateLimit { per_minute, limiter }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::source::SourceSettings;

    fn key(number: u8) -> SourceKey {
        SourceKey {
            lookup: [number; 32],
            sealed: Vec::new(),
            hint: format!("whk_{number}"),
        }
    }

    fn source(id: SourceId, rate_per_minute: Option<u32>) -> Source {
        Source {
            id,
            name: format!("source {id}"),
            enabled: true,
            created_on: Timestamp(0),
            settings: SourceSettings {
                rate_per_minute,
                ..SourceSettings::default()
            },
            key: key(u8::try_from(id).unwrap()),
            previous_key: None,
        }
    }

    fn catalog(version: u64, sources: impl IntoIterator<Item = Source>) -> Catalog {
        Catalog {
            version,
            sources: Arc::new(
                sources
                    .into_iter()
                    .map(|source| (source.id, Arc::new(source)))
                    .collect(),
            ),
            ..Catalog::default()
        }
    }

    #[test]
    fn a_source_is_found_by_its_key_only() {
        let sources = Sources::new(&catalog(1, [source(1, None), source(2, None)]), None);
        let found = sources.find(&[2; 32], Timestamp(0)).unwrap();
        assert_eq!(found.source.id, 2);
        assert_eq!(found.key_hint, "whk_2");
        assert!(sources.find(&[3; 32], Timestamp(0)).is_none());
    }

    #[test]
    fn a_disabled_source_is_not_found() {
        let mut off = source(1, None);
        off.enabled = false;
        let sources = Sources::new(&catalog(1, [off]), None);
        assert!(sources.find(&[1; 32], Timestamp(0)).is_none());
    }

    #[test]
    fn the_previous_key_is_taken_until_its_time() {
        let mut rotated = source(1, None);
        rotated.previous_key = Some((key(9), Timestamp(100)));
        let sources = Sources::new(&catalog(1, [rotated]), None);
        let by_old = sources.find(&[9; 32], Timestamp(99)).unwrap();
        assert_eq!(by_old.key_hint, "whk_9");
        assert!(sources.find(&[9; 32], Timestamp(100)).is_none());
        assert!(sources.find(&[1; 32], Timestamp(100)).is_some());
    }

    #[test]
    fn a_rate_limit_refuses_with_a_time_to_wait() {
        let sources = Sources::new(&catalog(1, [source(1, Some(2))]), None);
        let known = sources.find(&[1; 32], Timestamp(0)).unwrap();
        assert!(known.rate_check().is_ok());
        assert!(known.rate_check().is_ok());
        let wait = known.rate_check().unwrap_err();
        assert!(wait > Duration::ZERO && wait <= Duration::from_secs(30), "{wait:?}");
    }

    #[test]
    fn a_rate_limit_goes_on_over_a_change_of_something_else() {
        let first = Sources::new(&catalog(1, [source(1, Some(1))]), None);
        first.find(&[1; 32], Timestamp(0)).unwrap().rate_check().unwrap();

        let same = Sources::new(&catalog(2, [source(1, Some(1)), source(2, None)]), Some(&first));
        assert!(same.find(&[1; 32], Timestamp(0)).unwrap().rate_check().is_err());

        let other = Sources::new(&catalog(3, [source(1, Some(5))]), Some(&same));
        assert!(other.find(&[1; 32], Timestamp(0)).unwrap().rate_check().is_ok());
    }

    #[test]
    fn both_keys_of_a_source_share_its_budget() {
        let mut rotated = source(1, Some(1));
        rotated.previous_key = Some((key(9), Timestamp(100)));
        let sources = Sources::new(&catalog(1, [rotated]), None);
        assert!(sources.find(&[9; 32], Timestamp(0)).unwrap().rate_check().is_ok());
        assert!(sources.find(&[1; 32], Timestamp(0)).unwrap().rate_check().is_err());
    }
}
