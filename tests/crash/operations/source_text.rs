//! The public functions of `src/manage` that change something, read from their source text.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Who asks for a change stands in the signature of what makes it.
const ASKED_BY: [&str; 2] = ["by: Actor", "live: &ActiveSession"];

/// Their names.
pub fn changing_functions() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/manage"), &mut found);
    found
}

fn folder(path: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            folder(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            in_text(&fs::read_to_string(&path).unwrap(), found);
        }
    }
}

fn in_text(text: &str, found: &mut BTreeSet<String>) {
    for part in text.split("pub fn ").skip(1) {
        let name: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let end = part.find(['{', ';']).unwrap_or(part.len());
        if ASKED_BY.iter().any(|asked| part[..end].contains(asked)) {
            found.insert(name);
        }
    }
}

#[test]
fn a_function_that_changes_something_is_found_by_its_signature_in_one_line_or_several() {
    let text = "pub fn one_add(context: &Context, by: Actor) -> u8 {\n}\n\
        pub fn one_list(context: &Context) -> u8 { by: Actor }\n\
        fn one_put(by: Actor) {}\n\
        /// Text.\npub fn two_set(\n    context: &Context,\n    by: Actor,\n) -> u8 {}\n\
        pub(super) fn two_put(by: Actor) {}\n\
        pub fn own_set(live: &ActiveSession) {}\n";
    let mut found = BTreeSet::new();
    in_text(text, &mut found);
    let names: Vec<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(names, ["one_add", "own_set", "two_set"]);
}
