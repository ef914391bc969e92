//! Validation of texts that administrators enter.

use super::ManageError;

/// A text for people on one line, without blanks around it; may be empty.
pub(super) fn line(what: &'static str, text: &str, longest: usize) -> Result<String, ManageError> {
    let text = text.trim();
    let problem = if text.chars().count() > longest {
        format!("must have at most {longest} characters")
    } else if text.chars().any(char::is_control) {
        "must be one line without control characters".to_owned()
    } else {
        return Ok(text.to_owned());
    };
    Err(ManageError::Invalid { what, problem })
}

/// Same as [`line`], but not empty; `hint` says what to write.
pub(super) fn name(what: &'static str, text: &str, longest: usize, hint: &str) -> Result<String, ManageError> {
    let text = line(what, text, longest)?;
    if text.is_empty() {
        let problem = format!("must not be empty; {hint}");
        return Err(ManageError::Invalid { what, problem });
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_trimmed_and_bounded() {
        assert_eq!(line("name", "  a b ", 3).unwrap(), "a b");
        assert_eq!(line("name", " ", 3).unwrap(), "");
        for wrong in ["abcd", "a\nb", "a\u{7}"] {
            assert!(line("name", wrong, 3).is_err(), "{wrong:?}");
        }
        let empty = name("name", "\t", 3, "write one").unwrap_err();
        assert_eq!(empty.to_string(), "name: must not be empty; write one");
    }
}
