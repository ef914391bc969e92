//! Lines of JSON with a bounded length.

use std::io::{self, BufRead, ErrorKind, Read as _, Write};

use serde::Serialize;

/// Writes a value as one line.
pub(super) fn write(mut to: impl Write, value: &impl Serialize) -> io::Result<()> {
    // JSON has no line break outside of texts, where it is escaped.
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    to.write_all(&line)?;
    to.flush()
}

/// Reads one line, without its line break; none at the end of the stream.
///
/// A line that is longer than `longest`, or that the stream cuts off, is an error.
pub(super) fn read(from: &mut impl BufRead, longest: u64) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    from.take(longest + 1).read_until(b'\n', &mut line)?;
    match line.pop() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(line)),
        Some(_) if line.len() as u64 >= longest => {
            let text = format!("a line is longer than {longest} bytes");
            Err(io::Error::new(ErrorKind::InvalidData, text))
        }
        Some(_) => Err(ErrorKind::UnexpectedEof.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_to_their_bound() {
        let mut from: &[u8] = b"abc\nde\nf";
        assert_eq!(read(&mut from, 3).unwrap().unwrap(), b"abc");
        assert_eq!(read(&mut from, 3).unwrap().unwrap(), b"de");
        assert_eq!(read(&mut from, 3).unwrap_err().kind(), ErrorKind::UnexpectedEof);
        assert_eq!(read(&mut from, 3).unwrap(), None);
        let mut long: &[u8] = b"abcd\n";
        assert_eq!(read(&mut long, 3).unwrap_err().kind(), ErrorKind::InvalidData);
    }
}
