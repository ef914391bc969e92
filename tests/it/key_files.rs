//! Files with secrets that are damaged, or given in the wrong place: nothing that Hookgate prints,
//! logs or tells systemd shows what is in them.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rustix::process::Signal;

use crate::harness::{Output, Recorder, Server, hookgate, wait_until};

/// So many bytes, or characters of base64, of a key in a row are a part of it and no chance.
const RUN: usize = 12;

/// A secret, looked for in all forms in which a program shows bytes.
struct Secret {
    /// The bytes, and the text of their base64 in both alphabets.
    runs: HashSet<Vec<u8>>,
    hex: HashSet<String>,
}

impl Secret {
    fn of(bytes: &[u8]) -> Self {
        let texts = [STANDARD.encode(bytes), URL_SAFE_NO_PAD.encode(bytes)];
        let all = texts.iter().map(String::as_bytes).chain([bytes]);
        let runs: HashSet<Vec<u8>> = all.flat_map(|form| form.windows(RUN)).map(<[u8]>::to_vec).collect();
        let hex = runs.iter().map(|run| hex(run)).collect();
        Self { runs, hex }
    }

    fn is_in(&self, text: &str) -> bool {
        // Line breaks, quotes and escapes may stand anywhere in between.
        let mut plain = text.to_owned();
        for escape in ["\\r", "\\n", "\\t", "\\\\", "\\x", "0x"] {
            plain = plain.replace(escape, "");
        }
        let plain: String = plain
            .chars()
            .filter(|c| c.is_ascii_graphic() && !"\"',:;".contains(*c))
            .collect();
        let shown = |bytes: &[u8]| bytes.windows(RUN).any(|run| self.runs.contains(run));
        let lower = plain.to_ascii_lowercase();
        let hex = lower.as_bytes().windows(RUN * 2);
        let mut hex = hex.filter_map(|run| std::str::from_utf8(run).ok());
        shown(plain.as_bytes())
            || text.as_bytes().windows(RUN).any(|run| self.runs.contains(run))
            || hex.any(|run| self.hex.contains(run))
            || numbers(text).iter().any(|list| {
                // As text it may have had line breaks, real or written out.
                let breaks = list
                    .iter()
                    .copied()
                    .filter(|byte| !b"\r\n".contains(byte))
                    .collect::<Vec<_>>();
                let escapes = String::from_utf8_lossy(&breaks).replace("\\n", "").replace("\\r", "");
                shown(list) || shown(&breaks) || shown(escapes.replace(' ', "").as_bytes())
            })
    }

    #[track_caller]
    fn is_not_in(&self, what: &str, text: &str) {
        assert!(!self.is_in(text), "{what} shows a key: {text}");
    }
}

fn hex(bytes: &[u8]) -> String {
    let pairs: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.concat()
}

/// Lists of numbers up to 255, separated by blanks and commas.
fn numbers(text: &str) -> Vec<Vec<u8>> {
    let between = |c: char| c.is_whitespace() || ",;".contains(c);
    let lists = text.split(|c: char| !c.is_ascii_digit() && !between(c));
    let lists = lists.map(|list| list.split(between).filter_map(|number| number.parse().ok()).collect());
    lists.filter(|list: &Vec<u8>| list.len() >= RUN).collect()
}

#[test]
fn a_key_is_found_in_every_form() {
    let bytes: Vec<u8> = (0..40_u8).map(|n| n.wrapping_mul(37).wrapping_add(11)).collect();
    let secret = Secret::of(&bytes);
    let text = STANDARD.encode(&bytes);
    let decimal = |bytes: &[u8]| format!("{bytes:?}");
    let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    let lines: String = text
        .as_bytes()
        .chunks(9)
        .map(|line| String::from_utf8_lossy(line) + "\\n")
        .collect();
    for shown in [
        text.clone(),
        lines.clone(),
        lines.replace("\\n", "\n"),
        decimal(&bytes),
        decimal(text.as_bytes()),
        decimal(lines.as_bytes()),
        format!("{bytes:#?}"),
        hex.concat(),
        hex.join(":"),
        format!("\\x{}", hex.join("\\x")),
        format!("missing section end marker: {}", decimal(text.as_bytes())),
        URL_SAFE_NO_PAD.encode(&bytes[3..30]),
    ] {
        assert!(secret.is_in(&shown), "{shown}");
    }
    for shown in ["", "2026-11-30T19:20:13Z 127.0.0.1:8443 [1, 2, 3]", &text[..RUN - 1]] {
        assert!(!secret.is_in(shown), "{shown}");
    }
}

