//! Every change of state, as the journal keeps it.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::actor::Actor;
use super::client::{ClientKey, ClientSecret, ClientSettings};
use super::column::{ColumnId, ObjectId};
use super::definition::{ColumnIndex, Definition};
use super::person::Role;
use super::record::RecordOperation;
use super::remark::Remark;
use super::retention::Retention;
use super::rights::Rights;
use super::signing_key::SigningKey;
use super::source::{SourceId, SourceKey, SourceSettings};
use super::time::Timestamp;
use super::value::Value;
use super::webhook::{Status, Webhook};

/// Every change of state: one value is one entry of the journal and one step of the store.
///
/// All that depends on code, clock or chance is inside already; applying the same changes in
/// the same order always gives the same state. Stored by position: add variants at the end
/// only, and never change the fields of one (add a new variant instead).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields at, by and process speak for themselves")]
pub enum Change {
    /// The first entry of every journal.
    Genesis { at: Timestamp, appliance: Uuid },
    /// Objects, columns, lookup values and entities, added or changed together.
    DefinitionApplied {
        at: Timestamp,
        by: Actor,
        definition: Definition,
    },
    /// An object was put into, or taken out of, the Webhook entities lookup.
    EntitySet {
        at: Timestamp,
        by: Actor,
        object: String,
        registered: bool,
    },
    /// What a technical user may do with the records of an object.
    GrantSet {
        at: Timestamp,
        by: Actor,
        user: String,
        object: String,
        rights: Rights,
    },
    /// A new webhook source.
    SourceAdded {
        at: Timestamp,
        by: Actor,
        name: String,
        settings: SourceSettings,
        key: SourceKey,
    },
    /// A source was switched or got other settings.
    SourceChanged {
        at: Timestamp,
        by: Actor,
        source: SourceId,
        enabled: bool,
        settings: SourceSettings,
    },
    /// A source got a new key; the old one may be taken until a moment.
    SourceKeyRotated {
        at: Timestamp,
        by: Actor,
        source: SourceId,
        key: SourceKey,
        previous_until: Option<Timestamp>,
    },
    /// A process was switched on or off.
    ProcessSet {
        at: Timestamp,
        by: Actor,
        process: String,
        enabled: bool,
    },
    /// How long webhooks are kept.
    RetentionSet {
        at: Timestamp,
        by: Actor,
        retention: Retention,
    },
    /// A webhook arrived.
    WebhookReceived(Webhook),
    /// Processing came to an end for one run of one webhook.
    WebhookProcessed(Processed),
    /// Webhooks are about to be processed; a crash from here on counts as an attempt.
    WebhooksStarted { at: Timestamp, webhooks: Vec<u64> },
    /// After a start: what was left in Processing goes back to New, or to Failed when it was
    /// tried `max_attempts` times.
    WebhooksRecovered { at: Timestamp, max_attempts: u16 },
    /// Webhooks are to be processed again.
    WebhooksReplayed {
        at: Timestamp,
        by: Actor,
        webhooks: Vec<u64>,
        again: bool,
    },
    /// Webhooks were deleted. Without `unprocessed`, one that is New or Processing when this is
    /// applied stays, whatever it was when it was chosen.
    WebhooksDeleted {
        at: Timestamp,
        by: Actor,
        webhooks: Vec<u64>,
        unprocessed: bool,
    },
    /// Up to `limit` webhooks of a status whose `ModifiedOn` is before a moment were deleted,
    /// in order of arrival, going up from the sequence `after`.
    WebhooksExpired {
        at: Timestamp,
        status: Status,
        modified_before: Timestamp,
        after: u64,
        limit: u32,
    },
    /// Records were made, changed or deleted by somebody, all of them or none.
    RecordsWritten {
        at: Timestamp,
        by: Actor,
        catalog: u64,
        operations: Vec<RecordOperation>,
    },
    /// A definition was applied that also says which columns are indexed.
    DefinitionIndexed {
        at: Timestamp,
        by: Actor,
        definition: Definition,
        indexes: Vec<ColumnIndex>,
    },
    /// A technical user was added or changed; the code names it.
    UserSet {
        at: Timestamp,
        by: Actor,
        id: Uuid,
        code: String,
        name: String,
        active: bool,
        odata: bool,
    },
    /// A new OAuth client.
    ClientAdded {
        at: Timestamp,
        by: Actor,
        client_id: String,
        settings: ClientSettings,
        secret: Option<ClientSecret>,
    },
    /// An OAuth client was switched or got other settings. Switching it off ends its tokens.
    ClientChanged {
        at: Timestamp,
        by: Actor,
        client_id: String,
        settings: ClientSettings,
    },
    /// An OAuth client is gone, and its tokens with it.
    ClientDeleted {
        at: Timestamp,
        by: Actor,
        client_id: String,
    },
    /// An OAuth client got a new secret; the newest old one is taken until a moment, others no
    /// more.
    ClientSecretAdded {
        at: Timestamp,
        by: Actor,
        client_id: String,
        secret: ClientSecret,
        previous_until: Option<Timestamp>,
    },
    /// A secret of an OAuth client is taken no more.
    ClientSecretRemoved {
        at: Timestamp,
        by: Actor,
        client_id: String,
        secret: Uuid,
    },
    /// The public keys of an OAuth client, all of them.
    ClientKeysSet {
        at: Timestamp,
        by: Actor,
        client_id: String,
        keys: Vec<ClientKey>,
    },
    /// All tokens of an OAuth client were ended.
    ClientTokensEnded {
        at: Timestamp,
        by: Actor,
        client_id: String,
    },
    /// The keys that tokens are signed with, all of them.
    SigningKeysSet {
        at: Timestamp,
        by: Actor,
        keys: Vec<SigningKey>,
    },
    /// A token was revoked before its end.
    TokenRevoked {
        at: Timestamp,
        by: Actor,
        token: Uuid,
        expires: Timestamp,
    },
    /// Revoked tokens that have expired since need not be remembered.
    TokensForgotten { at: Timestamp },
    /// When OAuth clients last got a token.
    ClientsUsed {
        at: Timestamp,
        used: Vec<(String, Timestamp)>,
    },
    /// A source takes webhooks only with an access token, or without one again.
    SourceTokenSet {
        at: Timestamp,
        by: Actor,
        source: SourceId,
        required: bool,
    },
    /// Somebody may log in to the admin page; `link` is the set-up link that they came by.
    PersonAdded {
        at: Timestamp,
        by: Actor,
        id: Uuid,
        name: String,
        role: Role,
        password: String,
        link: Option<[u8; 32]>,
    },
    /// Somebody got another name or role, or was switched. Switching off ends their sessions.
    PersonChanged {
        at: Timestamp,
        by: Actor,
        id: Uuid,
        name: String,
        role: Role,
        active: bool,
    },
    /// Somebody has a new password; their sessions end, but for one.
    PersonPasswordSet {
        at: Timestamp,
        by: Actor,
        id: Uuid,
        password: String,
        link: Option<[u8; 32]>,
        keep: Option<[u8; 32]>,
    },
    /// Somebody switched their second factor on, with new recovery codes, or off.
    PersonTotpSet {
        at: Timestamp,
        by: Actor,
        id: Uuid,
        totp: Option<Vec<u8>>,
        recovery: Vec<[u8; 32]>,
    },
    /// Somebody used a recovery code instead of their second factor.
    PersonRecoveryUsed { at: Timestamp, id: Uuid, code: [u8; 32] },
    /// A new set-up link; all before are dead. Written no more: see `SetupLinkAdded`.
    SetupLinkMade {
        at: Timestamp,
        by: Actor,
        hash: [u8; 32],
        expires: Timestamp,
        person: Option<Uuid>,
    },
    /// Somebody logged in. `session` is the SHA-256 of what their cookie holds.
    SessionStarted {
        at: Timestamp,
        session: [u8; 32],
        person: Uuid,
        address: Option<IpAddr>,
        agent: String,
    },
    /// Sessions ended: by logging out, by somebody, or by time.
    SessionsEnded {
        at: Timestamp,
        by: Actor,
        sessions: Vec<[u8; 32]>,
    },
    /// Something for the audit log that changes nothing else, such as a login that failed.
    AuditNoted {
        at: Timestamp,
        by: Actor,
        action: String,
        subject: String,
        detail: String,
        address: Option<IpAddr>,
    },
    /// A new set-up link for somebody, or for a new administrator; the one before for the same is
    /// dead, those of others live on.
    SetupLinkAdded {
        at: Timestamp,
        by: Actor,
        hash: [u8; 32],
        expires: Timestamp,
        person: Option<Uuid>,
    },
    /// Something that happens by the clock happened.
    TaskRan { at: Timestamp, task: String },
}

