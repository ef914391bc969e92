//! Bytes to fields to typed values.

pub mod multipart;

/// The body formats that are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// `application/json`.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `multipart/form-data`.
    Multipart,
}

/// The format that a content type names, whatever its parameters; none if it is not taken.
#[must_use]
pub fn media(content_type: &str) -> Option<Media> {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    [
        ("application/json", Media::Json),
        ("application/x-www-form-urlencoded", Media::Form),
        ("multipart/form-data", Media::Multipart),
    ]
    .into_iter()
    .find_map(|(name, media)| name.eq_ignore_ascii_case(kind).then_some(media))
}
