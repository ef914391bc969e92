//! The set-up link at a first start: shown on a terminal, and nowhere else.

use std::fs::{self, File};
use std::io::Write as _;
use std::process::{Child, ChildStdin, Command, Stdio};

use serde_json::json;
use tempfile::TempDir;

use super::harness::{Asker, Connection, PASSWORD, wait_for};
use crate::harness::serve;

/// Runs a program on a terminal of its own, with what it writes to standard error in a file.
const ON_A_TERMINAL: &str = "
import os, pty, sys
log, *command = sys.argv[1:]
quiet = ['sh', '-c', 'exec \"$@\" 2>\"$0\"', log, *command]
sys.exit(os.waitstatus_to_exitcode(pty.spawn(quiet)))
";

/// A server on a terminal. Ends with the test.
struct OnTerminal {
    folder: TempDir,
    child: Child,
    keyboard: ChildStdin,
}

impl OnTerminal {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = serve(&folder.path().join("data"));
        let mut child = Command::new("python3")
            .args(["-c", ON_A_TERMINAL])
            .arg(folder.path().join("log"))
            .arg(server.get_program())
            .args(server.get_args())
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(File::create(folder.path().join("out")).unwrap())
            .spawn()
            .unwrap();
        let keyboard = child.stdin.take().unwrap();
        Self {
            folder,
            child,
            keyboard,
        }
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }

    /// Ctrl-C, and waits for the end.
    fn interrupt(&mut self) -> Option<i32> {
        let _ = self.keyboard.write_all(b"\x03").and_then(|()| self.keyboard.flush());
        let status = wait_for("the server to end", || self.child.try_wait().unwrap());
        status.code()
    }
}

impl Drop for OnTerminal {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            self.interrupt();
        }
    }
}

#[test]
fn on_a_terminal_the_link_is_shown_and_stands_nowhere_else() {
    let mut server = OnTerminal::start();
    let link = wait_for("the set-up link", || {
        let out = server.read("out");
        let line = out.lines().find(|line| line.starts_with("  set-up link  "))?;
        // The line behind it: this one is whole.
        out.contains("valid for 30 minutes").then(|| line.trim().to_owned())
    });
    let (page, token) = link.split_once("/admin/#/setup/").unwrap();
    let port: u16 = page.rsplit_once(':').unwrap().1.parse().unwrap();
    assert!(token.len() == 43, "{link}");
    assert!(!server.read("log").is_empty(), "the log is looked at in vain");
    assert!(!server.read("log").contains(token));
    assert!(!server.folder.path().join("data/setup-link").exists());

    let certificate = server.folder.path().join("data/tls/cert.pem");
    let mut connection = Connection::open(([127, 0, 0, 1], port).into(), "localhost", &certificate).unwrap();
    let setup = json!({"token": token, "name": "anna", "password": PASSWORD});
    let answer = connection.send(&Asker::page().request("POST", "/setup", &setup));
    assert_eq!(answer.status, 201, "{answer:?}");
    drop(connection);
    assert_eq!(server.interrupt(), Some(0), "{}", server.read("log"));
    assert!(!server.read("log").contains(token));
}
