use std::time::{Duration, Instant};

use super::*;

/// Filters on `UsrThing` that are wrong, and what is said.
const BAD: &[(&str, &str)] = &[
    // Names.
    (
        "Good and Nam eq 'x'",
        "$filter, position 10: there is no property 'Nam' on UsrThing; did you mean 'Name'?",
    ),
    (
        "Colour eq 'x'",
        "$filter, position 1: there is no property 'Colour' on UsrThing",
    ),
    (
        "Owner/Nmae eq 'x'",
        "$filter, position 7: there is no property 'Nmae' on Contact; did you mean 'Name'?",
    ),
    (
        "Ownr/Name eq 'x'",
        "$filter, position 1: there is no lookup 'Ownr' on UsrThing; did you mean 'Owner'?",
    ),
    (
        "OwnerId/Name eq 'x'",
        "$filter, position 1: OwnerId is an id; write Owner to follow it",
    ),
    (
        "Name/Name eq 'x'",
        "$filter, position 1: Name is not a lookup; nothing can follow it",
    ),
    (
        "Owner eq 'Ann'",
        "$filter, position 1: Owner is a lookup; write OwnerId for its id, or a path such as Owner/Name",
    ),
    (
        "Parent/Parent/Parent/Owner/Name eq 'x'",
        "$filter, position 22: a path may follow 3 lookups, not more",
    ),
    (
        "Owner/ eq 'x'",
        "$filter, position 11: an operator is missing before a text; there are eq, ne, gt, ge, lt, le, in, and, or",
    ),
    (
        "Owner/'x' eq 'x'",
        "$filter, position 7: the name of a property is missing before a text",
    ),
    (
        "größe eq 1",
        "$filter, position 1: there is no property 'größe' on UsrThing",
    ),
    // Types.
    (
        "Name eq 5",
        "$filter, position 9: Name is a text and cannot be compared with a whole number; write it as 'abc'",
    ),
    (
        "5 eq Name",
        "$filter, position 1: Name is a text and cannot be compared with a whole number; write it as 'abc'",
    ),
    (
        "Size eq '5'",
        "$filter, position 9: Size is a whole number and cannot be compared with a text; write it as 42",
    ),
    (
        "Rate lt true",
        "$filter, position 9: Rate is a decimal number and cannot be compared with a boolean; write it as 12.50",
    ),
    (
        "Good eq 1",
        "$filter, position 9: Good is a boolean and cannot be compared with a whole number; write it as true",
    ),
    (
        "Day eq '2026-11-23'",
        "$filter, position 8: Day is a date and cannot be compared with a text; write it as 2026-11-23",
    ),
    (
        "Day eq 2026-11-23T10:00:00Z",
        "$filter, position 8: Day is a date and cannot be compared with a time of day; write it as 2026-11-23",
    ),
    (
        "At eq 10:00:00",
        "$filter, position 7: At is a date/time and cannot be compared with a time; write it as 2026-11-23T10:00:00Z",
    ),
    (
        "Hour eq 2026-11-23",
        "$filter, position 9: Hour is a time and cannot be compared with a date; write it as 10:00:00",
    ),
    (
        "OwnerId eq 'Ann'",
        "$filter, position 12: OwnerId is a GUID and cannot be compared with a string that is not a GUID; write it as f8af0e88-f36b-1410-fa98-00155d043204",
    ),
    (
        "Name eq Size",
        "$filter, position 9: Name is a text and Size is a whole number; they cannot be compared",
    ),
    (
        "length(Name) eq 'x'",
        "$filter, position 17: length(…) is a whole number and cannot be compared with a text; write it as 42",
    ),
    (
        "Size in (1,'x')",
        "$filter, position 12: Size is a whole number and cannot be compared with a text; write it as 42",
    ),
    (
        "Size gt null",
        "$filter, position 1: only eq and ne compare with null, gt does not",
    ),
    (
        "(Good) and (Size eq 1) gt true",
        "$filter, position 12: only eq and ne compare with a condition, gt does not",
    ),
    (
        "(Size eq 1) eq (Size eq 2)",
        "$filter, position 1: a condition is compared with true or false only; join conditions with and, or",
    ),
    // No condition.
    (
        "Name",
        "$filter, position 1: Name is a text, no condition; compare it, as in Name eq 'abc'",
    ),
    (
        "Good and length(Name)",
        "$filter, position 10: length(…) is a whole number, no condition; compare it, as in length(…) eq 42",
    ),
    (
        "'x'",
        "$filter, position 1: a text is not a condition; compare a property with it",
    ),
    (
        "not null",
        "$filter, position 5: null is not a condition; compare a property with it",
    ),
    // Functions.
    (
        "contain(Name,'x')",
        "$filter, position 1: there is no function 'contain'; did you mean 'contains'?",
    ),
    (
        "substring(Name) eq 'x'",
        "$filter, position 1: substring requires 2 or 3 arguments, not 1",
    ),
    (
        "substring(Name,'1') eq 'x'",
        "$filter, position 16: substring requires a whole number here, but this is a text",
    ),
    ("At lt now(1)", "$filter, position 7: now requires 0 arguments, not 1"),
    (
        "now()",
        "$filter, position 1: a date/time is not a condition; compare a property with it",
    ),
    (
        "Size has 5",
        "$filter, position 6: 'has' is not supported, since no property is a set of flags; there are eq, ne, gt, ge, lt, le, in, and, or",
    ),
    (
        "Size gt 5 mul 3",
        "$filter, position 11: arithmetic such as 'mul' is not supported; compute the value first and write it; there are eq, ne, gt, ge, lt, le, in, and, or",
    ),
    (
        "substringof('x',Name)",
        "$filter, position 1: there is no function 'substringof'; write contains(Name,'a')",
    ),
    (
        "contains(Name)",
        "$filter, position 1: contains requires 2 arguments, not 1",
    ),
    (
        "tolower() eq 'x'",
        "$filter, position 1: tolower requires 1 argument, not 0",
    ),
    (
        "contains(Size,'4')",
        "$filter, position 10: contains requires a text here, but Size is a whole number",
    ),
    (
        "year(Name) eq 2026",
        "$filter, position 6: year requires a date or a date/time here, but Name is a text",
    ),
    (
        "trim(null) eq ''",
        "$filter, position 6: trim requires a text here, but this is null",
    ),
    (
        "trim(5) eq ''",
        "$filter, position 6: trim requires a text here, but this is a whole number",
    ),
    (
        "Owner/any(o:o/Name eq 'x')",
        "$filter, position 10: '(' cannot follow a path; there are no collections here",
    ),
    // Operators.
    ("Name = 'x'", "$filter, position 6: '=' is not an operator; write eq"),
    (
        "Size > 5",
        "$filter, position 6: '>' is not an operator; write eq, ne, gt, ge, lt or le",
    ),
    (
        "Good && Good",
        "$filter, position 6: '&' is not an operator; write and, or",
    ),
    (
        "Name like 'x'",
        "$filter, position 6: 'like' is not an operator; there are eq, ne, gt, ge, lt, le, in, and, or",
    ),
    (
        "Size add 1 eq 2",
        "$filter, position 6: arithmetic such as 'add' is not supported; compute the value first and write it; there are eq, ne, gt, ge, lt, le, in, and, or",
    ),
    (
        "Name 'x'",
        "$filter, position 6: an operator is missing before a text; there are eq, ne, gt, ge, lt, le, in, and, or",
    ),
    (
        "Name eq",
        "$filter, position 8: a property or a value is missing before the end",
    ),
    (
        "Good and",
        "$filter, position 9: a property or a value is missing before the end",
    ),
    (
        "eq 'x'",
        "$filter, position 4: an operator is missing before a text; there are eq, ne, gt, ge, lt, le, in, and, or",
    ),
    (
        "Size eq 1 eq true",
        "$filter, position 11: 'eq' is not an operator; there are eq, ne, gt, ge, lt, le, in, and, or",
    ),
    // Parentheses and lists.
    ("(Good", "$filter, position 1: this '(' is never closed"),
    ("Good)", "$filter, position 5: this ')' closes nothing"),
    ("()", "$filter, position 2: a property or a value is missing before ')'"),
    (
        "(Good,Good)",
        "$filter, position 6: ',' is not expected here; a list can only follow in",
    ),
    (
        "Size in 5",
        "$filter, position 9: in requires a list of values, as in ('a','b')",
    ),
    (
        "Size in ()",
        "$filter, position 10: a list can only contain values, not ')'",
    ),
    (
        "Size in (Rate)",
        "$filter, position 10: a list can only contain values, not 'Rate'",
    ),
    ("Size in (1", "$filter, position 9: this '(' is never closed"),
    // Literals.
    (
        "Name eq 'x",
        "$filter, position 9: this text has no closing quote; within a text write two: ''",
    ),
    (
        "Name eq \"x\"",
        "$filter, position 9: write strings in single quotes, as in 'Canada'",
    ),
    (
        "Day eq 2026-02-30",
        "$filter, position 8: '2026-02-30' is not a date; write it as 2026-11-23",
    ),
    (
        "At eq 2026-11-23T25:00:00Z",
        "$filter, position 7: '2026-11-23T25:00:00Z' is not a date/time; write it as 2026-11-23T10:00:00Z",
    ),
    (
        "At eq datetime'soon'",
        "$filter, position 7: 'soon' is not a date/time; write it as 2026-11-23T10:00:00Z",
    ),
    (
        "Hour eq 10:00:00.5",
        "$filter, position 9: '10:00:00.5' is not a time; write it as 10:00:00, in whole seconds",
    ),
    (
        "Hour eq 10:60",
        "$filter, position 9: '10:60' is not a time; write it as 10:00:00, in whole seconds",
    ),
    (
        "Size eq 5x",
        "$filter, position 9: '5x' is not a number, date, time or GUID; write strings in single quotes",
    ),
    (
        "Size eq --5",
        "$filter, position 9: '--5' is not a number, date, time or GUID; write strings in single quotes",
    ),
    (
        "Size eq 1e99",
        "$filter, position 9: '1e99' has more digits than can be kept exactly",
    ),
    (
        "Rate eq 0.12345678901234567890123456789",
        "$filter, position 9: '0.12345678901234567890123456789' has more digits than can be kept exactly",
    ),
    ("Id eq guid'12'", "$filter, position 7: '12' is not a GUID"),
    (
        "Id eq binary'12'",
        "$filter, position 7: 'binary' means nothing before a text",
    ),
    (
        "Name eq @p",
        "$filter, position 9: parameter aliases are not supported; write the value itself",
    ),
    ("Name eq 'größe' and #", "$filter, position 21: '#' means nothing here"),
];

