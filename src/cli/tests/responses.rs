//! What a command prints, what it asks first, and its exit code.

use super::*;
use crate::api::{Body, Line};
use crate::domain::webhook::Status;
use crate::manage::health::HealthView;
use crate::manage::thing::Thing;

fn tally(total: u64, new: u64, processing: u64) -> Output {
    Output::json(
        200,
        &json!({
            "total": total, "new": new, "processing": processing, "failed": 0,
            "done": total - new - processing, "complete": true,
        }),
    )
}

/// A task that has ended at once.
fn ended(what: &Value, done: u64, left_out: u64) -> Output {
    let filter = json!({});
    let mut what = what.clone();
    what["filter"] = filter;
    Output::json(
        202,
        &json!({
            "id": 1, "what": what, "state": "done", "begun_on": "2026-11-23T00:00:00Z", "begun_by": "command line",
            "done": done, "total": done, "left_out": left_out, "ended_on": "2026-11-23T00:00:01Z",
        }),
    )
}

fn client() -> Value {
    json!({
        "client_id": "reports", "name": "Reports", "application_url": "", "description": "", "enabled": true,
        "user": "Reports", "scopes": [], "allowed_addresses": [], "algorithm": "ES256", "token_lifetime": 3600,
        "endpoint_audience": false, "secrets": [], "keys": [], "created_on": "2026-11-23T00:00:00Z",
        "last_used": null,
    })
}

fn deletion() -> Value {
    json!({"kind": "webhooks-delete", "include_new": false})
}

fn counts(count: u64) -> impl Fn(&str, &Value) -> Result<Output, ManageError> {
    move |line, _| match line {
        "POST /webhooks/delete" => Ok(ended(&deletion(), count, 0)),
        line if line.starts_with("GET /webhooks/count") => Ok(tally(count, 0, 0)),
        other => panic!("not asked here: {other}"),
    }
}

#[test]
fn webhooks_that_made_a_record_are_left_out_and_it_says_so() {
    let fake = fake(|line, body| match line {
        "POST /webhooks/replay" => {
            let what = json!({"kind": "webhooks-reprocess", "again": body["again"]});
            let left_out = if body["again"] == true { 0 } else { 126 };
            Ok(ended(&what, 0, left_out))
        }
        "GET /webhooks/count?status=Done&made_record=true" => Ok(tally(126, 0, 0)),
        line if line.starts_with("GET /webhooks/count") => Ok(tally(0, 0, 0)),
        other => panic!("not asked here: {other}"),
    });
    let ran = fake.run(&["webhook", "replay", "--status", "Done", "--yes"], None);
    assert_eq!(ran.exit, EXIT_OK, "{ran:?}");
    assert_eq!(
        ran.out,
        "0 webhooks will be reprocessed. 126 webhooks already created a record and are skipped (with --again each of \
         them creates another one).\n"
    );
    let ran = fake.run(&["webhook", "replay", "--status", "Done", "--again"], None);
    assert_eq!(ran.out, "0 webhooks will be reprocessed.\n", "{ran:?}");
    fake.end();
}

#[test]
fn the_end_of_a_task_is_awaited() {
    let times = Mutex::new(0);
    let fake = fake(move |line, _| {
        let task = |state: &str, done: u64| {
            json!({
                "id": 7, "what": {"kind": "webhooks-delete", "include_new": true, "filter": {}}, "state": state,
                "begun_on": "2026-11-23T00:00:00Z", "begun_by": "command line", "done": done, "total": 900,
                "left_out": 0,
            })
        };
        let mut times = times.lock().unwrap();
        *times += 1;
        Ok(match (line, *times) {
            ("POST /webhooks/delete", _) => Output::json(202, &task("running", 0)),
            ("GET /tasks/7", 3) => Output::json(200, &task("cancelling", 500)),
            ("GET /tasks/7", _) => Output::json(200, &task("cancelled", 500)),
            _ => tally(900, 0, 0),
        })
    });
    let ran = fake.run(&["webhook", "delete", "--all", "--include-new", "--yes"], None);
    assert_eq!(
        ran.out, "500 webhooks deleted. The task was cancelled before it was complete.\n",
        "{ran:?}"
    );
    assert_eq!(fake.end().len(), 4);
}

#[test]
fn an_answer_that_was_cut_off_is_said_to_be() {
    let fake = fake(|_, _| {
        let write = |out: &mut dyn std::io::Write| {
            let sent = out.write_all(b"{\"progress\": {\"what\": \"deleted\", \"done\": 1, \"total\": 2}}\n");
            sent.and_then(|()| out.flush()).unwrap();
            Err(ManageError::Busy)
        };
        Ok(Output {
            status: 200,
            headers: vec![("content-type", Line::<Value>::CONTENT_TYPE.to_owned())],
            body: Body::Stream(Box::new(write)),
        })
    });
    let ran = fake.run(&["retention", "run"], None);
    assert_eq!((ran.exit, ran.out.as_str()), (EXIT_UNREACHABLE, ""), "{ran:?}");
    assert!(ran.err.contains("the server's log"), "{ran:?}");
    fake.end();
}

