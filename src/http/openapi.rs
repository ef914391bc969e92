//! OpenAPI.
use actix_web::{HttpRequest, HttpResponse, web};
pub async fn answer(_request: HttpRequest, _payload: web::Payload) -> HttpResponse {
    super::reply::json("{}")
}
