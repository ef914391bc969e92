//! Answers of operations as responses of HTTP.

use std::convert::Infallible;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use actix_web::HttpResponse;
use actix_web::body::BodyStream;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use actix_web::rt::task::spawn_blocking;
use actix_web::web::Bytes;
use futures_util::{StreamExt as _, stream};
use tokio::sync::mpsc;

use crate::api::{Body, Output, Writer};
use crate::manage::feed::Watching;
use crate::telemetry::request::{RequestId, working_for};

/// Bytes of a piece of a streamed body.
const PIECE: usize = 32 * 1024;

/// Chunks that wait for a slow reader; when they are full, the writer waits as well.
const PIECES: usize = 4;

/// As it is sent. While `stopping` is set, the next piece of a streamed body fails once: its writer
/// ends early, and can still say so.
#[must_use]
pub fn response(output: Output, stopping: Option<Arc<AtomicBool>>) -> HttpResponse {
    let status = StatusCode::from_u16(output.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    for (name, value) in output.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.append_header((HeaderName::from_static(name), value));
        }
    }
    match output.body {
        Body::Empty => response.finish(),
        Body::Json(text) => response
            .insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json")))
            .body(text),
        Body::Bytes(bytes) => response.body(bytes),
        Body::Stream(write) => response.body(streamed(write, stopping)),
        Body::Events(Watching { greeting, mut changes }) => {
            let first = stream::iter([Ok::<_, Infallible>(Bytes::from(greeting))]);
            let rest = stream::poll_fn(move |cx| {
                let message = changes.poll_recv(cx);
                message.map(|message| message.map(|text| Ok(Bytes::copy_from_slice(text.as_bytes()))))
            });
            response.body(BodyStream::new(first.chain(rest)))
        }
    }
}

fn streamed(
    write: Writer,
    stopping: Option<Arc<AtomicBool>>,
) -> BodyStream<impl futures_util::Stream<Item = Result<Bytes, io::Error>>> {
    let (send, mut receive) = mpsc::channel(PIECES);
    let pieces = move || {
        let mut pieces = io::BufWriter::with_capacity(PIECE, Pieces { send: &send, stopping });
        if let Err(error) = write(&mut pieces) {
            tracing::warn!(%error, "a download ended early");
            // Not flushed: what is left would look complete.
            let _ = pieces.into_parts();
            let _ = send.blocking_send(Err(io::Error::other("ended early")));
        }
    };
    let request = RequestId::current();
    spawn_blocking(move || working_for(request, pieces));
    BodyStream::new(stream::poll_fn(move |cx| match receive.poll_recv(cx) {
        Poll::Ready(piece) => Poll::Ready(piece),
        Poll::Pending => Poll::Pending,
    }))
}

/// Sends what is written; fails once the reader is gone.
struct Pieces<'a> {
    send: &'a mpsc::Sender<Result<Bytes, io::Error>>,
    /// Taken when it was noticed.
    stopping: Option<Arc<AtomicBool>>,
}

impl Write for Pieces<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self
            .stopping
            .take_if(|stopping| stopping.load(Ordering::SeqCst))
            .is_some()
        {
            return Err(io::Error::from(io::ErrorKind::ConnectionAborted));
        }
        let piece = Bytes::copy_from_slice(bytes);
        let sent = self.send.blocking_send(Ok(piece));
        sent.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;

    use super::*;

    #[tokio::test]
    async fn the_greeting_comes_before_what_changed_meanwhile() {
        let (send, changes) = mpsc::channel(1);
        send.try_send("changed".into()).unwrap();
        drop(send);
        let greeting = "greeting, ".to_owned();
        let output = Output {
            status: 200,
            headers: Vec::new(),
            body: Body::Events(Watching { greeting, changes }),
        };
        let body = to_bytes(response(output, None).into_body()).await.unwrap();
        assert_eq!(body, "greeting, changed");
    }
}
