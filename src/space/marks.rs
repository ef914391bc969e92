//! The limits of free space, in bytes.

const MIB: u64 = 1 << 20;

/// The space that is kept free. Unset values depend on the size of the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SpaceOptions {
    /// Below this, webhooks and other work that needs room are rejected.
    pub min_free: Option<u64>,
    /// Below this, the administrator gets a warning.
    pub warn_free: Option<u64>,
    /// The size of the ballast in bytes; 0 for none.
    pub ballast: Option<u64>,
}

/// The limits for a disk of a given size, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Marks {
    /// Below this, webhooks are rejected …
    pub min_free: u64,
    /// … until there is this much again. The two differ, so that the level does not change back and
    /// forth.
    pub resume: u64,
    /// Below this, the administrator gets a warning …
    pub warn_free: u64,
    /// … until there is this much again.
    pub calm: u64,
    /// The size of the ballast file.
    pub ballast: u64,
    /// The room that one transaction of the database may need in addition to its entries.
    pub floor: u64,
}

impl Marks {
    /// The defaults: 256 MiB can be written between two measurements of the disk (two files of the
    /// journal, and twice the maximum lag of the store). On a small disk that would be too much,
    /// and filling it completely does no harm either.
    pub fn new(options: SpaceOptions, total: u64) -> Self {
        let min_free = options.min_free.unwrap_or_else(|| (256 * MIB).min(total / 20));
        let warn_free = options.warn_free.unwrap_or_else(|| (2048 * MIB).min(total / 10));
        let warn_free = warn_free.max(min_free);
        let ballast = options.ballast.unwrap_or_else(|| (64 * MIB).min(total / 20));
        Self {
            min_free,
            resume: min_free + min_free / 4,
            warn_free,
            calm: warn_free + warn_free / 8,
            ballast,
            floor: (ballast / 4).clamp(MIB, 16 * MIB),
        }
    }

    /// The space that must be free before the ballast is created, so that creating it cannot cause
    /// rejections.
    pub const fn plenty(self) -> u64 {
        self.resume.saturating_add(self.ballast).saturating_add(self.ballast)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_a_large_disk_the_marks_are_fixed_and_on_a_small_one_parts_of_it() {
        let large = Marks::new(SpaceOptions::default(), 1 << 40);
        assert_eq!(
            (large.min_free, large.warn_free, large.ballast, large.floor),
            (256 * MIB, 2048 * MIB, 64 * MIB, 16 * MIB)
        );
        let small = Marks::new(SpaceOptions::default(), 400 * MIB);
        assert_eq!(
            (small.min_free, small.warn_free, small.ballast, small.floor),
            (20 * MIB, 40 * MIB, 20 * MIB, 5 * MIB)
        );
    }

    #[test]
    fn what_is_set_counts_and_the_warning_never_comes_after_the_refusal() {
        let options = SpaceOptions {
            min_free: Some(100 * MIB),
            warn_free: Some(MIB),
            ballast: Some(0),
        };
        let marks = Marks::new(options, 1 << 40);
        assert_eq!((marks.min_free, marks.warn_free), (100 * MIB, 100 * MIB));
        assert!(marks.resume > marks.min_free && marks.calm > marks.warn_free);
        assert_eq!((marks.ballast, marks.floor), (0, MIB));
    }
}
