//! What is wrong with broken JSON, in words for the person who set up the sender. Runs only after
//! parsing failed; walks the text once and keeps open brackets on its own stack.

use std::borrow::Cow;

use super::walk::{State, Walk};

/// The first fault of a text that should be JSON.
#[derive(Debug, PartialEq, Eq)]
pub struct JsonDiagnosis {
    /// The position in bytes from the start of the text.
    pub offset: usize,
    /// What is wrong and what likely caused it.
    pub cause: Cow<'static, str>,
    /// Closing brackets are missing, and nothing else is wrong.
    pub only_unclosed: bool,
}

/// Finds the first fault; none if the text is well-formed.
pub fn find(text: &str) -> Option<JsonDiagnosis> {
    let mut walk = Walk::new(text);
    walk.skip_space();
    let start = walk.at;
    let rest = walk.rest();
    if rest.is_empty() {
        return Some(diagnosis(
            start,
            "it is empty; send an object such as {\"EntityName\": \"Contact\"}",
        ));
    }
    if let Some(cause) = another_format(rest) {
        return Some(diagnosis(start, cause));
    }
    if starts_with_key(rest) {
        return Some(without_brace(walk));
    }
    walk.run().err()
}

/// The body is the inside of an object, as in the samples that people paste.
fn without_brace(mut walk: Walk<'_>) -> JsonDiagnosis {
    const START: &str = "the body starts with a key instead of `{`: add { before the first key";
    let start = walk.at;
    walk.open.push(b'{');
    walk.state = State::Key;
    let cause = match walk.run() {
        Ok(()) => Cow::Borrowed(START),
        Err(next) if next.only_unclosed => Cow::Owned(format!("{START} and }} after the last value")),
        Err(next) => {
            let before = walk.text.get(..next.offset).unwrap_or_default();
            let line = memchr::memchr_iter(b'\n', before.as_bytes()).count() + 1;
            let closing = if walk.text.trim_end().ends_with('}') {
                ""
            } else {
                " and } after the last value"
            };
            Cow::Owned(format!("{START}{closing}; then fix line {line}: {}", next.cause))
        }
    };
    diagnosis(start, cause)
}

/// An error that closing brackets alone would not fix.
pub fn diagnosis(offset: usize, cause: impl Into<Cow<'static, str>>) -> JsonDiagnosis {
    JsonDiagnosis {
        offset,
        cause: cause.into(),
        only_unclosed: false,
    }
}

fn another_format(rest: &str) -> Option<&'static str> {
    if rest.starts_with('<') {
        return Some("the body is HTML or XML, but the content type says JSON; send a JSON object");
    }
    if rest.starts_with("--") {
        return Some("the body is a multipart form, but the content type says JSON; send it as multipart/form-data");
    }
    let key = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"_-.+%[]".contains(c))?;
    (key > 0 && !rest.starts_with('[') && rest.get(key..)?.starts_with('=')).then_some(
        "the body is a form (Name=John&…), but the content type says JSON; send it as application/x-www-form-urlencoded",
    )
}

/// Whether a key, quoted or not, and its colon are here.
pub fn starts_with_key(rest: &str) -> bool {
    let key = match rest.strip_prefix('"') {
        Some(quoted) => closing_quote(quoted).map(|at| at + 2),
        None => Some(word(rest).len()).filter(|length| *length > 0),
    };
    let after = key.and_then(|length| rest.get(length..));
    after.is_some_and(|after| after.trim_start().starts_with(':'))
}

/// Where the quote is that ends a text.
fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let closing = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closing
    })
}

/// The letters, digits and underscores at the start; empty if the first is no letter.
pub fn word(text: &str) -> &str {
    let end = text
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    let word = text.get(..end).unwrap_or_default();
    if word.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        word
    } else {
        ""
    }
}
