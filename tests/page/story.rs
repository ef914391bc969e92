//! The whole way: from the set-up link to a failed webhook that is mended and processed again.

use serde_json::json;

use super::harness::{PASSWORD, Server, Source};
use super::page::Page;

#[test]
fn from_the_set_up_link_to_a_webhook_that_is_mended() {
    let server = Server::start();
    let page = Page::new(&server);
    let link = std::fs::read_to_string(server.data().join("setup-link")).unwrap();
    page.open("");
    page.sees("No administrator yet");
    page.load(&link[link.find("#/setup/").unwrap()..link.trim().len()]);
    page.fill("name", "anna");
    page.fill("password", "short");
    page.fill("repeated", "short");
    page.press("Set the password and log in");
    page.sees("The password must have at least 12 characters.");
    page.fill("password", PASSWORD);
    page.fill("repeated", PASSWORD);
    page.press("Set the password and log in");
    page.sees("Set-up");
    page.has(".steps li.done");

    // What the set-up list asks for: a permission, then a source.
    page.open("#/entities");
    page.press("Grant create: Contact");
    page.said("WebhookService may create records of Contact.");
    page.open("#/");
    page.press("Add a source");
    page.fill("name", "Website form");
    page.press("Add source");
    page.sees("Website form: connect the sending service");
    let url = page.until(
        "the Webhook URL",
        "return document.querySelector('.secret output')?.textContent",
        &json!([]),
    );
    let source = Source::of(&json!({"webhook_url": url}));
    page.press("Next: send a test webhook");
    page.press("Send a test webhook");
    page.sees("Processed: record created");
    page.press("Finish");
    page.is_at("#/sources/Website%20form");

    // A webhook with a wrong value appears by itself.
    page.open("#/webhooks");
    page.sees("Live");
    assert_eq!(page.has("[aria-label='List of webhooks'] tbody tr"), 1);
    page.evaluate("window.stayed = true");
    let wrong = r#"{"EntityName": "Contact", "Email": "zoe at example", "CountryId": "Atlantis"}"#;
    let failed = server.accepted(&source, wrong);
    page.until(
        "a second row, Failed",
        "const rows = document.querySelectorAll('[aria-label=\"List of webhooks\"] tbody tr');
         return rows.length === 2 && rows[0].innerText.includes('Failed')",
        &json!([]),
    );
    assert_eq!(page.evaluate("return window.stayed"), json!(true));

    // The detail says what is wrong, beside the value.
    page.press_at("[aria-label='List of webhooks'] tbody a.open");
    page.is_at(&failed);
    page.sees("Parsing errors (");
    for (key, part) in [("Email", "email"), ("CountryId", "expected the id of a record")] {
        page.until(
            &format!("an error beside {key}"),
            "return [...document.querySelectorAll('.body-lines .marked')].some((line) => line.textContent.includes(`\"${arguments[0]}\"`)
               && line.nextElementSibling?.matches('.issue') && words(line.nextElementSibling.textContent).includes(arguments[1]))",
            &json!([key, part]),
        );
    }

    // Mended in a copy, it becomes a record.
    page.press("Edit a copy");
    page.fill(
        "body",
        r#"{"EntityName": "Contact", "Name": "Zoe Mended", "Email": "zoe@example.com"}"#,
    );
    page.press("Process the copy");
    page.sees("The copy was created and is being processed.");
    page.sees("record created");
    page.press("Records (1)");
    page.press("Zoe Mended");
    page.has(".facts, .lines");
    page.sees("zoe@example.com");

    // One that failed for want of a permission is processed again once there is one.
    let lead = server.accepted(&source, r#"{"EntityName": "Lead", "Contact": "Ned Mended"}"#);
    server.processed(&lead);
    page.open(&format!("#/webhooks/{lead}"));
    page.sees("Failed");
    page.open("#/entities");
    page.press("Grant create: Lead");
    page.said("WebhookService may create records of Lead.");
    page.open(&format!("#/webhooks/{lead}"));
    page.press("Reprocess");
    page.sees("The webhook is being reprocessed.");
    page.sees("record created");
    page.open("#/records/Lead");
    page.sees("Ned Mended");
    page.clean(&[]);
}
