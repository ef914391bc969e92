//! Parsing errors and notes of one run, bounded.

use crate::domain::remark::{Reason, Remark};

/// The most remarks that are kept, without the one that counts the rest.
pub const KEPT: usize = 100;

/// The most characters of a key that a remark shows.
const KEY_SHOWN: usize = 128;

/// Collects remarks. Errors go before notes, so that no crowd of notes hides an error.
#[derive(Debug, Default)]
pub struct Remarks {
    errors: Vec<Remark>,
    notes: Vec<Remark>,
    left_out: u32,
}

impl Remarks {
    /// Adds a remark about the whole webhook.
    pub fn whole(&mut self, reason: Reason) {
        self.about("", "", reason);
    }

    /// Adds a remark about one value.
    pub fn about(&mut self, key: &str, value: &str, reason: Reason) {
        let remark = match key.char_indices().nth(KEY_SHOWN) {
            Some((end, _)) => {
                let key = format!("{}…", key.get(..end).unwrap_or_default());
                Remark::about(&key, value, reason)
            }
            None => Remark::about(key, value, reason),
        };
        let list = if remark.is_error() {
            &mut self.errors
        } else {
            &mut self.notes
        };
        if list.len() < KEPT {
            list.push(remark);
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
    }

    /// All of them, errors first.
    pub fn into_vec(self) -> Vec<Remark> {
        let Self {
            errors: mut all,
            mut notes,
            mut left_out,
        } = self;
        all.append(&mut notes);
        let over = all.len().saturating_sub(KEPT);
        all.truncate(KEPT);
        left_out = left_out.saturating_add(u32::try_from(over).unwrap_or(u32::MAX));
        if left_out > 0 {
            all.push(Remark::whole(Reason::MoreRemarks { left_out }));
        }
        all
    }
}
