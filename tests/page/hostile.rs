//! What senders write stays text, wherever it is shown.

use serde_json::json;

use super::harness::{Request, Server};
use super::page::Page;

const HOSTILE: &str = r#"<script>window.__hit=1</script>"><img src=x onerror="window.__hit=1">"#;
const ADDRESS: &str = "javascript:window.__hit=1";

#[test]
fn markup_in_every_field_of_a_webhook_and_a_record_stays_text() {
    let server = Server::start();
    server.grant("Contact");
    let source = server.source(HOSTILE);
    let other = server.source(ADDRESS);
    let body = json!({
        "EntityName": "Contact", "Name": HOSTILE, "Web": ADDRESS, "Notes": HOSTILE, "Email": HOSTILE,
        HOSTILE: HOSTILE, ADDRESS: ADDRESS,
    });
    let request = |path: &str| {
        Request::new(
            "POST",
            &format!(
                "{path}?{}",
                form_urlencoded::Serializer::new(String::new())
                    .append_pair(HOSTILE, HOSTILE)
                    .append_pair("next", ADDRESS)
                    .finish()
            ),
        )
        .header(
            "Content-Type",
            "application/json; note=\"<script>window.__hit=1</script>\"",
        )
        .header("X-Odd", HOSTILE)
        .header("User-Agent", HOSTILE)
        .header("Origin", ADDRESS)
        .header("Referer", ADDRESS)
        .body(body.to_string())
    };
    let id = server.send(&request(&source.path)).id();
    server.send(&request(&other.path)).id();
    let webhook = server.processed(&id);
    let record = webhook["records"][0]["id"]
        .as_str()
        .unwrap_or_else(|| panic!("{webhook:#}"));
    let failed = server.send(&Request::post(
        &source,
        HOSTILE_TYPE,
        json!({"EntityName": HOSTILE}).to_string(),
    ));
    assert!(failed.status == 200 || failed.status == 415, "{failed:?}");
    let unknown = server.done_with(&source, json!({"EntityName": HOSTILE}).to_string());
    let unknown = unknown["id"].as_str().unwrap();

    let page = Page::administrator(&server);
    let encoded = |text: &str| {
        form_urlencoded::byte_serialize(text.as_bytes())
            .collect::<String>()
            .replace('+', "%20")
    };
    let places = [
        (String::new(), false),
        ("webhooks".to_owned(), true),
        (format!("webhooks?source={}", encoded(HOSTILE)), true),
        (format!("webhooks?text={}", encoded(HOSTILE)), true),
        (format!("webhooks/{id}"), true),
        (format!("webhooks/{id}?tab=headers"), true),
        (format!("webhooks/{id}?tab=query"), true),
        (format!("webhooks/{id}?tab=errors"), true),
        (format!("webhooks/{id}?tab=records"), true),
        (format!("webhooks/{id}?tab=attempts"), true),
        (format!("webhooks/{unknown}"), true),
        (format!("webhooks/{unknown}?tab=errors"), true),
        ("records/Contact".to_owned(), true),
        (format!("records/Contact/{record}"), true),
        ("sources".to_owned(), true),
        (format!("sources/{}", encoded(HOSTILE)), true),
        (format!("sources/{}", encoded(ADDRESS)), false),
        ("audit".to_owned(), true),
    ];
    for (place, shown) in places {
        page.load(&format!("#/{place}"));
        stays_text(&page, &place);
        assert!(
            !shown || page.text().contains("<script>window.__hit=1"),
            "{place} shows it not at all\n{}",
            page.text()
        );
    }
    page.load(&format!("#/records/Contact/{record}"));
    page.press("Edit");
    stays_text(&page, "the record as a form");
    page.load(&format!("#/webhooks/{id}"));
    for button in ["Raw", "Hex", "Pretty"] {
        page.press(button);
        stays_text(&page, button);
    }
    page.press("Edit a copy");
    stays_text(&page, "the dialog of a copy");
    page.clean(&[]);
}

const HOSTILE_TYPE: &str = "<script>window.__hit=1</script>";

#[track_caller]
fn stays_text(page: &Page, place: &str) {
    let found = page.evaluate(
        "const link = (one) => ['href', 'src', 'action', 'formaction'].some((name) => /^\\s*javascript:/i.test(one.getAttribute(name) ?? ''));
         return {
           hit: window.__hit ?? null,
           scripts: document.querySelectorAll('body script').length,
           images: [...document.querySelectorAll('img')].filter((one) => one.getAttribute('src') !== 'icon.svg').length,
           links: [...document.querySelectorAll('*')].filter(link).length,
           handlers: [...document.querySelectorAll('*')].filter((one) => [...one.attributes].some(({ name }) => name.startsWith('on'))).length,
         }",
    );
    let none = json!({"hit": null, "scripts": 0, "images": 0, "links": 0, "handlers": 0});
    assert_eq!(found, none, "{place}");
}
