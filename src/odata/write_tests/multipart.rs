//! `$batch` as `multipart/mixed`.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;

const TYPE: &str = "multipart/mixed; boundary=batch_1";

/// One part of a response: its `Content-ID`, and its status and body.
#[derive(Debug, PartialEq)]
enum Answered {
    One(Option<String>, u16, String),
    ChangeSet(Vec<Answered>),
}

fn ask(world: &World, content_type: &str, body: &str) -> TestResponse {
    world.ask(Request {
        content_type: Some(content_type),
        ..request(Method::Post, "$batch", body.as_bytes())
    })
}

/// The parts of a response, read strictly.
#[track_caller]
fn parts(answer: &TestResponse) -> Vec<Answered> {
    assert_eq!(answer.status(), 200, "{}", answer.text());
    parted(answer.0.content_type.as_deref().unwrap(), answer.text())
}

fn parted(content_type: &str, text: &str) -> Vec<Answered> {
    let boundary = content_type.strip_prefix("multipart/mixed; boundary=").unwrap();
    let all = text.strip_suffix(&format!("--{boundary}--\r\n")).unwrap();
    let delimiter = format!("--{boundary}\r\n");
    let mut sections = all.split(&delimiter);
    assert_eq!(sections.next(), Some(""));
    sections.map(one).collect()
}

fn one(section: &str) -> Answered {
    let (head, content) = section.split_once("\r\n\r\n").unwrap();
    let header = |head: &str, name: &str| {
        let mut lines = head.split("\r\n").filter_map(|line| line.split_once(": "));
        lines.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
    };
    let content_type = header(head, "Content-Type").unwrap();
    if content_type.starts_with("multipart/mixed") {
        return Answered::ChangeSet(parted(&content_type, content));
    }
    assert_eq!(content_type, "application/http");
    let (head_of_response, body) = content.split_once("\r\n\r\n").unwrap();
    let status = head_of_response.strip_prefix("HTTP/1.1 ").unwrap().get(..3).unwrap();
    assert_eq!(header(head_of_response, "OData-Version").as_deref(), Some("4.0"));
    let body = body.strip_suffix("\r\n").unwrap();
    if let Some(length) = header(head_of_response, "Content-Length") {
        assert_eq!(length.parse(), Ok(body.len()));
    }
    Answered::One(header(head, "Content-ID"), status.parse().unwrap(), body.to_owned())
}

fn statuses(parts: &[Answered]) -> Vec<u16> {
    let status = |part: &Answered| match part {
        Answered::One(_, status, _) => vec![*status],
        Answered::ChangeSet(parts) => statuses(parts),
    };
    parts.iter().flat_map(status).collect()
}

/// A change set that makes two things, the second of which has this name.
fn change_set(second: &str) -> String {
    format!(
        "--batch_1\r\nContent-Type: multipart/mixed; boundary=\"set 1\"\r\n\r\n\
         --set 1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: a\r\n\r\n\
         POST /0/odata/UsrThing HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n\
         {{\"Name\": \"one\"}}\r\n\
         --set 1\r\nContent-Type: application/http\r\nContent-ID: b\r\n\r\n\
         POST UsrThing HTTP/1.1\r\nContent-Type: application/json\r\n\r\n\
         {{\"Name\": \"{second}\"}}\r\n\r\n\
         --set 1--\r\n"
    )
}

const COUNT: &str = "--batch_1\r\nContent-Type: application/http\r\n\r\nGET UsrThing/$count HTTP/1.1\r\n\r\n\r\n";

#[test]
fn requests_and_change_sets_are_answered_in_order() {
    let world = World::new();
    let query = "--batch_1\r\ncontent-type: application/http; msgtype=request\r\nContent-ID: last\r\n\r\n\
                 GET https://127.0.0.1/0/odata/UsrThing?$filter=Name%20eq%20'two'&$select=Name HTTP/1.1\r\n\
                 Accept: application/json\r\n\r\n";
    let body = format!(
        "a preamble\r\n{COUNT}{}{COUNT}{query}\r\n--batch_1--\r\n",
        change_set("two")
    );
    let answer = ask(&world, TYPE, &body);
    let parts = parts(&answer);
    assert_eq!(statuses(&parts), [200, 201, 201, 200, 200], "{}", answer.text());
    assert_eq!(parts[0], Answered::One(None, 200, "0".to_owned()));
    let Answered::ChangeSet(made) = &parts[1] else {
        panic!("{parts:?}")
    };
    let [Answered::One(first, ..), Answered::One(second, _, two)] = made.as_slice() else {
        panic!("{made:?}")
    };
    assert_eq!((first.as_deref(), second.as_deref()), (Some("a"), Some("b")));
    assert!(two.contains("\"Name\":\"two\""), "{two}");
    assert_eq!(parts[2], Answered::One(None, 200, "2".to_owned()));
    let Answered::One(id, _, found) = &parts[3] else {
        panic!("{parts:?}")
    };
    assert_eq!(id.as_deref(), Some("last"));
    assert!(found.contains("\"Name\":\"two\""), "{found}");
    // Every answer has a boundary of its own, which nobody can foresee.
    assert_ne!(ask(&world, TYPE, "--batch_1--").0.content_type, answer.0.content_type);
}

