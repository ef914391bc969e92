//! What people are told about broken JSON, word for word.

use super::{JSON, read};

/// Bodies, and the place and cause that people read.
const CASES: &[(&str, &str)] = &[
    // The seed's sample: no braces.
    (
        "\"Name\": \"John Best\",\n\"Email\": \"j.best@ourcompany.com\",\n\"EntityName\": \"Contact\"\n",
        "line 1, column 1: the body starts with a key instead of `{`: put { before the first key and } after the last value",
    ),
    (
        "\"Name\": \"John\",\n\"Email\": \"x\"\n}",
        "line 1, column 1: the body starts with a key instead of `{`: put { before the first key",
    ),
    // The older sample: no braces and a comma missing.
    (
        "\"Name\": \"John\",\n\"Email\": \"x\"\n\"EntityName\": \"Contact\"",
        "line 1, column 1: the body starts with a key instead of `{`: put { before the first key and } after the last value; then mend line 3: a comma is missing between two pairs",
    ),
    (
        "Name: \"John\"",
        "line 1, column 1: the body starts with a key instead of `{`: put { before the first key and } after the last value; then mend line 1: the key must stand in double quotes: \"Name\"",
    ),
    // Brackets.
    ("{\"a\": 1\n", "line 2, column 1: the } at the end is missing"),
    ("{\"a\": [1, {\"b\": 2", "line 1, column 18: }]} are missing at the end"),
    ("{\"a\": 1}}", "line 1, column 9: there is one } too many"),
    (
        "{\"a\": [1}",
        "line 1, column 9: the list is closed with } instead of ]",
    ),
    (
        "{\"a\": 1]",
        "line 1, column 8: the object is closed with ] instead of }",
    ),
    (
        "{{\"a\": 1}}",
        "line 1, column 2: a second { stands where a key must come",
    ),
    (
        "{\"a\":1}{\"a\":2}",
        "line 1, column 8: a second value follows; send one object in each webhook",
    ),
    (
        "{\"a\":1} thanks",
        "line 1, column 9: text follows after the end; take it out",
    ),
    (
        "{\"a\":1},",
        "line 1, column 8: after the end of the object comes a comma; take it out",
    ),
    // Commas and colons.
    (
        "{\"a\": \"1\" \"b\": 2}",
        "line 1, column 11: a comma is missing between two pairs",
    ),
    (
        "{\"a\": 1\n\"b\": 2}",
        "line 2, column 1: a comma is missing between two pairs",
    ),
    (
        "{\"a\": true\nb: 2}",
        "line 2, column 1: a comma is missing between two pairs",
    ),
    (
        "{\"a\": [1 \"b\"]}",
        "line 1, column 10: a comma is missing between two items",
    ),
    ("{\"a\": 1,\n}", "line 1, column 8: there is a comma too many before }"),
    ("{\"a\": [1,]}", "line 1, column 9: there is a comma too many before ]"),
    (
        "{\"a\": 1,,\"b\": 2}",
        "line 1, column 9: there are two commas in a row, or a comma before the first key",
    ),
    (
        "{\"a\" 1}",
        "line 1, column 6: the colon between key and value is missing",
    ),
    (
        "{\"a\"=1}",
        "line 1, column 5: between key and value stands = instead of a colon",
    ),
    (
        "{\"a\"}",
        "line 1, column 5: the key has no value; write a colon and a value after it",
    ),
    (
        "{\"a\": , \"b\": 1}",
        "line 1, column 7: the value is missing; write \"\" or null for an empty one",
    ),
    // Quotes.
    (
        "{'a': 1}",
        "line 1, column 2: keys and texts stand in double quotes \", not in single ones",
    ),
    (
        "{\"a\": 'x'}",
        "line 1, column 7: keys and texts stand in double quotes \", not in single ones",
    ),
    ("{a: 1}", "line 1, column 2: the key must stand in double quotes: \"a\""),
    (
        "{“a”: 1}",
        "line 1, column 2: typographic quotes are not read; write \" instead",
    ),
    (
        "{\"a: \"John\"}",
        "line 1, column 7: the closing quote of the key is missing",
    ),
    (
        "{\"a\": John\"}",
        "line 1, column 7: the opening quote of the text is missing: texts stand in double quotes",
    ),
    (
        "{\"a\": \"John, \"b\": 1}",
        "line 1, column 15: the closing quote of the text before the comma is missing",
    ),
    (
        "{\"a\": \"John,\n\"b\": 1}",
        "line 1, column 7: the closing quote of the text that starts here is missing",
    ),
    (
        "{\"a\": \"say \"hi\" now\"}",
        "line 1, column 13: the text ended before this: a comma is missing, or a quote inside the text is not written \\\"",
    ),
    // Cut off.
    (
        "{\"a\": \"Jo",
        "line 1, column 7: the body ends in the middle of the text that starts here: it was cut off, or a closing quote is missing",
    ),
    (
        "{\"a\": ",
        "line 1, column 7: the body ends here in the middle: it was cut off",
    ),
    (
        "{\"a\": 1, ",
        "line 1, column 10: the body ends here in the middle: it was cut off",
    ),
    (
        "{",
        "line 1, column 2: the body ends here in the middle: it was cut off",
    ),
    // Something else altogether.
    (
        "",
        "line 1, column 1: it is empty; send an object such as {\"EntityName\": \"Contact\"}",
    ),
    (
        " \r\n ",
        "line 2, column 2: it is empty; send an object such as {\"EntityName\": \"Contact\"}",
    ),
    (
        "<!doctype html><p>",
        "line 1, column 1: it is HTML or XML, but the content type says JSON; send a JSON object",
    ),
    (
        "Name=John+Best&Email=x%40y.z",
        "line 1, column 1: it is a form (Name=John&…), but the content type says JSON; send it as application/x-www-form-urlencoded",
    ),
    (
        "--x\r\nContent-Disposition: form-data; name=\"a\"",
        "line 1, column 1: it is a multipart form, but the content type says JSON; send it as multipart/form-data",
    ),
    // Characters, numbers and words.
    (
        "{\"a\": \"x\ny\"}",
        "line 1, column 9: there is a line break inside a text; write it as \\n",
    ),
    (
        "{\"a\": \"x\ty\"}",
        "line 1, column 9: there is a tab inside a text; write it as \\t",
    ),
    (
        "{\"a\": \"x\0y\"}",
        "line 1, column 9: there is a control character inside a text; write it as \\u0000",
    ),
    (
        "{\0}",
        "line 1, column 2: there is a control character here (U+0000); take it out",
    ),
    (
        "{\u{A0}\"a\": 1}",
        "line 1, column 2: there is an invisible character here; take it out",
    ),
    (
        "{\"a\": \"C:\\temp\\x\"}",
        "line 1, column 15: a backslash inside a text is written \\\\",
    ),
    (
        "{\"a\": \"\\u12\"}",
        "line 1, column 8: after \\u come four hexadecimal digits; write a plain backslash as \\\\",
    ),
    (
        "{\"a\": 0049}",
        "line 1, column 7: a number cannot start with 0; write phone numbers and codes as texts in double quotes",
    ),
    (
        "{\"a\": +1 212}",
        "line 1, column 7: this is no number; write it like -12.5, or as a text in double quotes",
    ),
    (
        "{\"a\": 2026-11-23}",
        "line 1, column 7: this is no number; write it like -12.5, or as a text in double quotes",
    ),
    (
        "{\"a\": 1.}",
        "line 1, column 7: this is no number; write it like -12.5, or as a text in double quotes",
    ),
    ("{\"a\": True}", "line 1, column 7: write true in small letters"),
    ("{\"a\": None}", "line 1, column 7: write null for an empty value"),
    (
        "{\"a\": 1} // note",
        "line 1, column 10: JSON has no comments; take them out",
    ),
    (
        "{\"ä\": 1,\n \"öö\" 2}",
        "line 2, column 7: the colon between key and value is missing",
    ),
];

#[test]
fn broken_json_is_explained() {
    for (body, wanted) in CASES {
        let reason = read(JSON, body.as_bytes()).expect_err(body).to_string();
        let text = reason.strip_prefix("the body cannot be read at ").unwrap_or(&reason);
        assert_eq!(text, *wanted, "{body}");
    }
}
