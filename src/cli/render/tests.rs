//! What people get to see.

use super::page::{Page, Tone};
use super::table::{Align, Table, cell};
use super::text::{bytes, clean, clean_json, clean_lines, listed, number, time};
use super::*;
use crate::domain::webhook::{Outcome, Status};
use crate::manage::health::{OauthHealthView, OauthStep};
use crate::manage::retention::RetentionPreview;
use crate::manage::webhook::{BodyView, RemarkView, WebhookSummary, WebhookView};
use crate::manage::webhook_search::WebhooksFound;
use crate::retention::ByStatus;

fn shown<V>(show: fn(&mut Page, &V), view: &V) -> String {
    let mut page = Page::new(false);
    show(&mut page, view);
    page.into_text()
}

#[test]
fn numbers_have_commas_between_thousands() {
    for (value, shown) in [
        (0, "0"),
        (999, "999"),
        (1000, "1,000"),
        (12_431, "12,431"),
        (1_000_000, "1,000,000"),
    ] {
        assert_eq!(number(value), shown);
    }
    assert_eq!(webhooks(1), "1 webhook");
    assert_eq!(bytes(1024 * 1024), "1 MiB");
    assert_eq!(bytes(65_536), "64 KiB");
    assert_eq!(bytes(1025), "1,025 bytes");
    assert_eq!(listed(&["a".to_owned(), "b".to_owned(), "c".to_owned()]), "a, b and c");
}

#[test]
fn times_are_shown_to_the_second() {
    assert_eq!(
        time("2026-11-23T22:54:33.123456Z".parse().unwrap()),
        "2026-11-23 22:54:33"
    );
    assert_eq!(time("2026-11-23T22:54:33Z".parse().unwrap()), "2026-11-23 22:54:33");
}

#[test]
fn nothing_from_outside_steers_the_terminal() {
    assert_eq!(clean("a\x1b[2Jb"), "a\\u{1b}[2Jb");
    assert_eq!(clean("line\nbreak\ttab\rreturn"), "line\\nbreak\\ttab\\rreturn");
    assert_eq!(clean("\u{9b}31m"), "\\u{9b}31m");
    assert_eq!(clean("\u{202e}gpj.exe"), "\\u{202e}gpj.exe");
    assert_eq!(clean("Zoë 山田 \"quoted\""), "Zoë 山田 \"quoted\"");
    assert_eq!(clean_lines("a\n\tb\x07"), "a\n\tb\\u{7}");
}

/// Every control character, of all three kinds, and those that change the direction of writing.
#[test]
fn fault_07_no_control_character_is_printed_as_it_is() {
    let controls = ('\0'..='\u{1f}').chain('\u{7f}'..='\u{9f}');
    for character in controls.chain("\u{200e}\u{202a}\u{202e}\u{2066}\u{2069}\u{feff}\u{e0041}".chars()) {
        let text = format!("a{character}b");
        assert!(!clean(&text).contains(character), "{character:?}");
        let laid_out = matches!(character, '\n' | '\t');
        assert_eq!(clean_lines(&text).contains(character), laid_out, "{character:?}");
        // JSON says the same thing in other signs.
        let json = format!("{:#}\n", serde_json::json!({ &text: [&text] }));
        let shown = clean_json(&json);
        assert!(character == '\n' || !shown.contains(character), "{character:?}");
        let same: serde_json::Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(same, serde_json::json!({ &text: [&text] }));
    }
    let plain = "{\n  \"Name\": \"Zoë 山田\"\n}\n";
    assert_eq!(clean_json(plain), plain);
}

#[test]
fn tables_are_aligned_by_display_width() {
    let mut page = Page::new(false);
    let mut table = Table::new(&[("NAME", Align::Left), ("COUNT", Align::Right)]);
    table.row(vec![cell("山田"), cell("7")]);
    table.row(vec![cell("John Best"), cell("1,000")]);
    table.row(vec![cell("x".repeat(80)), cell("")]);
    table.show(&mut page);
    let wide = format!("{}…", "x".repeat(49));
    let expected = format!(
        "NAME{}  COUNT\n山田{}      7\nJohn Best{}  1,000\n{wide}\n",
        " ".repeat(46),
        " ".repeat(46),
        " ".repeat(41),
    );
    assert_eq!(page.into_text(), expected);
}

#[test]
fn colours_only_if_wanted() {
    assert_eq!(Page::new(false).tone(Tone::Bad, "x"), "x");
    assert_eq!(Page::new(true).tone(Tone::Bad, "x"), "\x1b[31mx\x1b[0m");
}

#[test]
fn a_list_of_webhooks() {
    let view = WebhooksFound {
        webhooks: vec![WebhookSummary {
            id: "0196a1b2-0000-7000-8000-000000000001".parse().unwrap(),
            created_on: "2026-11-23T22:54:33Z".parse().unwrap(),
            status: Status::Failed,
            outcome: Outcome::Failed,
            source: "Forms\x1b]0;title\x07".to_owned(),
            object: None,
            records: 0,
            errors: 2,
        }],
        next: Some(41),
        complete: true,
    };
    let text = shown(webhook::many, &view);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("ID "), "{text}");
    assert!(
        lines[1].contains("2026-11-23 22:54:33  Failed  failed   Forms\\u{1b}]0;title\\u{7}  -            2"),
        "{text}"
    );
    assert_eq!(lines[2], "To see more, add --before 41.");
    assert!(!text.contains('\x1b'));
}

