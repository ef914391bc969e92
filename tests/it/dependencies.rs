//! What is built in: nothing banned, no licence that binds those who install it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// Never, with the reason.
const BANNED: &[(&str, &str)] = &[
    ("ring", "one cryptographic library is enough: aws-lc-rs"),
    ("openssl", "TLS is rustls"),
    ("openssl-sys", "TLS is rustls"),
    ("native-tls", "TLS is rustls"),
    ("rsa", "its timing leaks the key (RUSTSEC-2023-0071)"),
    ("actix-governor", "its licence is the GPL"),
    ("bincode", "stored values are postcard"),
];

/// Licences that ask for nothing but their own text.
const LICENCES: &[&str] = &[
    "MIT",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "Unicode-3.0",
    "Unlicense",
    "0BSD",
    "CC0-1.0",
    "BSL-1.0",
    "MIT-0",
    "CDLA-Permissive-2.0",
    "OpenSSL",
];

/// Name and version of everything that is built for any target. `Cargo.lock` names more:
/// optional parts that nothing switches on.
fn built() -> Vec<(String, String)> {
    let tree = cargo(&[
        "tree", "--locked", "--target", "all", "--edges", "all", "--prefix", "none", "--format", "{p}",
    ]);
    let packages: Vec<_> = String::from_utf8(tree)
        .unwrap()
        .lines()
        .filter_map(|line| {
            let (name, rest) = line.split_once(" v")?;
            let version = rest.split(' ').next()?;
            Some((name.to_owned(), version.to_owned()))
        })
        .collect();
    assert!(packages.len() > 100, "the tree was not read");
    packages
}

fn cargo(arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn nothing_banned_is_built() {
    for (name, version) in built() {
        for (banned, reason) in BANNED {
            assert_ne!(name, *banned, "{reason}");
        }
        assert!(
            !(name == "h2" && version.starts_with("0.3.")),
            "h2 0.3 has an advisory without a fix"
        );
    }
}

#[test]
fn every_licence_is_a_permissive_one() {
    let metadata = cargo(&["metadata", "--format-version", "1", "--locked"]);
    let metadata: serde_json::Value = serde_json::from_slice(&metadata).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 100);
    for package in packages {
        let name = package["name"].as_str().unwrap();
        let licence = package["license"].as_str().unwrap_or_default().replace('/', " OR ");
        // Of alternatives one must do; of what is joined by AND, each.
        let fits = licence.split(" AND ").all(|part| {
            part.trim_matches(['(', ')', ' '])
                .split(" OR ")
                .any(|one| LICENCES.contains(&one.trim_matches(['(', ')', ' '])))
        });
        assert!(fits, "{name}: {licence}");
    }
}

/// What the admin page shows under About.
const SHOWN: &str = "docs/licences.json";

#[test]
fn the_licences_shown_are_those_of_what_is_built_in() {
    let tree = cargo(&[
        "tree",
        "--locked",
        "--target",
        "x86_64-unknown-linux-gnu",
        "--edges",
        "normal,no-proc-macro",
        "--prefix",
        "none",
        "--format",
        "{p}|{l}",
    ]);
    let tree = String::from_utf8(tree).unwrap();
    let packages: BTreeSet<(&str, &str, &str)> = tree
        .lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .filter_map(|line| {
            let (package, licence) = line.split_once('|')?;
            let (name, version) = package.split_once(" v")?;
            Some((name, version.split(' ').next()?, licence))
        })
        .filter(|(name, ..)| *name != env!("CARGO_PKG_NAME"))
        .collect();
    assert!(packages.len() > 50, "the tree was not read");
    let lines: Vec<String> = packages
        .into_iter()
        .map(|(name, version, licence)| {
            serde_json::json!({"name": name, "version": version, "licence": licence.replace('/', " OR ")}).to_string()
        })
        .collect();
    let now = format!("[\n{}\n]\n", lines.join(",\n"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(SHOWN);
    if std::env::var_os("HOOKGATE_UPDATE").is_some() {
        std::fs::write(&path, &now).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(&path).unwrap_or_default(),
        now,
        "run 'HOOKGATE_UPDATE=1 tests/run licences_shown' and commit {SHOWN}"
    );
}

#[test]
fn every_dependency_has_its_reason_on_the_page() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let page = std::fs::read_to_string(root.join("docs/dependencies.md")).unwrap();
    let mut section = "";
    let mut wanted = BTreeSet::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        } else if matches!(section, "[dependencies]" | "[dev-dependencies]")
            && let Some((name, _)) = line.split_once('=').filter(|_| !line.starts_with('#'))
        {
            wanted.insert(name.trim());
        }
    }
    assert!(wanted.len() > 20, "the manifest was not read");
    let explained: BTreeSet<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` |"))
        .filter(|(_, reason)| reason.trim_matches([' ', '|']).len() > 5)
        .map(|(name, _)| name)
        .collect();
    assert_eq!(
        explained, wanted,
        "docs/dependencies.md (left) does not fit Cargo.toml (right)"
    );
}
