//! Issues: parsing errors and notes that processing reports about a webhook.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A parsing error or a note about one value, or about the whole webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParseIssue {
    /// The column, or the key as sent; empty if the issue concerns the whole webhook.
    pub column: String,
    /// The start of the value as sent; empty if there is no value.
    pub value: String,
    /// What is wrong, or what the reader should know.
    pub reason: Reason,
}

/// The number of characters of a value that an issue shows.
pub const VALUE_SHOWN: usize = 200;

impl ParseIssue {
    /// An issue about the whole webhook.
    #[must_use]
    pub const fn whole(reason: Reason) -> Self {
        Self {
            column: String::new(),
            value: String::new(),
            reason,
        }
    }

    /// An issue about one value, of which only the start is kept.
    #[must_use]
    pub fn about(column: &str, value: &str, reason: Reason) -> Self {
        let value = match value.char_indices().nth(VALUE_SHOWN) {
            Some((end, _)) => format!("{}…", &value[..end]),
            None => value.to_owned(),
        };
        Self {
            column: column.to_owned(),
            value,
            reason,
        }
    }

    /// Whether it is a parsing error and not only a note.
    #[must_use]
    pub const fn is_error(&self) -> bool {
        !matches!(
            self.reason,
            Reason::UnknownColumn
                | Reason::UnknownColumnNear { .. }
                | Reason::CaptionSent { .. }
                | Reason::LookupWithoutId { .. }
                | Reason::SystemColumn
                | Reason::Repeated { .. }
                | Reason::FileNotStored { .. }
                | Reason::NoEntityName
                | Reason::ProcessOff
                | Reason::AlreadyMade { .. }
                | Reason::MoreIssues { .. }
                | Reason::JsonSentAsForm
        )
    }
}

