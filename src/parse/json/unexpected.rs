//! What a character in the wrong place says about the error.

use std::borrow::Cow;

use super::json_diagnosis::{JsonDiagnosis, diagnosis, starts_with_key, word};
use super::walk::{State, Walk};

impl Walk<'_> {
    /// The fault of a character that cannot come next.
    pub fn unexpected(&self, next: char) -> JsonDiagnosis {
        let cause = match next {
            '/' | '#' if self.rest().starts_with("//") || self.rest().starts_with("/*") || next == '#' => {
                "JSON has no comments; take them out".into()
            }
            '“' | '”' | '„' | '‘' | '’' | '«' | '»' => {
                "typographic quotes are not read; write \" instead".into()
            }
            '\u{FEFF}' | '\u{A0}' | '\u{200B}' => "there is an invisible character here; take it out".into(),
            '\'' | '`' if self.state != State::After => {
                "keys and texts stand in double quotes \", not in single ones".into()
            }
            '\0'..='\u{1F}' | '\u{7F}' => format!(
                "there is a control character here (U+{:04X}); take it out",
                u32::from(next)
            )
            .into(),
            _ => match self.state {
                State::FirstKey | State::Key => self.no_key(next),
                State::Colon => self.no_colon(next),
                State::Value | State::FirstItem => self.no_value(next),
                State::After => self.no_comma(next),
            },
        };
        let after_comma = matches!((self.state, next), (State::Key, '}') | (State::Value, ']'));
        let trailing = after_comma && self.text.as_bytes().get(self.last_comma) == Some(&b',');
        diagnosis(if trailing { self.last_comma } else { self.at }, cause)
    }

    fn no_key(&self, next: char) -> Cow<'static, str> {
        let word = word(self.rest());
        match next {
            '}' => "there is a comma too many before }".into(),
            ',' => "there are two commas in a row, or a comma before the first key".into(),
            '{' => "a second { stands where a key must come".into(),
            ':' => "a key is missing before the colon".into(),
            ']' => "the object is closed with ] instead of }".into(),
            _ if word.is_empty() => "a key in double quotes must come here".into(),
            _ => {
                let word: String = word.chars().take(40).collect();
                format!("the key must stand in double quotes: \"{word}\"").into()
            }
        }
    }

    fn no_colon(&self, next: char) -> Cow<'static, str> {
        let key = self.text.get(self.last_text.0..self.last_text.1).unwrap_or_default();
        match next {
            '=' => "between key and value stands = instead of a colon".into(),
            ',' | '}' => "the key has no value; write a colon and a value after it".into(),
            _ if key.trim_end().ends_with(':') => "the closing quote of the key is missing".into(),
            _ => "the colon between key and value is missing".into(),
        }
    }

    fn no_value(&self, next: char) -> Cow<'static, str> {
        let in_list = self.open.last() == Some(&b'[');
        let word = word(self.rest());
        match next {
            ']' if in_list => "there is a comma too many before ]".into(),
            ',' if in_list => "there are two commas in a row, or a comma before the first item".into(),
            ',' | '}' | ']' => "the value is missing; write \"\" or null for an empty one".into(),
            '+' | '.' => "this is no number; write it like -12.5, or as a text in double quotes".into(),
            _ => {
                let plain = word.to_ascii_lowercase();
                match plain.as_str() {
                    "true" | "false" | "null" => format!("write {plain} in small letters").into(),
                    "none" | "undefined" | "nan" | "nil" => "write null for an empty value".into(),
                    "" => "a value must come here".into(),
                    _ => "the opening quote of the text is missing: texts stand in double quotes".into(),
                }
            }
        }
    }

    fn no_comma(&self, next: char) -> Cow<'static, str> {
        let in_object = self.open.last() == Some(&b'{');
        let text = self.text.get(self.last_text.0..self.last_text.1).unwrap_or_default();
        let after_text = self.text.get(..self.at).unwrap_or_default().trim_end().ends_with('"');
        match next {
            '}' | ']' if self.open.is_empty() => format!("there is one {next} too many").into(),
            '}' => "the list is closed with } instead of ]".into(),
            ']' => "the object is closed with ] instead of }".into(),
            ',' => "after the end of the object comes a comma; take it out".into(),
            '{' | '[' if self.open.is_empty() => "a second value follows; send one object in each webhook".into(),
            _ if self.open.is_empty() => "text follows after the end; take it out".into(),
            '"' if in_object && starts_with_key(self.rest()) => "a comma is missing between two pairs".into(),
            '"' if !in_object && !after_text => "a comma is missing between two items".into(),
            _ if in_object && !after_text && starts_with_key(self.rest()) => {
                "a comma is missing between two pairs".into()
            }
            _ if after_text && text.trim_end().ends_with(',') => {
                "the closing quote of the text before the comma is missing".into()
            }
            _ if after_text => {
                "the text ended before this: a comma is missing, or a quote inside the text is not written \\\"".into()
            }
            ':' => "a colon stands where a comma must come".into(),
            _ => "a comma or a closing bracket must come here".into(),
        }
    }
}
