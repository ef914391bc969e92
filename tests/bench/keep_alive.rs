//! One connection, one request after the other: what a request takes when nobody else asks.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

pub struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    pub fn open(base: &str) -> Self {
        let address = base.split("//").nth(1).expect("an address");
        let stream = TcpStream::connect(address).expect("it answers");
        stream.set_nodelay(true).expect("a socket");
        Self {
            stream: BufReader::new(stream),
        }
    }

    /// Sends a request; gives the status, the body, and how long it took.
    pub fn send(&mut self, method: &str, path: &str, headers: &str, body: &str) -> (u16, String, Duration) {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let started = Instant::now();
        self.stream.get_mut().write_all(request.as_bytes()).expect("sent");
        let mut line = String::new();
        self.stream.read_line(&mut line).expect("an answer");
        let status = line
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .expect("a status");
        let mut length = 0;
        loop {
            line.clear();
            self.stream.read_line(&mut line).expect("headers");
            let header = line.trim_end().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            assert!(!header.starts_with("transfer-encoding"), "answers here have a length");
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().expect("a length");
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).expect("the body");
        let took = started.elapsed();
        (status, String::from_utf8(body).expect("text"), took)
    }
}

/// Median and 99th percentile, in milliseconds.
pub fn spread(mut times: Vec<Duration>) -> (f64, f64) {
    times.sort();
    let at = |part: usize| times[(times.len() * part / 100).min(times.len() - 1)].as_secs_f64() * 1000.0;
    (at(50), at(99))
}
