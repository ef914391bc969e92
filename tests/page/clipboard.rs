//! Copy buttons: each puts on the clipboard what stands beside it, and what is a command can be run.

use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::harness::{PASSWORD, Request, Server, Source};
use super::page::Page;

/// Presses each copy button that is shown, and compares; gives how many there are.
#[track_caller]
fn copies(page: &Page) -> usize {
    page.until(
        "nothing just copied",
        "return [...top().querySelectorAll('button')].every((one) => named(one) !== 'Copied')",
        &json!([]),
    );
    let all = page.evaluate(
        "return [...top().querySelectorAll('button')].filter((one) => shown(one) && !one.closest('#toasts') && named(one) === 'Copy')",
    );
    let all = all.as_array().unwrap();
    for button in all {
        let beside = page.browser.run(
            "const one = arguments[0];
             return (one.closest('.secret')?.querySelector('output') ?? one.closest('.copyable')?.querySelector('pre')
               ?? one.previousElementSibling)?.textContent",
            &json!([button]),
        );
        let beside = beside.as_str().expect("a text stands beside it");
        assert!(!beside.is_empty());
        // That it says so may be over before it is looked at: it is kept.
        page.browser.run(
            "const one = arguments[0];
             window.said = '';
             new MutationObserver(() => { if (one.innerText.trim() === 'Copied') window.said = 'Copied'; }).observe(one, { childList: true });",
            &json!([button]),
        );
        page.messages_close();
        page.press_found("the copy button", "arguments[0]", &json!([button]));
        page.until("it to say so", "return window.said === 'Copied'", &json!([]));
        page.sees("on the clipboard");
        assert_eq!(page.clipboard(), beside);
        page.messages_close();
    }
    all.len()
}

/// Runs what was copied, as somebody pastes it into a shell that knows nothing of this server; gives the answer.
#[track_caller]
fn shell(command: &str, folder: &Path) -> Value {
    let done = Command::new("bash")
        .args(["-c", command])
        .current_dir(folder)
        .env_remove("CURL_CA_BUNDLE")
        .env_remove("http_proxy")
        .env_remove("https_proxy")
        .output()
        .unwrap();
    assert!(done.status.success(), "{command}\n{done:?}");
    serde_json::from_slice(&done.stdout).unwrap_or_else(|_| panic!("{command}\n{done:?}"))
}

/// The id of the webhook that a command sent.
#[track_caller]
fn run(command: &str, folder: &Path) -> String {
    let answer = shell(command, folder);
    answer["id"]
        .as_str()
        .unwrap_or_else(|| panic!("{command}\n{answer}"))
        .to_owned()
}

#[test]
fn the_wizard_copies_the_webhook_url_and_a_command_that_can_be_run() {
    let server = Server::start();
    server.grant("Contact");
    let page = Page::administrator(&server);
    page.open("#/new-source");
    page.fill("name", "Website form");
    page.press("Add source");
    page.sees("connect the sending service");
    page.press_at(".secret .button");
    let url = page.until(
        "the URL",
        "return document.querySelector('.secret output').textContent",
        &json!([]),
    );
    page.sees("The Webhook URL is on the clipboard.");
    assert_eq!(page.clipboard(), url.as_str().unwrap());
    let source = Source::of(&json!({"webhook_url": page.clipboard()}));
    server.accepted(&source, "{}");

    page.messages_close();
    page.press_at(".copyable .button");
    page.sees("The cURL command is on the clipboard.");
    let id = run(&page.clipboard(), server.folder());
    assert_eq!(server.processed(&id)["outcome"], "RecordCreated");
    page.messages_close();

    for (service, part) in [
        ("HTML form", "<form action="),
        ("Elementor", "Actions After Submit"),
        ("Gravity Forms", "Request Body: Select Fields."),
        ("Power Automate", "Add the action HTTP."),
        ("GitHub", "Payload URL"),
        ("Stripe", "Add destination"),
    ] {
        page.press(service);
        page.sees(part);
        // The line of the URL, and what the service is given.
        assert!(copies(&page) >= 2, "{service}");
    }
    page.clean(&[]);
}

