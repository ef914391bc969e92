//! What the pages say is so: the settings, and every command line that they name.

use std::fs;
use std::path::{Path, PathBuf};

use hookgate::config::markdown_table;

use super::shell::{commands, parsed};

const BEGIN: &str =
    "<!-- settings: written by `HOOKGATE_UPDATE=1 tests/run readme`, checked by the same test without it -->\n";
const END: &str = "<!-- /settings -->\n";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

#[test]
fn readme_has_the_table_of_settings() {
    let path = root().join("README.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text
        .split_once(BEGIN)
        .expect("README.md has the mark where the settings begin");
    let (table, after) = rest
        .split_once(END)
        .expect("README.md has the mark where the settings end");
    let wanted = markdown_table();
    if std::env::var_os("HOOKGATE_UPDATE").is_some() {
        fs::write(&path, format!("{before}{BEGIN}{wanted}{END}{after}")).unwrap();
        return;
    }
    assert!(
        table == wanted,
        "the settings in README.md are not those of the code; run 'HOOKGATE_UPDATE=1 tests/run readme'"
    );
}

#[test]
fn every_command_line_on_the_pages_is_one() {
    let mut pages = vec![root().join("README.md"), root().join("CHANGELOG.md")];
    let docs = fs::read_dir(root().join("docs")).unwrap();
    let docs = docs.map(|entry| entry.unwrap().path());
    pages.extend(docs.filter(|path| path.extension().is_some_and(|ending| ending == "md")));
    let mut found = 0;
    let mut faults = Vec::new();
    for page in pages {
        for command in commands(&fs::read_to_string(&page).unwrap()) {
            found += 1;
            if let Err(fault) = parsed(&command) {
                faults.push(format!("{}: {command}\n{fault}", page.display()));
            }
        }
    }
    assert!(found > 15, "only {found} command lines were found");
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn every_file_that_the_pages_link_to_is_there() {
    for page in [
        "README.md",
        "docs/architecture.md",
        "docs/adding-a-capability.md",
        "docs/dependencies.md",
        "docs/install.md",
        "docs/operate.md",
        "docs/odata.md",
        "docs/tokens.md",
    ] {
        let path = root().join(page);
        let text = fs::read_to_string(&path).unwrap();
        for link in text.split("](").skip(1) {
            let target = link.split([')', '#']).next().unwrap();
            if !target.is_empty() && !target.contains("://") {
                assert!(path.parent().unwrap().join(target).exists(), "{page} links to {target}");
            }
        }
    }
}
