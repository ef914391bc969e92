//! The key ring: which key signs, which keys are published, and when they change.
//!
//! A key is published at least [`RingPolicy::ahead`] before it signs, so that verifiers of tokens
//! have read it by then. It stays published until the last token that it signed must have expired.

use std::sync::Arc;
use std::time::Duration;

use super::keys::Parts;
use crate::domain::catalog::Catalog;
use crate::domain::client::TOKEN_LIFETIMES;
use crate::domain::signing_key::{Algorithm, SigningKey};
use crate::domain::time::Timestamp;
use crate::secret::Secrets;

/// How long verifiers may cache the published keys, in seconds.
pub const JWKS_MAX_AGE: u32 = 300;

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3600 * SECOND;

/// When keys change. All values are in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RingPolicy {
    /// How long a key signs.
    pub period: i64,
    /// The minimum time from publishing a key until it signs.
    pub ahead: i64,
    /// How long a key stays published after it stopped signing.
    pub keep: i64,
}

impl RingPolicy {
    /// A policy with a new key after each `period`.
    #[must_use]
    pub fn every(period: Duration) -> Self {
        Self {
            period: i64::try_from(period.as_micros()).unwrap_or(i64::MAX),
            ahead: 24 * HOUR,
            // The last token, the last cached copy of the keys, and differing clocks.
            keep: i64::from(*TOKEN_LIFETIMES.end()) * SECOND + i64::from(JWKS_MAX_AGE) * SECOND + HOUR,
        }
    }
}

/// A change of the ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RingPlan {
    /// The keys to keep, oldest first.
    pub keep: Vec<SigningKey>,
    /// The keys to create: their algorithm, and the moment from which they sign.
    pub make: Vec<(Algorithm, Timestamp)>,
}

/// The change that is due at a moment; none if there is none.
#[must_use]
pub fn ring_step(keys: &[SigningKey], now: Timestamp, policy: RingPolicy) -> Option<RingPlan> {
    let mut plan = RingPlan {
        keep: keys.iter().filter(|key| published(key, now)).cloned().collect(),
        make: Vec::new(),
    };
    let mut changed = plan.keep.len() != keys.len();
    for algorithm in Algorithm::ALL {
        let newest = active_froms(&plan.keep, algorithm).max();
        match newest {
            None => plan.make.push((algorithm, now)),
            Some(newest) if newest <= now => {
                let next = later(newest, policy.period);
                if now >= later(next, -policy.ahead) {
                    plan.make.push((algorithm, next.max(later(now, policy.ahead))));
                }
            }
            Some(_) => {}
        }
        let signing = active_froms(&plan.keep, algorithm).filter(|from| *from <= now).max();
        let starts: Vec<Timestamp> = active_froms(&plan.keep, algorithm).collect();
        let of_algorithm = plan.keep.iter_mut().filter(|key| key.algorithm == algorithm);
        for key in of_algorithm.filter(|key| key.removed_on.is_none()) {
            let next = starts.iter().filter(|from| **from > key.active_from).min();
            if let Some(next) = next.filter(|next| Some(**next) <= signing) {
                key.removed_on = Some(later(*next, policy.keep));
                changed = true;
            }
        }
    }
    (changed || !plan.make.is_empty()).then_some(plan)
}

/// For emergencies: new keys that sign immediately, and none of the old ones. All earlier tokens
/// become invalid.
#[must_use]
pub fn ring_now(now: Timestamp) -> RingPlan {
    RingPlan {
        keep: Vec::new(),
        make: Algorithm::ALL.into_iter().map(|algorithm| (algorithm, now)).collect(),
    }
}

fn active_froms(keys: &[SigningKey], algorithm: Algorithm) -> impl Iterator<Item = Timestamp> {
    let of_algorithm = keys.iter().filter(move |key| key.algorithm == algorithm);
    of_algorithm.map(|key| key.active_from)
}

const fn later(moment: Timestamp, micros: i64) -> Timestamp {
    Timestamp(moment.0.saturating_add(micros))
}

fn published(key: &SigningKey, now: Timestamp) -> bool {
    key.removed_on.is_none_or(|end| now < end)
}

/// The keys of one version of the catalog, ready for use.
pub struct Ring {
    /// The version of the catalog.
    pub version: u64,
    keys: Vec<RingKey>,
}

struct RingKey {
    active_from: Timestamp,
    removed_on: Option<Timestamp>,
    parts: Arc<Parts>,
}

