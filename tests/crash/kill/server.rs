//! The program as it is installed, in a process that can be killed.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use hookgate::api::LocalRequest;
use hookgate::api::table::BASE;
use hookgate::control;
use hookgate::manage::health::HealthView;
use serde::de::DeserializeOwned;

use crate::program::{listener, serve};

/// How long anything may take before the test gives up.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A process that serves a data folder, or is about to.
pub struct Server {
    child: Child,
    output: BufReader<ChildStdout>,
    data: PathBuf,
}

/// Where a server takes webhooks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bases {
    pub https: String,
    pub http: String,
}

impl Server {
    /// Starts it and does not wait.
    pub fn spawn(data: &Path) -> Self {
        let mut child = serve(data)
            .args(["--listen-plain-http", "127.0.0.1:0"])
            .args(["--log-level", "warn", "--process-max-attempts", "100"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self {
            child,
            output,
            data: data.to_owned(),
        }
    }

    /// Waits until it says where it listens.
    pub fn ready(&mut self) -> Bases {
        let mut bases = Bases {
            https: String::new(),
            http: String::new(),
        };
        let mut line = String::new();
        while bases.https.is_empty() || bases.http.is_empty() {
            line.clear();
            let read = self.output.read_line(&mut line).unwrap();
            assert!(read > 0, "the server ended instead of serving: {:?}", self.child.wait());
            if let Some((scheme, address)) = listener(&line) {
                let base = if scheme == "https" {
                    &mut bases.https
                } else {
                    &mut bases.http
                };
                *base = format!("{scheme}://{address}");
            }
        }
        bases
    }

    /// As when the power goes: no last word.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop, and waits until it has.
    pub fn stop(mut self) {
        let process = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}");
    }

    /// What a command asks of it, without the time that a process takes to start.
    /// What is at a path of the API.
    pub fn ask<View: DeserializeOwned>(&self, path: &str, query: &str) -> View {
        let request = LocalRequest {
            method: "GET".to_owned(),
            path: format!("{BASE}{path}"),
            query: query.to_owned(),
            body: Vec::new(),
        };
        let reply = control::ask(&control::socket_path(&self.data), &request).unwrap();
        let reply = reply.expect("the server listens on its socket");
        serde_json::from_reader(reply.body).unwrap()
    }

    /// Waits until all that was acknowledged is processed and applied.
    pub fn settled(&self) {
        let begin = Instant::now();
        loop {
            let health: HealthView = self.ask("/health", "");
            if health.waiting == 0 && health.journal == health.store {
                return;
            }
            assert!(begin.elapsed() < PATIENCE, "not settled: {health:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