/// A certificate for localhost, its key, and the key's bytes.
struct Pair {
    certificate: String,
    key: String,
    secret: Vec<u8>,
}

fn pair() -> Pair {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    Pair {
        certificate: made.cert.pem(),
        key: made.signing_key.serialize_pem(),
        secret: made.signing_key.serialize_der(),
    }
}

/// Damages of a key file as they come about, and a part of what is said of each; empty where the
/// file says too little.
fn damaged(pair: &Pair) -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let (key, der) = (&pair.key, &pair.secret);
    let body: Vec<&str> = key.lines().filter(|line| !line.contains("-----")).collect();
    let body = body.concat();
    let (begin, end) = ("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----");
    let escaped = key.replace('\n', "\\n");
    let relabelled = |label: &str| key.replace("PRIVATE KEY", label);
    let hex = hex(der);
    let utf16: Vec<u8> = key.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut flipped = der.clone();
    flipped[20] ^= 0x40;
    let flipped = format!("{begin}\n{}\n{end}\n", STANDARD.encode(flipped));
    let mut list: Vec<(&'static str, Vec<u8>, &'static str)> = vec![
        ("utf16", utf16.clone(), "UTF-16"),
        ("utf16-bom", [&[0xff, 0xfe], &utf16[..]].concat(), "UTF-16"),
        ("der", der.clone(), "openssl pkey -inform der"),
        ("nul", [key.as_bytes(), &[0]].concat(), "binary"),
        ("empty", Vec::new(), "it is empty"),
    ];
    list.extend(
        [
            ("escaped", escaped.clone(), "line 1 contains \\n"),
            ("escaped-crlf", key.replace('\n', "\\r\\n"), "line 1 contains \\n"),
            ("json", format!("{{\"key\": \"{escaped}\"}}"), "line 1 contains \\n"),
            ("variable", format!("# key\nTLS_KEY={escaped}"), "line 2 contains \\n"),
            ("spaced", key.replace('\n', " "), "line 1 contains a whole PEM block"),
            ("one-line", key.replace('\n', ""), "line 1 contains a whole PEM block"),
            (
                "begin-joined",
                key.replacen("-----\n", "-----", 1),
                "line 1 has text after the BEGIN marker",
            ),
            (
                "end-joined",
                key.replace("\n-----END", "-----END"),
                "text before the END marker",
            ),
            ("yaml", format!("key: {key}"), "line 1 has text before the BEGIN marker"),
            ("end-missing", key.replace(end, ""), "begins in line 1 has no END line"),
            (
                "cut",
                key[..key.len() / 2].to_owned(),
                "begins in line 1 has no END line",
            ),
            ("begin-missing", key.replace(begin, ""), "without a BEGIN marker"),
            (
                "end-of-another",
                key.replace("END PRIVATE", "END RSA PRIVATE"),
                "has the END line of another type",
            ),
            (
                "four-dashes",
                key.replace("-----BEGIN", "----BEGIN"),
                "BEGIN marker in line 1 is damaged",
            ),
            (
                "long-dashes",
                key.replace("-----", "\u{2014}\u{2014}"),
                "BEGIN marker in line 1 is damaged",
            ),
            ("key-as-label", format!("-----BEGIN {body}-----\n"), "has no END line"),
            ("no-base64", key.replacen(&body[8..9], "%", 3), "is not base64"),
            (
                "a-letter-less",
                format!("{begin}\n{}\n{end}\n", &body[..body.len() - 3]),
                "is not base64",
            ),
            (
                "url-alphabet",
                format!("{begin}\n{}\n{end}\n", "-_".to_owned() + &body),
                "line 2 is not base64",
            ),
            ("flipped", flipped, "cannot be used"),
            (
                "half-the-bytes",
                format!("{begin}\n{}\n{end}\n", STANDARD.encode(&der[..40])),
                "cannot be used",
            ),
            ("body-only", body.clone(), "contains no private key"),
            ("hex", hex, "contains no private key"),
            ("decimal", format!("{der:?}"), "contains no private key"),
            ("public", relabelled("PUBLIC KEY"), "but a public key"),
            (
                "request",
                relabelled("CERTIFICATE REQUEST"),
                "but a certificate signing request",
            ),
            ("swapped", relabelled("CERTIFICATE"), "may be swapped"),
            ("openssh", relabelled("OPENSSH PRIVATE KEY"), "format of OpenSSH"),
            (
                "encrypted",
                relabelled("ENCRYPTED PRIVATE KEY"),
                "openssl pkey -in FILE",
            ),
            ("other-kind", relabelled("RSA PRIVATE KEY"), "cannot be used"),
            ("unknown-kind", relabelled("SECRET"), "something else"),
            (
                "glued",
                format!("{}{}", pair.certificate.trim_end(), key),
                "an END marker and the next BEGIN marker",
            ),
        ]
        .map(|(name, text, said)| (name, text.into_bytes(), said)),
    );
    list
}

