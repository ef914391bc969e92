//! Whether a row is what a filter asks for, and in which order rows come.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::domain::value::Value;

use super::filter::{Filter, Path};

/// Whether a row, of which `value` gives the values, is what the filter asks for.
///
/// `value` answers none for an empty column, and for all that stands behind an empty lookup.
pub fn matches<'r>(filter: &'r Filter, value: &mut impl FnMut(&Path) -> Option<Cow<'r, Value>>) -> bool {
    false
}

/// The order of two values of one property: the empty one first.
#[must_use]
pub fn compare_for_order(one: Option<&Value>, other: Option<&Value>) -> Ordering {
    Ordering::Equal
}