#[test]
fn bad_filters_are_refused_with_the_place_and_the_reason() {
    let catalog = catalog();
    let thing = type_of(catalog, "UsrThing");
    let mut wrong = Vec::new();
    for (text, expected) in BAD {
        match filter(catalog, &thing, text, NOW) {
            Ok(filter) => wrong.push(format!("{text}\n  accepted as {filter}")),
            Err(error) if error.to_string() != *expected => wrong.push(format!("{text}\n  {expected}\n  {error}")),
            Err(_) => {}
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn what_is_beyond_the_bounds_is_refused() {
    let nested = |open: &str, close: &str, times: usize| format!("{}Good{}", open.repeat(times), close.repeat(times));
    let deep = "a filter may be 32 levels deep, not more";
    let cases = [
        (nested("(", ")", MAX_DEPTH + 1), format!("$filter, position 33: {deep}")),
        (
            nested("not ", "", MAX_DEPTH + 1),
            format!("$filter, position 129: {deep}"),
        ),
        (
            nested("trim(", ")", MAX_DEPTH + 1),
            format!("$filter, position 161: {deep}"),
        ),
        (nested("(", "", 4000), format!("$filter, position 33: {deep}")),
        (
            vec!["Size eq 1"; MAX_TERMS + 1].join(" or "),
            "$filter, position 2601: a filter may have 200 conditions and functions, not more".to_owned(),
        ),
        (
            format!("Size in ({})", vec!["1"; MAX_LIST + 1].join(",")),
            "$filter, position 410: a list may have 200 values, not more".to_owned(),
        ),
        (
            format!(
                "{}Name{} eq ''",
                "concat(".repeat(MAX_CONCAT + 1),
                ",'x')".repeat(MAX_CONCAT + 1)
            ),
            "$filter, position 57: a filter may have 8 concat, not more".to_owned(),
        ),
        (
            nested("(", ")", 10_000),
            "$filter: it may have 8192 bytes, this has 20004".to_owned(),
        ),
    ];
    let read_context = Instant::now();
    for (text, expected) in cases {
        assert_eq!(filter_on("UsrThing", &text).unwrap_err().to_string(), expected);
    }
    assert!(
        read_context.elapsed() < Duration::from_secs(60),
        "{:?}",
        read_context.elapsed()
    );
}

#[test]
fn errors_show_the_start_of_what_they_speak_of_only() {
    let name = "ä".repeat(3000);
    let error = filter_on("UsrThing", &format!("{name} eq 1")).unwrap_err();
    assert_eq!(error.position, 1);
    assert_eq!(
        error.problem,
        format!("there is no property '{}…' on UsrThing", "ä".repeat(60))
    );
}
