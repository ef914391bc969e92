//! A program on site: it has a client and a technical user of its own, gets tokens and asks OData.

use serde_json::Value;

use super::client::{Answer, Connection, Request};
use super::server::Server;

/// A program with its credentials and the token that it got last.
pub struct Caller {
    pub id: String,
    pub secret: String,
    pub token: String,
}

impl Server {
    /// A program that may use OData, in the name of a technical user of the same name. `rights`
    /// are objects with flags, as in `Contact --create --read`.
    #[track_caller]
    pub fn caller(&self, name: &str, rights: &[&str]) -> Caller {
        self.ask(&["technical-user", "add", name]);
        self.ask(&["technical-user", "set", name, "--odata", "on"]);
        for right in rights {
            let words: Vec<_> = ["grant"].into_iter().chain(right.split(' ')).collect();
            self.cli(&[&words, &["--user", name][..]].concat()).good();
        }
        let made = self.ask(&["client", "add", name, "--user", name]);
        let part = |part: &str| made[part].as_str().unwrap().to_owned();
        let mut caller = Caller {
            id: part("client_id"),
            secret: part("secret"),
            token: String::new(),
        };
        let answer = self.send(&caller.token_request(""));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["access_token"]
            .as_str()
            .unwrap()
            .clone_into(&mut caller.token);
        caller
    }
}

impl Caller {
    /// A request for a token by the secret, with more parameters.
    pub fn token_request(&self, more: &str) -> Request {
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}{more}",
            self.id, self.secret
        );
        Request::new("POST", "/connect/token")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(form)
    }

    /// A request to OData with the token; spaces in the path may stand as they are.
    pub fn request(&self, method: &str, path: &str) -> Request {
        let path = format!("/0/odata/{}", path.replace(' ', "%20"));
        Request::new(method, &path).header("Authorization", &format!("Bearer {}", self.token))
    }

    pub fn get(&self, path: &str) -> Request {
        self.request("GET", path)
    }

    /// A request with a body of JSON.
    pub fn with(&self, method: &str, path: &str, body: &Value) -> Request {
        self.request(method, path)
            .header("Content-Type", "application/json")
            .body(body.to_string())
    }
}

impl Connection {
    /// Sends a request that must be answered so; gives the answer.
    #[track_caller]
    pub fn is(&mut self, status: u16, request: &Request) -> Answer {
        let answer = self.send(request);
        assert_eq!(answer.status, status, "{answer:?}");
        answer
    }
}
