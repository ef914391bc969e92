//! What administrators do, asked the way the command line asks, of a running server.

use std::ops::ControlFlow;
use std::sync::Arc;

use hookgate::app::serve::Server;
use hookgate::config::{self, Settings};
use hookgate::control::{self, Answer, Request, socket_path};
use hookgate::domain::rights::{Rights, WEBHOOK_SERVICE};
use hookgate::domain::webhook::{Outcome, Status};
use hookgate::manage::grace_period::GracePeriod;
use hookgate::manage::patch::Edit;
use hookgate::manage::source::SourceEdit;
use hookgate::manage::source_test::TestBody;
use hookgate::manage::webhook::{WebhookQuery, WebhookView};
use tempfile::TempDir;

use super::harness::wait_for;

const CANADA: &str = "f8af0e88-f36b-1410-fa98-00155d043204";

struct Site {
    server: Option<Server>,
    folder: TempDir,
}

impl Site {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(&settings(&folder)).unwrap();
        Self {
            server: Some(server),
            folder,
        }
    }

    /// Asks over the socket; a failure is its code.
    fn ask(&self, request: &Request) -> Result<Answer, String> {
        let stream = control::connect(&socket_path(self.folder.path()))
            .unwrap()
            .expect("a server");
        control::ask(stream, request, &mut |_| ControlFlow::Continue(())).map_err(|error| match error {
            control::AskError::Failed(failure) => failure.code,
            other => panic!("{other}"),
        })
    }

    fn add_source(&self) -> String {
        let added = self.ask(&Request::SourceAdd {
            name: "Forms".to_owned(),
            edit: SourceEdit::default(),
        });
        let Ok(Answer::Source(view)) = added else {
            panic!("{added:?}")
        };
        view.webhook_url.expect("the URL of a new source")
    }

    /// Posts to the source over HTTPS and waits until it is processed.
    fn post(&self, body: &str) -> WebhookView {
        let body = TestBody {
            content_type: "application/json".to_owned(),
            body: body.to_owned(),
        };
        let tested = self.ask(&Request::SourceTest {
            name: "Forms".to_owned(),
            body: Some(body),
        });
        let Ok(Answer::SourceTest(view)) = tested else {
            panic!("{tested:?}")
        };
        assert_eq!(view.answer_status, 200, "{view:?}");
        // The test itself waits for a while only.
        self.processed(&view.webhook.expect("a stored webhook"))
    }

    fn grant_create(&self, object: &str) {
        let granted = self.ask(&Request::GrantAdd {
            user: WEBHOOK_SERVICE.to_owned(),
            object: object.to_owned(),
            rights: Rights {
                create: true,
                ..Rights::default()
            },
        });
        assert!(matches!(granted, Ok(Answer::Grant(_))), "{granted:?}");
    }

    fn show(&self, webhook: &WebhookView) -> WebhookView {
        let shown = self.ask(&Request::WebhookShow { id: webhook.id });
        let Ok(Answer::Webhook(view)) = shown else {
            panic!("{shown:?}")
        };
        *view
    }

    /// The webhook once its run is over.
    fn processed(&self, webhook: &WebhookView) -> WebhookView {
        wait_for("the webhook to be processed", || {
            let view = self.show(webhook);
            matches!(view.status, Status::Done | Status::Failed).then_some(view)
        })
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop();
        }
    }
}

fn settings(folder: &TempDir) -> Arc<Settings> {
    let command = config::arguments(clap::Command::new("test"));
    let data = folder.path().to_str().unwrap();
    let flags = [
        "test",
        "--data",
        data,
        "--listen-address",
        "127.0.0.1:0",
        "--http-workers",
        "1",
    ];
    Arc::new(config::load(None, &command.get_matches_from(flags), |_| None).unwrap())
}

#[test]
fn a_source_and_its_webhook_become_a_contact() {
    let site = Site::start();
    let url = site.add_source();
    assert!(url.starts_with("https://") && url.contains("/webhooks/whk_"), "{url}");
    site.grant_create("Contact");
    let webhook = site.post(&format!(
        r#"{{"EntityName": "Contact", "Name": "John Best", "CountryId": "{CANADA}", "BirthDate": "soon"}}"#
    ));
    assert_eq!(
        (webhook.status, webhook.outcome),
        (Status::Done, Outcome::RecordCreated),
        "{webhook:?}"
    );
    assert_eq!(webhook.errors.len(), 1, "{:?}", webhook.errors);
    assert_eq!(webhook.errors[0].column, "BirthDate");
    assert_eq!(webhook.records[0].display.as_deref(), Some("John Best"));

    let id = webhook.records[0].id;
    let shown = site.ask(&Request::RecordShow {
        object: "contact".to_owned(),
        id,
    });
    let Ok(Answer::Record(record)) = shown else {
        panic!("{shown:?}")
    };
    assert_eq!(
        (record.webhook, record.created_by.as_str()),
        (Some(webhook.id), WEBHOOK_SERVICE)
    );
    let country = record.values.iter().find(|value| value.key == "CountryId").unwrap();
    assert_eq!(country.display.as_deref(), Some("Canada"));

    let listed = site.ask(&Request::SourceList);
    let Ok(Answer::Sources(sources)) = listed else {
        panic!("{listed:?}")
    };
    assert_eq!((sources[0].webhooks, sources[0].webhook_url.as_deref()), (1, None));
}

