//! Technical users and object operation permissions.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::column::ObjectId;

/// The id that permissions use for the webhooks themselves in place of an object's. No object gets
/// such a high number.
pub const WEBHOOK_SET: ObjectId = 0xFFFF_0001;

/// The id that permissions use for parsing errors, in the same way.
pub const PARSING_ERROR_SET: ObjectId = 0xFFFF_0002;

/// The id that permissions use for who creates and changes records, in the same way.
pub const ACTOR_SET: ObjectId = 0xFFFF_0003;

/// Sets that can be read with a permission although they are not objects, by name.
pub const SYSTEM_SETS: [(&str, ObjectId); 3] = [
    ("Webhook", WEBHOOK_SET),
    ("WebhookParsingError", PARSING_ERROR_SET),
    ("Actor", ACTOR_SET),
];

/// The id of the technical user that processes webhooks.
pub const WEBHOOK_SERVICE_ID: Uuid = Uuid::from_u128(0x0ba2_71c5_5f37_4b43_8d1f_3d3a_3f6f_7a10);

/// The code of the technical user that processes webhooks.
pub const WEBHOOK_SERVICE: &str = "WebhookService";

/// A technical user: a program's identity. It cannot log in and has no rights until granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TechnicalUser {
    pub id: Uuid,
    /// Such as `WebhookService`; unique without regard to case.
    pub code: String,
    pub name: String,
    /// Whether its clients get tokens, their tokens are valid, and it may create records from
    /// webhooks.
    pub active: bool,
    /// Whether its clients may use `OData`.
    pub odata: bool,
}

/// The permissions of a technical user for the records of one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rights {
    pub create: bool,
    pub read: bool,
    pub edit: bool,
    pub delete: bool,
}

impl Rights {
    /// Whether no operation is allowed.
    #[must_use]
    pub const fn is_none(self) -> bool {
        !(self.create || self.read || self.edit || self.delete)
    }
}
