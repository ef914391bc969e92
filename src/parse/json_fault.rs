//! What is wrong with broken JSON, in words for the person who set up the sender. Runs only
//! after reading failed; walks the text once and keeps open brackets on a stack of its own.

use std::borrow::Cow;

/// The first fault of a text that should be JSON.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where, in bytes.
    pub offset: usize,
    /// What is wrong and what likely caused it.
    pub cause: Cow<'static, str>,
    /// All that is missing are closing brackets.
    only_unclosed: bool,
}

/// Finds the first fault; none if the text is well-formed.
pub fn find(text: &str) -> Option<Fault> {
    let mut walk = Walk::new(text);
    walk.skip_space();
    let start = walk.at;
    let rest = walk.rest();
    if rest.is_empty() {
        return Some(fault(start, "it is empty; send an object such as {\"EntityName\": \"Contact\"}"));
    }
    if let Some(cause) = another_format(rest) {
        return Some(fault(start, cause));
    }
    if starts_with_key(rest) {
        return Some(without_brace(walk));
    }
    walk.run().err()
}

/// The body is the inside of an object, as in the samples that people paste.
fn without_brace(mut walk: Walk<'_>) -> Fault {
    const START: &str = "the body starts with a key instead of `{`: put { before the first key";
    let start = walk.at;
    walk.open.push(b'{');
    walk.state = State::Key;
    let cause = match walk.run() {
        Ok(()) => Cow::Borrowed(START),
        Err(next) if next.only_unclosed => Cow::Owned(format!("{START} and }} after the last value")),
        Err(next) => {
            let before = walk.text.get(..next.offset).unwrap_or_default();
            let line = memchr::memchr_iter(b'\n', before.as_bytes()).count() + 1;
            let closing = if walk.text.trim_end().ends_with('}') { "" } else { " and } after the last value" };
            Cow::Owned(format!("{START}{closing}; then mend line {line}: {}", next.cause))
        }
    };
    fault(start, cause)
}

fn fault(offset: usize, cause: impl Into<Cow<'static, str>>) -> Fault {
    Fault {
        offset,
        cause: cause.into(),
        only_unclosed: false,
    }
}

fn another_format(rest: &str) -> Option<&'static str> {
    if rest.starts_with('<') {
        return Some("it is HTML or XML, but the content type says JSON; send a JSON object");
    }
    if rest.starts_with("--") {
        return Some("it is a multipart form, but the content type says JSON; send it as multipart/form-data");
    }
    let key = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"_-.+%[]".contains(c))?;
    (key > 0 && !rest.starts_with('[') && rest.get(key..)?.starts_with('=')).then_some(
        "it is a form (Name=John&…), but the content type says JSON; send it as application/x-www-form-urlencoded",
    )
}

fn starts_with_key(rest: &str) -> bool {
    let after = if let Some(quoted) = rest.strip_prefix('"') {
        quoted.split_once('"').map(|(_, after)| after)
    } else {
        let word = word(rest);
        (!word.is_empty()).then(|| rest.get(word.len()..).unwrap_or_default())
    };
    after.is_some_and(|after| after.trim_start().starts_with(':'))
}

/// The letters, digits and underscores at the start; empty if the first is no letter.
fn word(text: &str) -> &str {
    let end = text
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    let word = text.get(..end).unwrap_or_default();
    if word.starts_with(|c: char| c.is_alphabetic() || c == '_') { word } else { "" }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// A value must come.
    Value,
    /// Right after `[`.
    FirstItem,
    /// Right after `{`.
    FirstKey,
    /// After the comma of an object.
    Key,
    /// After a key.
    Colon,
    /// After a value.
    After,
}

struct Walk<'a> {
    text: &'a str,
    at: usize,
    state: State,
    /// Brackets that are open.
    open: Vec<u8>,
    /// Where the last text, key or not, stands without its quotes.
    last_text: (usize, usize),
    /// Where the last comma stands.
    last_comma: usize,
}

