//! The policy of the page: nothing breaks it, and nothing that would is let through.

use serde_json::json;

use super::page::Page;
use super::places::{Stand, take};

#[test]
fn a_walk_through_all_places_and_dialogs_breaks_no_policy_and_stays_here() {
    let stand = Stand::start();
    let page = Page::administrator(&stand.server);
    let stopped = |place: &str| {
        let log = page.browser.log("browser");
        let stopped: Vec<_> = log
            .iter()
            .filter_map(|entry| entry["message"].as_str())
            .filter(|line| line.contains("policy stops") || line.contains("Content Security Policy"))
            .collect();
        assert!(stopped.is_empty(), "{place}: {stopped:?}");
    };
    for place in stand.places() {
        // As people go: one document, from place to place.
        page.open(&format!("#/{place}"));
        stopped(&place);
    }
    for (place, steps) in stand.opened() {
        page.load(&format!("#/{place}"));
        for step in steps {
            take(&page, *step);
        }
        page.settled();
        stopped(&format!("{place} {steps:?}"));
    }
    page.clean(&["status of 400"]);
}

/// What is looked for is found: each of these is stopped, and the test hears of it.
#[test]
fn what_breaks_the_policy_is_stopped_and_heard_of() {
    let stand = Stand::start();
    let page = Page::administrator(&stand.server);
    let types = "require-trusted-types-for";
    let attempts = [
        (
            types,
            "document.body.append(document.createElement('p')); document.body.lastChild.innerHTML = '<b>x</b>'",
        ),
        (
            types,
            "document.createElement('script').src = 'https://outside.invalid/x.js'",
        ),
        (
            "script-src-attr require-trusted-types-for",
            "document.body.setAttribute('onclick', 'window.hit = 1'); document.body.click()",
        ),
        (
            "script-src require-trusted-types-for",
            "setTimeout(() => { try { (0, eval)('window.hit = 1') } catch { /* it is stopped */ } })",
        ),
        ("style-src-attr", "document.body.setAttribute('style', 'color: red')"),
        (
            "style-src-elem",
            "document.body.append(Object.assign(document.createElement('style'), { textContent: '*{}' }))",
        ),
        ("img-src", "new Image().src = 'https://outside.invalid/x.png'"),
        ("connect-src", "fetch('https://outside.invalid/').catch(() => {})"),
        ("connect-src", "navigator.sendBeacon('https://outside.invalid/', 'x')"),
        (
            "frame-src",
            "document.body.append(Object.assign(document.createElement('iframe'), { src: 'https://outside.invalid/' }))",
        ),
        (
            "base-uri",
            "document.head.append(Object.assign(document.createElement('base'), { href: 'https://outside.invalid/' }))",
        ),
        (
            "form-action",
            "const one = document.createElement('form'); one.action = 'https://outside.invalid/'; document.body.append(one); one.submit()",
        ),
    ];
    for (directive, attempt) in attempts {
        page.evaluate(
            "window.stopped = []; addEventListener('securitypolicyviolation', (event) => window.stopped.push(event.effectiveDirective))",
        );
        page.evaluate(&format!("try {{ {attempt} }} catch {{ /* it is stopped */ }}"));
        page.until(
            &format!("{directive} to be stopped"),
            "return window.stopped.some((one) => arguments[0].split(' ').includes(one))",
            &json!([directive]),
        );
    }
    assert_eq!(page.evaluate("return window.hit ?? null"), json!(null));
    let heard = page.browser.log("browser");
    assert!(
        heard
            .iter()
            .any(|entry| entry["message"].as_str().unwrap().contains("policy stops img-src")),
        "{heard:?}"
    );
}
