//! Reading a request's body within bounds of size and time. The HTTP library has none for time.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use futures_util::{Stream, StreamExt as _};
use tokio::time::{Instant, timeout_at};

use super::problem::Problem;
use super::{HttpSettings, head};

/// The buffer allocated first for a body, whatever length is announced.
const FIRST_CAPACITY: usize = 16 * 1024;

/// How much of a rejected body is read and discarded, and how long that may take.
const DISCARD_BYTES: usize = 64 * 1024;
const DISCARD_TIME: Duration = Duration::from_secs(1);

/// Checks the head, then reads a body of at most `limit` bytes.
///
/// # Errors
/// As [`head::check`] and [`read`].
pub async fn receive(
    request: &HttpRequest,
    payload: &mut Payload,
    limit: usize,
    settings: &HttpSettings,
) -> Result<Vec<u8>, Problem> {
    let declared = head::check(request, limit, settings)?;
    read(payload, declared, limit, settings).await
}

/// Reads a body of at most `limit` bytes, of which the sender announced `declared`.
///
/// # Errors
/// When the body is too large, too slow, or ends too soon.
pub async fn read<S>(
    payload: &mut S,
    declared: Option<usize>,
    limit: usize,
    settings: &HttpSettings,
) -> Result<Vec<u8>, Problem>
where
    S: Stream<Item = Result<Bytes, PayloadError>> + Unpin,
{
    let started = Instant::now();
    let mut body = Vec::with_capacity(declared.unwrap_or_default().min(limit).min(FIRST_CAPACITY));
    loop {
        let deadline = started + allowed(body.len(), settings);
        // A timer is set only if the next chunk is not there yet.
        match timeout_at(deadline, payload.next()).await {
            Err(_) => return Err(Problem::BodyStalled),
            Ok(None) => return Ok(body),
            Ok(Some(Err(_))) => return Err(Problem::BodyBroken),
            Ok(Some(Ok(chunk))) => {
                if chunk.len() > limit - body.len() {
                    return Err(Problem::BodyTooLarge { limit });
                }
                body.extend_from_slice(&chunk);
                // Without this, a body that trickles in without a pause would never be late.
                if Instant::now() >= deadline {
                    return Err(Problem::BodyStalled);
                }
            }
        }
    }
}

/// Reads away what is left of a body, if it is short and comes soon.
pub async fn discard<S>(payload: &mut S)
where
    S: Stream<Item = Result<Bytes, PayloadError>> + Unpin,
{
    let deadline = Instant::now() + DISCARD_TIME;
    let mut discarded = 0;
    while discarded <= DISCARD_BYTES {
        match timeout_at(deadline, payload.next()).await {
            Ok(Some(Ok(chunk))) => discarded += chunk.len(),
            _ => break,
        }
    }
}

/// The time within which this many bytes of a body must arrive.
fn allowed(received: usize, settings: &HttpSettings) -> Duration {
    let by_rate = Duration::from_secs(received as u64 / u64::from(settings.body_rate.max(1)));
    settings.body_timeout.min(settings.body_patience + by_rate)
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    fn settings() -> HttpSettings {
        HttpSettings {
            body_timeout: Duration::from_secs(10),
            body_patience: Duration::from_secs(2),
            body_rate: 100,
            ..crate::http::tests::settings()
        }
    }

    fn chunks(sizes: &[usize]) -> impl Stream<Item = Result<Bytes, PayloadError>> + Unpin {
        let chunks: Vec<_> = sizes.iter().map(|&size| Ok(Bytes::from(vec![7; size]))).collect();
        stream::iter(chunks)
    }

    #[tokio::test]
    async fn a_body_up_to_the_limit_is_read_whole() {
        let body = read(&mut chunks(&[3, 0, 7]), None, 10, &settings()).await;
        assert_eq!(body.unwrap(), vec![7; 10]);
        let body = read(&mut chunks(&[]), Some(0), 10, &settings()).await;
        assert_eq!(body.unwrap(), Vec::<u8>::new());
    }

    #[tokio::test]
    async fn one_byte_more_is_too_large() {
        let body = read(&mut chunks(&[3, 8]), None, 10, &settings()).await;
        assert_eq!(body, Err(Problem::BodyTooLarge { limit: 10 }));
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_broken() {
        let mut payload = stream::iter([Ok(Bytes::from_static(b"abc")), Err(PayloadError::Incomplete(None))]);
        let body = read(&mut payload, Some(10), 10, &settings()).await;
        assert_eq!(body, Err(Problem::BodyBroken));
    }

    #[tokio::test]
    async fn a_body_that_never_comes_is_stalled() {
        let settings = HttpSettings {
            body_patience: Duration::from_millis(10),
            ..settings()
        };
        let body = read(&mut stream::pending(), Some(10), 10, &settings).await;
        assert_eq!(body, Err(Problem::BodyStalled));
    }

    #[tokio::test]
    async fn a_rest_that_never_comes_is_not_waited_for_long() {
        let started = Instant::now();
        discard(&mut stream::pending()).await;
        assert!(started.elapsed() < DISCARD_TIME * 60);
    }

    #[tokio::test]
    async fn only_a_short_rest_is_discarded() {
        let mut payload = chunks(&[DISCARD_BYTES, 1, 5]);
        discard(&mut payload).await;
        assert_eq!(payload.next().await.unwrap().unwrap().len(), 5);
    }

    #[test]
    fn time_grows_with_what_is_there_up_to_the_total() {
        let settings = settings();
        assert_eq!(allowed(0, &settings), Duration::from_secs(2));
        assert_eq!(allowed(300, &settings), Duration::from_secs(5));
        assert_eq!(allowed(1_000_000, &settings), Duration::from_secs(10));
    }
}
