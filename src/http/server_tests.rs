//! The way of bytes over a real connection: what senders see when something is wrong.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Mutex;
use std::time::Instant;

use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse};
use rustls::pki_types::pem::PemObject as _;
use tokio::sync::oneshot;

use super::super::{body, reply, webhook};
use super::*;
use crate::tls::{CertificateFiles, self_signed};

const LIMIT: usize = 1000;
const JSON: &str = "Host: h\r\nContent-Type: application/json\r\n";

struct TestServer {
    address: SocketAddr,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl TestServer {
    fn start(tls: Option<Arc<CertificateResolver>>, gate: Option<oneshot::Receiver<()>>) -> Self {
        let settings = HttpSettings {
            workers: 1,
            body_patience: Duration::from_millis(300),
            body_timeout: Duration::from_secs(2),
            ..HttpSettings::default()
        };
        let (tell, told) = mpsc::channel();
        let thread = thread::spawn(move || {
            System::new().block_on(async move {
                let shared = Data::new(settings.clone());
                let gate = Data::new(Mutex::new(gate));
                let any = "127.0.0.1:0".parse().unwrap();
                let (address, server) = bind(any, tls, &settings, move |config| {
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

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        stream
            .set_write_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        stream
    }

    /// Sends bytes on a new connection and returns the answer.
    fn ask(&self, request: impl AsRef<[u8]>) -> Answer {
        let mut stream = self.connect();
        stream.write_all(request.as_ref()).unwrap();
        Answer::read(&mut stream)
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
async fn take(
    request: HttpRequest,
    payload: Payload,
    settings: Data<HttpSettings>,
) -> HttpResponse {
    let mut payload = payload.into_inner();
    let answer = async {
        let read = async {
            let head = webhook::head_check(&request, LIMIT, &settings)?;
            body::read(&mut payload, head.declared, LIMIT, &settings).await
        };
        match read.await {
            Ok(body) => reply::json(format!("{{\"bytes\":{}}}", body.len())),
            Err(problem) => reply::refused(problem, payload).await,
        }
    };
    reply::finished(&request, answer).await
}

/// Answers once the test says so.
async fn wait(
    request: HttpRequest,
    gate: Data<Mutex<Option<oneshot::Receiver<()>>>>,
) -> HttpResponse {
    let answer = async {
        let gate = gate.lock().unwrap().take();
        gate.unwrap().await.unwrap();
        reply::json("{}")
    };
    reply::finished(&request, answer).await
}

async fn panic(request: HttpRequest) -> HttpResponse {
    reply::finished(&request, async { panic!("on purpose") }).await
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
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
        document["type"]
            .as_str()
            .unwrap()
            .replace("urn:hookgate:problem:", "")
    }

    fn closes(&self) -> bool {
        self.header("connection") == Some("close")
    }
}

fn chunk(size: usize) -> String {
    format!("{size:x}\r\n{}\r\n", "x".repeat(size))
}

#[test]
fn bodies_up_to_the_limit_are_taken_and_the_connection_goes_on() {
    let server = TestServer::plain();
    let mut stream = server.connect();
    write!(
        stream,
        "POST /take HTTP/1.1\r\n{JSON}Content-Length: {LIMIT}\r\n\r\n{}",
        "x".repeat(LIMIT)
    )
    .unwrap();
    let answer = Answer::read(&mut stream);
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (200, "{\"bytes\":1000}")
    );
    write!(
        stream,
        "POST /take HTTP/1.1\r\n{JSON}Transfer-Encoding: chunked\r\n\r\n{}0\r\n\r\n",
        chunk(LIMIT)
    )
    .unwrap();
    let answer = Answer::read(&mut stream);
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (200, "{\"bytes\":1000}")
    );
    assert!(!answer.closes());
}

#[test]
fn an_announced_body_over_the_limit_is_refused_before_it_comes() {
    let answer = TestServer::plain().ask(format!(
        "POST /take HTTP/1.1\r\n{JSON}Content-Length: 1001\r\n\r\n"
    ));
    assert_eq!(
        (answer.status, answer.kind().as_str()),
        (413, "body-too-large")
    );
    assert!(
        answer.closes() && answer.body.contains("1000 bytes"),
        "{}",
        answer.body
    );
}

#[test]
fn a_sender_of_far_too_much_still_sees_the_answer() {
    let server = TestServer::plain();
    let body = chunk(64 * 1024).repeat(32);
    for framing in [
        format!("Transfer-Encoding: chunked\r\n\r\n{body}0\r\n\r\n"),
        format!("Content-Length: {}\r\n\r\n{body}", body.len()),
    ] {
        let answer = server.ask(format!("POST /take HTTP/1.1\r\n{JSON}{framing}"));
        assert_eq!(
            (answer.status, answer.kind().as_str()),
            (413, "body-too-large")
        );
        assert!(answer.closes());
    }
}

#[test]
fn a_stalled_body_is_refused_and_the_connection_closed() {
    let server = TestServer::plain();
    for framing in [
        "Content-Length: 10\r\n\r\nabc",
        "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    ] {
        let mut stream = server.connect();
        write!(stream, "POST /take HTTP/1.1\r\n{JSON}{framing}").unwrap();
        let answer = Answer::read(&mut stream);
        assert_eq!(
            (answer.status, answer.kind().as_str()),
            (408, "body-stalled")
        );
        assert!(answer.closes());
        assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    }
}

#[test]
fn a_body_that_trickles_is_refused() {
    let server = TestServer::plain();
    let mut stream = server.connect();
    write!(
        stream,
        "POST /take HTTP/1.1\r\n{JSON}Content-Length: 900\r\n\r\n"
    )
    .unwrap();
    let mut writer = stream.try_clone().unwrap();
    let trickle = thread::spawn(move || {
        // One byte at a time, for as long as the server listens.
        while writer.write_all(b"x").is_ok() {
            thread::park_timeout(Duration::from_millis(20));
        }
    });
    assert_eq!(Answer::read(&mut stream).status, 408);
    stream.shutdown(Shutdown::Both).unwrap();
    trickle.join().unwrap();
}

#[test]
fn a_truncated_body_is_refused() {
    let server = TestServer::plain();
    for framing in [
        "Content-Length: 10\r\n\r\nabc",
        "Transfer-Encoding: chunked\r\n\r\n9\r\nabc",
    ] {
        let mut stream = server.connect();
        write!(stream, "POST /take HTTP/1.1\r\n{JSON}{framing}").unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let answer = Answer::read(&mut stream);
        assert_eq!(
            (answer.status, answer.kind().as_str()),
            (400, "body-broken")
        );
    }
}

#[test]
fn a_refused_request_with_a_short_body_keeps_the_connection() {
    let server = TestServer::plain();
    let mut stream = server.connect();
    for _ in 0..3 {
        write!(
            stream,
            "POST /take HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{{}}"
        )
        .unwrap();
        let answer = Answer::read(&mut stream);
        assert_eq!(
            (answer.status, answer.kind().as_str()),
            (415, "content-type")
        );
        assert!(!answer.closes());
    }
}

#[test]
fn a_request_for_nothing_is_the_last_of_its_connection() {
    let server = TestServer::plain();
    let mut stream = server.connect();
    write!(
        stream,
        "POST /nothing HTTP/1.1\r\n{JSON}Content-Length: 2\r\n\r\n{{}}"
    )
    .unwrap();
    let answer = Answer::read(&mut stream);
    assert_eq!(
        (answer.status, answer.kind().as_str()),
        (404, "path-unknown")
    );
    assert!(answer.closes());
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
}

#[test]
fn requests_sent_without_waiting_are_all_answered() {
    let server = TestServer::plain();
    let mut stream = server.connect();
    let one = format!("POST /take HTTP/1.1\r\n{JSON}Content-Length: 2\r\n\r\n{{}}");
    stream.write_all(one.repeat(20).as_bytes()).unwrap();
    for _ in 0..20 {
        assert_eq!(Answer::read(&mut stream).status, 200);
    }
}

#[test]
fn an_endless_body_of_a_refused_request_is_not_read_for_ever() {
    let server = TestServer::plain();
    let mut stream = server.connect();
    write!(
        stream,
        "POST /nothing HTTP/1.1\r\n{JSON}Transfer-Encoding: chunked\r\n\r\n"
    )
    .unwrap();
    let started = Instant::now();
    while stream.write_all(chunk(1).as_bytes()).is_ok() {
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "the connection stays open"
        );
        thread::park_timeout(Duration::from_millis(20));
    }
}

#[test]
fn what_the_headers_say_is_refused_with_a_reason() {
    let server = TestServer::plain();
    for (headers, status, kind) in [
        ("Content-Type: text/xml\r\n", 415, "content-type"),
        ("", 415, "content-type"),
        (
            "Content-Type: application/json\r\nContent-Encoding: gzip\r\n",
            415,
            "content-encoding",
        ),
        (
            &format!("{JSON}X-Long: {}\r\n", "x".repeat(40_000)),
            431,
            "headers-too-large",
        ),
        (
            "Content-Type: application/json; charset=utf-8\r\nContent-Encoding: identity\r\n",
            200,
            "",
        ),
        ("Content-Type: Multipart/Form-Data; boundary=x\r\n", 200, ""),
    ] {
        let host = if headers.contains("Host") {
            ""
        } else {
            "Host: h\r\n"
        };
        let answer = server.ask(format!(
            "POST /take HTTP/1.1\r\n{host}{headers}Content-Length: 2\r\n\r\n{{}}"
        ));
        assert_eq!(answer.status, status, "{headers:.60}");
        if status != 200 {
            assert_eq!(answer.kind(), kind);
        }
    }
}

#[test]
fn a_panic_is_answered() {
    let answer = TestServer::plain().ask("GET /panic HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!((answer.status, answer.kind().as_str()), (500, "internal"));
}

#[test]
fn answers_say_nothing_about_the_server() {
    let answer = TestServer::plain().ask("GET /nothing HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!(answer.header("server"), None);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("strict-transport-security"), None);
}

#[test]
fn a_graceful_stop_answers_what_was_begun() {
    let (open, gate) = oneshot::channel();
    let server = TestServer::start(None, Some(gate));
    let mut stream = server.connect();
    write!(
        stream,
        "GET /gate HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n\r\n"
    )
    .unwrap();
    // The interim answer shows that the handler was begun.
    assert_eq!(Answer::read(&mut stream).status, 100);
    drop(server.handle.stop(true));
    let started = Instant::now();
    while TcpStream::connect(server.address).is_ok() {
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "still listening"
        );
        thread::yield_now();
    }
    open.send(()).unwrap();
    let answer = Answer::read(&mut stream);
    assert_eq!(answer.status, 200);
    assert!(answer.closes());
}

#[test]
fn tls_is_trusted_by_the_copied_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let files: CertificateFiles = self_signed(folder.path(), &[]).unwrap();
    let server = TestServer::start(
        Some(Arc::new(CertificateResolver::new(files).unwrap())),
        None,
    );

    let mut roots = rustls::RootCertStore::empty();
    let copy = folder.path().join("cert.pem");
    roots
        .add(rustls::pki_types::CertificateDer::from_pem_file(copy).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let mut connection =
        rustls::ClientConnection::new(Arc::new(config), "127.0.0.1".try_into().unwrap()).unwrap();
    let mut socket = server.connect();
    let mut stream = rustls::Stream::new(&mut connection, &mut socket);
    write!(
        stream,
        "POST /take HTTP/1.1\r\n{JSON}Content-Length: 2\r\n\r\n{{}}"
    )
    .unwrap();
    let answer = Answer::read(&mut stream);
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("strict-transport-security"),
        Some("max-age=31536000")
    );
    assert_eq!(connection.alpn_protocol(), Some(&b"http/1.1"[..]));
}

#[test]
fn plain_http_is_for_loopback_only_and_a_taken_port_is_told() {
    System::new().block_on(async {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let error = bind(address, None, &HttpSettings::default(), |_| {}).err();
        assert!(matches!(error, Some(ServeError::InUse { .. })), "{error:?}");
    });
}
