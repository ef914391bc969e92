use std::time::{Duration, Instant};

use super::{FieldValue, JSON, Limits, Reason, expected, fields, pairs, read};

#[test]
fn an_object_gives_its_pairs_in_order() {
    let body = br#"{"Name":"John Best", "Budget": 12.50,"Big":123456789012345678901234567890,
        "Small":1e-30,"Yes":true,"No":false,"None":null,"Name":"J\u00f6rn \"x\" \ud83d\ude00\n","":"",
        "Deep": {"first": [1, 2]},"List":[]}"#;
    assert_eq!(
        pairs(&read(JSON, body).unwrap()),
        expected(&[
            ("Name", "John Best"),
            ("Budget", "number 12.50"),
            ("Big", "number 123456789012345678901234567890"),
            ("Small", "number 1e-30"),
            ("Yes", "boolean true"),
            ("No", "boolean false"),
            ("None", "null"),
            ("Name", "Jörn \"x\" 😀\n"),
            ("", ""),
            ("Deep", r#"nested {"first": [1, 2]}"#),
            ("List", "nested []"),
        ])
    );
    assert_eq!(read(JSON, b" {} ").unwrap(), vec![]);
}

#[test]
fn utf8_is_borrowed_and_other_charsets_are_decoded() {
    let body = "{\"Nüme\":\"Zoë\"}";
    let fields = read(JSON, body.as_bytes()).unwrap();
    let FieldValue::Text(std::borrow::Cow::Borrowed(_)) = fields[0].value else {
        panic!("copied");
    };
    let (latin, _, _) = encoding_rs::WINDOWS_1252.encode(body);
    let read = read("application/json; charset=iso-8859-1", &latin).unwrap();
    assert_eq!(read, fields);
    let mut marked = b"\xEF\xBB\xBF".to_vec();
    marked.extend_from_slice(body.as_bytes());
    assert_eq!(super::read(JSON, &marked).unwrap(), fields);
}

#[test]
fn half_a_character_breaks_only_its_value() {
    let fields = read(JSON, br#"{"A":"x\ud800y","B":"ok","C":"\udc00"}"#).unwrap();
    assert_eq!(
        pairs(&fields),
        expected(&[("A", r"broken x\ud800y"), ("B", "ok"), ("C", r"broken \udc00")])
    );
    let reason = read(JSON, br#"{"\ud800":"x"}"#).unwrap_err();
    assert!(
        reason.to_string().contains("a key contains half of a character"),
        "{reason}"
    );
}

#[test]
fn what_is_no_object_is_named() {
    for (body, found) in [
        ("[{\"a\":1}]", "an array"),
        ("\"text\"", "a string"),
        (" 12 ", "a number"),
        ("-1.5e3", "a number"),
        ("true", "true or false"),
        ("null", "null"),
    ] {
        let found = found.to_owned();
        assert_eq!(
            read(JSON, body.as_bytes()),
            Err(Reason::BodyNotObject { found }),
            "{body}"
        );
    }
}

#[test]
fn limits_hold_at_their_edge() {
    let nested = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
    assert!(read(JSON, nested(127).as_bytes()).is_ok());
    assert_eq!(read(JSON, nested(128).as_bytes()), Err(Reason::TooDeep { limit: 128 }));
    let brackets_in_text = format!("{{\"a\":[\"\\\"{}\"]}}", "[".repeat(500));
    assert!(read(JSON, brackets_in_text.as_bytes()).is_ok());

    let many = |count: usize| format!("{{{}}}", vec!["\"a\":1"; count].join(","));
    assert_eq!(read(JSON, many(1000).as_bytes()).unwrap().len(), 1000);
    assert_eq!(
        read(JSON, many(1001).as_bytes()),
        Err(Reason::TooManyFields { limit: 1000 })
    );
    let one = Limits { depth: 1, fields: 1 };
    assert!(fields(JSON, b"{\"a\":1}", one).is_ok());
    assert_eq!(fields(JSON, b"{\"a\":[]}", one), Err(Reason::TooDeep { limit: 1 }));
}

#[test]
fn torture_is_answered_quickly() {
    let mebi = 1 << 20;
    let torture: [(&str, String); 12] = [
        ("number of 1 MiB", format!("{{\"a\":{}}}", "9".repeat(mebi))),
        (
            "10,000 levels",
            format!("{{\"a\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000)),
        ),
        (
            "a million levels",
            format!("{{\"a\":{}{}}}", "[".repeat(mebi), "]".repeat(mebi)),
        ),
        ("a million levels of list", "[".repeat(mebi)),
        ("a million levels of object", "{\"a\":".repeat(mebi / 5)),
        ("NUL bytes", "\0".repeat(mebi)),
        ("NUL in a text", format!("{{\"a\":\"{}\"}}", "\0".repeat(mebi))),
        ("quotes", "\"".repeat(mebi)),
        ("backslashes", format!("{{\"a\":\"{}", "\\".repeat(mebi))),
        (
            "unpaired surrogates",
            format!("{{\"a\":\"{}\"}}", "\\ud800".repeat(mebi / 6)),
        ),
        ("no braces", "\"a\":1,".repeat(mebi / 6)),
        ("one long word", "a".repeat(mebi)),
    ];
    for (what, body) in &torture {
        let start = Instant::now();
        let first = read(JSON, body.as_bytes());
        let took = start.elapsed();
        assert_eq!(first, read(JSON, body.as_bytes()), "{what}");
        assert!(took < Duration::from_secs(60), "{what} took {took:?}");
        if let Err(reason) = first {
            assert!(reason.to_string().len() < 400, "{what}: {reason}");
        }
    }
}
