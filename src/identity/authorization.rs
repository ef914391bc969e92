//! The `Authorization` header: a scheme, white space, and content that depends on the scheme.

/// The scheme and the rest, without white space around them. Works on bytes: the content of an
/// unknown scheme may not be text.
#[must_use]
pub fn scheme_and_rest(header: &[u8]) -> (&[u8], &[u8]) {
    let header = header.trim_ascii();
    let end = header.iter().position(u8::is_ascii_whitespace).unwrap_or(header.len());
    let (scheme, rest) = header.split_at_checked(end).unwrap_or((header, &[]));
    (scheme, rest.trim_ascii())
}

/// Whether a header has this scheme, without regard to case.
#[must_use]
pub fn is_scheme(header: &[u8], scheme: &str) -> bool {
    scheme_and_rest(header).0.eq_ignore_ascii_case(scheme.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_and_rests() {
        for (header, scheme, rest) in [
            ("Basic aTpz", "Basic", "aTpz"),
            (" \tBasic \t aTpz \t", "Basic", "aTpz"),
            ("Digest a, b", "Digest", "a, b"),
            ("Bearer", "Bearer", ""),
            ("", "", ""),
            ("  ", "", ""),
        ] {
            let expected = (scheme.as_bytes(), rest.as_bytes());
            assert_eq!(scheme_and_rest(header.as_bytes()), expected, "{header:?}");
        }
        assert!(is_scheme(b"bASIC x", "Basic") && !is_scheme(b"Basicx", "Basic"));
        assert_eq!(scheme_and_rest(b"Bearer \xff").1, b"\xff");
    }
}