#[test]
fn many_are_counted_and_confirmed() {
    let arguments = ["webhook", "delete", "--status", "Done"];
    let fake = fake(counts(12_431));
    let refused = fake.run(&arguments, Some("n\n"));
    assert_eq!(
        (refused.exit, refused.err.contains("Delete 12,431 webhooks? [y/N] ")),
        (EXIT_FAILED, true),
        "{refused:?}"
    );
    let nobody = fake.run(&arguments, None);
    assert_eq!(
        (nobody.exit, nobody.err.contains("--yes")),
        (EXIT_USAGE, true),
        "{nobody:?}"
    );
    assert_eq!(fake.asked.lock().unwrap().len(), 2, "nothing but counted");
    let done = fake.run(&arguments, Some("y\n"));
    assert_eq!((done.exit, done.out.as_str()), (EXIT_OK, "12,431 webhooks deleted.\n"));
    let done = fake.run(&["webhook", "delete", "--all", "--yes", "--json"], None);
    let task: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!((done.exit, &task["done"]), (EXIT_OK, &json!(12_431)));
    assert_eq!(fake.end().len(), 6);
}

/// 11,103 webhooks, of which 88 are New and 2 in Processing.
fn with_waiting(line: &str, body: &Value) -> Result<Output, ManageError> {
    match line {
        "POST /webhooks/delete" => {
            let status = body["filter"]["status"].as_str().and_then(|status| status.parse().ok());
            if let Some(status) =
                status.filter(|status: &Status| status.is_unprocessed() && body["include_new"] == false)
            {
                return Err(ManageError::NotProcessed { status, webhook: None });
            }
            let left_out = if body["include_new"] == true { 0 } else { 90 };
            Ok(ended(&deletion(), 11_103 - left_out, left_out))
        }
        line if line.starts_with("GET /webhooks/count") => Ok(tally(11_103, 88, 2)),
        other => panic!("not asked here: {other}"),
    }
}

#[test]
fn fault_04_a_deletion_says_how_many_are_not_processed_and_leaves_them() {
    let fake = fake(with_waiting);
    let asked = fake.run(&["webhook", "delete", "--all"], Some("n\n"));
    let question = "Not processed yet: 90 webhooks (88 New, 2 Processing), which are skipped; --include-new deletes \
                    them too. Delete 11,013 webhooks? [y/N] ";
    assert!(asked.err.contains(question), "{asked:?}");
    let done = fake.run(&["webhook", "delete", "--all", "--yes"], None);
    assert_eq!(
        (done.exit, done.out.as_str()),
        (
            EXIT_OK,
            "11,013 webhooks deleted. 90 webhooks are not processed yet and were skipped; --include-new deletes them \
             too.\n"
        )
    );
    let asked = fake.run(&["webhook", "delete", "--all", "--include-new"], Some("y\n"));
    let question = "Not processed yet: 90 webhooks (88 New, 2 Processing), which are included and will never create \
                    their records. Delete 11,103 webhooks? [y/N] ";
    assert!(asked.err.contains(question), "{asked:?}");
    assert_eq!(asked.out, "11,103 webhooks deleted.\n");
    // By source and by time as well.
    let asked = fake.run(
        &["webhook", "delete", "--source", "Forms", "--to", "2026-01-01"],
        Some("n\n"),
    );
    assert!(asked.err.contains("Delete 11,013 webhooks?"), "{asked:?}");
    // A status whose webhooks would all be left out is refused, and not asked about.
    for status in ["New", "Processing"] {
        let refused = fake.run(&["webhook", "delete", "--status", status, "--yes"], None);
        assert_eq!(refused.exit, EXIT_FAILED, "{refused:?}");
        assert!(refused.err.contains("--include-new"), "{refused:?}");
    }
    let deletions = fake
        .end()
        .into_iter()
        .filter(|(line, _)| line == "POST /webhooks/delete");
    let deletions: Vec<bool> = deletions.map(|(_, body)| body["include_new"] == true).collect();
    assert_eq!(deletions, [false, true, false, false]);
}

