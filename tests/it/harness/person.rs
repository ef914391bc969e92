//! Somebody at the admin page.

use serde_json::{Value, json};

use super::{Answer, Request, Server, wait_for};

/// A password that is taken.
pub const PASSWORD: &str = "correct horse battery";

/// Somebody who is logged in.
#[derive(Debug, Clone)]
pub struct User {
    /// The session cookie, as the browser sends it back.
    pub cookie: String,
}

/// A request that changes something, as the admin page sends it, without a session.
pub fn change(method: &str, path: &str, body: &Value) -> Request {
    let request = Request::new(method, &format!("/api/v1{path}"))
        .header("X-Hookgate", "1")
        .header("Content-Type", "application/json")
        .header("Sec-Fetch-Site", "same-origin");
    if body.is_null() {
        request
    } else {
        request.body(body.to_string())
    }
}

impl User {
    /// From the answer to a login.
    #[track_caller]
    pub fn of(answer: &Answer) -> Self {
        let cookie = answer.header("set-cookie").unwrap_or_else(|| panic!("{answer:?}"));
        Self {
            cookie: cookie.split(';').next().unwrap().to_owned(),
        }
    }

    pub fn get(&self, server: &Server, path: &str) -> Answer {
        server.send(&Request::new("GET", &format!("/api/v1{path}")).header("Cookie", &self.cookie))
    }

    /// What is there, as JSON.
    #[track_caller]
    pub fn ask(&self, server: &Server, path: &str) -> Value {
        let answer = self.get(server, path);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.json()
    }

    /// Head and body of an answer that comes in pieces.
    #[track_caller]
    pub fn download(&self, server: &Server, path: &str) -> (Answer, String) {
        let mut connection = server.connect();
        let request = Request::new("GET", &format!("/api/v1{path}")).header("Cookie", &self.cookie);
        let head = connection.send(&request);
        let body = String::from_utf8(connection.pieces()).unwrap();
        (head, body)
    }

    /// Begins a task and waits for its end.
    #[track_caller]
    pub fn task(&self, server: &Server, path: &str, body: &Value) -> Value {
        let begun = self.change(server, "POST", path, body);
        assert_eq!(begun.status, 202, "{begun:?}");
        let place = begun.header("location").unwrap().to_owned();
        let place = place.strip_prefix("/api/v1").unwrap();
        wait_for("the end of the task", || {
            let task = self.ask(server, place);
            task["ended_on"].is_string().then_some(task)
        })
    }

    /// As the admin page does it. `null` is no body.
    pub fn change(&self, server: &Server, method: &str, path: &str, body: &Value) -> Answer {
        let request = Request::new(method, &format!("/api/v1{path}")).header("Cookie", &self.cookie);
        let request = request
            .header("X-Hookgate", "1")
            .header("Content-Type", "application/json")
            .header("Sec-Fetch-Site", "same-origin");
        let request = if body.is_null() {
            request
        } else {
            request.body(body.to_string())
        };
        server.send(&request)
    }
}

impl Server {
    /// Adds somebody at the command line, with [`PASSWORD`].
    #[track_caller]
    pub fn user_add(&self, name: &str, role: &str) {
        let arguments = ["user", "add", name, "--role", role, "--password-file", "-"];
        self.cli_reading(&arguments, PASSWORD).good();
    }

    /// Tries to log in.
    pub fn login(&self, name: &str, password: &str, code: Option<&str>) -> Answer {
        let body = json!({"name": name, "password": password, "code": code});
        self.send(&change("POST", "/session", &body))
    }

    /// Somebody new who is logged in.
    #[track_caller]
    pub fn person(&self, name: &str, role: &str) -> User {
        self.user_add(name, role);
        let answer = self.login(name, PASSWORD, None);
        assert_eq!(answer.status, 200, "{answer:?}");
        User::of(&answer)
    }

    /// An administrator who is logged in.
    #[track_caller]
    pub fn administrator(&self) -> User {
        self.person("anna", "administrator")
    }
}
