//! A server in this process with people who are logged in and programs that have tokens, as
//! browsers and scripts ask it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ArgMatches;
use hookgate::app::serve::{Server, StartError};
use hookgate::clock;
use hookgate::config::{Disk, load};
use hookgate::domain::actor::Actor;
use hookgate::domain::user::Role;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Answer, Connection, KEEP_ALIVE, PATIENCE, Request, wait_for};

/// The password of [`Site::administrator`]; others have their name behind it.
pub const PASSWORD: &str = "seven quiet herons wade";

/// The server. Ends with the test.
pub struct Site {
    server: Option<Server>,
    folder: TempDir,
}

/// Somebody, by what their requests carry beside the rest.
#[derive(Debug, Clone, Default)]
pub struct Asker {
    headers: Vec<(&'static str, String)>,
}

/// What came back, with its body as it is.
#[derive(Debug)]
pub struct Raw {
    pub status: u16,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Site {
    /// Without an administrator.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = start(folder.path()).unwrap();
        Self {
            server: Some(server),
            folder,
        }
    }

    /// Stops and starts: sessions go on, but what is known in memory only is gone.
    pub fn restart(&mut self) {
        self.server.take().unwrap().stop();
        // A thread that makes a key may hold the database a moment longer than the server lives.
        let started = wait_for("the data folder to be free", || start(self.folder.path()).ok());
        self.server = Some(started);
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    pub fn connect(&self) -> Connection {
        let (address, ..) = self.server.as_ref().unwrap().addresses[0];
        Connection::open(address, "localhost", &self.data().join("tls/cert.pem")).unwrap()
    }

    /// Sends one request on a connection of its own. Of an answer in chunks only the head is read.
    #[track_caller]
    pub fn send(&self, request: &Request) -> Answer {
        self.connect().send(request)
    }

    /// The same; reads to the end of the connection.
    #[track_caller]
    pub fn raw(&self, request: &Request) -> Raw {
        let mut connection = self.connect();
        connection.write(&request.clone().header("Connection", "close").bytes());
        let all = connection.end();
        let end = all.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(all[..end].to_vec()).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(':').unwrap();
            (name.to_lowercase(), value.trim().to_owned())
        });
        Raw {
            status,
            headers: headers.collect(),
            body: all[end + 4..].to_vec(),
        }
    }

    /// The first administrator, by a set-up link.
    #[track_caller]
    pub fn administrator(&self) -> Asker {
        let people = &self.server.as_ref().unwrap().context.people;
        let made = people.setup_link_make(Actor::CommandLine, None, clock::now()).unwrap();
        self.set_up(&json!({"token": made.token, "name": "Ada", "password": PASSWORD}))
    }

    /// Somebody whom an administrator added.
    #[track_caller]
    pub fn person(&self, by: &Asker, name: &str, role: Role) -> Asker {
        let made = by.asks(self, "POST", "/users", &json!({"name": name, "role": role}));
        assert_eq!(made.status, 201, "{made:?}");
        let link = made.json()["setup_link"].as_str().unwrap().to_owned();
        let (_, token) = link.split_once("#/setup/").unwrap();
        self.set_up(&json!({"token": token, "password": format!("{PASSWORD} {name}")}))
    }

    #[track_caller]
    fn set_up(&self, body: &Value) -> Asker {
        let answer = Asker::page().asks(self, "POST", "/setup", body);
        assert_eq!(answer.status, 201, "{answer:?}");
        let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap();
        Asker::page().with("Cookie", cookie)
    }

    /// A program of `WebhookService` with a token that has these scopes.
    #[track_caller]
    pub fn program(&self, by: &Asker, name: &str, scopes: &[&str]) -> Asker {
        let edit = json!({"name": name, "user": "WebhookService", "scopes": scopes});
        let made = by.asks(self, "POST", "/clients", &edit);
        assert_eq!(made.status, 201, "{made:?}");
        let token = self.token(&made.json());
        assert_eq!(token.status, 200, "{token:?}");
        let token = token.json()["access_token"].as_str().unwrap().to_owned();
        Asker::default().with("Authorization", &format!("Bearer {token}"))
    }

    /// Asks for a token with the secret that a view of a client has.
    #[track_caller]
    pub fn token(&self, client: &Value) -> Answer {
        let [id, secret] = ["client_id", "secret"].map(|part| client[part].as_str().unwrap());
        let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
        let request = Request::new("POST", "/connect/token");
        self.send(
            &request
                .header("Content-Type", "application/x-www-form-urlencoded")
                .body(form),
        )
    }
}

fn start(folder: &Path) -> Result<Server, StartError> {
    let mut settings = load(None, &ArgMatches::default(), |_| None).unwrap();
    folder.clone_into(&mut settings.data);
    settings.secrets.master_key = folder.join("master.key");
    settings.listen.address = "127.0.0.1:0".parse().unwrap();
    settings.http.workers = 2;
    settings.http.head_timeout = PATIENCE;
    settings.http.keep_alive = KEEP_ALIVE;
    settings.intake.body_timeout = PATIENCE;
    settings.intake.body_patience = PATIENCE;
    settings.disk = Disk {
        min_free: Some(0),
        warn_free: Some(0),
        ballast: Some(0),
    };
    Server::start(&Arc::new(settings))
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop();
        }
    }
}

impl Asker {
    /// What the admin page sends, without a session.
    pub fn page() -> Self {
        Self::default()
            .with("X-Hookgate", "1")
            .with("Sec-Fetch-Site", "same-origin")
    }

    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.to_owned()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self
    }

    /// A request to a path below `/api/v1`; null is no body.
    pub fn request(&self, method: &str, path: &str, body: &Value) -> Request {
        let mut request = Request::new(method, &format!("/api/v1{path}"));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if method != "GET" {
            request = request.header("Content-Type", "application/json");
        }
        match body {
            Value::Null => request,
            body => request.body(body.to_string()),
        }
    }

    #[track_caller]
    pub fn asks(&self, site: &Site, method: &str, path: &str, body: &Value) -> Answer {
        site.send(&self.request(method, path, body))
    }

    /// What a GET that must do well gives.
    #[track_caller]
    pub fn reads(&self, site: &Site, path: &str) -> Value {
        let answer = self.asks(site, "GET", path, &Value::Null);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.json()
    }

    /// What a change that must do well gives; null for an answer without a body.
    #[track_caller]
    pub fn changes(&self, site: &Site, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.asks(site, method, path, body);
        assert!((200..300).contains(&answer.status), "{method} {path}: {answer:?}");
        if answer.body.is_empty() {
            Value::Null
        } else {
            answer.json()
        }
    }

    /// The code of a refusal with this status.
    #[track_caller]
    pub fn refused(&self, site: &Site, method: &str, path: &str, body: &Value, status: u16) -> String {
        let answer = self.asks(site, method, path, body);
        answer.problem(status);
        answer.json()["code"].as_str().unwrap().to_owned()
    }
}
