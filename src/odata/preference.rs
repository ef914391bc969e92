//! The `Prefer` header: what a program would rather have.

/// What a write responds with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Return {
    Representation,
    Minimal,
}

/// `return=…`; the first counts.
pub(super) fn preferred_return(prefer: Option<&str>) -> Option<Return> {
    preferences(prefer).find_map(|(name, value)| {
        if !name.eq_ignore_ascii_case("return") {
            return None;
        }
        if value.eq_ignore_ascii_case("minimal") {
            Some(Return::Minimal)
        } else {
            value
                .eq_ignore_ascii_case("representation")
                .then_some(Return::Representation)
        }
    })
}

/// `odata.continue-on-error`, also without its prefix; false unless it is there.
pub(super) fn continue_on_error(prefer: Option<&str>) -> bool {
    preferences(prefer)
        .find(|(name, _)| bare(name).eq_ignore_ascii_case("continue-on-error"))
        .is_some_and(|(_, value)| !value.eq_ignore_ascii_case("false"))
}

/// How many rows a program wants on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PageSize {
    pub rows: u32,
    /// The text with which the response confirms it.
    pub text: String,
}

/// `odata.maxpagesize=N`, also without its prefix.
pub(super) fn page_size(prefer: Option<&str>) -> Option<PageSize> {
    preferences(prefer).find_map(|(name, value)| {
        let name = name.to_ascii_lowercase();
        let known = bare(&name).eq_ignore_ascii_case("maxpagesize");
        let rows = value.parse().ok().filter(|rows| *rows > 0 && known)?;
        let text = format!("{name}={rows}");
        Some(PageSize { rows, text })
    })
}

/// A name without the prefix that those of OData may have.
fn bare(name: &str) -> &str {
    match name.split_at_checked("odata.".len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case("odata.") => rest,
        _ => name,
    }
}

fn preferences(prefer: Option<&str>) -> impl Iterator<Item = (&str, &str)> {
    prefer.unwrap_or_default().split([',', ';']).map(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (name.trim(), value.trim().trim_matches('"'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_preferred() {
        for (prefer, expected) in [
            (None, None),
            (Some("respond-async"), None),
            (Some("return=minimal"), Some(Return::Minimal)),
            (
                Some("odata.maxpagesize=5, Return = \"representation\""),
                Some(Return::Representation),
            ),
            (Some("return=minimal, return=representation"), Some(Return::Minimal)),
            (Some("return=x"), None),
        ] {
            assert_eq!(preferred_return(prefer), expected, "{prefer:?}");
        }
    }

    #[test]
    fn going_on_after_an_error_must_be_asked_for() {
        for (prefer, expected) in [
            (None, false),
            (Some("return=minimal"), false),
            (Some("odata.continue-on-error"), true),
            (Some("Continue-On-Error=true"), true),
            (Some("OData.Continue-On-Error"), true),
            (Some("odata.continue-on-error=false"), false),
        ] {
            assert_eq!(continue_on_error(prefer), expected, "{prefer:?}");
        }
    }

    #[test]
    fn the_page_size_is_found_among_other_preferences() {
        for (prefer, rows) in [
            ("odata.maxpagesize=7", Some(7)),
            ("return=minimal, OData.MaxPageSize = \"20\"", Some(20)),
            ("respond-async;maxpagesize=5", Some(5)),
            ("odata.maxpagesize=0", None),
            ("odata.maxpagesize=many", None),
            ("pagesize=7", None),
            ("", None),
        ] {
            assert_eq!(page_size(Some(prefer)).map(|size| size.rows), rows, "{prefer}");
        }
        let size = page_size(Some("Odata.MaxPageSize=7")).unwrap();
        assert_eq!(size.text, "odata.maxpagesize=7");
    }
}
