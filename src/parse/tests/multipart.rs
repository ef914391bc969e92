use super::super::multipart::without_files;
use super::{JSON, LIMITS, Reason, expected, pairs, read};
use crate::domain::webhook::FileNote;

const TYPE: &str = "multipart/form-data; boundary=AaB03x";

/// A form the way browsers write it.
fn form(parts: &[(&str, &str)]) -> Vec<u8> {
    let parts = parts
        .iter()
        .map(|(headers, value)| format!("--AaB03x\r\n{headers}\r\n\r\n{value}\r\n"));
    let body: String = parts.chain(["--AaB03x--\r\n".to_owned()]).collect();
    body.into_bytes()
}

#[test]
fn parts_are_fields_and_files_are_passed_over() {
    let body = form(&[
        ("Content-Disposition: form-data; name=\"Name\"", "John\r\nBest --AaB03x"),
        (
            "content-disposition:form-data;name=Email\r\nContent-Type: text/plain",
            "j@x.com",
        ),
        ("Content-Disposition: form-data; name=\"a \\\"b\\\"; c\"", ""),
        ("Content-Disposition: form-data; name=cv; filename=\"cv.pdf\"", "%PDF"),
        ("X-Other: 1\r\nContent-Disposition: form-data; name=\"Name\"", "again"),
    ]);
    assert_eq!(
        pairs(&read(TYPE, &body).unwrap()),
        expected(&[
            ("Name", "John\r\nBest --AaB03x"),
            ("Email", "j@x.com"),
            ("a \"b\"; c", ""),
            ("Name", "again"),
        ])
    );
}

#[test]
fn loose_forms_are_read() {
    let wanted = expected(&[("a", "1"), ("b", "")]);
    for body in [
        // Preamble and epilogue, padding behind a boundary.
        "hello\r\n--AaB03x \t\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--AaB03x\r\nContent-Disposition: form-data; name=b\r\n\r\n\r\n--AaB03x--bye\r\n--AaB03x\r\n",
        // Bare line feeds, no line end after the last boundary.
        "--AaB03x\nContent-Disposition: form-data; name=a\n\n1\n--AaB03x\nContent-Disposition: form-data; name=b\n\n\n--AaB03x--",
        // An empty value that shares its line break.
        "--AaB03x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--AaB03x\r\nContent-Disposition: form-data; name=b\r\n\r\n--AaB03x--",
    ] {
        assert_eq!(pairs(&read(TYPE, body.as_bytes()).unwrap()), wanted, "{body}");
        let quoted = "Multipart/Form-Data; charset=utf-8; boundary=\"AaB03x\"";
        assert_eq!(pairs(&read(quoted, body.as_bytes()).unwrap()), wanted, "{body}");
    }
    assert_eq!(read(TYPE, b"--AaB03x--").unwrap(), vec![]);
}

#[test]
fn a_part_has_a_charset() {
    let mut body = form(&[(
        "Content-Disposition: form-data; name=a\r\nContent-Type: text/plain; charset=iso-8859-1",
        "Zo?",
    )]);
    let place = body.iter().position(|byte| *byte == b'?').unwrap();
    body[place] = 0xEB;
    assert_eq!(pairs(&read(TYPE, &body).unwrap()), expected(&[("a", "Zoë")]));
    let unnamed = String::from_utf8_lossy(&body)
        .replace("; charset=iso-8859-1", "")
        .replace('\u{FFFD}', "?");
    let mut unnamed = unnamed.into_bytes();
    let place = unnamed.iter().rposition(|byte| *byte == b'?').unwrap();
    unnamed[place] = 0xEB;
    assert_eq!(
        pairs(&read(TYPE, &unnamed).unwrap()),
        expected(&[("a", "broken Zo\u{FFFD}")])
    );

    let coded = form(&[(
        "Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: Base64",
        "Sm9obg==",
    )]);
    assert_eq!(
        pairs(&read(TYPE, &coded).unwrap()),
        expected(&[("a", "broken Sm9obg==")])
    );
}

