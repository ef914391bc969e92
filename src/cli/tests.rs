//! The command line against a server of the socket made up here.

mod arguments;
mod responses;

use std::io::Cursor;
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::*;
use crate::api::table::{BASE, Found, find};
use crate::api::{LocalRequest, Output, Reach};
use crate::control::{Server, socket_path};
use crate::ledger::survey::Source;
use crate::manage::ManageError;

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

/// What was asked, as "METHOD /path?query", and its body.
type Asked = (String, Value);

/// A server that writes down what it is asked.
struct Fake {
    folder: tempfile::TempDir,
    server: Server,
    asked: Arc<Mutex<Vec<Asked>>>,
}

fn fake(answer: impl Fn(&str, &Value) -> Result<Output, ManageError> + Send + Sync + 'static) -> Fake {
    let folder = tempfile::tempdir().unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&asked);
    let responder = move |request: &LocalRequest| {
        let (line, body) = told(request);
        let answer = answer(&line, &body);
        heard.lock().unwrap().push((line, body));
        answer
    };
    let server = Server::start(&socket_path(folder.path()), Arc::new(responder)).unwrap();
    Fake { folder, server, asked }
}

/// Only operations that exist and that the command line may use are asked for.
fn told(request: &LocalRequest) -> Asked {
    let LocalRequest {
        method,
        path,
        query,
        body,
    } = request;
    let Found::Operation(operation, _) = find(method, path) else {
        panic!("{method} {path} is no operation")
    };
    assert!(!matches!(operation.reach, Reach::Network(_)), "{path}");
    let question = if query.is_empty() { "" } else { "?" };
    let path = path.strip_prefix(BASE).unwrap();
    let body = if body.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(body).unwrap()
    };
    (format!("{method} {path}{question}{query}"), body)
}

impl Fake {
    fn run(&self, arguments: &[&str], input: Option<&str>) -> Ran {
        run_at(self.folder.path(), arguments, input)
    }

    fn end(self) -> Vec<Asked> {
        self.server.stop();
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

/// What arguments ask, whatever the answer.
fn asked(arguments: &[&str]) -> Asked {
    let fake = fake(|_, _| Err(ManageError::Busy));
    let ran = fake.run(arguments, None);
    assert_eq!(ran.exit, EXIT_UNREACHABLE, "{ran:?}");
    let mut asked = fake.end();
    assert_eq!(asked.len(), 1, "{asked:?}");
    asked.remove(0)
}
