//! Technical users and object operation permissions.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::column::ObjectId;

/// Stands for the webhooks themselves where permissions name an object. No object gets so high
/// a number.
pub const WEBHOOK_SET: ObjectId = 0xFFFF_0001;

/// Stands for parsing errors in the same way.
pub const PARSING_ERROR_SET: ObjectId = 0xFFFF_0002;

/// What is no object and yet can be read with a permission, by name.
pub const SYSTEM_SETS: [(&str, ObjectId); 2] = [("Webhook", WEBHOOK_SET), ("WebhookParsingError", PARSING_ERROR_SET)];

/// The id of the technical user that processes webhooks.
pub const WEBHOOK_SERVICE_ID: Uuid = Uuid::from_u128(0x0ba2_71c5_5f37_4b43_8d1f_3d3a_3f6f_7a10);

/// The code of the technical user that processes webhooks.
pub const WEBHOOK_SERVICE: &str = "WebhookService";

/// A technical user: a program's identity. It cannot log in and has no rights until granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TechnicalUser {
    pub id: Uuid,
    /// Its code, such as `WebhookService`; unique without regard to case.
    pub code: String,
    pub name: String,
    /// Whether its clients get tokens, their tokens count, and webhooks become records in its name.
    pub active: bool,
    /// Whether its clients may use `OData`.
    pub odata: bool,
}

/// What a technical user may do with the records of one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rights {
    pub create: bool,
    pub read: bool,
    pub edit: bool,
    pub delete: bool,
}

impl Rights {
    /// Whether nothing at all is allowed.
    #[must_use]
    pub const fn is_none(self) -> bool {
        !(self.create || self.read || self.edit || self.delete)
    }
}
