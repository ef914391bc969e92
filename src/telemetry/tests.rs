use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use super::*;

/// Keeps what is written.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Kept {
    fn text(&self) -> String {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&kept).into_owned()
    }
}

const PLAIN: Lines = Lines::Text { colour: false };

fn logged(level: Level, lines: Lines, events: impl FnOnce()) -> String {
    let kept = Kept::default();
    let writer = kept.clone();
    let subscriber = subscriber(filter(level, "silent_library"), lines, move || writer.clone());
    tracing::subscriber::with_default(subscriber, events);
    kept.text()
}

#[test]
fn text_has_time_level_and_fields() {
    let text = logged(Level::INFO, PLAIN, || {
        tracing::info!(port = 8443, "listening");
        tracing::debug!("too much");
    });
    let (time, rest) = text.split_once(' ').expect("a time first");
    assert!(time.ends_with('Z'), "{text}");
    assert!(time.parse::<crate::domain::time::Timestamp>().is_ok(), "{text}");
    assert!(rest.contains("INFO") && rest.contains("listening port=8443"), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
}

#[test]
fn no_value_makes_a_line_of_its_own() {
    let text = logged(Level::INFO, PLAIN, || {
        let name = "x\n2026-01-01T00:00:00Z  INFO forged\u{1b}[31m";
        tracing::info!(%name, other = name, "a {name}");
    });
    assert_eq!(text.lines().count(), 1, "{text}");
    assert_eq!(text.matches("x\\n2026").count(), 3, "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
}

#[test]
fn json_is_one_object_per_line() {
    let text = logged(Level::INFO, Lines::Json, || {
        tracing::info!(port = 8443, "two\nlines");
        tracing::warn!("second");
    });
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["message"], "two\nlines");
    assert_eq!(lines[0]["port"], 8443);
    assert_eq!(lines[0]["level"], "INFO");
    assert!(lines[0]["timestamp"].as_str().is_some_and(|time| time.ends_with('Z')));
}

#[test]
fn libraries_are_kept_at_warnings() {
    let events = || {
        tracing::info!(target: "actix_http::h1", "GET /webhooks/whk_secret");
        tracing::trace!(target: "actix_web", "GET /webhooks/whk_secret");
        tracing::warn!(target: "actix_server", "a library warns");
        tracing::trace!("ours");
    };
    let text = logged(Level::TRACE, PLAIN, events);
    assert!(!text.contains("whk_secret"), "{text}");
    assert!(text.contains("a library warns") && text.contains("ours"), "{text}");
    assert_eq!(logged(Level::ERROR, PLAIN, events), "");
}

#[test]
fn the_systems_journal_gets_the_priority_and_no_time() {
    let text = logged(Level::DEBUG, Lines::Journald, || {
        tracing::error!("first");
        tracing::warn!(part = "disk", "second\n<1>forged");
        tracing::info!("third");
        tracing::debug!("fourth");
    });
    let lines: Vec<&str> = text.lines().collect();
    let room = module_path!();
    assert_eq!(
        lines,
        [
            format!("<3>{room}: first"),
            format!("<4>{room}: second\\n<1>forged part=\"disk\""),
            format!("<6>{room}: third"),
            format!("<7>{room}: fourth"),
        ]
    );
}

#[test]
fn lines_of_work_for_a_request_name_it_and_no_others() {
    let request = request::RequestId::new();
    let id = request.as_str();
    let events = || {
        request::working_for(Some(request), || tracing::info!(port = 8443, "within"));
        tracing::info!("after");
    };
    for (lines, named) in [
        (PLAIN, format!("within port=8443 request=\"{id}\"\n")),
        (Lines::Journald, format!("within port=8443 request=\"{id}\"\n")),
    ] {
        let text = logged(Level::INFO, lines, events);
        assert!(text.contains(&named), "{text}");
        assert_eq!(text.matches("request").count(), 1, "{text}");
    }
    let text = logged(Level::INFO, Lines::Json, events);
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let shown: Vec<_> = lines
        .iter()
        .map(|line| {
            (
                line["message"].as_str(),
                line["request"].as_str(),
                line["port"].as_u64(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [(Some("within"), Some(id), Some(8443)), (Some("after"), None, None)],
        "{text}"
    );
}

#[test]
fn only_the_first_start_counts() {
    init(Level::ERROR, Format::Text, "silent_library");
    assert!(!init(Level::TRACE, Format::Json, "silent_library"));
}
