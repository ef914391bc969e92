use super::*;

mod walk;

fn at(text: &str) -> Timestamp {
    text.parse().expect("a moment")
}

fn schedule(text: &str) -> Schedule {
    Schedule::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn due(text: &str, after: &str, count: usize) -> Vec<String> {
    schedule(text)
        .next_n(at(after), count)
        .map(|moment| moment.to_string())
        .collect()
}

/// A Thursday.
const NEW_YEAR: &str = "2026-01-01T00:00:00Z";

/// Expression, moment, and the next two runs after it.
const NEXT_RUNS: &[(&str, &str, [&str; 2])] = &[
    ("0 3 * * *", NEW_YEAR, ["2026-01-01T03:00:00Z", "2026-01-02T03:00:00Z"]),
    ("* * * * *", NEW_YEAR, ["2026-01-01T00:01:00Z", "2026-01-01T00:02:00Z"]),
    ("@hourly", NEW_YEAR, ["2026-01-01T01:00:00Z", "2026-01-01T02:00:00Z"]),
    ("@daily", NEW_YEAR, ["2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"]),
    ("@weekly", NEW_YEAR, ["2026-01-04T00:00:00Z", "2026-01-11T00:00:00Z"]),
    ("@monthly", NEW_YEAR, ["2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"]),
    // Leap day.
    ("0 0 29 2 *", NEW_YEAR, ["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"]),
    // Ends of months.
    (
        "59 23 31 * *",
        "2026-01-31T23:59:00Z",
        ["2026-03-31T23:59:00Z", "2026-05-31T23:59:00Z"],
    ),
    (
        "0 0 30 * *",
        "2026-01-31T00:00:00Z",
        ["2026-03-30T00:00:00Z", "2026-04-30T00:00:00Z"],
    ),
    // Either day field when both are restricted.
    (
        "0 0 13 * FRI",
        NEW_YEAR,
        ["2026-01-02T00:00:00Z", "2026-01-09T00:00:00Z"],
    ),
    (
        "0 0 13 * 5",
        "2026-01-10T00:00:00Z",
        ["2026-01-13T00:00:00Z", "2026-01-16T00:00:00Z"],
    ),
    (
        "0 0 30 2 MON",
        NEW_YEAR,
        ["2026-02-02T00:00:00Z", "2026-02-09T00:00:00Z"],
    ),
    // Both when one starts with a star.
    (
        "0 0 */2 * MON",
        NEW_YEAR,
        ["2026-01-05T00:00:00Z", "2026-01-19T00:00:00Z"],
    ),
    // Sunday is 0, 7 and SUN.
    ("0 0 * * 0", NEW_YEAR, ["2026-01-04T00:00:00Z", "2026-01-11T00:00:00Z"]),
    ("0 0 * * 7", NEW_YEAR, ["2026-01-04T00:00:00Z", "2026-01-11T00:00:00Z"]),
    (
        "0 0 * * sun",
        NEW_YEAR,
        ["2026-01-04T00:00:00Z", "2026-01-11T00:00:00Z"],
    ),
    (
        "0 0 * * 6-7",
        NEW_YEAR,
        ["2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z"],
    ),
    ("0 0 * * 1", NEW_YEAR, ["2026-01-05T00:00:00Z", "2026-01-12T00:00:00Z"]),
    (
        "0 0 * * */7",
        NEW_YEAR,
        ["2026-01-04T00:00:00Z", "2026-01-11T00:00:00Z"],
    ),
    (
        "0 9 * * MON-FRI",
        "2026-01-02T12:00:00Z",
        ["2026-01-05T09:00:00Z", "2026-01-06T09:00:00Z"],
    ),
    // Lists, ranges, steps.
    (
        "0,30 8-9 * * *",
        "2026-01-01T08:30:00Z",
        ["2026-01-01T09:00:00Z", "2026-01-01T09:30:00Z"],
    ),
    (
        "*/20 * * * *",
        "2026-01-01T00:20:00Z",
        ["2026-01-01T00:40:00Z", "2026-01-01T01:00:00Z"],
    ),
    (
        "5-35/15 0 * * *",
        "2026-01-01T00:05:00Z",
        ["2026-01-01T00:20:00Z", "2026-01-01T00:35:00Z"],
    ),
    (
        "0 0 1 JAN,jul *",
        NEW_YEAR,
        ["2026-07-01T00:00:00Z", "2027-01-01T00:00:00Z"],
    ),
    (
        "  0\t3   * * * ",
        NEW_YEAR,
        ["2026-01-01T03:00:00Z", "2026-01-02T03:00:00Z"],
    ),
    // Between two seconds, over the end of a year, before 1970.
    (
        "0 3 * * *",
        "2026-01-01T02:59:59.999999Z",
        ["2026-01-01T03:00:00Z", "2026-01-02T03:00:00Z"],
    ),
    (
        "0 3 * * *",
        "2026-01-01T03:00:00.000001Z",
        ["2026-01-02T03:00:00Z", "2026-01-03T03:00:00Z"],
    ),
    (
        "0 0 * * *",
        "2026-12-31T23:59:59.5Z",
        ["2027-01-01T00:00:00Z", "2027-01-02T00:00:00Z"],
    ),
    (
        "0 0 1 1 *",
        "1950-06-01T00:00:00Z",
        ["1970-01-01T00:00:00Z", "1971-01-01T00:00:00Z"],
    ),
];

#[test]
fn next_runs() {
    for (text, after, expected) in NEXT_RUNS {
        assert_eq!(due(text, after, 2), *expected, "{text} after {after}");
    }
}

#[test]
fn the_end_of_time() {
    // The cron crate ends with 2100, which has no leap day.
    let daily = schedule("@daily");
    assert_eq!(daily.next_after(at("2100-12-31T00:00:00Z")), None);
    assert_eq!(daily.next_after(Timestamp(i64::MAX)), None);
    assert_eq!(daily.next_after(Timestamp(i64::MIN)), Some(Timestamp(0)));
    assert_eq!(
        due("0 0 29 2 *", "2090-01-01T00:00:00Z", 9),
        ["2092-02-29T00:00:00Z", "2096-02-29T00:00:00Z"]
    );
}

#[test]
fn errors_name_the_field_and_what_it_takes() {
    for (text, expected) in [
        (
            "60 * * * *",
            "minute \"60\": 60 is out of range; allowed are 0 to 59, ranges such as 10-20, lists such as 0,30, * and steps such as */15",
        ),
        ("* 24 * * *", "hour \"24\": 24 is out of range"),
        ("* * 0 * *", "day of month \"0\": 0 is out of range"),
        (
            "* * * 13 *",
            "month \"13\": 13 is out of range; allowed are 1 to 12 or JAN to DEC",
        ),
        (
            "* * * * 8",
            "day of week \"8\": 8 is out of range; allowed are 0 to 7 (0 and 7 are Sunday) or SUN to SAT",
        ),
        ("* * * * FUN", "day of week \"FUN\": \"FUN\" is not a valid value"),
        ("MON * * * *", "minute \"MON\": \"MON\" is not a valid value"),
        ("+5 * * * *", "minute \"+5\": \"+5\" is not a valid value"),
        ("1,,2 * * * *", "minute \"1,,2\": a value is missing"),
        ("1- * * * *", "minute \"1-\": a value is missing"),
        (
            "20-10 * * * *",
            "minute \"20-10\": the range 20-10 ends before it starts",
        ),
        ("5/15 * * * *", "minute \"5/15\": a step must follow * or a range"),
        ("*/0 * * * *", "minute \"*/0\": \"0\" is not a valid step; use 1 to 59"),
        ("*/ * * * *", "minute \"*/\": \"\" is not a valid step"),
        (
            "*/99999999999 * * * *",
            "minute \"*/99999999999\": \"99999999999\" is not a valid step",
        ),
        ("** * * * *", "minute \"**\": \"**\" is not a valid value"),
        ("? * * * *", "minute \"?\": \"?\" is not a valid value"),
        (
            "",
            "a schedule has five fields (minute hour day-of-month month day-of-week), such as \"0 3 * * *\" for 03:00 each day, or is one of @hourly, @daily, @weekly, @monthly; this one has 0",
        ),
        ("0 0 3 * * *", "a schedule has five fields"),
        (
            "@yearly",
            "\"@yearly\" is unknown; use @hourly, @daily, @weekly or @monthly",
        ),
        (
            "0 0 30 2 *",
            "the months of this schedule do not have this day, so it would never run",
        ),
        ("0 0 31 4,6,9,11 *", "the months of this schedule do not have this day"),
    ] {
        let error = Schedule::parse(text).expect_err(text).to_string();
        assert!(error.starts_with(expected), "{text}: {error}");
    }
}

#[test]
fn shows_what_was_given() {
    assert_eq!(schedule(" @daily ").to_string(), "@daily");
    assert_eq!("0 3 * * *".parse(), Ok(schedule("0 3 * * *")));
}
