//! The chart of what was received, and the figures that filter.

use serde_json::{Value, json};

use super::filled::{End, days_ago, filled, processed, stopped_server};
use super::harness::{PASSWORD, User};
use super::page::Page;

const ROWS: &str = "[aria-label='List of webhooks'] tbody tr";

/// The bars with something in them: what each says of itself, and the parts that are drawn.
const BARS: &str = "return [...document.querySelectorAll('.plot a')].filter((one) => one.querySelector('rect:not(.hit)')).map((one) => ({
    says: Object.fromEntries([...one.getAttribute('aria-label').split(': ').at(-1).matchAll(/(\\w+) (\\d+)/g)].map(([, name, count]) => [name.toLowerCase(), Number(count)])),
    parts: [...one.querySelectorAll('rect:not(.hit)')].map((part) => part.getAttribute('class')),
    high: Object.fromEntries([...one.querySelectorAll('rect:not(.hit)')].map((part) => [part.getAttribute('class'), Number(part.getAttribute('height'))])),
    from: decodeURIComponent(/from=([^&]+)/.exec(one.getAttribute('href'))[1]),
  }))";

#[test]
fn bars_by_hour_and_day_have_the_figures_that_are_right() {
    let mut server = stopped_server(&[]);
    // One moment for all: an hour that ends meanwhile would make two bars of one.
    let now = days_ago(0);
    filled(&server.data(), 1 << 20, |ledger| {
        for (days, done, failed) in [(0, 3, 1), (2, 4, 2), (10, 1, 5), (40, 6, 0)] {
            let at = now.minus_days(days);
            for _ in 0..done {
                processed(ledger, at, End::Contact);
            }
            for _ in 0..failed {
                processed(ledger, at, End::Failed);
            }
        }
    });
    server.restart();
    let page = Page::administrator(&server);
    let anna = User::of(&server.login("anna", PASSWORD, None));
    page.open("#/webhooks");
    page.sees("22 Total");
    page.sees("14 Done");
    page.sees("8 Failed");
    page.sees("0 Waiting");
    let bars = [
        ("24 hours", "hour", vec![(3, 1)]),
        ("7 days", "hour", vec![(4, 2), (3, 1)]),
        ("30 days", "day", vec![(1, 5), (4, 2), (3, 1)]),
        ("90 days", "day", vec![(6, 0), (1, 5), (4, 2), (3, 1)]),
    ];
    for (range, step, expected) in bars {
        page.press(range);
        page.until(
            range,
            "return press(arguments[0]).getAttribute('aria-pressed') === 'true' && !document.querySelector('.plot-place[aria-busy]')",
            &json!([range]),
        );
        let script = format!("const bars = (() => {{ {BARS} }})(); return bars.length === arguments[0] && bars");
        let found = page.until(range, &script, &json!([expected.len()]));
        for (bar, (done, failed)) in found.as_array().unwrap().iter().zip(&expected) {
            assert_eq!(
                bar["says"],
                json!({"done": done, "failed": failed, "processing": 0, "new": 0}),
                "{range}"
            );
            let parts = if *failed == 0 {
                json!(["done"])
            } else {
                json!(["done", "failed"])
            };
            assert_eq!(bar["parts"], parts, "{range}");
            // As high as they are many.
            let (high, unit) = (
                &bar["high"],
                found[0]["high"]["done"].as_f64().unwrap() / f64::from(expected[0].0),
            );
            assert!(
                (high["done"].as_f64().unwrap() / unit - f64::from(*done)).abs() < 0.05,
                "{range}: {found:#}"
            );
            let from = bar["from"].as_str().unwrap();
            let rounded = if step == "day" { "T00:00:00" } else { ":00:00" };
            assert!(from.contains(rounded), "{range}: {from}");
        }
        // The same numbers as a table, and as the server counts them.
        let listed = page.evaluate("return [...document.querySelectorAll('.plot-place table tbody tr')].map((row) => [...row.querySelectorAll('td')].slice(0, 2).map((one) => Number(one.textContent)))");
        let expected: Vec<Value> = expected.iter().map(|(done, failed)| json!([done, failed])).collect();
        assert_eq!(listed, json!(expected), "{range}");
    }
    let chart = anna.ask(&server, "/webhooks/chart?step=day");
    assert_eq!(chart["step"], "day");

    // A bar leads to its webhooks.
    page.press("7 days");
    let script = format!("const bars = (() => {{ {BARS} }})(); return bars.length === 2");
    page.until("two bars", &script, &json!([]));
    page.press_found(
        "the first bar",
        "[...document.querySelectorAll('.plot a')].find((one) => one.querySelector('.failed'))?.querySelector('.hit')",
        &json!([]),
    );
    page.sees("6 Total");
    page.until("six rows", &rows(6), &json!([]));
    page.clean(&[]);
}

#[test]
fn total_done_and_failed_filter_when_they_are_pressed() {
    let mut server = stopped_server(&[]);
    filled(&server.data(), 1 << 20, |ledger| {
        for _ in 0..5 {
            processed(ledger, days_ago(1), End::Contact);
        }
        for _ in 0..3 {
            processed(ledger, days_ago(1), End::Failed);
        }
    });
    server.restart();
    let page = Page::administrator(&server);
    page.open("#/webhooks");
    for (figure, at, count, status) in [
        ("5 Done", "status=Done", 5, "Done"),
        ("3 Failed", "status=Failed", 3, "Failed"),
        ("0 Waiting", "status=New", 0, ""),
        ("8 Total", "#/webhooks", 8, ""),
    ] {
        page.press(figure);
        page.is_at(at);
        page.until(figure, &rows(count), &json!([]));
        // What was pressed is shown as pressed, and it alone; the other figures stay.
        page.until(
            &format!("{figure} as pressed"),
            "const on = [...document.querySelectorAll('.figure[aria-pressed=true]')].map(named); return on.length === 1 && on[0] === arguments[0]",
            &json!([figure]),
        );
        page.sees("8 Total");
        if !status.is_empty() {
            let script = format!(
                "return [...document.querySelectorAll(\"{ROWS}\")].every((row) => row.innerText.includes(arguments[0])) && input('status').value === arguments[0]"
            );
            page.until(status, &script, &json!([status]));
        }
    }
    // With another filter the figures count what matches it.
    page.choose("source", "Form");
    page.fill("text", "nowhere");
    page.sees("0 Total");
    page.sees("No matching webhooks");
    page.press("Show all");
    page.until("all rows", &rows(8), &json!([]));
    page.clean(&[]);
}

fn rows(count: usize) -> String {
    format!(
        "return document.querySelectorAll(\"{ROWS}\").length === {count} && !document.querySelector('[aria-busy=true]')"
    )
}
