//! `$filter`: tokens to an expression. Recursion is counted, so that no text nests too deeply.
//!
//! By precedence, lowest first: `or`, `and`, `not`, a comparison or `in`, an operand. `not` applies
//! to the whole comparison that follows it.

use super::ast::{Expression, Item, Literal, Segment, Term};
use super::filter::Comparison;
use super::lex::{Token, Tokens};
use super::limits::{MAX_DEPTH, MAX_LIST, MAX_TERMS};
use super::query_error::SyntaxError;
use super::wording::quoted;
use crate::domain::value::Value;

/// Reads a whole `$filter`.
pub(super) fn parse(text: &str) -> Result<Expression<'_>, SyntaxError> {
    let mut parser = Parser {
        tokens: Tokens::new(text)?,
        depth: 0,
        terms: 0,
    };
    let expression = parser.any()?;
    match parser.tokens.token() {
        Token::End => Ok(expression),
        Token::Close => Err(parser.tokens.error("this ')' closes nothing")),
        _ => Err(parser.no_operator()),
    }
}

/// Reads a path; a name must be in view.
pub(super) fn path<'a>(tokens: &mut Tokens<'a>) -> Result<Vec<Segment<'a>>, SyntaxError> {
    let mut segments = Vec::new();
    loop {
        let at = tokens.at();
        let Some(name) = tokens.word() else {
            return Err(tokens.error(format!("the name of a property is missing before {}", tokens.shown())));
        };
        tokens.take()?;
        segments.push(Segment { at, name });
        if !tokens.take_if(&Token::Slash)? {
            return Ok(segments);
        }
    }
}

struct Parser<'a> {
    tokens: Tokens<'a>,
    depth: usize,
    terms: usize,
}

