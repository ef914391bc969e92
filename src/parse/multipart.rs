//! `multipart/form-data` in memory: texts become fields, files are noted and left out.

use std::borrow::Cow;
use std::ops::Range;

use encoding_rs::{Encoding, UTF_8};
use memchr::memmem;

use super::media_type::{Media, media, parameter};
use super::percent::{self, Plus};
use super::{Broken, Field, FieldValue, Fields, Limits, broken, charset, form};
use crate::domain::parse_issue::Reason;
use crate::domain::webhook::FileNote;

/// The most bytes of headers that a part may have.
const PART_HEADERS: usize = 8 * 1024;

/// The most characters of a file's name that a note keeps.
const NAME_NOTED: usize = 255;

/// The same body with each file's content left out, and a note for each file; none if there is
/// no file, or if the body is no multipart form that can be read.
#[must_use]
pub fn without_files(content_type: &str, body: &[u8], limits: Limits) -> Option<(Vec<u8>, Vec<FileNote>)> {
    if media(content_type) != Some(Media::Multipart) {
        return None;
    }
    let parts = parts(content_type, body, limits).ok()?;
    let mut kept = Vec::with_capacity(1024);
    let mut notes = Vec::new();
    let mut from = 0;
    for part in parts {
        let Some(file) = part.file.filter(|file| !(file.is_empty() && part.content.is_empty())) else {
            continue;
        };
        kept.extend_from_slice(body.get(from..part.content.start).unwrap_or_default());
        from = part.content.end;
        notes.push(FileNote {
            field: start_of(&part.name),
            name: start_of(&file),
            size: part.content.len() as u64,
        });
    }
    if notes.is_empty() {
        return None;
    }
    kept.extend_from_slice(body.get(from..).unwrap_or_default());
    Some((kept, notes))
}

/// What a note keeps of a name.
fn start_of(name: &str) -> String {
    name.chars().take(NAME_NOTED).collect()
}

/// The fields of a form; files are passed over.
pub(super) fn fields<'a>(content_type: &str, body: &'a [u8], limits: Limits) -> Result<Fields<'a>, Reason> {
    let parts = parts(content_type, body, limits)?;
    let default = charset::of(content_type)?.unwrap_or(UTF_8);
    Ok(parts
        .into_iter()
        .filter(|part| part.file.is_none())
        .map(|part| {
            let content = body.get(part.content).unwrap_or_default();
            Field {
                name: Cow::Owned(part.name),
                value: part_value(&part.headers, content, default),
            }
        })
        .collect())
}

fn part_value<'a>(headers: &PartHeaders, content: &'a [u8], default: &'static Encoding) -> FieldValue<'a> {
    let unreadable = |shown: String, reason| FieldValue::Broken(Box::new(Broken { shown, reason }));
    if let Some(transfer) = headers.transfer_encoding {
        let wanted = format!("expected unencoded text, not {transfer}");
        return unreadable(String::from_utf8_lossy(content).into_owned(), Reason::Unfit { wanted });
    }
    let encoding = match headers.charset {
        Ok(named) => named.unwrap_or(default),
        Err(ref reason) => {
            return unreadable(String::from_utf8_lossy(content).into_owned(), reason.clone());
        }
    };
    match form::text(content, encoding) {
        Ok(text) => FieldValue::Text(text),
        Err(shown) => unreadable(shown, form::not_in(encoding)),
    }
}

struct Part {
    name: String,
    /// The file name, if it is a file; empty if the sender chose none.
    file: Option<String>,
    headers: PartHeaders,
    content: Range<usize>,
}

struct PartHeaders {
    charset: Result<Option<&'static Encoding>, Reason>,
    /// An encoding of the content that is not read.
    transfer_encoding: Option<&'static str>,
}

fn parts(content_type: &str, body: &[u8], limits: Limits) -> Result<Vec<Part>, Reason> {
    let sections = sections(content_type, body, limits.fields as usize)?.into_iter();
    let numbered = sections.zip(1..);
    numbered.map(|(range, number)| part(body, range, number)).collect()
}

/// Where the parts of a multipart body are, each with its headers.
///
/// # Errors
/// If the content type or the body has no boundary, or there are more than `most` parts.
pub fn sections(content_type: &str, body: &[u8], most: usize) -> Result<Vec<Range<usize>>, Reason> {
    let boundary = boundary(content_type)?;
    let delimiter = [b"--", boundary.as_bytes()].concat();
    let mut parts: Vec<Range<usize>> = Vec::new();
    // Where the headers of the part that is open start.
    let mut open: Option<usize> = None;
    for found in memmem::find_iter(body, &delimiter) {
        let Some(line) = delimiter_line(body, found, delimiter.len()) else {
            continue;
        };
        if let Some(start) = open {
            if parts.len() >= most {
                let limit = u32::try_from(most).unwrap_or(u32::MAX);
                return Err(Reason::TooManyFields { limit });
            }
            parts.push(start..line.content_end.max(start));
        }
        match line.next {
            Some(next) => open = Some(next),
            None => return Ok(parts),
        }
    }
    Err(if open.is_some() {
        broken(format!(
            "the closing line --{boundary}-- is missing: the body was cut off"
        ))
    } else {
        broken(format!(
            "the boundary '{boundary}' of the content type does not appear in the body"
        ))
    })
}

