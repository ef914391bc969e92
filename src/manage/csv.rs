//! Comma-separated files (RFC 4180) that no spreadsheet reads as formulas.
//!
//! A cell is examined in pieces, which end at every character at which a spreadsheet may split, in
//! any country or when text is pasted: semicolon, tab and line ends. A piece is a formula if its
//! first character, after white space, control characters, quotes and characters without width, is
//! one of `=`, `+`, `-` and `@`, in any of their widths. Such a piece gets an apostrophe before
//! that character, unless it is a plain number: after a sign only digits, spaces, `( ) . , / - %`,
//! or a number with an exponent. Telephone numbers and amounts consist of these characters, which
//! can compute nothing but a number: without letters there are no names, references or functions.

use std::borrow::Cow;
use std::io::{self, Write};

/// Writes one line of cells.
///
/// # Errors
/// If it cannot be written.
pub fn line(out: &mut dyn Write, cells: &[String]) -> io::Result<()> {
    let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
    write!(out, "{}\r\n", cells.join(","))
}

/// Encodes a cell: never a formula, and quoted if necessary.
#[must_use]
pub fn cell(text: &str) -> String {
    let text = guarded(text);
    if text.contains(['"', ',', ';', '\t', '\r', '\n']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.into_owned()
}

fn guarded(text: &str) -> Cow<'_, str> {
    if !text.contains(begins_formula) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 1);
    for piece in text.split_inclusive(ends_piece) {
        let formula = piece.trim_start_matches(is_skipped);
        let before = piece.get(..piece.len() - formula.len()).unwrap_or_default();
        out.push_str(before);
        if formula.starts_with(begins_formula) && !is_plain(formula.trim_end_matches(is_skipped_behind)) {
            out.push('\'');
        }
        out.push_str(formula);
    }
    Cow::Owned(out)
}

/// Characters at which a spreadsheet may start another cell.
fn ends_piece(c: char) -> bool {
    matches!(
        c,
        ';' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// The characters that start a formula: normal, full width and small.
fn begins_formula(c: char) -> bool {
    matches!(
        c,
        '=' | '+'
            | '-'
            | '@'
            | '\u{ff1d}'
            | '\u{ff0b}'
            | '\u{ff0d}'
            | '\u{ff20}'
            | '\u{fe66}'
            | '\u{fe62}'
            | '\u{fe63}'
            | '\u{fe6b}'
    )
}

/// Characters that a spreadsheet may drop before a formula.
fn is_skipped(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '"' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

fn is_skipped_behind(c: char) -> bool {
    c == ';' || c.is_whitespace()
}

/// Whether a text is a number or a telephone number.
fn is_plain(text: &str) -> bool {
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let plain = |c: char| {
        c.is_ascii_digit() || matches!(c, ' ' | '(' | ')' | '.' | ',' | '/' | '-' | '%' | '\u{a0}' | '\u{202f}')
    };
    let exponent = || {
        rest.starts_with(|c: char| c.is_ascii_digit())
            && rest
                .bytes()
                .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte))
            && rest.parse::<f64>().is_ok()
    };
    !text.starts_with(['=', '@']) && (rest.chars().all(plain) || exponent())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fault_08_cells_are_quoted_and_never_formulas() {
        for (text, expected) in [
            ("", ""),
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"a\"", "\"say \"\"a\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("a=1", "a=1"),
            ("a@b.example", "a@b.example"),
            // Starts of formulas.
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("+A1", "'+A1"),
            ("-A1", "'-A1"),
            ("=", "'="),
            ("=a,\"b\"", "\"'=a,\"\"b\"\"\""),
            ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
            ("-cmd|' /C calc'!A0", "'-cmd|' /C calc'!A0"),
            ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
            ("+1+1", "'+1+1"),
            ("+1e", "'+1e"),
            ("-inf", "'-inf"),
            ("-1:2", "'-1:2"),
            ("- item", "'- item"),
            ("+49 170 A1", "'+49 170 A1"),
            // Full width and small characters.
            ("\u{ff1d}1+1", "'\u{ff1d}1+1"),
            ("\u{ff0b}1", "'\u{ff0b}1"),
            ("\u{ff0d}1", "'\u{ff0d}1"),
            ("\u{ff20}A1", "'\u{ff20}A1"),
            ("\u{fe66}1", "'\u{fe66}1"),
            // After characters that a spreadsheet drops.
            (" =1", " '=1"),
            ("\u{a0}=1", "\u{a0}'=1"),
            ("\0=1", "\0'=1"),
            ("\u{feff}=1", "\u{feff}'=1"),
            ("\u{200b}=1", "\u{200b}'=1"),
            ("\"=1", "\"\"\"'=1\""),
            // After characters at which a spreadsheet splits.
            ("\t=1", "\"\t'=1\""),
            ("\r=1", "\"\r'=1\""),
            ("\n=1", "\"\n'=1\""),
            ("\r\n\r\n =1", "\"\r\n\r\n '=1\""),
            ("x;=1+1", "\"x;'=1+1\""),
            ("x; =1+1", "\"x; '=1+1\""),
            ("x;\"=cmd|' /C calc'!A0;", "\"x;\"\"'=cmd|' /C calc'!A0;\""),
            ("x\t@A1", "\"x\t'@A1\""),
            ("x\n-A1\n+A1", "\"x\n'-A1\n'+A1\""),
            ("x;\u{ff1d}1", "\"x;'\u{ff1d}1\""),
            ("=1;=2", "\"'=1;'=2\""),
            ("x\u{2028}=1", "x\u{2028}'=1"),
            // Numbers and telephone numbers are not changed.
            ("+49 170 1234567", "+49 170 1234567"),
            ("+491701234567", "+491701234567"),
            ("+49 (0)170/123-45.67", "+49 (0)170/123-45.67"),
            ("+1\u{a0}555\u{202f}0100", "+1\u{a0}555\u{202f}0100"),
            ("-1", "-1"),
            ("-1.5", "-1.5"),
            ("-1,5", "\"-1,5\""),
            ("-1.234,50", "\"-1.234,50\""),
            ("-5%", "-5%"),
            ("-1.5e-10", "-1.5e-10"),
            ("+1E+5", "+1E+5"),
            ("-1-2", "-1-2"),
            ("-", "-"),
            ("---", "---"),
            ("+49 170;-2", "\"+49 170;-2\""),
        ] {
            assert_eq!(cell(text), expected, "{text:?}");
        }
    }

    proptest::proptest! {
        /// However a spreadsheet splits a file, no part of it computes more than a number.
        #[test]
        fn no_part_begins_a_formula(text in "[=+@;\t\r\n\"', A1-]{0,12}") {
            for part in cell(&text).split([';', '\t', '\r', '\n']) {
                let part = part.trim_start_matches([' ', '"']);
                let formula = part.starts_with(['=', '+', '-', '@']);
                proptest::prop_assert!(!formula || !part.contains(['=', '@', 'A', '\'']), "{part:?} of {text:?}");
            }
        }

        #[test]
        fn one_cell_is_read_back_as_one(text in "[a\",;\r\n']{0,9}") {
            let cell = cell(&text);
            let read = cell.strip_prefix('"').and_then(|cell| cell.strip_suffix('"'));
            proptest::prop_assert_eq!(read.map_or_else(|| cell.clone(), |read| read.replace("\"\"", "\"")), text);
        }
    }
}
