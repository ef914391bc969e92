//! All that can be done by keys alone.

use serde_json::json;

use super::browser::{ENTER, ESCAPE};
use super::harness::Server;
use super::page::Page;

const ROWS: &str = "[aria-label='List of webhooks'] tbody tr";

#[test]
fn rows_are_walked_and_opened_and_places_are_gone_to() {
    let server = Server::start();
    let source = server.source("Form");
    let ids: Vec<_> = (0..3)
        .map(|number| server.accepted(&source, format!("{{\"Number\": {number}}}")))
        .collect();
    server.processed(&ids[2]);
    let page = Page::administrator(&server);
    let at = |row: usize| {
        let script = format!(
            "return document.activeElement.closest('tr') === document.querySelectorAll(\"{ROWS}\")[arguments[0]]"
        );
        page.until(&format!("the focus at row {row}"), &script, &json!([row]));
    };
    page.open("#/webhooks");
    page.until(
        "three rows",
        &format!("return document.querySelectorAll(\"{ROWS}\").length === 3"),
        &json!([]),
    );
    for (key, row) in [
        ("j", 0),
        ("j", 1),
        ("j", 2),
        ("j", 2),
        ("k", 1),
        ("k", 0),
        ("k", 0),
        ("j", 1),
    ] {
        page.browser.type_keys(key);
        at(row);
    }
    page.browser.type_keys(&ENTER.to_string());
    page.is_at(&ids[1]);
    page.settled();

    // The place of the search; what is typed there is text.
    page.browser.type_keys("gw");
    page.is_at("#/webhooks");
    page.settled();
    page.browser.type_keys("/");
    page.until(
        "the focus in the search",
        "return document.activeElement === input('text')",
        &json!([]),
    );
    page.browser.type_keys("gs?j");
    page.until("the text", "return input('text').value === 'gs?j'", &json!([]));
    page.is_at("text=gs%3Fj");
    page.sees("No matching webhooks");

    for (keys, place) in [
        ("gs", "#/sources"),
        ("gr", "#/records"),
        ("ga", "#/audit"),
        ("gw", "#/webhooks"),
        ("go", "#/"),
    ] {
        page.evaluate("document.activeElement.blur()");
        page.browser.type_keys(keys);
        page.is_at(place);
        page.settled();
    }

    // The list of keys names each of them; Escape closes it; and they can be switched off.
    page.browser.type_keys("?");
    for key in ["/", "j k", "Enter", "g o", "g w", "g r", "g s", "g a", "?"] {
        page.until(
            key,
            "return [...document.querySelectorAll('dialog dt')].some((one) => words(one.textContent) === arguments[0])",
            &json!([key]),
        );
    }
    page.browser.type_keys("gs");
    page.browser.type_keys(&ESCAPE.to_string());
    page.until(
        "the dialog to close",
        "return !document.querySelector('dialog')",
        &json!([]),
    );
    page.is_at("#/");
    page.browser.type_keys("?");
    page.press("Use these keys");
    page.browser.type_keys(&ESCAPE.to_string());
    page.until(
        "the dialog to close",
        "return !document.querySelector('dialog')",
        &json!([]),
    );
    page.browser.type_keys("gs?");
    page.open("#/webhooks");
    assert_eq!(page.evaluate("return document.querySelector('dialog')"), json!(null));
    page.press("Keyboard shortcuts");
    page.press("Use these keys");
    page.press("Close");
    page.browser.type_keys("gs");
    page.is_at("#/sources");
    page.clean(&[]);
}

#[test]
fn arrows_move_in_tabs_and_in_the_chart() {
    let server = Server::start();
    let source = server.source("Form");
    let id = server.accepted(&source, "{}");
    server.processed(&id);
    let page = Page::administrator(&server);
    let (left, right, end) = ('\u{e012}', '\u{e014}', '\u{e010}');
    page.open(&format!("#/webhooks/{id}"));
    page.press("Body");
    page.browser.type_keys(&right.to_string());
    page.is_at("tab=errors");
    page.browser.type_keys(&format!("{left}{left}"));
    page.is_at("tab=attempts");
    page.until(
        "the tab",
        "return document.activeElement.getAttribute('aria-selected') === 'true'",
        &json!([]),
    );

    page.open("#/webhooks");
    page.has(".plot a");
    page.evaluate("document.querySelector('.plot a[tabindex=\"0\"]').focus()");
    let bar = |number: i64| {
        let script = "const bars = [...document.querySelectorAll('.plot a')];
                      return document.activeElement === bars.at(arguments[0])";
        page.until(&format!("bar {number}"), script, &json!([number]));
    };
    bar(-1);
    page.browser.type_keys(&format!("{left}{left}"));
    bar(-3);
    page.browser.type_keys(&end.to_string());
    bar(-1);
    // Since it arrived another hour may have begun.
    let of_webhook = "const bars = [...document.querySelectorAll('.plot a')];
                      return bars.findLastIndex((one) => one.querySelector('rect:not(.hit)')) - bars.length";
    let at = page.evaluate(of_webhook).as_i64().unwrap();
    for at in (at..-1).rev() {
        page.browser.type_keys(&left.to_string());
        bar(at);
    }
    page.browser.type_keys(&ENTER.to_string());
    page.until("a filter by time", "return location.hash.includes('from=')", &json!([]));
    page.sees("1 Total");

    // Drawn anew for what arrives, it keeps the focus.
    page.press("Clear");
    page.until("no filter", "return !location.hash.includes('from=')", &json!([]));
    page.sees("Live");
    page.settled();
    page.evaluate("document.querySelector('.plot a[tabindex=\"0\"]').focus()");
    bar(-1);
    let label = page.evaluate("return document.activeElement.getAttribute('aria-label')");
    server.accepted(&source, "{}");
    page.until(
        "the bar with the focus to tell of it",
        "const one = document.activeElement; return one.matches('.plot a') && one.getAttribute('aria-label') !== arguments[0]",
        &json!([label]),
    );
    page.clean(&[]);
}
