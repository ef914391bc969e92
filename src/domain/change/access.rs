//! Accounts and their permissions: technical users, OAuth clients, signing keys, users.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::bytes;
use crate::domain::client::{ClientKey, ClientSecret, ClientSettings};
use crate::domain::rights::TechnicalUser;
use crate::domain::signing_key::SigningKey;
use crate::domain::time::Timestamp;
use crate::domain::user::Role;

/// A change of accounts, clients or keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum AccessChange {
    /// A technical user is added or changed; its code identifies it. Disabling it revokes the
    /// tokens of its clients.
    TechnicalUserSet(TechnicalUser),
    ClientAdded {
        client_id: String,
        settings: ClientSettings,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret: Option<ClientSecret>,
    },
    /// An OAuth client gets new settings, which replace all of its settings. Disabling it, or
    /// giving it another technical user, revokes its tokens.
    ClientChanged {
        client_id: String,
        settings: ClientSettings,
    },
    /// An OAuth client and its tokens are removed.
    ClientRemoved {
        client_id: String,
    },
    /// An OAuth client gets a new secret. The newest of the old ones stays valid until
    /// `previous_until`; all others are revoked.
    ClientSecretAdded {
        client_id: String,
        secret: ClientSecret,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        previous_until: Option<Timestamp>,
    },
    ClientSecretRevoked {
        client_id: String,
        secret: Uuid,
    },
    /// All public keys of an OAuth client are replaced by these.
    ClientKeysSet {
        client_id: String,
        keys: Vec<ClientKey>,
    },
    /// All tokens of an OAuth client are revoked.
    ClientTokensRevoked {
        client_id: String,
    },
    /// All keys that sign tokens are replaced by these.
    SigningKeysSet {
        keys: Vec<SigningKey>,
    },
    /// A new user of the admin page; `link` is the set-up link that they used.
    UserAdded {
        id: Uuid,
        name: String,
        role: Role,
        password: String,
        #[serde(with = "bytes", default, skip_serializing_if = "Option::is_none")]
        link: Option<[u8; 32]>,
    },
    /// A user gets another name or role, or is enabled or disabled. Disabling revokes their
    /// sessions.
    UserChanged {
        id: Uuid,
        name: String,
        role: Role,
        active: bool,
    },
    /// A user gets a new password. Their sessions are revoked, except `keep`.
    UserPasswordSet {
        id: Uuid,
        password: String,
        #[serde(with = "bytes", default, skip_serializing_if = "Option::is_none")]
        link: Option<[u8; 32]>,
        #[serde(with = "bytes", default, skip_serializing_if = "Option::is_none")]
        keep: Option<[u8; 32]>,
    },
    /// The hash of a user's password is replaced by a stronger one of the same password. Refused if
    /// the password was changed after `password_on`.
    UserPasswordRehashed {
        id: Uuid,
        password: String,
        password_on: Timestamp,
    },
    /// A user's second factor is enabled, with new recovery codes, or disabled.
    UserTotpSet {
        id: Uuid,
        #[serde(with = "bytes", default, skip_serializing_if = "Option::is_none")]
        totp: Option<Vec<u8>>,
        #[serde(with = "bytes", default, skip_serializing_if = "Vec::is_empty")]
        recovery: Vec<[u8; 32]>,
    },
    /// A user used a recovery code instead of their second factor.
    RecoveryCodeUsed {
        id: Uuid,
        #[serde(with = "bytes")]
        code: [u8; 32],
    },
    /// A new set-up link for a user, or for a new administrator. An older link for the same user is
    /// revoked.
    SetupLinkAdded {
        #[serde(with = "bytes")]
        hash: [u8; 32],
        expires: Timestamp,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user: Option<Uuid>,
    },
}

impl AccessChange {
    /// Whether it changes the rules: what processing and the validation of records read.
    #[must_use]
    pub const fn touches_rules(&self) -> bool {
        match self {
            Self::TechnicalUserSet(_) => true,
            Self::ClientAdded { .. }
            | Self::ClientChanged { .. }
            | Self::ClientRemoved { .. }
            | Self::ClientSecretAdded { .. }
            | Self::ClientSecretRevoked { .. }
            | Self::ClientKeysSet { .. }
            | Self::ClientTokensRevoked { .. }
            | Self::SigningKeysSet { .. }
            | Self::UserAdded { .. }
            | Self::UserChanged { .. }
            | Self::UserPasswordSet { .. }
            | Self::UserPasswordRehashed { .. }
            | Self::UserTotpSet { .. }
            | Self::RecoveryCodeUsed { .. }
            | Self::SetupLinkAdded { .. } => false,
        }
    }
}
