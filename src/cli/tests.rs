//! Arguments, what they ask, and exit codes, against a server of the socket made up here.

use std::io::Cursor;
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::*;
use serde_json::{Value, json};

use crate::api::table::{BASE, Found, find};
use crate::api::{LocalRequest, Output, Reach};
use crate::control::{Server, socket_path};
use crate::domain::webhook::Status;
use crate::ledger::survey::Source;
use crate::manage::ManageError;
use crate::manage::health::HealthView;

const BACKEND: Backend = Backend {
    serve: |_| Err("the port is taken".into()),
    demo: |_, once, _| Ok(u8::from(!once)),
    offline: |_, _| Err("another Hookgate has this data folder".into()),
    check: |_| {
        Ok(CheckView {
            entries: 1,
            webhooks: 1,
            problems: vec!["page 7 is damaged".to_owned()],
            next_step: None,
        })
    },
    rebuild: |_, wish| {
        if wish.from == Source::Database {
            return Ok(RebuildEnd::Refused("it would lose 3 entries".to_owned()));
        }
        Ok(RebuildEnd::Made(RebuildView {
            journal_renewed: false,
            entries: 7,
            webhooks: 3,
            lost: 0,
            equal: None,
            kept_as: Vec::new(),
        }))
    },
    restore: |_, _, _| Err("it is damaged".into()),
};

/// What a command printed, and its exit code.
#[derive(Debug)]
struct Ran {
    exit: u8,
    out: String,
    err: String,
}

fn run_with(arguments: &[&str], input: Option<&str>) -> Ran {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut terminal = Terminal {
        out: Box::new(&mut out),
        err: Box::new(&mut err),
        input: Box::new(Cursor::new(input.unwrap_or_default().to_owned())),
        interactive: input.is_some(),
        colour: false,
        live: false,
    };
    let arguments = std::iter::once("hookgate")
        .chain(arguments.iter().copied())
        .map(OsString::from);
    let exit = run(arguments, &BACKEND, &mut terminal);
    drop(terminal);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran {
        exit,
        out: text(out),
        err: text(err),
    }
}

fn run_at(data: &Path, arguments: &[&str], input: Option<&str>) -> Ran {
    let mut all = vec!["--data", data.to_str().unwrap()];
    all.extend(arguments);
    run_with(&all, input)
}

/// What was asked, as "METHOD /path?query", and its body.
type Asked = (String, Value);

/// A server that writes down what it is asked.
struct Fake {
    folder: tempfile::TempDir,
    server: Server,
    asked: Arc<Mutex<Vec<Asked>>>,
}

fn fake(answer: impl Fn(&str, &Value) -> Result<Output, ManageError> + Send + Sync + 'static) -> Fake {
    let folder = tempfile::tempdir().unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&asked);
    let responder = move |request: &LocalRequest| {
        let (line, body) = told(request);
        let answer = answer(&line, &body);
        heard.lock().unwrap().push((line, body));
        answer
    };
    let server = Server::start(&socket_path(folder.path()), Arc::new(responder)).unwrap();
    Fake { folder, server, asked }
}

/// Only operations that exist and that the command line may use are asked for.
fn told(request: &LocalRequest) -> Asked {
    let LocalRequest {
        method,
        path,
        query,
        body,
    } = request;
    let Found::Operation(operation, _) = find(method, path) else {
        panic!("{method} {path} is no operation")
    };
    assert!(!matches!(operation.reach, Reach::Network(_)), "{path}");
    let question = if query.is_empty() { "" } else { "?" };
    let path = path.strip_prefix(BASE).unwrap();
    let body = if body.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(body).unwrap()
    };
    (format!("{method} {path}{question}{query}"), body)
}

impl Fake {
    fn run(&self, arguments: &[&str], input: Option<&str>) -> Ran {
        run_at(self.folder.path(), arguments, input)
    }

