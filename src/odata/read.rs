//! Stub.
use super::fault::Fault;
use super::model::EntityType;
use super::request::{Answer, Asked, JSON, Response};
use uuid::Uuid;
pub(super) fn collection(_: &Asked<'_>, _: &EntityType, _: &str, _: Option<&str>) -> Answer {
    Err(Fault::Unavailable)
}
pub(super) fn count(_: &Asked<'_>, _: &EntityType, _: &str) -> Answer {
    Err(Fault::Unavailable)
}
pub(super) fn entity(asked: &Asked<'_>, entity: &EntityType, id: Uuid, _: &str, _: Option<&str>) -> Answer {
    let super::EntitySet::Object(object) = entity.set else {
        return Err(Fault::Unavailable);
    };
    let record = asked
        .odata
        .ledger
        .read()?
        .record_get(object, id)?
        .ok_or_else(|| Fault::NotFound("no record".into()))?;
    Ok(Response {
        status: 200,
        headers: vec![("ETag", super::etag::etag(crate::store::record_mark(&record)))],
        content_type: Some(JSON),
        body: super::render::entity_json(asked, entity, id, &record),
    })
}
pub(super) fn property(_: &Asked<'_>, _: &EntityType, _: Uuid, _: &str, _: bool) -> Answer {
    Err(Fault::Unavailable)
}
pub(super) fn navigation(_: &Asked<'_>, _: &EntityType, _: Uuid, _: &str, _: &str) -> Answer {
    Err(Fault::Unavailable)
}
