use super::{FORM, Reason, expected, pairs, read};

#[test]
fn pairs_are_unescaped_and_kept_in_order() {
    let cases: &[(&str, &[(&str, &str)])] = &[
        ("", &[]),
        ("&&", &[]),
        (
            "Name=John+Best&Email=j%40x.com",
            &[("Name", "John Best"), ("Email", "j@x.com")],
        ),
        ("a=1&a=2&A=3", &[("a", "1"), ("a", "2"), ("A", "3")]),
        ("a&=b&c=", &[("a", ""), ("", "b"), ("c", "")]),
        ("a=1=2", &[("a", "1=2")]),
        ("a=100%&b=%zz%4&c=%2b%2B", &[("a", "100%"), ("b", "%zz%4"), ("c", "++")]),
        ("n=Zo%C3%AB&m=Zoë", &[("n", "Zoë"), ("m", "Zoë")]),
        ("a=x%00y%E2%80%AE", &[("a", "x\0y\u{202E}")]),
    ];
    for (body, wanted) in cases {
        assert_eq!(pairs(&read(FORM, body.as_bytes()).unwrap()), expected(wanted), "{body}");
    }
}

#[test]
fn elementors_advanced_keys_give_their_column() {
    let body = "form%5Bid%5D=7&fields%5BName%5D%5Bid%5D=Name&fields%5BName%5D%5Btype%5D=text\
        &fields%5BName%5D%5Btitle%5D=Your+name&fields%5BName%5D%5Bvalue%5D=John\
        &fields[Name][raw_value]=John&fields[Email][value]=j@x.com&fields[x]=1";
    assert_eq!(
        pairs(&read(FORM, body.as_bytes()).unwrap()),
        expected(&[
            ("form[id]", "7"),
            ("Name", "John"),
            ("Email", "j@x.com"),
            ("fields[x]", "1")
        ])
    );
}

#[test]
fn a_charset_counts_for_escapes_and_bytes() {
    let wanted = expected(&[("n", "Zoë"), ("m", "Zoë")]);
    let latin = read(
        "application/x-www-form-urlencoded; charset=ISO-8859-1",
        b"n=Zo%EB&m=Zo\xEB",
    );
    assert_eq!(pairs(&latin.unwrap()), wanted);
    let utf16: Vec<u8> = "n=Zoë&m=Zoë".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf16 = read("application/x-www-form-urlencoded; charset=utf-16le", &utf16);
    assert_eq!(pairs(&utf16.unwrap()), wanted);
}

#[test]
fn bytes_of_another_charset_break_only_their_value() {
    let fields = read(FORM, b"a=Zo%EB&b=ok").unwrap();
    assert_eq!(pairs(&fields), expected(&[("a", "broken Zo\u{FFFD}"), ("b", "ok")]));
}

#[test]
fn too_many_pairs_are_refused() {
    let body = |count| vec!["a=1"; count].join("&");
    assert_eq!(read(FORM, body(1000).as_bytes()).unwrap().len(), 1000);
    for count in [1001, 100_000] {
        assert_eq!(
            read(FORM, body(count).as_bytes()),
            Err(Reason::TooManyFields { limit: 1000 })
        );
    }
}
