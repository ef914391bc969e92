//! The files of the admin page: what the Content-Security-Policy and the size allow, and that
//! every name leads to a file.

use std::fs;
use std::path::{Path, PathBuf};

/// The whole page, uncompressed.
const MAX_SIZE: u64 = 300 * 1024;

/// What would turn text into markup or code, or set a style that the policy refuses.
const REFUSED: &[&str] = &[
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "document.write",
    "DOMParser",
    "createContextualFragment",
    "eval(",
    "new Function",
    "setTimeout('",
    "setAttribute('style'",
    "cssText",
];

/// Addresses that stand in the page as text or as the name of a vocabulary, and are never fetched.
const NAMED: &[&str] = &["http://www.w3.org/2000/svg", "https://www.example.com", "https?:"];

#[test]
fn it_is_small() {
    let size: u64 = files().iter().map(|file| fs::metadata(file).unwrap().len()).sum();
    assert!(size < MAX_SIZE, "static/ has {size} bytes, at most {MAX_SIZE}");
}

#[test]
fn nothing_turns_text_into_markup() {
    for file in files() {
        let text = fs::read_to_string(&file).unwrap();
        for refused in REFUSED {
            assert!(!text.contains(refused), "{} holds {refused}", file.display());
        }
    }
}

#[test]
fn nothing_is_inline() {
    let page = fs::read_to_string(root().join("index.html")).unwrap();
    assert!(!page.contains("<style") && !page.contains(" style="));
    for event in [" onclick=", " onload=", " onerror=", "javascript:"] {
        assert!(!page.contains(event), "index.html holds {event}");
    }
    for script in page.split("<script").skip(1) {
        let (tag, rest) = script.split_once('>').unwrap();
        assert!(
            tag.contains(" src=") && rest.starts_with("</script>"),
            "an inline script: {tag}"
        );
    }
}

#[test]
fn nothing_is_fetched_from_elsewhere() {
    for file in files() {
        let mut text = fs::read_to_string(&file).unwrap();
        for named in NAMED {
            text = text.replace(named, "");
        }
        let of_styles = if has_ending(&file, &["css"]) {
            ["url(", "@import"].as_slice()
        } else {
            &[]
        };
        for outside in ["http://", "https://", "src=\"//"].iter().chain(of_styles) {
            assert!(!text.contains(outside), "{} names {outside}", file.display());
        }
    }
}

#[test]
fn every_import_leads_to_a_file() {
    let mut found = 0;
    for file in files() {
        let text = fs::read_to_string(&file).unwrap();
        let folder = file.parent().unwrap();
        let quoted = text.split('\'').skip(1).step_by(2);
        let imports =
            quoted.filter(|part| (part.starts_with("./") || part.starts_with("../")) && has_ending(part, &["js"]));
        let linked = text.split('"').skip(1).step_by(2);
        let linked = linked.filter(|part| file.ends_with("index.html") && has_ending(part, &["js", "css", "svg"]));
        for name in imports.chain(linked) {
            found += 1;
            assert!(folder.join(name).is_file(), "{} names {name}", file.display());
        }
    }
    assert!(found > 100, "only {found} names were found");
}

#[test]
fn every_route_has_its_page() {
    let main = fs::read_to_string(root().join("js/main.js")).unwrap();
    let table = main.split_once("const ROUTES = [").unwrap().1;
    let table = table.split_once("].map").unwrap().0;
    let mut pages = 0;
    for route in table.split("['/").skip(1) {
        let page = route.split('\'').nth(2).unwrap();
        pages += 1;
        let file = root().join(format!("js/pages/{page}.js"));
        assert!(file.is_file(), "no {}", file.display());
    }
    assert!(pages > 20, "only {pages} routes were found");
}

fn has_ending(name: impl AsRef<Path>, endings: &[&str]) -> bool {
    name.as_ref()
        .extension()
        .is_some_and(|ending| endings.iter().any(|one| ending == *one))
}

fn files() -> Vec<PathBuf> {
    let mut folders = vec![root()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    assert!(!files.is_empty());
    files
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("static")
}
