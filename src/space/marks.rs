//! From which free space on what is done.

const MIB: u64 = 1 << 20;

/// The room that is kept free. Unset values follow from the size of the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SpaceOptions {
    /// Below this, webhooks and other work that needs room are rejected.
    pub min_free: Option<u64>,
    /// Below this, the administrator gets a warning.
    pub warn_free: Option<u64>,
    /// The size of the ballast; 0 for none.
    pub ballast: Option<u64>,
}

/// The marks on a disk of a certain size, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Marks {
    /// Below this, webhooks are rejected …
    pub min_free: u64,
    /// … until there is this much again. Apart, so that it does not go to and fro.
    pub resume: u64,
    /// Below this, the administrator gets a warning …
    pub warn_free: u64,
    /// … until there is this much again.
    pub calm: u64,
    /// What is held back.
    pub ballast: u64,
    /// The room that one transaction of the database may need besides its entries.
    pub floor: u64,
}

impl Marks {
    /// Without a setting: 256 MiB is what may be written between two checks of the disk (two files
    /// of the journal, and twice what the store may be behind it). On a small disk that would be
    /// too much, and reaching its end does no harm either.
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

    /// The room that must be free before the ballast is created: creating it must not lead to
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
