//! Collects parsing errors and notes of one run, with a limit.

use crate::domain::parse_issue::{ParseIssue, Reason};

/// The maximum number of issues, not counting the one that says how many were left out.
pub const MAX_ISSUES: usize = 100;

/// The maximum number of characters of a key in an issue.
const KEY_SHOWN: usize = 128;

/// Collects issues. Errors come before notes, so that many notes cannot hide an error.
#[derive(Debug, Default)]
pub struct ParseIssues {
    errors: Vec<ParseIssue>,
    notes: Vec<ParseIssue>,
    left_out: u32,
}

impl ParseIssues {
    /// Adds an issue about the whole webhook.
    pub fn whole(&mut self, reason: Reason) {
        self.about("", "", reason);
    }

    /// Adds an issue about one value.
    pub fn about(&mut self, key: &str, value: &str, reason: Reason) {
        let issue = match key.char_indices().nth(KEY_SHOWN) {
            Some((end, _)) => {
                let key = format!("{}…", key.get(..end).unwrap_or_default());
                ParseIssue::about(&key, value, reason)
            }
            None => ParseIssue::about(key, value, reason),
        };
        let list = if issue.is_error() {
            &mut self.errors
        } else {
            &mut self.notes
        };
        if list.len() < MAX_ISSUES {
            list.push(issue);
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
    }

    /// All issues, errors first.
    pub fn into_vec(self) -> Vec<ParseIssue> {
        let Self {
            errors: mut all,
            mut notes,
            mut left_out,
        } = self;
        all.append(&mut notes);
        let over = all.len().saturating_sub(MAX_ISSUES);
        all.truncate(MAX_ISSUES);
        left_out = left_out.saturating_add(u32::try_from(over).unwrap_or(u32::MAX));
        if left_out > 0 {
            all.push(ParseIssue::whole(Reason::MoreIssues { left_out }));
        }
        all
    }
}
