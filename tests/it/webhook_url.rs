//! A Webhook URL as its senders see it, on a real ledger: what is answered in which order, and
//! that an answer of 200 is a webhook that can be read.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use hookgate::domain::actor::Actor;
use hookgate::domain::change::Change;
use hookgate::domain::source::SourceSettings;
use hookgate::domain::time::Timestamp;
use hookgate::http::{HttpSettings, Listener, Running, ServerParts, Serves, serve};
use hookgate::intake::Intake;
use hookgate::journal::disk::Folder;
use hookgate::journal::{GroupPolicy, JournalOptions};
use hookgate::ledger::folder::DataFolder;
use hookgate::ledger::{Ledger, LedgerLimits, LedgerParts, ledger_start};
use hookgate::secret::Secrets;
use hookgate::store::store_open;
use tempfile::TempDir;
use uuid::Uuid;

const BODY: &str = "{\"Name\":\"John Best\"}";
const SEGMENT: u64 = 1 << 20;

/// Journal, store and HTTP; nothing is processed.
struct Site {
    ledger: Ledger,
    secrets: Arc<Secrets>,
    running: Option<Running>,
    _folder: DataFolder,
    _directory: TempDir,
}

impl Site {
    fn start(serves: &[Serves]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(directory.path(), Uuid::now_v7(), SEGMENT).unwrap();
        let parts = LedgerParts {
            disk: Arc::new(Folder::new(&folder.journal())),
            store: store_open(&folder.database(), folder.appliance, 16 << 20).unwrap(),
            appliance: folder.appliance,
            journal: JournalOptions {
                segment: SEGMENT,
                queue: 1024,
                policy: GroupPolicy::default(),
            },
            limits: LedgerLimits::default(),
        };
        let (ledger, _work) = ledger_start(parts, |_| ()).unwrap();
        let genesis = Change::Genesis {
            at: Timestamp(1),
            appliance: folder.appliance,
        };
        ledger.change(genesis).unwrap();
        let secrets = Arc::new(Secrets::new(&[7; 32]).unwrap());
        let listeners = serves.iter().map(|&serves| Listener {
            address: "127.0.0.1:0".parse().unwrap(),
            serves,
            tls: None,
        });
        let running = serve(ServerParts {
            intake: Arc::new(Intake::new(ledger.clone(), Arc::clone(&secrets))),
            settings: HttpSettings {
                workers: 1,
                ..HttpSettings::default()
            },
            listeners: listeners.collect(),
        })
        .unwrap();
        Self {
            ledger,
            secrets,
            running: Some(running),
            _folder: folder,
            _directory: directory,
        }
    }

    fn address(&self, listener: usize) -> SocketAddr {
        self.running.as_ref().unwrap().addresses[listener]
    }

    /// A new source; returns its key.
    fn source(&self, name: &str, settings: SourceSettings) -> String {
        let (key, stored) = self.secrets.source_key_new().unwrap();
        let added = Change::SourceAdded {
            at: Timestamp(1),
            by: Actor::CommandLine,
            name: name.to_owned(),
            settings,
            key: stored,
        };
        self.ledger.change(added).unwrap();
        key
    }

    fn post(&self, key: &str, headers: &str, body: &str) -> Answer {
        let request = format!(
            "POST /webhooks/{key} HTTP/1.1\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.ask(0, &request)
    }

    /// Sends a request on a connection of its own. `Host` and `Connection` are added.
    fn ask(&self, listener: usize, request: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address(listener)).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        let request = request.replacen(
            "HTTP/1.1\r\n",
            "HTTP/1.1\r\nHost: h\r\nConnection: close\r\n",
            1,
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        Answer {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head: head.to_lowercase(),
            body: body.to_owned(),
        }
    }

    fn stored(&self) -> u64 {
        self.ledger
            .read()
            .unwrap()
            .webhook_counts()
            .unwrap()
            .total()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop(true);
        }
        self.ledger.close();
    }
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// Head and body without the time of day.
    fn without_date(&self) -> String {
        let lines = self.head.lines().filter(|line| !line.starts_with("date: "));
        let mut lines: Vec<_> = lines.collect();
        lines.sort_unstable();
        lines.join("\n") + &self.body
    }
}

const JSON: &str = "Content-Type: application/json\r\n";

#[test]
fn what_is_acknowledged_can_be_read() {
    let site = Site::start(&[Serves::Everything]);
    let key = site.source("shop", SourceSettings::default());
    let headers = format!("{JSON}Authorization: Bearer abc\r\nOrigin: https://shop.example\r\n");
    let answer = site.post(&format!("{key}?a=1&key={key}"), &headers, BODY);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let answer: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    let id: Uuid = answer["id"].as_str().unwrap().parse().unwrap();
    let row = site
        .ledger
        .read()
        .unwrap()
        .webhook_by_id(id)
        .unwrap()
        .unwrap();
    assert_eq!(row.webhook.body, BODY.as_bytes());
    assert_eq!(row.webhook.source_url, "https://shop.example");
    assert_eq!(row.webhook.remote, Some("127.0.0.1".parse().unwrap()));
    assert!(!format!("{:?}", row.webhook).contains(&key));
    assert!(format!("{:?}", row.webhook).contains("Bearer ***"));
}