#[test]
fn a_failed_webhook_is_processed_again_after_its_cause_is_mended() {
    let site = Site::start();
    site.add_source();
    let failed = site.post(r#"{"EntityName": "Contact", "Name": "John Best"}"#);
    assert_eq!(failed.status, Status::Failed);
    site.grant_create("Contact");
    let query = WebhookQuery {
        status: Some(Status::Failed),
        ..WebhookQuery::default()
    };
    let replayed = site.ask(&Request::WebhookReplayAll { query, again: false });
    assert!(
        matches!(replayed, Ok(Answer::WebhooksReplayed(done)) if done.count == 1),
        "{replayed:?}"
    );
    let done = site.processed(&failed);
    assert_eq!(
        (done.outcome, done.records.len(), done.run),
        (Outcome::RecordCreated, 1, 2),
        "{done:?}"
    );

    // All that match: it is left alone and stays findable by its outcome.
    let query = WebhookQuery {
        status: Some(Status::Done),
        ..WebhookQuery::default()
    };
    let replayed = site.ask(&Request::WebhookReplayAll { query, again: false });
    assert!(
        matches!(replayed, Ok(Answer::WebhooksReplayed(done)) if (done.count, done.left_out) == (0, 1)),
        "{replayed:?}"
    );
    let same = site.processed(&failed);
    assert_eq!((same.outcome, same.run), (Outcome::RecordCreated, 2), "{same:?}");

    assert_eq!(
        site.ask(&Request::WebhookReplay {
            id: done.id,
            again: false
        }),
        Err("record-made".to_owned())
    );
    site.ask(&Request::WebhookReplay {
        id: done.id,
        again: true,
    })
    .unwrap();
    assert_eq!(site.processed(&failed).records.len(), 2);

    let deleted = site.ask(&Request::WebhookDeleteAll {
        query: WebhookQuery::default(),
        include_new: false,
    });
    assert!(
        matches!(deleted, Ok(Answer::WebhooksDeleted(done)) if done.count == 1),
        "{deleted:?}"
    );
    assert_eq!(
        site.ask(&Request::WebhookShow { id: done.id }),
        Err("not-found".to_owned())
    );
    let records = site.ask(&Request::RecordList {
        object: "Contact".to_owned(),
        before: None,
        limit: 10,
    });
    assert!(
        matches!(&records, Ok(Answer::Records(page)) if page.total == 2),
        "records stay: {records:?}"
    );
}

#[test]
fn a_definition_is_applied_once_and_exported_again() {
    let site = Site::start();
    let json = r#"{"objects": [{"code": "UsrBooking", "columns": [
        {"code": "Name", "type": "text(250)"}, {"code": "Kind", "type": "lookup(UsrKind)"}]},
        {"code": "UsrKind", "lookup": true}],
        "values": [{"object": "UsrKind", "name": "Double"}], "entities": ["UsrBooking"]}"#;
    let apply = |dry_run| {
        let applied = site.ask(&Request::ObjectApply {
            json: json.to_owned(),
            dry_run,
        });
        let Ok(Answer::ObjectsApplied(view)) = applied else {
            panic!("{applied:?}")
        };
        view
    };
    let tried = apply(true);
    assert!(!tried.applied && !tried.differences.is_empty());
    assert_eq!(
        site.ask(&Request::ObjectShow {
            object: "UsrBooking".to_owned()
        }),
        Err("not-found".to_owned())
    );
    let applied = apply(false);
    assert!(applied.applied);
    assert_eq!(applied.differences, tried.differences);
    assert_eq!(apply(false).differences, Vec::<String>::new());

    let codes = vec!["UsrKind".to_owned(), "UsrBooking".to_owned()];
    let exported = site.ask(&Request::ObjectExport { objects: Some(codes) });
    let Ok(Answer::Definition(definition)) = exported else {
        panic!("{exported:?}")
    };
    assert_eq!(definition["values"][0]["name"], "Double");
    assert_eq!(definition["entities"][0], "UsrBooking");
    let again = site.ask(&Request::ObjectApply {
        json: definition.to_string(),
        dry_run: false,
    });
    assert!(
        matches!(&again, Ok(Answer::ObjectsApplied(view)) if view.differences.is_empty()),
        "{again:?}"
    );

    let broken = site.ask(&Request::ObjectApply {
        json: "{".to_owned(),
        dry_run: true,
    });
    assert_eq!(broken, Err("definition-invalid".to_owned()));
}

#[test]
fn a_rotated_or_disabled_source_changes_what_it_takes() {
    let site = Site::start();
    let old = site.add_source();
    let rotated = site.ask(&Request::SourceRotateKey {
        name: "forms".to_owned(),
        overlap: GracePeriod::default(),
    });
    let Ok(Answer::Source(view)) = rotated else {
        panic!("{rotated:?}")
    };
    assert_ne!(view.webhook_url.as_deref(), Some(old.as_str()));
    assert!(view.previous_key_until.is_some());

    let edit = SourceEdit {
        rate_per_minute: Edit::Set(60),
        ..SourceEdit::default()
    };
    site.ask(&Request::SourceSet {
        name: "Forms".to_owned(),
        edit,
    })
    .unwrap();
    let switched = site.ask(&Request::SourceSwitch {
        name: "Forms".to_owned(),
        enabled: false,
    });
    assert!(matches!(&switched, Ok(Answer::Source(view)) if !view.enabled && view.rate_per_minute == Some(60)));
    let tested = site.ask(&Request::SourceTest {
        name: "Forms".to_owned(),
        body: None,
    });
    assert!(
        matches!(&tested, Ok(Answer::SourceTest(view)) if view.answer_status == 404 && view.webhook.is_none()),
        "{tested:?}"
    );
    let taken = Request::SourceAdd {
        name: "FORMS".to_owned(),
        edit: SourceEdit::default(),
    };
    assert_eq!(site.ask(&taken), Err("name-taken".to_owned()));
    assert_eq!(
        site.ask(&Request::SourceShow { name: "x".to_owned() }),
        Err("not-found".to_owned())
    );
}
