//! What a command asks of the API, and how its answer is shown.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use serde::{Deserialize as _, Serialize};
use serde_json::{Map, Value};

use super::CliError;
use super::render::{Page, clean_json};
use crate::api::LocalRequest;
use crate::api::table::BASE;

/// All but what RFC 3986, section 2.3, has as unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A request, and its answer for people.
pub(super) struct Ask {
    pub request: LocalRequest,
    show: Show,
}

/// Puts an answer on a page; gives whether it means success.
type Show = Box<dyn Fn(&mut Page, &Value) -> Result<bool, serde_json::Error>>;

impl std::fmt::Debug for Ask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A body can hold a password.
        write!(f, "{} {}", self.request.method, self.request.path)
    }
}

pub(super) fn get(path: &[&str]) -> Ask {
    ask("GET", path)
}

pub(super) fn post(path: &[&str]) -> Ask {
    ask("POST", path)
}

pub(super) fn put(path: &[&str]) -> Ask {
    ask("PUT", path)
}

pub(super) fn patch(path: &[&str]) -> Ask {
    ask("PATCH", path)
}

pub(super) fn delete(path: &[&str]) -> Ask {
    ask("DELETE", path)
}

fn ask(method: &str, path: &[&str]) -> Ask {
    let parts = path
        .iter()
        .map(|part| format!("/{}", utf8_percent_encode(part, RESERVED)));
    Ask {
        request: LocalRequest {
            method: method.to_owned(),
            path: format!("{BASE}{}", parts.collect::<String>()),
            ..LocalRequest::default()
        },
        show: Box::new(|page, value| {
            page.line(&clean_json(&format!("{value:#}")));
            Ok(true)
        }),
    }
}

impl Ask {
    /// With these query parameters: an object of texts, numbers and switches. What is null is left
    /// out.
    pub fn query(mut self, parameters: &impl Serialize) -> Result<Self, CliError> {
        let parameters: Map<String, Value> = value(parameters)?;
        let given = parameters.iter().filter(|(_, value)| !value.is_null());
        let pairs = given.map(|(name, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (name, text)
        });
        let encoded = serde_urlencoded::to_string(pairs.collect::<Vec<_>>());
        self.request.query = encoded.map_err(|error| CliError::unexpected(&error.to_string()))?;
        Ok(self)
    }

    /// With this body.
    pub fn body(mut self, body: &impl Serialize) -> Result<Self, CliError> {
        self.request.body = serde_json::to_vec(body).map_err(|error| CliError::output(&error.into()))?;
        Ok(self)
    }

    /// With the settings of an edit and a name beside them as body.
    pub fn named(self, name: &str, edit: &impl Serialize) -> Result<Self, CliError> {
        let mut body: Map<String, Value> = value(edit)?;
        body.insert("name".to_owned(), name.into());
        self.body(&body)
    }

    /// With a body that is JSON already.
    pub fn text(mut self, text: String) -> Self {
        self.request.body = text.into_bytes();
        self
    }

    /// Shows an answer of this type.
    pub fn shown<V: DeserializeOwned + 'static>(self, show: fn(&mut Page, &V)) -> Self {
        self.judged(show, |_| true)
    }

    /// Shows an answer that is a list.
    pub fn listed<V: DeserializeOwned + 'static>(self, show: fn(&mut Page, &[V])) -> Self {
        let show = move |page: &mut Page, value: &Value| {
            show(page, &Vec::<V>::deserialize(value)?);
            Ok(true)
        };
        Self {
            show: Box::new(show),
            ..self
        }
    }

    /// Shows an answer of this type, which can mean failure.
    pub fn judged<V: DeserializeOwned + 'static>(self, show: fn(&mut Page, &V), good: fn(&V) -> bool) -> Self {
        let show = move |page: &mut Page, value: &Value| {
            let view = V::deserialize(value)?;
            show(page, &view);
            Ok(good(&view))
        };
        Self {
            show: Box::new(show),
            ..self
        }
    }

    /// Puts an answer on a page; gives whether it means success.
    pub fn show(&self, page: &mut Page, answer: &Value) -> Result<bool, CliError> {
        (self.show)(page, answer).map_err(|error| CliError::unexpected(&error.to_string()))
    }
}

fn value(of: &impl Serialize) -> Result<Map<String, Value>, CliError> {
    let value = serde_json::to_value(of).map_err(|error| CliError::output(&error.into()))?;
    match value {
        Value::Object(members) => Ok(members),
        other => Err(CliError::unexpected(&format!("{other} is no object"))),
    }
}
