//! What is copied and pasted into a terminal does what it says and nothing else, whatever senders wrote.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::harness::{PASSWORD, Request, Server, User};
use super::page::Page;

/// Pastes standard input into a shell on a terminal of its own, presses Enter, and prints what is seen there. Ends when
/// the shell has taken another command after it, or does not within a while.
const PASTED: &str = r#"
import os, pty, select, signal, sys, time
bracketed, folder = sys.argv[1] == 'on', sys.argv[2]
pasted = sys.stdin.buffer.read().replace(b'\n', b'\r')
shell, terminal = pty.fork()
if shell == 0:
    os.chdir(folder)
    os.environ.update(PS1='READY> ', HISTFILE='/dev/null', TERM='xterm', INPUTRC='/dev/null')
    os.execvp('bash', ['bash', '--norc', '--noprofile', '-i'])
seen, read = b'', b''
def until(text):
    global seen, read
    end = time.monotonic() + 30
    while text not in read:
        if not select.select([terminal], [], [], max(0, end - time.monotonic()))[0]:
            return
        part = os.read(terminal, 65536)
        seen, read = seen + part, read + part
    read = read.split(text, 1)[1]
until(b'READY> ')
os.write(terminal, b"bind 'set enable-bracketed-paste %s'\r" % (b'on' if bracketed else b'off'))
until(b'READY> ')
seen = b''
os.write(terminal, b'\x1b[200~' + pasted + b'\x1b[201~\r' if bracketed else pasted + b'\r')
os.write(terminal, b"echo THE''END\r")
until(b'THEEND')
os.kill(shell, signal.SIGKILL)
sys.stdout.buffer.write(seen)
"#;

/// What a terminal shows when somebody pastes a text into its shell in this folder.
#[track_caller]
fn pasted(text: &str, bracketed: bool, folder: &Path) -> String {
    let mut shell = Command::new("python3")
        .args(["-c", PASTED, if bracketed { "on" } else { "off" }])
        .arg(folder)
        .env_remove("http_proxy")
        .env_remove("https_proxy")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    shell.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let done = shell.wait_with_output().unwrap();
    assert!(done.status.success(), "{done:?}");
    String::from_utf8_lossy(&done.stdout).into_owned()
}

/// Characters on which a terminal or its shell acts, or which change what is seen, but line breaks.
fn steering() -> Vec<char> {
    let controls = ('\0'..='\u{1f}').chain('\u{7f}'..='\u{9f}').filter(|one| *one != '\n');
    let unseen = "\u{ad}\u{61c}\u{180e}\u{200b}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202d}\u{202e}\u{2060}\u{2066}\u{2069}\u{feff}\u{e0041}";
    controls.chain(unseen.chars()).collect()
}

#[track_caller]
fn steers_nothing(command: &str) {
    let found: Vec<_> = command.chars().filter(|one| steering().contains(one)).collect();
    assert!(found.is_empty(), "{found:?} in {command:?}");
}

/// The bytes of a body that is stored.
fn body(server: &Server, anna: &User, id: &str) -> Vec<u8> {
    server.processed(id);
    let shown = anna.ask(server, &format!("/webhooks/{id}"));
    STANDARD.decode(shown["body_base64"].as_str().unwrap()).unwrap()
}

#[test]
fn fault_07_pasting_a_webhook_as_curl_runs_nothing_that_a_sender_wrote() {
    let server = Server::start();
    let source = server.source("Form");
    let bodies: [&[u8]; 8] = [
        b"a\x03\ntouch pwned\n",
        b"a\x1b[201~\x03\ntouch pwned\n",
        b"a\xc2\x9b201~\x03\ntouch pwned\n",
        // The name of a file is completed, and the quote closed.
        b"only-on\t; touch pwned; #\n",
        b"a\x15\x04\x1a\x1c\x7f\x16\r\ntouch pwned\r\n",
        b"\xff\x03\ntouch pwned\n",
        b"two\nlines of 'quotes', $(touch pwned) `touch pwned` \\\n",
        b"one\n!! and !touch\n",
    ];
    let page = Page::administrator(&server);
    let anna = User::of(&server.login("anna", PASSWORD, None));
    for sent in bodies {
        // A tab may stand in the value of a header.
        let request = Request::new("POST", &source.path).header("Content-Type", "application/json;\tcharset=utf-8");
        let id = server.send(&request.body(sent)).id();
        let before = server.processed(&id);
        page.open(&format!("#/webhooks/{id}"));
        page.press("More");
        page.press("Copy as cURL");
        page.sees("The cURL command is on the clipboard.");
        let command = page.clipboard();
        page.messages_close();
        for bracketed in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("only-one"), "").unwrap();
            let seen = pasted(&command, bracketed, folder.path());
            assert!(!folder.path().join("pwned").exists(), "it was run: {command:?}\n{seen}");
            let again = seen.rsplit_once("{\"id\":\"").map(|(_, rest)| &rest[..36]);
            let again = again.unwrap_or_else(|| panic!("{command:?}\n{seen}"));
            assert_ne!(again, id);
            assert_eq!(body(&server, &anna, again), sent, "{command:?}");
            assert_eq!(server.processed(again)["content_type"], before["content_type"]);
        }
    }
    page.clean(&[]);
}

