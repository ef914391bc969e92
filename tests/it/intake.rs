//! A webhook that is taken: what is answered, what is kept.

use serde_json::{Value, json};

use crate::harness::{Request, Server, Source};

const CANADA: &str = "f8af0e88-f36b-1410-fa98-00155d043204";

fn header<'w>(webhook: &'w Value, name: &str) -> Option<&'w str> {
    let headers = webhook["headers"].as_array().unwrap();
    let found = headers.iter().find(|header| header[0] == name)?;
    found[1].as_str()
}

fn multipart(parts: &[(&str, &str)]) -> String {
    let parts = parts
        .iter()
        .map(|(disposition, text)| format!("--cut\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{text}\r\n"));
    parts.collect::<Vec<_>>().concat() + "--cut--\r\n"
}

#[test]
fn every_content_type_becomes_a_contact_with_its_country() {
    let server = Server::start();
    server.grant("Contact");
    let source = server.source("Forms");
    let json = json!({"EntityName": "Contact", "Name": "John Best", "CountryId": CANADA}).to_string();
    let form = format!("EntityName=Contact&Name=John+Best&CountryId={CANADA}");
    let parts = multipart(&[
        ("name=\"EntityName\"", "Contact"),
        ("name=\"Name\"", "John Best"),
        ("name=\"CountryId\"", CANADA),
    ]);
    let sent = [
        ("application/json", &json),
        ("application/json; charset=utf-8", &json),
        ("Application/JSON;charset=\"UTF-8\"", &json),
        ("application/x-www-form-urlencoded", &form),
        ("application/x-www-form-urlencoded; charset=UTF-8", &form),
        ("multipart/form-data; boundary=cut", &parts),
        ("multipart/form-data; charset=utf-8; boundary=\"cut\"", &parts),
    ];
    for (content_type, body) in sent {
        let answer = server.post(&source, content_type, body);
        assert_eq!(answer.header("content-type"), Some("application/json"), "{answer:?}");
        let webhook = server.processed(&answer.id());
        assert_eq!(webhook["status"], "Done", "{webhook:#}");
        assert_eq!(webhook["outcome"], "RecordCreated", "{webhook:#}");
        assert_eq!(webhook["content_type"], content_type);
        assert_eq!(webhook["body"]["text"], *body, "{content_type}");
        let record = webhook["records"][0]["id"].as_str().unwrap();
        let record = server.ask(&["record", "show", "Contact", record]);
        assert_eq!(record["display"], "John Best");
        assert_eq!(record["created_by"], "WebhookService");
        assert_eq!(record["webhook"], webhook["id"]);
        let values = record["values"].as_array().unwrap();
        let country = values.iter().find(|value| value["key"] == "CountryId").unwrap();
        assert_eq!(
            (&country["value"], &country["display"]),
            (&json!(CANADA), &json!("Canada"))
        );
    }
    assert_eq!(server.records("Contact").len(), sent.len());
}

#[test]
fn another_charset_is_decoded() {
    let server = Server::start();
    server.grant("Contact");
    let source = server.source("Forms");
    let answer = server.post(
        &source,
        "application/x-www-form-urlencoded; charset=windows-1252",
        "EntityName=Contact&Name=Zo%EB",
    );
    let webhook = server.processed(&answer.id());
    assert_eq!(server.values(&webhook)["Name"], "Zoë");
    let answer = server.post(
        &source,
        "application/json; charset=iso-8859-1",
        b"{\"EntityName\":\"Contact\",\"Name\":\"Zo\xEB\"}",
    );
    let webhook = server.processed(&answer.id());
    assert_eq!(server.values(&webhook)["Name"], "Zoë");
    assert!(webhook["body"]["base64"].is_string(), "kept as sent: {webhook:#}");
}

#[test]
fn everything_about_a_webhook_is_kept_but_credentials() {
    let server = Server::start();
    let source = server.source("Shop");
    let body = "{ \"b\" : 1.0,\n\t\"a\":\"\u{e4}\\u00e4\", \"b\":2 }\r\n ";
    let request = Request::new("POST", &format!("{}?utm=a%20b&key={}", source.path, source.key))
        .header("Content-Type", "application/json")
        .header("Authorization", "Bearer abc.def")
        .header("Cookie", "session=abc.def")
        .header("X-Api-Key", "abc.def")
        .header("X-Signature", "sha256=012345")
        .header("Origin", "https://shop.example")
        .header("Referer", "https://shop.example/cart")
        .header("X-Forwarded-For", "203.0.113.9")
        .body(body);
    let webhook = server.webhook(&server.send(&request).id());
    assert_eq!(webhook["body"]["text"], body);
    assert_eq!(webhook["query"], "utm=a%20b&key=whk_***");
    assert_eq!(webhook["content_type"], "application/json");
    assert_eq!(webhook["source"], "Shop");
    assert_eq!(webhook["source_url"], "https://shop.example");
    assert_eq!(webhook["remote"], "127.0.0.1");
    assert_eq!(header(&webhook, "authorization"), Some("Bearer ***"));
    assert_eq!(header(&webhook, "x-signature"), Some("sha256=012345"));
    assert_eq!(header(&webhook, "x-forwarded-for"), Some("203.0.113.9"));
    assert_eq!(header(&webhook, "host"), Some("localhost"));
    let shown = webhook.to_string();
    assert!(!shown.contains("abc.def"), "{shown}");
    assert!(!shown.contains(&source.key), "{shown}");
    assert!(source.key.starts_with(webhook["api_key_hint"].as_str().unwrap()));

    let from_page = Request::post(&source, "application/json", "{}").header("Referer", "https://shop.example/cart");
    let webhook = server.webhook(&server.send(&from_page).id());
    assert_eq!(webhook["source_url"], "https://shop.example/cart");
}