#[test]
fn an_unknown_and_a_disabled_key_get_the_same_answer_to_everything() {
    let site = Site::start(&[Serves::Everything]);
    let key = site.source("shop", SourceSettings::default());
    assert_eq!(site.post(&key, JSON, BODY).status, 200);
    let disabled = Change::SourceChanged {
        at: Timestamp(2),
        by: Actor::CommandLine,
        source: 1,
        enabled: false,
        settings: SourceSettings::default(),
    };
    site.ledger.change(disabled).unwrap();
    let unknown = key.chars().rev().collect::<String>();
    for (method, headers) in [
        ("POST", JSON),
        ("POST", "Content-Type: text/xml\r\n"),
        ("GET", ""),
        ("OPTIONS", ""),
    ] {
        let ask = |key: &str| {
            site.ask(
                0,
                &format!("{method} /webhooks/{key} HTTP/1.1\r\n{headers}Content-Length: 0\r\n\r\n"),
            )
        };
        let (off, never) = (ask(&key), ask(&unknown));
        assert_eq!(off.status, 404);
        assert_eq!(off.without_date(), never.without_date());
        assert!(!off.body.contains(&key));
    }
    assert_eq!(site.stored(), 1);
}

#[test]
fn what_is_refused_is_not_stored() {
    let site = Site::start(&[Serves::Everything]);
    let limits = SourceSettings {
        max_body: Some(40),
        ..SourceSettings::default()
    };
    let key = site.source("small", limits);
    let chunked = format!(
        "POST /webhooks/{key} HTTP/1.1\r\n{JSON}Transfer-Encoding: chunked\r\n\r\n29\r\n{}\r\n0\r\n\r\n",
        "x".repeat(41)
    );
    assert_eq!(site.ask(0, &chunked).status, 413);
    assert_eq!(site.post(&key, JSON, &"x".repeat(41)).status, 413);
    assert_eq!(
        site.post(&key, "Content-Type: text/plain\r\n", BODY).status,
        415
    );
    let get = site.ask(0, &format!("GET /webhooks/{key} HTTP/1.1\r\n\r\n"));
    assert_eq!(
        (get.status, get.header("allow")),
        (405, Some("post, options"))
    );
    assert_eq!(site.stored(), 0);
    assert_eq!(site.post(&format!("{key}/"), JSON, BODY).status, 200);
}

#[test]
fn a_source_over_its_rate_is_told_when_to_come_back() {
    let site = Site::start(&[Serves::Everything]);
    let limits = SourceSettings {
        rate_per_minute: Some(2),
        ..SourceSettings::default()
    };
    let key = site.source("busy", limits);
    assert_eq!(site.post(&key, JSON, BODY).status, 200);
    assert_eq!(site.post(&key, JSON, BODY).status, 200);
    let answer = site.post(&key, JSON, BODY);
    assert_eq!(answer.status, 429);
    let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    assert_eq!(site.stored(), 2);
}

#[test]
fn browsers_of_allowed_origins_may_post() {
    let site = Site::start(&[Serves::Everything]);
    let origins = SourceSettings {
        allowed_origins: vec!["https://a.example".to_owned()],
        ..SourceSettings::default()
    };
    let key = site.source("form", origins);
    let origin = "Origin: https://a.example\r\n";
    let preflight = format!(
        "OPTIONS /webhooks/{key} HTTP/1.1\r\n{origin}Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: content-type\r\n\r\n"
    );
    let allowed = |answer: &Answer| {
        answer
            .header("access-control-allow-origin")
            .map(str::to_owned)
    };
    let answer = site.ask(0, &preflight);
    assert_eq!(
        (answer.status, allowed(&answer).as_deref()),
        (204, Some("https://a.example"))
    );
    assert_eq!(
        answer.header("access-control-allow-headers"),
        Some("content-type")
    );
    for (headers, status) in [(JSON, 200), ("Content-Type: text/xml\r\n", 415)] {
        let answer = site.post(&key, &format!("{headers}{origin}"), BODY);
        assert_eq!(
            (answer.status, allowed(&answer).as_deref()),
            (status, Some("https://a.example"))
        );
    }
    let answer = site.post(&key, &format!("{JSON}Origin: https://b.example\r\n"), BODY);
    assert_eq!((answer.status, allowed(&answer)), (200, None));
}

#[test]
fn senders_and_everybody_else_are_kept_apart() {
    let site = Site::start(&[Serves::Webhooks, Serves::Operations]);
    let key = site.source("shop", SourceSettings::default());
    let post = format!("POST /webhooks/{key} HTTP/1.1\r\n{JSON}Content-Length: 2\r\n\r\n{{}}");
    assert_eq!(site.ask(0, &post).status, 200);
    assert_eq!(site.ask(1, &post).status, 404);
    for path in ["/livez", "/readyz"] {
        let get = format!("GET {path} HTTP/1.1\r\n\r\n");
        assert_eq!(site.ask(0, &get).status, 404);
        assert_eq!(site.ask(1, &get).status, 200);
        assert_eq!(site.ask(1, &get.replace("GET", "DELETE")).status, 405);
    }
}

#[test]
fn a_closed_ledger_is_not_ready_and_no_fault_of_the_sender() {
    let site = Site::start(&[Serves::Everything]);
    let key = site.source("shop", SourceSettings::default());
    site.ledger.close();
    let answer = site.post(&key, JSON, BODY);
    assert_eq!(answer.status, 503);
    assert!(answer.header("retry-after").is_some());
    assert_eq!(site.ask(0, "GET /readyz HTTP/1.1\r\n\r\n").status, 503);
    assert_eq!(site.ask(0, "GET /livez HTTP/1.1\r\n\r\n").status, 200);
}
