//! A server with its data folder, and what administrators ask it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use super::client::{Answer, Connection, Request};
use super::installed::{listener, serve};
use super::program::{Output, hookgate};
use super::supervisor::passing;
use super::{KEEP_ALIVE, PATIENCE, wait_for, wait_until};

/// The settings of how long a server waits for its senders.
const PATIENT: [(&str, Duration); 4] = [
    ("HOOKGATE_HTTP_HEAD_TIMEOUT", PATIENCE),
    ("HOOKGATE_HTTP_KEEP_ALIVE", KEEP_ALIVE),
    ("HOOKGATE_INTAKE_BODY_TIMEOUT", PATIENCE),
    ("HOOKGATE_INTAKE_BODY_PATIENCE", PATIENCE),
];

/// A running (or stopped) `hookgate serve`. Ends with the test.
pub struct Server {
    folder: TempDir,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
    passed: Option<TcpListener>,
    shell: Option<String>,
    child: Option<Child>,
    addresses: Vec<SocketAddr>,
    /// Keys of the sources made: secrets, of which no log may hold one.
    keys: RefCell<Vec<String>>,
}

/// A Webhook source that was made.
#[derive(Debug, Clone)]
pub struct Source {
    pub url: String,
    /// `/webhooks/` and the key.
    pub path: String,
    pub key: String,
}

impl Server {
    /// A server on a new data folder and a free port, ready for requests.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same with further flags of `hookgate serve`.
    pub fn start_with(arguments: &[&str]) -> Self {
        let mut server = Self::new(arguments);
        server.restart();
        server
    }

