//! The files of the admin page, as browsers get them.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;

use super::harness::{Request, Server, Site};

/// The most bytes of all files together, uncompressed.
const TOTAL: usize = 300 * 1024;

/// Addresses that stand in texts and names that nobody is led to.
const ADDRESSES: [&str; 2] = ["http://www.w3.org/2000/svg", "https://www.example.com"];

/// What would be code in a place where the browser runs none, or from texts.
const INLINE: [&str; 10] = [
    "<style",
    " style=\"",
    "<script>",
    " onclick=\"",
    " onload=\"",
    "javascript:",
    "innerHTML",
    "insertAdjacentHTML",
    "new Function",
    "eval(",
];

fn files() -> BTreeMap<String, Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("static");
    let mut files = BTreeMap::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    assert!(files.len() > 50, "the files were not read");
    files
}

fn get(path: &str) -> Request {
    Request::new("GET", path)
}

#[test]
fn every_file_is_served_in_each_form() {
    let site = Site::start();
    for (name, text) in files() {
        let path = format!("/admin/{name}");
        let plain = site.raw(&get(&path));
        assert_eq!((plain.status, &plain.body), (200, &text), "{name}");
        let content_type = plain.headers["content-type"].as_str();
        let expected = match name.rsplit_once('.').unwrap().1 {
            "html" => "text/html; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "svg" => "image/svg+xml; charset=utf-8",
            other => panic!("{other}: say here and in assets.rs what it is"),
        };
        assert_eq!(content_type, expected, "{name}");
        for (encoding, accepted) in [("gzip", "gzip, deflate"), ("br", "gzip, deflate, br")] {
            let small = site.raw(&get(&path).header("Accept-Encoding", accepted));
            assert_eq!(small.headers["vary"], "Accept-Encoding", "{name}");
            let Some(used) = small.headers.get("content-encoding") else {
                assert!(text.len() < 1000, "{name} is not compressed");
                continue;
            };
            assert!(used == encoding || text.len() < 1000, "{name}: {used}");
            let mut read = Vec::new();
            if used == "br" {
                let mut reader = brotli::Decompressor::new(small.body.as_slice(), 4096);
                reader.read_to_end(&mut read).unwrap();
            } else {
                let mut reader = flate2::read::GzDecoder::new(small.body.as_slice());
                reader.read_to_end(&mut read).unwrap();
            }
            assert_eq!(read, text, "{name}");
            assert_ne!(small.headers["etag"], plain.headers["etag"], "{name}");
        }
    }
}

#[test]
fn a_browser_that_has_a_file_is_told_so() {
    let site = Site::start();
    let accepted = || get("/admin/js/main.js").header("Accept-Encoding", "br");
    let first = site.raw(&accepted());
    let etag = &first.headers["etag"];
    assert!(etag.starts_with('"') && etag.ends_with("-br\""), "{etag}");
    assert_eq!(first.headers["cache-control"], "no-cache");
    let again = site.raw(&accepted().header("If-None-Match", etag));
    assert_eq!((again.status, again.body.len()), (304, 0));
    assert_eq!(&again.headers["etag"], etag);
    assert_eq!(again.headers["cache-control"], "no-cache");
    // The tag of another form is not that of this one.
    let other = site.raw(&get("/admin/js/main.js").header("If-None-Match", etag));
    assert_eq!(other.status, 200);
    let head = site.raw(&Request::new("HEAD", "/admin/js/main.js").header("Accept-Encoding", "br"));
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(&head.headers["etag"], etag);
    assert_eq!(head.headers["content-length"], first.headers["content-length"]);
}

#[test]
fn pages_are_not_kept_and_what_they_load_is() {
    let site = Site::start();
    for name in files().into_keys() {
        let expected = if has_ending(&name, "html") {
            "no-store"
        } else {
            "no-cache"
        };
        let answer = site.raw(&get(&format!("/admin/{name}")));
        assert_eq!(answer.headers["cache-control"], expected, "{name}");
        assert!(answer.headers.contains_key("etag"), "{name}");
    }
    for path in ["/admin/", "/admin/none"] {
        assert_eq!(site.raw(&get(path)).headers["cache-control"], "no-store", "{path}");
    }
}

