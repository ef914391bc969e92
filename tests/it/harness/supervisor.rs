//! A stand-in for systemd: hears what a service says, and passes it sockets that listen already.

use std::os::fd::AsFd;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use super::{Server, wait_for};

/// What ends the recorder's thread.
const END: &[u8] = b"end of the recording";

/// A socket that records what it is sent.
pub struct Recorder {
    path: PathBuf,
    messages: Arc<Mutex<Vec<String>>>,
    thread: Option<JoinHandle<()>>,
}

impl Recorder {
    /// At the path that the server is given as `NOTIFY_SOCKET`.
    pub fn of(server: &mut Server) -> Self {
        let path = server.folder().join("notify");
        server.variable("NOTIFY_SOCKET", path.to_str().unwrap());
        let socket = UnixDatagram::bind(&path).unwrap();
        let messages = Arc::new(Mutex::new(Vec::new()));
        let recorded = Arc::clone(&messages);
        let thread = std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                let length = socket.recv(&mut buffer).unwrap();
                if &buffer[..length] == END {
                    return;
                }
                let message = String::from_utf8(buffer[..length].to_vec()).unwrap();
                recorded.lock().unwrap().push(message);
            }
        });
        Self {
            path,
            messages,
            thread: Some(thread),
        }
    }

    /// All that was said so far.
    pub fn messages(&self) -> Vec<String> {
        self.messages.lock().unwrap().clone()
    }

    /// Waits until a message behind the first `after` begins so; gives its number.
    pub fn wait(&self, after: usize, start: &str) -> usize {
        wait_for(start, || {
            let messages = self.messages();
            let found = messages
                .iter()
                .skip(after)
                .position(|message| message.starts_with(start));
            found.map(|found| after + found)
        })
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let sent = UnixDatagram::unbound().and_then(|socket| socket.send_to(END, &self.path));
        if let Some(thread) = self.thread.take().filter(|_| sent.is_ok()) {
            let _ = thread.join();
        }
    }
}

/// The same command with a socket passed to it as systemd does it: as descriptor 3, with
/// variables that say so and name the process. A shell moves it there, as nothing in Rust can do
/// that safely.
pub fn passing(command: &Command, socket: &impl AsFd) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", "exec 3<&0 0</dev/null; export LISTEN_PID=$$; exec \"$@\"", "sh"])
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear()
        .env("LISTEN_FDS", "1")
        .envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .current_dir(command.get_current_dir().unwrap_or(Path::new("/")))
        .stdin(Stdio::from(socket.as_fd().try_clone_to_owned().unwrap()));
    shell
}
