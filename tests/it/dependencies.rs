//! What is built in: nothing banned, no licence that binds those who install it.

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

fn lock() -> Vec<(String, String)> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).unwrap();
    let mut packages = Vec::new();
    let mut name = String::new();
    for line in text.lines() {
        let value = |line: &str| line.split('"').nth(1).unwrap_or_default().to_owned();
        if line.starts_with("name = ") {
            name = value(line);
        } else if line.starts_with("version = ") {
            packages.push((std::mem::take(&mut name), value(line)));
        }
    }
    assert!(packages.len() > 100, "the lock file was not read");
    packages
}

#[test]
fn nothing_banned_is_in_the_lock_file() {
    for (name, version) in lock() {
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
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
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

#[test]
fn every_dependency_has_its_reason_on_the_page() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let page = std::fs::read_to_string(root.join("docs/dependencies.md")).unwrap();
    let mut inside = false;
    let mut count = 0;
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line == "[dependencies]" || line == "[dev-dependencies]";
        } else if let Some((name, _)) = line.split_once('=').filter(|_| inside) {
            let name = name.trim();
            if name.starts_with('#') {
                continue;
            }
            count += 1;
            assert!(page.contains(&format!("| `{name}` |")), "docs/dependencies.md lacks {name}");
        }
    }
    assert!(count > 20, "the manifest was not read");
}
