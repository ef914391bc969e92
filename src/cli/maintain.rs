//! Commands that need no server: verification, rebuilding, completions, manual.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{CliError, EXIT_FAILED, EXIT_OK, Terminal, command, render};

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckView {
    /// Entries of the journal that were read.
    pub entries: u64,
    /// Webhooks that are stored.
    pub webhooks: u64,
    /// What is wrong; empty if all is well.
    pub problems: Vec<String>,
    /// How a damaged database becomes whole again.
    pub next_step: Option<String>,
}

/// What a rebuild made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RebuildView {
    /// Entries of the journal that were applied.
    pub entries: u64,
    /// Webhooks that are stored now.
    pub webhooks: u64,
    /// Whether the new database holds exactly what the old one did; none if the old one could
    /// not be read, or had not applied the same entries.
    pub equal: Option<bool>,
    /// Where the old database is now.
    pub kept_as: Option<std::path::PathBuf>,
}

pub(super) fn show_check(view: &CheckView, json: bool, terminal: &mut Terminal<'_>) -> Result<u8, CliError> {
    if json {
        terminal.print_json(&json_of(view)?)?;
    } else {
        terminal.print(&render::check(view, terminal.colour))?;
    }
    Ok(if view.problems.is_empty() { EXIT_OK } else { EXIT_FAILED })
}

pub(super) fn show_rebuild(view: &RebuildView, json: bool, terminal: &mut Terminal<'_>) -> Result<u8, CliError> {
    if json {
        terminal.print_json(&json_of(view)?)?;
    } else {
        terminal.print(&render::rebuild(view))?;
    }
    Ok(EXIT_OK)
}

pub(super) fn completions(shell: clap_complete::Shell, terminal: &mut Terminal<'_>) -> Result<u8, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(), "hookgate", &mut script);
    terminal.print(&String::from_utf8_lossy(&script))?;
    Ok(EXIT_OK)
}

pub(super) fn man(folder: Option<&Path>, terminal: &mut Terminal<'_>) -> Result<u8, CliError> {
    let failed = |error: std::io::Error| CliError::output(&error);
    if let Some(folder) = folder {
        clap_mangen::generate_to(command(), folder).map_err(failed)?;
        return Ok(EXIT_OK);
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command()).render(&mut page).map_err(failed)?;
    terminal.print(&String::from_utf8_lossy(&page))?;
    Ok(EXIT_OK)
}

fn json_of(view: &impl Serialize) -> Result<serde_json::Value, CliError> {
    serde_json::to_value(view).map_err(|error| CliError::output(&error.into()))
}
