//! The sets that are no objects: webhooks, their statuses and their parsing errors, and those who
//! create and change records.

use super::model::{EntitySet, EntityType, Kind, Navigation, Property, Source};

/// Numbers of the virtual properties of `Webhook`.
pub mod webhook_property {
    pub const REQUEST_BODY: u16 = 0;
    pub const QUERY_PARAMETERS: u16 = 1;
    pub const HEADERS: u16 = 2;
    pub const CONTENT_TYPE: u16 = 3;
    pub const WEBHOOK_SOURCE: u16 = 4;
    pub const SOURCE_URL: u16 = 5;
    pub const API_KEY: u16 = 6;
    pub const STATUS_ID: u16 = 7;
    pub const OUTCOME: u16 = 8;
    pub const REMOTE_ADDRESS: u16 = 9;
}

/// Numbers of the virtual properties of `WebhookStatus`.
pub mod webhook_status_property {
    pub const NAME: u16 = 0;
    pub const RETENTION_DAYS: u16 = 1;
}

/// Numbers of the virtual properties of `WebhookParsingError`.
pub mod parsing_error_property {
    pub const WEBHOOK_ID: u16 = 0;
    pub const COLUMN: u16 = 1;
    pub const VALUE: u16 = 2;
    pub const REASON: u16 = 3;
    pub const IS_ERROR: u16 = 4;
}

/// Numbers of the virtual properties of `Actor`.
pub mod actor_property {
    pub const NAME: u16 = 0;
}

pub(super) fn all() -> [EntityType; 4] {
    [actor(), webhook(), webhook_parsing_error(), webhook_status()]
}

pub(super) fn actor() -> EntityType {
    let name = plain("Name", Kind::Text, Source::Virtual(actor_property::NAME));
    entity_type(
        "Actor",
        EntitySet::Actor,
        vec![plain("Id", Kind::Guid, Source::Id), name],
    )
}

pub(super) fn webhook() -> EntityType {
    use webhook_property as number;
    let text = |name, number| plain(name, Kind::Text, Source::Virtual(number));
    let properties = vec![
        plain("Id", Kind::Guid, Source::Id),
        plain("CreatedOn", Kind::DateTime, Source::CreatedOn),
        plain("ModifiedOn", Kind::DateTime, Source::ModifiedOn),
        text("RequestBody", number::REQUEST_BODY),
        text("QueryParameters", number::QUERY_PARAMETERS),
        text("Headers", number::HEADERS),
        text("ContentType", number::CONTENT_TYPE),
        text("WebhookSource", number::WEBHOOK_SOURCE),
        text("SourceUrl", number::SOURCE_URL),
        text("ApiKey", number::API_KEY),
        refers("StatusId", number::STATUS_ID, "Status", EntitySet::WebhookStatus),
        text("Outcome", number::OUTCOME),
        text("RemoteAddress", number::REMOTE_ADDRESS),
    ];
    entity_type("Webhook", EntitySet::Webhook, properties)
}

pub(super) fn webhook_status() -> EntityType {
    use webhook_status_property as number;
    let properties = vec![
        plain("Id", Kind::Guid, Source::Id),
        plain("Name", Kind::Text, Source::Virtual(number::NAME)),
        plain("RetentionDays", Kind::Integer, Source::Virtual(number::RETENTION_DAYS)),
    ];
    entity_type("WebhookStatus", EntitySet::WebhookStatus, properties)
}

pub(super) fn webhook_parsing_error() -> EntityType {
    use parsing_error_property as number;
    let text = |name, number| plain(name, Kind::Text, Source::Virtual(number));
    let properties = vec![
        plain("Id", Kind::Guid, Source::Id),
        refers("WebhookId", number::WEBHOOK_ID, "Webhook", EntitySet::Webhook),
        text("Column", number::COLUMN),
        text("Value", number::VALUE),
        text("Reason", number::REASON),
        plain("IsError", Kind::Boolean, Source::Virtual(number::IS_ERROR)),
    ];
    entity_type("WebhookParsingError", EntitySet::WebhookParsingError, properties)
}

fn entity_type(name: &str, set: EntitySet, properties: Vec<Property>) -> EntityType {
    EntityType {
        name: name.to_owned(),
        set,
        properties,
    }
}

fn plain(name: &str, kind: Kind, source: Source) -> Property {
    Property {
        name: name.to_owned(),
        kind,
        source,
        nullable: false,
        navigation: None,
    }
}

fn refers(name: &str, number: u16, navigation: &str, target: EntitySet) -> Property {
    Property {
        navigation: Some(Navigation {
            name: navigation.to_owned(),
            target,
        }),
        ..plain(name, Kind::Guid, Source::Virtual(number))
    }
}