/// Credentials of a query string and of headers never reach the disk, so that nothing shows them.
/// The body is kept byte for byte.
#[test]
fn fault_08_credentials_in_queries_and_headers_are_shown_to_nobody() {
    const HIDDEN: &str = "hidden-credential";
    let mut server = Server::start();
    let source = server.source("Shop");
    let query = format!(
        "token={HIDDEN}&password={HIDDEN}&a=1&api%5Fkey={HIDDEN}&user%5Bpwd%5D={HIDDEN}&apiKey={HIDDEN}&sig={HIDDEN}\
         &author=Ann&utm_source=mail&monkey=1&to=https%3A%2F%2Fu%3A{HIDDEN}%40h%2F%3Ftoken%3D{HIDDEN}"
    );
    let kept = [
        ("x-author", "Ann"),
        ("x-idempotency-key", "repeat-1"),
        ("x-github-delivery", "delivery-1"),
        ("x-event-key", "repo:push"),
        ("x-hub-signature-256", "sha256=012345"),
        ("x-forwarded-proto", "https"),
    ];
    let masked = [
        "X-Auth",
        "Authentication",
        "X-Webhook-Pwd",
        "X-Hook-Pass",
        "X-Bearer",
        "Php-Auth-Pw",
        "X-Jwt",
        "X-Otp",
        "X-Forwarded-Access-Token",
    ];
    let request = Request::new("POST", &format!("{}?{query}", source.path)).header("Content-Type", "application/json");
    let request = masked
        .iter()
        .fold(request, |request, name| request.header(name, HIDDEN));
    let request = kept
        .iter()
        .fold(request, |request, (name, value)| request.header(name, value));
    let body = "{\"password\": \"part of the body\"}";
    let request = request
        .header("Origin", &format!("https://user:{HIDDEN}@shop.example"))
        .header("Referer", &format!("https://shop.example/cart?session={HIDDEN}&page=2"))
        .header("X-Original-Url", &format!("/hooks?password={HIDDEN}"))
        .body(body);
    let id = server.send(&request).id();
    let webhook = server.processed(&id);
    assert_eq!(webhook["body"]["text"], body);
    assert_eq!(
        webhook["query"],
        "token=***&password=***&a=1&api%5Fkey=***&user%5Bpwd%5D=***&apiKey=***&sig=***\
         &author=Ann&utm_source=mail&monkey=1&to=https%3A%2F%2F***%40h%2F%3Ftoken%3D***"
    );
    assert_eq!(webhook["source_url"], "https://***@shop.example");
    assert_eq!(
        header(&webhook, "referer"),
        Some("https://shop.example/cart?session=***&page=2")
    );
    assert_eq!(header(&webhook, "x-original-url"), Some("/hooks?password=***"));
    for name in masked {
        assert_eq!(header(&webhook, &name.to_lowercase()), Some("***"), "{name}");
    }
    for (name, value) in kept {
        assert_eq!(header(&webhook, name), Some(value));
    }
    // Wherever it is shown, and in every file of the data folder.
    let viewer = server.administrator();
    for path in [
        "/webhooks".to_owned(),
        format!("/webhooks/{id}"),
        "/webhooks?text=part".to_owned(),
    ] {
        assert!(!viewer.get(&server, &path).body.contains(HIDDEN), "{path}");
    }
    for format in ["csv", "ndjson"] {
        let (_, file) = viewer.download(&server, &format!("/webhooks/export?format={format}"));
        assert!(file.contains("part of the body") && !file.contains(HIDDEN), "{file}");
    }
    let data = server.data();
    server.stop();
    let mut folders = vec![data];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.is_file() {
                files += 1;
                let bytes = std::fs::read(&path).unwrap();
                let found = bytes.windows(HIDDEN.len()).any(|window| window == HIDDEN.as_bytes());
                assert!(!found, "{}", path.display());
            }
        }
    }
    assert!(files > 3, "{files}");
}

