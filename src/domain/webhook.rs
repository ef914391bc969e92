//! A webhook as it arrived, and the result of processing it.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::column::ObjectId;
use super::parse_issue::ParseIssue;
use super::source::SourceId;
use super::time::Timestamp;

/// A webhook as it arrived. It never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Its public id, a `UUIDv7`.
    pub id: Uuid,
    /// When the last byte of the request arrived.
    pub created_on: Timestamp,
    /// The source whose key was used.
    pub source: SourceId,
    /// The first characters of that key.
    pub api_key_hint: String,
    /// The `Content-Type` header as sent.
    pub content_type: String,
    /// The query string as sent, without the question mark.
    pub query: String,
    /// All headers in order; credentials are masked.
    pub headers: Vec<(String, String)>,
    /// The `Origin` or `Referer` header.
    pub source_url: String,
    /// The IP address of the sender.
    pub remote: Option<IpAddr>,
    /// Files of a multipart form, which are listed but not stored.
    pub files: Vec<FileNote>,
    /// The body, byte for byte, without the contents of files.
    #[serde(with = "serde_bytes")]
    pub body: Vec<u8>,
}

/// A file of a multipart form that was not stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FileNote {
    /// The form field that contained it.
    pub field: String,
    /// Its file name as sent.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
}

/// The state of processing a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookState {
    pub status: Status,
    /// When its status last changed.
    pub modified_on: Timestamp,
    /// The result of the last run.
    pub outcome: Outcome,
    /// The number of attempts in this run.
    pub attempts: u16,
    /// The number of times that processing was requested: 1 on arrival, one more for each
    /// reprocessing.
    pub run: u16,
    /// Whether this run may create records although an earlier run did.
    pub repeat: bool,
    /// The object that `EntityName` refers to, if it is known.
    pub object: Option<ObjectId>,
    /// Records that were created from it, by object and id; kept when it is reprocessed.
    pub records: Vec<(ObjectId, Uuid)>,
    /// Parsing errors and notes of the last run.
    pub issues: Vec<ParseIssue>,
    /// Attempts before the last one, oldest first; at most the newest [`MAX_EARLIER`].
    pub earlier: Vec<Attempt>,
}

/// The maximum number of attempts that are stored in addition to the last one.
pub const MAX_EARLIER: usize = 20;

/// An attempt to process a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Attempt {
    /// The run that the attempt belongs to.
    pub run: u16,
    pub ended_on: Timestamp,
    /// The result of the attempt; none if it was interrupted.
    pub outcome: Option<Outcome>,
}

impl WebhookState {
    /// All attempts that ended and are stored, oldest first.
    #[must_use]
    pub fn history(&self) -> Vec<Attempt> {
        let ended = matches!(self.status, Status::Failed | Status::Done);
        let last = ended.then_some(self.last(Some(self.outcome), self.modified_on));
        self.earlier.iter().copied().chain(last).collect()
    }

    /// Stores the result of the attempt that is the last one so far.
    pub fn remember(&mut self, outcome: Option<Outcome>, ended_on: Timestamp) {
        let surplus = (self.earlier.len() + 1).saturating_sub(MAX_EARLIER);
        self.earlier.drain(..surplus);
        self.earlier.push(self.last(outcome, ended_on));
    }

    const fn last(&self, outcome: Option<Outcome>, ended_on: Timestamp) -> Attempt {
        let run = self.run;
        Attempt { run, ended_on, outcome }
    }

    /// The state of a new webhook.
    #[must_use]
    pub const fn new(created_on: Timestamp) -> Self {
        Self {
            status: Status::New,
            modified_on: created_on,
            outcome: Outcome::Pending,
            attempts: 0,
            run: 1,
            repeat: false,
            object: None,
            records: Vec::new(),
            issues: Vec::new(),
            earlier: Vec::new(),
        }
    }
}

/// The status of a webhook in processing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[repr(u8)]
pub enum Status {
    /// The webhook arrived and is not processed yet.
    New = 0,
    Processing = 1,
    /// Processing failed; the issues say why.
    Failed = 2,
    Done = 3,
}

impl Status {
    /// All statuses, in stored order.
    pub const ALL: [Self; 4] = [Self::New, Self::Processing, Self::Failed, Self::Done];

    /// Whether it is not processed yet, so that its result is still open.
    #[must_use]
    pub const fn is_unprocessed(self) -> bool {
        matches!(self, Self::New | Self::Processing)
    }

    /// The name as people and the API use it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "New",
            Self::Processing => "Processing",
            Self::Failed => "Failed",
            Self::Done => "Done",
        }
    }

    /// The id of its record in the Webhook status lookup.
    #[must_use]
    pub const fn lookup_id(self) -> Uuid {
        Uuid::from_u128(match self {
            Self::New => 0x1546_b667_b37a_4dc4_9be9_1ceb_3a02_5332,
            Self::Processing => 0xd72d_dc57_c6c1_4574_a6e4_88d5_7473_cb11,
            Self::Failed => 0x266e_78e8_6b57_4193_b86c_82d6_d093_61da,
            Self::Done => 0x7c36_48e4_fbb1_4285_8f2c_dddf_d3d7_f0fd,
        })
    }
}

impl std::str::FromStr for Status {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|status| status.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| format!("unknown status '{text}'; use New, Processing, Failed or Done"))
    }
}

/// The result of the last run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[repr(u8)]
pub enum Outcome {
    Pending = 0,
    /// A record was created.
    RecordCreated = 1,
    /// Stored without a record: no `EntityName`, or the process is disabled.
    StoredOnly = 2,
    /// An earlier run created a record, and repeating was not requested.
    Skipped = 3,
    /// No record could be created; the issues say why.
    Failed = 4,
}

impl Outcome {
    /// All outcomes, in stored order.
    pub const ALL: [Self; 5] = [
        Self::Pending,
        Self::RecordCreated,
        Self::StoredOnly,
        Self::Skipped,
        Self::Failed,
    ];

    /// The name as lists show it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::RecordCreated => "record created",
            Self::StoredOnly => "stored only",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
        }
    }
}

impl std::str::FromStr for Outcome {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Accepts the spellings of lists, JSON and the command line help.
        let letters = |text: &str| text.replace(['-', '_', ' '], "").to_ascii_lowercase();
        let wanted = letters(text);
        Self::ALL
            .into_iter()
            .find(|outcome| letters(outcome.name()) == wanted)
            .ok_or_else(|| {
                let names = Self::ALL.map(|outcome| outcome.name().replace(' ', "-"));
                format!("unknown outcome '{text}'; use one of: {}", names.join(", "))
            })
    }
}