/// Everything that a run printed.
fn all(output: &Output) -> String {
    format!("{}{}", output.stdout, output.stderr)
}

struct Files {
    folder: tempfile::TempDir,
    certificate: PathBuf,
}

impl Files {
    fn of(pair: &Pair) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let certificate = folder.path().join("site.crt");
        fs::write(&certificate, &pair.certificate).unwrap();
        Self { folder, certificate }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

fn flags<'a>(certificate: &'a Path, key: &'a Path) -> [&'a str; 4] {
    let [certificate, key] = [certificate, key].map(|path| path.to_str().unwrap());
    ["--tls-certificate", certificate, "--tls-key", key]
}

#[test]
fn fault_06_no_error_shows_bytes_of_a_key_file() {
    let pair = pair();
    let (files, secret) = (Files::of(&pair), Secret::of(&pair.secret));
    let data = files.path("data");
    let damaged = damaged(&pair);
    assert!(damaged.len() >= 20);
    for (name, bytes, said) in &damaged {
        let key = files.write(&format!("{name}.key"), bytes);
        let check = hookgate(
            &data,
            &[&["check-config"][..], &flags(&files.certificate, &key)].concat(),
            "",
        );
        secret.is_not_in(name, &all(&check));
        assert_eq!(check.code, 2, "{name}: {check:?}");
        assert!(check.stderr.contains(said), "{name}: {said}: {check:?}");
        assert!(check.stderr.contains(&format!("{name}.key")), "{check:?}");

        let listen = ["serve", "--listen-address", "127.0.0.1:0", "--log-level", "trace"];
        let start = hookgate(&data, &[&listen[..], &flags(&files.certificate, &key)].concat(), "");
        secret.is_not_in(name, &all(&start));
        assert_eq!(start.code, 4, "{name}: {start:?}");
        assert!(start.stderr.contains(said), "{name}: {said}: {start:?}");

        // The same as the certificate: some keep both in one file.
        let check = hookgate(
            &data,
            &[&["check-config", "--json"][..], &flags(&key, &key)].concat(),
            "",
        );
        secret.is_not_in(name, &all(&check));
    }
}

#[test]
fn fault_06_no_reload_shows_bytes_of_a_key_file() {
    let pair = pair();
    let (files, secret) = (Files::of(&pair), Secret::of(&pair.secret));
    let key = files.write("site.key", pair.key.as_bytes());
    let mut server = Server::new(&flags(&files.certificate, &key));
    let recorder = Recorder::of(&mut server);
    server.restart();
    let mut heard = recorder.wait(0, "READY=1") + 1;
    for (name, bytes, said) in damaged(&pair) {
        fs::rename(files.write("new", &bytes), &key).unwrap();
        server.signal(Signal::HUP);
        heard = recorder.wait(heard, "RELOADING=1") + 1;
        heard = recorder.wait(heard, "READY=1") + 1;
        let status = &recorder.messages()[heard - 1];
        assert!(
            status.contains("the current certificate stays in use") && status.contains(said),
            "{name}: {status}"
        );
    }
    wait_until("the log of all reloads", || {
        server.log().matches("the current certificate stays in use").count() >= 20
    });
    secret.is_not_in("the log", &server.log());
    secret.is_not_in("what systemd is told", &recorder.messages().concat());
    assert_eq!(server.stop(), 0);
}

