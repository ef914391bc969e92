//! Every mistake is found, with its place and what to write instead.

use super::*;

/// The mistakes in a file, without its path.
fn errors(text: &str) -> Vec<String> {
    let file = file(text);
    let found = load(Some(file.path()), &flags(&[]), env(&[])).expect_err("mistakes");
    let path = file.path().display().to_string();
    found.0.iter().map(|one| one.to_string().replace(&path, "f")).collect()
}

#[test]
fn all_mistakes_at_once_each_with_its_place() {
    let file =
        file("[listen]\nadress = \"1.2.3.4:1\"\nplain_http = \"0.0.0.0:80\"\n\n[intake]\nmax_body = \"26 MiB\"\n");
    let found = load(
        Some(file.path()),
        &flags(&["--log-level", "loud"]),
        env(&[("HOOKGATE_SHUTDOWN_TIMEOUT", "20")]),
    )
    .expect_err("five mistakes");
    let path = file.path().display().to_string();
    assert_eq!(
        found.to_string().replace(&path, "f"),
        "f:2 listen.adress: unknown setting; did you mean listen.address?\nf:3 listen.plain_http: \"0.0.0.0:80\" is \
         not valid: 0.0.0.0 can be reached from other machines, and plain HTTP would expose keys on the network; use \
         127.0.0.1 or [::1]; expected a loopback address with a port, or empty\nf:6 intake.max_body: \"26 MiB\" is \
         not valid: it is too large; expected a size from 1 KiB to 25 MiB\nHOOKGATE_SHUTDOWN_TIMEOUT: \"20\" is not \
         valid: the unit is missing; expected a duration from 1 s to 10 min\n--log-level: \"loud\" is not valid: \
         unknown value; expected error, warn, info, debug or trace"
    );
}

#[test]
fn broken_toml_says_line_and_column() {
    let found = errors("[listen]\naddress = 0.0.0.0:1\n");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("f:2:"), "{found:?}");
    assert!(found[0].contains("not valid TOML"), "{found:?}");

    let twice = errors("data = \"a\"\nlog.level = \"info\"\ndata = \"b\"\n");
    assert!(
        twice[0].starts_with("f:3:1: not valid TOML: duplicate key"),
        "{twice:?}"
    );
}

#[test]
fn mistakes_in_the_shape_of_the_file() {
    for (text, expected) in [
        ("datta = \"x\"", "f:1 datta: unknown setting; did you mean data?"),
        (
            "[lissen]\naddress = \"x\"",
            "f:1 lissen: unknown group; did you mean listen?",
        ),
        ("[zzzzzz]\n", "f:1 zzzzzz: unknown group"),
        (
            "listen = 8443",
            "f:1 listen: this is a group of settings; write [listen] and its settings below it",
        ),
        ("data = 5", "f:1 data: a bare number is not valid; expected a path"),
        ("data.x = 5", "f:1 data: a group is not valid; expected a path"),
        (
            "\n[tls]\nnames = [1]",
            "f:3 tls.names: this list is not valid; expected host names and addresses",
        ),
        (
            "[[listen]]\n",
            "f:1 listen: this is a group of settings; write [listen] and its settings below it",
        ),
        (
            "limits.queue = 1.5",
            "f:1 limits.queue: a number with a point is not valid; expected a number from 16 to 1048576",
        ),
        (
            "limits.queue = -1",
            "f:1 limits.queue: \"-1\" is not valid: it is not a whole number; expected a number from 16 to 1048576",
        ),
        (
            "data = \"\"",
            "f:1 data: \"\" is not valid: the path is empty; expected a path",
        ),
        (
            "process.max_attempts = 70000",
            "f:1 process.max_attempts: \"70000\" is not valid: the number is too large; expected a number from 1 to 100",
        ),
    ] {
        assert_eq!(errors(text), [expected], "{text}");
    }
}

#[test]
fn a_named_file_that_cannot_be_read_is_a_mistake() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("none.toml");
    let found = load(Some(&missing), &flags(&[]), env(&[])).expect_err("missing");
    assert_eq!(found.0.len(), 1);
    assert_eq!(found.0[0].place, Place::File(missing));
    assert_eq!(found.0[0].what, "the file does not exist");
    assert!(load(Some(folder.path()), &flags(&[]), env(&[])).is_err());

    let latin = folder.path().join("latin.toml");
    std::fs::write(&latin, b"data = \"\xe4\"").expect("written");
    let found = load(Some(&latin), &flags(&[]), env(&[])).expect_err("not UTF-8");
    assert!(found.to_string().contains("UTF-8"), "{found}");
}

#[test]
fn certificate_and_key_go_together() {
    let settings = from_file("[tls]\ncertificate = \"a\"\nkey = \"b\"").expect("both");
    let files = settings.tls.files.expect("both");
    assert_eq!((files.certificate, files.key), (PathBuf::from("a"), PathBuf::from("b")));
    assert_eq!(
        errors("[tls]\ncertificate = \"a\""),
        ["f:2 tls.certificate: tls.key is missing; set both"]
    );
    assert_eq!(
        errors("[tls]\nkey = \"a\""),
        ["f:2 tls.key: tls.certificate is missing; set both"]
    );
}

#[test]
fn listeners_do_not_collide() {
    for (text, right) in [
        ("senders = \"127.0.0.1:8443\"", false),
        ("senders = \"0.0.0.0:443\"", true),
        ("plain_http = \"127.0.0.1:8443\"", false),
        ("address = \"192.0.2.1:8443\"\nplain_http = \"127.0.0.1:8443\"", true),
        ("senders = \"[::]:80\"\nplain_http = \"127.0.0.1:80\"", false),
        ("address = \"127.0.0.1:0\"\nsenders = \"127.0.0.1:0\"", true),
    ] {
        assert_eq!(from_file(&format!("[listen]\n{text}")).is_ok(), right, "{text}");
    }
}

#[test]
fn the_journal_keeps_a_segment_at_least() {
    assert_eq!(
        errors("[journal]\nsegment = \"64 MiB\"\nkeep = \"32 MiB\""),
        ["f:3 journal.keep: journal.keep must not be less than journal.segment"]
    );
    assert!(from_file("[journal]\nsegment = \"1 GiB\"").is_ok());
}

proptest::proptest! {
    #[test]
    fn any_file_is_answered(text: String) {
        let mut errors = Vec::new();
        let _ = super::file::parse(Path::new("f"), &text, &mut errors);
    }

    #[test]
    fn any_value_is_answered(text in "[ -~]{0,20}|[0-9]{1,25} ?[A-Za-z/]{0,5}|https://.{0,10}") {
        for setting in SETTINGS {
            let mut draft = super::table::Draft::default();
            let _ = setting.kind.set(&mut draft, &text);
        }
    }
}

#[test]
fn a_wrong_value_is_not_compared_with_others() {
    let found = errors("[listen]\naddress = \"x\"\nsenders = \"0.0.0.0:8443\"");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("f:2 listen.address"), "{found:?}");
}
