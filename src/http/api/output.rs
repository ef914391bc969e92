//! What a handler returns.

#![expect(clippy::unnecessary_wraps, reason = "each is the last line of a handler")]

use std::convert::Infallible;
use std::io::{self, Write};
use std::task::Poll;

use actix_web::HttpResponse;
use actix_web::body::BodyStream;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderName, HeaderValue};
use actix_web::rt::task::spawn_blocking;
use actix_web::web::Bytes;
use futures_util::{StreamExt as _, stream};
use serde::Serialize;
use tokio::sync::mpsc;

use super::HandlerResult;
use crate::manage::ManageError;
use crate::manage::feed::Watching;
use crate::telemetry::request::{RequestId, working_for};

/// Bytes of a piece of a streamed body.
const PIECE: usize = 32 * 1024;

/// Chunks that wait for a slow reader; when they are full, the writer waits as well.
const PIECES: usize = 4;

/// Writes a body in its own thread, chunk by chunk.
type Writer = Box<dyn FnOnce(&mut dyn Write) -> Result<(), ManageError> + Send>;

/// The result of a handler.
pub struct Output {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Body,
}

enum Body {
    Empty,
    Json(Vec<u8>),
    Bytes(Vec<u8>),
    Stream(Writer),
    Events(Watching),
}

/// 200 with a view.
pub fn json(view: &impl Serialize) -> HandlerResult {
    Ok(Output {
        status: StatusCode::OK,
        headers: Vec::new(),
        body: Body::Json(written(view)),
    })
}

/// 201 with a view.
pub fn created(view: &impl Serialize) -> HandlerResult {
    json(view).map(|output| Output {
        status: StatusCode::CREATED,
        ..output
    })
}

/// 204.
pub fn nothing() -> HandlerResult {
    Ok(Output {
        status: StatusCode::NO_CONTENT,
        headers: Vec::new(),
        body: Body::Empty,
    })
}

/// 200 with a body that is written while it is sent; `file` makes it a download of that name.
/// An error of the writer cuts the connection, so that the reader sees that something is missing.
pub fn stream(
    content_type: &'static str,
    file: Option<&str>,
    write: impl FnOnce(&mut dyn Write) -> Result<(), ManageError> + Send + 'static,
) -> HandlerResult {
    let mut headers = vec![(CONTENT_TYPE, HeaderValue::from_static(content_type))];
    let disposition = file.map(|file| HeaderValue::from_str(&format!("attachment; filename=\"{file}\"")));
    if let Some(Ok(disposition)) = disposition {
        headers.push((CONTENT_DISPOSITION, disposition));
    }
    Ok(Output {
        status: StatusCode::OK,
        headers,
        body: Body::Stream(Box::new(write)),
    })
}

/// 200 with bytes as a download of that name.
pub fn download(content_type: &'static str, file: &str, bytes: Vec<u8>) -> HandlerResult {
    let output = stream(content_type, Some(file), |_| Ok(()))?;
    Ok(Output {
        body: Body::Bytes(bytes),
        ..output
    })
}

/// 200 with server-sent events, until the sender closes.
pub fn events(watching: Watching) -> HandlerResult {
    let headers = vec![
        (CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        // Proxies that gather what they pass on let this through.
        (
            HeaderName::from_static("x-accel-buffering"),
            HeaderValue::from_static("no"),
        ),
    ];
    Ok(Output {
        status: StatusCode::OK,
        headers,
        body: Body::Events(watching),
    })
}

impl Output {
    /// With a header.
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// As it is sent.
    pub fn response(self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        for header in self.headers {
            response.append_header(header);
        }
        match self.body {
            Body::Empty => response.finish(),
            Body::Json(text) => response
                .insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json")))
                .body(text),
            Body::Bytes(bytes) => response.body(bytes),
            Body::Stream(write) => response.body(streamed(write)),
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
}

fn written(view: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(view).unwrap_or_else(|error| {
        // All views are texts, numbers, lists and objects.
        tracing::error!(%error, "a view could not be written as JSON");
        b"null".to_vec()
    })
}

fn streamed(write: Writer) -> BodyStream<impl futures_util::Stream<Item = Result<Bytes, io::Error>>> {
    let (send, mut receive) = mpsc::channel(PIECES);
    let pieces = move || {
        let mut pieces = io::BufWriter::with_capacity(PIECE, Pieces(&send));
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
struct Pieces<'a>(&'a mpsc::Sender<Result<Bytes, io::Error>>);

impl Write for Pieces<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = Bytes::copy_from_slice(bytes);
        let sent = self.0.blocking_send(Ok(piece));
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
        let output = events(Watching { greeting, changes }).unwrap();
        let body = to_bytes(output.response().into_body()).await.unwrap();
        assert_eq!(body, "greeting, changed");
    }
}
