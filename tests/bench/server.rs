//! Hookgate itself under load: the program as it is installed.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use hookgate::api::LocalRequest;
use hookgate::api::table::BASE;
use hookgate::control;
use serde_json::Value;

use crate::ask::ask;
use crate::program::{listener, serve};

pub struct Server {
    child: Child,
    data: PathBuf,
    base: String,
    path: String,
}

/// Positions of journal and store over time.
pub struct Watch {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Vec<(Instant, u64, u64)>>,
}

/// How far the store was behind.
pub struct Lag {
    pub longest: Duration,
    pub entries: u64,
}

impl Server {
    /// Starts it with a new data folder, Contacts allowed, and one source.
    pub fn start(data: &Path, tls: bool) -> Self {
        let mut child = serve(data)
            .args(["--listen-plain-http", "127.0.0.1:0", "--log-level", "warn"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("hookgate starts");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let wanted = if tls { "https" } else { "http" };
        let base = lines
            .map(|line| line.expect("a line"))
            .find_map(|line| {
                listener(&line)
                    .filter(|(scheme, _)| *scheme == wanted)
                    .map(|(scheme, address)| format!("{scheme}://{address}"))
            })
            .expect("it says where it listens");
        let mut server = Self {
            child,
            data: data.to_owned(),
            base,
            path: String::new(),
        };
        ask(data, &["grant", "Contact", "--create"]);
        let source = ask(data, &["source", "add", "Bench"]);
        let url = source["webhook_url"].as_str().expect("a Webhook URL");
        url.splitn(4, '/').nth(3).expect("a path").clone_into(&mut server.path);
        server
    }

    pub fn webhook_url(&self) -> String {
        format!("{}/{}", self.base, self.path)
    }

    /// Where it listens.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// What a command of the command line answers.
    pub fn ask(&self, arguments: &[&str]) -> Value {
        ask(&self.data, arguments)
    }

    /// Webhooks that are not processed or not applied yet.
    pub fn waiting(&self) -> u64 {
        let health = health(&self.data).expect("it answers");
        let waiting = health["waiting"].as_u64().expect("a number");
        waiting + health["journal"].as_u64().expect("a number") - health["store"].as_u64().expect("a number")
    }

    /// Webhooks that are Done, and Contacts.
    pub fn results(&self) -> (u64, u64) {
        let health = health(&self.data).expect("it answers");
        let records = ask(&self.data, &["record", "list", "Contact", "--limit", "1"]);
        (
            health["done"].as_u64().expect("a number"),
            records["total"].as_u64().expect("a number"),
        )
    }

    /// The median time from the answer to the record, one webhook at a time.
    pub fn idle_latency(&self, body: &str) -> Duration {
        let address = self.base.split("//").nth(1).expect("an address");
        let mut times: Vec<Duration> = (0..101)
            .map(|_| {
                let mut stream = TcpStream::connect(address).expect("it answers");
                write!(
                    stream,
                    "POST /{} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                     Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    self.path,
                    body.len()
                )
                .expect("sent");
                let mut answer = String::new();
                stream.read_to_string(&mut answer).expect("an answer");
                let answered = Instant::now();
                let id = answer
                    .split("{\"id\":\"")
                    .nth(1)
                    .and_then(|rest| rest.split('"').next())
                    .expect("an id");
                let path = format!("/webhooks/{id}");
                while socket(&self.data, &path).expect("it answers")["status"] != "Done" {}
                answered.elapsed()
            })
            .collect();
        times.sort();
        times[times.len() / 2]
    }

    pub fn peak_memory_mib(&self) -> f64 {
        self.status_mib("VmHWM:")
    }

    pub fn memory_mib(&self) -> f64 {
        self.status_mib("VmRSS:")
    }

    fn status_mib(&self, key: &str) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("its status");
        let size = status
            .lines()
            .find_map(|line| line.strip_prefix(key))
            .expect("the line");
        let kib: f64 = size.trim().trim_end_matches(" kB").parse().expect("a number");
        kib / 1024.0
    }

    pub fn watch(&self) -> Watch {
        let stop = Arc::new(AtomicBool::new(false));
        let (data, stopped) = (self.data.clone(), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            let mut samples = Vec::new();
            while !stopped.load(Ordering::Relaxed) {
                if let Some(health) = health(&data) {
                    let number = |key: &str| health[key].as_u64().unwrap_or_default();
                    samples.push((Instant::now(), number("journal"), number("store")));
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            samples
        });
        Watch { stop, thread }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Watch {
    /// The longest time that an entry was in the journal before the store had it.
    pub fn finish(self) -> Lag {
        self.stop.store(true, Ordering::Relaxed);
        let samples = self.thread.join().expect("the watch");
        let mut lag = Lag {
            longest: Duration::ZERO,
            entries: 0,
        };
        for (index, (now, journal, store)) in samples.iter().enumerate() {
            lag.entries = lag.entries.max(journal.saturating_sub(*store));
            // The first sample whose journal held more than the store has now.
            let since = samples[..index].iter().find(|(_, journal, _)| journal > store);
            if let Some((then, ..)) = since {
                lag.longest = lag.longest.max(*now - *then);
            }
        }
        lag
    }
}

/// Asks over the socket, as the command line does, without the cost of a process.
fn health(data: &Path) -> Option<Value> {
    socket(data, "/health")
}

fn socket(data: &Path, path: &str) -> Option<Value> {
    let request = LocalRequest {
        method: "GET".to_owned(),
        path: format!("{BASE}{path}"),
        ..LocalRequest::default()
    };
    let reply = control::ask(&control::socket_path(data), &request).ok()??;
    serde_json::from_reader(reply.body).ok()
}
