//! The Host header: only names of this server are accepted. Otherwise a foreign page whose name
//! resolves to this server (DNS rebinding) would have the same origin as the admin page.

use std::collections::BTreeSet;
use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::HOST;

/// The names, in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hosts(BTreeSet<String>);

impl Hosts {
    /// These names, or those of URLs, and `localhost`. Addresses are always accepted: no name was
    /// resolved for them, so DNS rebinding is impossible.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let names = names.into_iter().chain(["localhost"]);
        Self(names.map(|name| host_of(name).to_ascii_lowercase()).collect())
    }

    /// Whether a request names this server.
    pub fn knows(&self, request: &HttpRequest) -> bool {
        let mut all = request.headers().get_all(HOST);
        let (Some(host), None) = (all.next(), all.next()) else {
            return false;
        };
        host.to_str().is_ok_and(|host| self.has(host))
    }

    fn has(&self, authority: &str) -> bool {
        let host = host_of(authority);
        let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        address.unwrap_or(host).parse::<IpAddr>().is_ok() || self.0.contains(&host.to_ascii_lowercase())
    }
}

/// The host of a URL or of an authority; a name is its own.
fn host_of(text: &str) -> &str {
    let text = text.split_once("://").map_or(text, |(_, rest)| rest);
    let text = text.split('/').next().unwrap_or_default();
    let end = text.rfind(':').filter(|at| {
        text.get(at + 1..)
            .is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
            && (text.starts_with('[') || text.matches(':').count() == 1)
            && !text.ends_with(']')
    });
    let host = end.and_then(|at| text.get(..at)).unwrap_or(text);
    host.trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_this_server_and_addresses() {
        let hosts = Hosts::new(["https://Hooks.example.test:8443/x", "box", "10.0.0.1", "::1"]);
        for (host, known) in [
            ("hooks.example.test", true),
            ("HOOKS.example.test:8443", true),
            ("hooks.example.test.", true),
            ("box:1", true),
            ("localhost", true),
            ("127.0.0.1:8443", true),
            ("[::1]:8443", true),
            ("[fe80::1]", true),
            ("192.168.7.7", true),
            ("evil.example", false),
            ("hooks.example.test.evil.example", false),
            ("xhooks.example.test", false),
            ("127.0.0.1.evil.example", false),
            ("", false),
            (":8443", false),
            ("box@evil.example", false),
        ] {
            assert_eq!(hosts.has(host), known, "{host}");
        }
    }
}
