//! The `Prefer` header.

/// How many rows a client wants on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Preference {
    pub rows: u32,
    /// As the answer says that it was heard.
    pub text: String,
}

/// The page size that a client prefers: `odata.maxpagesize=N` or `maxpagesize=N`.
pub(super) fn page_size(prefer: &str) -> Option<Preference> {
    prefer.split([',', ';']).find_map(|part| {
        let (name, value) = part.split_once('=')?;
        let name = name.trim();
        let known = name.eq_ignore_ascii_case("odata.maxpagesize") || name.eq_ignore_ascii_case("maxpagesize");
        let rows = value.trim().trim_matches('"').parse().ok().filter(|rows| *rows > 0);
        let rows = rows.filter(|_| known)?;
        let text = format!("{}={rows}", name.to_ascii_lowercase());
        Some(Preference { rows, text })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(page_size(prefer).map(|preference| preference.rows), rows, "{prefer}");
        }
        assert_eq!(page_size("Odata.MaxPageSize=7").unwrap().text, "odata.maxpagesize=7");
    }
}