    /// A folder for a server that does not run yet; see [`Self::restart`].
    pub fn new(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            folder,
            arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
            variables: Vec::new(),
            passed: None,
            shell: None,
            child: None,
            addresses: Vec::new(),
            keys: RefCell::default(),
        }
    }

    /// Starts get this environment variable from now on.
    pub fn variable(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// Starts go through this script of a shell from now on, in which `"$@"` is the program.
    pub fn shell(&mut self, script: &str) {
        self.shell = Some(script.to_owned());
    }

    /// The process that runs.
    pub fn pid(&self) -> Pid {
        Pid::from_child(self.child.as_ref().unwrap())
    }

    /// How many files and connections it has open.
    pub fn open_files(&self) -> usize {
        let folder = format!("/proc/{}/fd", self.pid().as_raw_nonzero());
        fs::read_dir(folder).map_or(0, Iterator::count)
    }

    /// Starts get this socket passed from now on, under this name.
    pub fn pass(&mut self, listener: TcpListener, name: &str) {
        self.passed = Some(listener);
        self.variable("LISTEN_FDNAMES", name);
    }

    /// A folder that ends with the server; the data folder is in it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn data(&self) -> PathBuf {
        self.folder().join("data")
    }

    /// The certificate that the server made for itself.
    pub fn certificate(&self) -> PathBuf {
        self.data().join("tls/cert.pem")
    }

    /// The address of the first listener.
    pub fn address(&self) -> SocketAddr {
        self.addresses[0]
    }

    /// All addresses, in the order in which they were printed.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// What the server printed since it was started last.
    pub fn printed(&self) -> String {
        fs::read_to_string(self.folder().join("out")).unwrap_or_default()
    }

    /// Everything that it logged, from its first start on.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder().join("log")).unwrap_or_default()
    }

    /// Starts (again, once it has ended) and waits until it is ready. Ports may be others.
    pub fn restart(&mut self) {
        self.launch();
        self.addresses = wait_for("the server to be ready", || {
            let ended = self.child.as_mut().unwrap().try_wait().unwrap();
            assert_eq!(ended, None, "{}", self.log());
            let printed = self.printed();
            // The line after the addresses: all of them are there.
            printed.contains("  data folder  ").then(|| {
                printed
                    .lines()
                    .filter_map(listener)
                    .map(|(_, address)| address)
                    .collect()
            })
        });
    }

    /// Starts (again, once it has ended) and waits for nothing.
    pub fn launch(&mut self) {
        assert!(self.child.is_none(), "it runs already");
        let log = File::options()
            .append(true)
            .create(true)
            .open(self.folder().join("log"));
        let mut command = serve(&self.data());
        command.args(&self.arguments);
        command.envs(PATIENT.map(|(name, time)| (name, format!("{} s", time.as_secs()))));
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        let child = self
            .launched(command)
            .stdout(File::create(self.folder().join("out")).unwrap())
            .stderr(log.unwrap())
            .spawn();
        self.child = Some(child.unwrap());
    }

    fn launched(&self, mut command: Command) -> Command {
        if let Some(listener) = &self.passed {
            return passing(&command, listener);
        }
        if let Some(script) = &self.shell {
            command = through_shell(&command, script);
        }
        command.stdin(Stdio::null());
        command
    }

    /// SIGTERM, and waits for the end; gives the exit code.
    pub fn stop(&mut self) -> i32 {
        self.signal(Signal::TERM);
        self.wait()
    }

    /// Waits for its end without asking for it; gives the exit code.
    pub fn wait(&mut self) -> i32 {
        let mut child = self.child.take().unwrap();
        let status = wait_for("the server to end", || child.try_wait().unwrap());
        status.code().unwrap_or(-1)
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.child.as_mut().unwrap().try_wait().unwrap().is_some()
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Runs a command of the command line on the data folder.
    pub fn cli(&self, arguments: &[&str]) -> Output {
        self.cli_reading(arguments, "")
    }

    /// The same with something to read.
    pub fn cli_reading(&self, arguments: &[&str], input: &str) -> Output {
        hookgate(&self.data(), arguments, input)
    }

    /// Runs a command that must succeed, with `--json`; gives what it wrote (null for nothing).
    #[track_caller]
    pub fn ask(&self, arguments: &[&str]) -> Value {
        let output = self.cli(&[arguments, &["--json"]].concat()).good();
        if output.stdout.trim().is_empty() {
            Value::Null
        } else {
            output.json()
        }
    }

    /// Makes a Webhook source.
    #[track_caller]
    pub fn source(&self, name: &str) -> Source {
        self.source_with(name, &[])
    }

    /// Makes a Webhook source with limits.
    #[track_caller]
    pub fn source_with(&self, name: &str, limits: &[&str]) -> Source {
        let made = self.ask(&[&["source", "add", name], limits].concat());
        let source = Source::of(&made);
        self.keys.borrow_mut().push(source.key.clone());
        source
    }

    /// A connection of its own to the first listener.
    pub fn connect(&self) -> Connection {
        Connection::open(self.address(), "localhost", &self.certificate()).unwrap()
    }

    /// Sends one request on a connection of its own.
    #[track_caller]
    pub fn send(&self, request: &Request) -> Answer {
        let mut connection = self.connect();
        connection.write(&request.bytes());
        connection.answer()
    }

    #[track_caller]
    pub fn post(&self, source: &Source, content_type: &str, body: impl AsRef<[u8]>) -> Answer {
        self.send(&Request::post(source, content_type, body))
    }

    /// Posts JSON that must be taken; gives the webhook's id.
    #[track_caller]
    pub fn accepted(&self, source: &Source, body: impl AsRef<[u8]>) -> String {
        self.post(source, "application/json", body).id()
    }

    /// Waits until both of the first signing keys are there. They are made behind the start, and
    /// what is decided just before them is sent back to be decided again: at a stop, by the next
    /// start.
    pub fn keys_made(&self) {
        wait_until("both signing keys", || {
            let keys = self.ask(&["signing-key", "list"]);
            keys.as_array().is_some_and(|keys| keys.len() == 2)
        });
    }

    /// `webhook show`, as soon as the webhook can be seen.
    pub fn webhook(&self, id: &str) -> Value {
        wait_for("the webhook to be seen", || {
            let shown = self.cli(&["webhook", "show", id, "--json"]);
            (shown.code == 0).then(|| shown.json())
        })
    }

    /// `webhook show`, as soon as it is Done or Failed.
    pub fn processed(&self, id: &str) -> Value {
        wait_for("the webhook to be processed", || {
            let shown = self.webhook(id);
            matches!(shown["status"].as_str(), Some("Done" | "Failed")).then_some(shown)
        })
    }

    /// Posts JSON that must be taken, and waits until it is processed.
    #[track_caller]
    pub fn done_with(&self, source: &Source, body: impl AsRef<[u8]>) -> Value {
        self.processed(&self.accepted(source, body))
    }

    /// The records of an object, complete.
    #[track_caller]
    pub fn records(&self, object: &str) -> Vec<Value> {
        let list = self.ask(&["record", "list", object]);
        list["records"].as_array().unwrap().clone()
    }

    /// The values of the one record that a webhook made, by key; empty columns are not there.
    #[track_caller]
    pub fn values(&self, webhook: &Value) -> BTreeMap<String, Value> {
        let records = webhook["records"].as_array().unwrap();
        assert_eq!(records.len(), 1, "{webhook:#}");
        let [object, id] = ["object", "id"].map(|part| records[0][part].as_str().unwrap());
        let record = self.ask(&["record", "show", object, id]);
        let values = record["values"].as_array().unwrap().iter();
        values
            .map(|value| (value["key"].as_str().unwrap().to_owned(), value["value"].clone()))
            .collect()
    }

    /// Lets webhooks become records of an object.
    #[track_caller]
    pub fn grant(&self, object: &str) {
        self.cli(&["grant", object, "--create"]).good();
    }

    /// How many webhooks are stored, whatever became of them.
    #[track_caller]
    pub fn stored(&self) -> u64 {
        let health = self.ask(&["healthcheck"]);
        ["waiting", "failed", "done"]
            .iter()
            .map(|part| health[part].as_u64().unwrap())
            .sum()
    }
}

/// The same command by a script of a shell, in which it is `"$@"`.
pub fn through_shell(command: &Command, script: &str) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", script, "sh"])
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear()
        .envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .current_dir(command.get_current_dir().unwrap_or(Path::new("/")));
    shell
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        if !std::thread::panicking() {
            let log = self.log();
            let leaked = self.keys.borrow().iter().any(|key| log.contains(key));
            assert!(!leaked, "a source's key stands in the log: {log}");
        }
    }
}

impl Source {
    /// From what `source add` or `source rotate-key` wrote.
    #[track_caller]
    pub fn of(made: &Value) -> Self {
        let url = made["webhook_url"].as_str().unwrap().to_owned();
        let at = url.find("/webhooks/").unwrap();
        let path = url[at..].to_owned();
        Self {
            key: path["/webhooks/".len()..].to_owned(),
            path,
            url,
        }
    }
}
