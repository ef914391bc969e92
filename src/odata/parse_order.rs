//! `$orderby`

use super::lex::{Token, Tokens};
use super::limits::MAX_ORDER;
use super::model::EntityType;
use super::options::OrderBy;
use super::parse_filter::path;
use super::path::resolve;
use super::query_error::SyntaxError;
use crate::domain::catalog::Catalog;

/// Reads a whole `$orderby`. A property that comes again changes nothing and is left out.
pub(super) fn parse(catalog: &Catalog, entity_type: &EntityType, text: &str) -> Result<Vec<OrderBy>, SyntaxError> {
    let mut tokens = Tokens::new(text)?;
    let mut order: Vec<OrderBy> = Vec::new();
    for _ in 0..MAX_ORDER {
        let segments = path(&mut tokens)?;
        if *tokens.token() == Token::Open {
            return Err(tokens.error("$orderby accepts properties only, not functions"));
        }
        let path = resolve(catalog, entity_type, &segments, false)?;
        let descending = direction(&mut tokens)?;
        if !order.iter().any(|known| known.path == path) {
            order.push(OrderBy { path, descending });
        }
        if *tokens.token() == Token::End {
            return Ok(order);
        }
        if !tokens.take_if(&Token::Comma)? {
            let problem = format!("asc, desc or a comma is expected here, not {}", tokens.shown());
            return Err(tokens.error(problem));
        }
    }
    Err(tokens.error(format!("$orderby may name {MAX_ORDER} properties, not more")))
}

fn direction(tokens: &mut Tokens) -> Result<bool, SyntaxError> {
    let descending = match tokens.word() {
        Some(word) if word.eq_ignore_ascii_case("desc") => true,
        Some(word) if word.eq_ignore_ascii_case("asc") => false,
        _ => return Ok(false),
    };
    tokens.take()?;
    Ok(descending)
}
