//! OData over HTTP: headers, methods, bodies, and who is let in.

use std::sync::Arc;

use actix_web::body::to_bytes;
use actix_web::http::Method;
use actix_web::http::header::HeaderMap;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::web::{self, Data, Payload};
use actix_web::{App, HttpRequest, HttpResponse};
use serde_json::Value;

use super::super::HttpSettings;
use super::super::odata::serve_as;
use super::settings;
use crate::concurrency_limit::ConcurrencyLimit;
use crate::domain::caller::Caller;
use crate::identity::BearerError;
use crate::odata::Odata;
use crate::odata::write_tests::World;

const CANADA: &str = "/0/odata/Country(f8af0e88-f36b-1410-fa98-00155d043204)";

/// As the handler does, but with a caller of the test's.
async fn answer(
    request: HttpRequest,
    payload: Payload,
    odata: Data<Odata>,
    caller: Data<Result<Caller, BearerError>>,
    settings: Data<HttpSettings>,
) -> HttpResponse {
    let caller = (**caller).clone();
    serve_as(caller, request, payload.into_inner(), odata.into_inner(), &settings).await
}

struct HandlerResult {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl HandlerResult {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap().to_owned()
    }
}

async fn ask_as(world: &World, caller: Result<Caller, BearerError>, request: TestRequest) -> HandlerResult {
    let odata = world.odata.limited(world.odata.limits);
    let app = App::new()
        .app_data(Data::from(Arc::new(odata)))
        .app_data(Data::new(caller))
        .app_data(Data::new(settings()))
        .service(web::scope("/0/odata").default_service(web::to(answer)))
        .service(web::scope("/odata").default_service(web::to(answer)));
    let response = call_service(&init_service(app).await, request.to_request()).await;
    let answered = HandlerResult {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: to_bytes(response.into_body()).await.unwrap().to_vec(),
    };
    // Whatever the answer is.
    assert_eq!(answered.header("odata-version"), "4.0");
    assert_eq!(answered.header("cache-control"), "no-store");
    assert_eq!(answered.header("x-content-type-options"), "nosniff");
    answered
}

async fn ask(world: &World, request: TestRequest) -> HandlerResult {
    ask_as(world, Ok(world.caller.clone()), request).await
}

fn request(method: &str, uri: &str) -> TestRequest {
    TestRequest::with_uri(uri)
        .method(Method::from_bytes(method.as_bytes()).unwrap())
        .insert_header(("Accept", "application/json; odata=verbose"))
        .insert_header((
            "Content-Type",
            "application/json; charset=utf-8; IEEE754Compatible=true",
        ))
        .insert_header(("ForceUseSession", "true"))
        .insert_header(("OData-MaxVersion", "4.0"))
}

