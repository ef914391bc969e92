//! What a command answers.

use std::path::Path;

use serde_json::Value;

use super::program;

/// Runs one command on a data folder, which must succeed; gives its JSON.
pub fn ask(data: &Path, arguments: &[&str]) -> Value {
    let output = program::command()
        .args(arguments)
        .args(["--json", "--data"])
        .arg(data)
        .output()
        .expect("the command runs");
    assert!(
        output.status.success(),
        "{arguments:?}: {}{}",
        String::from_utf8_lossy(&output.stderr),
        String::from_utf8_lossy(&output.stdout)
    );
    serde_json::from_slice(&output.stdout).expect("JSON")
}
