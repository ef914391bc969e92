//! Arguments, what they ask, and exit codes, against a server of the socket made up here.

use std::io::Cursor;
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::*;
use crate::control::{Answer, Request, Server, socket_path};
use crate::domain::rights::Rights;
use crate::domain::signing_key::Algorithm;
use crate::domain::webhook::Status;
use crate::ledger::survey::Source;
use crate::manage::client::ClientEdit;
use crate::manage::grace_period::GracePeriod;
use crate::manage::health::HealthView;
use crate::manage::patch::Edit;
use crate::manage::source::SourceEdit;
use crate::manage::technical_user::TechnicalUserEdit;
use crate::manage::webhook::WebhookQuery;
use crate::manage::webhook_change::WebhooksChanged;
use crate::manage::{ManageError, ProgressFn};

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

/// A server that writes down what it is asked.
struct Fake {
    folder: tempfile::TempDir,
    server: Server,
    asked: Arc<Mutex<Vec<Request>>>,
}

fn fake(answer: impl Fn(&Request, ProgressFn<'_>) -> Result<Answer, ManageError> + Send + Sync + 'static) -> Fake {
    let folder = tempfile::tempdir().unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&asked);
    let responder = move |request: Request, watch: ProgressFn<'_>| {
        let answer = answer(&request, watch);
        heard.lock().unwrap().push(request);
        answer
    };
    let server = Server::start(&socket_path(folder.path()), Arc::new(responder)).unwrap();
    Fake { folder, server, asked }
}

impl Fake {
    fn run(&self, arguments: &[&str], input: Option<&str>) -> Ran {
        run_at(self.folder.path(), arguments, input)
    }

