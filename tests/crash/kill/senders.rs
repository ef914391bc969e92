//! Senders that go on through every kill, and write down what they were promised.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::json;
use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig};
use uuid::Uuid;

use super::server::{Bases, PATIENCE};

/// What the senders know, each for itself.
#[derive(Debug, Default)]
pub struct Ledger {
    /// How many webhooks each sender began to send; their markers follow from the numbers.
    pub attempted: Vec<u32>,
    /// The marker of each id that was answered 200.
    pub acknowledged: HashMap<Uuid, Marker>,
}

/// What only one webhook carries: its sender, and its number there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Marker {
    pub sender: u32,
    pub number: u32,
}

/// The senders, while they run.
pub struct Senders {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<Page>>,
}

/// What one sender wrote down: how many it began to send, and what was answered 200.
type Page = (u32, Vec<(Uuid, Marker)>);

struct Shared {
    place: Mutex<Place>,
    changed: Condvar,
    /// How many were answered 200, of all senders.
    acknowledged: AtomicU64,
}

/// Where to send now.
#[derive(Debug, Clone)]
enum Place {
    Nowhere,
    Here(Bases),
    Home,
}

impl Marker {
    pub fn text(self) -> String {
        format!("sender-{} number-{}", self.sender, self.number)
    }

    pub fn parse(text: &str) -> Option<Self> {
        let (sender, number) = text.strip_prefix("sender-")?.split_once(" number-")?;
        Some(Self {
            sender: sender.parse().ok()?,
            number: number.parse().ok()?,
        })
    }

    /// The body with this marker; some are as long as several blocks of the disk.
    pub fn body(self) -> String {
        let length = if self.number % 50 == 7 { 40_000 } else { 20 };
        let notes = format!("{}|", self.number).repeat(length / 4);
        json!({ "EntityName": "Contact", "Name": self.text(), "Email": "j.best@ourcompany.com", "Unknown": notes })
            .to_string()
    }
}

impl Senders {
    /// Starts so many, every second over TLS. They wait until they are told where to send.
    pub fn start(count: u32, path: &str) -> Self {
        let shared = Arc::new(Shared {
            place: Mutex::new(Place::Nowhere),
            changed: Condvar::new(),
            acknowledged: AtomicU64::new(0),
        });
        let threads = (0..count)
            .map(|sender| {
                let (shared, path) = (Arc::clone(&shared), path.to_owned());
                thread::spawn(move || send(sender, &shared, &path))
            })
            .collect();
        Self { shared, threads }
    }

    pub fn go_to(&self, bases: Bases) {
        self.tell(Place::Here(bases));
    }

    /// Waits until so many were acknowledged since the start.
    pub fn wait_acknowledged(&self, wanted: u64) {
        let begin = Instant::now();
        loop {
            let there = self.shared.acknowledged.load(Ordering::Relaxed);
            if there >= wanted {
                return;
            }
            assert!(begin.elapsed() < PATIENCE, "{there} acknowledged, not {wanted}");
            thread::sleep(Duration::from_millis(2));
        }
    }

    pub fn wait(&self) {
        self.tell(Place::Nowhere);
    }

    pub fn finish(self) -> Ledger {
        self.tell(Place::Home);
        let mut ledger = Ledger::default();
        for thread in self.threads {
            let (attempted, acknowledged) = thread.join().unwrap();
            ledger.attempted.push(attempted);
            ledger.acknowledged.extend(acknowledged);
        }
        ledger
    }

    fn tell(&self, place: Place) {
        *self.shared.place.lock().unwrap() = place;
        self.shared.changed.notify_all();
    }
}

fn send(sender: u32, shared: &Shared, path: &str) -> Page {
    let agent = agent();
    let mut number = 0;
    let mut acknowledged = Vec::new();
    loop {
        let place = shared
            .changed
            .wait_while(shared.place.lock().unwrap(), |place| matches!(place, Place::Nowhere));
        let bases = match place.unwrap().clone() {
            Place::Here(bases) => bases,
            Place::Home => return (number, acknowledged),
            Place::Nowhere => unreachable!(),
        };
        let base = if sender.is_multiple_of(2) {
            &bases.https
        } else {
            &bases.http
        };
        let marker = Marker { sender, number };
        number += 1;
        let sent = agent
            .post(format!("{base}/{path}"))
            .content_type("application/json")
            .send(marker.body());
        // A connection that breaks and a 503 promise nothing; nothing is sent twice.
        let Ok(mut answer) = sent else {
            // The next server is told of soon; until then this would only make noise.
            thread::sleep(Duration::from_millis(2));
            continue;
        };
        if answer.status() != 200 {
            assert_eq!(answer.status(), 503, "sender {sender}");
            continue;
        }
        if let Ok(text) = answer.body_mut().read_to_string() {
            let json: serde_json::Value = serde_json::from_str(&text).unwrap();
            acknowledged.push((json["id"].as_str().unwrap().parse().unwrap(), marker));
            shared.acknowledged.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Keeps its connection while it lasts.
fn agent() -> Agent {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::WebPki)
        .disable_verification(true)
        .unversioned_rustls_crypto_provider(provider)
        .build();
    Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false)
        .proxy(None)
        .timeout_global(Some(Duration::from_secs(20)))
        .build()
        .into()
}