/// How processing one run of one webhook ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Processed {
    /// The webhook's sequence.
    pub webhook: u64,
    /// The run that this ends; the end of any other run is ignored.
    pub run: u16,
    /// When.
    pub at: Timestamp,
    /// The catalog that it was decided with. If the store has a newer one, the webhook stays
    /// New and is processed again.
    pub catalog: u64,
    /// What to do.
    pub verdict: Verdict,
    /// Parsing errors and notes.
    pub remarks: Vec<Remark>,
}

/// What processing decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Verdict {
    /// Keep the webhook, make no record.
    StoredOnly,
    /// Make this record.
    Record {
        /// In this object.
        object: ObjectId,
        /// Under this id, a `UUIDv7`.
        record: Uuid,
        /// With these values, ascending by column; the store checks that lookups exist.
        values: Vec<(ColumnId, Value)>,
    },
    /// No record can be made; the remarks say why.
    Failed {
        /// The object, if it is known.
        object: Option<ObjectId>,
    },
}

/// The version byte in front of every encoded change.
pub const CHANGE_VERSION: u8 = 1;

/// An entry of the journal that this version cannot read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Written by a newer version.
    #[error("the entry has format {0}, this version reads {CHANGE_VERSION}; install a newer Hookgate")]
    Newer(u8),
    /// Not a change at all.
    #[error("the entry is no change that this version knows")]
    Malformed(#[source] postcard::Error),
    /// Nothing there.
    #[error("the entry is empty")]
    Empty,
}