#[test]
fn broken_forms_are_explained() {
    let open = "--AaB03x\r\nContent-Disposition: form-data; name=a\r\n\r\n1";
    let long = format!("multipart/form-data; boundary={}", "x".repeat(71));
    for (content_type, body, wanted) in [
        (
            "multipart/form-data",
            open.to_owned(),
            "the content type has no boundary; let the sending service set the Content-Type header itself",
        ),
        (
            &long,
            open.to_owned(),
            "the boundary in the content type is longer than 70 characters",
        ),
        (
            TYPE,
            String::new(),
            "the boundary 'AaB03x' of the content type does not appear in the body",
        ),
        (
            TYPE,
            "--AaB03xx\r\n".to_owned(),
            "the boundary 'AaB03x' of the content type does not appear in the body",
        ),
        (
            TYPE,
            open.to_owned(),
            "the closing line --AaB03x-- is missing: the body was cut off",
        ),
        (
            TYPE,
            "--AaB03x\r\nContent-Type: text/plain\r\n\r\n1\r\n--AaB03x--".to_owned(),
            "part 1 has no field name; it must have the header Content-Disposition: form-data; name=\"…\"",
        ),
        (
            TYPE,
            "--AaB03x\r\nContent-Disposition: form-data; name=a\r\n--AaB03x--".to_owned(),
            "part 1 has no empty line between its headers and its value",
        ),
        (
            TYPE,
            format!("--AaB03x\r\nX: {}\r\n\r\n1\r\n--AaB03x--", "x".repeat(9000)),
            "part 1 has more than 8192 bytes of headers",
        ),
    ] {
        let reason = read(content_type, body.as_bytes()).unwrap_err();
        assert_eq!(reason.to_string(), format!("the body cannot be parsed: {wanted}"));
    }
    let part = ("Content-Disposition: form-data; name=a", "1");
    assert_eq!(read(TYPE, &form(&vec![part; 1000])).unwrap().len(), 1000);
    assert_eq!(
        read(TYPE, &form(&vec![part; 1001])),
        Err(Reason::TooManyFields { limit: 1000 })
    );
}

#[test]
fn files_are_taken_out_and_noted() {
    let name = ("Content-Disposition: form-data; name=Name", "John");
    let pdf =
        "Content-Disposition: form-data; name=\"cv\"; filename=\"cv \\\"1\\\".pdf\"\r\nContent-Type: application/pdf";
    let photo = "Content-Disposition: form-data; name=photo; filename=x.png; filename*=UTF-8''Zo%C3%AB%20+.png";
    let unchosen = ("Content-Disposition: form-data; name=none; filename=\"\"", "");
    let body = form(&[(pdf, "%PDF-1.7\r\n…"), name, (photo, "PNG"), unchosen]);

    let (kept, notes) = without_files(TYPE, &body, LIMITS).unwrap();

    assert_eq!(kept, form(&[(pdf, ""), name, (photo, ""), unchosen]));
    let note = |field: &str, name: &str, size| FileNote {
        field: field.to_owned(),
        name: name.to_owned(),
        size,
    };
    assert_eq!(notes, [note("cv", "cv \"1\".pdf", 13), note("photo", "Zoë +.png", 3)]);
    assert_eq!(read(TYPE, &kept), read(TYPE, &body));

    let long = format!("Content-Disposition: form-data; name=a; filename={}", "ö".repeat(3000));
    let (_, notes) = without_files(TYPE, &form(&[(&long, "x")]), LIMITS).unwrap();
    assert_eq!(notes, [note("a", &"ö".repeat(255), 1)]);

    for (content_type, body) in [
        (TYPE, form(&[name, unchosen])),
        (JSON, body.clone()),
        (TYPE, body[..40].to_vec()),
    ] {
        assert_eq!(without_files(content_type, &body, LIMITS), None);
    }
}