fn has_ending(name: &str, ending: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, known)| known == ending)
}

#[test]
fn the_page_runs_nothing_but_its_own_files() {
    let site = Site::start();
    for path in ["/admin/", "/admin/js/main.js", "/admin/none", "/admin"] {
        let answer = site.send(&get(path));
        let policy = answer.header("content-security-policy").unwrap();
        for part in [
            "default-src 'none'",
            "script-src 'self';",
            "require-trusted-types-for 'script'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        for (name, value) in [
            ("x-frame-options", "DENY"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
    }
}

#[test]
fn the_ways_to_the_page() {
    let site = Site::start();
    let page = site.send(&get("/admin/"));
    assert_eq!(page.status, 200);
    assert!(page.body.starts_with("<!doctype html>"), "{page:?}");
    let bare = site.send(&get("/admin"));
    assert_eq!((bare.status, bare.header("location")), (308, Some("/admin/")));
    let root = site.send(&get("/").header("Accept", "text/html,application/xhtml+xml"));
    assert_eq!((root.status, root.header("location")), (303, Some("/admin/")));
    assert_eq!(
        site.send(&get("/").header("Accept", "*/*")).problem(404),
        "path-unknown"
    );
    assert_eq!(site.send(&get("/")).problem(404), "path-unknown");
    for path in [
        "/admin/none",
        "/admin/js/",
        "/admin/../Cargo.toml",
        "/admin/%2e%2e/Cargo.toml",
        "/admin//",
    ] {
        let missing = site.send(&get(path));
        assert_eq!(missing.status, 404, "{path}");
        assert_eq!(
            missing.header("content-type"),
            Some("text/html; charset=utf-8"),
            "{path}"
        );
        assert!(missing.body.contains("/admin/"), "{missing:?}");
    }
    assert_eq!(site.send(&get("/adminer")).problem(404), "path-unknown");
    let post = site.send(&Request::new("POST", "/admin/").body("{}"));
    assert_eq!((post.status, post.header("allow")), (405, Some("GET, HEAD")));
    // A body is read away, and the answer comes all the same.
    let odd = site.send(&get("/admin/").chunked("x".repeat(2000), 100));
    assert_eq!(odd.status, 200);
}

#[test]
fn the_page_is_not_where_senders_are() {
    let server = Server::start_with(&["--listen-senders", "127.0.0.1:0"]);
    let status = |listener: usize, path: &str| {
        let address = server.addresses()[listener];
        let connection = super::harness::Connection::open(address, "localhost", &server.certificate());
        let request = get(path).header("Accept", "text/html");
        connection.unwrap().send(&request).status
    };
    assert_eq!([status(0, "/admin/"), status(0, "/")], [404, 404]);
    assert_eq!([status(1, "/admin/"), status(1, "/")], [200, 303]);
}

#[test]
fn the_page_is_small_and_knows_no_address_outside() {
    let files = files();
    let total: usize = files.values().map(Vec::len).sum();
    assert!(total < TOTAL, "{total} bytes");
    let mut faults = Vec::new();
    for (name, text) in &files {
        let text = String::from_utf8(text.clone()).unwrap();
        for inline in INLINE.iter().filter(|inline| text.contains(*inline)) {
            faults.push(format!("{name}: {inline}"));
        }
        for (at, _) in text.match_indices("://") {
            let start = text[..at]
                .rfind(|c: char| !c.is_ascii_alphabetic())
                .map_or(0, |at| at + 1);
            let address = &text[start..];
            // `://` alone is code that takes addresses apart.
            let led = start < at && !ADDRESSES.iter().any(|known| address.starts_with(known));
            if led {
                let shown: String = address.chars().take(60).collect();
                faults.push(format!("{name}: {shown}"));
            }
        }
        for word in ["url(//", "src=\"//", "href=\"//", "@import"] {
            if text.contains(word) {
                faults.push(format!("{name}: {word}"));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
