//! What the pages say is so: the settings, and every command line that they name.

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use hookgate::config::markdown_table;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::harness::wait_for;
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

/// A clone of the source in which it was built, as the steps of the page find it.
struct Clone {
    folder: tempfile::TempDir,
    server: Option<Child>,
}

impl Clone {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let built = folder.path().join("target/release");
        fs::create_dir_all(&built).unwrap();
        symlink(env!("CARGO_BIN_EXE_hookgate"), built.join("hookgate")).unwrap();
        // It is built already.
        let cargo = folder.path().join("target/cargo");
        fs::write(&cargo, "#!/bin/sh\n").unwrap();
        fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
        fs::copy(root().join(".gitignore"), folder.path().join(".gitignore")).unwrap();
        Self { folder, server: None }
    }

    /// Commands in a terminal that was just opened there: nothing of what other terminals said is known.
    fn terminal(&self, commands: &str) -> Command {
        let target = self.folder.path().join("target");
        let mut shell = Command::new("bash");
        shell
            .args(["--norc", "--noprofile", "-e", "-o", "pipefail", "-c", commands])
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", target.display()))
            .env("HOME", target.join("home"))
            // A free port, and nothing of a package that is installed on this machine.
            .env("HOOKGATE_LISTEN_ADDRESS", "127.0.0.1:0")
            .env("HOOKGATE_DATA", "hookgate-data")
            .stdin(Stdio::null());
        shell
    }

    #[track_caller]
    fn run(&self, commands: &str) -> String {
        let done = self.terminal(commands).output().unwrap();
        assert!(done.status.success(), "{commands}\n{done:?}");
        String::from_utf8(done.stdout).unwrap()
    }
}

impl Drop for Clone {
    fn drop(&mut self) {
        if let Some(server) = &mut self.server {
            // It took the place of the shell.
            let _ = kill_process(Pid::from_child(server), Signal::KILL);
            let _ = server.wait();
        }
    }
}

/// The steps from the source to the first webhook, each in a terminal that was just opened: where the page says to open
/// another one, nobody knows which of the steps before were typed in it.
#[test]
fn fault_14_each_step_of_readme_works_in_a_terminal_of_its_own_and_leaves_nothing_untracked() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, section) = readme.split_once("## Five minutes").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let steps: Vec<&str> = section
        .split("```sh\n")
        .skip(1)
        .map(|rest| rest.split_once("```").unwrap().0)
        .collect();
    let [start, allow, add, send, look] = steps[..] else {
        panic!("{steps:#?}");
    };
    let mut clone = Clone::new();
    // The last command of the first step goes on until it is interrupted.
    let (build, serve) = start.trim().rsplit_once('\n').unwrap();
    let out = clone.folder.path().join("target/out");
    let started = clone
        .terminal(&format!("{build}\nexec {serve}"))
        .stdout(File::create(&out).unwrap())
        .stderr(File::create(clone.folder.path().join("target/log")).unwrap())
        .spawn()
        .unwrap();
    clone.server = Some(started);
    wait_for("the server to be ready", || {
        let ended = clone.server.as_mut().unwrap().try_wait().unwrap();
        assert_eq!(ended, None, "{start}");
        let text = fs::read_to_string(&out).unwrap_or_default();
        text.contains("  data folder  ").then_some(())
    });

    clone.run(allow);
    let made = clone.run(add);
    let url = made
        .split_whitespace()
        .find(|word| word.contains("/webhooks/whk_"))
        .unwrap();
    let example = send.split('\'').find(|word| word.contains("/webhooks/whk_")).unwrap();
    let answer: Value = serde_json::from_str(&clone.run(&send.replace(example, url))).unwrap();
    let id = answer["id"].as_str().unwrap();
    let shown = wait_for("the record", || {
        let shown = clone.run(&look.replace("show ID", &format!("show {id}")));
        shown.contains("record created").then_some(shown)
    });
    assert!(shown.contains("John Best"), "{shown}");

    // What other pages have people make where they are.
    for left in [
        "before-upgrade.backup",
        "hookgate.pem",
        "company-ca.pem",
        "hookgate-master.key",
        "hookgate.toml",
    ] {
        fs::write(clone.folder.path().join(left), "").unwrap();
    }
    let untracked = clone.run("git init --quiet && git ls-files --others --exclude-standard");
    assert_eq!(untracked, ".gitignore\n");
}

/// Nobody is promised what is not there.
#[test]
fn fault_13_no_page_and_no_text_promises_a_custom_process() {
    fn texts(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                texts(&path, found);
            } else if path
                .extension()
                .is_some_and(|kind| ["md", "js", "html", "rs"].iter().any(|one| kind == *one))
            {
                found.push(path);
            }
        }
    }
    let mut found = vec![root().join("README.md"), root().join("CHANGELOG.md")];
    for folder in ["docs", "static", "src"] {
        texts(&root().join(folder), &mut found);
    }
    assert!(found.len() > 100);
    for path in found {
        let text = fs::read_to_string(&path).unwrap().to_lowercase();
        assert!(!text.contains("custom process"), "{}", path.display());
    }
}
