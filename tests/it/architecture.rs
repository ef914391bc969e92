//! The house: who may know whom, and who alone may touch the outside.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each room and the rooms that it names, no more and no fewer. Reading from the bottom up is
/// reading from the foundations; a room that is not listed fails the test.
const ROOMS: &[(&str, &[&str])] = &[
    (
        "main",
        &[
            "cli",
            "app",
            "http",
            "manage",
            "backup",
            "systemd",
            "ledger",
            "store",
            "config",
            "telemetry",
            "files",
        ],
    ),
    (
        "cli",
        &[
            "api",
            "app",
            "control",
            "manage",
            "retention",
            "backup",
            "tls",
            "ledger",
            "parse",
            "config",
            "files",
            "domain",
        ],
    ),
    (
        "app",
        &[
            "api",
            "http",
            "control",
            "manage",
            "people",
            "odata",
            "identity",
            "intake",
            "process",
            "retention",
            "backup",
            "systemd",
            "tls",
            "ledger",
            "store",
            "journal",
            "parse",
            "schedule",
            "space",
            "secret",
            "config",
            "clock",
            "files",
            "domain",
        ],
    ),
    ("control", &["api", "http", "manage", "files"]),
    (
        "http",
        &[
            "api",
            "manage",
            "people",
            "odata",
            "identity",
            "intake",
            "tls",
            "ledger",
            "parse",
            "telemetry",
            "metrics",
            "clock",
            "domain",
        ],
    ),
    ("api", &["manage", "people", "parse", "clock", "domain"]),
    (
        "manage",
        &[
            "people",
            "odata",
            "identity",
            "intake",
            "retention",
            "backup",
            "tls",
            "ledger",
            "store",
            "schedule",
            "space",
            "secret",
            "metrics",
            "clock",
            "files",
            "domain",
        ],
    ),
    (
        "people",
        &[
            "ledger",
            "store",
            "secret",
            "throttle",
            "concurrency_limit",
            "clock",
            "domain",
        ],
    ),
    (
        "odata",
        &["ledger", "store", "parse", "concurrency_limit", "clock", "domain"],
    ),
    (
        "identity",
        &["ledger", "parse", "secret", "throttle", "metrics", "clock", "domain"],
    ),
    ("intake", &["ledger", "parse", "secret", "clock", "domain"]),
    ("process", &["ledger", "store", "parse", "metrics", "clock", "domain"]),
    ("retention", &["ledger", "store", "metrics", "domain"]),
    ("backup", &["ledger", "store", "files", "domain"]),
    ("systemd", &["clock"]),
    ("tls", &["clock", "files", "domain"]),
    ("ledger", &["store", "journal", "space", "metrics", "files", "domain"]),
    ("store", &["space", "metrics", "files", "domain"]),
    ("journal", &["space", "metrics", "files"]),
    ("parse", &["domain"]),
    ("schedule", &["domain"]),
    ("space", &["files"]),
    ("secret", &["domain"]),
    ("throttle", &["domain"]),
    ("concurrency_limit", &[]),
    ("config", &["files", "domain"]),
    ("telemetry", &[]),
    ("metrics", &[]),
    ("clock", &["domain"]),
    ("files", &[]),
    ("domain", &[]),
];

/// What only these rooms may name.
const ALONE: &[(&str, &[&str])] = &[
    ("redb::", &["store"]),
    ("actix", &["http", "control"]),
    ("cron::", &["schedule"]),
    ("listenfd::", &["systemd"]),
    ("NOTIFY_SOCKET", &["systemd"]),
    ("FrameBuilder", &["journal"]),
    ("SystemTime::now", &["clock"]),
    ("Timestamp::now", &["clock"]),
    ("Zoned::now", &["clock"]),
    ("now_v7", &["clock"]),
];

/// The sources of the program by room, without unit tests: these may look over a fence.
fn sources() -> Vec<(String, PathBuf, String)> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = BTreeMap::new();
    let mut folders = vec![source.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                files.insert(path, text);
            }
        }
    }
    let tests: Vec<PathBuf> = files.iter().flat_map(|(path, text)| test_modules(path, text)).collect();
    files.retain(|path, _| {
        !tests
            .iter()
            .any(|test| path.starts_with(test) || path.with_extension("") == *test)
    });
    assert!(files.len() > 50 && tests.len() > 5, "the sources were not found");
    let room = |path: &Path| {
        let first = path.strip_prefix(&source).unwrap().components().next().unwrap();
        first.as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned()
    };
    files
        .into_iter()
        .map(|(path, text)| (room(&path), path, text))
        .collect()
}