#[test]
fn fault_06_a_secret_in_the_wrong_place_is_not_shown() {
    let pair = pair();
    let (files, secret) = (Files::of(&pair), Secret::of(&pair.secret));
    let data = files.path("data");
    let (pem, text) = (&pair.key, STANDARD.encode(&pair.secret));
    let escaped = pem.replace('\n', "\\n");

    // In place of a path: in a flag, in the settings file.
    for value in [pem, &escaped, &pem.replace('\n', " "), &text] {
        for flag in ["--tls-key", "--tls-certificate", "--secrets-master-key"] {
            for command in ["check-config", "serve"] {
                let output = hookgate(&data, &[command, &format!("{flag}={value}")], "");
                assert_eq!(output.code, 2, "{output:?}");
                assert!(output.stderr.contains("content of a file"), "{output:?}");
                secret.is_not_in(flag, &all(&output));
            }
        }
    }
    for (name, settings) in [
        ("multi-line", format!("[tls]\nkey = \"\"\"\n{pem}\"\"\"\n")),
        ("unquoted", format!("[tls]\nkey = {pem}")),
        ("a separate line", format!("[tls]\n{text}\n")),
        ("a key without a value", format!("[tls]\n{text} =\n")),
        ("a number", format!("[limits]\nconnections = \"{text}\"\n")),
        ("not closed", format!("[tls]\nkey = \"{text}\n")),
    ] {
        let config = files.write("hookgate.toml", settings.as_bytes());
        let output = hookgate(&data, &["check-config", "--config", config.to_str().unwrap()], "");
        assert_eq!(output.code, 2, "{name}: {output:?}");
        secret.is_not_in(name, &all(&output));
    }
    for key in ["listen.public_url", "tokens.issuer"] {
        let (group, name) = key.split_once('.').unwrap();
        let text = format!("[{group}]\n{name} = \"https://admin:{text}@hooks.example\"\n");
        let config = files.write("hookgate.toml", text.as_bytes());
        let output = hookgate(&data, &["check-config", "--config", config.to_str().unwrap()], "");
        assert_eq!(output.code, 2, "{output:?}");
        secret.is_not_in(key, &all(&output));
    }

    // As an argument of its own, and in place of a file that a command reads.
    let server = Server::start();
    server.ask(&["client", "add", "Reports", "--user", "WebhookService"]);
    let jwk = format!(
        r#"{{"kty":"EC","crv":"P-256","x":"AA","y":"AA","d":"{}"}}"#,
        URL_SAFE_NO_PAD.encode(&pair.secret)
    );
    let strange = format!(r#"{{"kty":"{text}","keys":[{{"kty":"EC","crv":"P-256","k":"{text}","kid":7}}]}}"#);
    for content in [
        pem,
        &escaped,
        &text,
        &jwk,
        &strange,
        &format!("{{\"keys\": [\"{text}\"]}}"),
    ] {
        let file = files.write("content", content.as_bytes());
        let file = file.to_str().unwrap();
        for arguments in [
            &["client", "set-keys", "Reports", file][..],
            &["object", "apply", file],
            &["object", "apply", content],
            &["client", "set-keys", "Reports", content],
            &["serve", content],
            &["check-config", content],
        ] {
            let output = server.cli(arguments);
            assert_ne!(output.code, 0, "{output:?}");
            if content == &text && !arguments.contains(&file) {
                // A word without any mark of a key cannot be told from a name.
                continue;
            }
            secret.is_not_in(&format!("{:?}", &arguments[..2]), &all(&output));
        }
    }
    secret.is_not_in("the log", &server.log());

    // The master key, in a form that is not the right one.
    let mut server = Server::start();
    assert_eq!(server.stop(), 0);
    let path = server.data().join("master.key");
    let key = fs::read(&path).unwrap();
    let secret = Secret::of(&key);
    for form in [
        STANDARD.encode(&key),
        URL_SAFE_NO_PAD.encode(&key[..31]),
        format!("{key:?}"),
    ] {
        fs::write(&path, &form).unwrap();
        for command in [
            &["serve", "--listen-address", "127.0.0.1:0"][..],
            &["check"],
            &["source", "list"],
        ] {
            let output = hookgate(&server.data(), command, "");
            secret.is_not_in(command[0], &all(&output));
        }
    }
}
