//! Numbers that only grow.

use std::sync::atomic::{AtomicU64, Ordering};

/// What a value is counted as that is not in the list.
pub const OTHER: &str = "other";

/// One number.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// None counted yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Counts one.
    pub fn one(&self) {
        self.add(1);
    }

    /// Adds to the count.
    pub fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    /// How many were counted.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// One number for each value of a label, all known beforehand.
#[derive(Debug)]
pub struct Labelled<const N: usize> {
    values: [&'static str; N],
    counts: [Counter; N],
    other: Counter,
}

impl<const N: usize> Labelled<N> {
    /// None counted yet, for these values.
    #[must_use]
    pub const fn new(values: [&'static str; N]) -> Self {
        Self {
            values,
            counts: [const { Counter::new() }; N],
            other: Counter::new(),
        }
    }

    /// Counts one for a value.
    pub fn one(&self, value: &str) {
        self.add(value, 1);
    }

    /// Adds to the count of a value; a value that is not in the list becomes [`OTHER`].
    pub fn add(&self, value: &str, count: u64) {
        let known = self.values.iter().zip(&self.counts).find(|(name, _)| **name == value);
        known.map_or(&self.other, |(_, counter)| counter).add(count);
    }

    /// All values with their numbers. [`OTHER`] is among them once something was counted so.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        let known = self.values.iter().zip(&self.counts);
        let known = known.map(|(name, counter)| (*name, counter.get()));
        let other = Some((OTHER, self.other.get())).filter(|(_, count)| *count > 0);
        known.chain(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_has_its_own_number() {
        let counted = Labelled::new(["a", "b"]);
        counted.one("b");
        counted.add("b", 2);
        assert_eq!(counted.all().collect::<Vec<_>>(), [("a", 0), ("b", 3)]);
        counted.one("whk_from_outside");
        assert_eq!(counted.all().last(), Some((OTHER, 1)));
    }
}