impl Ring {
    /// The ring of a catalog. Keys that `before` contains are not opened again.
    pub fn new(catalog: &Catalog, secrets: &Secrets, before: Option<&Self>) -> Self {
        let known = |key: &SigningKey| {
            let keys = before.map_or(&[][..], |before| &before.keys);
            let found = keys.iter().find(|known| known.parts.kid == key.kid);
            found.map(|known| Arc::clone(&known.parts))
        };
        let keys = catalog.signing_keys.iter().filter_map(|key| {
            let parts = match known(key) {
                Some(parts) => parts,
                None => match Parts::new(key, secrets) {
                    Ok(parts) => Arc::new(parts),
                    Err(error) => {
                        tracing::error!(kid = key.kid, %error, "a signing key is not used");
                        return None;
                    }
                },
            };
            Some(RingKey {
                active_from: key.active_from,
                removed_on: key.removed_on,
                parts,
            })
        });
        Self {
            version: catalog.version,
            keys: keys.collect(),
        }
    }

    /// The key that signs at a moment: the newest key that may sign already. If there is none,
    /// because the clock was set back, the oldest one.
    pub fn signer(&self, algorithm: Algorithm, now: Timestamp) -> Option<&Parts> {
        let able = || {
            let of_algorithm = self.published(now).filter(move |key| key.parts.algorithm == algorithm);
            of_algorithm.filter(|key| key.parts.signs())
        };
        able()
            .filter(|key| key.active_from <= now)
            .max_by_key(|key| key.active_from)
            .or_else(|| able().min_by_key(|key| key.active_from))
            .map(|key| &*key.parts)
    }

    /// The published key with this id.
    pub fn key(&self, kid: &str, now: Timestamp) -> Option<&Parts> {
        self.published(now)
            .find(|key| key.parts.kid == kid)
            .map(|key| &*key.parts)
    }

    /// The published keys as a JWK set (RFC 7517); none until there is a key of each algorithm.
    pub fn jwks(&self, now: Timestamp) -> Option<String> {
        let complete = Algorithm::ALL
            .into_iter()
            .all(|algorithm| self.published(now).any(|key| key.parts.algorithm == algorithm));
        let keys: Vec<&str> = self.published(now).map(|key| key.parts.jwk.as_str()).collect();
        complete.then(|| format!("{{\"keys\":[{}]}}", keys.join(",")))
    }