#[tokio::test]
async fn records_are_read_and_written_under_both_roots() {
    let world = World::elsewhere();
    for root in ["/0/odata", "/odata"] {
        let made = ask(
            &world,
            request("POST", &format!("{root}/Contact")).set_payload(r#"{"Name": "x"}"#),
        )
        .await;
        assert_eq!(made.status, 201);
        let location = made.header("location").to_owned();
        let path = location.strip_prefix("https://hookgate.example.org").unwrap();
        assert!(path.starts_with(&format!("{root}/Contact(")), "{location}");
        let read = ask(&world, request("GET", path)).await;
        assert_eq!((read.status, read.header("etag")), (200, made.header("etag")));
        assert!(
            read.header("content-type")
                .starts_with("application/json; odata.metadata=minimal")
        );
        assert_eq!(read.json()["Name"], "x");
        let encoded = path.replace('(', "%28").replace(')', "%29");
        assert_eq!(ask(&world, request("GET", &encoded)).await.status, 200, "{encoded}");
        let changed = request("PATCH", path).insert_header(("If-Match", read.header("etag")));
        assert_eq!(ask(&world, changed.set_payload(r#"{"Name": "y"}"#)).await.status, 204);
        let stale = request("DELETE", path).insert_header(("If-Match", read.header("etag")));
        assert_eq!(ask(&world, stale).await.code(), "RecordChanged");
        assert_eq!(ask(&world, request("DELETE", path)).await.status, 204);
        assert_eq!(ask(&world, request("GET", path)).await.status, 404);
        let list = ask(
            &world,
            request("GET", &format!("{root}/Country?$top=2&$filter=Name%20eq%20'Canada'")),
        )
        .await;
        assert_eq!(list.json()["value"].as_array().unwrap().len(), 1);
        for service in [root.to_owned(), format!("{root}/")] {
            assert_eq!(ask(&world, request("GET", &service)).await.status, 200, "{service}");
        }
    }
}

#[tokio::test]
async fn methods_can_be_tunnelled_through_post() {
    let world = World::elsewhere();
    for (header, meant, status) in [
        ("X-HTTP-Method", "PATCH", 204),
        ("X-HTTP-Method", "MERGE", 204),
        ("X-HTTP-Method-Override", " PATCH ", 204),
        ("X-HTTP-Method", "PUT", 405),
        ("X-HTTP-Method", "GET", 200),
    ] {
        let tunnelled = request("POST", CANADA).insert_header((header, meant));
        let answer = ask(&world, tunnelled.set_payload(r#"{"Description": "x"}"#)).await;
        assert_eq!(answer.status, status, "{meant}");
    }
    let merged = request("MERGE", CANADA).set_payload(r#"{"Description": "y"}"#);
    assert_eq!(ask(&world, merged).await.status, 204);
    let not_post = request("GET", CANADA).insert_header(("X-HTTP-Method", "DELETE"));
    assert_eq!(ask(&world, not_post).await.json()["Description"], "y");
    let deleted = request("POST", CANADA).insert_header(("X-HTTP-Method", "DELETE"));
    assert_eq!(ask(&world, deleted).await.status, 204);
}

#[tokio::test]
async fn other_methods_are_refused_with_those_that_are_taken() {
    let world = World::elsewhere();
    for method in ["PUT", "OPTIONS", "PROPFIND"] {
        let answer = ask(&world, request(method, CANADA).set_payload("{}")).await;
        assert_eq!(
            (answer.status, answer.header("allow")),
            (405, "GET, HEAD, PATCH, DELETE"),
            "{method}"
        );
        assert_eq!(answer.code(), "MethodNotAllowed");
    }
    assert_eq!(ask(&world, request("HEAD", CANADA)).await.status, 200);
}

#[tokio::test]
async fn bodies_are_bounded() {
    let world = World::elsewhere();
    let large = |size: usize| format!("{{\"Notes\": \"{}\"}}", "x".repeat(size));
    let answer = ask(&world, request("POST", "/0/odata/Contact").set_payload(large(1 << 20))).await;
    assert_eq!((answer.status, answer.code().as_str()), (413, "BodyTooLarge"));
    assert!(
        answer.json()["error"]["message"]
            .as_str()
            .unwrap()
            .contains("1048576 bytes")
    );
    // A batch may be larger; this one is no batch, which is told, and not that it is too large.
    let answer = ask(&world, request("POST", "/0/odata/$batch").set_payload(large(1 << 20))).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "RequestInvalid"));
    let answer = ask(&world, request("POST", "/0/odata/$batch").set_payload(large(4 << 20))).await;
    assert_eq!(answer.status, 413);
    let packed = request("POST", "/0/odata/Contact").insert_header(("Content-Encoding", "gzip"));
    let answer = ask(&world, packed.set_payload("x")).await;
    assert_eq!((answer.status, answer.code().as_str()), (415, "ContentEncoding"));
    assert_eq!(answer.header("accept-encoding"), "identity");
    let long = request("GET", CANADA).insert_header(("X-Long", "x".repeat(40_000)));
    assert_eq!(ask(&world, long).await.code(), "HeadersTooLarge");
    assert_eq!(world.count("Contact"), 0);
}

#[tokio::test]
async fn whoever_shows_no_good_token_is_told_what_is_wrong_with_it() {
    let world = World::elsewhere();
    for (error, status, code) in [
        (BearerError::Missing, 401, "TokenMissing"),
        (BearerError::Invalid, 401, "TokenInvalid"),
        (BearerError::Audience, 401, "TokenInvalid"),
        (BearerError::Scope("odata"), 403, "TokenScope"),
        (BearerError::Unavailable, 503, "Unavailable"),
    ] {
        let answer = ask_as(&world, Err(error), request("GET", CANADA)).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code));
        let message = answer.json()["error"]["message"].to_string();
        let next = message.contains("hookgate client set NAME --scope odata");
        assert_eq!(next, status == 403, "{error:?}");
        let challenged = answer.header("www-authenticate").starts_with("Bearer realm=");
        assert_eq!(challenged, status != 503, "{error:?}");
        assert_eq!(answer.headers.contains_key("retry-after"), status == 503, "{error:?}");
    }
}

#[tokio::test]
async fn a_batch_comes_over_http_too() {
    let world = World::elsewhere();
    let batch = r#"{"requests": [{"id": "1", "method": "GET", "url": "Country/$count"}, {"id": "2", "method": "GET", "url": "x"}]}"#;
    let asked = request("POST", "/0/odata/$batch").append_header(("Prefer", "odata.continue-on-error"));
    let answer = ask(&world, asked.set_payload(batch)).await;
    let statuses: Vec<_> = answer.json()["responses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part["status"].clone())
        .collect();
    assert_eq!(statuses, [200, 404]);
    assert_eq!(answer.header("preference-applied"), "odata.continue-on-error");
}

#[tokio::test]
async fn more_searches_than_may_wait_are_told_to_come_again() {
    let mut world = World::elsewhere();
    world.odata.concurrency_limit = Arc::new(ConcurrencyLimit::new(1, 0));
    let permit = world.odata.concurrency_limit.acquire().await.unwrap();
    for path in ["/0/odata/Country", "/0/odata/Country/$count"] {
        let answer = ask(&world, request("GET", path)).await;
        assert_eq!((answer.status, answer.code().as_str()), (503, "Unavailable"), "{path}");
        assert_eq!(answer.header("retry-after"), "5");
    }
    let batch = request("POST", "/0/odata/$batch").set_payload(r#"{"requests": []}"#);
    assert_eq!(ask(&world, batch).await.status, 503);
    // Neither one record nor a write waits for those.
    assert_eq!(ask(&world, request("GET", CANADA)).await.status, 200);
    let made = request("POST", "/0/odata/Contact").set_payload(r#"{"Name": "x"}"#);
    assert_eq!(ask(&world, made).await.status, 201);

    drop(permit);
    assert_eq!(ask(&world, request("GET", "/0/odata/Country?$top=1")).await.status, 200);
    assert_eq!(ask(&world, request("GET", "/0/odata/Country?$top=1")).await.status, 200);
}
