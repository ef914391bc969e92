//! The list of very many webhooks. How long it takes is asserted for a million of them only, with
//! `tests/run --long`.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use hookgate::domain::actor::Actor;
use hookgate::domain::change::{Processed, Verdict, WebhookChange};
use hookgate::domain::entry::Entry;
use hookgate::ledger::Ledger;
use serde_json::json;

use super::filled::{days_ago, filled, stopped_server, webhook};
use super::harness::{PASSWORD, Request, User};
use super::page::Page;

const BODY: &str = r#"{"Name": "John Best", "Email": "j.best@ourcompany.com"}"#;
const WAITING: usize = 2048;

#[test]
fn the_first_list_and_the_filters_are_quick() {
    let long = std::env::var_os("HOOKGATE_LONG").is_some();
    let count: usize = if long { 1_000_000 } else { 5_000 };
    let mut server = stopped_server(&[]);
    filled(&server.data(), 64 << 20, |ledger| fill(ledger, count));
    server.restart();
    server.user_add("anna", "administrator");

    let page = Page::new(&server);
    page.open("#/webhooks");
    page.is_at("#/login");
    page.settled();
    page.evaluate(
        "window.__rows = new Promise((known) => new MutationObserver((_, observer) => {
           if (!document.querySelector('[aria-label=\"List of webhooks\"] tbody tr')) return;
           observer.disconnect();
           requestAnimationFrame(() => setTimeout(() => known(performance.now())));
         }).observe(document.body, { subtree: true, childList: true }))",
    );
    page.log_in_here("anna", PASSWORD);
    let list = page.evaluate(
        "return window.__rows.then((at) => at - Math.max(...performance.getEntriesByType('resource')
           .filter((one) => new URL(one.name).pathname === '/api/v1/session').map((one) => one.responseEnd)))",
    );
    let list = list.as_f64().unwrap();
    println!("the first list is on screen {list:.0} ms after login, with {count} webhooks stored");
    page.until(
        "the rows",
        "return document.querySelectorAll('[aria-label=\"List of webhooks\"] tbody tr').length === 50",
        &json!([]),
    );

    let anna = User::of(&server.login("anna", PASSWORD, None));
    let mut connection = server.connect();
    let mut slowest = Duration::ZERO;
    for filter in [
        "",
        "&status=Done",
        "&status=Failed",
        "&outcome=Failed",
        "&entity=Contact",
        "&source=Form",
        "&source=Form&status=Failed",
        "&text=john",
        "&text=nowhere",
    ] {
        let request = Request::new("GET", &format!("/api/v1/webhooks?limit=50{filter}")).header("Cookie", &anna.cookie);
        let begin = Instant::now();
        let answer = connection.send(&request);
        let took = begin.elapsed();
        assert_eq!(answer.status, 200, "{answer:?}");
        println!("webhooks?limit=50{filter}: {:.1} ms", took.as_secs_f64() * 1000.0);
        slowest = slowest.max(took);
    }
    if long {
        assert!(list < 300.0, "{list} ms");
        assert!(slowest < Duration::from_millis(100), "{slowest:?}");
    }
    page.clean(&[]);
}

/// Webhooks that were processed: each tenth failed.
fn fill(ledger: &Ledger, count: usize) {
    let catalog = ledger.catalog();
    let contact = catalog.object("Contact").unwrap().id;
    let at = days_ago(1);
    let mut waiting = VecDeque::new();
    for number in 0..count + WAITING {
        if number < count {
            waiting.push_back(ledger.webhook_append(webhook(ledger, at, BODY)).unwrap());
        }
        if number + 1 < WAITING {
            continue;
        }
        let Some(first) = waiting.pop_front() else { break };
        let seq = first.blocking_recv().unwrap().unwrap();
        let verdict = if number % 10 == 0 {
            Verdict::Failed { object: Some(contact) }
        } else {
            Verdict::StoredOnly
        };
        let end = Processed {
            webhook: seq,
            run: 1,
            rules: catalog.rules,
            verdict,
            issues: Vec::new(),
        };
        ledger
            .submit(Entry::one(at, Actor::System, WebhookChange::Processed(end)))
            .unwrap();
    }
}
