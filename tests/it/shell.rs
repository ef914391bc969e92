//! Command lines of Hookgate within text: found, split as a shell does it, and parsed.

use hookgate::cli::command;

/// What pages write where a reader puts something of their own.
const PLACEHOLDERS: &[(&str, &str)] = &[("ID", "019aaf2c-5d1e-7c3a-9b1f-0a8b6d3c2e11")];

/// Every command line of Hookgate in a page: whole lines, and what stands between backticks.
pub fn commands(page: &str) -> Vec<String> {
    let spans = page.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    let mut found = Vec::new();
    for text in page.lines().chain(spans) {
        let text = text.trim();
        let text = text.strip_prefix("sudo ").unwrap_or(text);
        let text = text.strip_prefix("-u hookgate ").unwrap_or(text);
        let text = text.strip_prefix("target/release/").unwrap_or(text);
        let text = text
            .strip_prefix("cargo run --release -- ")
            .map_or(text.to_owned(), |rest| format!("hookgate {rest}"));
        // A pipe can have one on each side.
        for part in text.split(" | ") {
            if part.starts_with("hookgate ") {
                found.push(part.to_owned());
            }
        }
    }
    found
}

/// Whether the program would take it.
pub fn parsed(line: &str) -> Result<(), String> {
    let words = words(line).into_iter().map(|word| {
        let known = PLACEHOLDERS.iter().find(|(name, _)| *name == word);
        known.map_or(word, |(_, value)| (*value).to_owned())
    });
    match command().try_get_matches_from(words) {
        Ok(_) => Ok(()),
        // Help and version come as errors.
        Err(error) if !error.use_stderr() => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

/// Splits at spaces outside of quotes; ends at a comment, a redirection or the background.
fn words(line: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for letter in line.chars().chain([' ']) {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            (None, '#' | '>' | '&') if word.is_none() => break,
            _ => word.get_or_insert_default().push(letter),
        }
    }
    assert_eq!(quote, None, "a quote is open: {line}");
    words
}

#[test]
fn words_are_split_as_a_shell_does_it() {
    let line = r#"hookgate source add "Website form" --x '{"a": 1}' > file   # why"#;
    assert_eq!(
        words(line),
        ["hookgate", "source", "add", "Website form", "--x", r#"{"a": 1}"#]
    );
}
