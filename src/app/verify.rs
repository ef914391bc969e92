//! Work on the whole data folder while no server runs: verifying, and rebuilding.

use std::path::Path;

use crate::config::Settings;
use crate::ledger::OpenError;
use crate::ledger::derive::differences;
use crate::ledger::folder::DataFolder;
use crate::ledger::rebuild::{RebuildError, Rebuilt, Wish, compare, databases_kept, rebuild};
use crate::ledger::survey::{DatabaseFound, Source, Survey, database_find, survey};
use crate::manage::error::with_causes;
use crate::space::comes_of_full_disk;
use crate::store::digest::store_digest;
use crate::store::{StoreError, store_open_unchanged};

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Entries of the journal that can be read.
    pub entries: u64,
    /// Webhooks that are stored.
    pub webhooks: u64,
    /// What is wrong; empty if all is well.
    pub problems: Vec<String>,
    /// The next step that repairs it.
    pub next: Option<NextStep>,
}

/// The way out of damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextStep {
    /// Rebuild the database from the journal.
    Rebuild,
    /// Start a new journal that continues after the database.
    Renew,
    /// Journal and database are whole, and disagree: the administrator chooses.
    Choose,
    /// A backup; or the source that reaches furthest, and how many entries that loses.
    Restore(Option<(Source, u64)>),
}

impl NextStep {
    /// What to do, in words.
    #[must_use]
    pub fn text(self) -> String {
        match self {
            Self::Rebuild => "run 'hookgate rebuild': the journal is intact, and the database is recreated from it; \
                              the damaged database is kept under another name"
                .to_owned(),
            Self::Renew => "run 'hookgate rebuild --from database': the database is intact and complete; a new \
                            journal is started after it, and the old journal is kept under another name"
                .to_owned(),
            Self::Choose => "copy the data folder; then run 'hookgate rebuild --accept-loss' to use the content of \
                             the journal, or 'hookgate rebuild --from database' to keep the database. Every journal \
                             entry has a checksum, so the journal is usually right"
                .to_owned(),
            Self::Restore(left) => {
                let restore = "restore the newest backup with 'hookgate restore FILE': neither the journal nor the \
                               database is complete; see docs/operate.md";
                match left {
                    Some((source, lost)) => format!(
                        "{restore}. Without a backup, '{}' keeps the remaining data and loses {}",
                        command(Wish {
                            from: source,
                            accept_loss: true
                        }),
                        entries(lost)
                    ),
                    None => restore.to_owned(),
                }
            }
        }
    }
}

/// The command that asks for it.
const fn command(wish: Wish) -> &'static str {
    match (wish.from, wish.accept_loss) {
        (Source::Journal, false) => "hookgate rebuild",
        (Source::Journal, true) => "hookgate rebuild --accept-loss",
        (Source::Database, false) => "hookgate rebuild --from database",
        (Source::Database, true) => "hookgate rebuild --from database --accept-loss",
    }
}

/// How many entries are lost, in words.
fn entries(lost: u64) -> String {
    match lost {
        0 => "the damaged end of the journal".to_owned(),
        1 => "1 entry (a webhook, its processing result, or a change)".to_owned(),
        lost => format!("{lost} entries (webhooks, their processing results, and changes)"),
    }
}

fn next_step(survey: &Survey) -> NextStep {
    let complete = |source| survey.reach(source).is_some_and(|reach| survey.is_complete(reach));
    if complete(Source::Journal) && survey.journal.faults.is_empty() {
        return NextStep::Rebuild;
    }
    if complete(Source::Database) {
        return NextStep::Renew;
    }
    if complete(Source::Journal) {
        return NextStep::Rebuild;
    }
    let reach = |source| survey.reach(source).map(|reach| (source, reach));
    let sources = [reach(Source::Journal), reach(Source::Database)];
    let best = sources.into_iter().flatten().max_by_key(|(_, reach)| *reach);
    NextStep::Restore(best.map(|(source, reach)| (source, survey.newest() - reach)))
}

