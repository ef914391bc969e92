//! `POST /webhooks/{key}`.

use std::time::Instant;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use tokio::time::timeout;
use uuid::Uuid;

use super::cors::Cors;
use super::problem::Problem;
use super::{HttpSettings, bearer, body, head, reply, request_log, routes};
use crate::domain::client::SCOPE_WEBHOOK_SEND;
use crate::identity::{Issuer, Resource};
use crate::intake::{Appended, Arrival, Head, Intake, KnownSource};
use crate::ledger::{ChangeError, NotSynced};
use crate::metrics::recorded;

/// The methods of a Webhook URL.
pub const METHODS: &str = "POST, OPTIONS";

/// Receives every request to a Webhook URL.
pub async fn receive(
    request: HttpRequest,
    payload: web::Payload,
    intake: Data<Intake>,
    issuer: Data<Issuer>,
    settings: Data<HttpSettings>,
) -> HttpResponse {
    let response = by_key(&request, payload.into_inner(), &intake, &issuer, &settings);
    reply::finished(&request, response).await
}

/// Checks the key first: without a valid one, every request gets the same 404.
async fn by_key(
    request: &HttpRequest,
    mut payload: Payload,
    intake: &Intake,
    issuer: &Issuer,
    settings: &HttpSettings,
) -> HttpResponse {
    let Some(key) = routes::key(request.match_info().unprocessed()) else {
        return rejected(Problem::KeyUnknown, payload).await;
    };
    let Some(source) = intake.source_find(key) else {
        return rejected(Problem::KeyUnknown, payload).await;
    };
    let cors = Cors::new(&source.source.settings.allowed_origins, request.headers());
    let mut response = match *request.method() {
        Method::POST => match receive_webhook(request, &mut payload, &source, intake, issuer, settings).await {
            Ok(id) => {
                request_log::sent(request, &source.source.name, Some(id));
                reply::json(format!("{{\"id\":\"{id}\"}}"))
            }
            Err(problem) => {
                request_log::sent(request, &source.source.name, None);
                rejected(problem, payload).await
            }
        },
        Method::OPTIONS => cors.preflight(request.headers()),
        _ => rejected(Problem::Method { allow: METHODS }, payload).await,
    };
    cors.mark(response.headers_mut());
    response
}

async fn rejected(problem: Problem, rest: Payload) -> HttpResponse {
    recorded::WEBHOOKS_REJECTED.one(problem.code());
    reply::error_response(problem, rest).await
}

/// Reads the webhook, appends it and waits until it is safe on disk.
async fn receive_webhook(
    request: &HttpRequest,
    payload: &mut Payload,
    source: &KnownSource,
    intake: &Intake,
    issuer: &Issuer,
    settings: &HttpSettings,
) -> Result<Uuid, Problem> {
    let token = || match bearer::caller(request, issuer, Resource::Webhooks, SCOPE_WEBHOOK_SEND) {
        Ok(_) => Ok(()),
        Err(error) => Err(Problem::Token(error)),
    };
    let head = |limit| {
        Ok(Head {
            length: head::check(request, limit, settings)?,
            content_type: head::content_type(request.headers()),
        })
    };
    let admitted = intake.admit(source, token, head)?;
    let body = body::read(payload, admitted.length, admitted.limit, settings).await?;
    let arrived = Instant::now();
    let arrival = Arrival {
        content_type: admitted.content_type,
        query: request.query_string(),
        headers: request
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes())),
        remote: request.peer_addr().map(|peer| peer.ip()),
        body,
    };
    let appended = intake
        .webhook_append(source, arrival)
        .map_err(|error| problem_of(&error))?;
    let id = synced(appended, settings).await?;
    recorded::WEBHOOK_ANSWER.observe_time(arrived.elapsed());
    Ok(id)
}

async fn synced(appended: Appended, settings: &HttpSettings) -> Result<Uuid, Problem> {
    match timeout(settings.sync_timeout, appended.synced).await {
        Ok(Ok(Ok(_sequence))) => Ok(appended.id),
        Ok(Ok(Err(NotSynced::DiskFull))) => Err(Problem::DiskFull),
        Ok(Ok(Err(NotSynced::OpenFiles))) => Err(Problem::OpenFiles),
        // The journal failed or stopped without a result: the webhook may be stored, but this is
        // not certain.
        Ok(Ok(Err(_)) | Err(_)) => Err(Problem::Stopped),
        // It takes too long; it may be stored later.
        Err(_) => Err(Problem::Busy),
    }
}

fn problem_of(error: &ChangeError) -> Problem {
    match error {
        ChangeError::Busy => Problem::Busy,
        ChangeError::Stopped => Problem::Stopped,
        ChangeError::DiskFull => Problem::DiskFull,
        ChangeError::OpenFiles => Problem::OpenFiles,
        // Bodies are bounded far below; so are headers.
        ChangeError::Refused(_) | ChangeError::TooLarge => {
            tracing::error!(%error, "a webhook was rejected by the ledger");
            Problem::Internal
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::oneshot;

    use super::*;

    const ID: Uuid = Uuid::from_u128(7);

    #[tokio::test]
    async fn only_a_synced_webhook_is_acknowledged() {
        let settings = HttpSettings {
            sync_timeout: Duration::from_millis(10),
            ..crate::http::tests::settings()
        };
        let (tell, synced_on) = oneshot::channel();
        assert!(tell.send(Ok(1)).is_ok());
        assert_eq!(
            synced(
                Appended {
                    id: ID,
                    synced: synced_on
                },
                &settings
            )
            .await,
            Ok(ID)
        );

        let (slow, synced_on) = oneshot::channel();
        assert_eq!(
            synced(
                Appended {
                    id: ID,
                    synced: synced_on
                },
                &settings
            )
            .await,
            Err(Problem::Busy)
        );
        drop(slow);

        let (tell, synced_on) = oneshot::channel();
        assert!(tell.send(Err(NotSynced::DiskFull)).is_ok());
        let full = Appended {
            id: ID,
            synced: synced_on,
        };
        assert_eq!(synced(full, &settings).await, Err(Problem::DiskFull));

        let (gone, synced_on) = oneshot::channel();
        drop(gone);
        assert_eq!(
            synced(
                Appended {
                    id: ID,
                    synced: synced_on
                },
                &settings
            )
            .await,
            Err(Problem::Stopped)
        );
    }

    #[test]
    fn a_ledger_that_takes_nothing_now_is_no_fault_of_the_sender() {
        assert_eq!(problem_of(&ChangeError::Busy), Problem::Busy);
        assert_eq!(problem_of(&ChangeError::Stopped), Problem::Stopped);
        assert_eq!(problem_of(&ChangeError::DiskFull), Problem::DiskFull);
    }
}
