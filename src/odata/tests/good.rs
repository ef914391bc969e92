use super::*;

/// Filters on `UsrThing`, and how they look when checked.
const GOOD: &[(&str, &str)] = &[
    // Comparisons with literals of each type.
    ("Name eq 'Ann'", "Name eq 'Ann'"),
    ("Name eq 'O''Brien'", "Name eq 'O''Brien'"),
    ("Name eq ''''", "Name eq ''''"),
    ("Name ge 'größe' and Name lt 'h'", "Name ge 'größe' and Name lt 'h'"),
    ("Size eq 42", "Size eq 42"),
    ("Size gt -1", "Size gt -1"),
    ("Size eq +7", "Size eq 7"),
    ("Size eq 42.0", "Size eq 42"),
    ("Size lt 1.5", "Size lt 1.5"),
    ("Size lt 1e3", "Size lt 1000"),
    ("Size lt 9223372036854775808", "Size lt 9223372036854775808"),
    ("Rate eq 1", "Rate eq 1"),
    ("Rate eq 1.2345", "Rate eq 1.2345"),
    ("Rate le 1.25e-2", "Rate le 0.0125"),
    ("Rate le 1.5E+3", "Rate le 1500"),
    ("Price ne -0.01", "Price ne -0.01"),
    ("Good eq true", "Good eq true"),
    ("Good ne FALSE", "Good ne false"),
    ("Day ge 2026-11-23", "Day ge 2026-11-23"),
    ("Day eq 2026-11-23T00:00:00Z", "Day eq 2026-11-23"),
    ("At lt 2026-11-23T10:00:00Z", "At lt 2026-11-23T10:00:00Z"),
    ("At lt 2026-11-23T10:00:00.25Z", "At lt 2026-11-23T10:00:00.25Z"),
    ("At lt 2026-11-23T10:00:00+02:00", "At lt 2026-11-23T08:00:00Z"),
    ("At lt 2026-11-23T23:30:00-0130", "At lt 2026-11-24T01:00:00Z"),
    ("At lt 2026-11-23T10:00", "At lt 2026-11-23T10:00:00Z"),
    ("At lt 2026-11-23", "At lt 2026-11-23T00:00:00Z"),
    ("At lt 9999-12-31T23:59:59Z", "At lt 9999-12-30T22:00:00Z"),
    (
        "At gt datetimeoffset'2026-11-23T10:00:00Z'",
        "At gt 2026-11-23T10:00:00Z",
    ),
    ("At gt datetime'2026-11-23T10:00:00'", "At gt 2026-11-23T10:00:00Z"),
    ("Hour eq 10:00:00", "Hour eq 10:00:00"),
    ("Hour eq 09:30", "Hour eq 09:30:00"),
    ("Hour eq 10:00:00.000", "Hour eq 10:00:00"),
    (
        "Id eq f8af0e88-f36b-1410-fa98-00155d043204",
        "Id eq f8af0e88-f36b-1410-fa98-00155d043204",
    ),
    (
        "Id eq F8AF0E88-F36B-1410-FA98-00155D043204",
        "Id eq f8af0e88-f36b-1410-fa98-00155d043204",
    ),
    (
        "Id eq 'f8af0e88-f36b-1410-fa98-00155d043204'",
        "Id eq f8af0e88-f36b-1410-fa98-00155d043204",
    ),
    (
        "Id eq guid'f8af0e88-f36b-1410-fa98-00155d043204'",
        "Id eq f8af0e88-f36b-1410-fa98-00155d043204",
    ),
    (
        "Key gt 12345678-1234-1234-1234-123456789012",
        "Key gt 12345678-1234-1234-1234-123456789012",
    ),
    // Empty ones.
    ("Name eq null", "Name eq ''"),
    ("Name ne null", "Name ne ''"),
    ("OwnerId eq null", "OwnerId eq 00000000-0000-0000-0000-000000000000"),
    ("Owner ne null", "OwnerId ne 00000000-0000-0000-0000-000000000000"),
    ("Size eq null", "Size eq null"),
    ("null ne Good", "Good ne null"),
    ("null eq null", "true"),
    ("Good eq false", "Good eq false"),
    ("Day eq 0001-01-01", "Day in (0001-01-01,null)"),
    ("At ne 0001-01-01T00:00:00Z", "not At in (0001-01-01T00:00:00Z,null)"),
    ("At gt 0001-01-01", "At gt 0001-01-01T00:00:00Z"),
    ("Hour in (00:00:00)", "Hour in (00:00:00,null)"),
    // The other way round, and by no property at all.
    ("5 lt Size", "Size gt 5"),
    ("'Ann' eq Name", "Name eq 'Ann'"),
    ("2 gt 1.5", "true"),
    ("'a' eq 'b' or Good", "false or Good"),
    ("true", "true"),
    // Names in any case; spaces where there may be some.
    ("  name  EQ\t'Ann'  ", "Name eq 'Ann'"),
    ("(Size)eq(5)", "Size eq 5"),
    ("Not CONTAINS( Name , 'x' )AND Good", "not contains(Name,'x') and Good"),
    // and, or, not, parentheses.
    ("Size eq 1 or Size eq 2 and Good", "Size eq 1 or Size eq 2 and Good"),
    ("(Size eq 1 or Size eq 2) and Good", "(Size eq 1 or Size eq 2) and Good"),
    ("Good or (Good or Good)", "Good or (Good or Good)"),
    ("((Good)) and (Good and Good)", "Good and (Good and Good)"),
    ("not Good", "not Good"),
    ("not not Good", "not not Good"),
    ("not (Good and Size eq 1)", "not (Good and Size eq 1)"),
    ("not Size eq 1", "not Size eq 1"),
    // Conditions compared with booleans.
    ("contains(Name,'x') eq true", "contains(Name,'x')"),
    ("false ne (Size eq 1)", "Size eq 1"),
    ("endswith(Name,'x') eq false", "not endswith(Name,'x')"),
    // Properties with properties.
    ("Rate lt Size", "Rate lt Size"),
    ("CreatedOn ne ModifiedOn", "CreatedOn ne ModifiedOn"),
    ("OwnerId eq Id", "OwnerId eq Id"),
    // Lookups.
    ("Owner/Name eq 'Ann'", "Owner/Name eq 'Ann'"),
    ("owner/country/name eq 'Canada'", "Owner/Country/Name eq 'Canada'"),
    ("Parent/Parent/Owner/Name eq 'Ann'", "Parent/Parent/Owner/Name eq 'Ann'"),
    (
        "Owner/Id eq f8af0e88-f36b-1410-fa98-00155d043204",
        "OwnerId eq f8af0e88-f36b-1410-fa98-00155d043204",
    ),
    (
        "Owner/Country/Id ne null",
        "Owner/CountryId ne 00000000-0000-0000-0000-000000000000",
    ),
    (
        "Owner/Country eq null",
        "Owner/CountryId eq 00000000-0000-0000-0000-000000000000",
    ),
    ("startswith(Owner/Email,'a')", "startswith(Owner/Email,'a')"),
    // in
    ("Name in ('a','b')", "Name in ('a','b')"),
    ("Size in (1, 2.0 ,3)", "Size in (1,2,3)"),
    ("Size in (1,null)", "Size in (1,null)"),
    ("Size in (null)", "Size in (null)"),
    ("Name in ('a',null)", "Name in ('a','')"),
    (
        "OwnerId in ('f8af0e88-f36b-1410-fa98-00155d043204')",
        "OwnerId in (f8af0e88-f36b-1410-fa98-00155d043204)",
    ),
    ("2 in (1,2)", "true"),
    // Functions.
    ("tolower(Name) eq 'ann'", "tolower(Name) eq 'ann'"),
    (
        "contains(ToUpper(Trim(Name)),toupper('ä'))",
        "contains(toupper(trim(Name)),'Ä')",
    ),
    (
        "concat(concat(Name,' '),Owner/Name) ne ''",
        "concat(concat(Name,' '),Owner/Name) ne ''",
    ),
    ("substring(Name,1) eq 'nn'", "substring(Name,1) eq 'nn'"),
    ("SubString(Name,Size,2) ne ''", "substring(Name,Size,2) ne ''"),
    ("substring('Größe',2,2) eq Name", "Name eq 'öß'"),
    // The moment of the request is a value like others.
    ("At lt now()", "At lt 2026-11-23T14:30:00Z"),
    ("Now() ge CreatedOn", "CreatedOn le 2026-11-23T14:30:00Z"),
    (
        "Day eq date(now()) and year(At) lt year(now())",
        "Day eq 2026-11-23 and year(At) lt 2026",
    ),
    ("3 le length(Name)", "length(Name) ge 3"),
    ("indexof(Name,'x') eq -1", "indexof(Name,'x') eq -1"),
    (
        "year(CreatedOn) eq 2026 and month(Day) eq 11 and day(At) ne 1",
        "year(CreatedOn) eq 2026 and month(Day) eq 11 and day(At) ne 1",
    ),
    (
        "hour(Hour) eq 10 or minute(At) eq 5 or second(At) lt 2.5",
        "hour(Hour) eq 10 or minute(At) eq 5 or second(At) lt 2.5",
    ),
    ("date(CreatedOn) eq 2026-11-23", "date(CreatedOn) eq 2026-11-23"),
];