/// Reads journal and database from end to end. Changes nothing.
///
/// # Errors
/// When the folder is in use, is no data folder, or something in it may not be read. Data that can
/// be read and is damaged is a problem in the result.
pub fn verify(settings: &Settings) -> Result<Verified, OpenError> {
    let folder = DataFolder::open_existing(&settings.data)?;
    let cache = cache(settings);
    let survey = survey(&folder, cache)?;
    let mut problems: Vec<String> = survey.journal.faults.iter().map(|fault| with_causes(fault)).collect();
    match &survey.database {
        Some(database) => problems.extend(faults(database, "the database")),
        None => problems.push(format!("there is no database {}", folder.database().display())),
    }
    if let Some(base) = &survey.base {
        problems.extend(faults(base, "the base of the journal"));
    }
    problems.extend(apart(&survey));
    let mut next = (!problems.is_empty()).then(|| next_step(&survey));
    if problems.is_empty() {
        // Each part may be intact and still differ from what was written.
        match compare(&folder, &survey, cache) {
            Ok(Some(tables)) if !tables.is_empty() => {
                next = Some(NextStep::Choose);
                problems.push(format!(
                    "the database does not match the journal: they differ in {} (journal and database)",
                    tables.join(", ")
                ));
            }
            Ok(_) => {}
            Err(error) if matches!(error, OpenError::Space { .. }) || comes_of_full_disk(&error) => {
                problems.push(format!(
                    "the database was not compared with the journal: {}. Free up space, then check again",
                    with_causes(&error)
                ));
            }
            Err(error) => return Err(error),
        }
    }
    if let Some(database) = survey.database.as_ref().filter(|database| database.is_whole()) {
        problems.extend(kept_compare(&folder, database, cache)?);
    }
    Ok(Verified {
        entries: survey.journal.entries,
        webhooks: survey.database.and_then(|database| database.webhooks).unwrap_or(0),
        problems,
        next,
    })
}

fn cache(settings: &Settings) -> usize {
    usize::try_from(settings.store.cache).unwrap_or(usize::MAX)
}

/// What is wrong with a database.
fn faults(found: &DatabaseFound, what: &str) -> Vec<String> {
    let unusable = found
        .unusable
        .as_ref()
        .map(|error| format!("{what}: {}", with_causes(error)));
    let pages = (unusable.is_none() && found.pages_damaged).then(|| format!("{what} has damaged pages"));
    let misfits = found.misfits.iter().map(|misfit| format!("{what}: {misfit}"));
    unusable.into_iter().chain(pages).chain(misfits).collect()
}

/// Where the parts are whole, but do not belong together.
fn apart(survey: &Survey) -> Option<String> {
    let last = survey.journal.ranges.last().map(|range| *range.end());
    let base = survey.base.as_ref().and_then(|base| base.applied);
    let begins = survey.journal.begins;
    if let (Some(applied), Some(begins)) = (base, begins)
        && applied + 1 < begins
    {
        return Some(format!(
            "the base of the journal ends at entry {applied}, but the journal begins at entry {begins}"
        ));
    }
    if base.is_none() && begins.is_some_and(|begins| begins > 1) {
        return Some(
            "the base of the journal is missing: the database cannot be recreated from the journal".to_owned(),
        );
    }
    let applied = survey.database.as_ref().and_then(|database| database.applied)?;
    let end = last.or_else(|| begins.map(|begins| begins - 1))?;
    (end < applied).then(|| format!("the database has applied entry {applied}, but the journal ends at entry {end}"))
}

