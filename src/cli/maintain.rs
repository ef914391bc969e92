//! Commands that need no server: verification, rebuilding, completions, manual.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use super::{CliError, EXIT_FAILED, EXIT_OK, Terminal, command, render};
use crate::ledger::rebuild::Wish;
use crate::ledger::survey::Source;

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

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  hookgate rebuild --data /var/lib/hookgate\n  hookgate rebuild --from database\n\n\
    The journal, its base and the database are verified first. If the result would contain less than the existing \
    data, nothing is changed and the alternatives are shown. Replaced data is kept under another name."
)]
pub(super) struct RebuildCommand {
    /// Which data is right: 'journal' recreates the database from the journal, 'database' starts a new journal after the database
    #[arg(long, value_name = "SOURCE", value_enum, default_value_t = From::Journal)]
    from: From,
    /// Continue even if entries are lost, or journal and database differ
    #[arg(long)]
    accept_loss: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum From {
    Journal,
    Database,
}

impl RebuildCommand {
    pub(super) const fn wish(&self) -> Wish {
        Wish {
            from: match self.from {
                From::Journal => Source::Journal,
                From::Database => Source::Database,
            },
            accept_loss: self.accept_loss,
        }
    }
}

/// How a rebuild ended.
#[derive(Debug)]
pub enum RebuildEnd {
    Made(RebuildView),
    /// Nothing was changed; says why, and what can be done.
    Refused(String),
}

/// What a rebuild made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RebuildView {
    /// Whether the journal was replaced, and not the database.
    pub journal_renewed: bool,
    /// The last entry of the journal that the database holds.
    pub entries: u64,
    /// Webhooks that are stored now.
    pub webhooks: u64,
    /// Entries that are lost; only if that was accepted.
    pub lost: u64,
    /// Whether the new database holds exactly what the old one did; none if the old one is damaged
    /// or missing.
    pub equal: Option<bool>,
    /// Where what was replaced is now.
    pub kept_as: Vec<PathBuf>,
}

pub(super) fn show_check(view: &CheckView, json: bool, terminal: &mut Terminal<'_>) -> Result<u8, CliError> {
    if json {
        terminal.print_json(&json_of(view)?)?;
    } else {
        terminal.print(&render::check(view, terminal.colour))?;
    }
    Ok(if view.problems.is_empty() { EXIT_OK } else { EXIT_FAILED })
}

pub(super) fn show_rebuild(end: RebuildEnd, json: bool, terminal: &mut Terminal<'_>) -> Result<u8, CliError> {
    let view = match end {
        RebuildEnd::Made(view) => view,
        RebuildEnd::Refused(why) => return Err(CliError::new(EXIT_FAILED, "rebuild-refused", why)),
    };
    if json {
        terminal.print_json(&json_of(&view)?)?;
    } else {
        terminal.print(&render::rebuild(&view))?;
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
