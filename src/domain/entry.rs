//! An entry of the journal: one decision with all its changes.
//!
//! ```text
//! version (1 byte) | at, by (postcard) | extensions | number of changes | changes
//! a change: subject (1 byte) | value | extensions
//! ```
//! The value of a change of a webhook or record is postcard, by position: compact and fast. Every
//! other value is JSON after its length: a later version can add a field, and this version rejects
//! a field that it does not know by name. docs/architecture.md explains why not CBOR.
//!
//! Extensions leave room for what a later version adds to entries and to changes by position: the
//! number of extensions, then for each a tag, a length and bytes. This version writes none and
//! rejects all of them, since it would lose their content. Reserved tags:
//!
//! | of | tag: what |
//! | --- | --- |
//! | an entry | 1: trace id; 2: origin (box, owner, term) |
//! | a webhook that arrived | 1: deduplication key; 2: index within a split request; 3: event type; 4: the body is packed (dictionary, length) |
//! | the end of a run | 1: references that apply resolves; 2: marks of what was found; 3: due items; 4: reruns so far |
//!
//! A fetched body is a change of its own.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::actor::Actor;
use super::change::{Change, WebhookChange};
use super::time::Timestamp;

/// An entry of the journal: one decision, applied completely or not at all.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub at: Timestamp,
    pub by: Actor,
    /// At least one, at most [`MAX_CHANGES`]; applied in this order.
    pub changes: Vec<Change>,
}

/// The maximum number of changes in an entry: the audit log numbers them in one byte.
pub const MAX_CHANGES: usize = 255;

/// The version byte in front of every entry.
pub const ENTRY_VERSION: u8 = 1;

/// The number of extensions of an entry, a change or a stored row in this version.
pub const NO_EXTENSIONS: u8 = 0;

/// The subjects of changes as stored. They must never change.
mod subject {
    pub const WEBHOOK: u8 = 1;
    pub const RECORDS: u8 = 2;
    pub const CONFIG: u8 = 3;
    pub const ACCESS: u8 = 4;
    pub const SESSION: u8 = 5;
    pub const UPKEEP: u8 = 6;
    pub const TASK: u8 = 7;
}

/// An entry of the journal that this version cannot read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    #[error("the entry has format {0}, but this version supports {ENTRY_VERSION}; install a newer version of Hookgate")]
    Newer(u8),
    #[error("the entry uses something that this version does not know ({what}); install a newer version of Hookgate")]
    Unknown { what: String },
    #[error("the entry cannot be read: {what}")]
    Malformed { what: &'static str },
    #[error("the entry is empty")]
    Empty,
}

impl Entry {
    /// Creates an entry with one change.
    #[must_use]
    pub fn one(at: Timestamp, by: Actor, change: impl Into<Change>) -> Self {
        Self {
            at,
            by,
            changes: vec![change.into()],
        }
    }

    /// The webhook that it adds, if it adds one.
    #[must_use]
    pub fn webhook_received(&self) -> Option<&super::webhook::Webhook> {
        self.changes.iter().find_map(|change| match change {
            Change::Webhook(WebhookChange::Received(webhook)) => Some(webhook),
            _ => None,
        })
    }

    /// Whether it adds more than a note to the data: see [`Change::needs_room`].
    #[must_use]
    pub fn needs_room(&self) -> bool {
        self.changes.iter().any(Change::needs_room)
    }

    /// Encodes it as the journal stores it.
    ///
    /// # Panics
    /// Never: all parts of an entry can be written.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let room = self.webhook_received().map_or(256, |webhook| 512 + webhook.body.len());
        let mut bytes = Vec::with_capacity(room);
        bytes.push(ENTRY_VERSION);
        postcard_put(&(self.at, self.by), &mut bytes);
        bytes.push(NO_EXTENSIONS);
        bytes.push(u8::try_from(self.changes.len()).unwrap_or(u8::MAX));
        for change in self.changes.iter().take(MAX_CHANGES) {
            change_put(change, &mut bytes);
        }
        bytes
    }

    /// Reads what [`Entry::encode`] wrote.
    ///
    /// # Errors
    /// If the bytes were written by a newer version, or are not an entry.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (version, rest) = bytes.split_first().ok_or(DecodeError::Empty)?;
        if *version != ENTRY_VERSION {
            return Err(DecodeError::Newer(*version));
        }
        let mut rest = rest;
        let (at, by) = postcard_take(&mut rest)?;
        extensions_refuse(&mut rest, "an extension of the entry")?;
        let count = byte_take(&mut rest)?;
        let mut changes = Vec::with_capacity(usize::from(count));
        for _ in 0..count {
            changes.push(change_take(&mut rest)?);
        }
        if changes.is_empty() || !rest.is_empty() {
            return Err(DecodeError::Malformed {
                what: "it has extra bytes after its changes",
            });
        }
        Ok(Self { at, by, changes })
    }
}

fn change_put(change: &Change, bytes: &mut Vec<u8>) {
    match change {
        Change::Webhook(change) => {
            bytes.push(subject::WEBHOOK);
            postcard_put(change, bytes);
        }
        Change::Records(written) => {
            bytes.push(subject::RECORDS);
            postcard_put(written, bytes);
        }
        Change::Config(change) => json_put(subject::CONFIG, change, bytes),
        Change::Access(change) => json_put(subject::ACCESS, change, bytes),
        Change::Session(change) => json_put(subject::SESSION, change, bytes),
        Change::Task(change) => json_put(subject::TASK, change, bytes),
        Change::Upkeep(change) => json_put(subject::UPKEEP, change, bytes),
    }
    bytes.push(NO_EXTENSIONS);
}

