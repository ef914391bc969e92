//! Certificates: the one made at the first start, configured ones, and changing them.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use rustix::process::Signal;

use crate::harness::{BOUND, Connection, Output, Request, Server, hookgate, wait_until};

/// A certificate for `localhost` and its key, in files of their own.
struct Pair {
    certificate: PathBuf,
    key: PathBuf,
}

impl Pair {
    fn make(folder: &Path, name: &str) -> Self {
        Self::make_for(folder, name, "localhost")
    }

    fn make_for(folder: &Path, name: &str, host: &str) -> Self {
        let made = rcgen::generate_simple_self_signed([host.to_owned()]).unwrap();
        let pair = Self {
            certificate: folder.join(format!("{name}.crt")),
            key: folder.join(format!("{name}.key")),
        };
        fs::write(&pair.certificate, made.cert.pem()).unwrap();
        fs::write(&pair.key, made.signing_key.serialize_pem()).unwrap();
        pair
    }

    /// Puts another pair in its place, each file by a rename.
    fn replace(&self, by: &Self) {
        for (new, old) in [(&by.certificate, &self.certificate), (&by.key, &self.key)] {
            let temporary = old.with_extension("new");
            fs::copy(new, &temporary).unwrap();
            fs::rename(temporary, old).unwrap();
        }
    }
}

fn fingerprint(certificate: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, certificate);
    let bytes: Vec<_> = digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
    bytes.join(":")
}

fn serves(server: &Server, trusted: &Path) -> bool {
    Connection::open(server.address(), "localhost", trusted).is_ok()
}

#[test]
fn the_first_start_makes_a_certificate_for_this_machine() {
    let mut server = Server::start();
    let host = rustix::system::uname().nodename().to_str().unwrap().to_owned();
    let shown = |server: &Server| {
        for name in [host.as_str(), "localhost", "127.0.0.1", "::1"] {
            let opened = Connection::open(server.address(), name, &server.certificate());
            let mut connection = opened.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(connection.send(&Request::new("GET", "/livez")).status, 200);
        }
        let other = Connection::open(server.address(), "other.example", &server.certificate());
        assert!(other.is_err(), "a certificate for any name");
        let fingerprint = fingerprint(server.connect().certificate());
        assert!(
            server.printed().contains(&format!("SHA-256 {fingerprint}\n")),
            "{}",
            server.printed()
        );
        fingerprint
    };
    let first = shown(&server);
    server.stop();
    server.restart();
    assert_eq!(shown(&server), first, "made once");
}

#[test]
fn keys_are_readable_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = Server::start();
    for name in ["tls/key.pem", "master.key"] {
        let mode = fs::metadata(server.data().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}: {mode:o}");
    }
}

#[test]
fn more_names_can_be_given() {
    let server = Server::start_with(&["--tls-names", "hooks.example"]);
    assert!(Connection::open(server.address(), "hooks.example", &server.certificate()).is_ok());
}

/// A server with a configured pair.
fn configured() -> (Server, Pair, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let pair = Pair::make(folder.path(), "site");
    let [certificate, key] = [&pair.certificate, &pair.key].map(|path| path.to_str().unwrap());
    let server = Server::start_with(&["--tls-certificate", certificate, "--tls-key", key]);
    (server, pair, folder)
}

#[test]
fn a_configured_pair_is_served_and_changed_without_a_restart() {
    let (server, pair, folder) = configured();
    assert!(serves(&server, &pair.certificate));
    assert!(!server.certificate().exists(), "no certificate of its own");
    let mut old_connection = Connection::open(server.address(), "localhost", &pair.certificate).unwrap();
    let [second, third] = ["second", "third"].map(|name| Pair::make(folder.path(), name));

    pair.replace(&second);
    server.signal(Signal::HUP);
    wait_until("the second certificate after SIGHUP", || {
        serves(&server, &second.certificate)
    });
    assert_eq!(old_connection.send(&Request::new("GET", "/livez")).status, 200);

    pair.replace(&third);
    wait_until("the third certificate when the files changed", || {
        serves(&server, &third.certificate)
    });
    assert!(!serves(&server, &second.certificate));
}

