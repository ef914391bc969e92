//! A webhook that is taken: what is answered, what is kept.

use crate::harness::{Request, Server};

const JOHN: &str = r#"{"EntityName":"Contact","Name":"John Best","CountryId":"f8af0e88-f36b-1410-fa98-00155d043204"}"#;

#[test]
fn a_webhook_becomes_a_contact() {
    let server = Server::start();
    server.cli(&["grant", "Contact", "--create"]).good();
    let source = server.source("Forms");
    let webhook = server.done_with(&source, JOHN);
    println!("{webhook:#}");
    println!("{:#?}", server.records("Contact"));
    assert_eq!(webhook["status"], "Done");
    let again = server.send(&Request::post(&source, "application/json; charset=utf-8", JOHN));
    println!("{again:?}");
    assert_eq!(again.status, 200);
}
