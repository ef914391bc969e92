//! The protocol of `sd_notify`: a datagram of lines to a Unix socket.

use std::fmt::Write as _;
use std::io::{self, IoSlice, Read as _};
use std::mem::MaybeUninit;
use std::net::TcpListener;
use std::os::fd::{AsFd as _, BorrowedFd};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::sync::Arc;
use std::time::Duration;

use rustix::cmsg_space;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketAddrUnix, sendmsg_addr};

use super::SocketName;
use crate::clock;

/// How long a message may wait for systemd. It is busy at times; READY must not get lost for that.
const PATIENCE: Duration = Duration::from_secs(10);

/// Reports the state of the service to systemd. Without a socket it does nothing; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Notifier(Option<Arc<Socket>>);

#[derive(Debug)]
struct Socket {
    socket: UnixDatagram,
    to: SocketAddrUnix,
}

impl Notifier {
    /// To the address in `NOTIFY_SOCKET`: a path, or `@` and an abstract name. Without a usable
    /// one the service runs all the same; systemd will say that it heard nothing.
    #[must_use]
    pub fn to(address: &str) -> Self {
        match Socket::to(address) {
            Ok(socket) => Self(Some(Arc::new(socket))),
            Err(error) => {
                tracing::warn!(address, %error, "systemd cannot be notified: NOTIFY_SOCKET is not usable");
                Self(None)
            }
        }
    }

    /// Whether there is a receiver.
    #[must_use]
    pub const fn is_heard(&self) -> bool {
        self.0.is_some()
    }

    /// What it does now, in one line.
    pub fn status(&self, status: &str) {
        self.send("", Some(status));
    }

    /// It serves; also the end of a reload.
    pub fn ready(&self, status: &str) {
        self.send("READY=1\n", Some(status));
    }

    /// It reads its files again. `ready` must follow.
    pub fn reloading(&self, status: &str) {
        let now = clock::monotonic().as_micros();
        self.send(&format!("RELOADING=1\nMONOTONIC_USEC={now}\n"), Some(status));
    }

    /// The service stops, and may take this long.
    pub fn stopping(&self, time: Duration, status: &str) {
        let micros = time.as_micros();
        self.send(&format!("STOPPING=1\nEXTEND_TIMEOUT_USEC={micros}\n"), Some(status));
    }

    /// The start continues and may take this much longer from now on.
    pub fn more_time(&self, time: Duration, status: &str) {
        self.send(&format!("EXTEND_TIMEOUT_USEC={}\n", time.as_micros()), Some(status));
    }

    /// A sign of life.
    pub fn alive(&self) {
        self.send("WATCHDOG=1\n", None);
    }

    /// Asks systemd to keep this socket open and pass it to the next process, if the unit allows it
    /// (`FileDescriptorStoreMax=`). Otherwise nothing happens.
    pub fn keep(&self, name: SocketName, listener: &TcpListener) {
        self.send_with(
            &format!("FDSTORE=1\nFDNAME={}\n", name.kept()),
            None,
            &[listener.as_fd()],
        );
    }

    /// systemd closes the sockets that it keeps by this name.
    pub fn socket_release(&self, name: SocketName) {
        self.send(&format!("FDSTOREREMOVE=1\nFDNAME={}\n", name.kept()), None);
    }

    /// Waits until systemd has processed every message so far.
    pub fn wait_heard(&self) {
        // systemd closes what comes with this message.
        let Ok((mut kept, sent)) = UnixStream::pair() else {
            return;
        };
        self.send_with("BARRIER=1", None, &[sent.as_fd()]);
        drop(sent);
        let waited = kept
            .set_read_timeout(Some(PATIENCE))
            .and_then(|()| kept.read(&mut [0; 1]));
        if let Err(error) = waited {
            tracing::warn!(%error, "systemd did not confirm the notifications");
        }
    }

    fn send(&self, state: &str, status: Option<&str>) {
        self.send_with(state, status, &[]);
    }

    fn send_with(&self, state: &str, status: Option<&str>, descriptors: &[BorrowedFd<'_>]) {
        let Some(socket) = &self.0 else { return };
        let mut message = state.to_owned();
        if let Some(status) = status {
            // A line break would begin another assignment.
            let _ = writeln!(message, "STATUS={}", status.replace(['\n', '\r'], " "));
        }
        let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
        let mut along = SendAncillaryBuffer::new(&mut space);
        if !descriptors.is_empty() {
            along.push(SendAncillaryMessage::ScmRights(descriptors));
        }
        let message = [IoSlice::new(message.as_bytes())];
        if let Err(error) = sendmsg_addr(&socket.socket, &socket.to, &message, &mut along, SendFlags::NOSIGNAL) {
            tracing::warn!(%error, "systemd cannot be notified of the state of the service");
        }
    }
}

impl Socket {
    fn to(address: &str) -> io::Result<Self> {
        let to = match address.strip_prefix('@') {
            Some(name) => SocketAddrUnix::new_abstract_name(name.as_bytes())?,
            None if address.starts_with('/') => SocketAddrUnix::new(address)?,
            None => return Err(io::Error::other("it is neither a path nor an abstract name")),
        };
        let socket = UnixDatagram::unbound()?;
        socket.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { socket, to })
    }
}

#[cfg(test)]
mod tests {
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::net::SocketAddr;

    use super::*;

    fn received(socket: &UnixDatagram) -> String {
        let mut buffer = [0; 1024];
        let length = socket.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    }

    #[test]
    fn messages_are_lines_of_the_protocol() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let systemd = UnixDatagram::bind(&path).unwrap();
        let notifier = Notifier::to(path.to_str().unwrap());
        assert!(notifier.is_heard());
        notifier.status("Opening");
        assert_eq!(received(&systemd), "STATUS=Opening\n");
        notifier.more_time(Duration::from_secs(60), "Applying: 41 %");
        assert_eq!(
            received(&systemd),
            "EXTEND_TIMEOUT_USEC=60000000\nSTATUS=Applying: 41 %\n"
        );
        notifier.ready("Serving\nREADY=0");
        assert_eq!(received(&systemd), "READY=1\nSTATUS=Serving READY=0\n");
        notifier.alive();
        assert_eq!(received(&systemd), "WATCHDOG=1\n");
        notifier.stopping(Duration::from_secs(80), "Ending");
        assert_eq!(
            received(&systemd),
            "STOPPING=1\nEXTEND_TIMEOUT_USEC=80000000\nSTATUS=Ending\n"
        );
        let before = clock::monotonic().as_micros();
        notifier.reloading("Reading");
        let reloading = received(&systemd);
        let lines: Vec<_> = reloading.lines().collect();
        let moment: u128 = lines[1].strip_prefix("MONOTONIC_USEC=").unwrap().parse().unwrap();
        assert_eq!((lines[0], lines[2]), ("RELOADING=1", "STATUS=Reading"));
        assert!((before..=clock::monotonic().as_micros()).contains(&moment));
    }

    #[test]
    fn an_abstract_name_is_an_address_too() {
        let name = format!("hookgate-test-{}", std::process::id());
        let systemd = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        Notifier::to(&format!("@{name}")).status("Here");
        assert_eq!(received(&systemd), "STATUS=Here\n");
    }

    #[test]
    fn nobody_is_told_where_nobody_can_be() {
        for address in ["relative", "vsock:2:1234"] {
            assert!(!Notifier::to(address).is_heard(), "{address}");
        }
        Notifier::default().ready("Serving");
        Notifier::to("/nowhere/at/all").ready("Serving");
    }
}