impl Change {
    /// The bytes that the journal keeps: the version, then postcard.
    ///
    /// # Panics
    /// Never: all parts of a change can be written.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let room = match self {
            Self::WebhookReceived(webhook) => 512 + webhook.body.len(),
            _ => 256,
        };
        let mut bytes = Vec::with_capacity(room);
        bytes.push(CHANGE_VERSION);
        postcard::to_extend(self, bytes).unwrap_or_default()
    }

    /// Reads what [`Change::encode`] wrote.
    ///
    /// # Errors
    /// When the bytes are of a newer version, or no change.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        match bytes.split_first() {
            None => Err(DecodeError::Empty),
            Some((&CHANGE_VERSION, rest)) => postcard::from_bytes(rest).map_err(DecodeError::Malformed),
            Some((&version, _)) => Err(DecodeError::Newer(version)),
        }
    }

    /// Whether it makes the data larger by more than a note. What only deletes, switches or
    /// notes something must be possible on a disk that is nearly full.
    #[must_use]
    pub fn needs_room(&self) -> bool {
        match self {
            Self::WebhookReceived(_) | Self::WebhooksReplayed { .. } => true,
            Self::RecordsWritten { operations, .. } => operations
                .iter()
                .any(|operation| !matches!(operation, RecordOperation::Delete { .. })),
            Self::DefinitionIndexed { indexes, .. } => indexes.iter().any(|index| index.indexed),
            _ => false,
        }
    }

    /// Whether it touches the configuration.
    #[must_use]
    pub const fn is_catalog(&self) -> bool {
        matches!(
            self,
            Self::DefinitionApplied { .. }
                | Self::EntitySet { .. }
                | Self::GrantSet { .. }
                | Self::SourceAdded { .. }
                | Self::SourceChanged { .. }
                | Self::SourceKeyRotated { .. }
                | Self::ProcessSet { .. }
                | Self::RetentionSet { .. }
                | Self::DefinitionIndexed { .. }
                | Self::UserSet { .. }
                | Self::ClientAdded { .. }
                | Self::ClientChanged { .. }
                | Self::ClientDeleted { .. }
                | Self::ClientSecretAdded { .. }
                | Self::ClientSecretRemoved { .. }
                | Self::ClientKeysSet { .. }
                | Self::ClientTokensEnded { .. }
                | Self::SigningKeysSet { .. }
                | Self::SourceTokenSet { .. }
                | Self::PersonAdded { .. }
                | Self::PersonChanged { .. }
                | Self::PersonPasswordSet { .. }
                | Self::PersonTotpSet { .. }
                | Self::PersonRecoveryUsed { .. }
                | Self::SetupLinkMade { .. }
                | Self::SetupLinkAdded { .. }
        )
    }
}
