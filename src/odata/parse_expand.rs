//! `$expand`, with `$select` and `$expand` within it.

use super::entity_types::entity_type_of;
use super::lex::{Token, Tokens};
use super::limits::{MAX_EXPAND, MAX_NAVIGATIONS};
use super::model::EntityType;
use super::options::Expand;
use super::parse_select;
use super::path::no_navigation;
use super::query_error::SyntaxError;
use super::wording::quoted;
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
            if self.tokens.take_if(&Token::Star)? {
                self.star(entity_type, &mut list)?;
                if !self.tokens.take_if(&Token::Comma)? {
                    return Ok(list);
                }
                continue;
            }
            let expand = self.one(entity_type, depth)?;
            // What is named says more than `*` in front of it.
            list.retain(|known| !(known.by_star && known.property == expand.property));
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

    /// Every lookup that is not named.
    fn star(&mut self, entity_type: &EntityType, list: &mut Vec<Expand>) -> Result<(), SyntaxError> {
        for (property, navigation) in entity_type.navigations() {
            if list.iter().any(|known| known.property == property) {
                continue;
            }
            self.count()?;
            list.push(Expand {
                name: navigation.name.clone(),
                property,
                target: navigation.target,
                select: None,
                expand: Vec::new(),
                by_star: true,
            });
        }
        Ok(())
    }

    fn count(&mut self) -> Result<(), SyntaxError> {
        self.count += 1;
        if self.count > MAX_EXPAND {
            let problem = format!("$expand may name {MAX_EXPAND} lookups, not more");
            return Err(self.tokens.error(problem));
        }
        Ok(())
    }

    fn one(&mut self, entity_type: &EntityType, depth: usize) -> Result<Expand, SyntaxError> {
        let at = self.tokens.at();
        let Some(name) = self.tokens.word() else {
            return Err(self.unexpected("the name of a lookup"));
        };
        self.count()?;
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
            by_star: false,
        };
        match self.tokens.token() {
            Token::Open => self.options(&mut expand, &target, depth)?,
            Token::Slash => {
                let problem = format!("$expand does not support paths; use {}($expand=…)", expand.name);
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
                let lookup = &expand.name;
                let problem = format!(
                    "within $expand there are $select and $expand only, not {}: a lookup refers to one record; \
                     put a condition on it into the outer $filter, as in {lookup}/Name eq 'a'",
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
