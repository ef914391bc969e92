//! JSON as a person wrote it: keys keep their order, repeated keys are kept, mistakes are
//! collected.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

use super::DefinitionError;

/// A JSON value that keeps everything that can be a mistake, such as repeated keys.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Null,
    Boolean(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Node {
    /// The name of its type for messages.
    pub(super) const fn what(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Boolean(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

/// Mistakes found so far, each with its place.
#[derive(Debug, Default)]
pub(super) struct Mistakes(pub(super) Vec<DefinitionError>);

impl Mistakes {
    pub(super) fn add(&mut self, place: impl Into<String>, problem: impl Into<String>) {
        self.0.push(DefinitionError {
            place: place.into(),
            problem: problem.into(),
        });
    }
}

/// The keys of one JSON object and its place in the definition. A key with `null` counts as absent,
/// except for [`Fields::is_null`].
pub(super) struct Fields<'a> {
    pub(super) place: String,
    pairs: &'a [(String, Node)],
}

impl<'a> Fields<'a> {
    /// Reads the keys of an object. Keys that are not in `taken` and repeated keys are mistakes.
    pub(super) fn of(node: &'a Node, place: &str, taken: &[&str], mistakes: &mut Mistakes) -> Option<Self> {
        let Node::Object(pairs) = node else {
            let keys = taken.join(", ");
            mistakes.add(
                place,
                format!("must be an object with the keys {keys}, not {}", node.what()),
            );
            return None;
        };
        let fields = Self {
            place: place.to_owned(),
            pairs,
        };
        for (index, (key, _)) in pairs.iter().enumerate() {
            if !taken.contains(&key.as_str()) {
                mistakes.add(
                    fields.at(key),
                    format!("unknown key; allowed keys are {}", taken.join(", ")),
                );
            } else if pairs.iter().take(index).any(|(earlier, _)| earlier == key) {
                mistakes.add(fields.at(key), "appears twice; keep one");
            }
        }
        Some(fields)
    }

    /// The place of a key.
    pub(super) fn at(&self, key: &str) -> String {
        if self.place.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.place)
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&'a Node> {
        self.pairs
            .iter()
            .find(|(name, node)| name == key && *node != Node::Null)
            .map(|(_, node)| node)
    }

    /// Whether a key has the value `null`, which removes the current value.
    pub(super) fn is_null(&self, key: &str) -> bool {
        self.pairs.iter().any(|(name, node)| name == key && *node == Node::Null)
    }

    pub(super) fn text(&self, key: &str, mistakes: &mut Mistakes) -> Option<&'a str> {
        match self.get(key)? {
            Node::Text(text) => Some(text),
            other => {
                mistakes.add(self.at(key), format!("must be a string, not {}", other.what()));
                None
            }
        }
    }

    /// Like [`Fields::text`], but a missing key is a mistake.
    pub(super) fn text_required(&self, key: &str, mistakes: &mut Mistakes) -> Option<&'a str> {
        if self.get(key).is_none() {
            mistakes.add(self.at(key), "is missing");
        }
        self.text(key, mistakes)
    }

    /// A text for people, on one line.
    pub(super) fn line(&self, key: &str, longest: usize, mistakes: &mut Mistakes) -> Option<&'a str> {
        let text = self.text(key, mistakes)?;
        let length = text.chars().count();
        let problem = if text.trim().is_empty() {
            "is empty; enter a text or leave the key out".to_owned()
        } else if text.chars().any(char::is_control) {
            "must be one line without control characters".to_owned()
        } else if length > longest {
            format!("has {length} characters; at most {longest} are allowed")
        } else {
            return Some(text);
        };
        mistakes.add(self.at(key), problem);
        None
    }

    pub(super) fn boolean(&self, key: &str, mistakes: &mut Mistakes) -> Option<bool> {
        match self.get(key)? {
            Node::Boolean(yes) => Some(*yes),
            other => {
                mistakes.add(self.at(key), format!("must be true or false, not {}", other.what()));
                None
            }
        }
    }

    /// The elements of a list with their places; a missing key is an empty list.
    pub(super) fn list(&self, key: &str, longest: usize, mistakes: &mut Mistakes) -> Vec<(String, &'a Node)> {
        let place = self.at(key);
        match self.get(key) {
            None => Vec::new(),
            Some(Node::List(nodes)) if nodes.len() <= longest => nodes
                .iter()
                .enumerate()
                .map(|(index, node)| (format!("{place}[{index}]"), node))
                .collect(),
            Some(Node::List(nodes)) => {
                mistakes.add(
                    place,
                    format!("has {} elements; at most {longest} are allowed", nodes.len()),
                );
                Vec::new()
            }
            Some(other) => {
                mistakes.add(place, format!("must be an array, not {}", other.what()));
                Vec::new()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, yes: bool) -> Result<Node, E> {
        Ok(Node::Boolean(yes))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
        Ok(Node::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Node, E> {
        Ok(Node::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Node, E> {
        Ok(Number::from_f64(number).map_or(Node::Null, Node::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = seq.next_element()? {
            nodes.push(node);
        }
        Ok(Node::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Node::Object(pairs))
    }
}
