//! How fast webhooks are taken, processed and kept, against an empty handler in the same run.
//!
//! `cargo bench --bench intake` (needs `wrk`). Every webhook becomes a Contact while the run
//! goes on. `HOOKGATE_BENCH_SECONDS` sets how long each measurement takes (default 10).

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
mod host;
#[path = "../common/program.rs"]
mod program;
mod server;
mod wrk;

use std::time::Duration;

use wrk::Load;

/// The example of the vendor's help, with the braces that it lacks.
const BODY: &str = r#"{"Name": "John Best", "Email": "j.best@ourcompany.com", "MobilePhone": "+1 212 542 4238", "CountryId": "f8af0e88-f36b-1410-fa98-00155d043204", "EntityName": "Contact"}"#;

fn main() {
    if let Ok(mode) = std::env::var(empty::MODE) {
        empty::serve(&mode);
        return;
    }
    let seconds: u64 = std::env::var("HOOKGATE_BENCH_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(10);
    let duration = Duration::from_secs(seconds);
    let folder = tempfile::tempdir().expect("a folder for data");
    println!("cores: {}", std::thread::available_parallelism().map_or(0, usize::from));
    println!(
        "fdatasync of 16 KiB in a file filled before: {:.3} ms (median)",
        host::fdatasync_millis(folder.path())
    );
    println!();
    println!(
        "| what | connections | requests/s | ratio | p50 ms | p99 ms | store behind, at most | left 2 s after | peak memory |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    let mut failures = Vec::new();
    let mut idle = None;
    for tls in [false, true] {
        let name = if tls { "HTTPS" } else { "HTTP" };
        for connections in [64, 512] {
            let mut load = Load {
                connections,
                duration,
                ..Load::webhook(String::new(), BODY)
            };
            let handler = empty::Empty::start(tls);
            load.url = handler.url();
            wrk::run(&Load {
                duration: Duration::from_secs(2),
                ..load.clone()
            });
            let base = wrk::run(&load);
            drop(handler);
            println!(
                "| empty handler, {name} | {connections} | {:.0} | 1 | {:.2} | {:.2} | | | |",
                base.per_second, base.p50, base.p99
            );
            let data = folder.path().join(format!("{name}-{connections}"));
            let server = server::Server::start(&data, tls);
            load.url = server.webhook_url();
            if !tls && idle.is_none() {
                idle = Some((server.idle_latency(BODY), server.memory_mib()));
            }
            wrk::run(&Load {
                duration: Duration::from_secs(2),
                ..load.clone()
            });
            let watch = server.watch();
            let real = wrk::run(&load);
            let lag = watch.finish();
            std::thread::sleep(Duration::from_secs(2));
            let left = server.waiting();
            let (done, contacts) = server.results();
            println!(
                "| Hookgate, {name} | {connections} | {:.0} | {:.2} | {:.2} | {:.2} | {:.0} ms ({} entries) | {left} | {:.0} MiB |",
                real.per_second,
                real.per_second / base.per_second,
                real.p50,
                real.p99,
                lag.longest.as_secs_f64() * 1000.0,
                lag.entries,
                server.peak_memory_mib(),
            );
            if real.errors > 0 {
                failures.push(format!("{name} {connections}: {} answers were not 200", real.errors));
            }
            if done != contacts {
                failures.push(format!(
                    "{name} {connections}: {done} webhooks are Done, {contacts} Contacts were made"
                ));
            }
            drop(server);
            let _ = std::fs::remove_dir_all(&data);
        }
    }
    if let Some((latency, memory)) = idle {
        println!();
        println!(
            "idle: {:.1} ms from the answer to the record (median), {memory:.0} MiB of memory",
            latency.as_secs_f64() * 1000.0
        );
    }
    for failure in &failures {
        println!("\n{failure}");
    }
    assert!(failures.is_empty(), "the run was not clean");
}