    fn published(&self, now: Timestamp) -> impl Iterator<Item = &RingKey> {
        self.keys
            .iter()
            .filter(move |key| key.removed_on.is_none_or(|end| now < end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::defaults;

    const POLICY: RingPolicy = RingPolicy {
        period: 100,
        ahead: 10,
        keep: 5,
    };

    fn key(kid: &str, algorithm: Algorithm, active_from: i64, removed_on: Option<i64>) -> SigningKey {
        SigningKey {
            kid: kid.to_owned(),
            algorithm,
            sealed: Vec::new(),
            jwk: String::new(),
            created_on: Timestamp(0),
            active_from: Timestamp(active_from),
            removed_on: removed_on.map(Timestamp),
        }
    }

    fn es(kid: &str, active_from: i64, removed_on: Option<i64>) -> SigningKey {
        key(kid, Algorithm::ES256, active_from, removed_on)
    }

    /// An RS256 key that never signs.
    fn rs() -> SigningKey {
        key("r", Algorithm::RS256, 100_000, None)
    }

    #[test]
    fn a_table_of_times() {
        // ES256 keys, the moment; keys to keep (id, removed on), keys to create (signing from).
        type Row<'a> = (
            &'a [(&'a str, i64, Option<i64>)],
            i64,
            Option<(&'a [(&'a str, Option<i64>)], &'a [i64])>,
        );
        let rows: &[Row<'_>] = &[
            // The first start.
            (&[], 7, Some((&[], &[7]))),
            // Nothing is due while it signs.
            (&[("a", 0, None)], 0, None),
            (&[("a", 0, None)], 89, None),
            // The next key is created and published before it signs.
            (&[("a", 0, None)], 90, Some((&[("a", None)], &[100]))),
            (&[("a", 0, None)], 95, Some((&[("a", None)], &[105]))),
            // The server was off: the next key still waits until verifiers know it.
            (&[("a", 0, None)], 500, Some((&[("a", None)], &[510]))),
            // The next key is published and waits.
            (&[("a", 0, None), ("b", 100, None)], 99, None),
            // The next key signs: the old one gets an expiry.
            (
                &[("a", 0, None), ("b", 100, None)],
                100,
                Some((&[("a", Some(105)), ("b", None)], &[])),
            ),
            (&[("a", 0, Some(105)), ("b", 100, None)], 104, None),
            // The old key is removed.
            (
                &[("a", 0, Some(105)), ("b", 100, None)],
                105,
                Some((&[("b", None)], &[])),
            ),
            // Several steps were missed and are done at once.
            (
                &[("a", 0, Some(105)), ("b", 100, None), ("c", 200, None)],
                202,
                Some((&[("b", Some(205)), ("c", None)], &[])),
            ),
            // The expiry counts from the moment at which the next key signed, however late the
            // check runs.
            (
                &[("a", 0, None), ("b", 100, None)],
                150,
                Some((&[("a", Some(105)), ("b", None)], &[])),
            ),
            // All keys have expired: a new one signs immediately.
            (&[("a", 0, Some(50))], 60, Some((&[], &[60]))),
        ];
        for (keys, now, expected) in rows {
            let mut ring: Vec<SigningKey> = keys.iter().map(|(kid, from, end)| es(kid, *from, *end)).collect();
            ring.push(rs());
            let plan = ring_step(&ring, Timestamp(*now), POLICY).map(|plan| {
                let keep: Vec<(String, Option<i64>)> = plan
                    .keep
                    .iter()
                    .filter(|key| key.algorithm == Algorithm::ES256)
                    .map(|key| (key.kid.clone(), key.removed_on.map(|end| end.0)))
                    .collect();
                assert!(plan.make.iter().all(|(algorithm, _)| *algorithm == Algorithm::ES256));
                (keep, plan.make.iter().map(|(_, from)| from.0).collect::<Vec<_>>())
            });
            let expected = expected.map(|(keep, make)| {
                let keep = keep.iter().map(|(kid, end)| ((*kid).to_owned(), *end)).collect();
                (keep, make.to_vec())
            });
            assert_eq!(plan, expected, "{keys:?} at {now}");
        }
    }

    #[test]
    fn each_kind_of_key_has_its_own_turn() {
        let plan = ring_step(&[es("a", 0, None)], Timestamp(1), POLICY).unwrap();
        assert_eq!(plan.make, [(Algorithm::RS256, Timestamp(1))]);
        assert_eq!(ring_step(&[], Timestamp(1), POLICY).unwrap().make.len(), 2);
    }

    #[test]
    fn in_an_emergency_nothing_old_stays() {
        let plan = ring_now(Timestamp(3));
        assert!(plan.keep.is_empty());
        assert_eq!(
            plan.make,
            [(Algorithm::ES256, Timestamp(3)), (Algorithm::RS256, Timestamp(3))]
        );
    }

    #[test]
    fn over_years_there_is_always_a_published_key_that_signs() {
        let policy = RingPolicy::every(defaults().tokens.rotation);
        let mut ring: Vec<SigningKey> = Vec::new();
        let mut made = 0;
        for hour in 0..24 * 365 * 3 {
            let now = Timestamp(hour * HOUR);
            let before: Vec<String> = ring.iter().map(|key| key.kid.clone()).collect();
            if let Some(plan) = ring_step(&ring, now, policy) {
                ring = plan.keep;
                for (algorithm, from) in plan.make {
                    made += 1;
                    assert!(before.is_empty() || from.0 - now.0 >= policy.ahead);
                    ring.push(key(&made.to_string(), algorithm, from.0, None));
                }
            }
            for algorithm in Algorithm::ALL {
                let of = || ring.iter().filter(|key| key.algorithm == algorithm);
                assert!(of().any(|key| key.active_from <= now && key.removed_on.is_none()));
                assert!((1..=2).contains(&of().count()), "{hour}");
            }
        }
        assert_eq!(made, 2 * 13);
    }

    #[test]
    fn the_signer_is_the_youngest_whose_time_has_come() {
        let secrets = Secrets::new(&[1; 32]).unwrap();
        let make = |algorithm, from| super::super::keys::key_new(&secrets, algorithm, Timestamp(0), Timestamp(from));
        let mut old = make(Algorithm::ES256, 0).unwrap();
        old.removed_on = Some(Timestamp(20));
        let new = make(Algorithm::ES256, 10).unwrap();
        let (old_kid, new_kid) = (old.kid.clone(), new.kid.clone());
        let mut catalog = Catalog {
            version: 3,
            signing_keys: Arc::new(vec![old, new]),
            ..Catalog::default()
        };
        let ring = Ring::new(&catalog, &secrets, None);
        let signer = |at| {
            ring.signer(Algorithm::ES256, Timestamp(at))
                .map(|parts| parts.kid.clone())
        };
        assert_eq!(signer(-5), Some(old_kid.clone()), "the clock was set back");
        assert_eq!(signer(9), Some(old_kid.clone()));
        assert_eq!(signer(10), Some(new_kid.clone()));
        assert!(ring.key(&old_kid, Timestamp(19)).is_some());
        assert!(ring.key(&old_kid, Timestamp(20)).is_none());
        assert!(ring.signer(Algorithm::RS256, Timestamp(10)).is_none());
        assert!(ring.jwks(Timestamp(0)).is_none(), "a kind of key is missing");

        catalog.version = 4;
        Arc::make_mut(&mut catalog.signing_keys).remove(0);
        let next = Ring::new(&catalog, &secrets, Some(&ring));
        assert!(Arc::ptr_eq(&next.keys[0].parts, &ring.keys[1].parts));
    }
}
