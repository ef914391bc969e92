//! Programs get, show, look at and revoke access tokens.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hookgate::domain::client::WEBHOOK_IDENTITY;
use hookgate::secret::Secrets;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use serde_json::{Value, json};

use super::filled::filled;
use super::harness::{Connection, Request, Server, wait_for};
use super::issuer::{ISSUER, World};

const FORM: &str = "application/x-www-form-urlencoded";

#[test]
fn a_token_in_each_way() {
    let world = World::start();
    let program = world.program("Shop", &["odata", "webhook:send"], |_| ());
    let post = || Request::new("POST", "/connect/token").header("Content-Type", FORM);
    let basic = format!(
        "Basic {}",
        STANDARD.encode(format!("{}:{}", program.id, program.secret))
    );
    let asserted = format!("grant_type=client_credentials&{}", program.assertion(&program.claims()));
    for (way, request) in [
        ("form", post().body(program.form("&unknown=1&unknown=2&scope="))),
        (
            "header",
            post()
                .header("Authorization", &basic)
                .body("grant_type=client_credentials"),
        ),
        ("assertion", post().body(asserted)),
        ("chunks", post().chunked(program.form(""), 7)),
    ] {
        let answer = world.send(&request);
        assert_eq!(answer.status, 200, "{way}: {answer:?}");
        for (name, value) in [
            ("content-type", "application/json"),
            ("cache-control", "no-store"),
            ("pragma", "no-cache"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{way}");
        }
        let body = answer.json();
        assert_eq!(body["token_type"], "Bearer", "{way}");
        assert_eq!(body["expires_in"], 3600, "{way}");
        assert_eq!(body["scope"], "odata webhook:send", "{way}");
        assert!(body.get("refresh_token").is_none());
    }
    let narrowed = world.post("/connect/token", &program.form("&scope=odata")).json();
    assert_eq!(narrowed["scope"], "odata");
}

/// Programs send a default header with everything, such as the token that just expired: it must
/// not keep them from a new one.
#[test]
fn fault_09_a_stale_token_beside_credentials_does_not_count() {
    let world = World::start();
    let program = world.program("Shop", &["odata"], |_| ());
    let basic = format!(
        "Basic {}",
        STANDARD.encode(format!("{}:{}", program.id, program.secret))
    );
    let expired = world.token(&program, "");
    let stale = [
        "Bearer x.y.z",
        &format!("bearer {expired}"),
        "Negotiate abc",
        "Digest x",
        "Digest username=\"x\", realm=\"y\"",
        "",
        "  ",
    ];
    let send = |path: &str, authorization: &[&str], body: &str| {
        let request = Request::new("POST", path).header("Content-Type", FORM);
        let request = authorization
            .iter()
            .fold(request, |request, value| request.header("Authorization", value));
        world.send(&request.body(body))
    };
    let in_form = program.form("");
    let authenticated = format!("client_id={}&client_secret={}", program.id, program.secret);
    for value in stale {
        let about = |token: &str| format!("token={token}&{authenticated}");
        let renewed = send("/connect/token", &[value], &in_form);
        assert_eq!(renewed.status, 200, "{value}: {renewed:?}");
        let token = renewed.json()["access_token"].as_str().unwrap().to_owned();
        // By an assertion, and by Basic in a second header.
        let asserted = format!("grant_type=client_credentials&{}", program.assertion(&program.claims()));
        assert_eq!(send("/connect/token", &[value], &asserted).status, 200, "{value}");
        let grant = "grant_type=client_credentials";
        assert_eq!(send("/connect/token", &[value, &basic], grant).status, 200, "{value}");
        // Introspection and revocation, of a token that is still good.
        let seen = send("/connect/introspect", &[value], &about(&token));
        assert_eq!(
            (seen.status, &seen.json()["active"]),
            (200, &json!(true)),
            "{value}: {seen:?}"
        );
        assert_eq!(
            send("/connect/revocation", &[value], &about(&token)).status,
            200,
            "{value}"
        );
        let seen = send("/connect/introspect", &[value], &about(&token));
        assert_eq!(seen.json(), json!({"active": false}), "{value}");
        // It authenticates nobody either.
        assert_eq!(send("/connect/token", &[value], grant).status, 401, "{value}");
        assert_eq!(
            send("/connect/introspect", &[value], &format!("token={expired}")).status,
            401,
            "{value}"
        );
    }
    // Two ways at once are still two.
    for path in ["/connect/token", "/connect/introspect", "/connect/revocation"] {
        let secret = format!("{in_form}&token=x");
        let assertion = program.assertion(&program.claims());
        for (headers, body) in [
            (&[basic.as_str()][..], secret.clone()),
            (&["Bearer x.y.z", &basic], secret.clone()),
            (&["Basic"], secret),
            (
                &[basic.as_str()],
                format!("grant_type=client_credentials&token=x&{assertion}"),
            ),
            (
                &[basic.as_str(), basic.as_str()],
                "grant_type=client_credentials&token=x".to_owned(),
            ),
        ] {
            let refused = send(path, headers, &body);
            assert_eq!(
                (refused.status, &refused.json()["error"]),
                (400, &json!("invalid_request")),
                "{path} {headers:?}"
            );
        }
    }
}

/// Where nothing is demanded, nothing that is sent can be wrong.
#[test]
fn fault_09_a_source_without_a_token_demand_takes_any_authorization_header() {
    let server = Server::start();
    let source = server.source("Shop");
    for values in [
        &["Bearer x.y.z"][..],
        &["Bearer"],
        &["Basic !!!"],
        &[""],
        &["Negotiate abc"],
        &["Bearer a", "Bearer b", "Basic c"],
    ] {
        let request = Request::new("POST", &source.path).header("Content-Type", "application/json");
        let request = values
            .iter()
            .fold(request, |request, value| request.header("Authorization", value));
        assert_eq!(server.send(&request.body("{}")).status, 200, "{values:?}");
    }
}

/// Most libraries send JSON unless they are told otherwise: the answer says what came, what is
/// expected and how it is sent, and keeps to the characters of RFC 6749.
#[test]
fn fault_10_a_body_that_is_no_form_is_refused_in_words() {
    let world = World::start();
    let program = world.program("Shop", &["odata"], |_| ());
    let object = json!({"grant_type": "client_credentials", "client_id": program.id, "client_secret": program.secret,
        "token": "hidden"})
    .to_string();
    let pairs = program.form("&token=hidden");
    let part = "--x\r\nContent-Disposition: form-data; name=\"grant_type\"\r\n\r\nclient_credentials\r\n--x--\r\n";
    for (path, example) in [
        ("/connect/token", "-d grant_type=client_credentials"),
        ("/connect/introspect", "-d token=TOKEN"),
        ("/connect/revocation", "-d token=TOKEN"),
    ] {
        for (content_type, body, sent) in [
            (Some("application/json"), object.as_str(), "sent as JSON"),
            (Some("application/json; charset=utf-8"), "", "sent as JSON"),
            (None, &object, "sent as JSON"),
            (Some(FORM), &object, "says form, but the body is JSON"),
            (
                Some("multipart/form-data; boundary=x"),
                part,
                "sent as a multipart form",
            ),
            (Some("application/xml"), "<a/>", "sent as XML"),
            (Some("text/plain"), &pairs, "sent as text/plain"),
            (Some("application/octet-stream"), &pairs, "not a form type"),
            (
                Some("application/x-www-form-urlencoded; charset=utf-16"),
                &pairs,
                "a charset other than UTF-8",
            ),
            (None, &pairs, "without a Content-Type"),
            (None, "", "body is empty"),
        ] {
            let request = Request::new("POST", path);
            let request = match content_type {
                Some(content_type) => request.header("Content-Type", content_type),
                None => request,
            };
            let refused = world.send(&request.body(body));
            let context = format!("{path} {content_type:?} {body}: {refused:?}");
            assert_eq!(
                (refused.status, refused.header("content-type")),
                (400, Some("application/json")),
                "{context}"
            );
            let answer = refused.json();
            assert_eq!(answer["error"], "invalid_request", "{context}");
            let text = answer["error_description"].as_str().unwrap();
            assert!(
                text.chars().all(|c| matches!(c, ' '..='!' | '#'..='[' | ']'..='~')),
                "{context}"
            );
            for part in [
                sent,
                "application/x-www-form-urlencoded",
                path,
                example,
                "client_secret=SECRET",
            ] {
                assert!(text.contains(part), "{part}: {context}");
            }
            for hidden in [program.id.as_str(), &program.secret, "hidden"] {
                assert!(!text.contains(hidden), "{context}");
            }
        }
    }
    let empty = world.post("/connect/token?grant_type=client_credentials", "").json();
    assert!(
        empty["error_description"].as_str().unwrap().contains("URL are ignored"),
        "{empty}"
    );
}

#[test]
fn another_program_checks_a_token_with_what_is_published() {
    let world = World::start();
    let early = world.send(&Request::new("GET", "/.well-known/jwks.json"));
    assert_eq!((early.status, early.header("retry-after")), (503, Some("1")));
    world.issuer.keys_rotate_if_due().unwrap();
    let get = |path: &str| {
        let answer = world.send(&Request::new("GET", path));
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
        answer.json()
    };
    let metadata = get("/.well-known/oauth-authorization-server");
    assert_eq!(get("/.well-known/openid-configuration"), metadata);
    assert_eq!(metadata["issuer"], ISSUER);
    assert_eq!(metadata["token_endpoint"], format!("{ISSUER}/connect/token"));
    assert_eq!(metadata["grant_types_supported"], json!(["client_credentials"]));
    assert_eq!(metadata["response_types_supported"], json!(["none"]));
    let path = metadata["jwks_uri"].as_str().unwrap().strip_prefix(ISSUER).unwrap();
    let keys = get(path);
    assert_eq!(get("/.well-known/openid-configuration/jwks"), keys);
    for key in keys["keys"].as_array().unwrap() {
        for name in ["kty", "kid", "alg"] {
            assert!(key[name].is_string(), "{key}");
        }
        assert_eq!(key["use"], "sig");
        for private in ["d", "p", "q", "dp", "dq", "qi", "k", "oth"] {
            assert!(key.get(private).is_none(), "{key}");
        }
    }
    let keys: JwkSet = serde_json::from_value(keys).unwrap();
    assert_eq!(keys.keys.len(), 2);
    let other = |name: &str, algorithm: &str| {
        let program = world.program(name, &["odata"], |settings| {
            settings.algorithm = algorithm.parse().unwrap();
        });
        let token = world.token(&program, "");
        let header = decode_header(&token).unwrap();
        assert_eq!(header.alg, algorithm.parse().unwrap());
        let key = DecodingKey::from_jwk(keys.find(&header.kid.unwrap()).unwrap()).unwrap();
        let mut validation = Validation::new(header.alg);
        validation.set_audience(&[ISSUER]);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let claims = decode::<Value>(&token, &key, &validation).unwrap().claims;
        assert_eq!(claims["sub"], program.id.as_str());
    };
    other("a", "ES256");
    other("b", "RS256");
    let elsewhere = world.send(&Request::new("GET", "/.well-known/oauth-authorization-server/other"));
    assert_eq!(elsewhere.problem(404), "path-unknown");
    let posted = world.send(&Request::new("POST", "/.well-known/jwks.json").body(""));
    assert_eq!(posted.problem(405), "method-not-allowed");
}

#[test]
fn a_source_that_demands_a_token() {
    let world = World::start();
    let path = world.token_source();
    let sender = world.program("Sender", &["odata", "webhook:send"], |_| ());
    let reader = world.program("Reader", &["odata"], |_| ());
    let post = |authorization: &str| {
        let request = Request::new("POST", &path).header("Content-Type", "application/json");
        let request = match authorization {
            "" => request,
            authorization => request.header("Authorization", authorization),
        };
        world.send(&request.body("{}"))
    };
    let refused = post("");
    assert_eq!(refused.problem(401), "token-missing");
    assert_eq!(refused.header("www-authenticate"), Some("Bearer realm=\"hookgate\""));
    let basic = post("Basic eDp5");
    assert_eq!(basic.header("www-authenticate"), Some("Bearer realm=\"hookgate\""));
    let invalid = post("Bearer nonsense");
    assert_eq!(invalid.problem(401), "token-invalid");
    assert!(
        invalid
            .header("www-authenticate")
            .unwrap()
            .contains("error=\"invalid_token\"")
    );
    let lacking = post(&format!("Bearer {}", world.token(&reader, "")));
    assert_eq!(lacking.problem(403), "token-scope");
    let challenge = lacking.header("www-authenticate").unwrap();
    assert!(challenge.contains("error=\"insufficient_scope\"") && challenge.contains("scope=\"webhook:send\""));
    let elsewhere = world.token(&sender, &format!("&resource={ISSUER}/odata"));
    assert_eq!(post(&format!("Bearer {elsewhere}")).problem(401), "token-invalid");

    let token = world.token(&sender, "");
    post(&format!("Bearer {token}")).id();
    post(&format!("bEARER {token}")).id();
    let narrow = world.token(&sender, &format!("&resource={ISSUER}/webhooks"));
    post(&format!("Bearer {narrow}")).id();
    // One in the address is not looked at.
    let query = Request::new("POST", &format!("{path}?access_token={token}"));
    let answer = world.send(&query.header("Content-Type", "application/json").body("{}"));
    assert_eq!(answer.problem(401), "token-missing");
    // Nor is a body waited for.
    let head = Request::new("POST", &path).header("Content-Type", "application/json");
    let answer = world.send(&head.header("Content-Length", "100000"));
    assert_eq!(answer.problem(401), "token-missing");
    // The key comes first: without it there is nothing to know.
    let unknown = Request::new("POST", "/webhooks/whk_x").header("Content-Type", "application/json");
    assert_eq!(world.send(&unknown.body("{}")).problem(404), "webhook-url-unknown");
}

#[test]
fn a_token_that_was_revoked_opens_nothing() {
    let world = World::start();
    let path = world.token_source();
    let sender = world.program("Sender", &["webhook:send"], |_| ());
    let guard = world.program("Guard", &["token:introspect"], |_| ());
    let token = world.token(&sender, "");
    let opens = || {
        let request = Request::new("POST", &path).header("Content-Type", "application/json");
        world
            .send(&request.header("Authorization", &format!("Bearer {token}")).body("{}"))
            .status
    };
    let active = |program: &super::issuer::Program| {
        let answer = world.post("/connect/introspect", &program.form(&format!("&token={token}")));
        assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
        answer.json()["active"].as_bool().unwrap()
    };
    assert_eq!((opens(), active(&guard), active(&sender)), (200, true, true));
    let revoke =
        |program: &super::issuer::Program| world.post("/connect/revocation", &program.form(&format!("&token={token}")));
    let others = revoke(&guard);
    assert_eq!(
        (others.status, others.json()["error"].as_str()),
        (400, Some("unauthorized_client"))
    );
    for _ in 0..2 {
        let revoked = revoke(&sender);
        assert_eq!((revoked.status, revoked.body.as_str()), (200, ""));
        assert_eq!((opens(), active(&guard), active(&sender)), (401, false, false));
    }
}

#[test]
fn wrong_secrets_meet_a_wait_that_the_right_one_does_not() {
    let world = World::start();
    let program = world.program("Shop", &["odata"], |_| ());
    let wrong = format!(
        "grant_type=client_credentials&client_id={}&client_secret=wrong",
        program.id
    );
    let ask = || world.post("/connect/token", &wrong);
    for _ in 0..6 {
        assert_eq!(ask().status, 401);
    }
    // From here on each failure has a wait, twice as long each time, and a slow machine may miss
    // the first.
    let waits = wait_for("a wait", || Some(ask()).filter(|answer| answer.status != 401));
    assert_eq!(waits.status, 429, "{waits:?}");
    let seconds: u64 = waits.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert!(waits.json()["error"].is_string());
    world.token(&program, "");
    assert_eq!(ask().status, 401, "its failures are forgotten");
}

#[test]
fn the_issuer_is_as_set_or_as_senders_know_the_server() {
    let public = "--listen-public-url=https://hooks.example.com/in";
    let issuer = |arguments: &[&str]| {
        let server = Server::start_with(arguments);
        let [.., operations] = server.addresses() else {
            panic!("no address")
        };
        let mut connection = Connection::open(*operations, "localhost", &server.certificate()).unwrap();
        let path = "/.well-known/oauth-authorization-server";
        let metadata = connection.send(&Request::new("GET", path)).json();
        (metadata["issuer"].as_str().unwrap().to_owned(), operations.port())
    };
    let (made, port) = issuer(&[]);
    assert_eq!(made, format!("https://localhost:{port}"));
    assert_eq!(issuer(&[public]).0, "https://hooks.example.com/in");
    assert_eq!(
        issuer(&[public, "--tokens-issuer=https://id.example.com"]).0,
        "https://id.example.com"
    );
    // The public URL is that of senders, who have a listener of their own.
    let (made, port) = issuer(&[public, "--listen-senders=127.0.0.1:0"]);
    assert_eq!(made, format!("https://localhost:{port}"));
}

#[test]
fn the_client_that_ships_gets_a_token_and_no_secret_is_logged() {
    let mut server = Server::start_with(&["--listen-senders", "127.0.0.1:0", "--log-level", "trace"]);
    assert_eq!(server.stop(), 0);
    let master = std::fs::read(server.data().join("master.key")).unwrap();
    let secrets = Secrets::new(master.as_slice().try_into().unwrap()).unwrap();
    let (id, secret) = filled(&server.data(), 64 << 20, |ledger| {
        let catalog = ledger.catalog();
        let client = catalog.client_named(WEBHOOK_IDENTITY).unwrap();
        let secret = secrets.client_secret_open(&client.secrets[0]).unwrap();
        (client.client_id.clone(), secret)
    });
    server.restart();
    // Senders' listener first, then everybody else's.
    let [senders, operations] = [server.addresses()[0], server.addresses()[1]];
    let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    let request = Request::new("POST", "/connect/token")
        .header("Content-Type", FORM)
        .body(&form);
    let open = |address| Connection::open(address, "localhost", &server.certificate()).unwrap();
    assert_eq!(open(senders).send(&request).problem(404), "path-unknown");
    let answer = open(operations).send(&request);
    assert_eq!(answer.status, 200, "{answer:?}");
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    assert!(answer.json()["scope"].as_str().unwrap().contains("webhook:send"));
    let claims: Value = jsonwebtoken::dangerous::insecure_decode_claims(&token).unwrap();
    assert_eq!(claims["iss"], format!("https://localhost:{}", operations.port()));
    let keys = wait_for("the first RS256 key", || {
        let answer = open(operations).send(&Request::new("GET", "/.well-known/jwks.json"));
        (answer.status == 200).then(|| answer.json())
    });
    assert_eq!(keys["keys"].as_array().unwrap().len(), 2);
    let form = format!("client_id={id}&client_secret={secret}&token={token}");
    for path in ["/connect/introspect", "/connect/revocation"] {
        let request = Request::new("POST", path).header("Content-Type", FORM).body(&form);
        assert_eq!(open(operations).send(&request).status, 200);
    }
    let basic = STANDARD.encode(format!("{id}:{secret}x"));
    let wrong = Request::new("POST", "/connect/token").header("Content-Type", FORM);
    let wrong = wrong.header("Authorization", &format!("Basic {basic}"));
    assert_eq!(
        open(operations)
            .send(&wrong.body("grant_type=client_credentials"))
            .status,
        401
    );
    assert_eq!(server.stop(), 0);
    let log = server.log();
    let signature = token.rsplit('.').next().unwrap();
    for secret in [secret.as_str(), token.as_str(), signature, basic.as_str()] {
        assert!(!log.contains(secret), "{log}");
    }
}
