//! docs/odata.md: its commands are run as they stand there, and its numbers are those of the code.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use hookgate::odata::{
    Function, MAX_BATCH_BODY, MAX_BATCH_REQUESTS, MAX_BODY, MAX_DEPTH, MAX_EXPAND, MAX_LIST, MAX_NAVIGATIONS,
    MAX_OPTION_LENGTH, MAX_ORDER, MAX_TERMS, OdataLimits,
};

use super::harness::{Server, command, wait_for};

fn page() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/odata.md")).unwrap()
}

/// What stands in blocks for the shell.
fn commands(page: &str) -> String {
    let blocks = page.split("```sh\n").skip(1);
    blocks.map(|rest| rest.split_once("```").unwrap().0).collect()
}

#[test]
fn every_command_works() {
    let server = Server::start();
    // What the reader has: hookgate in the path, the data folder beside, the usual port.
    let folder = server.folder();
    symlink(server.data(), folder.join("hookgate-data")).unwrap();
    fs::create_dir(folder.join("bin")).unwrap();
    symlink(command().get_program(), folder.join("bin/hookgate")).unwrap();
    let add = "hookgate client add Reports --user Reports\n";
    let mut script = "set -euo pipefail\n".to_owned() + &commands(&page());
    for (written, run) in [
        ("localhost:8443", format!("localhost:{}", server.address().port())),
        (add, add.replace('\n', " | tee made\n")),
        ("CLIENT_ID=hgc_…", "CLIENT_ID=$(grep -o 'hgc_[^ ]*' made)".to_owned()),
        (
            "CLIENT_SECRET=hgs_…",
            "CLIENT_SECRET=$(grep -o 'hgs_[^ ]\\{43\\}' made)".to_owned(),
        ),
    ] {
        assert!(script.contains(written), "{written}");
        script = script.replace(written, &run);
    }
    fs::write(folder.join("script"), &script).unwrap();
    let out = fs::File::create(folder.join("script.out")).unwrap();
    let path = std::env::var("PATH").unwrap();
    let mut child = Command::new("bash")
        .arg("script")
        .current_dir(folder)
        .env_clear()
        .env("PATH", format!("{}:{path}", folder.join("bin").display()))
        .env("HOOKGATE_DATA", server.data())
        .stdin(Stdio::null())
        .stdout(out.try_clone().unwrap())
        .stderr(out)
        .spawn()
        .unwrap();
    let status = wait_for("the end of the page's commands", || child.try_wait().unwrap());
    let written = fs::read_to_string(folder.join("script.out")).unwrap();
    assert!(status.success(), "{written}");
    for part in [
        r#""Country":{"@odata.etag":"#,
        "\n1\n",
        r#""JobTitle":"Engineer""#,
        r#""@odata.count":2"#,
        "\nAda Best\n",
        "@odata.nextLink",
        "$metadata#WebhookParsingError",
        r#"{"id":"3","status":200"#,
        "multipart/mixed; boundary=changesetresponse_",
        r#""CreatedBy":{"@odata.etag":"#,
    ] {
        assert!(written.contains(part), "{part} is missing in\n{written}");
    }
    assert_eq!(server.records("Contact").len(), 3);
}

#[test]
fn its_numbers_and_names_are_those_of_the_code() {
    let page = page();
    let limits = OdataLimits::default();
    let thousands = |number: u64| format!("{},{:03}", number / 1000, number % 1000);
    assert_eq!((MAX_TERMS, MAX_EXPAND), (MAX_LIST, MAX_ORDER));
    for row in [
        format!(
            "| rows of a response | {}, and {} MiB |",
            thousands(limits.page as u64),
            limits.response_bytes >> 20
        ),
        format!(
            "| rows that a query scans | {}, for {} s |",
            thousands(limits.scan_rows),
            limits.scan_time.as_secs()
        ),
        format!("| one query option | {MAX_OPTION_LENGTH} bytes |"),
        format!("| conditions in `$filter`, values after `in` | {MAX_TERMS} each |"),
        format!("| depth of parentheses | {MAX_DEPTH} |"),
        format!("| lookups that a path or `$expand` can follow | {MAX_NAVIGATIONS} |"),
        format!("| lookups in one `$expand`, properties in `$orderby` | {MAX_EXPAND} each |"),
        format!(
            "| body of a write, of a batch | {} MiB, {} MiB |",
            MAX_BODY >> 20,
            MAX_BATCH_BODY >> 20
        ),
        format!("| requests in a batch | {MAX_BATCH_REQUESTS} |"),
    ] {
        assert!(page.contains(&row), "{row}");
    }
    for function in Function::ALL {
        let name = function.name();
        let named = page.split(|letter: char| !letter.is_ascii_alphabetic());
        assert!(named.into_iter().any(|word| word == name), "{name}");
    }
}
