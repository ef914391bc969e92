//! The settings file: TOML, every key of it known.

use std::io::ErrorKind;
use std::ops::Range;
use std::path::Path;

use toml_edit::{Document, Item, Key, TableLike, Value};

use super::config_error::{ConfigError, Place};
use super::table::{SETTINGS, Setting};
use crate::domain::nearest::nearest;
use crate::files::explained;

/// A settings file is never longer than this; a larger one is something else.
const MAX_LENGTH: u64 = 1024 * 1024;

/// A value from the file, as text.
pub(super) struct Given {
    pub setting: &'static Setting,
    pub text: String,
    pub place: Place,
}

/// Reads the values of the file; appends every error to `errors`.
pub(super) fn read(path: &Path, errors: &mut Vec<ConfigError>) -> Vec<Given> {
    let whole = |what: String| ConfigError {
        place: Place::File(path.to_owned()),
        what,
    };
    match std::fs::metadata(path) {
        Ok(about) if about.is_dir() => {
            errors.push(whole("it is a folder; specify a TOML file".to_owned()));
            return Vec::new();
        }
        Ok(about) if about.len() > MAX_LENGTH => {
            errors.push(whole(
                "it is larger than 1 MiB and cannot be a settings file".to_owned(),
            ));
            return Vec::new();
        }
        _ => {}
    }
    match std::fs::read(path).map(String::from_utf8) {
        Ok(Ok(text)) => parse(path, &text, errors),
        Ok(Err(_)) => {
            errors.push(whole("it is not UTF-8; save it as UTF-8".to_owned()));
            Vec::new()
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            errors.push(whole("the file does not exist".to_owned()));
            Vec::new()
        }
        Err(error) => {
            errors.push(whole(format!("cannot be read: {}", explained(path, error))));
            Vec::new()
        }
    }
}

/// Parses the text of a file.
pub(super) fn parse(path: &Path, text: &str, errors: &mut Vec<ConfigError>) -> Vec<Given> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader {
        path,
        text,
        given: Vec::new(),
        errors,
    };
    match Document::parse(text) {
        Ok(document) => reader.table("", document.as_table()),
        Err(error) => {
            let (line, column) = position(text, error.span());
            reader.errors.push(ConfigError {
                place: Place::Position {
                    path: path.to_owned(),
                    line,
                    column,
                },
                what: format!("not valid TOML: {}", error.message()),
            });
        }
    }
    reader.given
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    given: Vec<Given>,
    errors: &'a mut Vec<ConfigError>,
}

impl Reader<'_> {
    /// Descends as deep as keys are: TOML nested deeper is all unknown keys.
    fn table(&mut self, group: &str, table: &dyn TableLike) {
        for (name, _) in table.iter() {
            let Some((key, item)) = table.get_key_value(name) else {
                continue;
            };
            let full = if group.is_empty() {
                name.to_owned()
            } else {
                format!("{group}.{name}")
            };
            let place = self.place(key, item, &full);
            let known = SETTINGS.iter().find(|setting| setting.key == full);
            match (known, item.as_table_like()) {
                (Some(setting), _) => self.value(setting, item, place),
                (None, Some(inner)) if is_group(&full) => self.table(&full, inner),
                (None, None) if is_group(&full) => self.errors.push(ConfigError {
                    place,
                    what: format!("this is a group of settings; write [{full}] and its settings below it"),
                }),
                (None, Some(_)) => self.unknown(place, &full, "group", groups()),
                (None, None) => {
                    self.unknown(place, &full, "setting", SETTINGS.iter().map(|s| s.key));
                }
            }
        }
    }

    fn value(&mut self, setting: &'static Setting, item: &Item, place: Place) {
        match text_of(setting, item) {
            Some(text) => self.given.push(Given { setting, text, place }),
            None => self.errors.push(ConfigError {
                place,
                what: format!("{} is not valid; expected {}", kind(item), setting.takes()),
            }),
        }
    }

    fn unknown<'c>(&mut self, place: Place, full: &str, what: &str, known: impl Iterator<Item = &'c str>) {
        let hint = nearest(full, known)
            .map(|near| format!("; did you mean {near}?"))
            .unwrap_or_default();
        self.errors.push(ConfigError {
            place,
            what: format!("unknown {what}{hint}"),
        });
    }

    fn place(&self, key: &Key, item: &Item, full: &str) -> Place {
        let (line, _) = position(self.text, key.span().or_else(|| item.span()));
        Place::Key {
            path: self.path.to_owned(),
            line,
            key: full.to_owned(),
        }
    }
}

/// The value as text, if its TOML type is one that the setting accepts.
fn text_of(setting: &Setting, item: &Item) -> Option<String> {
    match item.as_value()? {
        Value::String(text) => Some(text.value().clone()),
        Value::Integer(number) if setting.kind.is_number() => Some(number.value().to_string()),
        Value::Array(list) if setting.kind.is_list() => {
            let names: Option<Vec<_>> = list.iter().map(Value::as_str).collect();
            names.map(|names| names.join(","))
        }
        _ => None,
    }
}

fn kind(item: &Item) -> &'static str {
    match item {
        Item::Value(Value::Integer(_)) => "a bare number",
        Item::Value(Value::Float(_)) => "a number with a point",
        Item::Value(Value::Boolean(_)) => "true or false",
        Item::Value(Value::Datetime(_)) => "a date",
        Item::Value(Value::Array(_)) | Item::ArrayOfTables(_) => "this list",
        _ => "a group",
    }
}

fn groups() -> impl Iterator<Item = &'static str> {
    SETTINGS
        .iter()
        .filter_map(|setting| setting.key.split_once('.'))
        .map(|(group, _)| group)
}

fn is_group(name: &str) -> bool {
    groups().any(|group| group == name)
}

/// Line and column of the start of a span, counted from 1, in characters.
fn position(text: &str, span: Option<Range<usize>>) -> (usize, usize) {
    let start = span.map_or(0, |span| span.start);
    let before = text.get(..start).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let last = before.rsplit('\n').next().unwrap_or_default();
    (line, last.chars().count() + 1)
}
