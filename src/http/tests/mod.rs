//! The way of bytes over a real connection: what senders see when something is wrong.

mod bodies;
mod connections;
mod odata;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::rt::System;

use actix_web::web::{self, Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use tokio::sync::oneshot;

use super::problem::Problem;
use super::server::{listen, serve_on};
use super::{HttpSettings, body, head, reply, routes};
use crate::app::bounds::{connections, http_settings};
use crate::config::defaults;
use crate::tls::CertificateResolver;

const LIMIT: usize = 1000;
const JSON: &str = "Host: h\r\nContent-Type: application/json\r\n";

struct TestServer {
    address: SocketAddr,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

/// How long anything may take before a test fails, and how long the server waits for senders:
/// machines are slow at times.
const BOUND: Duration = Duration::from_secs(60);

/// As without any setting.
pub fn settings() -> HttpSettings {
    let settings = defaults();
    let connections = connections(&settings, 1, u64::MAX);
    http_settings(&settings, 1, connections)
}

impl TestServer {
    fn start(tls: Option<Arc<CertificateResolver>>, gate: Option<oneshot::Receiver<()>>) -> Self {
        Self::start_with(BOUND, tls, gate)
    }

    /// `patience` is how long a body may take.
    fn start_with(
        patience: Duration,
        tls: Option<Arc<CertificateResolver>>,
        gate: Option<oneshot::Receiver<()>>,
    ) -> Self {
        let settings = HttpSettings {
            workers: 1,
            head_timeout: BOUND,
            keep_alive: BOUND,
            body_patience: patience,
            body_timeout: patience * 6,
            ..settings()
        };
        let (tell, told) = mpsc::channel();
        let thread = thread::spawn(move || {
            System::new().block_on(async move {
                let shared = Data::new(settings.clone());
                let gate = Data::new(Mutex::new(gate));
                let any = listen("127.0.0.1:0".parse().unwrap()).unwrap();
                let (address, server) = serve_on(any, tls, &settings, &Arc::default(), move |config| {
                    config
                        .app_data(shared.clone())
                        .app_data(gate.clone())
                        .service(web::resource("/take").to(take))
                        .service(web::resource("/gate").to(wait))
                        .service(web::resource("/panic").to(panic));
                    routes::unknown(config);
                })
                .unwrap();
                tell.send((address, server.handle())).unwrap();
                server.await.unwrap();
            });
        });
        let (address, handle) = told.recv().unwrap();
        Self {
            address,
            handle,
            thread: Some(thread),
        }
    }

    fn plain() -> Self {
        Self::start(None, None)
    }

    /// One that soon gives up a body.
    fn impatient() -> Self {
        Self::start_with(Duration::from_millis(300), None, None)
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(BOUND)).unwrap();
        stream.set_write_timeout(Some(BOUND)).unwrap();
        stream
    }

    /// Sends bytes on a new connection and returns the answer.
    fn ask(&self, request: impl AsRef<[u8]>) -> TestResponse {
        let mut stream = self.connect();
        stream.write_all(request.as_ref()).unwrap();
        TestResponse::read(&mut stream)
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

/// The steps of a webhook up to its body.
async fn take(request: HttpRequest, payload: Payload, settings: Data<HttpSettings>) -> HttpResponse {
    let mut payload = payload.into_inner();
    let response = async {
        let read = async {
            let declared = head::check(&request, LIMIT, &settings)?;
            head::media(request.headers()).ok_or(Problem::ContentType)?;
            body::read(&mut payload, declared, LIMIT, &settings).await
        };
        match read.await {
            Ok(body) => reply::json(format!("{{\"bytes\":{}}}", body.len())),
            Err(problem) => reply::error_response(problem, payload).await,
        }
    };
    reply::finished(&request, response).await
}

/// Answers once the test says so.
async fn wait(request: HttpRequest, gate: Data<Mutex<Option<oneshot::Receiver<()>>>>) -> HttpResponse {
    let response = async {
        let gate = gate.lock().unwrap().take();
        gate.unwrap().await.unwrap();
        reply::json("{}")
    };
    reply::finished(&request, response).await
}

async fn panic(request: HttpRequest) -> HttpResponse {
    reply::finished(&request, async { panic!("on purpose") }).await
}

struct TestResponse {
    status: u16,
    head: String,
    body: String,
}

impl TestResponse {
    /// Reads one answer and no byte of the next one.
    fn read(stream: &mut impl Read) -> Self {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.extend_from_slice(&byte);
        }
        let head = String::from_utf8(head).unwrap().to_lowercase();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut answer = Self {
            status,
            head,
            body: String::new(),
        };
        let length = answer
            .header("content-length")
            .map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        stream.read_exact(&mut body).unwrap();
        answer.body = String::from_utf8(body).unwrap();
        answer
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    fn kind(&self) -> String {
        let document: serde_json::Value = serde_json::from_str(&self.body).unwrap();
        document["type"].as_str().unwrap().replace("urn:hookgate:problem:", "")
    }

    fn closes(&self) -> bool {
        self.header("connection") == Some("close")
    }
}

fn chunk(size: usize) -> String {
    format!("{size:x}\r\n{}\r\n", "x".repeat(size))
}
