//! All that the page can show: every place, and each dialog and drawer with how it is opened.

use serde_json::{Value, json};

use super::harness::{PASSWORD, Server};
use super::page::Page;

/// A server that has something to show at every place.
pub struct Stand {
    pub server: Server,
    done: Value,
    failed: String,
    client: String,
}

/// What somebody does to open a dialog.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    Press(&'static str),
    Fill(&'static str, &'static str),
    Sees(&'static str),
}

use Step::{Fill, Press, Sees};

/// Dialogs, menus and forms that open at a place. The first word stands for an address of the stand.
const OPENED: [(&str, &[Step]); 39] = [
    ("", &[Press("Keyboard shortcuts"), Sees("Use these keys")]),
    ("webhooks", &[Press("Bulk actions"), Sees("Export as NDJSON")]),
    (
        "webhooks",
        &[Press("Bulk actions"), Press("Reprocess…"), Sees("will be reprocessed.")],
    ),
    (
        "webhooks",
        &[Press("Bulk actions"), Press("Delete…"), Sees("will be deleted")],
    ),
    ("webhooks?text=nowhere", &[Sees("No matching webhooks")]),
    ("DONE", &[Press("More"), Sees("Copy as cURL")]),
    (
        "DONE",
        &[Press("More"), Press("Delete…"), Sees("This cannot be undone.")],
    ),
    ("DONE", &[Press("Reprocess"), Sees("creates another one.")]),
    ("DONE", &[Press("Raw"), Sees("\"Odd\"")]),
    ("DONE", &[Press("Hex"), Sees("00000000")]),
    ("FAILED", &[Press("Edit a copy"), Sees("stays unchanged")]),
    (
        "records/Contact",
        &[Press("Columns"), Press("Created by"), Sees("Done")],
    ),
    ("records/Contact", &[Press("Add a condition"), Sees("Condition")]),
    ("RECORD", &[Press("Edit"), Sees("Clear a field to remove its value.")]),
    (
        "RECORD",
        &[Press("Edit"), Fill("Email", "no"), Press("Save"), Sees("email")],
    ),
    ("RECORD", &[Press("Delete"), Sees("will be deleted")]),
    (
        "sources/Form",
        &[Press("Rotate key"), Sees("Keep the previous URL valid")],
    ),
    ("sources/Form", &[Press("HTML form"), Sees("A plain form")]),
    ("sources/Form", &[Press("Power Automate"), Sees("Add the action HTTP")]),
    ("sources/Form", &[Press("Send a test webhook"), Sees("Processed")]),
    ("new-source", &[Press("Limits"), Sees("Maximum webhooks per minute")]),
    ("new-source", &[Press("Add source"), Sees("A value is required.")]),
    ("entities", &[Press("Add an object"), Sees("Allow WebhookService")]),
    ("entities", &[Press("Remove Contact"), Sees("will fail")]),
    (
        "objects",
        &[
            Press("Apply a definition"),
            Fill("definition", "{no"),
            Press("Preview changes"),
            Sees("not valid JSON"),
        ],
    ),
    ("technical-users", &[Press("Add a technical user"), Sees("Code")]),
    ("clients", &[Press("Add a client"), Sees("Name")]),
    (
        "CLIENT",
        &[Press("Create secret"), Sees("The secret is shown only once.")],
    ),
    ("CLIENT", &[Press("Set keys"), Sees("Public keys only.")]),
    ("CLIENT", &[Press("Delete the client"), Sees("This cannot be undone.")]),
    ("settings", &[Press("Rotate"), Sees("because a key was exposed")]),
    ("schedule", &[Press("Run now: "), Sees("the next scheduled run")]),
    ("users", &[Press("Add a user"), Sees("The login name.")]),
    ("users", &[Press("Change anna"), Sees("Can log in")]),
    ("users", &[Press("Sessions of anna"), Sees("This session")]),
    (
        "users",
        &[
            Press("Reset the password of anna"),
            Press("Create link"),
            Sees("It works once"),
        ],
    ),
    ("account", &[Press("Enable"), Sees("Your password")]),
    (
        "account",
        &[
            Press("Enable"),
            Fill("password", PASSWORD),
            Press("Next"),
            Sees("authenticator app"),
        ],
    ),
    ("audit", &[Press("Verify"), Press("Export"), Sees("NDJSON")]),
];

impl Stand {
    pub fn start() -> Self {
        // What asks for the password again is a dialog of its own: here it would come in the way
        // of others, once the looking takes its time.
        let server = Server::start_with(&["--admin-confirm-after=1h"]);
        server.grant("Contact");
        let source = server.source("Form");
        let done = server.done_with(&source, r#"{"EntityName": "Contact", "Name": "Ann", "Odd": 1}"#);
        let failed = server.done_with(&source, r#"{"EntityName": "Contact", "Email": "no"}"#);
        let client = server.ask(&["client", "add", "Reports", "--user", "WebhookService"]);
        Self {
            server,
            done,
            failed: failed["id"].as_str().unwrap().to_owned(),
            client: client["client_id"].as_str().unwrap().to_owned(),
        }
    }

    fn done(&self) -> String {
        format!("webhooks/{}", self.done["id"].as_str().unwrap())
    }

    fn record(&self) -> String {
        format!("records/Contact/{}", self.done["records"][0]["id"].as_str().unwrap())
    }

    /// Every place that an administrator can go to.
    pub fn places(&self) -> Vec<String> {
        let (done, failed) = (self.done(), format!("webhooks/{}", self.failed));
        let mut places = vec![
            failed.clone(),
            format!("{failed}?tab=errors"),
            format!("{done}?tab=headers"),
            format!("{done}?tab=query"),
            format!("{done}?tab=records"),
            format!("{done}?tab=attempts"),
            done,
            self.record(),
            format!("clients/{}", self.client),
        ];
        let fixed = "/webhooks/records/records_Contact/sources/sources_Form/new-source/entities/objects/\
                     objects_Contact/technical-users/technical-users_WebhookService/clients/processes/statuses/\
                     settings/schedule/users/account/audit/about/nowhere";
        places.extend(fixed.split('/').map(|place| place.replace('_', "/")));
        places
    }

    /// Every dialog: the place and how it is opened there.
    pub fn opened(&self) -> Vec<(String, &'static [Step])> {
        let place = |place: &str| match place {
            "DONE" => self.done(),
            "FAILED" => format!("webhooks/{}", self.failed),
            "RECORD" => self.record(),
            "CLIENT" => format!("clients/{}", self.client),
            other => other.to_owned(),
        };
        OPENED.iter().map(|&(at, steps)| (place(at), steps)).collect()
    }
}

/// Opens what a step opens. On narrow screens what stands in the navigation is behind a button.
#[track_caller]
pub fn take(page: &Page, step: Step) {
    match step {
        Press(name) if page.evaluate("return innerWidth < 861") == json!(true) && name == "Keyboard shortcuts" => {
            page.press("Menu");
            page.press(name);
        }
        Press(name) => page.press(name),
        Fill(name, text) => page.fill(name, text),
        Sees(text) => page.sees(text),
    }
}