impl<'a> Parser<'a> {
    fn any(&mut self) -> Result<Expression<'a>, SyntaxError> {
        self.joined("or", Self::all, Term::Or)
    }

    fn all(&mut self) -> Result<Expression<'a>, SyntaxError> {
        self.joined("and", Self::negated, Term::And)
    }

    fn joined(
        &mut self,
        word: &str,
        part: fn(&mut Self) -> Result<Expression<'a>, SyntaxError>,
        whole: fn(Vec<Expression<'a>>) -> Term<'a>,
    ) -> Result<Expression<'a>, SyntaxError> {
        let first = part(self)?;
        if !self.take_word(word)? {
            return Ok(first);
        }
        let at = first.at;
        let mut parts = vec![first];
        loop {
            parts.push(part(self)?);
            if !self.take_word(word)? {
                return Ok(Expression { at, term: whole(parts) });
            }
        }
    }

    fn negated(&mut self) -> Result<Expression<'a>, SyntaxError> {
        let at = self.tokens.at();
        if !self.take_word("not")? {
            return self.comparison();
        }
        let inner = self.deeper(at, Self::negated)?;
        let term = Term::Not(Box::new(inner));
        Ok(Expression { at, term })
    }

    fn comparison(&mut self) -> Result<Expression<'a>, SyntaxError> {
        // Parentheses count when they are parsed.
        if *self.tokens.token() != Token::Open {
            self.count()?;
        }
        let left = self.operand()?;
        let at = left.at;
        let Some(word) = self.tokens.word() else {
            return Ok(left);
        };
        let term = if let Some(operator) = operator(word) {
            self.tokens.take()?;
            let (left, right) = (Box::new(left), Box::new(self.operand()?));
            Term::Compare { operator, left, right }
        } else if word.eq_ignore_ascii_case("in") {
            self.tokens.take()?;
            let operand = Box::new(left);
            let list = self.list()?;
            Term::In { operand, list }
        } else {
            return Ok(left);
        };
        Ok(Expression { at, term })
    }

    fn operand(&mut self) -> Result<Expression<'a>, SyntaxError> {
        let at = self.tokens.at();
        let term = match self.tokens.token() {
            Token::Open => {
                self.tokens.take()?;
                let inner = self.deeper(at, Self::any)?;
                self.close(at)?;
                // Parentheses leave no trace but where they start.
                return Ok(Expression { at, ..inner });
            }
            Token::Literal(_) | Token::Word(_) => match self.literal()? {
                Some(value) => Term::Literal(value),
                None => return self.named(),
            },
            _ => {
                let found = self.tokens.shown();
                return Err(self
                    .tokens
                    .error(format!("a property or a value is missing before {found}")));
            }
        };
        Ok(Expression { at, term })
    }

    /// A path or a call.
    fn named(&mut self) -> Result<Expression<'a>, SyntaxError> {
        let mut segments = path(&mut self.tokens)?;
        let at = segments.first().map_or(0, |first| first.at);
        let open = self.tokens.at();
        if *self.tokens.token() != Token::Open {
            let term = Term::Path(segments);
            return Ok(Expression { at, term });
        }
        let name = match segments.pop() {
            Some(name) if segments.is_empty() => name.name,
            _ => {
                return Err(SyntaxError::new(
                    open,
                    "'(' cannot follow a path; there are no collections here",
                ));
            }
        };
        self.count()?;
        self.tokens.take()?;
        let arguments = self.deeper(at, Self::arguments)?;
        self.close(open)?;
        let term = Term::Call { name, arguments };
        Ok(Expression { at, term })
    }

    fn arguments(&mut self) -> Result<Vec<Expression<'a>>, SyntaxError> {
        let mut arguments = Vec::new();
        if *self.tokens.token() == Token::Close {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.operand()?);
            if !self.tokens.take_if(&Token::Comma)? {
                return Ok(arguments);
            }
        }
    }

    /// The list after `in`.
    fn list(&mut self) -> Result<Vec<Item>, SyntaxError> {
        let open = self.tokens.at();
        if !self.tokens.take_if(&Token::Open)? {
            return Err(SyntaxError::new(open, "in requires a list of values, as in ('a','b')"));
        }
        let mut list = Vec::new();
        loop {
            let at = self.tokens.at();
            let Some(value) = self.literal()? else {
                let found = self.tokens.shown();
                return Err(SyntaxError::new(
                    at,
                    format!("a list can only contain values, not {found}"),
                ));
            };
            if list.len() == MAX_LIST {
                return Err(SyntaxError::new(
                    at,
                    format!("a list may have {MAX_LIST} values, not more"),
                ));
            }
            list.push(Item { at, value });
            if !self.tokens.take_if(&Token::Comma)? {
                self.close(open)?;
                return Ok(list);
            }
        }
    }

    /// The literal in view, if there is one.
    fn literal(&mut self) -> Result<Option<Literal>, SyntaxError> {
        let value = match self.tokens.token() {
            Token::Literal(value) => Literal::Value(value.clone()),
            Token::Word(word) => match word.to_ascii_lowercase().as_str() {
                "true" => Literal::Value(Value::Boolean(true)),
                "false" => Literal::Value(Value::Boolean(false)),
                "null" => Literal::Null,
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        self.tokens.take()?;
        Ok(Some(value))
    }

    fn deeper<T>(&mut self, at: usize, inner: fn(&mut Self) -> Result<T, SyntaxError>) -> Result<T, SyntaxError> {
        if self.depth == MAX_DEPTH {
            return Err(SyntaxError::new(
                at,
                format!("a filter may be {MAX_DEPTH} levels deep, not more"),
            ));
        }
        self.depth += 1;
        let read = inner(self)?;
        self.depth -= 1;
        Ok(read)
    }

    fn count(&mut self) -> Result<(), SyntaxError> {
        self.terms += 1;
        if self.terms > MAX_TERMS {
            let problem = format!("a filter may have {MAX_TERMS} conditions and functions, not more");
            return Err(self.tokens.error(problem));
        }
        Ok(())
    }

    fn close(&mut self, open: usize) -> Result<(), SyntaxError> {
        if self.tokens.take_if(&Token::Close)? {
            return Ok(());
        }
        match self.tokens.token() {
            Token::End => Err(SyntaxError::new(open, "this '(' is never closed")),
            Token::Comma => Err(self.tokens.error("',' is not expected here; a list can only follow in")),
            _ => Err(self.no_operator()),
        }
    }

    /// Takes this word, if it is in view.
    fn take_word(&mut self, word: &str) -> Result<bool, SyntaxError> {
        let found = self.tokens.word().is_some_and(|found| found.eq_ignore_ascii_case(word));
        if found {
            self.tokens.take()?;
        }
        Ok(found)
    }

    /// What follows a condition is not what can.
    fn no_operator(&self) -> SyntaxError {
        let known = "eq, ne, gt, ge, lt, le, in, and, or";
        self.tokens.error(match self.tokens.token() {
            Token::Word(word) if ARITHMETIC.iter().any(|name| name.eq_ignore_ascii_case(word)) => {
                format!(
                    "arithmetic such as {} is not supported; compute the value first and write it; there are {known}",
                    quoted(word)
                )
            }
            Token::Word(word) if word.eq_ignore_ascii_case("has") => {
                format!(
                    "{} is not supported, since no property is a set of flags; there are {known}",
                    quoted(word)
                )
            }
            Token::Equals => "'=' is not an operator; write eq".to_owned(),
            Token::Word(word) => format!("{} is not an operator; there are {known}", quoted(word)),
            _ => format!(
                "an operator is missing before {}; there are {known}",
                self.tokens.shown()
            ),
        })
    }
}

const ARITHMETIC: [&str; 6] = ["add", "sub", "mul", "div", "divby", "mod"];

fn operator(word: &str) -> Option<Comparison> {
    use Comparison::{Eq, Ge, Gt, Le, Lt, Ne};
    [Eq, Ne, Gt, Ge, Lt, Le]
        .into_iter()
        .find(|operator| operator.name().eq_ignore_ascii_case(word))
}
