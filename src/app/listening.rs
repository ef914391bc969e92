//! Where to listen: sockets that systemd opened, those that it kept from the run before, new ones.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::config::Settings;
use crate::http::{Listener, ServeError, Serves, listen};
use crate::systemd::{GivenSocket, Notifier, SocketName};
use crate::tls::CertificateResolver;

/// Opens the listening sockets. A socket from systemd replaces the address in the settings; for a
/// socket that is newly opened, systemd is asked to keep a handle, so that connections wait in it
/// while the next process starts.
///
/// # Errors
/// When an address cannot be listened on.
pub fn listeners(
    settings: &Settings,
    sockets: Vec<GivenSocket>,
    certificate: &Arc<CertificateResolver>,
    notifier: &Notifier,
) -> Result<Vec<Listener>, ServeError> {
    let everybody = match settings.listen.senders {
        None => Serves::Everything,
        Some(_) => Serves::Operations,
    };
    let mut sockets = sockets;
    let mut listeners = Vec::new();
    for (name, serves, tls) in [
        (SocketName::Senders, Serves::Webhooks, true),
        (SocketName::Https, everybody, true),
        (SocketName::Plain, Serves::Everything, false),
    ] {
        let (given, others): (Vec<_>, Vec<_>) = sockets.into_iter().partition(|socket| socket.name == name);
        sockets = others;
        let mut opened: Vec<_> = given.into_iter().map(|socket| (socket.listener, true)).collect();
        if let Some(address) = address(settings, name).filter(|_| opened.is_empty()) {
            let socket = listen(address)?;
            notifier.keep(name, &socket);
            opened.push((socket, notifier.is_heard()));
        }
        listeners.extend(opened.into_iter().map(|(socket, stays)| Listener {
            socket,
            stays,
            serves,
            tls: tls.then(|| Arc::clone(certificate)),
        }));
    }
    Ok(listeners)
}

/// The settings with the addresses of the sockets from systemd.
pub fn addresses_given(settings: &Arc<Settings>, sockets: &[GivenSocket]) -> Arc<Settings> {
    if sockets.is_empty() {
        return Arc::clone(settings);
    }
    let given = |name| {
        sockets
            .iter()
            .find(|socket| socket.name == name)
            .map(|socket| socket.address)
    };
    let mut settings = Settings::clone(settings);
    let listen = &mut settings.listen;
    listen.address = given(SocketName::Https).unwrap_or(listen.address);
    listen.senders = given(SocketName::Senders).or(listen.senders);
    listen.plain_http = given(SocketName::Plain).or(listen.plain_http);
    Arc::new(settings)
}

/// The sockets to use of those that systemd passed: of the kept ones only what the settings still
/// ask for. systemd lets go of the others before this returns, as they may hold an address that is
/// needed.
pub fn sockets_wanted(settings: &Settings, passed: Vec<GivenSocket>, notifier: &Notifier) -> Vec<GivenSocket> {
    let opened: Vec<_> = passed
        .iter()
        .filter(|socket| !socket.kept)
        .map(|socket| socket.name)
        .collect();
    let wanted = |socket: &GivenSocket| {
        let address = address(settings, socket.name).filter(|_| !opened.contains(&socket.name));
        !socket.kept || address.is_some_and(|address| serves_as(socket.address, address))
    };
    let (wanted, others): (Vec<_>, Vec<_>) = passed.into_iter().partition(wanted);
    if others.is_empty() {
        return wanted;
    }
    for socket in others {
        tracing::info!(address = %socket.address, "this address is no longer in the settings: its socket is closed");
        notifier.socket_release(socket.name);
    }
    notifier.wait_heard();
    wanted
}

/// Where the settings ask to listen for this.
const fn address(settings: &Settings, name: SocketName) -> Option<SocketAddr> {
    match name {
        SocketName::Https => Some(settings.listen.address),
        SocketName::Senders => settings.listen.senders,
        SocketName::Plain => settings.listen.plain_http,
    }
}

/// Whether a socket that listens here is the requested one. Any port matches port 0.
fn serves_as(here: SocketAddr, asked: SocketAddr) -> bool {
    here.ip() == asked.ip() && (asked.port() == 0 || here.port() == asked.port())
}