/// The reason of an issue. Stored by position: add variants at the end only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reason {
    /// The body could not be read at all.
    BodyBroken {
        /// Line of the body, from 1; 0 if the body has no useful lines.
        line: u32,
        /// Column of that line, from 1.
        column: u32,
        /// What is wrong, and the likely cause.
        cause: String,
    },
    /// The body is JSON, but not an object of keys and values.
    BodyNotObject {
        /// What it is instead: "a list", "a number", …
        found: String,
    },
    /// The body is nested too deeply.
    TooDeep {
        /// The maximum depth that is read.
        limit: u32,
    },
    /// The body has too many fields.
    TooManyFields {
        /// The maximum number of fields that are read.
        limit: u32,
    },
    /// The body contains `EntityName` more than once, with different values.
    EntityRepeated,
    /// The value of `EntityName` is not a text.
    EntityNotText,
    /// No object has this code.
    EntityUnknown,
    /// The object is not in the Webhook entities lookup.
    NotRegistered { object: String },
    /// The technical user may not create records of the object.
    NoPermission {
        /// The technical user's code.
        user: String,
        object: String,
    },
    /// A required column has no value.
    RequiredMissing,
    /// A text is longer than its column.
    TooLong {
        /// The length of the column, in characters.
        limit: u32,
        /// The length of the text as sent, in characters.
        length: u32,
    },
    /// The value does not fit the column's type.
    Unfit {
        /// What the column accepts, with an example.
        wanted: String,
    },
    /// No record with this id exists in the object that the lookup column refers to.
    LookupMissing {
        /// The code of the object that the column refers to.
        object: String,
    },
    /// The key is no column of the object.
    UnknownColumn,
    /// The key is a lookup column's code without `Id`.
    LookupWithoutId {
        /// The key to use.
        key: String,
    },
    /// The column is filled by Hookgate itself.
    SystemColumn,
    /// The body contains the key more than once; the last value was used.
    Repeated { times: u32 },
    /// A file of a multipart form, which is not stored.
    FileNotStored {
        /// Its name as sent.
        name: String,
        /// Its size in bytes.
        size: u64,
    },
    /// The webhook has no `EntityName`: it is stored without creating a record.
    NoEntityName,
    /// The built-in process is disabled: the webhook is stored without creating a record.
    ProcessOff,
    /// An earlier run created a record.
    AlreadyMade { record: Uuid },
    /// Processing was interrupted too often.
    AttemptsExhausted {
        /// The number of attempts so far.
        attempts: u16,
    },
    /// An internal error of Hookgate stopped processing.
    InternalFault,
    /// The content type cannot be parsed. The webhook was stored before such content types were
    /// rejected.
    ContentType,
    /// There are more issues than are stored.
    MoreIssues {
        /// The number of issues that were left out.
        left_out: u32,
    },
    /// The technical user is disabled.
    TechnicalUserOff { user: String },
    /// The key is not a column of the object, but similar to the key of one.
    UnknownColumnNear { key: String },
    /// The key is the caption of a column.
    CaptionSent {
        /// The key to use.
        key: String,
    },
    /// The body looks like JSON, but the content type says that it is a form.
    JsonSentAsForm,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BodyBroken { line: 0, cause, .. } => write!(f, "the body cannot be parsed: {cause}"),
            Self::BodyBroken { line, column, cause } => {
                write!(f, "the body cannot be parsed at line {line}, column {column}: {cause}")
            }
            Self::BodyNotObject { found } => write!(
                f,
                "the body is {found}, not an object of keys and values such as {{\"EntityName\": \"Contact\"}}"
            ),
            Self::TooDeep { limit } => write!(f, "the body is nested deeper than {limit} levels"),
            Self::TooManyFields { limit } => write!(f, "the body has more than {limit} fields"),
            Self::EntityRepeated => {
                f.write_str("EntityName appears more than once in the body, with different values; send it once")
            }
            Self::EntityNotText => f.write_str("EntityName must be a string: the code of an object"),
            Self::EntityUnknown => f.write_str(
                "no object has this code; check the spelling, or define the object with 'hookgate object apply'",
            ),
            Self::NotRegistered { object } => write!(
                f,
                "{object} is not in the Webhook entities lookup; add it with 'hookgate entity add {object}', then reprocess the webhook"
            ),
            Self::NoPermission { user, object } => write!(
                f,
                "the technical user {user} has no permission to create records of {object}; grant it with 'hookgate grant {object} --create', then reprocess the webhook"
            ),
            Self::RequiredMissing => f.write_str("a value is required, but none was sent"),
            Self::TooLong { limit, length } => {
                write!(f, "the text has {length} characters; the column accepts at most {limit}")
            }
            Self::Unfit { wanted } => write!(f, "the value is not valid: {wanted}"),
            Self::LookupMissing { object } => write!(f, "no {object} record has this id"),
            Self::UnknownColumn => f.write_str("unknown column; the value was ignored"),
            Self::UnknownColumnNear { key } => {
                write!(f, "unknown column; did you mean {key}? The value was ignored")
            }
            Self::CaptionSent { key } => {
                write!(f, "this is the caption of {key}; use that key instead. The value was ignored")
            }
            Self::LookupWithoutId { key } => write!(
                f,
                "this is a lookup column; send the id of a record as {key}. The value was ignored"
            ),
            Self::SystemColumn => f.write_str("Hookgate sets this column itself; the value was ignored"),
            Self::Repeated { times } => write!(f, "the key was sent {times} times; the last value was used"),
            Self::FileNotStored { name, size } => {
                write!(f, "the file {name:?} ({size} bytes) was not stored: Hookgate does not store files")
            }
            Self::NoEntityName => f.write_str("no EntityName: the webhook is stored, but no record is created"),
            Self::ProcessOff => f.write_str(
                "the process \"Create object records based on incoming webhooks\" is disabled: the webhook is stored, but no record is created",
            ),
            Self::AlreadyMade { record } => write!(
                f,
                "this webhook already created record {record}; reprocess it with --again to create another one"
            ),
            Self::AttemptsExhausted { attempts } => write!(
                f,
                "processing was interrupted {attempts} times because the server stopped; fix the cause, then reprocess the webhook"
            ),
            Self::InternalFault => f.write_str(
                "an internal error in Hookgate stopped processing; see the server log for details",
            ),
            Self::ContentType => f.write_str("the content type is not supported"),
            Self::TechnicalUserOff { user } => write!(
                f,
                "the technical user {user} is disabled; enable it with 'hookgate technical-user enable {user}', then reprocess the webhook"
            ),
            Self::MoreIssues { left_out } => write!(f, "{left_out} more issues are not shown"),
            Self::JsonSentAsForm => f.write_str(
                "the body looks like JSON, but the content type says form; send Content-Type: application/json",
            ),
        }
    }
}
