//! Tables, aligned by the width that characters take on a terminal.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::page::{Page, Tone};
use super::text::clean;

/// The widest that a cell becomes; what is longer is cut.
const MAX_WIDTH: usize = 50;

/// A table; cells are cleaned as they come in.
pub(super) struct Table {
    heads: Vec<(String, Align)>,
    rows: Vec<Vec<(String, Tone)>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

impl Table {
    pub fn new(heads: &[(&str, Align)]) -> Self {
        Self {
            heads: heads.iter().map(|(head, align)| ((*head).to_owned(), *align)).collect(),
            rows: Vec::new(),
        }
    }

    pub fn row(&mut self, cells: Vec<(String, Tone)>) {
        self.rows.push(
            cells
                .into_iter()
                .map(|(text, tone)| (cut(&clean(&text)), tone))
                .collect(),
        );
    }

    pub fn show(self, page: &mut Page) {
        let mut widths: Vec<usize> = self.heads.iter().map(|(head, _)| head.width()).collect();
        for row in &self.rows {
            for (width, (text, _)) in widths.iter_mut().zip(row) {
                *width = (*width).max(text.width());
            }
        }
        let aligns: Vec<Align> = self.heads.iter().map(|(_, align)| *align).collect();
        let head: Vec<_> = self.heads.into_iter().map(|(head, _)| (head, Tone::Head)).collect();
        for row in std::iter::once(head).chain(self.rows) {
            let mut line = String::new();
            for (((text, tone), width), align) in row.iter().zip(&widths).zip(&aligns) {
                let gap = " ".repeat(width.saturating_sub(text.width()));
                let text = page.tone(*tone, text);
                line.push_str(if line.is_empty() { "" } else { "  " });
                match align {
                    Align::Left => line.extend([text, gap]),
                    Align::Right => line.extend([gap, text]),
                }
            }
            page.line(line.trim_end());
        }
    }
}

/// A plain cell.
pub(super) fn cell(text: impl Into<String>) -> (String, Tone) {
    (text.into(), Tone::Plain)
}

fn cut(text: &str) -> String {
    if text.width() <= MAX_WIDTH {
        return text.to_owned();
    }
    let mut width = 0;
    let mut short: String = text
        .chars()
        .take_while(|c| {
            width += c.width().unwrap_or(0);
            width < MAX_WIDTH
        })
        .collect();
    short.push('…');
    short
}
