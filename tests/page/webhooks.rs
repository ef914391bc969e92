//! Main tasks around webhooks: filters, many at once, sources, entities, retention, processes.

use serde_json::json;

use super::filled::{End, days_ago, filled, processed, stopped_server};
use super::harness::{Server, wait_until};
use super::page::Page;

const ROWS: &str = "[aria-label='List of webhooks'] tbody tr";

#[test]
fn figures_and_filters_show_a_part_of_the_list_and_all_of_it_is_processed_again() {
    let server = Server::start();
    server.grant("Contact");
    let (form, shop) = (server.source("Form"), server.source("Shop"));
    server.done_with(&shop, r#"{"EntityName": "Contact", "Name": "Paula Right"}"#);
    for number in 0..12 {
        server.accepted(&form, format!(r#"{{"EntityName": "Lead", "Name": "Lead {number}"}}"#));
    }
    server.done_with(&form, r#"{"EntityName": "Lead", "Name": "The last"}"#);
    let page = Page::administrator(&server);
    page.open("#/webhooks");
    page.sees("14 Total");
    page.has(".plot");
    page.press("13 Failed");
    page.is_at("status=Failed");
    page.until("13 rows", &rows(13), &json!([]));
    page.press("Clear");
    page.until("14 rows", &rows(14), &json!([]));
    page.choose("source", "Shop");
    page.is_at("source=Shop");
    page.until("one row", &rows(1), &json!([]));
    page.press("Clear");
    page.fill("text", "lead 7");
    page.is_at("text=lead+7");
    page.until("one row", &rows(1), &json!([]));
    page.press("Clear");
    page.choose("outcome", "RecordCreated");
    page.until("one row", &rows(1), &json!([]));
    page.press("Clear");

    server.grant("Lead");
    page.open("#/webhooks?status=Failed");
    page.until("13 rows", &rows(13), &json!([]));
    // The bar may be gone at once: that it was there is kept.
    page.evaluate(
        "new MutationObserver(() => { if (document.querySelector('dialog progress')) window.bar = true; })
           .observe(document.body, { childList: true, subtree: true })",
    );
    page.press("Bulk actions");
    page.press("Reprocess…");
    page.sees("13 webhooks will be reprocessed.");
    page.press("Reprocess (13)");
    page.sees("13 webhooks will be reprocessed.");
    assert_eq!(page.evaluate("return window.bar"), json!(true));
    // With a filter nothing comes into the list by itself: it is opened when all of them are done.
    wait_until("13 records", || server.records("Lead").len() == 13);
    page.open("#/webhooks?status=Done");
    page.until("14 rows", &rows(14), &json!([]));
    page.sees("0 Failed");

    // One is deleted, after a question.
    page.press_at("tbody a.open");
    page.press("More");
    page.press("Delete…");
    page.sees("This cannot be undone.");
    page.press("Delete");
    page.sees("The webhook was deleted.");
    page.until("13 rows", &rows(13), &json!([]));
    page.clean(&[]);
}

fn rows(count: usize) -> String {
    format!("return document.querySelectorAll(\"{ROWS}\").length === {count}")
}

/// The server says that some are not processed yet; what is asked of it is noted.
const WAITING: &str = "const real = window.fetch;
     window.asked = [];
     window.fetch = async (url, options) => {
       const path = String(url);
       if (options?.method === 'POST' || options?.method === 'DELETE') window.asked.push([path, options.body ?? null]);
       const response = await real(url, options);
       const counts = path.includes('/webhooks/count');
       const one = /\\/webhooks\\/[0-9a-f-]{36}$/.test(path) && (options?.method ?? 'GET') === 'GET';
       if (!counts && !one) return response;
       const answer = await response.json();
       const changed = counts ? { ...answer, total: 90, new: 85, processing: 2, done: 3 } : { ...answer, status: 'New' };
       return new Response(JSON.stringify(changed), { status: response.status, headers: response.headers });
     };";

#[test]
fn fault_04_what_is_not_processed_yet_is_deleted_only_when_that_is_asked_for() {
    let server = Server::start();
    let source = server.source("Form");
    for _ in 0..3 {
        server.done_with(&source, "{}");
    }
    let page = Page::administrator(&server);
    page.open("#/webhooks");
    page.until("three rows", &rows(3), &json!([]));
    page.evaluate(WAITING);
    page.press("Bulk actions");
    page.press("Delete…");
    page.sees("3 webhooks will be deleted");
    page.sees("85 New and 2 Processing are not processed yet and are skipped.");
    page.press("Include webhooks that are not processed yet");
    page.sees("90 webhooks will be deleted");
    page.sees("85 New and 2 Processing will never create their records.");
    page.press("Include webhooks that are not processed yet");
    page.sees("3 webhooks will be deleted");
    page.press("Cancel");

    // One alone: the dialog says what it is, and pressing is the wish.
    page.press_at("tbody a.open");
    page.press("More");
    page.press("Delete…");
    page.sees("It is not processed yet (status New) and will never create its record.");
    page.press("Delete without processing");
    page.sees("The webhook was deleted.");
    let asked = page.evaluate("return window.asked");
    let asked = asked.as_array().unwrap().iter().map(|one| one[0].as_str().unwrap());
    assert!(
        asked.clone().any(|path| path.ends_with("?include_new=true")),
        "{asked:?}"
    );

    page.until("two rows", &rows(2), &json!([]));
    page.press("Bulk actions");
    page.press("Delete…");
    page.press("Include webhooks that are not processed yet");
    page.press("Delete (90)");
    page.sees("2 webhooks deleted.");
    let asked = page.evaluate(
        "return window.asked.filter(([path]) => path.endsWith('/webhooks/delete')).map(([, body]) => JSON.parse(body))",
    );
    assert_eq!(asked, json!([{"filter": {}, "include_new": true}]));
}

#[test]
fn many_are_deleted_or_make_another_record_only_when_that_is_asked_for() {
    let server = Server::start();
    server.grant("Contact");
    let source = server.source("Form");
    for name in ["Ann", "Ben"] {
        let sent = format!(r#"{{"EntityName": "Contact", "Name": "{name}"}}"#);
        server.done_with(&source, sent);
    }
    for _ in 0..3 {
        server.done_with(&source, r#"{"EntityName": "Nothing"}"#);
    }
    let page = Page::administrator(&server);
    page.open("#/webhooks");
    page.choose("entity", "Contact");
    page.is_at("entity=Contact");
    page.until("two rows", &rows(2), &json!([]));
    page.press("Bulk actions");
    page.press("Reprocess…");
    page.sees("Filter: entity Contact.");
    page.sees("0 webhooks will be reprocessed. 2 webhooks already created a record and are skipped.");
    page.press("Include webhooks that already created a record");
    page.sees("2 webhooks will be reprocessed.");
    page.press("Reprocess (2)");
    page.sees("2 webhooks will be reprocessed.");
    page.until(
        "two more records",
        "const rows = [...document.querySelectorAll(arguments[0])];
         return rows.length === 2 && rows.every((row) => /Done.*record created/s.test(row.innerText) && row.querySelector('.number').innerText.trim() === '2')",
        &json!([ROWS]),
    );
    assert_eq!(server.records("Contact").len(), 4);

    page.open("#/webhooks?status=Failed");
    page.until("three rows", &rows(3), &json!([]));
    page.press("Bulk actions");
    page.press("Delete…");
    page.sees("3 webhooks will be deleted");
    page.press("Cancel");
    page.until("three rows still", &rows(3), &json!([]));
    page.press("Bulk actions");
    page.press("Delete…");
    page.press("Delete (3)");
    page.sees("3 webhooks deleted.");
    page.sees("No matching webhooks");
    page.sees("2 Total");
    assert_eq!(server.stored(), 2);

    // Nothing is offered for none.
    page.press("Bulk actions");
    page.press("Reprocess…");
    page.sees("No matching webhooks.");
    assert!(!page.can_press("Reprocess ("));
    page.press("Cancel");
    page.clean(&[]);
}

#[test]
fn each_attempt_is_listed_with_its_time_and_what_came_of_it() {
    let server = Server::start();
    let source = server.source("Form");
    let sent = server.done_with(&source, r#"{"EntityName": "Contact", "Name": "Ann"}"#);
    let id = sent["id"].as_str().unwrap();
    assert_eq!(sent["status"], "Failed");
    let page = Page::administrator(&server);
    page.open(&format!("#/webhooks/{id}"));
    page.press("Attempts (1)");
    page.press("Reprocess");
    page.sees("Attempts (2)");
    server.grant("Contact");
    page.press("Reprocess");
    page.sees("Attempts (3)");
    page.until(
        "the newest first",
        "const rows = [...document.querySelectorAll('[role=tabpanel] tbody tr')];
         const cells = rows.map((row) => [...row.cells].slice(2).map((cell) => words(cell.innerText)).join());
         const times = rows.map((row) => row.querySelector('time').dateTime);
         return cells.join('|') === '3,record created|2,failed|1,failed' && times[0] > times[1] && times[1] > times[2]",
        &json!([]),
    );
    let last = server.webhook(id);
    assert_eq!(last["history"][2]["ended_on"], last["modified_on"]);
    page.clean(&[]);
}

#[test]
fn a_source_is_switched_off_limited_and_gets_a_new_key() {
    let server = Server::start();
    let source = server.source("Form");
    let page = Page::administrator(&server);
    page.open("#/sources");
    page.press("Form");
    page.press("Enabled");
    page.said("Form does not accept webhooks.");
    assert_eq!(server.post(&source, "application/json", "{}").status, 404);
    page.press("Enabled");
    page.said("Form accepts webhooks.");
    page.fill("rate_per_minute", "30");
    page.press("Save");
    page.said("The limits were saved.");
    let address = "return document.querySelector('.secret output')?.textContent";
    page.press("Show the Webhook URL");
    page.until("the Webhook URL", address, &json!([]));
    let before = page.evaluate(address);
    assert_eq!(before, json!(source.url));
    page.press("Rotate key");
    page.fill("hours", "0");
    page.press("Rotate");
    page.sees("The key was rotated.");
    page.until("another URL", &format!("{address} !== arguments[0]"), &json!([before]));
    assert_eq!(server.post(&source, "application/json", "{}").status, 404);
    // A third would end the second before its time, which is asked.
    page.press("Rotate key");
    page.press("Rotate");
    page.sees("Previous key valid until");
    page.press("Rotate key");
    page.sees("Stop the previous Webhook URL now?");
    page.press("Cancel");
    for service in [
        "HTML form",
        "Elementor",
        "Gravity Forms",
        "Power Automate",
        "GitHub",
        "Stripe",
    ] {
        page.press(service);
    }
    page.clean(&[]);
}

#[test]
fn entities_and_processes_decide_what_becomes_of_a_webhook() {
    let server = Server::start();
    let source = server.source("Form");
    let page = Page::administrator(&server);
    page.open("#/entities");
    page.press("Remove Lead");
    page.press("Remove");
    page.until(
        "Lead gone",
        "return !text().includes('Remove Lead') && !document.querySelector('dialog')",
        &json!([]),
    );
    page.press("Add an object");
    page.choose("object", "Lead");
    page.press("Add");
    page.said("Lead is a webhook entity.");
    let lead = r#"{"EntityName": "Lead", "Name": "Ned"}"#;
    assert_eq!(server.done_with(&source, lead)["status"], "Done");

    page.open("#/processes");
    page.press("Create object records based on incoming webhooks: enabled");
    page.sees("The process is disabled");
    let kept = server.done_with(&source, lead);
    assert_eq!(kept["records"], json!([]), "{kept}");
    page.press("Create object records based on incoming webhooks: enabled");
    page.sees("The process is enabled.");
    page.clean(&[]);
}

#[test]
fn retention_shows_before_what_it_deletes() {
    let mut server = stopped_server(&[]);
    filled(&server.data(), 1 << 20, |ledger| {
        for _ in 0..5 {
            processed(ledger, days_ago(40), End::Failed);
        }
        processed(ledger, days_ago(1), End::Failed);
    });
    server.restart();
    let page = Page::administrator(&server);
    page.open("#/statuses");
    page.fill("Failed", "30");
    page.press("Save");
    page.said("The settings were saved.");
    page.sees("Webhooks to delete 5");
    page.press("Run now");
    page.sees("5 webhooks will be deleted.");
    page.press("Delete");
    page.sees("5 webhooks deleted.");
    assert_eq!(server.stored(), 1);
    page.clean(&[]);
}
