//! THE TABLE: wrong requests of programs, with the exact status, error and headers of each.
//!
//! In bodies and headers `{id}`, `{secret}` and `{basic}` are those of a client of the row's own
//! with the scopes odata and webhook:send; `{off}`, `{away}` and `{rs}` are clients with the same
//! secret as none: one that is switched off, one that may not be here, and one of RS256 while
//! that key is not made yet. `{jwt:…}` is an assertion of the row's client.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::Header;
use serde_json::json;

use super::harness::Request;
use super::issuer::{ISSUER, Program, World};

const TOKEN: &str = "/connect/token";
const INTROSPECT: &str = "/connect/introspect";
const REVOKE: &str = "/connect/revocation";
const FORM: &str = "application/x-www-form-urlencoded";
const NONE: &str = "";

/// Name, path, content type, Authorization header, body, status, error.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    u16,
    &'static str,
);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    // What the body is.
    ("no content type", TOKEN, NONE, NONE, "grant_type=client_credentials&client_id={id}&client_secret={secret}", 400, "invalid_request"),
    ("JSON", TOKEN, "application/json", NONE, "{\"grant_type\":\"client_credentials\"}", 400, "invalid_request"),
    ("a form called JSON", TOKEN, "application/json", NONE, "grant_type=client_credentials&client_id={id}&client_secret={secret}", 400, "invalid_request"),
    ("multipart", TOKEN, "multipart/form-data; boundary=x", NONE, "--x--", 400, "invalid_request"),
    ("text", TOKEN, "text/plain", NONE, "grant_type=client_credentials&client_id={id}&client_secret={secret}", 400, "invalid_request"),
    ("another charset", TOKEN, "application/x-www-form-urlencoded; charset=iso-8859-1", NONE, "grant_type=client_credentials&client_id={id}&client_secret={secret}", 400, "invalid_request"),
    ("an empty body", TOKEN, FORM, NONE, "", 400, "invalid_request"),
    ("a broken escape in a value", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id={id}&client_secret={secret}&scope=%", 400, "invalid_request"),
    ("a broken escape in a name", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id={id}&client_secret={secret}&%zz=1", 400, "invalid_request"),
    ("an escape cut short", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id={id}&client_secret={secret}&x=%4", 400, "invalid_request"),
    ("not UTF-8", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id={id}&client_secret={secret}&scope=%ff", 400, "invalid_request"),
    ("too many parameters", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id={id}&client_secret={secret}{many}", 400, "invalid_request"),
    ("too long", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id={id}&client_secret={secret}{long}", 413, "invalid_request"),
    // The grant.
    ("no grant", TOKEN, FORM, NONE, "client_id={id}&client_secret={secret}", 400, "invalid_request"),
    ("an empty grant", TOKEN, FORM, NONE, "grant_type=&client_id={id}&client_secret={secret}", 400, "invalid_request"),
    ("a grant twice", TOKEN, FORM, NONE, "grant_type=client_credentials&grant_type=client_credentials&client_id={id}&client_secret={secret}", 400, "invalid_request"),
    ("password", TOKEN, FORM, NONE, "grant_type=password&username=u&password=p&client_id={id}&client_secret={secret}", 400, "unsupported_grant_type"),
    ("authorization_code", TOKEN, FORM, NONE, "grant_type=authorization_code&code=c&client_id={id}&client_secret={secret}", 400, "unsupported_grant_type"),
    ("refresh_token", TOKEN, FORM, NONE, "grant_type=refresh_token&refresh_token=r&client_id={id}&client_secret={secret}", 400, "unsupported_grant_type"),
    ("the grant of assertions", TOKEN, FORM, NONE, "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=a&client_id={id}&client_secret={secret}", 400, "unsupported_grant_type"),
    ("a grant in capitals", TOKEN, FORM, NONE, "grant_type=CLIENT_CREDENTIALS&client_id={id}&client_secret={secret}", 400, "unsupported_grant_type"),
    // Repeated parameters.
    ("an id twice", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id={id}&client_id={id}&client_secret={secret}", 400, "invalid_request"),
    ("a secret twice", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id={id}&client_secret={secret}&client_secret={secret}", 400, "invalid_request"),
    ("a scope twice", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id={id}&client_secret={secret}&scope=odata&scope=odata", 400, "invalid_request"),
    ("an assertion twice", TOKEN, FORM, NONE, "grant_type=client_credentials&{jwt:good}&{jwt:good}", 400, "invalid_request"),
    // Ways to authenticate that do not go together.
    ("header and secret", TOKEN, FORM, "Basic {basic}", "grant_type=client_credentials&client_id={id}&client_secret={secret}", 400, "invalid_request"),
    ("header and secret without id", TOKEN, FORM, "Basic {basic}", "grant_type=client_credentials&client_secret={secret}", 400, "invalid_request"),
    ("header and assertion", TOKEN, FORM, "Basic {basic}", "grant_type=client_credentials&{jwt:good}", 400, "invalid_request"),
    ("secret and assertion", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id={id}&client_secret={secret}&{jwt:good}", 400, "invalid_request"),
    ("header and another id", TOKEN, FORM, "Basic {basic}", "grant_type=client_credentials&client_id={off}", 400, "invalid_request"),
    ("an assertion without its type", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id={id}&client_assertion=a.b.c", 400, "invalid_request"),
    ("a type without assertion", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id={id}&client_assertion_type=x", 400, "invalid_request"),
    // The header.
    ("no base64", TOKEN, FORM, "Basic !!!", "grant_type=client_credentials", 400, "invalid_request"),
    ("nothing behind Basic", TOKEN, FORM, "Basic", "grant_type=client_credentials", 400, "invalid_request"),
    ("no colon", TOKEN, FORM, "Basic aWQ=", "grant_type=client_credentials", 400, "invalid_request"),
    ("base64 without its end", TOKEN, FORM, "Basic aTpzcw", "grant_type=client_credentials", 400, "invalid_request"),
    ("a broken escape in the header", TOKEN, FORM, "Basic aWQ6JQ==", "grant_type=client_credentials", 400, "invalid_request"),
    ("not UTF-8 in the header", TOKEN, FORM, "Basic aWQ6/w==", "grant_type=client_credentials", 400, "invalid_request"),
    // Who it is.
    ("nobody", TOKEN, FORM, NONE, "grant_type=client_credentials", 401, "invalid_client"),
    ("an id alone", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id={id}", 401, "invalid_client"),
    ("an empty secret", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id={id}&client_secret=", 401, "invalid_client"),
    ("a secret alone", TOKEN, FORM, NONE, "grant_type=client_credentials&client_secret={secret}", 401, "invalid_client"),
    ("an unknown id", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id=hgc_unknown&client_secret={secret}", 401, "invalid_client"),
    ("a wrong secret", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id={id}&client_secret={secret}x", 401, "invalid_client"),
    ("a secret cut short", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id={id}&client_secret=hgs_", 401, "invalid_client"),
    ("an id in capitals", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id=HGC_&client_secret={secret}", 401, "invalid_client"),
    ("a wrong secret in the header", TOKEN, FORM, "Basic aWQ6c2VjcmV0", "grant_type=client_credentials", 401, "invalid_client"),
    ("nobody in the header", TOKEN, FORM, "Basic Og==", "grant_type=client_credentials", 401, "invalid_client"),
    ("another scheme", TOKEN, FORM, "Bearer a.b.c", "grant_type=client_credentials", 401, "invalid_client"),
    ("Digest", TOKEN, FORM, "Digest username=x", "grant_type=client_credentials", 401, "invalid_client"),
    ("a wrong secret of one switched off", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id={off}&client_secret=x", 401, "invalid_client"),
    ("from an address that is not allowed", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id={away}&client_secret={away_secret}", 401, "invalid_client"),
    ("switched off", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id={off}&client_secret={off_secret}", 400, "unauthorized_client"),
    // Assertions.
    ("another type of assertion", TOKEN, FORM, NONE, "grant_type=client_credentials&client_assertion=a.b.c&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Asaml2-bearer", 401, "invalid_client"),
    ("not a JWT", TOKEN, FORM, NONE, "grant_type=client_credentials&client_assertion=abc&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer", 401, "invalid_client"),
    ("an assertion of another id", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id={off}&{jwt:good}", 401, "invalid_client"),
    ("an assertion for the token endpoint", TOKEN, FORM, NONE, "grant_type=client_credentials&{jwt:endpoint}", 401, "invalid_client"),
    ("an assertion for two", TOKEN, FORM, NONE, "grant_type=client_credentials&{jwt:two}", 401, "invalid_client"),
    ("an assertion without jti", TOKEN, FORM, NONE, "grant_type=client_credentials&{jwt:jti}", 401, "invalid_client"),
    ("an assertion without exp", TOKEN, FORM, NONE, "grant_type=client_credentials&{jwt:exp}", 401, "invalid_client"),
    ("an assertion that expired", TOKEN, FORM, NONE, "grant_type=client_credentials&{jwt:expired}", 401, "invalid_client"),
    ("an assertion for an hour", TOKEN, FORM, NONE, "grant_type=client_credentials&{jwt:hour}", 401, "invalid_client"),
    ("an assertion from the future", TOKEN, FORM, NONE, "grant_type=client_credentials&{jwt:future}", 401, "invalid_client"),
    ("an assertion that is too early", TOKEN, FORM, NONE, "grant_type=client_credentials&{jwt:early}", 401, "invalid_client"),
    ("an assertion of before the start", TOKEN, FORM, NONE, "grant_type=client_credentials&{jwt:before}", 401, "invalid_client"),
    ("an assertion by another issuer", TOKEN, FORM, NONE, "grant_type=client_credentials&{jwt:iss}", 401, "invalid_client"),
    ("an assertion that calls itself a token", TOKEN, FORM, NONE, "grant_type=client_credentials&{jwt:typ}", 401, "invalid_client"),
    // Scopes and resources.
    ("an unknown scope", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id={id}&client_secret={secret}&scope=admin", 400, "invalid_scope"),
    ("a scope in capitals", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id={id}&client_secret={secret}&scope=OData", 400, "invalid_scope"),
    ("a scope of others", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id={id}&client_secret={secret}&scope=token:introspect", 400, "invalid_scope"),
    ("one scope too many", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id={id}&client_secret={secret}&scope=odata+openid", 400, "invalid_scope"),
    ("two spaces", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id={id}&client_secret={secret}&scope=odata++webhook:send", 400, "invalid_scope"),
    ("a space alone", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id={id}&client_secret={secret}&scope=+", 400, "invalid_scope"),
    ("a quote in a scope", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id={id}&client_secret={secret}&scope=%22odata%22", 400, "invalid_scope"),
    ("scopes by comma", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id={id}&client_secret={secret}&scope=odata,webhook:send", 400, "invalid_scope"),
    ("an unknown resource", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id={id}&client_secret={secret}&resource=https://other.example", 400, "invalid_target"),
    ("a resource that is no URL", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id={id}&client_secret={secret}&resource=odata", 400, "invalid_target"),
    ("a resource with a fragment", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id={id}&client_secret={secret}&resource={issuer}/odata%23x", 400, "invalid_target"),
    ("a good and an unknown resource", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id={id}&client_secret={secret}&resource={issuer}/odata&resource=x", 400, "invalid_target"),
    ("a scope of another resource", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id={id}&client_secret={secret}&resource={issuer}/odata&scope=webhook:send", 400, "invalid_scope"),
    ("scopes of two resources", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id={id}&client_secret={secret}&resource={issuer}/odata&resource={issuer}/webhooks", 400, "invalid_scope"),
    // In the address nothing counts.
    ("all in the address", "/connect/token?grant_type=client_credentials&client_id={id}&client_secret={secret}", FORM, NONE, "", 400, "invalid_request"),
    ("the secret in the address", "/connect/token?client_secret={secret}", FORM, NONE, "grant_type=client_credentials&client_id={id}", 401, "invalid_client"),
    // The server is not ready.
    ("a key that is not made yet", TOKEN, FORM, NONE, "grant_type=client_credentials&client_id={rs}&client_secret={rs_secret}", 503, "temporarily_unavailable"),
    // The other endpoints.
    ("introspection by nobody", INTROSPECT, FORM, NONE, "token=x", 401, "invalid_client"),
    ("introspection by a wrong secret", INTROSPECT, FORM, NONE, "token=x&client_id={id}&client_secret=x", 401, "invalid_client"),
    ("introspection of nothing", INTROSPECT, FORM, NONE, "client_id={id}&client_secret={secret}", 400, "invalid_request"),
    ("introspection of two", INTROSPECT, FORM, NONE, "client_id={id}&client_secret={secret}&token=a&token=b", 400, "invalid_request"),
    ("introspection by JSON", INTROSPECT, "application/json", NONE, "{}", 400, "invalid_request"),
    ("introspection by one switched off", INTROSPECT, FORM, NONE, "token=x&client_id={off}&client_secret={off_secret}", 400, "unauthorized_client"),
    ("revocation by nobody", REVOKE, FORM, NONE, "token=x", 401, "invalid_client"),
    ("revocation of nothing", REVOKE, FORM, NONE, "client_id={id}&client_secret={secret}", 400, "invalid_request"),
    ("revocation in two ways", REVOKE, FORM, "Basic {basic}", "token=x&client_secret={secret}", 400, "invalid_request"),
    ("revocation with a hint twice", REVOKE, FORM, NONE, "client_id={id}&client_secret={secret}&token=a&token_type_hint=x&token_type_hint=x", 400, "invalid_request"),
];

/// Every other method, at every endpoint.
const METHODS: [&str; 5] = ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"];

#[test]
fn the_table_of_wrong_requests() {
    assert!(ROWS.len() >= 60, "{}", ROWS.len());
    let world = World::start();
    let off = world.program("Off", &["odata"], |settings| settings.active = false);
    let away = world.program("Away", &["odata"], |settings| {
        settings.allowed_addresses = vec!["10.0.0.0/8".to_owned()];
    });
    let rs = world.program("RS256", &["odata"], |settings| {
        settings.algorithm = hookgate::domain::signing_key::Algorithm::RS256;
    });
    for (number, (name, path, content_type, authorization, body, status, error)) in ROWS.iter().enumerate() {
        let own = world.program(&format!("Row {number}"), &["odata", "webhook:send"], |_| ());
        let filled = |text: &str| {
            let mut text = text
                .replace("{id}", &own.id)
                .replace("{secret}", &own.secret)
                .replace("{basic}", &STANDARD.encode(format!("{}:{}", own.id, own.secret)))
                .replace("{issuer}", ISSUER)
                .replace("{many}", &"&x=1".repeat(100))
                .replace("{long}", &format!("&x={}", "x".repeat(17_000)));
            for (mark, program) in [("off", &off), ("away", &away), ("rs", &rs)] {
                text = text
                    .replace(&format!("{{{mark}}}"), &program.id)
                    .replace(&format!("{{{mark}_secret}}"), &program.secret);
            }
            while let Some((before, rest)) = text.split_once("{jwt:") {
                let (kind, after) = rest.split_once('}').unwrap();
                text = format!("{before}{}{after}", assertion(&own, kind));
            }
            text
        };
        let mut request = Request::new("POST", &filled(path));
        if !content_type.is_empty() {
            request = request.header("Content-Type", content_type);
        }
        if !authorization.is_empty() {
            request = request.header("Authorization", &filled(authorization));
        }
        checked(&world, &request.body(filled(body)), name, *status, error, &own);
    }
    let own = world.program("Methods", &["odata"], |_| ());
    for path in [TOKEN, INTROSPECT, REVOKE] {
        for method in METHODS {
            let request = Request::new(method, path);
            checked(
                &world,
                &request,
                &format!("{method} {path}"),
                405,
                "invalid_request",
                &own,
            );
        }
    }
}

/// Two headers are one too many, and cannot be written as a row.
#[test]
fn two_headers() {
    let world = World::start();
    let own = world.program("Own", &["odata"], |_| ());
    let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", own.id, own.secret)));
    let request = Request::new("POST", TOKEN)
        .header("Content-Type", FORM)
        .header("Authorization", &basic)
        .header("Authorization", &basic)
        .body("grant_type=client_credentials");
    checked(&world, &request, "two headers", 400, "invalid_request", &own);
}

/// An assertion comes once, whatever it was answered.
#[test]
fn an_assertion_twice() {
    let world = World::start();
    let own = world.program("Own", &["odata"], |_| ());
    let form = format!("grant_type=client_credentials&{}", assertion(&own, "good"));
    assert_eq!(world.post(TOKEN, &form).status, 200);
    let again = Request::new("POST", TOKEN).header("Content-Type", FORM).body(form);
    checked(&world, &again, "again", 401, "invalid_client", &own);
}

/// The answer has the status, the error and the headers of RFC 6749, no others of its kind, and
/// nothing of what was sent.
#[track_caller]
fn checked(world: &World, request: &Request, name: &str, status: u16, error: &str, own: &Program) {
    let answer = world.send(request);
    assert_eq!(answer.status, status, "{name}: {answer:?}");
    let json = answer.json();
    assert_eq!(json["error"], error, "{name}: {answer:?}");
    assert_eq!(json.as_object().unwrap().len(), 2, "{name}: {answer:?}");
    let description = json["error_description"].as_str().unwrap();
    let allowed = |c: char| matches!(c, ' '..='!' | '#'..='[' | ']'..='~');
    assert!(
        !description.is_empty() && description.chars().all(allowed),
        "{name}: {answer:?}"
    );
    let challenge = (status == 401).then_some("Basic realm=\"hookgate\", charset=\"UTF-8\"");
    let retry = (status == 503).then_some("1");
    let allow = (status == 405).then_some("POST");
    for (header, value) in [
        ("content-type", Some("application/json")),
        ("cache-control", Some("no-store")),
        ("pragma", Some("no-cache")),
        ("x-content-type-options", Some("nosniff")),
        ("www-authenticate", challenge),
        ("retry-after", retry),
        ("allow", allow),
        ("access-control-allow-origin", None),
        ("set-cookie", None),
    ] {
        assert_eq!(answer.header(header), value, "{name}: {header} in {answer:?}");
    }
    for sent in [&own.id, &own.secret] {
        assert!(!answer.body.contains(sent.as_str()), "{name}: {answer:?}");
    }
}

/// An assertion of a client, good or wrong in one respect.
fn assertion(own: &Program, kind: &str) -> String {
    let mut claims = own.claims();
    let mut header = Header::new(jsonwebtoken::Algorithm::ES256);
    let iat = claims["iat"].as_i64().unwrap();
    match kind {
        "good" => {}
        "endpoint" => claims["aud"] = json!(format!("{ISSUER}{TOKEN}")),
        "two" => claims["aud"] = json!([ISSUER, "https://other.example"]),
        "jti" | "exp" => {
            claims.as_object_mut().unwrap().remove(kind);
        }
        "expired" => claims["exp"] = json!(iat - 60),
        "future" => claims["iat"] = json!(iat + 30),
        "early" => claims["nbf"] = json!(iat + 30),
        "hour" => claims["exp"] = json!(iat + 3600),
        "before" => claims["iat"] = json!(iat - 7200),
        "iss" => claims["iss"] = json!("hgc_other"),
        "typ" => header.typ = Some("at+jwt".to_owned()),
        _ => panic!("{kind}"),
    }
    own.assertion_with(&claims, &header)
}
