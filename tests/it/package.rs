//! The Debian package: made as `packaging/build` makes it, around the program under test, looked
//! at by lintian and systemd-analyze, and installed into a Debian of its own.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use clap::ArgMatches;
use hookgate::config::{Preset, SETTINGS, Settings, arguments, load};

use super::harness::{command, wait_for};

/// What it listens on when it is installed: the one setting that is not at its default.
const ADDRESS: &str = "0.0.0.0:443";

/// Their versions: the one of the pages, and the next.
pub const OLD: &str = concat!(env!("CARGO_PKG_VERSION"), "-1");
pub const NEW: &str = concat!(env!("CARGO_PKG_VERSION"), "-2");

/// The package, and the one after it.
pub struct Packages {
    pub old: PathBuf,
    pub new: PathBuf,
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where what takes long to make is kept from one run of the tests to the next.
fn kept() -> PathBuf {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |target| root().join(target));
    let kept = target.join("package-tests");
    fs::create_dir_all(&kept).unwrap();
    kept
}

/// Runs it to its end; gives what it wrote if it went well.
#[track_caller]
fn run(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&stdout).into_owned();
    assert!(
        status.success(),
        "{command:?}: {status}\n{said}{}",
        String::from_utf8_lossy(&stderr)
    );
    said
}

/// Runs what may not be possible everywhere; none, with a loud line, where it is not.
pub fn run_if_possible(what: &str, command: &mut Command) -> Option<()> {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(77) {
        eprintln!("SKIPPED: {what}: {}", said.trim());
        return None;
    }
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}{said}",
        output.status,
        String::from_utf8_lossy(&output.stdout)
    );
    Some(())
}

/// What a package is made of, in short: another one is made when this differs.
fn fingerprint() -> String {
    let mut files = vec![
        PathBuf::from(env!("CARGO_BIN_EXE_hookgate")),
        root().join("Cargo.toml"),
        root().join("CHANGELOG.md"),
        root().join("LICENSE"),
    ];
    let mut folders = vec![root().join("packaging"), root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { &mut folders } else { &mut files }.push(path);
        }
    }
    files.sort();
    let lines = files.iter().map(|path| {
        let about = fs::metadata(path).unwrap();
        let (seconds, nanoseconds) = (about.mtime(), about.mtime_nsec());
        format!("{} {} {seconds}.{nanoseconds}\n", path.display(), about.len())
    });
    lines.collect()
}

/// Made once for each program under test, whichever test comes first.
pub fn packages() -> Packages {
    let kept = kept();
    let lock = File::create(kept.join("lock")).unwrap();
    lock.lock().unwrap();
    let packages = Packages {
        old: kept.join("old.deb"),
        new: kept.join("new.deb"),
    };
    let now = fingerprint();
    let stamp = kept.join("stamp");
    if fs::read_to_string(&stamp).is_ok_and(|made| made == now) {
        return packages;
    }
    for (version, path) in [(OLD, &packages.old), (NEW, &packages.new)] {
        run(Command::new(root().join("packaging/build"))
            .args([
                "--version",
                version,
                "--binary",
                env!("CARGO_BIN_EXE_hookgate"),
                "--out",
            ])
            .arg(path)
            .env("CARGO_TARGET_DIR", kept.join("target")));
    }
    fs::write(&stamp, &now).unwrap();
    packages
}

/// A Debian of its own in a folder that ends with the test; none where that cannot be.
pub fn debian(what: &str) -> Option<tempfile::TempDir> {
    let kept = kept();
    let lock = File::create(kept.join("root-lock")).unwrap();
    lock.lock().unwrap();
    let base = kept.join("debian");
    run_if_possible(what, Command::new(root().join("tests/package/root")).arg(&base))?;
    // Beside the first: on the same disk, and not in memory.
    let copy = tempfile::Builder::new().prefix("root-").tempdir_in(&kept).unwrap();
    run(Command::new("cp").arg("-a").arg(base.join("root/.")).arg(copy.path()));
    Some(copy)
}

#[test]
fn lintian_has_nothing_to_say() {
    let packages = packages();
    let said = run(Command::new("lintian")
        .args(["--allow-root", "--fail-on", "error,warning", "--display-info"])
        .arg(&packages.old));
    let left: Vec<_> = said
        .lines()
        .filter(|line| line.starts_with("E:") || line.starts_with("W:"))
        .collect();
    assert!(left.is_empty(), "{said}");
}

