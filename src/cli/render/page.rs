//! The text under way: lines, names with values, colours if wanted.

use super::text::clean;

/// How a piece of text is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Tone {
    Plain,
    Head,
    Good,
    Bad,
    Quiet,
}

pub(in crate::cli) struct Page {
    text: String,
    pub colour: bool,
}

/// Columns that the names of values take.
const NAMES: usize = 16;

impl Page {
    pub fn new(colour: bool) -> Self {
        Self {
            text: String::new(),
            colour,
        }
    }

    pub fn into_text(self) -> String {
        self.text
    }

    /// A line without changes. The caller cleans text from outside first.
    pub fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    pub fn toned(&mut self, tone: Tone, line: &str) {
        let line = self.tone(tone, line);
        self.line(&line);
    }

    /// An empty line and a heading.
    pub fn heading(&mut self, heading: &str) {
        self.line("");
        self.toned(Tone::Head, heading);
    }

    /// A name and its value, from outside or not; nothing if the value is empty.
    pub fn field(&mut self, name: &str, value: &str) {
        self.field_toned(name, value, Tone::Plain);
    }

    pub fn field_toned(&mut self, name: &str, value: &str, tone: Tone) {
        if !value.is_empty() {
            let value = self.tone(tone, &clean(value));
            let name = clean(name);
            let gap = " ".repeat(
                NAMES
                    .saturating_sub(unicode_width::UnicodeWidthStr::width(name.as_ref()))
                    .max(1),
            );
            self.line(&format!("{name}{gap}{value}"));
        }
    }

    pub fn tone(&self, tone: Tone, text: &str) -> String {
        let code = match tone {
            _ if !self.colour => return text.to_owned(),
            Tone::Plain => return text.to_owned(),
            Tone::Head => "1",
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Quiet => "2",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}