fn change_take(rest: &mut &[u8]) -> Result<Change, DecodeError> {
    let change = match byte_take(rest)? {
        subject::WEBHOOK => Change::Webhook(postcard_take(rest)?),
        subject::RECORDS => Change::Records(postcard_take(rest)?),
        subject::CONFIG => Change::Config(json_take(rest)?),
        subject::ACCESS => Change::Access(json_take(rest)?),
        subject::SESSION => Change::Session(json_take(rest)?),
        subject::TASK => Change::Task(json_take(rest)?),
        subject::UPKEEP => Change::Upkeep(json_take(rest)?),
        other => {
            let what = format!("changes of subject {other}");
            return Err(DecodeError::Unknown { what });
        }
    };
    extensions_refuse(rest, "an extension of a change")?;
    Ok(change)
}

/// Writing into memory cannot fail. If it did, the result would be bytes that no reader accepts.
fn postcard_put<T: Serialize>(value: &T, bytes: &mut Vec<u8>) {
    *bytes = postcard::to_extend(value, std::mem::take(bytes)).unwrap_or_default();
}

fn postcard_take<T: DeserializeOwned>(rest: &mut &[u8]) -> Result<T, DecodeError> {
    match postcard::take_from_bytes(rest) {
        Ok((value, behind)) => {
            *rest = behind;
            Ok(value)
        }
        // A variant that this version does not know: the checksums of the journal have ruled out
        // damage.
        Err(postcard::Error::SerdeDeCustom) => Err(DecodeError::Unknown {
            what: "a kind of change or value".to_owned(),
        }),
        Err(_) => Err(DecodeError::Malformed {
            what: "it is cut off or contains an invalid value",
        }),
    }
}

fn json_put<T: Serialize>(subject: u8, value: &T, bytes: &mut Vec<u8>) {
    bytes.push(subject);
    let json = serde_json::to_vec(value).unwrap_or_default();
    postcard_put(&json.as_slice(), bytes);
}

fn json_take<T: DeserializeOwned>(rest: &mut &[u8]) -> Result<T, DecodeError> {
    let json: Vec<u8> = postcard_take(rest)?;
    serde_json::from_slice(&json).map_err(|error| {
        if error.is_data() {
            let what = without_place(&error.to_string());
            DecodeError::Unknown { what }
        } else {
            DecodeError::Malformed {
                what: "a part of it is not JSON",
            }
        }
    })
}

/// The message of `serde_json` without the line and column at its end.
#[must_use]
pub fn without_place(message: &str) -> String {
    let end = message.rfind(" at line ").unwrap_or(message.len());
    message.get(..end).unwrap_or(message).to_owned()
}

fn byte_take(rest: &mut &[u8]) -> Result<u8, DecodeError> {
    let (byte, behind) = rest
        .split_first()
        .ok_or(DecodeError::Malformed { what: "it is cut off" })?;
    *rest = behind;
    Ok(*byte)
}

fn extensions_refuse(rest: &mut &[u8], what: &str) -> Result<(), DecodeError> {
    match byte_take(rest)? {
        NO_EXTENSIONS => Ok(()),
        _ => Err(DecodeError::Unknown { what: what.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::change::{ConfigChange, UpkeepChange};
    use uuid::Uuid;

    const AT: Timestamp = Timestamp(1_700_000_000_123_456);

    fn encoded() -> Vec<u8> {
        let appliance = Uuid::from_u128(0xAB);
        Entry::one(AT, Actor::System, UpkeepChange::Genesis { appliance }).encode()
    }

    #[test]
    fn what_a_newer_version_wrote_is_refused_with_what_to_do() {
        let mut version = encoded();
        version[0] = ENTRY_VERSION + 1;
        // Follows the version, the time (8 bytes) and the actor.
        let mut entry_extension = encoded();
        assert_eq!(entry_extension[10], NO_EXTENSIONS);
        entry_extension[10] = 1;
        let mut change_extension = encoded();
        *change_extension.last_mut().unwrap() = 1;
        let mut other_subject = encoded();
        other_subject[12] = 99;
        let mut field = encoded();
        let at = field.windows(9).position(|part| part == b"appliance").unwrap();
        field[at..at + 9].copy_from_slice(b"apparatus");
        for newer in [version, entry_extension, change_extension, other_subject, field] {
            let error = Entry::decode(&newer).unwrap_err().to_string();
            assert!(error.ends_with("install a newer version of Hookgate"), "{error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_bring_the_reader_down(rest in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let mut bytes = encoded();
            bytes.truncate(rest.first().map_or(1, |first| 1 + usize::from(*first) % 14));
            bytes.extend(rest);
            if let Ok(entry) = Entry::decode(&bytes) {
                proptest::prop_assert_eq!(Entry::decode(&entry.encode()).ok(), Some(entry));
            }
        }
    }

    #[test]
    fn every_cut_and_every_surplus_byte_is_noticed() {
        let process = "CreateRecords".to_owned();
        let mut entry = Entry::decode(&encoded()).unwrap();
        entry.changes.push(
            ConfigChange::ProcessSet {
                process,
                enabled: false,
            }
            .into(),
        );
        let bytes = entry.encode();
        assert_eq!(Entry::decode(&bytes).unwrap(), entry);
        for end in 0..bytes.len() {
            assert!(Entry::decode(&bytes[..end]).is_err(), "{end}");
        }
        assert!(Entry::decode(&[bytes, vec![0]].concat()).is_err());
    }
}