#[test]
fn the_settings_file_of_the_package_is_made_by_the_code() {
    let made = run(command().args(["check-config", "--defaults", "--listen-address", ADDRESS]));
    let path = root().join("packaging/hookgate.toml");
    if std::env::var_os("HOOKGATE_UPDATE").is_some() {
        fs::write(&path, &made).unwrap();
    }
    let shipped = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        shipped == made,
        "{} is not what the code makes; run 'HOOKGATE_UPDATE=1 tests/run settings_file'",
        path.display()
    );

    let settings = |file: Option<&Path>, flags: &[&str]| -> Settings {
        let command = arguments(clap::Command::new("test"));
        let flags: ArgMatches = command.get_matches_from([&["test"], flags].concat());
        load(file, &flags, |_| None).unwrap()
    };
    let expected = settings(None, &["--listen-address", ADDRESS]);
    assert_eq!(settings(Some(&path), &[]), expected);
    // With every # taken away as well, but for settings that are found by a rule: theirs is an example.
    let by_rule = |line: &str| {
        SETTINGS
            .iter()
            .filter(|setting| matches!(setting.default, Preset::Rule(..)))
            .any(|setting| line.starts_with(&format!("{} = ", setting.key.rsplit('.').next().unwrap())))
    };
    let is_setting = |line: &&str| line.starts_with(|letter: char| letter.is_ascii_lowercase() || letter == '[');
    let lines = shipped.lines().map(|line| line.strip_prefix('#').unwrap_or(line));
    let all: Vec<_> = lines.filter(is_setting).filter(|line| !by_rule(line)).collect();
    assert!(all.len() > 30, "{all:?}");
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), all.join("\n")).unwrap();
    assert_eq!(settings(Some(file.path()), &[]), expected);
}

/// The packed unit as `systemd-analyze` rates it, without and with these drop-ins.
fn exposure(root: &Path) -> f64 {
    let said = run(Command::new("systemd-analyze")
        .args(["security", "--no-pager", "--offline=yes", "hookgate.service", "--root"])
        .arg(root));
    let line = said
        .lines()
        .find(|line| line.contains("Overall exposure level"))
        .expect(&said);
    let (_, number) = line.split_once("hookgate.service: ").expect(line);
    number.split(' ').next().unwrap().parse().expect(line)
}

#[test]
fn the_units_are_as_tight_as_promised() {
    let packages = packages();
    let unpacked = tempfile::tempdir().unwrap();
    run(Command::new("dpkg-deb")
        .arg("-x")
        .arg(&packages.old)
        .arg(unpacked.path()));
    let own_port = exposure(unpacked.path());
    assert!(own_port <= 1.6, "{own_port}");
    let drop_ins = unpacked.path().join("etc/systemd/system/hookgate.service.d");
    fs::create_dir_all(&drop_ins).unwrap();
    let shipped = unpacked.path().join("usr/share/hookgate");
    fs::copy(
        shipped.join("socket-activation.conf"),
        drop_ins.join("socket-activation.conf"),
    )
    .unwrap();
    fs::copy(
        shipped.join("tls-credentials.conf"),
        drop_ins.join("tls-credentials.conf"),
    )
    .unwrap();
    let socket = exposure(unpacked.path());
    assert!(socket <= 0.4, "{socket}");
}

#[test]
fn installed_upgraded_removed_and_purged_where_systemd_does_not_run() {
    for user_by in ["sysusers", "adduser"] {
        let Some(debian) = debian("a Debian without systemd running") else {
            return;
        };
        let packages = packages();
        let inside = debian.path().join("packages");
        fs::create_dir(&inside).unwrap();
        for package in [&packages.old, &packages.new] {
            fs::copy(package, inside.join(package.file_name().unwrap())).unwrap();
        }
        fs::copy(root().join("tests/package/by-hand"), inside.join("by-hand")).unwrap();
        let log = File::create(debian.path().join("packages/said")).unwrap();
        let mut child = Command::new("unshare")
            .args(["--mount", "--pid", "--fork", "--kill-child"])
            .arg(format!("--mount-proc={}", debian.path().join("proc").display()))
            .args(["chroot"])
            .arg(debian.path())
            .args(["bash", "/packages/by-hand", user_by])
            .stdin(std::process::Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let said = || fs::read_to_string(debian.path().join("packages/said")).unwrap();
        let ended = ended_within_minutes(&mut child);
        assert!(ended && said().ends_with("ALL IS WELL\n"), "{user_by}: {}", said());
    }
}

/// Whether it ended well; it is ended if it takes too long.
pub fn ended_within_minutes(child: &mut std::process::Child) -> bool {
    for _ in 0..8 {
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            wait_for("the end of it", || child.try_wait().unwrap())
        }));
        if let Ok(status) = ended {
            return status.success();
        }
    }
    let pid = rustix::process::Pid::from_child(child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        wait_for("the end of it", || child.try_wait().unwrap())
    }));
    if ended.is_err() {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    false
}