#[test]
fn a_source_can_be_tested_whatever_names_the_certificate_is_for() {
    let folder = tempfile::tempdir().unwrap();
    let pair = Pair::make_for(folder.path(), "site", "hooks.example.com");
    let [certificate, key] = [&pair.certificate, &pair.key].map(|path| path.to_str().unwrap());
    let server = Server::start_with(&["--tls-certificate", certificate, "--tls-key", key]);
    server.ask(&["source", "add", "Forms"]);
    let tested = server.ask(&["source", "test", "Forms"]);
    assert_eq!(tested["answer_status"], 200, "{tested:#}");
}

#[test]
fn a_bad_pair_keeps_the_old_one_and_says_so() {
    let (server, pair, folder) = configured();
    let first = folder.path().join("first.crt");
    fs::copy(&pair.certificate, &first).unwrap();
    let complaints = || server.log().matches("the current certificate stays in use").count();
    // By a rename: a file that is half written would be another change.
    let bad = pair.certificate.with_extension("new");
    fs::write(&bad, "no certificate").unwrap();
    fs::rename(&bad, &pair.certificate).unwrap();
    wait_until("a complaint when the file changed", || complaints() == 1);
    assert!(serves(&server, &first));

    server.signal(Signal::HUP);
    wait_until("a complaint after SIGHUP", || complaints() == 2);
    assert!(serves(&server, &first));

    let other = Pair::make(folder.path(), "other");
    pair.replace(&other);
    server.signal(Signal::HUP);
    wait_until("the mended pair", || serves(&server, &other.certificate));
}

/// Starts a server that is expected to refuse.
fn start(data: &Path, certificate: &Path, key: &Path) -> Output {
    let files = [certificate, key].map(|path| path.to_str().unwrap());
    let listen = ["serve", "--listen-address", "127.0.0.1:0"];
    let pair = ["--tls-certificate", files[0], "--tls-key", files[1]];
    hookgate(data, &[&listen[..], &pair].concat(), "")
}

#[test]
fn a_bad_pair_at_the_start_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two] = ["one", "two"].map(|name| Pair::make(folder.path(), name));
    for (certificate, key, said) in [
        (&one.certificate, &two.key, "one.crt"),
        (&one.key, &one.key, "one.key"),
        (&folder.path().join("absent.crt"), &one.key, "absent.crt"),
    ] {
        let refused = start(&folder.path().join("data"), certificate, key);
        assert_ne!(refused.code, 0, "{refused:?}");
        assert!(refused.stderr.contains(said), "{refused:?}");
    }
}

/// The first message of a handshake by a client that knows no TLS above `version`.
fn hello(version: [u8; 2]) -> Vec<u8> {
    const EXTENSIONS: [u8; 24] = [
        0, 22, // their length
        0, 10, 0, 4, 0, 2, 0, 23, // groups: P-256
        0, 13, 0, 4, 0, 2, 4, 3, // signatures: ECDSA with P-256
        0, 11, 0, 2, 1, 0, // points: uncompressed
    ];
    let mut body = version.to_vec();
    body.extend_from_slice(&[7; 32]); // random
    body.extend_from_slice(&[0, 0, 4, 0xc0, 0x2b, 0xc0, 0x09, 1, 0]); // no session, two suites, no compression
    body.extend_from_slice(&EXTENSIONS);
    let length = u8::try_from(body.len()).unwrap();
    [&[0x16, 3, 1, 0, length + 4, 1, 0, 0, length][..], &body].concat()
}

/// How the server answers such a client: the kind of the first record and its last byte.
fn answer_to(server: &Server, version: [u8; 2]) -> (u8, u8) {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(BOUND)).unwrap();
    stream.write_all(&hello(version)).unwrap();
    let mut head = [0; 5];
    stream.read_exact(&mut head).unwrap();
    let mut record = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
    stream.read_exact(&mut record).unwrap();
    (head[0], *record.last().unwrap())
}

#[test]
fn tls_before_1_2_is_refused() {
    const HANDSHAKE: u8 = 22;
    const ALERT: u8 = 21;
    const PROTOCOL_VERSION: u8 = 70;
    let server = Server::start();
    assert_eq!(answer_to(&server, [3, 3]).0, HANDSHAKE, "TLS 1.2 is taken");
    for version in [[3, 0], [3, 1], [3, 2]] {
        assert_eq!(answer_to(&server, version), (ALERT, PROTOCOL_VERSION), "{version:?}");
    }
}