#[test]
fn secrets_ids_and_links_are_copied() {
    let server = Server::start();
    server.grant("Contact");
    let source = server.source("Form");
    let webhook = server.done_with(&source, r#"{"EntityName": "Contact", "Name": "Ann"}"#);
    let [id, record] = [&webhook["id"], &webhook["records"][0]["id"]].map(|id| id.as_str().unwrap());
    let page = Page::administrator(&server);
    page.open("#/clients");
    page.press("Add a client");
    page.fill("name", "Reports");
    page.press("Add");
    page.sees("It is shown only now.");
    assert_eq!(copies(&page), 4, "id, secret, and two commands");
    page.press_at("dialog .copyable .button");
    page.sees("The command is on the clipboard.");
    let token = shell(&page.clipboard(), server.folder());
    assert!(token["access_token"].is_string(), "{token}");
    page.press("Done");
    page.sees("Two secrets can be valid at once");
    assert_eq!(copies(&page), 1, "the client id");

    for (place, least) in [
        (format!("webhooks/{id}"), 1),
        (format!("records/Contact/{record}"), 1),
        ("settings".to_owned(), 1),
        ("sources/Form".to_owned(), 2),
    ] {
        page.load(&format!("#/{place}"));
        if place.starts_with("sources") {
            page.press("Show the Webhook URL");
        }
        assert!(copies(&page) >= least, "{place}");
    }
    page.load(&format!("#/webhooks/{id}"));
    for form in ["Raw", "Hex"] {
        page.press(form);
        assert_eq!(copies(&page), 2, "{form}");
    }

    page.load("#/users");
    page.press("Reset the password of anna");
    page.press("Create link");
    page.sees("It works once");
    assert_eq!(copies(&page), 1);
    page.load("#/account");
    page.press("Enable");
    page.fill("password", PASSWORD);
    page.press("Next");
    page.has("svg.qr");
    assert_eq!(copies(&page), 1);
    page.clean(&[]);
}

#[test]
fn a_webhook_as_a_curl_command_arrives_again_just_as_it_was() {
    let server = Server::start();
    let source = server.source_with("It's a form", &["--max-body", "2000000"]);
    let secret = server.folder().join("secret.txt");
    std::fs::write(&secret, "what only its owner may read").unwrap();
    let named = format!("@{}", secret.display());
    let long = format!(r#"{{"Notes": "{}"}}"#, "long ".repeat(60_000));
    // The start of a body that is long is shown; the command sends all of it.
    let longest = format!(r#"{{"Notes": "{}"}}"#, "x".repeat(1_200_000));
    let form = "application/x-www-form-urlencoded";
    let json = "application/json; charset=\"utf-8\"";
    let bodies: [(&str, &str, &[u8]); 8] = [
        (json, "", br#"{"Name": "O'Brien \"x\" $HOME `id` \\ !! %s"}"#),
        (json, "", b"two\r\nlines\n\nand 'quotes'\n"),
        (form, "?a[]=1&b={2,3}&c='x'", b"Name=Ann&x=%00"),
        (form, "", named.as_bytes()),
        (json, "", &[0, 159, 146, 150, 39, 10]),
        (json, "", b"a\0b"),
        (json, "", long.as_bytes()),
        (json, "", longest.as_bytes()),
    ];
    let page = Page::administrator(&server);
    for (kind, query, body) in bodies {
        let path = format!("{}{query}", source.path);
        let request = Request::new("POST", &path).header("Content-Type", kind);
        let sent = server.send(&request.body(body)).id();
        let before = server.processed(&sent);
        page.open(&format!("#/webhooks/{sent}"));
        page.press("More");
        page.press("Copy as cURL");
        page.sees("The cURL command is on the clipboard.");
        let command = page.clipboard();
        let folder = tempfile::tempdir().unwrap();
        if body.len() > 100_000 {
            page.sees("download the body to the folder where you run the command");
            page.press("More");
            page.press("Download the body");
            let (name, text) = page.downloaded();
            assert_eq!(text.as_bytes(), body);
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        page.messages_close();
        let again = server.processed(&run(&command, folder.path()));
        assert_ne!(again["id"], before["id"]);
        for part in ["body", "content_type", "query"] {
            assert_eq!(again[part], before[part], "{part} of {command:.300}");
        }
    }
    page.clean(&[]);
}

/// Without the key there is a place for it.
#[test]
fn a_viewer_copies_a_command_without_the_key() {
    let server = Server::start();
    let source = server.source("Form");
    let id = server.accepted(&source, "{}");
    let page = Page::new(&server);
    server.user_add("anna", "administrator");
    server.user_add("vera", "viewer");
    page.log_in("vera", PASSWORD);
    page.sees("Set-up");
    page.open(&format!("#/webhooks/{id}"));
    page.press("More");
    page.press("Copy as cURL");
    page.sees("The cURL command is on the clipboard.");
    let command = page.clipboard();
    page.sees("Replace KEY with the key of the source");
    assert!(command.contains("/webhooks/KEY'"), "{command}");
    assert!(!command.contains(&source.key));
    page.clean(&[]);
}

/// What the API keeps of a body that is not text.
#[test]
fn an_edited_copy_keeps_the_ends_of_lines() {
    let server = Server::start();
    let source = server.source("Form");
    let body = "--b\r\nContent-Disposition: form-data; name=\"Name\"\r\n\r\nAnn\r\n--b--\r\n";
    let sent = server.post(&source, "multipart/form-data; boundary=b", body).id();
    let sent = server.processed(&sent);
    let page = Page::administrator(&server);
    page.open(&format!("#/webhooks/{}", sent["id"].as_str().unwrap()));
    page.press("Edit a copy");
    page.press("Process the copy");
    page.sees("The copy was created and is being processed.");
    let copy = page.until(
        "the copy",
        "return !location.hash.endsWith(arguments[0]) && location.hash.split('/').at(-1)",
        &json!([sent["id"]]),
    );
    let copy = server.processed(copy.as_str().unwrap());
    assert_eq!(copy["body"], sent["body"]);
    let person = super::harness::User::of(&server.login("anna", PASSWORD, None));
    let shown = person.ask(&server, &format!("/webhooks/{}", copy["id"].as_str().unwrap()));
    assert_eq!(
        STANDARD.decode(shown["body_base64"].as_str().unwrap()).unwrap(),
        body.as_bytes()
    );
    page.clean(&[]);
}

/// What is copied is what works, also when the page does not show it: the password was given too long ago.
#[test]
fn fault_13_every_copy_of_a_webhook_url_asks_for_the_proof_and_is_whole() {
    let mut server = Server::start();
    let source = server.source("Form");
    let id = server.accepted(&source, "{}");
    let page = Page::administrator(&server);
    page.browser.open("about:blank");
    page.clean(&[]);
    let mut browser = page.browser;
    for (tab, press) in [
        ("cURL", ".copyable .button"),
        ("HTML form", ".copyable .button"),
        ("Elementor", ".copyable .button"),
        ("Gravity Forms", ".copyable .button"),
        ("Power Automate", ".copyable .button"),
        ("GitHub", ".copyable .button"),
        ("Stripe", ".copyable .button"),
        ("", "details.menu button"),
    ] {
        // The session goes on; that the password was given is forgotten, as it is after some minutes.
        assert_eq!(server.stop(), 0);
        server.restart();
        let page = Page::of(browser, &server);
        if tab.is_empty() {
            page.load(&format!("#/webhooks/{id}"));
            page.press("More");
        } else {
            page.load("#/sources/Form");
            page.press(tab);
        }
        assert!(!page.text().contains(&source.key));
        page.press_at(press);
        page.sees("Confirm your identity");
        page.press("Cancel");
        page.sees("The action was cancelled");
        assert!(!page.text().contains("on the clipboard"), "{tab}");
        page.messages_close();
        if tab.is_empty() {
            page.press("More");
        }
        page.press_at(press);
        page.fill("password", PASSWORD);
        page.press("Confirm");
        page.sees("on the clipboard.");
        let copied = page.clipboard();
        assert!(
            copied.contains(&source.path) && !copied.contains('…'),
            "{tab}: {copied}"
        );
        if copied.starts_with("curl") {
            run(&copied, server.folder());
        }
        page.browser.open("about:blank");
        browser = page.browser;
    }
}

/// Who may never see the URL copies nothing that has a piece of it.
#[test]
fn fault_13_a_viewer_is_told_to_ask_for_the_webhook_url() {
    let server = Server::start();
    server.source("Form");
    server.user_add("anna", "administrator");
    server.user_add("vera", "viewer");
    let page = Page::new(&server);
    page.log_in("vera", PASSWORD);
    page.sees("Set-up");
    page.open("#/sources/Form");
    page.sees("Ask an administrator for it");
    for tab in ["cURL", "HTML form", "Elementor", "GitHub", "Stripe"] {
        page.press(tab);
        page.has("[role=tabpanel] pre");
        let copies = page.evaluate("return document.querySelectorAll('.copyable .button').length");
        assert_eq!(copies, json!(0), "{tab}");
    }
    page.clean(&[]);
}

/// On a fresh install nothing knows the certificate. The commands work all the same, and with no other certificate.
#[test]
fn fault_13_ready_commands_work_on_a_default_install_and_with_no_other_server() {
    let server = Server::start();
    let other = Server::start();
    let source = server.source("Form");
    let id = server.accepted(&source, "{}");
    let page = Page::administrator(&server);
    page.open("#/sources/Form");
    page.press_at(".copyable .button");
    page.sees("The cURL command is on the clipboard.");
    page.sees("-k accepts it, and --pinnedpubkey accepts only this certificate.");
    let sample = page.clipboard();
    run(&sample, server.folder());
    page.open(&format!("#/webhooks/{id}"));
    page.press("More");
    page.press("Copy as cURL");
    page.sees("The cURL command is on the clipboard.");
    let again = page.clipboard();
    run(&again, server.folder());
    for command in [sample, again] {
        let (mine, theirs) = (server.address().port(), other.address().port());
        let elsewhere = command.replace(&format!(":{mine}/"), &format!(":{theirs}/"));
        let done = Command::new("bash").args(["-c", &elsewhere]).output().unwrap();
        // SSL_PINNEDPUBKEYNOTMATCH of libcurl.
        assert_eq!(done.status.code(), Some(90), "{elsewhere}\n{done:?}");
    }
    page.clean(&[]);
}

/// The texts of the tabs say what happens, not what may be one day.
#[test]
fn fault_13_services_without_an_entity_name_are_told_what_happens() {
    let server = Server::start();
    let source = server.source("Form");
    let page = Page::administrator(&server);
    for tab in ["GitHub", "Stripe"] {
        page.open("#/sources/Form");
        page.press(tab);
        page.sees("its webhooks are stored with the outcome \"stored only\", and no record is created.");
        assert!(!page.text().contains("custom process"), "{tab}");
    }
    let ping = server.done_with(&source, r#"{"zen": "Keep it logically awesome.", "hook_id": 1}"#);
    assert_eq!(ping["outcome"], "StoredOnly");
    page.open(&format!("#/webhooks/{}", ping["id"].as_str().unwrap()));
    page.sees("stored only");
    page.clean(&[]);
}