#[test]
fn good_filters_are_read_and_written() {
    let catalog = catalog();
    let thing = type_of(catalog, "UsrThing");
    for (text, expected) in GOOD {
        let checked = filter(catalog, &thing, text, NOW).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(checked.to_string(), *expected, "{text}");
        assert_eq!(filter(catalog, &thing, expected, NOW).as_ref(), Ok(&checked), "{text}");
    }
}

#[test]
fn paths_are_resolved() {
    let Ok(Filter::Compare {
        left: Operand::Path(path),
        ..
    }) = filter_on("Lead", "Owner/Country/Name eq 'Canada'")
    else {
        panic!("no comparison of a path");
    };
    let catalog = catalog();
    let set = |name: &str| type_of(catalog, name).set;
    let targets: Vec<_> = path.steps.iter().map(|step| step.target).collect();
    assert_eq!(targets, [set("Contact"), set("Country")]);
    let source = |object: &str, property: &str| type_of(catalog, object).property(property).unwrap().1.source;
    assert_eq!(path.steps[0].source, source("Lead", "OwnerId"));
    assert_eq!(path.steps[1].source, source("Contact", "CountryId"));
    assert_eq!(path.source, source("Country", "Name"));
    assert_eq!((path.set, path.kind), (set("Country"), Kind::Text));
    assert_eq!(type_of(catalog, "Country").properties[path.property].name, "Name");
}

#[test]
fn what_is_just_within_the_bounds_is_read() {
    let deep = format!("{}Good{}", "(".repeat(MAX_DEPTH), ")".repeat(MAX_DEPTH));
    let many = vec!["Size eq 1"; MAX_TERMS].join(" or ");
    let list = format!("Size in ({})", vec!["1"; MAX_LIST].join(","));
    let concat = format!(
        "{}Name{} eq ''",
        "concat(".repeat(MAX_CONCAT),
        ",'x')".repeat(MAX_CONCAT)
    );
    let long = format!("Name eq '{}'", "x".repeat(MAX_OPTION_LENGTH - 10));
    for text in [deep, many, list, concat, long] {
        filter_on("UsrThing", &text).unwrap();
    }
}
