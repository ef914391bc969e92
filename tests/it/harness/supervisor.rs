//! A stand-in for systemd: recorded what a service says, keeps what it asks to have kept, and passes
//! it sockets that listen already.

use std::collections::BTreeMap;
use std::io::IoSliceMut;
use std::mem::MaybeUninit;
use std::net::TcpListener;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use rustix::cmsg_space;
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};

use super::{Server, wait_for};

/// What ends the recorder's thread.
const END: &[u8] = b"end of the recording";

/// A socket that records what it is sent.
pub struct Recorder {
    path: PathBuf,
    heard: Arc<Mutex<Heard>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Heard {
    /// All messages but those that brought something to keep.
    messages: Vec<String>,
    /// What is kept, by its name.
    kept: BTreeMap<String, OwnedFd>,
}

impl Heard {
    fn hear(&mut self, message: String, descriptor: Option<OwnedFd>) {
        let name = |rest: &str| rest.trim_start_matches("FDNAME=").trim_end().to_owned();
        if let Some(rest) = message.strip_prefix("FDSTORE=1\n") {
            self.kept.insert(name(rest), descriptor.expect("something to keep"));
            return;
        }
        if let Some(rest) = message.strip_prefix("FDSTOREREMOVE=1\n") {
            self.kept.remove(&name(rest));
        }
        // What comes with a barrier is closed here.
        self.messages.push(message);
    }
}

/// The next message, and the descriptor that comes along.
fn receive(socket: &UnixDatagram) -> (Vec<u8>, Option<OwnedFd>) {
    let mut buffer = [0; 4096];
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
    let mut along = RecvAncillaryBuffer::new(&mut space);
    let received = recvmsg(
        socket,
        &mut [IoSliceMut::new(&mut buffer)],
        &mut along,
        RecvFlags::CMSG_CLOEXEC,
    );
    let length = received.unwrap().bytes;
    let descriptor = along.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
        _ => None,
    });
    (buffer[..length].to_vec(), descriptor)
}

impl Recorder {
    /// At the path that the server is given as `NOTIFY_SOCKET`.
    pub fn of(server: &mut Server) -> Self {
        let path = server.folder().join("notify");
        server.variable("NOTIFY_SOCKET", path.to_str().unwrap());
        let socket = UnixDatagram::bind(&path).unwrap();
        let heard: Arc<Mutex<Heard>> = Arc::default();
        let recorded = Arc::clone(&heard);
        let thread = std::thread::spawn(move || {
            loop {
                let (message, descriptor) = receive(&socket);
                if message == END {
                    return;
                }
                let message = String::from_utf8(message).unwrap();
                recorded.lock().unwrap().hear(message, descriptor);
            }
        });
        Self {
            path,
            heard,
            thread: Some(thread),
        }
    }

    /// A handle of the socket that is kept by this name, if one is.
    pub fn kept(&self, name: &str) -> Option<TcpListener> {
        let heard = self.heard.lock().unwrap();
        let kept = heard.kept.get(name)?;
        Some(TcpListener::from(kept.try_clone().unwrap()))
    }

    /// The names of all that is kept.
    pub fn names_kept(&self) -> Vec<String> {
        self.heard.lock().unwrap().kept.keys().cloned().collect()
    }

    /// All that was said so far.
    pub fn messages(&self) -> Vec<String> {
        self.heard.lock().unwrap().messages.clone()
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
