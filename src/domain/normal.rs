//! Normal forms that decide stored state: whether two names are the same.
//!
//! A later binary that replays the journal must decide the same. Therefore each function is
//! numbered and never changes. A better one gets the next number and is used only for changes that
//! say so.

/// The normal form of the names of sources, clients and users: lower case, each character mapped as
/// in Unicode 16. The golden test fails when the standard library adopts a later Unicode version
/// with other mappings; then this function needs its own copy of the old ones.
#[must_use]
pub fn name_key_1(name: &str) -> String {
    name.chars().flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::{Context, SHA256};

    use super::*;
    use crate::golden::golden;

    #[test]
    fn names_are_the_same_without_regard_to_case() {
        for (one, other) in [("Shop", "SHOP"), ("Zoë", "ZOË"), ("Маша", "МАША")] {
            assert_eq!(name_key_1(one), name_key_1(other));
        }
    }

    #[test]
    fn every_character_is_mapped_as_ever() {
        let mut sum = Context::new(&SHA256);
        for character in '\0'..=char::MAX {
            sum.update(name_key_1(&character.to_string()).as_bytes());
            sum.update(&[0]);
        }
        golden(
            "domain/normal.hex",
            &vec![("name_key_1".to_owned(), sum.finish().as_ref().to_vec())],
        );
    }
}