#[test]
fn a_body_that_is_no_text_is_kept_byte_for_byte() {
    let server = Server::start();
    let source = server.source("Forms");
    let webhook = server.done_with(&source, [0xff, 0x00, 0xfe]);
    assert_eq!(webhook["body"], json!({"base64": "/wD+"}));
    assert_eq!(webhook["status"], "Failed");
}

#[test]
fn files_are_noted_and_the_rest_of_the_form_is_used() {
    let server = Server::start();
    server.grant("Contact");
    let source = server.source("Forms");
    let body = multipart(&[
        ("name=\"EntityName\"", "Contact"),
        ("name=\"Photo\"; filename=\"me.png\"", "PNG picture"),
        ("name=\"Name\"", "John Best"),
    ]);
    let answer = server.post(&source, "multipart/form-data; boundary=cut", body);
    let webhook = server.processed(&answer.id());
    assert_eq!(webhook["status"], "Done", "{webhook:#}");
    assert_eq!(webhook["files"].as_array().unwrap().len(), 1, "{webhook:#}");
    let file = &webhook["files"][0];
    assert_eq!((&file["name"], &file["size"]), (&json!("me.png"), &json!(11)));
    assert!(!webhook["body"].to_string().contains("PNG picture"), "{webhook:#}");
    assert!(webhook["notes"].to_string().contains("me.png"), "{webhook:#}");
    assert_eq!(server.values(&webhook)["Name"], "John Best");
}

#[test]
fn a_connection_carries_many_webhooks() {
    let server = Server::start();
    let source = server.source("Forms");
    let mut connection = server.connect();
    let one = Request::post(&source, "application/json", "{\"n\":1}");
    let two = Request::new("POST", &source.path)
        .header("Content-Type", "application/json")
        .chunked("{\"n\":2}", 3);
    connection.write(&[one.bytes(), two.bytes(), one.bytes()].concat());
    let ids = [
        connection.answer().id(),
        connection.answer().id(),
        connection.answer().id(),
    ];
    for (id, body) in ids.iter().zip(["{\"n\":1}", "{\"n\":2}", "{\"n\":1}"]) {
        assert_eq!(server.webhook(id)["body"]["text"], body);
    }
    assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2]);
}

#[test]
fn a_slow_sender_that_asks_first_is_told_to_go_on() {
    let server = Server::start();
    let source = server.source("Forms");
    let mut connection = server.connect();
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n",
        source.path
    );
    connection.write(head.as_bytes());
    assert_eq!(connection.answer().status, 100);
    connection.write(b"{}");
    assert_eq!(connection.answer().status, 200);
}

#[test]
fn a_source_that_is_switched_on_again_takes_webhooks() {
    let server = Server::start();
    let source: Source = server.source("Forms");
    server.cli(&["source", "disable", "Forms"]).good();
    server.post(&source, "application/json", "{}").problem(404);
    server.cli(&["source", "enable", "Forms"]).good();
    assert_eq!(server.post(&source, "application/json", "{}").status, 200);
}

#[test]
fn a_rotated_key_is_taken_as_long_as_it_was_said() {
    let server = Server::start();
    let source = server.source("Forms");
    let fresh = Source::of(&server.ask(&["source", "rotate-key", "Forms"]));
    assert_ne!(source.key, fresh.key);
    assert_eq!(server.post(&source, "application/json", "{}").status, 200);
    assert_eq!(server.post(&fresh, "application/json", "{}").status, 200);
    let last = Source::of(&server.ask(&["source", "rotate-key", "Forms", "--overlap", "0"]));
    server.post(&source, "application/json", "{}").problem(404);
    server.post(&fresh, "application/json", "{}").problem(404);
    assert_eq!(server.post(&last, "application/json", "{}").status, 200);
    // Nothing of before is taken now, so nobody is in the way of another.
    server.ask(&["source", "rotate-key", "Forms"]);
}

#[test]
fn an_old_key_is_not_ended_before_its_promised_time_unasked() {
    let server = Server::start();
    let taken = |source: &Source| server.post(source, "application/json", "{}").status == 200;
    let first = server.source("Forms");
    let view = server.ask(&["source", "rotate-key", "Forms"]);
    let second = Source::of(&view);
    let refused = server.cli(&["source", "rotate-key", "Forms", "--overlap", "720"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    let promised = view["previous_key_until"].as_str().unwrap();
    for part in [promised, &first.key[..10], "404", "--force"] {
        assert!(refused.stderr.contains(part), "{part}: {refused:?}");
    }
    assert!(!refused.stderr.contains(&first.key), "{refused:?}");
    assert!(taken(&first) && taken(&second));
    let third = Source::of(&server.ask(&["source", "rotate-key", "Forms", "--force"]));
    assert!(!taken(&first) && taken(&second) && taken(&third));
}
