//! The `Prefer` header, as far as writing and `$batch` look at it.

/// What a write answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Return {
    /// The record.
    Representation,
    /// Nothing but headers.
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
        .find(|(name, _)| {
            let name = name.strip_prefix("odata.").unwrap_or(name);
            name.eq_ignore_ascii_case("continue-on-error")
        })
        .is_some_and(|(_, value)| !value.eq_ignore_ascii_case("false"))
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
            (Some("odata.continue-on-error=false"), false),
        ] {
            assert_eq!(continue_on_error(prefer), expected, "{prefer:?}");
        }
    }
}
