//! Bad input never costs what is stored and never ends the server.

use serde_json::Value;

use crate::harness::{Server, Source};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// A server that holds one good webhook from before, and proves it afterwards.
struct Site {
    server: Server,
    source: Source,
    before: Value,
}

impl Site {
    fn start() -> Self {
        Self::start_with(&[])
    }

    fn start_with(flags: &[&str]) -> Self {
        let server = Server::start_with(flags);
        server.grant("Contact");
        server.grant("Lead");
        let source = server.source("Forms");
        let before = server.done_with(&source, r#"{"EntityName":"Contact","Name":"John Best"}"#);
        assert_eq!(before["status"], "Done");
        Self { server, source, before }
    }

    #[track_caller]
    fn takes(&self, content_type: &str, body: impl AsRef<[u8]>) -> Value {
        let answer = self.server.post(&self.source, content_type, body);
        self.server.processed(&answer.id())
    }

    /// That the body is taken and Failed for this reason.
    #[track_caller]
    fn fails(&self, content_type: &str, body: impl AsRef<[u8]>, reason: &str) {
        let webhook = self.takes(content_type, body);
        let errors = webhook["errors"].to_string();
        assert_eq!(webhook["status"], "Failed", "{errors}");
        assert!(errors.contains(reason), "{errors}");
        assert!(errors.len() < 4000, "{} characters of reasons", errors.len());
    }

    /// That all is as it was, and that the next good webhook is taken, also after a restart.
    #[track_caller]
    fn unharmed(mut self) {
        for _ in 0..2 {
            let id = self.before["id"].as_str().unwrap();
            assert_eq!(self.server.webhook(id), self.before);
            let after = self.takes(JSON, r#"{"EntityName":"Contact","Name":"Jane Best"}"#);
            assert_eq!(after["status"], "Done", "{after:#}");
            let stored = self.server.stored();
            assert!(!self.server.log().contains("panic"), "{}", self.server.log());
            assert_eq!(self.server.stop(), 0);
            let checked = self.server.cli(&["check"]);
            assert_eq!(checked.code, 0, "{checked:?}");
            self.server.restart();
            assert_eq!(self.server.stored(), stored);
        }
    }
}

#[test]
fn how_much_of_a_body_is_read_is_a_setting() {
    let site = Site::start_with(&["--limits-depth", "5", "--limits-fields", "16"]);
    let nested = |levels: usize| {
        let lists = levels - 1;
        let notes = "[".repeat(lists) + &"]".repeat(lists);
        format!(r#"{{"EntityName":"Contact","Name":"x","Notes":{notes}}}"#)
    };
    assert_eq!(site.takes(JSON, nested(5))["status"], "Done");
    site.fails(JSON, nested(6), "nested deeper than 5 levels");

    let form = |fields: usize| "EntityName=Contact".to_owned() + &"&Name=x".repeat(fields - 1);
    assert_eq!(site.takes(FORM, form(16))["status"], "Done");
    site.fails(FORM, form(17), "more than 16 fields");
    let part = "--b\r\nContent-Disposition: form-data; name=\"Name\"\r\n\r\nx\r\n";
    let parts = part.repeat(17) + "--b--\r\n";
    site.fails("multipart/form-data; boundary=b", parts, "more than 16 fields");
    site.unharmed();
}

#[test]
fn json_that_is_nested_too_deep() {
    let site = Site::start();
    let deep = |open: &str, close: &str| open.repeat(10_000) + "1" + &close.repeat(10_000);
    site.fails(JSON, deep("[", "]"), "the body is an array");
    site.fails(JSON, deep("{\"a\":", "}"), "nested deeper than");
    let within = format!(r#"{{"EntityName":"Contact","Name":"x","Notes":{}}}"#, deep("[", "]"));
    site.fails(JSON, within, "nested deeper than");
    site.fails(JSON, "{\"a\":".repeat(200_000), "cut off");
    site.fails(JSON, "[".repeat(1_000_000), "cut off");
    site.unharmed();
}

#[test]
fn a_number_of_a_megabyte() {
    let site = Site::start();
    let digits = "9".repeat(1_000_000);
    for number in [
        digits.clone(),
        format!("0.{digits}"),
        format!("1e{digits}"),
        format!("\"{digits}\""),
    ] {
        let body = format!(r#"{{"EntityName":"Lead","LeadName":"x","Budget":{number}}}"#);
        let webhook = site.takes(JSON, body);
        let errors = webhook["errors"].to_string();
        assert!(
            errors.contains("Budget") && errors.len() < 1000,
            "{}",
            &errors[..errors.len().min(1000)]
        );
        assert_eq!(webhook["status"], "Done", "{errors}");
        assert!(!site.server.values(&webhook).contains_key("Budget"));
    }
    site.unharmed();
}

#[test]
fn lone_surrogates() {
    let site = Site::start();
    site.fails(
        JSON,
        r#"{"EntityName":"Contact","Name":"\ud800"}"#,
        "half of a character",
    );
    let webhook = site.takes(JSON, r#"{"EntityName":"Contact","Name":"John","Notes":"a\udc00b"}"#);
    assert_eq!(webhook["status"], "Done", "{webhook:#}");
    assert!(webhook["errors"].to_string().contains("Notes"), "{webhook:#}");
    let webhook = site.takes(JSON, r#"{"EntityName":"Contact","Name":"John","\ud800":1}"#);
    assert!(
        ["Done", "Failed"].contains(&webhook["status"].as_str().unwrap()),
        "{webhook:#}"
    );
    site.unharmed();
}

#[test]
fn zero_bytes_and_what_is_no_text() {
    let site = Site::start();
    for (content_type, body) in [
        (JSON, &b"{\"EntityName\":\"Contact\",\"Name\":\"a\0b\"}"[..]),
        (JSON, b"\0\0\0\0"),
        (JSON, b"{\"EntityName\":\"Contact\",\"Name\":\"a\xff\"}"),
        (JSON, b""),
        (JSON, b"null"),
        (JSON, b"[]"),
        (JSON, b"\"EntityName\""),
    ] {
        site.fails(content_type, body, "\"text\"");
    }
    for (content_type, body) in [
        (JSON, &b"{\"EntityName\":\"Contact\",\"Name\":\"a\\u0000b\"}"[..]),
        (JSON, b"{\"EntityName\":\"Contact\\u0000\",\"Name\":\"a\"}"),
        (FORM, b"EntityName=Contact&Name=a%00b"),
        (FORM, b"EntityName=Contact&Name=%ff%zz%"),
        (FORM, b"\0=\0&&&=&"),
        ("multipart/form-data; boundary=cut", b"no parts at all"),
        (
            "multipart/form-data; boundary=cut",
            b"--cut\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n",
        ),
    ] {
        let webhook = site.takes(content_type, body);
        let failed = webhook["status"] == "Failed";
        let errors = webhook["errors"].as_array().unwrap();
        assert!(
            !failed || !errors.is_empty(),
            "a failure that says nothing: {webhook:#}"
        );
    }
    site.unharmed();
}

#[test]
fn more_fields_than_anyone_needs() {
    let site = Site::start();
    let form = "EntityName=Contact&Name=x".to_owned() + &"&a=1".repeat(100_000);
    site.fails(FORM, form, "more than");
    let json = r#"{"EntityName":"Contact","Name":"x""#.to_owned() + &",\"a\":1".repeat(100_000) + "}";
    site.fails(JSON, json, "more than");
    let part = "--c\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n";
    site.fails(
        "multipart/form-data; boundary=c",
        part.repeat(19_000) + "--c--",
        "more than",
    );
    let files = "--c\r\nContent-Disposition: form-data; name=a; filename=b\r\n\r\n1\r\n";
    let mut webhook = site.takes("multipart/form-data; boundary=c", files.repeat(15_000) + "--c--");
    // The body once: it is there as text too.
    webhook.as_object_mut().unwrap().remove("body_base64");
    assert!(
        webhook.to_string().len() < 2_000_000,
        "{} characters",
        webhook.to_string().len()
    );
    site.unharmed();
}

#[test]
fn an_entity_name_that_stands_there_twice() {
    let site = Site::start();
    site.fails(
        JSON,
        r#"{"EntityName":"Contact","EntityName":"Lead","Name":"x"}"#,
        "more than once",
    );
    site.fails(
        JSON,
        r#"{"EntityName":"Contact","entityname":7,"Name":"x"}"#,
        "more than once",
    );
    site.fails(FORM, "EntityName=Contact&EntityName=Lead&Name=x", "more than once");
    site.fails(JSON, r#"{"EntityName":["Contact"],"Name":"x"}"#, "must be a string");
    let webhook = site.takes(JSON, r#"{"EntityName":"Contact","EntityName":"Contact","Name":"x"}"#);
    assert_eq!(webhook["status"], "Done", "{webhook:#}");
    assert!(webhook["notes"].to_string().contains("2 times"), "{webhook:#}");
    site.unharmed();
}