fn boundary(content_type: &str) -> Result<Cow<'_, str>, Reason> {
    let boundary = parameter(content_type, "boundary").unwrap_or_default();
    if boundary.is_empty() {
        return Err(broken(
            "the content type has no boundary; let the sending service set the Content-Type header itself",
        ));
    }
    if boundary.len() > 70 {
        return Err(broken("the boundary in the content type is longer than 70 characters"));
    }
    Ok(boundary)
}

/// A line that parts two parts.
struct DelimiterLine {
    /// Where the content before it ends.
    content_end: usize,
    /// Where the next part starts; none after the last.
    next: Option<usize>,
}

/// Whether the delimiter is on its own line. Lines may end with a bare line feed.
fn delimiter_line(body: &[u8], found: usize, length: usize) -> Option<DelimiterLine> {
    let before = body.get(..found)?;
    let content_end = match before {
        [] => 0,
        [.., b'\r', b'\n'] => found - 2,
        [.., b'\n'] => found - 1,
        _ => return None,
    };
    let after = body.get(found + length..)?;
    if after.starts_with(b"--") {
        return Some(DelimiterLine {
            content_end,
            next: None,
        });
    }
    let padding = after.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let line_end = match after.get(padding..)? {
        [b'\r', b'\n', ..] => 2,
        [b'\n', ..] => 1,
        _ => return None,
    };
    Some(DelimiterLine {
        content_end,
        next: Some(found + length + padding + line_end),
    })
}

/// Reads one part; `range` is its headers and content.
fn part(body: &[u8], range: Range<usize>, number: usize) -> Result<Part, Reason> {
    let whole = body.get(range.clone()).unwrap_or_default();
    let mut headers = PartHeaders {
        charset: Ok(None),
        transfer_encoding: None,
    };
    let (mut name, mut file) = (None, None);
    let mut at = 0;
    loop {
        let rest = whole.get(at..whole.len().min(PART_HEADERS)).unwrap_or_default();
        // A value without characters may share its line break with the headers.
        if at > 0 && at == whole.len() {
            break;
        }
        let Some(line_end) = memchr::memchr(b'\n', rest) else {
            return Err(broken(if whole.len() <= PART_HEADERS {
                format!("part {number} has no empty line between its headers and its value")
            } else {
                format!("part {number} has more than {PART_HEADERS} bytes of headers")
            }));
        };
        let line = rest.get(..line_end).unwrap_or_default();
        at += line_end + 1;
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end_matches('\r');
        if line.is_empty() {
            break;
        }
        let Some((header, value)) = line.split_once(':') else {
            continue;
        };
        match header.trim() {
            header if header.eq_ignore_ascii_case("content-disposition") => {
                name = parameter(value, "name").map(Cow::into_owned);
                file = file_name(value);
            }
            header if header.eq_ignore_ascii_case("content-type") => {
                headers.charset = charset::of(value);
            }
            header if header.eq_ignore_ascii_case("content-transfer-encoding") => {
                headers.transfer_encoding = ["base64", "quoted-printable"]
                    .into_iter()
                    .find(|coding| coding.eq_ignore_ascii_case(value.trim()));
            }
            _ => {}
        }
    }
    let name = name.ok_or_else(|| {
        broken(format!(
            "part {number} has no field name; it must have the header Content-Disposition: form-data; name=\"…\""
        ))
    })?;
    Ok(Part {
        name,
        file,
        headers,
        content: (range.start + at).min(range.end)..range.end,
    })
}

/// The headers at the start of a part, and what follows the empty line behind them. None if they are
/// too long, or no text.
#[must_use]
pub fn with_headers(part: &[u8]) -> Option<(HeaderList<'_>, &[u8])> {
    let mut headers = Vec::new();
    let mut at = 0;
    while at < part.len() {
        let rest = part.get(at..)?;
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        at = part.len().min(at + end + 1);
        if at > PART_HEADERS {
            return None;
        }
        let line = std::str::from_utf8(rest.get(..end)?).ok()?.trim_end_matches('\r');
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.push((Cow::Borrowed(name.trim()), Cow::Borrowed(value.trim())));
        }
    }
    Some((headers, part.get(at..)?))
}

/// Names and values of headers, in order.
pub type HeaderList<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// The file name of a part that is a file. `filename*` (RFC 8187) goes before `filename`.
fn file_name(disposition: &str) -> Option<String> {
    let plain = parameter(disposition, "filename");
    let Some(extended) = parameter(disposition, "filename*") else {
        return plain.map(Cow::into_owned);
    };
    let mut pieces = extended.splitn(3, '\'');
    let label = pieces.next().unwrap_or_default();
    let decoded = pieces.nth(1).and_then(|escaped| {
        let encoding = Encoding::for_label(label.as_bytes())?;
        let bytes = percent::bytes(escaped.as_bytes(), Plus::Plus);
        form::text(&bytes, encoding).ok().map(Cow::into_owned)
    });
    Some(decoded.unwrap_or_else(|| plain.unwrap_or(extended).into_owned()))
}
