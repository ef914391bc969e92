//! The table of settings as flags, as Markdown and as a file.

use std::fmt::Write as _;

use clap::{Arg, Command};

use super::table::{Preset, SETTINGS, Setting};

/// Adds a flag for each setting to a command.
pub fn arguments(command: Command) -> Command {
    command.args(SETTINGS.iter().map(argument))
}

/// The flag of one setting, for commands that take only some; `None` if there is no such key.
#[must_use]
pub fn argument_of(key: &str) -> Option<Arg> {
    SETTINGS.iter().find(|setting| setting.key == key).map(argument)
}

/// The settings as a table in Markdown.
#[must_use]
pub fn markdown_table() -> String {
    let mut text = String::from("| setting | default | values | description |\n| --- | --- | --- | --- |\n");
    for setting in SETTINGS {
        let default = match setting.default {
            Preset::Text(value) => format!("`{value}`"),
            Preset::Unset(words) => format!("empty: {words}"),
            Preset::Rule(words, _) => words.to_owned(),
        };
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "| `{}` | {default} | {} | {} |",
            setting.key,
            setting.takes(),
            setting.doc
        );
    }
    text
}

/// A settings file with every setting, commented out, with its default.
#[must_use]
pub fn default_toml() -> String {
    default_toml_with(|_| None)
}

/// The same; settings for which a value is given are active with that value.
#[must_use]
pub fn default_toml_with(given: impl Fn(&Setting) -> Option<String>) -> String {
    let mut text = String::from(
        "# The settings of Hookgate. A line such as #key = value is a default or an example;\n\
         # remove the # to change it. Flags and environment variables override this file.\n",
    );
    let mut group = "";
    for setting in SETTINGS {
        let (of, name) = setting.key.split_once('.').unwrap_or(("", setting.key));
        if of != group {
            let _ = write!(text, "\n[{of}]\n");
            group = of;
        }
        let value = match setting.default {
            Preset::Text(value) => literal(setting, value),
            Preset::Unset(_) => "\"\"".to_owned(),
            Preset::Rule(_, example) => literal(setting, example),
        };
        let line = match (given(setting), setting.default) {
            (None, _) => format!("\n#{name} = {value}"),
            (Some(given), Preset::Text(_)) => format!(" Default: {value}.\n{name} = {}", literal(setting, &given)),
            (Some(given), _) => format!("\n{name} = {}", literal(setting, &given)),
        };
        let _ = write!(
            text,
            "\n# {}\n# Values: {}.{}{line}\n",
            setting.doc,
            setting.takes(),
            unsaid(setting)
        );
    }
    text
}

fn argument(setting: &Setting) -> Arg {
    let default = match setting.default {
        Preset::Text(value) => value,
        Preset::Unset(words) | Preset::Rule(words, _) => words,
    };
    let name = setting.key.rsplit('.').next().unwrap_or(setting.key);
    Arg::new(setting.key)
        .long(setting.flag())
        .value_name(name.to_uppercase())
        .help(format!("{} [default: {default}]", setting.doc))
        .long_help(format!(
            "{}\nValues: {}. Default: {default}. Environment: {}. Key in the file: {}.",
            setting.doc,
            setting.takes(),
            setting.variable(),
            setting.key
        ))
        .help_heading("Settings")
}

/// The effective value of a setting without a value, where its line in the file does not show it.
fn unsaid(setting: &Setting) -> String {
    match setting.default {
        Preset::Text(_) => String::new(),
        Preset::Unset(words) => format!(" If empty: {words}."),
        Preset::Rule(words, _) => format!(" If not set: {words}."),
    }
}

/// A value as TOML, which escapes strings as JSON does.
fn literal(setting: &Setting, value: &str) -> String {
    if setting.kind.is_number() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return value.to_owned();
    }
    serde_json::Value::from(value).to_string()
}