impl<'a> Walk<'a> {
    const fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            state: State::Value,
            open: Vec::new(),
            last_text: (0, 0),
            last_comma: 0,
        }
    }

    fn run(&mut self) -> Result<(), Fault> {
        loop {
            self.skip_space();
            let Some(next) = self.rest().chars().next() else {
                return self.end();
            };
            match (self.state, next) {
                (State::Value | State::FirstItem, '{') => self.opened(b'{', State::FirstKey),
                (State::Value | State::FirstItem, '[') => self.opened(b'[', State::FirstItem),
                (State::Value | State::FirstItem, '"') => self.string(State::After)?,
                (State::Value | State::FirstItem, '-' | '0'..='9') => self.number()?,
                (State::FirstKey | State::Key, '"') => self.string(State::Colon)?,
                (State::Colon, ':') => {
                    self.at += 1;
                    self.state = State::Value;
                }
                (State::FirstKey, '}') | (State::FirstItem, ']') => self.closed(),
                (State::After, '}') if self.open.last() == Some(&b'{') => self.closed(),
                (State::After, ']') if self.open.last() == Some(&b'[') => self.closed(),
                (State::After, ',') if !self.open.is_empty() => {
                    self.last_comma = self.at;
                    self.at += 1;
                    let in_object = self.open.last() == Some(&b'{');
                    self.state = if in_object { State::Key } else { State::Value };
                }
                (State::Value | State::FirstItem, _) if self.literal() => {}
                (_, next) => return Err(self.unexpected(next)),
            }
        }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
    }

    fn opened(&mut self, bracket: u8, next: State) {
        self.open.push(bracket);
        self.at += 1;
        self.state = next;
    }

    fn closed(&mut self) {
        self.open.pop();
        self.at += 1;
        self.state = State::After;
    }

    /// Steps over `true`, `false` or `null`.
    fn literal(&mut self) -> bool {
        let word = word(self.rest());
        let known = matches!(word, "true" | "false" | "null");
        if known {
            self.at += word.len();
            self.state = State::After;
        }
        known
    }

    fn number(&mut self) -> Result<(), Fault> {
        let rest = self.rest();
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c))
            .unwrap_or(rest.len());
        let token = rest.get(..end).unwrap_or_default();
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let unsigned = token.strip_prefix('-').unwrap_or(token);
        let (mantissa, exponent) = unsigned
            .split_once(['e', 'E'])
            .map_or((unsigned, None), |(mantissa, exponent)| (mantissa, Some(exponent)));
        let (whole, fraction) = mantissa
            .split_once('.')
            .map_or((mantissa, None), |(whole, fraction)| (whole, Some(fraction)));
        let cause = if !unsigned.is_empty() && digits(whole) && whole.len() > 1 && whole.starts_with('0') {
            "a number cannot start with 0; write phone numbers and codes as texts in double quotes"
        } else if !digits(whole)
            || !fraction.is_none_or(digits)
            || !exponent.is_none_or(|e| digits(e.strip_prefix(['+', '-']).unwrap_or(e)))
        {
            "this is no number; write it like -12.5, or as a text in double quotes"
        } else {
            self.at += end;
            self.state = State::After;
            return Ok(());
        };
        Err(fault(self.at, cause))
    }

    fn string(&mut self, next: State) -> Result<(), Fault> {
        let opening = self.at;
        let bytes = self.text.as_bytes();
        let mut at = opening + 1;
        loop {
            match bytes.get(at) {
                None => return Err(fault(
                    opening,
                    "the body ends in the middle of the text that starts here: it was cut off, or a closing quote is missing",
                )),
                Some(b'"') => break,
                Some(b'\\') => at += self.escape(at)?,
                Some(&control @ 0..=0x1F) => return Err(self.control(opening, at, control)),
                Some(_) => at += 1,
            }
        }
        self.last_text = (opening + 1, at);
        self.at = at + 1;
        self.state = next;
        Ok(())
    }

    /// The length of the escape at `at`.
    fn escape(&self, at: usize) -> Result<usize, Fault> {
        let bytes = self.text.as_bytes();
        match bytes.get(at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(2),
            Some(b'u') => match bytes.get(at + 2..at + 6) {
                Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => Ok(6),
                _ => Err(fault(at, "after \\u come four hexadecimal digits; write a plain backslash as \\\\")),
            },
            _ => Err(fault(at, "a backslash inside a text is written \\\\")),
        }
    }

    fn control(&self, opening: usize, at: usize, control: u8) -> Fault {
        let break_inside = matches!(control, b'\n' | b'\r');
        let next_line = self.text.get(at..).unwrap_or_default().trim_start();
        if break_inside && next_line.starts_with(['"', '}', ']']) {
            return fault(opening, "the closing quote of the text that starts here is missing");
        }
        let cause = match control {
            b'\n' | b'\r' => "there is a line break inside a text; write it as \\n".into(),
            b'\t' => "there is a tab inside a text; write it as \\t".into(),
            _ => format!("there is a control character inside a text; write it as \\u{control:04x}").into(),
        };
        Fault { offset: at, cause, only_unclosed: false }
    }

    /// The text ended: that is right only after one whole value.
    fn end(&self) -> Result<(), Fault> {
        if self.state != State::After {
            return Err(fault(self.at, "the body ends here in the middle: it was cut off"));
        }
        let cause: Cow<'static, str> = match self.open.as_slice() {
            [] => return Ok(()),
            [b'{'] => "the } at the end is missing".into(),
            open if open.len() <= 10 => {
                let closing: String = open.iter().rev().map(|b| if *b == b'{' { '}' } else { ']' }).collect();
                format!("{closing} are missing at the end").into()
            }
            open => format!("{} closing brackets are missing at the end", open.len()).into(),
        };
        Err(Fault { offset: self.at, cause, only_unclosed: true })
    }

    fn unexpected(&self, next: char) -> Fault {
        let cause = match next {
            '/' | '#' if self.rest().starts_with("//") || self.rest().starts_with("/*") || next == '#' => {
                "JSON has no comments; take them out".into()
            }
            '“' | '”' | '„' | '‘' | '’' | '«' | '»' => "typographic quotes are not read; write \" instead".into(),
            '\u{FEFF}' | '\u{A0}' | '\u{200B}' => "there is an invisible character here; take it out".into(),
            '\'' | '`' if self.state != State::After => "keys and texts stand in double quotes \", not in single ones".into(),
            '\0'..='\u{1F}' | '\u{7F}' => format!("there is a control character here (U+{:04X}); take it out", u32::from(next)).into(),
            _ => match self.state {
                State::FirstKey | State::Key => self.no_key(next),
                State::Colon => self.no_colon(next),
                State::Value | State::FirstItem => self.no_value(next),
                State::After => self.no_comma(next),
            },
        };
        let after_comma = matches!((self.state, next), (State::Key, '}') | (State::Value, ']'));
        let trailing = after_comma && self.text.as_bytes().get(self.last_comma) == Some(&b',');
        fault(if trailing { self.last_comma } else { self.at }, cause)
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
            _ if in_object && !after_text && starts_with_key(self.rest()) => "a comma is missing between two pairs".into(),
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