fn webhook() -> WebhookView {
    let issue = |column: &str, value: &str, text: &str| RemarkView {
        column: column.to_owned(),
        value: value.to_owned(),
        text: text.to_owned(),
    };
    WebhookView {
        id: "0196a1b2-0000-7000-8000-000000000001".parse().unwrap(),
        created_on: "2026-11-23T22:54:33Z".parse().unwrap(),
        modified_on: "2026-11-23T22:54:34Z".parse().unwrap(),
        status: Status::Done,
        outcome: Outcome::RecordCreated,
        run: 1,
        attempts: 1,
        history: Vec::new(),
        source: "Forms".to_owned(),
        api_key_hint: "whk_abcdef".to_owned(),
        source_url: String::new(),
        remote: Some([127, 0, 0, 1].into()),
        content_type: "application/json".to_owned(),
        query: String::new(),
        headers: vec![("x-evil".to_owned(), "\x1b[31m".to_owned())],
        files: Vec::new(),
        body: BodyView::Text("{\n\"Name\": \"\x1b[2J\"}".to_owned()),
        object: Some("Contact".to_owned()),
        records: Vec::new(),
        errors: vec![issue("BirthDate", "soon", "the value does not fit")],
        notes: vec![issue("", "", "no EntityName")],
    }
}

#[test]
fn a_webhook_with_everything_about_it() {
    let text = shown(webhook::one, &webhook());
    for line in [
        "Status          Done",
        "Source          Forms (key whk_abcdef…)",
        "From            127.0.0.1",
        "  BirthDate = \"soon\": the value does not fit",
        "  no EntityName",
        "  x-evil: \\u{1b}[31m",
        "  \"Name\": \"\\u{1b}[2J\"}",
    ] {
        assert!(text.lines().any(|shown| shown == line), "{line:?} is not in\n{text}");
    }
    assert!(!text.contains("Query"), "empty parts are left out");
    assert!(!text.contains('\x1b'));
}

#[test]
fn a_long_body_is_cut() {
    let mut view = webhook();
    view.body = BodyView::Text("山".repeat(5000));
    let text = shown(webhook::one, &view);
    assert!(
        text.ends_with("  … 15,000 bytes in total; use --json to see all of them\n"),
        "{text}"
    );
}

#[test]
fn the_preview_says_when_and_what() {
    let mut view = RetentionPreview {
        next_run: Some("2026-11-24T03:00:00Z".parse().unwrap()),
        expired: ByStatus {
            done: 12_431,
            failed: 3,
            ..ByStatus::default()
        },
        clock_ahead_hours: None,
    };
    let shown = |view: &RetentionPreview| shown(retention::preview, view);
    assert_eq!(
        shown(&view),
        "At 2026-11-24 03:00:00 UTC: 12,431 Done and 3 Failed will be deleted.\n"
    );
    view.clock_ahead_hours = Some(73);
    let text = shown(&view);
    assert!(
        text.contains("the clock is 73 hours ahead") && text.contains("'hookgate retention run'"),
        "{text}"
    );
    view.clock_ahead_hours = None;
    view.next_run = None;
    assert_eq!(shown(&view), "A run now would delete 12,431 Done and 3 Failed.\n");
    view.expired = ByStatus::default();
    assert_eq!(shown(&view), "A run now: no webhooks are expired.\n");
}

#[test]
fn a_check_lists_problems() {
    let mut view = CheckView {
        entries: 1200,
        webhooks: 1,
        problems: Vec::new(),
        next_step: None,
    };
    assert_eq!(
        check(&view, false),
        "No problems found: 1,200 entries of the journal and 1 webhook verified.\n"
    );
    view.problems.push("page 7 is damaged".to_owned());
    assert_eq!(check(&view, false), "1 problem\n  page 7 is damaged\n");
    view.next_step = Some("run 'hookgate rebuild'".to_owned());
    assert_eq!(
        check(&view, false),
        "1 problem\n  page 7 is damaged\nNext step: run 'hookgate rebuild'.\n"
    );
}

#[test]
fn a_check_of_tokens_says_what_to_do() {
    let step = |name: &str, problem: Option<&str>| OauthStep {
        name: name.to_owned(),
        ok: problem.is_none(),
        problem: problem.map(str::to_owned),
        next: problem.map(|_| "restart the server".to_owned()),
    };
    let mut view = OauthHealthView {
        healthy: false,
        steps: vec![step("client", None), step("token", Some("closed\x1b[2J"))],
    };
    let shown = |view: &OauthHealthView| shown(identity::oauth_health, view);
    assert_eq!(
        shown(&view),
        "Programs cannot get tokens.\nclient          ok\ntoken           failed\n  problem       closed\\u{1b}[2J\n  \
         next step     restart the server\n"
    );
    view.healthy = true;
    view.steps.pop();
    assert_eq!(shown(&view), "Programs can get tokens.\nclient          ok\n");
}
