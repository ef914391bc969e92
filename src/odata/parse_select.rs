//! `$select`, also within `$expand`.

use super::lex::{Token, Tokens};
use super::model::EntityType;
use super::path::no_property;
use super::query_error::SyntaxError;

/// Reads a whole `$select`.
pub(super) fn parse(entity_type: &EntityType, text: &str) -> Result<Option<Vec<usize>>, SyntaxError> {
    let mut tokens = Tokens::new(text)?;
    let select = list(entity_type, &mut tokens)?;
    match tokens.token() {
        Token::End => Ok(select),
        _ => Err(tokens.error(format!("a comma is expected here, not {}", tokens.shown()))),
    }
}

/// Reads a list of names: indexes of properties in the order in which they are named, each once;
/// none if `*` is among them.
///
/// The name of a navigation is accepted too, since clients select what they expand; it adds
/// nothing.
pub(super) fn list(entity_type: &EntityType, tokens: &mut Tokens) -> Result<Option<Vec<usize>>, SyntaxError> {
    let mut select = Vec::new();
    let mut all = false;
    loop {
        let at = tokens.at();
        match tokens.token() {
            Token::Star => all = true,
            Token::Word(name) => match entity_type.property(name) {
                Some((index, _)) if select.contains(&index) => {}
                Some((index, _)) => select.push(index),
                None if entity_type.navigation(name).is_some() => {}
                None => return Err(SyntaxError::new(at, no_property(entity_type, name))),
            },
            _ => {
                let problem = format!("the name of a property is missing before {}", tokens.shown());
                return Err(SyntaxError::new(at, problem));
            }
        }
        tokens.take()?;
        if *tokens.token() == Token::Slash {
            let problem =
                "$select does not support paths; use $expand=Country($select=Name) to get the columns of a lookup";
            return Err(tokens.error(problem));
        }
        if !tokens.take_if(&Token::Comma)? {
            return Ok((!all).then_some(select));
        }
    }
}