/// Modules in files of their own that a file has for tests only, without `.rs`.
fn test_modules(path: &Path, text: &str) -> Vec<PathBuf> {
    let own = path.with_extension("");
    let named = |name: &str| own.ends_with(name);
    let folder = if named("mod") || named("lib") || named("main") {
        path.parent().unwrap()
    } else {
        &own
    };
    let pairs = text.lines().zip(text.lines().skip(1));
    pairs
        .filter(|(mark, _)| *mark == "#[cfg(test)]")
        .filter_map(|(_, line)| {
            line.strip_suffix(';')?
                .split_once("mod ")
                .map(|(_, name)| folder.join(name))
        })
        .collect()
}

/// Code only: comments speak of anything.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// Rooms that a line names by `crate::room`, or in `main.rs` by `hookgate::room`.
fn rooms_named<'a>(line: &'a str, known: &BTreeSet<&str>) -> Vec<&'a str> {
    ["crate::", "hookgate::"]
        .iter()
        .flat_map(|root| line.split(root).skip(1))
        .filter_map(|rest| rest.split(|c: char| !c.is_ascii_lowercase() && c != '_').next())
        .filter(|name| known.contains(name))
        .collect()
}

#[test]
fn rooms_know_only_the_rooms_below_them() {
    let known: BTreeSet<&str> = ROOMS.iter().map(|(room, _)| *room).collect();
    assert_eq!(known.len(), ROOMS.len(), "each room is listed once");
    let mut used: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut faults = Vec::new();
    let sources = sources();
    for (room, path, text) in &sources {
        if room == "lib" {
            continue;
        }
        let Some((room, allowed)) = ROOMS.iter().find(|(known, _)| known == room) else {
            faults.push(format!("{}: the room {room} is not in the list", path.display()));
            continue;
        };
        let names = used.entry(room).or_default();
        for (number, line) in production(text) {
            if line.trim_start().starts_with("//") {
                continue;
            }
            for named in rooms_named(line, &known) {
                if named != *room && !allowed.contains(&named) {
                    faults.push(format!("{}:{number}: {room} must not know {named}", path.display()));
                }
                names.insert(named);
            }
            // A room in the middle of braces would not be seen.
            if line.contains("crate::{") || line.contains("hookgate::{") {
                faults.push(format!(
                    "{}:{number}: name each room in a line of its own",
                    path.display()
                ));
            }
        }
    }
    for (room, allowed) in ROOMS {
        for (at, named) in allowed.iter().enumerate() {
            if !used.get(room).is_some_and(|used| used.contains(named)) {
                faults.push(format!("{room} does not name {named}; take it from the list"));
            }
            if allowed[..at].contains(named) {
                faults.push(format!("{room} lists {named} twice"));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn the_list_of_rooms_has_no_way_up() {
    let order: BTreeMap<&str, usize> = ROOMS.iter().enumerate().map(|(at, (room, _))| (*room, at)).collect();
    for (room, may) in ROOMS {
        for named in *may {
            assert!(
                order[named] > order[room],
                "{room} may name {named}, which stands above it in the list"
            );
        }
    }
}

/// Files of `src/odata` that a file names by `super::file`, also within braces.
fn siblings_named(text: &str, known: &BTreeSet<String>) -> BTreeSet<String> {
    let lines: Vec<&str> = production(text).into_iter().map(|(_, line)| line).collect();
    let text = lines.join("\n");
    let mut found = BTreeSet::new();
    for part in text.split("super::").skip(1) {
        let names = match part.strip_prefix('{') {
            Some(list) => list.split('}').next().unwrap(),
            None => part
                .split(|c: char| !c.is_ascii_lowercase() && c != '_')
                .next()
                .unwrap(),
        };
        let names = names.split(|c: char| !c.is_ascii_lowercase() && c != '_');
        found.extend(names.filter(|name| known.contains(*name)).map(str::to_owned));
    }
    found
}

#[test]
fn files_of_odata_import_in_one_direction() {
    let files: BTreeMap<String, String> = sources()
        .into_iter()
        .filter(|(room, path, _)| room == "odata" && !path.ends_with("odata/mod.rs"))
        .map(|(_, path, text)| (path.file_stem().unwrap().to_str().unwrap().to_owned(), text))
        .collect();
    let known: BTreeSet<String> = files.keys().cloned().collect();
    let mut waiting: BTreeMap<&String, BTreeSet<String>> = BTreeMap::new();
    for (name, text) in &files {
        waiting.insert(name, siblings_named(text, &known));
    }
    assert!(waiting.len() > 40 && waiting[&"respond".to_owned()].contains("batch"));
    // What names only files that are taken away is taken away; what stays is a circle, or names one.
    loop {
        let left: BTreeSet<String> = waiting.keys().map(|name| (*name).clone()).collect();
        waiting.retain(|name, named| named.iter().any(|other| other != *name && left.contains(other)));
        if waiting.len() == left.len() {
            break;
        }
    }
    assert!(waiting.is_empty(), "these import from each other: {waiting:#?}");
}

#[test]
fn only_one_room_touches_each_part_of_the_outside() {
    let mut faults = Vec::new();
    for (room, path, text) in sources() {
        for (number, line) in code(&text) {
            for (word, owner) in ALONE {
                if !owner.contains(&room.as_str()) && line.contains(word) {
                    let owner = owner.join(" and ");
                    faults.push(format!("{}:{number}: only {owner} may name {word}", path.display()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// Rooms that word what they say for one kind of reader.
const FACES: [&str; 5] = ["main", "cli", "app", "http", "api"];

/// Files below the faces with texts that name a command, an address of the page or a path of the
/// API: no more and no fewer. Where the caller has only one face (the log, a command that maintains
/// the data folder), its words are right; the texts of the others are to become data.
const NAMED_BELOW: &[&str] = &[
    "backup/error.rs",
    "domain/definition/parse.rs",
    "domain/parse_issue.rs",
    "identity/error.rs",
    "identity/failure.rs",
    "identity/resource.rs",
    "journal/recover.rs",
    "ledger/error.rs",
    "manage/client/edit.rs",
    "manage/error.rs",
    "manage/health/checks.rs",
    "manage/health/oauth.rs",
    "manage/user.rs",
    "odata/permit.rs",
    "store/error.rs",
    "store/last_words.rs",
];

/// Whether a line has a text that only one face can follow.
fn names_a_face(line: &str) -> bool {
    let command = line
        .split("hookgate ")
        .skip(1)
        .any(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()));
    command || ["/api/v1", "\"#/", "/#/"].iter().any(|address| line.contains(address))
}

#[test]
fn texts_below_the_faces_name_no_command_and_no_address() {
    let mut found = BTreeSet::new();
    for (room, path, text) in sources() {
        // The texts of `secret` are what keys are derived from.
        if FACES.contains(&room.as_str()) || room == "secret" {
            continue;
        }
        for (_, line) in production(&text) {
            if !line.trim_start().starts_with("//") && names_a_face(line) {
                let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
                let file = path.strip_prefix(source).unwrap().to_str().unwrap();
                found.insert(file.to_owned());
            }
        }
    }
    let listed: BTreeSet<String> = NAMED_BELOW.iter().map(|file| (*file).to_owned()).collect();
    assert_eq!(found, listed);
}

#[test]
fn nothing_panics_on_purpose_outside_tests() {
    let mut faults = Vec::new();
    for (_, path, text) in sources() {
        for (number, line) in code(&text) {
            if line.trim_start().starts_with("#[cfg(test)]") {
                break;
            }
            for word in [".unwrap()", ".expect(", "unsafe ", "todo!(", "unimplemented!(", "dbg!("] {
                if line.contains(word) && !line.contains("#[expect(") {
                    faults.push(format!("{}:{number}: {word}", path.display()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// A field or variant is documented in more words than this, or not at all.
const SHORT_DOC: usize = 3;

/// Numbered lines without the items under `#[cfg(test)]`.
fn production(text: &str) -> Vec<(usize, &str)> {
    let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    let mut kept = Vec::new();
    while let Some((number, line)) = lines.next() {
        if line.trim() != "#[cfg(test)]" {
            kept.push((number, line));
            continue;
        }
        let end = format!("{}}}", &line[..line.len() - line.trim_start().len()]);
        let declared = lines.by_ref().find(|(_, line)| !line.trim_start().starts_with('#'));
        if declared.is_some_and(|(_, line)| !line.ends_with(';')) {
            lines.by_ref().find(|(_, line)| line.trim_end() == end);
        }
    }
    kept
}

/// The keyword and the name of an item that is `pub` without a restriction.
fn public_item(line: &str) -> Option<(&str, &str)> {
    let mut words = line.trim_start().strip_prefix("pub ")?.split_whitespace();
    let keyword = words.find(|word| !matches!(*word, "async" | "unsafe" | "extern"))?;
    let mut name = words.next()?;
    let keyword = if (keyword, name) == ("const", "fn") {
        name = words.next()?;
        "fn"
    } else {
        keyword
    };
    let known = ["fn", "struct", "enum", "trait", "type", "const", "static", "union"];
    let end = name.find(|c: char| !c.is_alphanumeric() && c != '_');
    known
        .contains(&keyword)
        .then(|| (keyword, &name[..end.unwrap_or(name.len())]))
}

/// The type that an `impl` block without a trait belongs to.
fn inherent_type(line: &str) -> Option<&str> {
    let mut rest = line.strip_prefix("impl")?.trim_end().strip_suffix('{')?;
    if rest.contains(" for ") {
        return None;
    }
    if rest.starts_with('<') {
        let mut depth = 0;
        let end = rest.find(|c| {
            depth += i32::from(c == '<') - i32::from(c == '>');
            depth == 0
        })?;
        rest = &rest[end + 1..];
    }
    rest.trim_start()
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .next()
}

/// Whether the lines end with a doc comment, apart from attributes.
fn documented(above: &[(usize, &str)]) -> bool {
    let mut inside = false;
    for (_, line) in above.iter().rev() {
        let line = line.trim();
        if inside || line.starts_with("#[") {
            inside = !line.starts_with("#[");
        } else if line.ends_with(']') && !line.starts_with("//") {
            inside = true;
        } else {
            return line.starts_with("///");
        }
    }
    false
}

/// The lint `missing_docs` without its demand for fields and variants. Methods of types that the
/// room keeps to itself need no docs, and the constants of an inline module have the module's.
#[test]
fn public_items_are_documented() {
    let sources = sources();
    let mut public = BTreeSet::new();
    for (room, _, text) in &sources {
        for (_, line) in production(text) {
            if let Some(("struct" | "enum" | "union" | "trait", name)) = public_item(line) {
                public.insert((room.as_str(), name));
            }
        }
    }
    let mut faults = Vec::new();
    for (room, path, text) in &sources {
        let lines = production(text);
        let mut owner = None;
        for (index, (number, line)) in lines.iter().enumerate() {
            if line.starts_with("impl") {
                owner = Some(inherent_type(line).unwrap_or_default());
            } else if *line == "}" {
                owner = None;
            }
            let Some((keyword, name)) = public_item(line) else {
                continue;
            };
            let seen = match owner {
                Some(owner) => public.contains(&(room.as_str(), owner)),
                None => !line.starts_with(' ') || keyword != "const",
            };
            if seen && !documented(&lines[..index]) {
                faults.push(format!(
                    "{}:{number}: {keyword} {name} has no doc comment",
                    path.display()
                ));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// Whether a line declares a field or a variant.
fn is_member(line: &str) -> bool {
    let line = line.trim();
    let line = match line.strip_prefix("pub") {
        Some(rest) if rest.starts_with('(') => rest.split_once(") ").map_or("", |(_, rest)| rest),
        Some(rest) if rest.starts_with(' ') => &rest[1..],
        _ => line,
    };
    let end = line
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    let variant = name.starts_with(char::is_uppercase)
        && ["", ",", "(", " {", " ="].iter().any(|next| match *next {
            "" => rest.is_empty(),
            next => rest.starts_with(next),
        });
    variant || (!name.is_empty() && rest.starts_with(": "))
}

/// A field whose unit, bound or default its name does not say has a sentence, others have no doc
/// line. The doc lines of clap's types are help texts.
#[test]
fn doc_lines_say_more_than_the_name() {
    let mut faults = Vec::new();
    for (_, path, text) in sources() {
        let lines = production(&text);
        let mut help = false;
        let mut doc: Vec<&str> = Vec::new();
        for (number, line) in lines {
            let trimmed = line.trim();
            if trimmed.starts_with("#[derive(") {
                help = ["Args", "Subcommand", "Parser", "ValueEnum"]
                    .iter()
                    .any(|name| trimmed.contains(name));
            } else if line == "}" {
                help = false;
            }
            if let Some(words) = trimmed.strip_prefix("///") {
                doc.extend(words.split_whitespace());
            } else if !trimmed.starts_with('#') {
                if !doc.is_empty() && doc.len() <= SHORT_DOC && is_member(line) && !help {
                    faults.push(format!("{}:{number}: '{}' says little", path.display(), doc.join(" ")));
                }
                doc.clear();
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
