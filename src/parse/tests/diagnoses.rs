//! What people are told about broken JSON, word for word.

use super::{JSON, read};

/// Bodies, and the place and cause that people read.
const CASES: &[(&str, &str)] = &[
    // The seed's sample: no braces.
    (
        "\"Name\": \"John Best\",\n\"Email\": \"j.best@ourcompany.com\",\n\"EntityName\": \"Contact\"\n",
        "line 1, column 1: the body starts with a key instead of `{`: add { before the first key and } after the last value",
    ),
    (
        "\"Name\": \"John\",\n\"Email\": \"x\"\n}",
        "line 1, column 1: the body starts with a key instead of `{`: add { before the first key",
    ),
    // The older sample: no braces and a comma missing.
    (
        "\"Name\": \"John\",\n\"Email\": \"x\"\n\"EntityName\": \"Contact\"",
        "line 1, column 1: the body starts with a key instead of `{`: add { before the first key and } after the last value; then fix line 3: the comma between two key-value pairs is missing",
    ),
    (
        "Name: \"John\"",
        "line 1, column 1: the body starts with a key instead of `{`: add { before the first key and } after the last value; then fix line 1: the key must be in double quotes: \"Name\"",
    ),
    // Brackets.
    ("{\"a\": 1\n", "line 2, column 1: the } at the end is missing"),
    ("{\"a\": [1, {\"b\": 2", "line 1, column 18: }]} are missing at the end"),
    ("{\"a\": 1}}", "line 1, column 9: there is an extra }"),
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
        "line 1, column 2: there is a second { where a key is expected",
    ),
    (
        "{\"a\":1}{\"a\":2}",
        "line 1, column 8: there is a second value; send one object in each webhook",
    ),
    (
        "{\"a\":1} thanks",
        "line 1, column 9: there is text after the end of the object; remove it",
    ),
    (
        "{\"a\":1},",
        "line 1, column 8: there is a comma after the end of the object; remove it",
    ),
    // Commas and colons.
    (
        "{\"a\": \"1\" \"b\": 2}",
        "line 1, column 11: the comma between two key-value pairs is missing",
    ),
    (
        "{\"a\": 1\n\"b\": 2}",
        "line 2, column 1: the comma between two key-value pairs is missing",
    ),
    (
        "{\"a\": true\nb: 2}",
        "line 2, column 1: the comma between two key-value pairs is missing",
    ),
    (
        "{\"a\": [1 \"b\"]}",
        "line 1, column 10: the comma between two items is missing",
    ),
    ("{\"a\": 1,\n}", "line 1, column 8: there is an extra comma before }"),
    ("{\"a\": [1,]}", "line 1, column 9: there is an extra comma before ]"),
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
        "line 1, column 5: there is = instead of a colon between key and value",
    ),
    (
        "{\"a\"}",
        "line 1, column 5: the key has no value; add a colon and a value after it",
    ),
    (
        "{\"a\": , \"b\": 1}",
        "line 1, column 7: the value is missing; write \"\" or null for an empty one",
    ),
    // Quotes.
    (
        "{'a': 1}",
        "line 1, column 2: keys and strings must be in double quotes (\"), not in single quotes",
    ),
    (
        "{\"a\": 'x'}",
        "line 1, column 7: keys and strings must be in double quotes (\"), not in single quotes",
    ),
    ("{a: 1}", "line 1, column 2: the key must be in double quotes: \"a\""),
    (
        "{“a”: 1}",
        "line 1, column 2: typographic quotes are not allowed; use \" instead",
    ),
    (
        "{\"a: \"John\"}",
        "line 1, column 7: the closing quote of the key is missing",
    ),
    (
        "{\"a\": John\"}",
        "line 1, column 7: the opening quote is missing: strings must be in double quotes",
    ),
    (
        "{\"a\": \"John, \"b\": 1}",
        "line 1, column 15: the closing quote of the string before the comma is missing",
    ),
    (
        "{\"a\": \"John,\n\"b\": 1}",
        "line 1, column 7: the closing quote of the string that starts here is missing",
    ),
    (
        "{\"a\": \"say \"hi\" now\"}",
        "line 1, column 13: the string ended before this: a comma is missing, or a quote inside the string is not written as \\\"",
    ),
    // Cut off.
    (
        "{\"a\": \"Jo",
        "line 1, column 7: the body ends inside the string that starts here: it was cut off, or the closing quote is missing",
    ),
    (
        "{\"a\": ",
        "line 1, column 7: the body is incomplete: it was cut off here",
    ),
    (
        "{\"a\": 1, ",
        "line 1, column 10: the body is incomplete: it was cut off here",
    ),
    ("{", "line 1, column 2: the body is incomplete: it was cut off here"),
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
        "line 1, column 1: the body is HTML or XML, but the content type says JSON; send a JSON object",
    ),
    (
        "Name=John+Best&Email=x%40y.z",
        "line 1, column 1: the body is a form (Name=John&…), but the content type says JSON; send it as application/x-www-form-urlencoded",
    ),
    (
        "--x\r\nContent-Disposition: form-data; name=\"a\"",
        "line 1, column 1: the body is a multipart form, but the content type says JSON; send it as multipart/form-data",
    ),
    // Characters, numbers and words.
    (
        "{\"a\": \"x\ny\"}",
        "line 1, column 9: there is a line break inside a string; write it as \\n",
    ),
    (
        "{\"a\": \"x\ty\"}",
        "line 1, column 9: there is a tab inside a string; write it as \\t",
    ),
    (
        "{\"a\": \"x\0y\"}",
        "line 1, column 9: there is a control character inside a string; write it as \\u0000",
    ),
    (
        "{\0}",
        "line 1, column 2: there is a control character here (U+0000); remove it",
    ),
    (
        "{\u{A0}\"a\": 1}",
        "line 1, column 2: there is an invisible character here; remove it",
    ),
    (
        "{\"a\": \"C:\\temp\\x\"}",
        "line 1, column 15: a backslash inside a string must be written as \\\\",
    ),
    (
        "{\"a\": \"\\u12\"}",
        "line 1, column 8: \\u must be followed by four hexadecimal digits; write a literal backslash as \\\\",
    ),
    (
        "{\"a\": 0049}",
        "line 1, column 7: a number cannot start with 0; write phone numbers and codes as strings in double quotes",
    ),
    (
        "{\"a\": +1 212}",
        "line 1, column 7: this is not a valid number; write it like -12.5, or as a string in double quotes",
    ),
    (
        "{\"a\": 2026-11-23}",
        "line 1, column 7: this is not a valid number; write it like -12.5, or as a string in double quotes",
    ),
    (
        "{\"a\": 1.}",
        "line 1, column 7: this is not a valid number; write it like -12.5, or as a string in double quotes",
    ),
    ("{\"a\": True}", "line 1, column 7: write true in lower case"),
    ("{\"a\": None}", "line 1, column 7: write null for an empty value"),
    (
        "{\"a\": 1} // note",
        "line 1, column 10: JSON does not allow comments; remove them",
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
        let text = reason.strip_prefix("the body cannot be parsed at ").unwrap_or(&reason);
        assert_eq!(text, *wanted, "{body}");
    }
}
