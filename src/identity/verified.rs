//! Caches tokens with a valid signature, by the hash of the token: verifying a signature costs more
//! than everything else of a request. Limited in memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::token::Claims;

/// The maximum number of cached tokens.
const MAX_REMEMBERED: usize = 10_000;

const SHARDS: usize = 16;

/// A token with a valid signature. Everything else is checked each time.
#[derive(Debug)]
pub struct Signed {
    /// The id of the key that signed it.
    pub kid: String,
    pub(super) claims: Claims,
}

type Shard = HashMap<[u8; 32], Arc<Signed>>;

/// The cached tokens.
#[derive(Debug, Default)]
pub struct Verified {
    shards: [Mutex<Shard>; SHARDS],
}

impl Verified {
    /// A token whose signature was verified before.
    pub fn get(&self, hash: &[u8; 32]) -> Option<Arc<Signed>> {
        self.shard(hash)?.get(hash).cloned()
    }

    /// Caches a token. If there is no room, expired tokens are removed first, then others.
    pub fn put(&self, hash: [u8; 32], signed: Arc<Signed>, now: i64) {
        let Some(mut shard) = self.shard(&hash) else { return };
        if shard.len() >= MAX_REMEMBERED / SHARDS {
            shard.retain(|_, signed| signed.claims.exp > now);
            if shard.len() >= MAX_REMEMBERED / SHARDS {
                let any: Vec<_> = shard.keys().copied().take(MAX_REMEMBERED / SHARDS / 8).collect();
                for hash in any {
                    shard.remove(&hash);
                }
            }
        }
        shard.insert(hash, signed);
    }

    fn shard(&self, hash: &[u8; 32]) -> Option<MutexGuard<'_, Shard>> {
        let [first, ..] = hash;
        let shard = self.shards.get(usize::from(*first) % SHARDS)?;
        Some(shard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::audience::Audience;
    use super::*;

    fn signed(exp: i64) -> Arc<Signed> {
        Arc::new(Signed {
            kid: "k".to_owned(),
            claims: Claims {
                iss: String::new(),
                exp,
                aud: Audience::One(String::new()),
                sub: String::new(),
                client_id: String::new(),
                iat: 0,
                jti: Uuid::nil(),
                scope: String::new(),
                hookgate_epoch: 1,
            },
        })
    }

    fn hash(number: u32) -> [u8; 32] {
        let mut hash = [0; 32];
        hash[..4].copy_from_slice(&number.to_le_bytes());
        hash
    }

    #[test]
    fn memory_is_bounded() {
        let verified = Verified::default();
        for number in 0..30_000 {
            verified.put(hash(number), signed(100), 0);
            assert!(verified.get(&hash(number)).is_some());
        }
        let count: usize = verified.shards.iter().map(|shard| shard.lock().unwrap().len()).sum();
        assert!((5_000..=MAX_REMEMBERED).contains(&count), "{count}");
    }

    #[test]
    fn what_has_expired_goes_first() {
        let verified = Verified::default();
        let shard = |number: u32| hash(number * 256);
        for number in 0..625 {
            verified.put(shard(number), signed(if number < 600 { 10 } else { 100 }), 0);
        }
        verified.put(shard(1000), signed(100), 50);
        assert!((600..625).all(|number| verified.get(&shard(number)).is_some()));
        assert!((0..600).all(|number| verified.get(&shard(number)).is_none()));
    }
}
