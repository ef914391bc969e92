//! Webhooks from pages in browsers.

use crate::harness::{Answer, Request, Server, Source};

const PAGE: &str = "https://a.example";

fn preflight(server: &Server, source: &Source, origin: &str) -> Answer {
    let request = Request::new("OPTIONS", &source.path)
        .header("Origin", origin)
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "content-type");
    server.send(&request)
}

fn allowed(answer: &Answer) -> Option<&str> {
    answer.header("access-control-allow-origin")
}

fn post(server: &Server, source: &Source, content_type: &str, origin: &str) -> Answer {
    server.send(&Request::post(source, content_type, "{}").header("Origin", origin))
}

#[test]
fn pages_of_allowed_origins_may_post() {
    let server = Server::start();
    let source = server.source_with("Forms", &["--origin", PAGE, "--origin", "https://b.example"]);
    for origin in [PAGE, "https://b.example"] {
        let answer = preflight(&server, &source, origin);
        assert_eq!((answer.status, allowed(&answer)), (204, Some(origin)), "{answer:?}");
        assert_eq!(answer.header("access-control-allow-headers"), Some("content-type"));
        assert!(
            answer.header("access-control-allow-methods").unwrap().contains("POST"),
            "{answer:?}"
        );
        assert!(
            answer.header("vary").unwrap().to_lowercase().contains("origin"),
            "{answer:?}"
        );
    }
    // A page must be able to read a refusal too.
    for (content_type, status) in [("application/json", 200), ("text/xml", 415)] {
        let answer = post(&server, &source, content_type, PAGE);
        assert_eq!((answer.status, allowed(&answer)), (status, Some(PAGE)), "{answer:?}");
    }
}

#[test]
fn pages_of_other_origins_may_not() {
    let server = Server::start();
    let listed = server.source_with("Listed", &["--origin", PAGE]);
    let none = server.source("None");
    for (source, origin) in [
        (&listed, "https://a.example.org"),
        (&listed, "http://a.example"),
        (&listed, "https://a.example:8443"),
        (&listed, "null"),
        (&none, PAGE),
    ] {
        let answer = preflight(&server, source, origin);
        assert_eq!(allowed(&answer), None, "{origin}: {answer:?}");
        assert_eq!(
            answer.header("access-control-allow-methods"),
            None,
            "{origin}: {answer:?}"
        );
        // What is no browser may say any origin: it has the key.
        let answer = post(&server, source, "application/json", origin);
        assert_eq!((answer.status, allowed(&answer)), (200, None), "{origin}: {answer:?}");
    }
}
