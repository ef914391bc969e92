//! Tokens of an option's text, each with the byte at which it starts.

use uuid::Uuid;

use super::literal;
use super::query_error::SyntaxError;
use super::wording::quoted;
use crate::domain::value::Value;

/// One token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token<'a> {
    /// A name, an operator, `true`, `false` or `null`: the reader of tokens knows which.
    Word(&'a str),
    /// A literal that is no word.
    Literal(Value),
    Open,
    Close,
    Comma,
    Slash,
    Semicolon,
    Equals,
    Star,
    End,
}

/// The tokens of a text, and the current one.
#[derive(Debug)]
pub(super) struct Tokens<'a> {
    text: &'a str,
    /// Where the token in view starts and ends.
    start: usize,
    end: usize,
    token: Token<'a>,
}

impl<'a> Tokens<'a> {
    /// The text from its first token on.
    pub fn new(text: &'a str) -> Result<Self, SyntaxError> {
        let mut tokens = Self {
            text,
            start: 0,
            end: 0,
            token: Token::End,
        };
        tokens.step()?;
        Ok(tokens)
    }

    /// The token in view.
    pub const fn token(&self) -> &Token<'a> {
        &self.token
    }

    /// The word in view.
    pub const fn word(&self) -> Option<&'a str> {
        match self.token {
            Token::Word(word) => Some(word),
            _ => None,
        }
    }

    /// The byte at which the token in view starts.
    pub const fn at(&self) -> usize {
        self.start
    }

    /// Returns the current token and moves to the next.
    pub fn take(&mut self) -> Result<Token<'a>, SyntaxError> {
        let token = std::mem::replace(&mut self.token, Token::End);
        self.step()?;
        Ok(token)
    }

    /// Takes the token in view if it is this one.
    pub fn take_if(&mut self, token: &Token<'_>) -> Result<bool, SyntaxError> {
        let same = self.token == *token;
        if same {
            self.take()?;
        }
        Ok(same)
    }

    /// A fault at the token in view.
    pub fn error(&self, problem: impl Into<String>) -> SyntaxError {
        SyntaxError::new(self.start, problem)
    }

    /// The token in view, for people.
    pub fn shown(&self) -> String {
        let text = self.text.get(self.start..self.end).unwrap_or_default();
        match self.token {
            Token::End => "the end".to_owned(),
            Token::Literal(Value::Text(_)) => "a text".to_owned(),
            _ => quoted(text),
        }
    }

    fn step(&mut self) -> Result<(), SyntaxError> {
        let rest = self.text.get(self.end..).unwrap_or_default();
        let trimmed = rest.trim_ascii_start();
        self.start = self.end + (rest.len() - trimmed.len());
        let (token, length) =
            scan(trimmed).map_err(|(ahead, problem)| SyntaxError::new(self.start + ahead, problem))?;
        self.token = token;
        self.end = self.start + length;
        Ok(())
    }
}

type Scanned<T> = Result<T, (usize, String)>;

/// The token at the start of a text, and how long it is.
fn scan(text: &str) -> Scanned<(Token<'_>, usize)> {
    let Some(first) = text.chars().next() else {
        return Ok((Token::End, 0));
    };
    let sign = match first {
        '(' => Token::Open,
        ')' => Token::Close,
        ',' => Token::Comma,
        '/' => Token::Slash,
        ';' => Token::Semicolon,
        '=' => Token::Equals,
        '*' => Token::Star,
        '\'' => {
            let (content, length) = string(text)?;
            return Ok((Token::Literal(Value::Text(content)), length));
        }
        _ => return longer(text, first),
    };
    Ok((sign, 1))
}

/// A token of more than one character.
fn longer(text: &str, first: char) -> Scanned<(Token<'_>, usize)> {
    if let Some(id) = guid(text) {
        return Ok((Token::Literal(Value::Guid(id)), GUID_LENGTH));
    }
    let run = |more: fn(char) -> bool| {
        let end = text.find(|c| !more(c)).unwrap_or(text.len());
        text.get(..end).unwrap_or_default()
    };
    if first.is_alphabetic() || first == '_' || first == '$' {
        let word = run(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '.'));
        let Some(content) = text.get(word.len()..).filter(|rest| rest.starts_with('\'')) else {
            return Ok((Token::Word(word), word.len()));
        };
        let (content, length) = string(content).map_err(|(ahead, problem)| (word.len() + ahead, problem))?;
        let value = literal::prefixed(word, &content).map_err(|problem| (0, problem))?;
        return Ok((Token::Literal(value), word.len() + length));
    }
    if first.is_ascii_digit() || matches!(first, '-' | '+' | '.') {
        let word = run(|c| c.is_alphanumeric() || matches!(c, '.' | ':' | '+' | '-'));
        let value = literal::bare(word).map_err(|problem| (0, problem))?;
        return Ok((Token::Literal(value), word.len()));
    }
    let problem = match first {
        '"' => "write strings in single quotes, as in 'Canada'".to_owned(),
        '@' => "parameter aliases are not supported; write the value itself".to_owned(),
        '<' | '>' | '!' => format!("'{first}' is not an operator; write eq, ne, gt, ge, lt or le"),
        '&' | '|' => format!("'{first}' is not an operator; write and, or"),
        _ => format!("'{}' means nothing here", first.escape_debug()),
    };
    Err((0, problem))
}

/// A text in single quotes, where two quotes encode one, and its length with the quotes.
fn string(text: &str) -> Scanned<(String, usize)> {
    let mut content = String::new();
    let mut at = 1;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let Some(end) = rest.find('\'') else {
            return Err((
                0,
                "this text has no closing quote; within a text write two: ''".to_owned(),
            ));
        };
        content.push_str(rest.get(..end).unwrap_or_default());
        at += end + 1;
        if !text.get(at..).is_some_and(|rest| rest.starts_with('\'')) {
            return Ok((content, at));
        }
        content.push('\'');
        at += 1;
    }
}

const GUID_LENGTH: usize = 36;

/// The bare GUID at the start of a text.
fn guid(text: &str) -> Option<Uuid> {
    let (head, rest) = text.split_at_checked(GUID_LENGTH)?;
    if rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_')) {
        return None;
    }
    literal::guid(head)
}
