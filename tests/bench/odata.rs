//! How fast programs get tokens and read records, against an empty handler in the same run.
//!
//! `cargo bench --bench odata` (needs `wrk`). `HOOKGATE_BENCH_RECORDS` sets how many Contacts are
//! made first (default 1,000,000), `HOOKGATE_BENCH_SECONDS` how long each load takes (default 10).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test or measurement that fails may say so by a panic"
)]
#![allow(dead_code, reason = "the other measurement uses the rest")]

#[path = "../common/ask.rs"]
mod ask;
mod empty;
mod keep_alive;
#[path = "../common/program.rs"]
mod program;
mod server;
mod wrk;

use std::time::{Duration, Instant};

use keep_alive::{Connection, spread};
use server::Server;
use wrk::Load;

fn main() {
    if let Ok(mode) = std::env::var(empty::MODE) {
        empty::serve(&mode);
        return;
    }
    let number = |name: &str, default: u64| {
        let set = std::env::var(name).ok().and_then(|text| text.parse().ok());
        set.unwrap_or(default)
    };
    let duration = Duration::from_secs(number("HOOKGATE_BENCH_SECONDS", 10));
    let records = number("HOOKGATE_BENCH_RECORDS", 1_000_000);
    let folder = tempfile::tempdir().expect("a folder for data");
    let server = Server::start(folder.path(), false);
    let program = Program::new(&server);

    println!("| what | connections | requests/s | ratio | p50 ms | p99 ms |");
    println!("| --- | --- | --- | --- | --- | --- |");
    let handler = empty::Empty::start(false);
    let base = measure(&Load {
        duration,
        ..Load::webhook(handler.url(), "{}")
    });
    drop(handler);
    print_row("empty handler", &base, base.per_second);
    let tokens = measure(&program.token_load(&server, duration));
    print_row("a token for a client secret", &tokens, base.per_second);
    program.first_use(&server);

    let first = program.first_pages(&server, "a handful of");
    // Some more: each load begins with the first addresses again, and ends somewhere.
    let loaded = fill(&server, records + records / 20);
    let contacts = server.results().1;
    println!("\n{contacts} Contacts were made in {:.0} s", loaded.as_secs_f64());
    let last = program.first_pages(&server, "all");
    println!("with all of them it takes {:.2} times as long", last / first);
    program.filtered(&server, contacts);

    println!("\n| what | connections | requests/s | ratio | p50 ms | p99 ms |");
    println!("| --- | --- | --- | --- | --- | --- |");
    let one = measure(&program.record_load(&server, duration));
    print_row("one record by Id", &one, base.per_second);
    println!("\nmemory at its peak: {:.0} MiB", server.peak_memory_mib());
}

/// A short load before the one that counts.
fn measure(load: &Load) -> wrk::Measured {
    wrk::run(&Load {
        duration: Duration::from_secs(2),
        ..load.clone()
    });
    let measured = wrk::run(load);
    assert_eq!(measured.errors, 0, "every answer is a success");
    measured
}

fn print_row(what: &str, measured: &wrk::Measured, base: f64) {
    println!(
        "| {what} | 64 | {:.0} | {:.2} | {:.2} | {:.2} |",
        measured.per_second,
        measured.per_second / base,
        measured.p50,
        measured.p99
    );
}

/// Makes Contacts from webhooks until there are so many, with as many addresses as a load has
/// bodies.
fn fill(server: &Server, records: u64) -> Duration {
    let started = Instant::now();
    let body = r#"{"EntityName": "Contact", "Name": "Contact {n}", "Email": "{n}@example.com", "CountryId": "f8af0e88-f36b-1410-fa98-00155d043204"}"#;
    loop {
        let made = server.results().1;
        if made >= records {
            while server.waiting() > 0 {
                std::thread::sleep(Duration::from_millis(50));
            }
            return started.elapsed();
        }
        wrk::run(&Load {
            duration: Duration::from_secs(1),
            ..Load::webhook(server.webhook_url(), body)
        });
    }
}

/// A program that may read Contacts.
struct Program {
    client_id: String,
    secret: String,
    token: String,
}

