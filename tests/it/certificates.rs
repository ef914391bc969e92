//! What senders find wrong with a certificate, and that everyone who runs the server is told.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use rustix::process::Signal;
use serde_json::Value;

use crate::harness::{Connection, PASSWORD, Recorder, Request, Server, User, change, hookgate, wait_until};

/// A CA, or a certificate that it signed.
struct Signed {
    pem: String,
    key: String,
    issuer: Issuer<'static, KeyPair>,
}

fn params(name: &str, hosts: &[&str]) -> CertificateParams {
    let hosts: Vec<String> = hosts.iter().map(|&host| host.to_owned()).collect();
    let mut params = CertificateParams::new(hosts).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn ca(name: &str) -> CertificateParams {
    let mut params = params(name, &[]);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

fn signed(params: CertificateParams, by: Option<&Signed>) -> Signed {
    let key = KeyPair::generate().unwrap();
    let made = match by {
        Some(by) => params.signed_by(&key, &by.issuer).unwrap(),
        None => params.self_signed(&key).unwrap(),
    };
    Signed {
        pem: made.pem(),
        key: key.serialize_pem(),
        issuer: Issuer::new(params, key),
    }
}

/// A site: root, intermediate, and what is made with them, in files.
struct Site {
    folder: tempfile::TempDir,
    root: Signed,
    middle: Signed,
}

impl Site {
    fn new() -> Self {
        let root = signed(ca("Root of tests"), None);
        let middle = signed(ca("Middle of tests"), Some(&root));
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("root.pem"), &root.pem).unwrap();
        Self { folder, root, middle }
    }

    fn leaf(&self, host: &str) -> Signed {
        signed(params("Leaf", &[host]), Some(&self.middle))
    }

    /// Certificate and key in files, by renames.
    fn write(&self, name: &str, chain: &str, key: &str) -> [PathBuf; 2] {
        [("crt", chain), ("key", key)].map(|(kind, text)| {
            let path = self.folder.path().join(format!("{name}.{kind}"));
            let new = path.with_extension("new");
            fs::write(&new, text).unwrap();
            fs::set_permissions(&new, fs::Permissions::from_mode(0o600)).unwrap();
            fs::rename(new, &path).unwrap();
            path
        })
    }

    fn root_file(&self) -> PathBuf {
        self.folder.path().join("root.pem")
    }

    /// Chains of a certificate for localhost and others, the codes of what is found, and whether a
    /// sender that trusts the root connects.
    fn chains(&self) -> Vec<(&'static str, String, String, &'static [&'static str], bool)> {
        let leaf = self.leaf("localhost");
        let other_name = self.leaf("other.example");
        let middle = &self.middle.pem;
        let root = &self.root.pem;
        let mut future = params("Leaf", &["localhost"]);
        future.not_before = rcgen::date_time_ymd(4000, 1, 1);
        future.not_after = rcgen::date_time_ymd(4001, 1, 1);
        let future = signed(future, Some(&self.middle));
        let mut old = ca("Middle of tests");
        old.not_after = rcgen::date_time_ymd(2001, 1, 1);
        let old = signed(old, Some(&self.root));
        let under_old = signed(params("Leaf", &["localhost"]), Some(&old));
        let mut client = params("Leaf", &["localhost"]);
        client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let client = signed(client, Some(&self.middle));
        let alone = signed(params("Leaf", &["localhost"]), None);
        let no_ca = signed(params("Server", &["server.example"]), Some(&self.root));
        let under_no_ca = signed(params("Leaf", &["localhost"]), Some(&no_ca));
        let second = signed(ca("Second"), Some(&self.middle));
        let deep = signed(params("Leaf", &["localhost"]), Some(&second));
        vec![
            ("good", leaf.pem.clone() + middle, leaf.key.clone(), &[], true),
            (
                "with-root",
                leaf.pem.clone() + middle + root,
                leaf.key.clone(),
                &["private-root"],
                true,
            ),
            (
                "bom",
                format!("\u{feff}{}{middle}", leaf.pem),
                leaf.key.clone(),
                &[],
                true,
            ),
            (
                "crlf",
                (leaf.pem.clone() + middle).replace('\n', "\r\n"),
                leaf.key.clone(),
                &[],
                true,
            ),
            (
                "leaf-only",
                leaf.pem.clone(),
                leaf.key.clone(),
                &["issuer-missing"],
                false,
            ),
            (
                "not-linked",
                leaf.pem.clone() + root,
                leaf.key.clone(),
                &["not-linked"],
                false,
            ),
            (
                "glued",
                leaf.pem.trim_end().to_owned() + middle,
                leaf.key.clone(),
                &["not-read", "issuer-missing"],
                false,
            ),
            (
                "begin-damaged",
                leaf.pem.clone() + &middle.replace("-----BEGIN", "----BEGIN"),
                leaf.key.clone(),
                &["not-read", "issuer-missing"],
                false,
            ),
            // Newer senders sort it out, older ones do not.
            (
                "out-of-order",
                deep.pem.clone() + middle + &second.pem,
                deep.key,
                &["out-of-order"],
                true,
            ),
            (
                "other-name",
                other_name.pem.clone() + middle,
                other_name.key,
                &["other-name"],
                false,
            ),
            (
                "future",
                future.pem.clone() + middle,
                future.key,
                &["not-yet-valid"],
                false,
            ),
            (
                "old-middle",
                under_old.pem.clone() + &old.pem,
                under_old.key,
                &["expired"],
                false,
            ),
            (
                "for-clients",
                client.pem.clone() + middle,
                client.key,
                &["not-for-servers"],
                false,
            ),
            ("self-signed", alone.pem.clone(), alone.key, &["self-signed"], false),
            (
                "no-ca",
                under_no_ca.pem.clone() + &no_ca.pem,
                under_no_ca.key,
                &["not-ca"],
                false,
            ),
        ]
    }
}

fn flags([certificate, key]: &[PathBuf; 2]) -> [&str; 5] {
    let [certificate, key] = [certificate, key].map(|path| path.to_str().unwrap());
    [
        "--tls-certificate",
        certificate,
        "--tls-key",
        key,
        "--listen-public-url=https://localhost",
    ]
}

/// Whether a sender that trusts this root connects.
fn connects(server: &Server, root: &Path) -> bool {
    Connection::open(server.address(), "localhost", root).is_ok()
}

fn codes(list: &Value) -> Vec<&str> {
    let list = list.as_array().unwrap();
    list.iter()
        .map(|one| one.get("code").unwrap_or(one).as_str().unwrap())
        .collect()
}

#[test]
fn fault_12_check_config_says_what_senders_will_see() {
    let site = Site::new();
    let data = site.folder.path().join("data");
    for (name, chain, key, found, _) in site.chains() {
        let files = site.write(name, &chain, &key);
        let check = |more: &[&str]| hookgate(&data, &[&["check-config"][..], &flags(&files), more].concat(), "").good();
        assert_eq!(codes(&check(&["--json"]).json()["certificate"]), found, "{name}");
        let text = check(&[]).stdout;
        let warnings = text.lines().filter(|line| line.starts_with("Warning: ")).count();
        let expected = found.iter().filter(|code| **code != "private-root").count();
        assert_eq!(warnings, expected, "{name}: {text}");
    }

    // Without a certificate of one's own there will be a self-signed one.
    let own = hookgate(&data, &["check-config"], "").good();
    assert!(
        own.stdout.contains("self-signed") && own.stdout.contains("GitHub"),
        "{own:?}"
    );
    // Unless a proxy is what senders see.
    let proxied = [
        "check-config",
        "--listen-address",
        "127.0.0.1:8443",
        "--listen-public-url",
        "https://hooks.example",
    ];
    let proxied = hookgate(&data, &proxied, "").good();
    assert!(proxied.stdout.contains("the certificate of the proxy"), "{proxied:?}");
}

#[test]
fn fault_12_a_wrong_order_names_the_certificate_of_the_key() {
    let site = Site::new();
    let leaf = site.leaf("localhost");
    let files = site.write("reversed", &(site.middle.pem.clone() + &leaf.pem), &leaf.key);
    let data = site.folder.path().join("data");
    let refused = hookgate(&data, &[&["check-config"][..], &flags(&files)].concat(), "");
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(
        refused.stderr.contains("belongs to certificate 2 in the file"),
        "{refused:?}"
    );
}

/// Somebody who is logged in at a server whose certificate only this root vouches for.
struct Overview<'a> {
    server: &'a Server,
    plain: std::net::SocketAddr,
    anna: User,
}

impl<'a> Overview<'a> {
    fn of(server: &'a Server) -> Self {
        server.user_add("anna", "administrator");
        let plain = server.addresses()[1];
        let login = serde_json::json!({"name": "anna", "password": PASSWORD, "code": null});
        let answer = Connection::plain(plain).send(&change("POST", "/session", &login));
        assert_eq!(answer.status, 200, "{answer:?}");
        let anna = User::of(&answer);
        Self { server, plain, anna }
    }

    fn get(&self, path: &str) -> Value {
        let request = Request::new("GET", path).header("Cookie", &self.anna.cookie);
        let answer = Connection::plain(self.plain).send(&request);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.json()
    }

    /// What is found, as health, readiness, overview and the command line say it, which must agree.
    #[track_caller]
    fn certificate(&self) -> (bool, Vec<String>, String) {
        let ready = self.get("/readyz");
        let checks = ready["checks"].as_array().unwrap();
        let check = checks.iter().find(|check| check["name"] == "certificate").unwrap();
        let overview = self.get("/api/v1/overview");
        let steps = overview["steps"].as_array().unwrap();
        let step = steps.iter().find(|step| step["id"] == "certificate").unwrap();
        assert_eq!(step["done"], check["status"] == "ok", "{step:#} {check:#}");
        let health = self.server.cli(&["healthcheck"]).good();
        assert_eq!(
            health.stdout.contains("ertificate"),
            check["status"] == "warn",
            "{health:?}"
        );
        let found = check.get("findings").map(codes).unwrap_or_default();
        let found = found.into_iter().map(str::to_owned).collect();
        (step["done"] == true, found, step["detail"].as_str().unwrap().to_owned())
    }
}

#[test]
fn fault_12_log_health_and_overview_say_what_a_sender_sees() {
    let site = Site::new();
    let chains = site.chains();
    let (_, chain, key, ..) = &chains[0];
    let files = site.write("site", chain, key);
    let mut server = Server::new(&[&flags(&files)[..], &["--listen-plain-http", "127.0.0.1:0"]].concat());
    let recorder = Recorder::of(&mut server);
    server.restart();
    let mut heard = recorder.wait(0, "READY=1") + 1;
    let overview = Overview::of(&server);
    for (name, chain, key, found, accepted) in &chains {
        let logged = server.log().len();
        site.write("site", chain, key);
        server.signal(Signal::HUP);
        heard = recorder.wait(heard, "RELOADING=1") + 1;
        heard = recorder.wait(heard, "READY=1") + 1;
        let (done, codes, detail) = overview.certificate();
        assert_eq!(codes, *found, "{name}");
        let warns = found.iter().any(|code| *code != "private-root");
        assert_eq!(done, !warns, "{name}: {detail}");
        assert_eq!(connects(&server, &site.root_file()), *accepted, "{name}");
        if warns {
            wait_until("the log", || {
                let log = server.log();
                found
                    .iter()
                    .all(|code| log[logged..].contains(&format!("finding=\"{code}\"")))
            });
        } else {
            assert!(detail.contains("Valid until"), "{name}: {detail}");
        }
    }
}

#[test]
fn fault_12_a_start_warns_and_a_self_signed_certificate_is_no_reason_not_to_be_ready() {
    let site = Site::new();
    let leaf = site.leaf("localhost");
    let files = site.write("site", &leaf.pem, &leaf.key);
    let server = Server::start_with(&flags(&files));
    assert!(server.log().contains("finding=\"issuer-missing\""), "{}", server.log());

    let server = Server::start();
    assert!(server.log().contains("finding=\"self-signed\""), "{}", server.log());
    let ready = server.send(&Request::new("GET", "/readyz"));
    assert_eq!(
        (ready.status, &ready.json()["status"]),
        (200, &"warn".into()),
        "{ready:?}"
    );
    let health = server.cli(&["healthcheck"]).good();
    assert!(health.stdout.contains("GitHub"), "{health:?}");
}

#[test]
fn fault_12_one_made_under_a_wrong_clock_is_made_anew_at_the_start() {
    let mut server = Server::start();
    assert_eq!(server.stop(), 0);
    let file = server.data().join("tls/key.pem");
    let text = fs::read_to_string(&file).unwrap();
    let names = text.lines().find_map(|line| line.strip_prefix("Names: ")).unwrap();
    let mut future = params("Hookgate", &names.split(", ").collect::<Vec<_>>());
    future.not_before = rcgen::date_time_ymd(2090, 1, 1);
    let future = signed(future, None);
    fs::write(&file, format!("Names: {names}\n{}{}", future.key, future.pem)).unwrap();
    server.restart();
    assert!(!fs::read_to_string(&file).unwrap().contains(&future.pem));
    // A sender that trusts the new one connects.
    assert_eq!(server.connect().send(&Request::new("GET", "/livez")).status, 200);
    assert!(!server.log().contains("not-yet-valid"), "{}", server.log());
}

#[test]
fn fault_12_the_certificate_made_for_a_public_url_names_its_host() {
    let server = Server::start_with(&["--listen-public-url", "https://hooks.example:8443"]);
    assert!(Connection::open(server.address(), "hooks.example", &server.certificate()).is_ok());
}
