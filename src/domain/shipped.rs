//! What ships with Hookgate: the standard objects, their lookups and the first entities.

use super::definition::Definition;

/// The definition that a new appliance starts with.
#[must_use]
pub fn shipped() -> Definition {
    Definition::default()
}
