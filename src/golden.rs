//! Golden files: the bytes that a format had when it was first written. Data of every earlier
//! version must stay readable, so these files only ever grow.

use std::fmt::Write;
use std::path::Path;

/// Bytes by name, as a golden file holds them.
pub type Golden = Vec<(String, Vec<u8>)>;

/// Compares what is encoded today with a file of `tests/fixtures`, line by line, and gives
/// the file's bytes, so that the test can also read them.
pub fn golden(file: &str, encoded: &Golden) -> Golden {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(file);
    if std::env::var_os("HOOKGATE_GOLDEN").is_some_and(|word| word == "write") {
        let mut text = String::new();
        for (name, bytes) in encoded {
            writeln!(text, "{name} {}", to_hex(bytes)).unwrap();
        }
        std::fs::write(&path, text).unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap();
    let stored: Golden = text
        .lines()
        .map(|line| {
            let (name, hex) = line.split_once(' ').unwrap();
            (name.to_owned(), from_hex(hex))
        })
        .collect();
    for (name, bytes) in encoded {
        let kept = stored.iter().find(|(other, _)| other == name);
        assert!(
            kept.is_some_and(|(_, kept)| kept == bytes),
            "the stored format of {name} is not what {file} says: data of earlier versions would be misread. \
             If that is meant (a line is new, or nothing was released with the old one), \
             run this test once with HOOKGATE_GOLDEN=write and look at the difference"
        );
    }
    assert_eq!(
        stored.len(),
        encoded.len(),
        "{file} holds more than this test knows; a format is never taken away"
    );
    stored
}

pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

pub fn from_hex(hex: &str) -> Vec<u8> {
    let digits = |at: usize| &hex[2 * at..2 * at + 2];
    (0..hex.len() / 2)
        .map(|at| u8::from_str_radix(digits(at), 16).unwrap())
        .collect()
}