    fn end(self) -> Vec<Request> {
        self.server.stop();
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

/// What arguments ask, whatever the answer.
fn asked(arguments: &[&str]) -> Request {
    let fake = fake(|_, _| Err(ManageError::Busy));
    let ran = fake.run(arguments, None);
    assert_eq!(ran.exit, EXIT_UNREACHABLE, "{ran:?}");
    let mut asked = fake.end();
    assert_eq!(asked.len(), 1, "{asked:?}");
    asked.remove(0)
}

fn counts(count: u64) -> impl Fn(&Request, ProgressFn<'_>) -> Result<Answer, ManageError> {
    move |request, _| match request {
        Request::WebhookCount { query } => {
            let count = if query.status.is_some_and(Status::is_unprocessed) {
                0
            } else {
                count
            };
            Ok(Answer::WebhookCount(WebhooksChanged::of(count)))
        }
        Request::WebhookDeleteAll { .. } => Ok(Answer::WebhooksDeleted(WebhooksChanged::of(count))),
        other => panic!("not asked here: {other:?}"),
    }
}

#[test]
fn webhooks_that_made_a_record_are_left_out_and_it_says_so() {
    let fake = fake(|request, _| match request {
        Request::WebhookCount { query } => {
            let count = if query.made_record == Some(true) { 126 } else { 0 };
            Ok(Answer::WebhookCount(WebhooksChanged::of(count)))
        }
        other => panic!("not asked here: {other:?}"),
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
fn times_are_taken_as_tables_show_them() {
    let from = |time: &str| match asked(&["webhook", "list", "--from", time]) {
        Request::WebhookList { query, .. } => query.from.unwrap().to_string(),
        other => panic!("{other:?}"),
    };
    for (time, wanted) in [
        ("2026-11-25 03:11:09", "2026-11-25T03:11:09Z"),
        ("2026-11-25 03:11:09 UTC", "2026-11-25T03:11:09Z"),
        ("2026-11-25T03:11", "2026-11-25T03:11:00Z"),
        ("2026-11-25", "2026-11-25T00:00:00Z"),
        ("2026-11-25T03:11:09.5+02:00", "2026-11-25T01:11:09.5Z"),
    ] {
        assert_eq!(from(time), wanted, "{time}");
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
    let create = Rights {
        create: true,
        ..Rights::default()
    };
    assert_eq!(
        asked(&["grant", "Contact", "--create"]),
        Request::GrantAdd {
            user: "WebhookService".to_owned(),
            object: "Contact".to_owned(),
            rights: create
        }
    );
    assert_eq!(
        asked(&["entity", "add", "Account"]),
        Request::EntitySet {
            object: "Account".to_owned(),
            registered: true
        }
    );
    assert_eq!(asked(&["object", "list"]), Request::ObjectList);
    assert_eq!(asked(&["source", "list"]), Request::SourceList);
}

#[test]
fn grants_are_listed_and_revoked() {
    assert_eq!(asked(&["grant", "list"]), Request::GrantList);
    let all = Rights {
        create: true,
        read: true,
        edit: true,
        delete: true,
    };
    let revoke = |rights| Request::GrantRevoke {
        user: "Robot".to_owned(),
        object: "Contact".to_owned(),
        rights,
    };
    assert_eq!(asked(&["grant", "revoke", "Contact", "--user", "Robot"]), revoke(all));
    let edit = Rights {
        edit: true,
        ..Rights::default()
    };
    assert_eq!(
        asked(&["grant", "revoke", "Contact", "--edit", "--user", "Robot"]),
        revoke(edit)
    );
    for wrong in [vec!["grant"], vec!["grant", "Contact"], vec!["grant", "--create"]] {
        assert_eq!(run_with(&wrong, None).exit, EXIT_USAGE, "{wrong:?}");
    }
}

#[test]
fn limits_of_a_source_are_set_and_taken_away() {
    let edit = SourceEdit {
        enabled: None,
        max_body: Edit::Set(65_536),
        rate_per_minute: Edit::Clear,
        allowed_origins: Edit::Set(vec!["https://a.example".to_owned(), "https://b.example".to_owned()]),
        requires_token: Edit::Set(true),
    };
    let arguments = [
        "source",
        "set",
        "Forms",
        "--max-body",
        "65536",
        "--no-rate",
        "--origin",
        "https://a.example",
        "--origin",
        "https://b.example",
        "--require-token",
        "on",
    ];
    assert_eq!(
        asked(&arguments),
        Request::SourceSet {
            name: "Forms".to_owned(),
            edit
        }
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
    let edit = ClientEdit {
        application_url: Edit::Clear,
        scopes: Edit::Set(vec!["odata".to_owned(), "webhook:send".to_owned()]),
        allowed_addresses: Edit::Clear,
        algorithm: Edit::Set(Algorithm::RS256),
        token_lifetime: Edit::Set(600),
        endpoint_audience: Edit::Set(true),
        ..ClientEdit::default()
    };
    assert_eq!(
        asked(&arguments.split_whitespace().collect::<Vec<_>>()),
        Request::ClientSet {
            name: "Reports".to_owned(),
            edit
        }
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
    assert_eq!(
        asked(&["client", "rotate-secret", "Reports"]),
        Request::ClientSecretAdd {
            name: "Reports".to_owned(),
            overlap: GracePeriod::default()
        }
    );
    assert_eq!(
        asked(&["technical-user", "disable", "Reports"]),
        Request::TechnicalUserSet {
            code: "Reports".to_owned(),
            edit: TechnicalUserEdit {
                enabled: Some(false),
                ..TechnicalUserEdit::default()
            }
        }
    );
}

#[test]
fn filters_become_a_query() {
    let query = WebhookQuery {
        status: Some("Failed".parse().unwrap()),
        outcome: Some("record created".parse().unwrap()),
        from: Some("2026-11-23T00:00:00Z".parse().unwrap()),
        to: Some("2026-11-23T14:30:00Z".parse().unwrap()),
        ..WebhookQuery::default()
    };
    let arguments = [
        "webhook",
        "list",
        "--status",
        "failed",
        "--outcome",
        "record-created",
        "--from",
        "2026-11-23",
        "--to",
        "2026-11-23T14:30:00Z",
        "--limit",
        "7",
    ];
    assert_eq!(
        asked(&arguments),
        Request::WebhookList {
            query,
            before: None,
            limit: 7
        }
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
    assert_eq!((done.exit, done.out.as_str()), (EXIT_OK, "{\n  \"count\": 12431\n}\n"));
    assert_eq!(fake.end().len(), 8);
}

/// 11,103 webhooks, of which 88 are New and 2 in Processing.
fn with_waiting(request: &Request, _: ProgressFn<'_>) -> Result<Answer, ManageError> {
    match request {
        Request::WebhookCount { query } => {
            let count = match query.status {
                Some(Status::New) => 88,
                Some(Status::Processing) => 2,
                _ => 11_103,
            };
            Ok(Answer::WebhookCount(WebhooksChanged::of(count)))
        }
        Request::WebhookDeleteAll { query, include_new } => {
            if let Some(status) = query.status.filter(|status| status.is_unprocessed() && !include_new) {
                return Err(ManageError::NotProcessed { status, webhook: None });
            }
            let left_out = if *include_new { 0 } else { 90 };
            let count = 11_103 - left_out;
            Ok(Answer::WebhooksDeleted(WebhooksChanged {
                count,
                left_out,
                cancelled: false,
            }))
        }
        other => panic!("not asked here: {other:?}"),
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
    let deletions = fake.end().into_iter().filter_map(|request| match request {
        Request::WebhookDeleteAll { include_new, .. } => Some(include_new),
        _ => None,
    });
    assert_eq!(deletions.collect::<Vec<_>>(), [false, true, false, false]);
}

#[test]
fn what_ends_tokens_is_confirmed() {
    for (arguments, question, request) in [
        (
            &["client", "delete", "Reports"][..],
            "Delete the client Reports and end its tokens? [y/N] ",
            Request::ClientDelete {
                name: "Reports".to_owned(),
            },
        ),
        (
            &["signing-key", "rotate", "--now"],
            "Sign with new keys now and end every token of before? [y/N] ",
            Request::SigningKeyRotate { now: true },
        ),
    ] {
        let fake = fake(|_, _| Ok(Answer::SigningKeys(vec![])));
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
        Request::SigningKeyRotate { now: false }
    );
}

#[test]
fn none_that_match_are_no_question() {
    let fake = fake(counts(0));
    let ran = fake.run(&["webhook", "delete", "--status", "Done"], None);
    assert_eq!((ran.exit, ran.out.as_str()), (EXIT_OK, "0 webhooks deleted.\n"));
    assert_eq!(fake.end().len(), 1);
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
    let fake = fake(|request, _| match request {
        Request::SourceShow { name } => Err(ManageError::NotFound {
            what: "webhook source",
            name: name.clone(),
            next: "'hookgate source list' shows what there is",
        }),
        Request::HealthCheck => Ok(Answer::Health(HealthView {
            healthy: false,
            version: "1".to_owned(),
            waiting: 0,
            failed: 0,
            done: 0,
            journal: 0,
            store: 0,
            checks: vec![],
        })),
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