/// Whether what a rebuild replaced held more than there is now, or something else.
fn kept_compare(folder: &DataFolder, now: &DatabaseFound, cache: usize) -> Result<Vec<String>, OpenError> {
    let Some(applied) = now.applied else {
        return Ok(Vec::new());
    };
    let mut problems = Vec::new();
    for path in databases_kept(folder)? {
        let open = |path: &Path| store_open_unchanged(path, folder.appliance, cache);
        let compared = || -> Result<Option<String>, StoreError> {
            // One that is damaged says nothing that counts.
            if !database_find(&path, folder.appliance, cache).is_ok_and(|found| found.is_whole()) {
                return Ok(None);
            }
            let kept = open(&path)?;
            if kept.applied() < applied {
                return Ok(None);
            }
            let name = path.display();
            if kept.applied() > applied {
                let webhooks = kept.store().reader()?.webhook_counts()?.total();
                return Ok(Some(format!(
                    "the database {name}, which a rebuild replaced, contains {webhooks} webhooks and the entries up \
                     to {}; the database in use contains {} webhooks and the entries up to {applied}. Move it back to \
                     {}, then run 'hookgate check' again",
                    kept.applied(),
                    now.webhooks.unwrap_or(0),
                    folder.database().display()
                )));
            }
            let (kept, now) = (store_digest(&kept.store().reader()?)?, open(&folder.database())?);
            let tables = differences(&kept, &store_digest(&now.store().reader()?)?);
            Ok((!tables.is_empty()).then(|| {
                format!(
                    "the database {name}, which a rebuild replaced, has different content at the same entry: {}. Delete it if the rebuild was right",
                    tables.join(", ")
                )
            }))
        };
        problems.extend(compared().unwrap_or(None));
    }
    Ok(problems)
}

/// Replaces the database or the journal; see [`rebuild`].
///
/// # Errors
/// When the folder is in use, or data would be lost. The text names the alternatives.
pub fn rebuilt(settings: &Settings, wish: Wish) -> Result<Rebuilt, RefusedRebuild> {
    let folder = DataFolder::open_existing(&settings.data)?;
    rebuild(&folder, wish, settings.journal.segment, cache(settings)).map_err(refused)
}

/// Why nothing was rebuilt.
#[derive(Debug, thiserror::Error)]
pub enum RefusedRebuild {
    /// Something would be lost, or two things disagree; says what each holds, and what can be done.
    #[error("{0}")]
    Choose(String),
    /// The folder cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
}

fn refused(error: RebuildError) -> RefusedRebuild {
    match error {
        RebuildError::Open(error) => error.into(),
        RebuildError::Disagree { tables } => RefusedRebuild::Choose(format!(
            "the journal and the database are both intact, but differ in {} (journal and database). Nothing was \
             changed.\nNext step: {}",
            tables.join(", "),
            NextStep::Choose.text()
        )),
        RebuildError::Loss { survey, wish } => RefusedRebuild::Choose(loss(&survey, wish)),
    }
}

/// What each part holds, and what can be done.
fn loss(survey: &Survey, wish: Wish) -> String {
    let lost = survey.reach(wish.from).map(|reach| survey.newest() - reach);
    let mut text = match (lost, wish.from) {
        (Some(lost), _) => format!("'{}' would lose {}", command(wish), entries(lost)),
        (None, Source::Journal) => "the database cannot be recreated from the journal".to_owned(),
        (None, Source::Database) => {
            "the database is damaged or missing, so no new journal can be started after it".to_owned()
        }
    };
    text.push_str(". Nothing was changed.\n");
    for line in held(survey) {
        text.push_str("  ");
        text.push_str(&line);
        text.push('\n');
    }
    text.push_str("Next step: ");
    text.push_str(&next_step(survey).text());
    text
}

/// What each part holds, a line each.
fn held(survey: &Survey) -> Vec<String> {
    let journal = &survey.journal;
    let ranges: Vec<String> = journal
        .ranges
        .iter()
        .map(|range| format!("{} to {}", range.start(), range.end()))
        .collect();
    let mut lines = vec![if ranges.is_empty() {
        "the journal contains no entries".to_owned()
    } else {
        format!("the journal contains the entries {}", ranges.join(", "))
    }];
    lines.extend(journal.faults.iter().map(|fault| with_causes(fault)));
    let databases = [
        (&survey.base, "the base of the journal"),
        (&survey.database, "the database"),
    ];
    for (found, what) in databases {
        let Some(found) = found else {
            lines.push(format!("{what} does not exist"));
            continue;
        };
        match (found.is_whole(), found.applied) {
            (true, Some(applied)) => lines.push(format!(
                "{what} is intact and contains the entries up to {applied}, {} webhooks",
                found.webhooks.unwrap_or(0)
            )),
            (_, applied) => {
                let applied = applied.map_or_else(String::new, |applied| {
                    format!(", and refers to the entries up to {applied}")
                });
                lines.push(format!("{what} is damaged{applied}"));
                lines.extend(faults(found, what));
            }
        }
    }
    lines
}
