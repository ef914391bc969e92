//! Connections: how they begin, go on and end.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use actix_web::rt::System;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tokio::sync::oneshot;

use super::super::server::{ServeError, listen, serve_on};
use super::{BOUND, JSON, TestResponse, TestServer, settings};
use crate::tls::{CertificateResolver, self_signed};

#[test]
fn a_request_for_nothing_is_the_last_of_its_connection() {
    let server = TestServer::plain();
    let mut stream = server.connect();
    write!(stream, "POST /nothing HTTP/1.1\r\n{JSON}Content-Length: 2\r\n\r\n{{}}").unwrap();
    let answer = TestResponse::read(&mut stream);
    assert_eq!((answer.status, answer.kind().as_str()), (404, "path-unknown"));
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
        assert_eq!(TestResponse::read(&mut stream).status, 200);
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
    write!(stream, "GET /gate HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n\r\n").unwrap();
    // The interim answer shows that the handler was begun.
    assert_eq!(TestResponse::read(&mut stream).status, 100);
    drop(server.handle.stop(true));
    let started = Instant::now();
    while TcpStream::connect(server.address).is_ok() {
        assert!(started.elapsed() < BOUND, "still listening");
        thread::yield_now();
    }
    open.send(()).unwrap();
    let answer = TestResponse::read(&mut stream);
    assert_eq!(answer.status, 200);
    assert!(answer.closes());
}

#[test]
fn tls_is_trusted_by_the_copied_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let files = self_signed(folder.path(), &[]).unwrap();
    let server = TestServer::start(Some(Arc::new(CertificateResolver::new(files).unwrap())), None);

    let mut roots = rustls::RootCertStore::empty();
    let copy = folder.path().join("cert.pem");
    roots.add(CertificateDer::from_pem_file(copy).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let mut connection = rustls::ClientConnection::new(Arc::new(config), "127.0.0.1".try_into().unwrap()).unwrap();
    let mut socket = server.connect();
    let mut stream = rustls::Stream::new(&mut connection, &mut socket);
    write!(stream, "POST /take HTTP/1.1\r\n{JSON}Content-Length: 2\r\n\r\n{{}}").unwrap();
    let answer = TestResponse::read(&mut stream);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("strict-transport-security"), None, "not asked for");
    assert_eq!(connection.alpn_protocol(), Some(&b"http/1.1"[..]));
}

#[test]
fn an_address_that_cannot_be_served_is_told_with_its_reason() {
    let refused = |address: SocketAddr| {
        System::new().block_on(async {
            let socket = listen(address)?;
            serve_on(socket, None, &settings(), &Arc::default(), |_| {}).map(|_| ())
        })
    };
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let error = refused(taken.local_addr().unwrap());
    assert!(matches!(error, Err(ServeError::InUse { .. })), "{error:?}");
    let error = refused("0.0.0.0:0".parse().unwrap());
    assert!(matches!(error, Err(ServeError::PlainNotLoopback(_))), "{error:?}");
}