#[test]
fn fault_07_no_character_that_steers_a_terminal_is_in_a_ready_command() {
    let server = Server::start();
    server.source("Form");
    let page = Page::administrator(&server);
    let anna = User::of(&server.login("anna", PASSWORD, None));
    let characters: Vec<String> = steering().into_iter().map(String::from).collect();
    let made = page.browser.run(
        "const [characters] = arguments;
         return Promise.all([import('/admin/js/pages/webhooks/curl.js'), import('/admin/js/lib/format.js')]).then(([{ curl }, { quoted }]) =>
           Promise.all(characters.map(async (one) => {
             const text = `a${one}b'\\n$(id)`;
             const bytes = new TextEncoder().encode(text);
             const base64 = btoa(String.fromCharCode(...bytes));
             const plain = { id: 'x', source: 'Form', query: '', content_type: 'application/json' };
             const odd = { ...plain, query: `q=${one}`, content_type: `application/json; x=\"${one}\"` };
             const body = { text, base64, bytes, cut: false };
             return { word: quoted(text), body: (await curl(plain, body)).command, head: (await curl(odd, body)).command };
           })))",
        &json!([characters]),
    );
    let made = made.as_array().unwrap();
    assert_eq!(made.len(), characters.len());
    for (character, made) in characters.iter().zip(made) {
        let command = |name: &str| made[name].as_str().unwrap();
        for name in ["word", "body", "head"] {
            steers_nothing(command(name));
        }
        let text = format!("a{character}b'\n$(id)");
        // No word of a command can hold a zero.
        if character != "\0" {
            assert_eq!(
                run(&format!("printf %s {}", command("word"))),
                text.as_bytes(),
                "{made}"
            );
        }
        let answer: Value = serde_json::from_slice(&run(command("body"))).unwrap();
        assert_eq!(body(&server, &anna, answer["id"].as_str().unwrap()), text.as_bytes());
    }
    page.clean(&[]);
}

#[track_caller]
fn run(command: &str) -> Vec<u8> {
    let done = Command::new("bash")
        .args(["-c", command])
        .env_remove("http_proxy")
        .env_remove("https_proxy")
        .output()
        .unwrap();
    assert!(done.status.success(), "{command}\n{done:?}");
    done.stdout
}

/// A terminal takes only so much of a line, and drops the rest, with the quote that closes it.
#[test]
fn fault_07_long_lines_do_not_end_a_quote() {
    let server = Server::start();
    let source = server.source("Form");
    let page = Page::administrator(&server);
    for (sent, plain) in [
        (format!("{}\ntouch pwned\n", "'".repeat(2000)), false),
        (format!("{}\nend\n", "x".repeat(2000)), true),
    ] {
        let id = server.accepted(&source, &sent);
        page.open(&format!("#/webhooks/{id}"));
        page.press("More");
        page.press("Copy as cURL");
        page.sees("The cURL command is on the clipboard.");
        let command = page.clipboard();
        assert_eq!(command.contains("--data-raw"), plain, "{command}");
        page.messages_close();
    }
    page.clean(&[]);
}

/// The body itself is copied as it is, but where it could run something at the place where it is pasted.
#[test]
fn fault_07_a_body_with_control_characters_is_not_copied_raw() {
    let server = Server::start();
    let source = server.source("Form");
    let page = Page::administrator(&server);
    for (sent, copied) in [("a\x1b[201~\x03\ntouch pwned\n", false), ("\ttwo\r\nlines\n", true)] {
        let id = server.accepted(&source, sent);
        page.load(&format!("#/webhooks/{id}"));
        page.press("Raw");
        page.has("[aria-label='Body as sent']");
        assert_eq!(page.text().contains("could run commands"), !copied, "{sent:?}");
        assert_eq!(
            page.evaluate("return Boolean(document.querySelector('.copyable .button'))"),
            copied,
            "{sent:?}"
        );
    }
    page.clean(&[]);
}