    fn end(self) -> Vec<Asked> {
        self.server.stop();
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

/// What arguments ask, whatever the answer.
fn asked(arguments: &[&str]) -> Asked {
    let fake = fake(|_, _| Err(ManageError::Busy));
    let ran = fake.run(arguments, None);
    assert_eq!(ran.exit, EXIT_UNREACHABLE, "{ran:?}");
    let mut asked = fake.end();
    assert_eq!(asked.len(), 1, "{asked:?}");
    asked.remove(0)
}

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
        "0 webhooks will be processed again. 126 webhooks already made a record and are left out \
         (with --again each of them makes another).\n"
    );
    let ran = fake.run(&["webhook", "replay", "--status", "Done", "--again"], None);
    assert_eq!(ran.out, "0 webhooks will be processed again.\n", "{ran:?}");
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
        ran.out, "500 webhooks deleted. It was cancelled before the rest.\n",
        "{ran:?}"
    );
    assert_eq!(fake.end().len(), 4);
}

#[test]
fn times_are_taken_as_tables_show_them() {
    for (time, wanted) in [
        ("2026-11-25 03:11:09", "2026-11-25T03%3A11%3A09Z"),
        ("2026-11-25 03:11:09 UTC", "2026-11-25T03%3A11%3A09Z"),
        ("2026-11-25T03:11", "2026-11-25T03%3A11%3A00Z"),
        ("2026-11-25", "2026-11-25T00%3A00%3A00Z"),
        ("2026-11-25T03:11:09.5+02:00", "2026-11-25T01%3A11%3A09.5Z"),
    ] {
        let (line, _) = asked(&["webhook", "list", "--from", time]);
        assert_eq!(line, format!("GET /webhooks?from={wanted}&limit=50"));
    }
    let wrong = run_with(&["webhook", "list", "--to", "yesterday"], None);
    assert_eq!(wrong.exit, EXIT_USAGE);
    assert!(wrong.err.contains("write it like 2026-11-23"), "{wrong:?}");
}

#[test]
fn what_is_no_id_is_told_where_ids_are() {
    for (arguments, next) in [
        (&["webhook", "show", "nope"][..], "'hookgate webhook list'"),
        (&["webhook", "replay", "nope"], "'hookgate webhook list'"),
        (&["record", "show", "Contact", "nope"], "'hookgate record list'"),
        (&["client", "remove-secret", "Reports", "7"], "'hookgate client show'"),
    ] {
        let ran = run_with(arguments, None);
        assert_eq!(ran.exit, EXIT_USAGE);
        assert!(ran.err.contains("it is no id") && ran.err.contains(next), "{ran:?}");
    }
}

#[test]
fn the_demonstration_takes_no_folder_and_no_json() {
    for arguments in [&["demo", "--data", "/tmp/x"][..], &["demo", "--json"]] {
        let ran = run_with(arguments, None);
        assert_eq!(ran.exit, EXIT_USAGE, "{ran:?}");
        assert!(ran.err.contains("leave out"), "{ran:?}");
    }
    let help = run_with(&["demo", "--help"], None);
    assert!(!help.out.contains("--data") && !help.out.contains("--json"), "{help:?}");
}

#[test]
fn the_command_is_consistent() {
    command().debug_assert();
}

#[test]
fn every_command_explains_itself() {
    fn walk(command: &clap::Command, path: &str, seen: &mut u32) {
        for sub in command.get_subcommands() {
            let path = format!("{path} {}", sub.get_name());
            assert!(sub.get_about().is_some(), "{path} has no help");
            for argument in sub.get_arguments() {
                assert!(
                    argument.get_help().is_some(),
                    "{path} {} has no help",
                    argument.get_id()
                );
            }
            *seen += 1;
            walk(sub, &path, seen);
        }
    }
    let mut seen = 0;
    walk(&command(), "hookgate", &mut seen);
    assert!(seen > 35, "{seen} commands");
}

#[test]
fn help_is_no_failure_and_names_the_exit_codes() {
    let ran = run_with(&["--help"], None);
    assert_eq!(ran.exit, EXIT_OK);
    assert!(ran.out.contains("3  there is no such thing"), "{}", ran.out);
    assert_eq!(run_with(&[], None).exit, EXIT_USAGE);
    let ran = run_with(&["sauce"], None);
    assert_eq!(ran.exit, EXIT_USAGE);
    assert!(ran.err.contains("source"), "the nearest is named: {}", ran.err);
}

