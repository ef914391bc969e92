//! Files that commands read.

use std::io::Read as _;
use std::path::Path;

use super::{CliError, EXIT_FAILED};

/// The text of a file, or of standard input for `-`; `instead` says what to do with a longer one.
pub(super) fn file_read(file: &Path, longest: u64, instead: &str) -> Result<String, CliError> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().lock().take(longest + 1).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|open| open.take(longest + 1).read_to_string(&mut text))
    };
    let failed = |why: String| CliError::new(EXIT_FAILED, "file", format!("{}: {why}", shown(file)));
    read.map_err(|error| failed(error.to_string()))?;
    if text.len() as u64 > longest {
        return Err(failed(format!("longer than {} KiB; {instead}", longest / 1024)));
    }
    Ok(text)
}

/// The name of a file for a message: not the content, which may be a key that was given instead of
/// the name.
fn shown(file: &Path) -> String {
    let name = file.display().to_string();
    if name.contains(['{', '\n']) || name.contains("-----BEGIN") {
        "a file name is required, but the content of a file was given".to_owned()
    } else {
        name
    }
}
