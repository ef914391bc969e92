//! Multipart forms.

use crate::domain::webhook::FileNote;

/// The body without the contents of its files, and what they were; none if it holds no file.
#[must_use]
pub fn without_files(_content_type: &str, _body: &[u8]) -> Option<(Vec<u8>, Vec<FileNote>)> {
    None
}