#[test]
fn the_commands_that_remarks_name_exist() {
    assert_eq!(
        asked(&["grant", "Contact", "--create"]),
        (
            "PATCH /grants/WebhookService/Contact".to_owned(),
            json!({"create": true})
        )
    );
    for (arguments, line) in [
        (["entity", "add", "Account"].as_slice(), "PUT /entities/Account"),
        (&["object", "list"], "GET /objects"),
        (&["source", "list"], "GET /sources"),
    ] {
        assert_eq!(asked(arguments), (line.to_owned(), Value::Null));
    }
}

#[test]
fn names_are_encoded_in_paths() {
    let (line, _) = asked(&["source", "show", "a/b ü?"]);
    assert_eq!(line, "POST /sources/a%2Fb%20%C3%BC%3F/reveal");
}

#[test]
fn grants_are_listed_and_revoked() {
    assert_eq!(asked(&["grant", "list"]), ("GET /grants".to_owned(), Value::Null));
    let path = "PATCH /grants/Robot/Contact".to_owned();
    assert_eq!(
        asked(&["grant", "revoke", "Contact", "--user", "Robot"]),
        (
            path.clone(),
            json!({"create": false, "read": false, "edit": false, "delete": false})
        )
    );
    assert_eq!(
        asked(&["grant", "revoke", "Contact", "--edit", "--user", "Robot"]),
        (path, json!({"edit": false}))
    );
    for wrong in [vec!["grant"], vec!["grant", "Contact"], vec!["grant", "--create"]] {
        assert_eq!(run_with(&wrong, None).exit, EXIT_USAGE, "{wrong:?}");
    }
}

#[test]
fn limits_of_a_source_are_set_and_taken_away() {
    let arguments = "source set Forms --max-body 65536 --no-rate --origin https://a.example \
        --origin https://b.example --require-token on";
    let body = json!({
        "max_body": 65_536, "rate_per_minute": null, "requires_token": true,
        "allowed_origins": ["https://a.example", "https://b.example"],
    });
    assert_eq!(
        asked(&arguments.split_whitespace().collect::<Vec<_>>()),
        ("PATCH /sources/Forms".to_owned(), body)
    );
    assert_eq!(run_with(&["source", "set", "Forms"], None).exit, EXIT_USAGE);
    assert_eq!(
        run_with(&["source", "set", "Forms", "--rate", "1", "--no-rate"], None).exit,
        EXIT_USAGE
    );
}

#[test]
fn settings_of_a_client_are_set_and_taken_away() {
    let arguments = "client set Reports --scope odata --scope webhook:send --no-allow --algorithm rs256 \
        --lifetime 600 --endpoint-audience on --no-url";
    let body = json!({
        "application_url": null, "scopes": ["odata", "webhook:send"], "allowed_addresses": null,
        "algorithm": "RS256", "token_lifetime": 600, "endpoint_audience": true,
    });
    assert_eq!(
        asked(&arguments.split_whitespace().collect::<Vec<_>>()),
        ("PATCH /clients/Reports".to_owned(), body)
    );
    for wrong in [
        vec!["client", "set", "Reports"],
        vec!["client", "set", "Reports", "--allow", "10.0.0.1", "--no-allow"],
        vec!["client", "add"],
        vec!["client", "remove-secret", "Reports", "7"],
        vec!["technical-user", "set", "Reports"],
        vec!["technical-user", "set", "Reports", "--odata", "maybe"],
    ] {
        assert_eq!(run_with(&wrong, None).exit, EXIT_USAGE, "{wrong:?}");
    }
    let (line, _) = asked(&["client", "rotate-secret", "Reports"]);
    assert_eq!(line, "POST /clients/Reports/secrets");
    assert_eq!(
        asked(&["technical-user", "disable", "Reports"]),
        ("PATCH /technical-users/Reports".to_owned(), json!({"enabled": false}))
    );
}