#[test]
fn a_change_set_is_done_whole_or_not_at_all() {
    let world = World::new();
    let body = format!("{}{COUNT}--batch_1--\r\n", change_set("longer than ten"));
    let answer = parts(&ask(&world, TYPE, &body));
    let [Answered::One(id, 400, error)] = answer.as_slice() else {
        panic!("{answer:?}")
    };
    assert_eq!(id.as_deref(), Some("b"), "the one that failed");
    assert!(error.contains("\"target\":\"Name\""), "{error}");
    assert_eq!(world.count("UsrThing"), 0);
    // What follows is carried out if that is asked for.
    let answer = world.ask(Request {
        content_type: Some(TYPE),
        prefer: Some("odata.continue-on-error"),
        ..request(Method::Post, "$batch", body.as_bytes())
    });
    assert_eq!(statuses(&parts(&answer)), [400, 200]);
    assert_eq!(answer.header("Preference-Applied"), Some("odata.continue-on-error"));
}

#[test]
fn lines_may_end_without_a_carriage_return() {
    let world = World::new();
    let body = format!("{}{COUNT}--batch_1--\r\n", change_set("two")).replace('\r', "");
    assert_eq!(statuses(&parts(&ask(&world, TYPE, &body))), [201, 201, 200]);
    // No version, and spaces that are not encoded.
    let body = "--batch_1\n\
                Content-Type: application/http\n\n\
                GET UsrThing?$filter=Name eq 'two'&$count=true\n\
                --batch_1--";
    let answer = parts(&ask(&world, TYPE, body));
    let [Answered::One(None, 200, found)] = answer.as_slice() else {
        panic!("{answer:?}")
    };
    assert!(found.contains("\"@odata.count\":1,"), "{found}");
}

#[test]
fn a_multipart_batch_that_cannot_be_read_says_why() {
    let world = World::new();
    let part = |head: &str, request: &str| format!("--batch_1\r\n{head}\r\n\r\n{request}\r\n--batch_1--");
    let http = "Content-Type: application/http";
    let nested = part(
        "Content-Type: multipart/mixed; boundary=a",
        "--a\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b--\r\n--a--",
    );
    let reads = part(
        "Content-Type: multipart/mixed; boundary=a",
        "--a\r\nContent-Type: application/http\r\n\r\nGET Contact HTTP/1.1\r\n\r\n--a--",
    );
    let many = COUNT.repeat(101) + "--batch_1--";
    for (content_type, body, status, text) in [
        ("multipart/mixed", COUNT, 400, "the content type has no boundary"),
        (
            TYPE,
            "",
            400,
            "the boundary 'batch_1' of the content type does not appear in the body",
        ),
        (TYPE, COUNT, 400, "the closing line --batch_1-- is missing"),
        (
            TYPE,
            &part("Content-Type: text/plain", "x"),
            400,
            "has the content type 'text/plain'; a part needs",
        ),
        (
            TYPE,
            &part("X: y", "GET Contact HTTP/1.1"),
            400,
            "has the content type ''; a part needs",
        ),
        (TYPE, &part(http, ""), 400, "part 1 of the batch has no request line"),
        (
            TYPE,
            &part(http, "GET HTTP/1.1"),
            400,
            "part 1 of the batch has no request line",
        ),
        (
            TYPE,
            &part(http, "POST UsrThing HTTP/1.1\r\nContent-Length: 9\r\n\r\n{}"),
            400,
            "the Content-Length of part 1 of the batch is not that of its body",
        ),
        (TYPE, &nested, 400, "a change set cannot contain another change set"),
        (
            TYPE,
            &part("Content-Type: multipart/mixed; boundary=a", "--a--"),
            400,
            "a change set has no requests; leave it out",
        ),
        (TYPE, &reads, 400, "request '1' does not write"),
        (
            TYPE,
            &many,
            400,
            "a batch can have at most 100 requests; send several batches",
        ),
        ("text/plain", COUNT, 415, "send JSON"),
    ] {
        let answer = ask(&world, content_type, body);
        let (_, message) = answer.error(status);
        assert!(message.contains(text), "{body:.200}: {message}");
    }
    assert_eq!(world.count("UsrThing"), 0);
}

#[test]
fn no_multipart_batch_is_more_than_the_server_bears() {
    let world = World::new();
    let piece = proptest::sample::select(vec![
        "--batch_1",
        "--batch_1--",
        "--set",
        "--set--",
        "\r\n",
        "\r\n\r\n",
        "\n",
        "Content-Type: application/http",
        "Content-Type: multipart/mixed; boundary=set",
        "Content-ID: 1",
        "Content-Length: 2",
        "GET UsrThing HTTP/1.1",
        "POST UsrThing HTTP/1.1",
        "DELETE $1",
        "{\"Name\":\"x\"}",
        "{}",
        " ",
        "\u{e4}",
    ]);
    let mut runner = TestRunner::new(Config::with_cases(300));
    runner
        .run(&proptest::collection::vec(piece, 0..24), |pieces| {
            let answer = ask(&world, TYPE, &pieces.concat());
            prop_assert!(matches!(answer.status(), 200 | 400), "{}: {pieces:?}", answer.status());
            Ok(())
        })
        .unwrap();
}
