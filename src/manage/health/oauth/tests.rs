//! The steps, against a simulated server.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use jsonwebtoken::jwk::{CommonParameters, Jwk};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, get_current_timestamp};
use serde_json::{Value, json};

use super::*;

const ISSUER: &str = "https://hooks.example.test:8443";

struct Signer {
    key: EncodingKey,
    jwk: Jwk,
}

impl Signer {
    fn new() -> Self {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        let key = EncodingKey::from_ec_der(document.as_ref());
        let jwk = Jwk::from_encoding_key(&key, Algorithm::ES256).unwrap();
        Self { key, jwk }
    }

    fn keys(&self, kid: &str) -> JwkSet {
        JwkSet {
            keys: vec![Jwk {
                common: CommonParameters {
                    key_id: Some(kid.to_owned()),
                    ..self.jwk.common.clone()
                },
                algorithm: self.jwk.algorithm.clone(),
            }],
        }
    }

    fn token(&self, issuer: &str, exp: u64) -> String {
        let claims = json!({"iss": issuer, "aud": issuer, "sub": "hgc_a", "exp": exp});
        let header = Header {
            kid: Some("k".to_owned()),
            ..Header::new(Algorithm::ES256)
        };
        encode(&header, &claims, &self.key).unwrap()
    }
}

/// The responses of a server, by path.
type Answers = Vec<(&'static str, u16, Value)>;

/// The responses of a server that works.
fn answers(signer: &Signer) -> Answers {
    let discovery = json!({
        "issuer": ISSUER,
        "token_endpoint": format!("{ISSUER}/connect/token"),
        "jwks_uri": format!("{ISSUER}/keys"),
        "introspection_endpoint": format!("{ISSUER}/connect/introspect"),
    });
    let token = signer.token(ISSUER, get_current_timestamp() + 60);
    vec![
        (DISCOVERY, 200, discovery),
        ("/connect/token", 200, json!({"access_token": token})),
        ("/keys", 200, serde_json::to_value(signer.keys("k")).unwrap()),
        ("/connect/introspect", 200, json!({"active": true})),
    ]
}

/// The steps against a server with these responses, one connection for each.
fn steps(answers: Answers, requests: usize) -> Vec<OauthStep> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
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
    let config = Arc::new(config);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = Endpoint {
        address: listener.local_addr().unwrap(),
        server_name: "localhost".to_owned(),
        certificate: Some(certificate),
    };
    let server = std::thread::spawn(move || {
        for _ in 0..requests {
            let (stream, _) = listener.accept().unwrap();
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut tls = BufReader::new(rustls::StreamOwned::new(connection, stream));
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                assert!(tls.read_line(&mut head).unwrap() > 0, "{head}");
            }
            let length = head.to_ascii_lowercase();
            let length = length.split_once("content-length: ").map_or(0, |(_, rest)| {
                rest.split("\r\n").next().unwrap().parse::<usize>().unwrap()
            });
            let mut body = vec![0; length];
            tls.read_exact(&mut body).unwrap();
            let body = String::from_utf8(body).unwrap();
            assert_eq!(
                body.contains("client_secret=hgs_s"),
                head.starts_with("POST "),
                "{head}{body}"
            );
            let path = head.split(' ').nth(1).unwrap();
            let known = answers.iter().find(|(known, ..)| *known == path);
            let (status, answer) = known.map_or((404, json!("gone")), |(_, status, answer)| (*status, answer.clone()));
            let answer = answer.to_string();
            let length = answer.len();
            let tls = tls.get_mut();
            write!(
                tls,
                "HTTP/1.1 {status} -\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{answer}"
            )
            .unwrap();
            tls.flush().unwrap();
        }
    });
    let client = Credentials {
        client_id: "hgc_a".to_owned(),
        secret: "hgs_s".to_owned(),
    };
    let mut steps = Vec::new();
    let done = server_check(&endpoint, ISSUER, &client, &mut steps);
    server.join().unwrap();
    assert_eq!(done.is_some(), steps.iter().all(|step| step.ok), "{steps:?}");
    steps
}

