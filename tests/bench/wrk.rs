//! Running wrk and reading what it measured.

use std::io::Write;
use std::process::Command;
use std::time::Duration;

/// How many different bodies a load sends.
pub const VARIANTS: u64 = 10_000;

/// What is sent, and how.
#[derive(Clone)]
pub struct Load {
    pub method: &'static str,
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    /// `{n}` in it stands for the number of the request, from 1 to [`VARIANTS`] and again.
    pub body: String,
    pub connections: usize,
    pub duration: Duration,
}

impl Load {
    /// A webhook with this body.
    pub fn webhook(url: String, body: &str) -> Self {
        Self {
            method: "POST",
            url,
            headers: vec![("Content-Type", "application/json".to_owned())],
            body: body.to_owned(),
            connections: 64,
            duration: Duration::from_secs(2),
        }
    }
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
    let (method, body) = (load.method, &load.body);
    for (name, value) in &load.headers {
        writeln!(script, "wrk.headers[\"{name}\"] = [==[{value}]==]").expect("the script is written");
    }
    if body.contains("{n}") {
        writeln!(
            script,
            "local n = 0\nlocal body = [==[{body}]==]\nrequest = function() n = n % {VARIANTS} + 1; \
             return wrk.format(nil, nil, nil, (body:gsub('{{n}}', n))) end"
        )
        .expect("the script is written");
    }
    write!(
        script,
        r#"
wrk.method = "{method}"
wrk.body = [==[{body}]==]
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
