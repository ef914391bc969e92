//! Running wrk and reading what it measured.

use std::io::Write;
use std::process::Command;
use std::time::Duration;

/// What is sent, and how.
#[derive(Clone)]
pub struct Load {
    pub url: String,
    pub body: &'static str,
    pub connections: usize,
    pub duration: Duration,
}

/// What came of it; times in milliseconds.
pub struct Measured {
    pub per_second: f64,
    pub p50: f64,
    pub p99: f64,
    pub errors: u64,
}

pub fn run(load: &Load) -> Measured {
    let mut script = tempfile::Builder::new()
        .suffix(".lua")
        .tempfile()
        .expect("a script file");
    let body = load.body;
    write!(
        script,
        r#"
wrk.method = "POST"
wrk.body = [==[{body}]==]
wrk.headers["Content-Type"] = "application/json"
done = function(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format("RESULT %d %d %f %f %d\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
"#
    )
    .expect("the script is written");
    let output = Command::new("wrk")
        .args(["-t", "2", "-c", &load.connections.to_string()])
        .args(["-d", &format!("{}s", load.duration.as_secs())])
        .arg("-s")
        .arg(script.path())
        .arg(&load.url)
        .output()
        .expect("wrk runs; install it with 'apt-get install wrk'");
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("RESULT "))
        .unwrap_or_else(|| panic!("no result from wrk: {text} {}", String::from_utf8_lossy(&output.stderr)));
    let numbers: Vec<f64> = line.split(' ').map(|word| word.parse().expect("a number")).collect();
    Measured {
        per_second: numbers[0] / (numbers[1] / 1e6),
        p50: numbers[2] / 1000.0,
        p99: numbers[3] / 1000.0,
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        errors: numbers[4] as u64,
    }
}
