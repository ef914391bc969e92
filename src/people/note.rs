//! Notes actions of anonymous clients in the audit log: at most one row per minute for each account
//! and network, and a limited number in total, so that clients cannot fill the disk.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::Mutex;

use super::{People, lock};
use crate::domain::actor::Actor;
use crate::domain::audit::Difference;
use crate::domain::change::UpkeepChange;
use crate::domain::entry::Entry;
use crate::domain::time::Timestamp;
use crate::throttle::network;

/// The maximum number of rows per minute.
const MAX_ROWS: usize = 30;

const MINUTE: i64 = 60_000_000;

/// The rows of the current minute.
#[derive(Debug, Default)]
pub struct Notes(Mutex<Minute>);

#[derive(Debug, Default)]
struct Minute {
    number: i64,
    noted: HashSet<(String, u64, &'static str)>,
    /// The number of notes that were dropped since the last row.
    passed_over: u64,
}

/// An action to note.
pub struct Note<'a> {
    pub action: &'static str,
    /// The name of the known account; empty if there is none.
    pub subject: &'a str,
    pub detail: &'a str,
    pub address: IpAddr,
}

impl Notes {
    /// Whether to write it; if so, the number of dropped notes before it.
    fn due(&self, note: &Note<'_>, now: Timestamp) -> Option<u64> {
        let mut state = lock(&self.0);
        let minute = now.0.div_euclid(MINUTE);
        if state.number != minute {
            state.number = minute;
            state.noted.clear();
        }
        let key = (note.subject.to_lowercase(), network(note.address), note.action);
        if state.noted.len() >= MAX_ROWS || !state.noted.insert(key) {
            state.passed_over += 1;
            return None;
        }
        Some(std::mem::take(&mut state.passed_over))
    }
}

impl People {
    /// Notes an action in the audit log, unless the limits are reached. Does not wait for the
    /// entry.
    pub(super) fn note(&self, note: &Note<'_>, now: Timestamp) {
        let Some(passed_over) = self.notes.due(note, now) else {
            return;
        };
        let detail = match passed_over {
            0 => note.detail.to_owned(),
            more => format!("{} ({more} earlier attempts are not listed)", note.detail),
        };
        tracing::warn!(user = note.subject, address = %note.address, detail, "{}", note.action);
        let change = Entry::one(
            now,
            Actor::System,
            UpkeepChange::AuditNoted {
                action: note.action.to_owned(),
                subject: note.subject.to_owned(),
                address: Some(note.address),
                facts: vec![Difference::fact("detail", detail)],
            },
        );
        // If entries cannot be written, logins fail too.
        let _ = self.ledger.submit(change);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(subject: &str, last: u8) -> Note<'_> {
        Note {
            action: "login-failed",
            subject,
            detail: "",
            address: IpAddr::from([10, 0, last, 1]),
        }
    }

    #[test]
    fn one_a_minute_for_each_account_and_network() {
        let notes = Notes::default();
        let at = |seconds: i64| Timestamp(seconds * 1_000_000);
        assert_eq!(notes.due(&note("anna", 1), at(0)), Some(0));
        assert_eq!(notes.due(&note("Anna", 1), at(59)), None);
        assert_eq!(notes.due(&note("anna", 2), at(59)), Some(1));
        assert_eq!(notes.due(&note("ben", 1), at(59)), Some(0));
        assert_eq!(notes.due(&note("anna", 1), at(60)), Some(0));
    }

    #[test]
    fn a_few_in_all() {
        let notes = Notes::default();
        let written = (0..100).filter(|last| notes.due(&note("", *last), Timestamp(0)).is_some());
        assert_eq!(written.count(), MAX_ROWS);
        assert_eq!(notes.due(&note("", 1), Timestamp(MINUTE)), Some(70));
    }
}