/// The name of the last step and its problem.
fn last(steps: &[OauthStep]) -> (&str, &str) {
    let last = steps.last().unwrap();
    assert_eq!(last.ok, last.next.is_none(), "{last:?}");
    (&last.name, last.problem.as_deref().unwrap_or_default())
}

#[test]
fn a_server_that_does_its_work_passes_every_step() {
    let signer = Signer::new();
    let steps = steps(answers(&signer), 4);
    assert_eq!(last(&steps), ("introspection", ""));
    let names: Vec<_> = steps.iter().map(|step| step.name.as_str()).collect();
    let wanted = [
        "certificate",
        "discovery",
        "token",
        "keys",
        "signature",
        "introspection",
    ];
    assert_eq!(names, wanted);
}

#[test]
fn the_step_that_fails_is_the_last_and_says_why() {
    let signer = Signer::new();
    let with = |path: &str, status: u16, answer: Value| {
        let mut answers = answers(&signer);
        for (known, was, value) in &mut answers {
            if *known == path {
                (*was, *value) = (status, answer.clone());
            }
        }
        answers
    };
    let refused = json!({"error": "invalid_client", "error_description": "no such client"});
    let other = serde_json::to_value(signer.keys("other")).unwrap();
    let elsewhere = json!({"issuer": "https://elsewhere", "token_endpoint": "", "jwks_uri": "",
        "introspection_endpoint": ""});
    let outside = json!({"issuer": ISSUER, "token_endpoint": "https://elsewhere/token", "jwks_uri": "",
        "introspection_endpoint": ""});
    for (answers, requests, name, part) in [
        (with(DISCOVERY, 404, json!("gone")), 1, "discovery", "returned 404"),
        (with(DISCOVERY, 200, json!("gone")), 1, "discovery", "not as expected"),
        (
            with(DISCOVERY, 200, elsewhere),
            1,
            "discovery",
            "issuer is https://elsewhere",
        ),
        (
            with(DISCOVERY, 200, outside),
            1,
            "token",
            "does not start with IdentityServerUrl",
        ),
        (
            with("/connect/token", 401, refused),
            2,
            "token",
            "401 invalid_client: no such client",
        ),
        (with("/keys", 503, json!("busy")), 3, "keys", "returned 503"),
        (
            with("/keys", 200, other),
            3,
            "signature",
            "'k' is not among the published keys",
        ),
        (
            with("/connect/introspect", 200, json!({"active": false})),
            4,
            "introspection",
            "not valid",
        ),
    ] {
        let steps = steps(answers, requests);
        let (last, problem) = last(&steps);
        assert_eq!(last, name, "{steps:?}");
        assert!(problem.contains(part), "{part}: {problem}");
    }
}

#[test]
fn a_refusal_says_what_to_do() {
    let next = refused("/connect/token", 401, r#"{"error":"invalid_client"}"#).next;
    assert!(next.contains("rotate-secret"), "{next}");
    let next = refused("/connect/token", 400, r#"{"error":"invalid_scope"}"#).next;
    assert!(next.contains("--scope webhook:send"), "{next}");
    assert_eq!(refused("/connect/token", 502, "<html>").next, LOOK_AT_LOG);
}

#[test]
fn a_token_is_verified_with_the_published_keys() {
    let signer = Signer::new();
    let now = get_current_timestamp();
    let problem = |kid: &str, token: &str| {
        signature(&signer.keys(kid), token, ISSUER)
            .err()
            .map(|fault| fault.problem)
            .unwrap_or_default()
    };
    let good = signer.token(ISSUER, now + 60);
    assert_eq!(problem("k", &good), "");
    assert!(problem("other", &good).contains("not among the published"));
    assert!(problem("k", &signer.token("https://elsewhere", now + 60)).contains("InvalidIssuer"));
    assert!(problem("k", &signer.token(ISSUER, now - 3600)).contains("ExpiredSignature"));
    assert!(problem("k", "x.y.z").contains("not a JWT"));
    let (head, _) = good.rsplit_once('.').unwrap();
    let forged = format!("{head}.{}", "A".repeat(86));
    assert!(problem("k", &forged).contains("cannot be verified"));
}
