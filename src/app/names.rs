//! The names and addresses by which this server is reached.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::config::Settings;
use crate::http::Hosts;
use crate::tls::{Audience, host};

/// What Webhook URLs start with: as set, or made from the host's name and the port. A listener
/// that only this machine reaches is reached as localhost.
pub fn public_url(settings: &Settings, senders: SocketAddr) -> String {
    settings.listen.public_url.clone().unwrap_or_else(|| made_url(senders))
}

/// What access tokens name as their issuer: as set, or the public URL where that is the one
/// listener's, or made as that would be.
pub fn issuer_url(settings: &Settings, operations: SocketAddr) -> String {
    let listen = &settings.listen;
    let public = || listen.public_url.clone().filter(|_| listen.senders.is_none());
    let set = settings.tokens.issuer.clone();
    set.or_else(public).unwrap_or_else(|| made_url(operations))
}

/// How senders reach the listener with the certificate. A server that makes its own certificate and
/// is reachable from this machine only, although Webhook URLs name another host, is behind a proxy.
#[must_use]
pub fn audience(settings: &Settings) -> Audience {
    let senders = settings.listen.senders.unwrap_or(settings.listen.address);
    let audience = Audience::of_url(&public_url(settings, senders));
    let elsewhere = settings.listen.public_url.is_some() && !audience.host.as_deref().is_some_and(is_here);
    Audience {
        behind_proxy: settings.tls.files.is_none() && senders.ip().is_loopback() && elsewhere,
        ..audience
    }
}

fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

/// The names for a self-signed certificate besides those of this machine.
pub fn certificate_names(settings: &Settings) -> Vec<String> {
    let mut names = settings.tls.names.clone();
    names.extend(settings.listen.public_url.as_deref().and_then(host));
    names
}

fn made_url(listener: SocketAddr) -> String {
    let uname = rustix::system::uname();
    let host = uname
        .nodename()
        .to_str()
        .ok()
        .filter(|name| !name.is_empty() && !listener.ip().is_loopback());
    let port = match listener.port() {
        443 => String::new(),
        port => format!(":{port}"),
    };
    format!("https://{}{port}", host.unwrap_or("localhost"))
}

/// The address by which this machine reaches one of its listeners.
pub const fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        _ => IpAddr::V4(Ipv4Addr::LOCALHOST),
    };
    SocketAddr::new(ip, address.port())
}

/// The names under which people and scripts reach this server.
pub fn hosts(settings: &Settings) -> Hosts {
    let uname = rustix::system::uname();
    let own = uname.nodename().to_str().unwrap_or_default();
    let urls = [&settings.listen.public_url, &settings.tokens.issuer];
    let names = settings.tls.names.iter().chain(&settings.admin.hosts);
    let names = names.chain(urls.into_iter().flatten()).map(String::as_str);
    Hosts::new(names.chain(Some(own).filter(|own| !own.is_empty())))
}
