//! Tokens.

/// The character, from 1, at which a byte of the text is.
pub(super) fn position(text: &str, at: usize) -> usize {
    text.char_indices().take_while(|(start, _)| *start < at).count() + 1
}
