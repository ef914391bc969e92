//! `$expand`, with `$select` and `$expand` within it.

use super::lex::{Token, Tokens, quoted};
use super::model::{EntityType, entity_type_of};
use super::parse_select;
use super::path::no_navigation;
use super::query::Expand;
use super::query_error::SyntaxError;
use super::{MAX_EXPAND, MAX_NAVIGATIONS};
use crate::domain::catalog::Catalog;

/// Reads a whole `$expand`.
pub(super) fn parse(catalog: &Catalog, entity_type: &EntityType, text: &str) -> Result<Vec<Expand>, SyntaxError> {
    let tokens = Tokens::new(text)?;
    let mut parser = Parser {
        catalog,
        tokens,
        count: 0,
    };
    let expand = parser.list(entity_type, 1)?;
    match parser.tokens.token() {
        Token::End => Ok(expand),
        _ => Err(parser.unexpected("a comma or '('")),
    }
}

struct Parser<'a, 'c> {
    catalog: &'c Catalog,
    tokens: Tokens<'a>,
    count: usize,
}

impl Parser<'_, '_> {
    fn list(&mut self, entity_type: &EntityType, depth: usize) -> Result<Vec<Expand>, SyntaxError> {
        if depth > MAX_NAVIGATIONS {
            let problem = format!("$expand may be {MAX_NAVIGATIONS} levels deep, not more");
            return Err(self.tokens.error(problem));
        }
        let mut list: Vec<Expand> = Vec::new();
        loop {
            let at = self.tokens.at();
            let expand = self.one(entity_type, depth)?;
            if list.iter().any(|known| known.property == expand.property) {
                return Err(SyntaxError::new(
                    at,
                    format!("{} is here twice; write it once", expand.name),
                ));
            }
            list.push(expand);
            if !self.tokens.take_if(&Token::Comma)? {
                return Ok(list);
            }
        }
    }

    fn one(&mut self, entity_type: &EntityType, depth: usize) -> Result<Expand, SyntaxError> {
        let at = self.tokens.at();
        let name = match self.tokens.token() {
            Token::Word(name) => *name,
            Token::Star => {
                return Err(self
                    .tokens
                    .error("$expand=* is not supported; name the lookups to show"));
            }
            _ => return Err(self.unexpected("the name of a lookup")),
        };
        self.count += 1;
        if self.count > MAX_EXPAND {
            return Err(self
                .tokens
                .error(format!("$expand may name {MAX_EXPAND} lookups, not more")));
        }
        self.tokens.take()?;
        let found = entity_type.navigation(name);
        let target = found.and_then(|(.., navigation)| entity_type_of(self.catalog, navigation.target));
        let (Some((property, _, navigation)), Some(target)) = (found, target) else {
            return Err(SyntaxError::new(at, no_navigation(entity_type, name)));
        };
        let mut expand = Expand {
            name: navigation.name.clone(),
            property,
            target: navigation.target,
            select: None,
            expand: Vec::new(),
        };
        match self.tokens.token() {
            Token::Open => self.options(&mut expand, &target, depth)?,
            Token::Slash => {
                let problem = format!("$expand takes no paths; write {}($expand=…)", expand.name);
                return Err(self.tokens.error(problem));
            }
            _ => {}
        }
        Ok(expand)
    }

    /// The options in parentheses after a name.
    fn options(&mut self, expand: &mut Expand, target: &EntityType, depth: usize) -> Result<(), SyntaxError> {
        let open = self.tokens.at();
        let mut seen = Vec::new();
        loop {
            // The '(' or ';' before it.
            self.tokens.take()?;
            let at = self.tokens.at();
            let Some(word) = self.tokens.word() else {
                return Err(self.unexpected("$select or $expand"));
            };
            let option = word.trim_start_matches('$').to_ascii_lowercase();
            if !matches!(option.as_str(), "select" | "expand") {
                let problem = format!(
                    "within $expand there are $select and $expand only, not {}",
                    quoted(word)
                );
                return Err(SyntaxError::new(at, problem));
            }
            self.tokens.take()?;
            if !self.tokens.take_if(&Token::Equals)? {
                return Err(self.unexpected("'='"));
            }
            if option == "select" {
                expand.select = parse_select::list(target, &mut self.tokens)?;
            } else {
                expand.expand = self.list(target, depth + 1)?;
            }
            if seen.contains(&option) {
                return Err(SyntaxError::new(at, format!("${option} is here twice; write it once")));
            }
            seen.push(option);
            match self.tokens.token() {
                Token::Semicolon => {}
                Token::Close => {
                    self.tokens.take()?;
                    return Ok(());
                }
                Token::End => return Err(SyntaxError::new(open, "this '(' is never closed")),
                _ => return Err(self.unexpected("a comma, ';' or ')'")),
            }
        }
    }

    fn unexpected(&self, wanted: &str) -> SyntaxError {
        self.tokens
            .error(format!("{wanted} is expected here, not {}", self.tokens.shown()))
    }
}
