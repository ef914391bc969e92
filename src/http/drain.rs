//! Stopping on sockets that stay open when this process ends: new connections wait in the system,
//! and the next process serves them. This process must serve each connection that it accepted, or
//! the connection would be lost between the two.
//!
//! At a stop, the HTTP library drops connections that it accepted but whose request it has not
//! started. So it first stops accepting, and stops once every connection has had its first request.

use std::fs;
use std::os::fd::RawFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// After this long without activity, all accepted connections count as known: a connection between
/// the kernel and this process, or within its TLS handshake, is not visible.
const QUIET: Duration = Duration::from_secs(2);

/// How often it looks.
const LOOK: Duration = Duration::from_millis(10);

/// The maximum that one check counts: while the machine is suspended, no time counts as quiet.
const MAX_POLL_INTERVAL: Duration = Duration::from_millis(50);

/// What the connections of a server have in common.
#[derive(Debug, Default)]
pub struct Drain {
    draining: AtomicBool,
    /// Connections that had no request yet.
    fresh: AtomicUsize,
    /// Grows with each connection and each first request.
    moves: AtomicU64,
}

/// Kept with a connection while it is open.
#[derive(Debug)]
pub struct Opened {
    drain: Arc<Drain>,
    fresh: AtomicBool,
}

impl Opened {
    /// A connection that has sent no request yet.
    pub fn new(drain: &Arc<Drain>) -> Self {
        drain.fresh.fetch_add(1, Ordering::AcqRel);
        drain.moves.fetch_add(1, Ordering::AcqRel);
        Self {
            drain: Arc::clone(drain),
            fresh: AtomicBool::new(true),
        }
    }

    /// Whether the current response is the last of its connection.
    pub fn is_last(&self) -> bool {
        self.drain.draining.load(Ordering::Acquire)
    }

    /// A request is there.
    pub fn request(&self) {
        if self.fresh.swap(false, Ordering::AcqRel) {
            self.drain.fresh.fetch_sub(1, Ordering::AcqRel);
            self.drain.moves.fetch_add(1, Ordering::AcqRel);
        }
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.request();
    }
}

impl Drain {
    /// From now on each response is the last of its connection.
    pub fn begin(&self) {
        self.draining.store(true, Ordering::Release);
    }

    /// Waits until these sockets accept nothing and every connection has had its first request, but
    /// not longer than `at_most`.
    pub fn wait(&self, sockets: &[RawFd], at_most: Duration) {
        let started = Instant::now();
        let polls = polls();
        let mut quiet = Quiet::new(started);
        while started.elapsed() < at_most {
            let moves = self.moves.load(Ordering::Acquire);
            let busy = self.fresh.load(Ordering::Acquire) > 0 || watched(&polls, sockets);
            if quiet.look(Instant::now(), moves, busy) {
                return;
            }
            thread::sleep(LOOK);
        }
    }
}

/// For how long nothing has happened.
struct Quiet {
    lasts: Duration,
    looked: Instant,
    moves: u64,
}

impl Quiet {
    const fn new(now: Instant) -> Self {
        Self {
            lasts: Duration::ZERO,
            looked: now,
            moves: 0,
        }
    }

    /// Whether that is long enough.
    fn look(&mut self, now: Instant, moves: u64, busy: bool) -> bool {
        if busy || moves != self.moves {
            self.lasts = Duration::ZERO;
        } else {
            self.lasts += now.duration_since(self.looked).min(MAX_POLL_INTERVAL);
        }
        (self.looked, self.moves) = (now, moves);
        self.lasts >= QUIET
    }
}

/// What this process waits for events with, as the system describes it.
fn polls() -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir("/proc/self/fd") else {
        return Vec::new();
    };
    let is_poll = |path: &PathBuf| fs::read_link(path).is_ok_and(|to| to.as_os_str() == "anon_inode:[eventpoll]");
    let paths = entries.flatten().map(|entry| entry.path()).filter(is_poll);
    paths
        .filter_map(|path| Some(PathBuf::from("/proc/self/fdinfo").join(path.file_name()?)))
        .collect()
}

/// Whether one of the sockets is still waited at. The library does not say when it has ended
/// that; the system does. Where it cannot be asked, the quiet must do.
fn watched(polls: &[PathBuf], sockets: &[RawFd]) -> bool {
    let watches = |line: &str| {
        let mut words = line.split_whitespace();
        let socket = words.next().filter(|word| *word == "tfd:").and_then(|_| words.next());
        socket.is_some_and(|socket| sockets.iter().any(|known| socket.parse() == Ok(*known)))
    };
    polls
        .iter()
        .filter_map(|poll| fs::read_to_string(poll).ok())
        .any(|text| text.lines().any(watches))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::os::fd::AsRawFd as _;

    use super::*;

    #[test]
    fn a_connection_is_fresh_until_its_first_request() {
        let drain = Arc::new(Drain::default());
        let fresh = || drain.fresh.load(Ordering::Acquire);
        let (one, other) = (Opened::new(&drain), Opened::new(&drain));
        assert_eq!(fresh(), 2);
        one.request();
        one.request();
        assert_eq!(fresh(), 1);
        assert!(!one.is_last());
        drop(other);
        assert_eq!(fresh(), 0, "it went away without a request");
        drain.begin();
        assert!(one.is_last());
    }

    #[test]
    fn it_is_quiet_once_nothing_happens_for_a_while() {
        let looks = u32::try_from(QUIET.as_millis() / LOOK.as_millis()).unwrap();
        let mut now = Instant::now();
        let mut quiet = Quiet::new(now);
        let mut look = |times: u32, every: Duration, moves, busy| {
            (0..times).any(|_| {
                now += every;
                quiet.look(now, moves, busy)
            })
        };
        assert!(!look(looks - 1, LOOK, 0, false));
        assert!(!look(1, LOOK, 1, false), "a connection came");
        assert!(!look(looks - 1, LOOK, 1, false));
        assert!(!look(1, LOOK, 1, true), "it had no request yet");
        assert!(!look(1, QUIET * 5, 1, false), "nobody could do anything meanwhile");
        let rest = looks - u32::try_from(MAX_POLL_INTERVAL.as_millis() / LOOK.as_millis()).unwrap();
        assert!(!look(rest - 1, LOOK, 1, false));
        assert!(look(1, LOOK, 1, false));
    }

    #[test]
    fn a_connection_without_a_request_is_not_waited_for_without_end() {
        let drain = Arc::new(Drain::default());
        let _never = Opened::new(&drain);
        drain.wait(&[], Duration::from_millis(20));
        assert_eq!(drain.fresh.load(Ordering::Acquire), 1);
    }

    #[tokio::test]
    async fn a_socket_is_watched_while_somebody_waits_at_it() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let socket = [listener.as_raw_fd()];
        assert!(!watched(&polls(), &socket));
        let waiting = tokio::net::TcpListener::from_std(listener).unwrap();
        assert!(watched(&polls(), &socket));
        let given_back = waiting.into_std().unwrap();
        assert!(!watched(&polls(), &socket));
        drop(given_back);
    }
}
