//! What a character in the wrong place says about the error.

use std::borrow::Cow;

use super::json_diagnosis::{JsonDiagnosis, diagnosis, starts_with_key, word};
use super::walk::{State, Walk};

impl Walk<'_> {
    /// The fault of a character that cannot come next.
    pub fn unexpected(&self, next: char) -> JsonDiagnosis {
        let cause = match next {
            '/' | '#' if self.rest().starts_with("//") || self.rest().starts_with("/*") || next == '#' => {
                "JSON does not allow comments; remove them".into()
            }
            '“' | '”' | '„' | '‘' | '’' | '«' | '»' => {
                "typographic quotes are not allowed; use \" instead".into()
            }
            '\u{FEFF}' | '\u{A0}' | '\u{200B}' => "there is an invisible character here; remove it".into(),
            '\'' | '`' if self.state != State::After => {
                "keys and strings must be in double quotes (\"), not in single quotes".into()
            }
            '\0'..='\u{1F}' | '\u{7F}' => format!(
                "there is a control character here (U+{:04X}); remove it",
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
            '}' => "there is an extra comma before }".into(),
            ',' => "there are two commas in a row, or a comma before the first key".into(),
            '{' => "there is a second { where a key is expected".into(),
            ':' => "the key before the colon is missing".into(),
            ']' => "the object is closed with ] instead of }".into(),
            _ if word.is_empty() => "a key in double quotes is expected here".into(),
            _ => {
                let word: String = word.chars().take(40).collect();
                format!("the key must be in double quotes: \"{word}\"").into()
            }
        }
    }

    fn no_colon(&self, next: char) -> Cow<'static, str> {
        let key = self.text.get(self.last_text.0..self.last_text.1).unwrap_or_default();
        match next {
            '=' => "there is = instead of a colon between key and value".into(),
            ',' | '}' => "the key has no value; add a colon and a value after it".into(),
            _ if key.trim_end().ends_with(':') => "the closing quote of the key is missing".into(),
            _ => "the colon between key and value is missing".into(),
        }
    }

    fn no_value(&self, next: char) -> Cow<'static, str> {
        let in_list = self.open.last() == Some(&b'[');
        let word = word(self.rest());
        match next {
            ']' if in_list => "there is an extra comma before ]".into(),
            ',' if in_list => "there are two commas in a row, or a comma before the first item".into(),
            ',' | '}' | ']' => "the value is missing; write \"\" or null for an empty one".into(),
            '+' | '.' => "this is not a valid number; write it like -12.5, or as a string in double quotes".into(),
            _ => {
                let plain = word.to_ascii_lowercase();
                match plain.as_str() {
                    "true" | "false" | "null" => format!("write {plain} in lower case").into(),
                    "none" | "undefined" | "nan" | "nil" => "write null for an empty value".into(),
                    "" => "a value is expected here".into(),
                    _ => "the opening quote is missing: strings must be in double quotes".into(),
                }
            }
        }
    }

    fn no_comma(&self, next: char) -> Cow<'static, str> {
        let in_object = self.open.last() == Some(&b'{');
        let text = self.text.get(self.last_text.0..self.last_text.1).unwrap_or_default();
        let after_text = self.text.get(..self.at).unwrap_or_default().trim_end().ends_with('"');
        match next {
            '}' | ']' if self.open.is_empty() => format!("there is an extra {next}").into(),
            '}' => "the list is closed with } instead of ]".into(),
            ']' => "the object is closed with ] instead of }".into(),
            ',' => "there is a comma after the end of the object; remove it".into(),
            '{' | '[' if self.open.is_empty() => "there is a second value; send one object in each webhook".into(),
            _ if self.open.is_empty() => "there is text after the end of the object; remove it".into(),
            '"' if in_object && starts_with_key(self.rest()) => {
                "the comma between two key-value pairs is missing".into()
            }
            '"' if !in_object && !after_text => "the comma between two items is missing".into(),
            _ if in_object && !after_text && starts_with_key(self.rest()) => {
                "the comma between two key-value pairs is missing".into()
            }
            _ if after_text && text.trim_end().ends_with(',') => {
                "the closing quote of the string before the comma is missing".into()
            }
            _ if after_text => {
                "the string ended before this: a comma is missing, or a quote inside the string is not written as \\\""
                    .into()
            }
            ':' => "there is a colon where a comma is expected".into(),
            _ => "a comma or a closing bracket is expected here".into(),
        }
    }
}
