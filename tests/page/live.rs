//! What arrives while somebody looks: it appears by itself, and never moves what they read.

use serde_json::{Value, json};

use super::filled::{End, days_ago, filled, processed, stopped_server};
use super::harness::{Server, Source};
use super::page::Page;

const ROWS: &str = "[aria-label='List of webhooks'] tbody tr";

/// A server with 60 webhooks, and a source to send more.
fn stand() -> (Server, Source) {
    let mut server = stopped_server(&[]);
    filled(&server.data(), 1 << 20, |ledger| {
        for _ in 0..60 {
            processed(ledger, days_ago(1), End::Contact);
        }
    });
    server.restart();
    let source = server.source("Shop");
    (server, source)
}

#[track_caller]
fn lists(page: &Page, count: usize) {
    let script = format!(
        "return document.querySelectorAll(\"{ROWS}\").length === {count} && !document.querySelector('[aria-busy=true]')"
    );
    page.until(&format!("{count} rows"), &script, &json!([]));
}

/// Waits until these stand on top, the first one first.
#[track_caller]
fn tops(page: &Page, ids: &[String]) {
    let script = format!("const found = [...document.querySelectorAll(\"{ROWS}\")].slice(0, arguments[0].length).map((row) => row.dataset.go.split('/').at(-1));
                          return arguments[0].every((id, at) => found[at] === id)");
    page.until("the newest on top", &script, &json!([ids]));
}

/// Which row one reads, and where on the screen it stands.
fn reading(page: &Page) -> Value {
    page.evaluate(&format!(
        "const row = [...document.querySelectorAll(\"{ROWS}\")].find((one) => one.getBoundingClientRect().top > 100);
         return [row.dataset.go, Math.round(row.getBoundingClientRect().top), Math.round(scrollY), document.querySelectorAll(\"{ROWS}\").length]"
    ))
}

#[test]
fn what_is_new_waits_behind_a_button_while_one_reads_further_down() {
    let (server, source) = stand();
    let page = Page::administrator(&server);
    page.open("#/webhooks");
    lists(&page, 50);
    page.sees("Live");
    // At the top it goes into the list.
    let first = server.accepted(&source, r#"{"Number": 1}"#);
    lists(&page, 51);
    tops(&page, &[first]);
    page.sees("61 Total");
    page.until(
        "it to be as it stays",
        "return document.querySelector(arguments[0]).innerText.includes('Done')",
        &json!([ROWS]),
    );

    page.evaluate(&format!("document.querySelectorAll(\"{ROWS}\")[20].scrollIntoView()"));
    page.until("it to be scrolled", "return scrollY > 300", &json!([]));
    let before = reading(&page);
    let mut sent: Vec<_> = (0..3)
        .map(|number| server.accepted(&source, format!("{{\"Number\": {number}}}")))
        .collect();
    page.until(
        "3 new",
        "return [...document.querySelectorAll('.newer button')].some((one) => named(one) === '3 new')",
        &json!([]),
    );
    sent.push(server.accepted(&source, "{}"));
    page.until(
        "4 new, in sight",
        "const one = press('4 new'); const box = one?.getBoundingClientRect();
         return one && box.top >= 0 && box.bottom <= innerHeight && document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)?.closest('button') === one",
        &json!([]),
    );
    assert_eq!(reading(&page), before);
    page.press("4 new");
    sent.reverse();
    tops(&page, &sent);
    page.until("the top of the list in sight", &format!("const box = document.querySelector(\"{ROWS}\").getBoundingClientRect(); return box.top >= 0 && box.bottom < innerHeight"), &json!([]));
    page.until(
        "the button gone",
        "return !document.querySelector('.newer button')",
        &json!([]),
    );
    page.clean(&[]);
}

#[test]
fn with_a_filter_only_what_matches_is_counted() {
    let (server, source) = stand();
    let page = Page::administrator(&server);
    page.open("#/webhooks?status=Failed");
    page.sees("No matching webhooks");
    page.sees("Live");
    let wrong = r#"{"EntityName": "Nowhere"}"#;
    let mut failed: Vec<_> = (0..2).map(|_| server.accepted(&source, wrong)).collect();
    server.accepted(&source, "{}");
    page.until("2 new", "return press('2 new')", &json!([]));
    lists(&page, 0);
    page.press("2 new");
    failed.reverse();
    tops(&page, &failed);
    lists(&page, 2);
    // One of another source is not counted.
    page.choose("source", "Form");
    page.sees("No matching webhooks");
    server.processed(&server.accepted(&source, wrong));
    let last = server.done_with(&source, "{}");
    assert_eq!(last["status"], "Done");
    page.open("#/webhooks?status=Failed&source=Shop");
    lists(&page, 3);
    assert!(!page.can_press("1 new"));

    // What is new and then matches no more is not offered any longer: these are New only until they are processed.
    page.open("#/webhooks?status=New");
    page.sees("No matching webhooks");
    for number in 0..20 {
        server.accepted(&source, format!("{{\"Number\": {number}}}"));
    }
    page.sees("85 Total");
    page.until(
        "nothing to offer",
        "return !document.querySelector('.newer button')",
        &json!([]),
    );
    page.clean(&[]);
}

#[test]
fn a_page_that_nobody_saw_for_long_is_right_when_it_is_shown_again() {
    let (server, source) = stand();
    let page = Page::administrator(&server);
    page.open("#/webhooks");
    lists(&page, 50);
    page.sees("Live");
    let here = page.browser.tab_new();
    let mut sent: Vec<_> = (0..70)
        .map(|number| server.accepted(&source, format!("{{\"Number\": {number}}}")))
        .collect();
    server.processed(&sent[69]);
    sent.reverse();
    page.browser.tab(&here);
    tops(&page, &sent[..50]);
    page.sees("130 Total");
    // Nothing is left out between what is new and what was there.
    page.press("Show more");
    tops(&page, &sent);
    lists(&page, 100);

    // Further down nothing moves; the button brings all of it.
    page.evaluate(&format!("document.querySelectorAll(\"{ROWS}\")[80].scrollIntoView()"));
    page.until("it to be scrolled", "return scrollY > 300", &json!([]));
    let before = reading(&page);
    let here = page.browser.tab_new();
    let mut sent: Vec<_> = (0..160)
        .map(|number| server.accepted(&source, format!("{{\"Number\": {number}}}")))
        .collect();
    server.processed(&sent[159]);
    sent.reverse();
    page.browser.tab(&here);
    page.until(
        "many new",
        "return document.querySelector('.newer button')?.textContent.includes('+ new')",
        &json!([]),
    );
    assert_eq!(reading(&page), before);
    page.press_at(".newer button");
    tops(&page, &sent[..50]);
    page.clean(&[]);
}

/// What one asks for while the list is drawn anew comes behind the new one.
#[test]
fn more_is_shown_without_a_gap_while_the_list_is_fetched_anew() {
    let (server, source) = stand();
    let page = Page::administrator(&server);
    page.open("#/webhooks");
    lists(&page, 50);
    page.sees("Live");
    page.evaluate(
        "const real = window.fetch;
         window.fetch = async (url, options) => {
           if (!window.held && url.endsWith('/webhooks?limit=50')) await new Promise((go) => { window.held = go; });
           return real(url, options);
         }",
    );
    let here = page.browser.tab_new();
    let mut sent: Vec<_> = (0..5)
        .map(|number| server.accepted(&source, format!("{{\"Number\": {number}}}")))
        .collect();
    server.processed(&sent[4]);
    sent.reverse();
    page.browser.tab(&here);
    page.until("the list to be fetched", "return Boolean(window.held)", &json!([]));
    page.press("Show more");
    page.evaluate("window.held()");
    lists(&page, 65);
    tops(&page, &sent);
    page.clean(&[]);
}

/// More than one message tells: the server says so, and the page asks.
#[test]
fn many_at_once_are_all_there() {
    let (server, source) = stand();
    let page = Page::administrator(&server);
    page.open("#/webhooks");
    lists(&page, 50);
    page.sees("Live");
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let (mut connection, source) = (server.connect(), source.clone());
            std::thread::spawn(move || {
                for _ in 0..100 {
                    let sent = super::harness::Request::post(&source, "application/json", "{}");
                    assert_eq!(connection.send(&sent).status, 200);
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    page.sees("460 Total");
    // Whatever the list shows by now, nothing is left out of it. At its end, what arrived in the same millisecond may
    // stand in another order than the server has it.
    page.until(
        "a list without gaps",
        "const rows = [...document.querySelectorAll(arguments[0])].map((row) => row.dataset.go.split('/').at(-1));
         return fetch(`/api/v1/webhooks?limit=${rows.length + 8}`).then((answer) => answer.json()).then(({ webhooks }) => {
           const ids = webhooks.map((one) => one.id);
           return rows.every((id) => ids.includes(id)) && ids.slice(0, rows.length - 8).every((id) => rows.includes(id))
             && webhooks.every((one) => one.status === 'Done');
         })",
        &json!([ROWS]),
    );
    page.until(
        "each as it stands now",
        "return [...document.querySelectorAll(arguments[0])].every((row) => row.innerText.includes('Done'))",
        &json!([ROWS]),
    );
    page.clean(&[]);
}

/// A webhook that is looked at shows what became of it, and keeps how its body is shown.
#[test]
fn a_webhook_that_changes_keeps_how_it_is_shown() {
    let (server, source) = stand();
    let failed = server.done_with(&source, r#"{"EntityName": "Lead", "Name": "Ned"}"#);
    let id = failed["id"].as_str().unwrap();
    assert_eq!(failed["status"], "Failed");
    let page = Page::administrator(&server);
    page.open(&format!("#/webhooks/{id}"));
    page.press("Hex");
    page.sees("00000000");
    server.grant("Lead");
    server.ask(&["webhook", "replay", id]);
    page.sees("record created");
    page.sees("Records (1)");
    page.sees("00000000");
    // The tab was away for a while and nothing has changed: what stands there is left alone.
    // What changes behind a dialog is shown once it is closed.
    page.press("Edit a copy");
    page.sees("stays unchanged");
    server.ask(&["webhook", "replay", id, "--again"]);
    server.processed(id);
    page.press("Cancel");
    page.sees("Records (2)");
    page.evaluate("document.querySelector('.code').dataset.same = 'yes'");
    let here = page.browser.tab_new();
    page.browser.tab(&here);
    page.settled();
    server.accepted(&source, "{}");
    page.sees("record created");
    assert_eq!(
        page.evaluate("return document.querySelector('.code').dataset.same"),
        json!("yes")
    );
    page.clean(&[]);
}
