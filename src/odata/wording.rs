//! Pieces of error messages.

use crate::domain::nearest::nearest;

/// A text as errors show it: in quotes, and only its start.
pub(super) fn quoted(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("'{}…'", text.get(..end).unwrap_or_default()),
        None => format!("'{text}'"),
    }
}

/// How many characters of a text errors show.
const SHOWN: usize = 60;

/// The character, from 1, at which a byte of the text is.
pub(super) fn position(text: &str, at: usize) -> usize {
    text.char_indices().take_while(|(start, _)| *start < at).count() + 1
}

/// `; did you mean 'Name'?`, if something is near enough.
pub(super) fn meant<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> String {
    // No name is longer; and the search costs time.
    if word.len() > 130 {
        return String::new();
    }
    nearest(word, known).map_or_else(String::new, |near| format!("; did you mean '{near}'?"))
}
