//! A walk over JSON that stops at the first fault.

use std::borrow::Cow;

use super::json_diagnosis::{JsonDiagnosis, diagnosis, word};

/// What must come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// A value must come.
    Value,
    FirstItem,
    FirstKey,
    /// After the comma of an object.
    Key,
    Colon,
    After,
}

/// Where the walk is.
pub struct Walk<'a> {
    pub text: &'a str,
    pub at: usize,
    pub state: State,
    /// Brackets that are open.
    pub open: Vec<u8>,
    /// The range of the last text, key or not, without its quotes.
    pub last_text: (usize, usize),
    /// The position of the last comma.
    pub last_comma: usize,
}

impl<'a> Walk<'a> {
    /// A walk that expects one value.
    pub const fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            state: State::Value,
            open: Vec::new(),
            last_text: (0, 0),
            last_comma: 0,
        }
    }

    /// Walks on to the end, or to the first fault.
    pub fn run(&mut self) -> Result<(), JsonDiagnosis> {
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

    /// What is left.
    pub fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Steps over white space.
    pub fn skip_space(&mut self) {
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

    fn number(&mut self) -> Result<(), JsonDiagnosis> {
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
            "a number cannot start with 0; write phone numbers and codes as strings in double quotes"
        } else if !digits(whole)
            || !fraction.is_none_or(digits)
            || !exponent.is_none_or(|e| digits(e.strip_prefix(['+', '-']).unwrap_or(e)))
        {
            "this is not a valid number; write it like -12.5, or as a string in double quotes"
        } else {
            self.at += end;
            self.state = State::After;
            return Ok(());
        };
        Err(diagnosis(self.at, cause))
    }

    fn string(&mut self, next: State) -> Result<(), JsonDiagnosis> {
        let opening = self.at;
        let bytes = self.text.as_bytes();
        let mut at = opening + 1;
        loop {
            match bytes.get(at) {
                None => {
                    return Err(diagnosis(
                        opening,
                        "the body ends inside the string that starts here: it was cut off, or the closing quote is missing",
                    ));
                }
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
    fn escape(&self, at: usize) -> Result<usize, JsonDiagnosis> {
        let bytes = self.text.as_bytes();
        match bytes.get(at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(2),
            Some(b'u') => match bytes.get(at + 2..at + 6) {
                Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => Ok(6),
                _ => Err(diagnosis(
                    at,
                    "\\u must be followed by four hexadecimal digits; write a literal backslash as \\\\",
                )),
            },
            _ => Err(diagnosis(at, "a backslash inside a string must be written as \\\\")),
        }
    }

    fn control(&self, opening: usize, at: usize, control: u8) -> JsonDiagnosis {
        let break_inside = matches!(control, b'\n' | b'\r');
        let next_line = self.text.get(at..).unwrap_or_default().trim_start();
        if break_inside && next_line.starts_with(['"', '}', ']']) {
            return diagnosis(opening, "the closing quote of the string that starts here is missing");
        }
        let cause = match control {
            b'\n' | b'\r' => "there is a line break inside a string; write it as \\n".into(),
            b'\t' => "there is a tab inside a string; write it as \\t".into(),
            _ => format!("there is a control character inside a string; write it as \\u{control:04x}").into(),
        };
        JsonDiagnosis {
            offset: at,
            cause,
            only_unclosed: false,
        }
    }

    /// The text ended: that is right only after one whole value.
    fn end(&self) -> Result<(), JsonDiagnosis> {
        if self.state != State::After {
            return Err(diagnosis(self.at, "the body is incomplete: it was cut off here"));
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
        Err(JsonDiagnosis {
            offset: self.at,
            cause,
            only_unclosed: true,
        })
    }
}
