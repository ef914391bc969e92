//! Sockets that listen already when the service starts, and stay open when it ends: those of a
//! socket unit, and those that an earlier process opened and systemd kept.

use std::net::{SocketAddr, TcpListener};

use listenfd::ListenFd;

/// A socket that systemd passed.
#[derive(Debug)]
pub struct GivenSocket {
    /// What it is for.
    pub name: SocketName,
    /// Whether an earlier process opened it, by the settings of then; else a socket unit did.
    pub kept: bool,
    pub address: SocketAddr,
    pub listener: TcpListener,
}

impl GivenSocket {
    /// Another handle of the same socket.
    ///
    /// # Errors
    /// When the process has too many open files.
    pub fn try_clone(&self) -> std::io::Result<Self> {
        Ok(Self {
            listener: self.listener.try_clone()?,
            ..*self
        })
    }
}

/// What a socket is for; `FileDescriptorName=` in the socket unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SocketName {
    /// `https`: in the place of `listen.address`.
    Https,
    /// `senders`: in the place of `listen.senders`.
    Senders,
    /// `plain`: in the place of `listen.plain_http`.
    Plain,
}

impl SocketName {
    /// By which systemd keeps one that the service opened itself.
    pub(super) const fn kept(self) -> &'static str {
        match self {
            Self::Https => "kept-https",
            Self::Senders => "kept-senders",
            Self::Plain => "kept-plain",
        }
    }
}

/// Why the sockets that were passed cannot be used. Each text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum SocketsError {
    #[error(
        "systemd passed a socket with the name {name:?}; set FileDescriptorName= in its socket unit to https, senders \
         or plain"
    )]
    Name { name: String },
    #[error(
        "the socket {name} that systemd passed is not a listening TCP socket; its socket unit needs ListenStream= \
         with an address or a port, and no Accept=yes"
    )]
    NotListening {
        name: String,
        #[source]
        source: Option<std::io::Error>,
    },
    #[error("systemd passed {passed} sockets and {names} names; each socket unit needs FileDescriptorName=")]
    Count { passed: usize, names: usize },
}

/// Takes the sockets that were passed. `names` is `LISTEN_FDNAMES`.
pub(super) fn take(names: Option<&str>) -> Result<Vec<GivenSocket>, SocketsError> {
    let mut passed = ListenFd::from_env();
    let names = names_of(passed.len(), names)?;
    let mut given = Vec::new();
    for (at, (text, name, kept)) in names.into_iter().enumerate() {
        let not_listening = |source| SocketsError::NotListening {
            name: text.clone(),
            source,
        };
        let listener = passed
            .take_tcp_listener(at)
            .map_err(|error| not_listening(Some(error)))?
            .ok_or_else(|| not_listening(None))?;
        let listens = rustix::net::sockopt::socket_acceptconn(&listener).unwrap_or(false);
        let address = listener.local_addr().map_err(|error| not_listening(Some(error)))?;
        if !listens {
            return Err(not_listening(None));
        }
        given.push(GivenSocket {
            name,
            kept,
            address,
            listener,
        });
    }
    Ok(given)
}

/// What each socket is for. A single one needs no name: systemd then passes that of its unit.
fn names_of(count: usize, names: Option<&str>) -> Result<Vec<(String, SocketName, bool)>, SocketsError> {
    let unnamed = |name: &str| name.is_empty() || name == "unknown" || name.ends_with(".socket");
    let names: Vec<&str> = names.map(|names| names.split(':').collect()).unwrap_or_default();
    if count == 1 && names.first().is_none_or(|name| unnamed(name)) && names.len() < 2 {
        return Ok(vec![("https".to_owned(), SocketName::Https, false)]);
    }
    if names.len() != count {
        return Err(SocketsError::Count {
            passed: count,
            names: names.len(),
        });
    }
    let all = [
        ("https", SocketName::Https),
        ("senders", SocketName::Senders),
        ("plain", SocketName::Plain),
    ];
    let name_of = |text: &str| {
        let found = all.into_iter().find_map(|(given, name)| match text {
            _ if text == given => Some((text.to_owned(), name, false)),
            _ if text == name.kept() => Some((text.to_owned(), name, true)),
            _ => None,
        });
        found.ok_or_else(|| SocketsError::Name { name: text.to_owned() })
    };
    names.into_iter().map(name_of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(count: usize, names: Option<&str>) -> Option<Vec<SocketName>> {
        let names = names_of(count, names).ok()?;
        Some(names.into_iter().map(|(_, name, _)| name).collect())
    }

    #[test]
    fn sockets_are_known_by_their_names() {
        use SocketName::{Https, Plain, Senders};
        for unnamed in [None, Some(""), Some("unknown"), Some("hookgate.socket"), Some("https")] {
            assert_eq!(known(1, unnamed), Some(vec![Https]), "{unnamed:?}");
        }
        assert_eq!(known(1, Some("senders")), Some(vec![Senders]));
        assert_eq!(known(3, Some("senders:https:plain")), Some(vec![Senders, Https, Plain]));
        // Several addresses in one unit have one name.
        assert_eq!(known(2, Some("https:https")), Some(vec![Https, Https]));
        for wrong in [None, Some("https"), Some("https:other"), Some("https:senders:plain")] {
            assert_eq!(known(2, wrong), None, "{wrong:?}");
        }
        assert_eq!(known(1, Some("admin")), None);
    }

    #[test]
    fn those_of_an_earlier_process_are_told_from_those_of_a_unit() {
        let names = names_of(3, Some("kept-plain:https:kept-senders")).unwrap();
        let found: Vec<_> = names.into_iter().map(|(_, name, kept)| (name, kept)).collect();
        let expected = [
            (SocketName::Plain, true),
            (SocketName::Https, false),
            (SocketName::Senders, true),
        ];
        assert_eq!(found, expected);
        // Not mistaken for the unnamed socket of a unit.
        assert!(names_of(1, Some("kept-https")).unwrap()[0].2);
    }
}