#[test]
fn filters_become_a_query() {
    let arguments = "webhook list --status failed --outcome record-created --from 2026-11-23 --limit 7";
    let (line, _) = asked(&arguments.split_whitespace().collect::<Vec<_>>());
    assert_eq!(
        line,
        "GET /webhooks?status=Failed&outcome=record+created&from=2026-11-23T00%3A00%3A00Z&limit=7"
    );
    assert_eq!(
        run_with(&["webhook", "list", "--status", "lost"], None).exit,
        EXIT_USAGE
    );
    assert_eq!(
        run_with(&["webhook", "list", "--from", "yesterday"], None).exit,
        EXIT_USAGE
    );
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
    let question = "Not processed yet: 90 webhooks (88 New, 2 Processing), which are left out; --include-new deletes \
                    them too. Delete 11,013 webhooks? [y/N] ";
    assert!(asked.err.contains(question), "{asked:?}");
    let done = fake.run(&["webhook", "delete", "--all", "--yes"], None);
    assert_eq!(
        (done.exit, done.out.as_str()),
        (
            EXIT_OK,
            "11,013 webhooks deleted. 90 webhooks are not processed yet and were left out; --include-new deletes them \
             too.\n"
        )
    );
    let asked = fake.run(&["webhook", "delete", "--all", "--include-new"], Some("y\n"));
    let question = "Not processed yet: 90 webhooks (88 New, 2 Processing), which are included and will never make \
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
            "Delete the client Reports and end its tokens? [y/N] ",
            ("DELETE /clients/Reports".to_owned(), Value::Null),
        ),
        (
            &["signing-key", "rotate", "--now"],
            "Sign with new keys now and end every token of before? [y/N] ",
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
fn a_forgotten_filter_touches_nothing() {
    for wrong in [
        vec!["webhook", "delete"],
        vec!["webhook", "replay", "--yes"],
        vec!["webhook", "delete", "--all", "--status", "Done"],
        vec!["webhook", "replay", "0196a1b2-0000-7000-8000-000000000001", "--all"],
    ] {
        assert_eq!(run_with(&wrong, None).exit, EXIT_USAGE, "{wrong:?}");
    }
}

#[test]
fn failures_have_their_exit_codes() {
    let fake = fake(|line, _| match line {
        line if line.ends_with("/reveal") => Err(ManageError::NotFound {
            what: "webhook source",
            name: "x\u{1b}[2J".to_owned(),
            next: "'hookgate source list' shows what there is",
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
        "hookgate: no webhook source 'x\\u{1b}[2J'; 'hookgate source list' shows what there is\n"
    );
    let ran = fake.run(&["--json", "source", "show", "x"], None);
    let error: serde_json::Value = serde_json::from_str(&ran.err).unwrap();
    assert_eq!(error["error"]["code"], "not-found");
    assert_eq!(fake.run(&["source", "add", ""], None).exit, EXIT_FAILED);
    let ran = fake.run(&["healthcheck"], None);
    assert_eq!(
        (ran.exit, ran.out.contains("Webhooks are not taken")),
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

#[test]
fn settings_are_checked_all_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hookgate.toml");
    std::fs::write(&file, "colour = 1\n[listen]\naddress = \"nowhere\"\n").unwrap();
    let ran = run_with(&["check-config", "--config", file.to_str().unwrap()], None);
    assert_eq!(ran.exit, EXIT_USAGE);
    assert!(
        ran.err.contains(":1 colour") && ran.err.contains(":3 listen.address"),
        "{}",
        ran.err
    );
    let data = folder.path().join("data");
    for arguments in [["check-config", "--data"], ["--data", "check-config"]] {
        let mut arguments = arguments.to_vec();
        let place = arguments.iter().position(|argument| *argument == "--data").unwrap() + 1;
        arguments.insert(place, data.to_str().unwrap());
        let ran = run_with(&arguments, None);
        assert_eq!(ran.exit, EXIT_OK, "{ran:?}");
        assert!(ran.out.contains(data.to_str().unwrap()), "{ran:?}");
    }
    let ran = run_with(&["check-config", "--defaults"], None);
    assert!(ran.out.contains("[listen]"), "{}", ran.out);
}

#[test]
fn completions_and_manual_name_every_family() {
    let ran = run_with(&["completions", "bash"], None);
    assert!(ran.out.contains("rotate-key") && ran.out.contains("retention"));
    let ran = run_with(&["man"], None);
    assert!(
        ran.out.starts_with(".ie") && ran.out.contains("hookgate"),
        "{}",
        ran.out
    );
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run_with(&["man", folder.path().to_str().unwrap()], None).exit, EXIT_OK);
    assert!(folder.path().join("hookgate-source-rotate-key.1").exists());
}