impl Program {
    fn new(server: &Server) -> Self {
        server.ask(&["technical-user", "add", "Reports"]);
        server.ask(&["technical-user", "set", "Reports", "--odata", "on"]);
        for object in ["Contact", "Country"] {
            server.ask(&["grant", object, "--read", "--user", "Reports"]);
        }
        let definition =
            r#"{"objects": [{"code": "Contact", "columns": [{"code": "Email", "type": "email", "indexed": true}]}]}"#;
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), definition).expect("written");
        server.ask(&["object", "apply", file.path().to_str().expect("a path")]);
        let client = server.ask(&["client", "add", "Daily", "--user", "Reports"]);
        let text = |key: &str| client[key].as_str().expect(key).to_owned();
        let mut program = Self {
            client_id: text("client_id"),
            secret: text("secret"),
            token: String::new(),
        };
        program.token = program.token_new(&mut Connection::open(server.base()));
        program
    }

    fn form(&self) -> String {
        format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            self.client_id, self.secret
        )
    }

    fn token_new(&self, connection: &mut Connection) -> String {
        let headers = "Content-Type: application/x-www-form-urlencoded\r\n";
        let (status, body, _) = connection.send("POST", "/connect/token", headers, &self.form());
        assert_eq!(status, 200, "{body}");
        let answer: serde_json::Value = serde_json::from_str(&body).expect("JSON");
        answer["access_token"].as_str().expect("a token").to_owned()
    }

    fn token_load(&self, server: &Server, duration: Duration) -> Load {
        Load {
            method: "POST",
            url: format!("{}/connect/token", server.base()),
            headers: vec![("Content-Type", "application/x-www-form-urlencoded".to_owned())],
            body: self.form(),
            connections: 64,
            duration,
        }
    }

    fn get(&self, connection: &mut Connection, path: &str) -> (String, Duration) {
        let headers = format!("Authorization: Bearer {}\r\n", self.token);
        let (status, body, took) = connection.send("GET", path, &headers, "");
        assert_eq!(status, 200, "{path}: {body}");
        (body, took)
    }

    /// What checking a token costs at its first use: the same request with new tokens, then with
    /// the same ones again.
    fn first_use(&self, server: &Server) {
        let mut connection = Connection::open(server.base());
        let tokens: Vec<String> = (0..300).map(|_| self.token_new(&mut connection)).collect();
        let path = "/0/odata/Country(f8af0e88-f36b-1410-fa98-00155d043204)";
        let mut round = || -> Vec<Duration> {
            tokens
                .iter()
                .map(|token| {
                    let headers = format!("Authorization: Bearer {token}\r\n");
                    let (status, body, took) = connection.send("GET", path, &headers, "");
                    assert_eq!(status, 200, "{body}");
                    took
                })
                .collect()
        };
        let (first, _) = spread(round());
        let (again, _) = spread(round());
        println!(
            "\na request with a token that was not seen before takes {:.0} us, with a known one {:.0} us (medians): checking costs {:.0} us",
            first * 1000.0,
            again * 1000.0,
            (first - again) * 1000.0
        );
    }

    /// `$top=100` without a filter; gives the median in milliseconds.
    fn first_pages(&self, server: &Server, how_many: &str) -> f64 {
        if server.results().1 < 200 {
            fill(server, 200);
        }
        let mut connection = Connection::open(server.base());
        let times = (0..300).map(|_| {
            let (body, took) = self.get(&mut connection, "/0/odata/Contact?$top=100");
            assert_eq!(body.matches("\"Id\"").count(), 100);
            took
        });
        let (p50, p99) = spread(times.collect());
        println!("\n$top=100 among {how_many} Contacts: {p50:.2} ms (median), {p99:.2} ms (p99)");
        p50
    }

    /// `$filter` on an indexed column. Among a million Contacts each address is there 100 times.
    fn filtered(&self, server: &Server, contacts: u64) {
        let mut connection = Connection::open(server.base());
        let mut rows = Vec::new();
        let times: Vec<Duration> = (0..300)
            .map(|turn| {
                // The first addresses are in every load, so none of them is rare.
                let address = 1 + turn;
                let path = format!("/0/odata/Contact?$filter=Email%20eq%20'{address}@example.com'&$top=100");
                let (body, took) = self.get(&mut connection, &path);
                let found = body.matches("\"Id\"").count();
                if contacts >= 1_000_000 {
                    assert_eq!(found, 100, "{path}");
                }
                rows.push(found);
                took
            })
            .collect();
        let (p50, p99) = spread(times);
        rows.sort_unstable();
        println!(
            "$filter on an indexed column, {} rows (median): {p50:.2} ms (median), {p99:.2} ms (p99)",
            rows[rows.len() / 2]
        );
    }

    fn record_load(&self, server: &Server, duration: Duration) -> Load {
        let mut connection = Connection::open(server.base());
        let (body, _) = self.get(&mut connection, "/0/odata/Contact?$top=1&$select=Id");
        let page: serde_json::Value = serde_json::from_str(&body).expect("JSON");
        let id = page["value"][0]["Id"].as_str().expect("an id");
        Load {
            method: "GET",
            url: format!("{}/0/odata/Contact({id})", server.base()),
            headers: vec![("Authorization", format!("Bearer {}", self.token))],
            body: String::new(),
            connections: 64,
            duration,
        }
    }
}
