//! A real test webhook over HTTPS, from the running server to itself.

use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::health::webhook_token;
use super::loopback_client::{MAX_ANSWER_LENGTH, agent, unreached, url};
use super::source::{source_named, webhook_path};
use super::webhook::{WebhookView, webhook_row, webhook_show};
use super::{Context, Endpoint, ManageError};
use crate::domain::client::WEBHOOK_IDENTITY;
use crate::domain::webhook::Status;

/// The default body. Without `EntityName`, no record is created.
const SAMPLE: &str = r#"{"Test":"a test webhook of Hookgate itself"}"#;

/// The time limit for processing after the response.
const PROCESSED_WITHIN: Duration = Duration::from_secs(10);

/// The content of a test webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TestBody {
    pub content_type: String,
    pub body: String,
}

/// The result of a test webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SourceTestView {
    /// The status of the HTTP response.
    pub answer_status: u16,
    /// The body of the HTTP response.
    pub answer: String,
    /// Milliseconds from the request to the response.
    pub answered_in_ms: u64,
    /// The webhook as stored; none if it was not accepted.
    pub webhook: Option<WebhookView>,
}

impl SourceTestView {
    /// Whether it was accepted, and processing did not fail.
    #[must_use]
    pub fn is_good(&self) -> bool {
        let webhook = self.webhook.as_ref();
        webhook.is_some_and(|webhook| webhook.status != Status::Failed)
    }
}

/// Posts a test webhook to the Webhook URL of a source and waits until it is processed. If the
/// source requires an access token, one of the shipped client is used.
///
/// The server posts to its own listener and trusts its own certificate, so that neither a proxy nor
/// a name that cannot be resolved here is an obstacle.
///
/// # Errors
/// If no server runs, there is no such source, no token can be obtained, or the connection fails.
pub fn source_test(context: &Context, name: &str, body: Option<&TestBody>) -> Result<SourceTestView, ManageError> {
    let source = source_named(context, name)?;
    let running = context.running.as_ref().ok_or(ManageError::ServerNotRunning)?;
    let endpoint = &running.webhooks;
    let path = webhook_path(context, &source)?;
    let (content_type, body) = body.map_or(("application/json", SAMPLE), |test| (&test.content_type, &test.body));
    let demanded = source.enabled && source.settings.requires_token;
    let token = demanded.then(|| token(context, endpoint)).transpose()?;
    let begin = Instant::now();
    let (answer_status, answer) = post(endpoint, &path, token.as_deref(), content_type, body)?;
    let answered_in_ms = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
    let webhook = match answer_id(&answer) {
        Some(id) => Some(processed(context, id)?),
        None => None,
    };
    Ok(SourceTestView {
        answer_status,
        answer,
        answered_in_ms,
        webhook,
    })
}

/// Posts to the server itself. Returns the status and the body of the response.
fn post(
    endpoint: &Endpoint,
    path: &str,
    token: Option<&str>,
    content_type: &str,
    body: &str,
) -> Result<(u16, String), ManageError> {
    // The error could contain the URL, and with it the key.
    let hidden = |error: ureq::Error| ManageError::Test(unreached(&error).replace(path, "/webhooks/…"));
    let mut request = agent(endpoint)
        .map_err(ManageError::Test)?
        .post(url(endpoint, path))
        .content_type(content_type);
    if let Some(token) = token {
        request = request.header("Authorization", format!("Bearer {token}"));
    }
    let mut answer = request.send(body).map_err(hidden)?;
    let status = answer.status().as_u16();
    let text = answer
        .body_mut()
        .with_config()
        .limit(MAX_ANSWER_LENGTH)
        .read_to_string()
        .map_err(hidden)?;
    Ok((status, text))
}

fn token(context: &Context, endpoint: &Endpoint) -> Result<String, ManageError> {
    webhook_token(context, endpoint.address.ip()).map_err(|problem| {
        ManageError::Test(format!(
            "the source demands an access token, and the test got none with the client '{WEBHOOK_IDENTITY}': {problem}"
        ))
    })
}

fn processed(context: &Context, id: Uuid) -> Result<WebhookView, ManageError> {
    let row = webhook_row(&context.ledger.read()?, id)?;
    context.ledger.wait_processed(row.seq, PROCESSED_WITHIN)?;
    webhook_show(context, id)
}

fn answer_id(answer: &str) -> Option<Uuid> {
    #[derive(Deserialize, JsonSchema)]
    struct Taken {
        id: Uuid,
    }
    serde_json::from_str::<Taken>(answer).ok().map(|taken| taken.id)
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::sync::Arc;

    use super::*;

    #[test]
    fn the_id_is_found_in_the_answer() {
        let id = "0196a1b2-0000-7000-8000-000000000001";
        assert_eq!(answer_id(&format!(r#"{{"id":"{id}"}}"#)), id.parse().ok());
        assert_eq!(answer_id(r#"{"title":"not found"}"#), None);
        assert_eq!(answer_id("gateway"), None);
    }

    /// An HTTPS server with a self-signed certificate. It responds to one request with the content
    /// of that request.
    fn mirror(names: &[&str]) -> (Endpoint, tempfile::TempDir, std::thread::JoinHandle<()>) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let certificate = folder.path().join("cert.pem");
        std::fs::write(&certificate, made.cert.pem()).unwrap();
        let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let thread = std::thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let connection = rustls::ServerConnection::new(Arc::new(config)).unwrap();
            let mut tls = rustls::StreamOwned::new(connection, stream);
            let mut got = vec![0; 4096];
            let mut length = 0;
            while !got[..length].ends_with(b"}") {
                match tls.read(&mut got[length..]) {
                    Ok(1..) if length < 4000 => length += got[length..].iter().take_while(|byte| **byte != 0).count(),
                    _ => return,
                }
            }
            let head = format!("HTTP/1.1 404 Not Found\r\nContent-Length: {length}\r\n\r\n");
            tls.write_all(head.as_bytes()).unwrap();
            tls.write_all(&got[..length]).unwrap();
            tls.flush().unwrap();
        });
        let endpoint = Endpoint {
            address,
            server_name: "hooks.example.test".to_owned(),
            certificate: Some(certificate),
        };
        (endpoint, folder, thread)
    }

    #[test]
    fn it_reaches_itself_under_a_name_that_does_not_resolve() {
        let (endpoint, _folder, server) = mirror(&["hooks.example.test"]);
        let (status, got) = post(
            &endpoint,
            "/webhooks/whk_secret",
            Some("a.b.c"),
            "application/json",
            SAMPLE,
        )
        .unwrap();
        server.join().unwrap();
        assert_eq!(status, 404);
        assert!(got.starts_with("POST /webhooks/whk_secret HTTP/1.1\r\n"), "{got}");
        assert!(
            got.to_ascii_lowercase().contains("content-type: application/json\r\n"),
            "{got}"
        );
        assert!(
            got.to_ascii_lowercase().contains("authorization: bearer a.b.c\r\n"),
            "{got}"
        );
        assert!(got.ends_with(SAMPLE), "{got}");
    }

    #[test]
    fn a_certificate_for_another_name_is_a_failure_that_hides_the_key() {
        let (endpoint, _folder, server) = mirror(&["other.example.test"]);
        let failed = post(&endpoint, "/webhooks/whk_secret", None, "application/json", SAMPLE).unwrap_err();
        server.join().unwrap();
        assert!(!failed.to_string().contains("whk_secret"), "{failed}");
        assert!(failed.to_string().contains("certificate"), "{failed}");
    }
}