#[test]
fn what_ends_tokens_is_confirmed() {
    for (arguments, question, request) in [
        (
            &["client", "delete", "Reports"][..],
            "Delete the client Reports and revoke its tokens? [y/N] ",
            ("DELETE /clients/Reports".to_owned(), Value::Null),
        ),
        (
            &["signing-key", "rotate", "--now"],
            "Sign with new keys now and revoke all existing tokens? [y/N] ",
            ("POST /signing-keys/rotate".to_owned(), json!({"now": true})),
        ),
    ] {
        let fake = fake(|line, _| {
            Ok(Output::json(
                200,
                &if line.starts_with("POST") { json!([]) } else { client() },
            ))
        });
        let refused = fake.run(arguments, Some("n\n"));
        assert_eq!(
            (refused.exit, refused.err.contains(question)),
            (EXIT_FAILED, true),
            "{refused:?}"
        );
        let nobody = fake.run(arguments, None);
        assert_eq!(
            (nobody.exit, nobody.err.contains("--yes")),
            (EXIT_USAGE, true),
            "{nobody:?}"
        );
        assert!(fake.asked.lock().unwrap().is_empty());
        assert_eq!(fake.run(arguments, Some("y\n")).exit, EXIT_OK);
        assert_eq!(fake.run(&[arguments, &["--yes"]].concat(), None).exit, EXIT_OK);
        assert_eq!(fake.end(), [request.clone(), request]);
    }
    assert_eq!(
        asked(&["signing-key", "rotate"]),
        ("POST /signing-keys/rotate".to_owned(), json!({"now": false}))
    );
}

#[test]
fn none_that_match_are_no_question() {
    let fake = fake(counts(0));
    let ran = fake.run(&["webhook", "delete", "--status", "Done"], None);
    assert_eq!((ran.exit, ran.out.as_str()), (EXIT_OK, "0 webhooks deleted.\n"));
    assert_eq!(fake.end().len(), 2);
}

#[test]
fn failures_have_their_exit_codes() {
    let fake = fake(|line, _| match line {
        line if line.ends_with("/reveal") => Err(ManageError::NotFound {
            what: Thing::Source,
            name: "x\u{1b}[2J".to_owned(),
        }),
        "GET /health" => Ok(Output::json(
            200,
            &HealthView {
                healthy: false,
                version: "1".to_owned(),
                waiting: 0,
                failed: 0,
                done: 0,
                journal: 0,
                store: 0,
                checks: vec![],
            },
        )),
        _ => Err(ManageError::Invalid {
            what: "name",
            problem: "must not be empty".to_owned(),
        }),
    });
    let ran = fake.run(&["source", "show", "x\x1b[2J"], None);
    assert_eq!(ran.exit, EXIT_NOT_FOUND);
    assert_eq!(
        ran.err,
        "hookgate: no webhook source 'x\\u{1b}[2J'; 'hookgate source list' lists them\n"
    );
    let ran = fake.run(&["--json", "source", "show", "x"], None);
    let error: serde_json::Value = serde_json::from_str(&ran.err).unwrap();
    assert_eq!(error["error"]["code"], "not-found");
    assert_eq!(fake.run(&["source", "add", ""], None).exit, EXIT_FAILED);
    let ran = fake.run(&["healthcheck"], None);
    assert_eq!(
        (ran.exit, ran.out.contains("Webhooks are not accepted")),
        (EXIT_FAILED, true)
    );
    fake.end();
}

#[test]
fn without_a_server_the_data_folder_is_opened_here() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run_at(folder.path(), &["source", "list"], None);
    assert_eq!(
        (ran.exit, ran.err.as_str()),
        (EXIT_UNREACHABLE, "hookgate: another Hookgate has this data folder\n")
    );
    for online in [vec!["healthcheck"], vec!["source", "test", "Forms"]] {
        let ran = run_at(folder.path(), &online, None);
        assert_eq!(
            (ran.exit, ran.err.contains("hookgate serve")),
            (EXIT_UNREACHABLE, true),
            "{ran:?}"
        );
    }
}

#[test]
fn maintenance_needs_no_server() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run_at(folder.path(), &["check"], None);
    assert_eq!(
        (ran.exit, ran.out.as_str()),
        (EXIT_FAILED, "1 problem\n  page 7 is damaged\n")
    );
    let ran = run_at(folder.path(), &["rebuild", "--json"], None);
    assert_eq!((ran.exit, ran.out.contains("\"entries\": 7")), (EXIT_OK, true));
    let ran = run_at(folder.path(), &["rebuild", "--from", "database"], None);
    assert_eq!(
        (ran.exit, ran.err.as_str()),
        (EXIT_FAILED, "hookgate: it would lose 3 entries\n")
    );
    assert_eq!(run_with(&["demo", "--once"], None).exit, EXIT_OK);
    assert_eq!(run_with(&["demo"], None).exit, EXIT_FAILED);
    let ran = run_at(folder.path(), &["serve", "--listen-address", "127.0.0.1:0"], None);
    assert_eq!(
        (ran.exit, ran.err.as_str()),
        (EXIT_UNREACHABLE, "hookgate: the port is taken\n")
    );
}
