//! The resources that tokens are for (RFC 8707), the issuer, and the URLs of the endpoints.

use crate::domain::client::{SCOPE_API, SCOPE_API_ADMIN, SCOPE_METRICS, SCOPE_ODATA, SCOPE_WEBHOOK_SEND, SCOPES};

/// A resource that a token gives access to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// The issuer itself, which includes all resources. The default of a token request.
    Issuer,
    /// The `OData` interface, at either of its URLs.
    Odata,
    Webhooks,
    /// The API of the admin page and of scripts.
    Api,
    /// The metrics for monitoring systems.
    Metrics,
}

impl Resource {
    /// Whether the resource knows a scope.
    #[must_use]
    pub fn knows(self, scope: &str) -> bool {
        match self {
            Self::Issuer => SCOPES.contains(&scope),
            Self::Odata => scope == SCOPE_ODATA,
            Self::Webhooks => scope == SCOPE_WEBHOOK_SEND,
            Self::Api => [SCOPE_API, SCOPE_API_ADMIN].contains(&scope),
            Self::Metrics => scope == SCOPE_METRICS,
        }
    }
}

/// The URL of the issuer and the URLs derived from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Urls {
    /// The issuer: an https URL without a slash at the end, and without query and fragment.
    pub issuer: String,
    /// The path of the issuer, usually empty.
    pub path: String,
    resources: [(String, Resource); 6],
}

/// The path of the token endpoint, below the issuer.
pub const TOKEN_PATH: &str = "/connect/token";
/// The path of the introspection endpoint (RFC 7662).
pub const INTROSPECTION_PATH: &str = "/connect/introspect";
/// The path of the revocation endpoint (RFC 7009).
pub const REVOCATION_PATH: &str = "/connect/revocation";
/// The path of the public keys.
pub const JWKS_PATH: &str = "/.well-known/jwks.json";

impl Urls {
    /// Derives all URLs of an issuer.
    #[must_use]
    pub fn new(issuer: &str) -> Self {
        let issuer = issuer.trim_end_matches('/').to_owned();
        let path = issuer
            .split_once("://")
            .and_then(|(_, rest)| rest.find('/').and_then(|at| rest.get(at..)))
            .unwrap_or_default()
            .to_owned();
        let below = |path: &str| format!("{issuer}{path}");
        Self {
            resources: [
                (issuer.clone(), Resource::Issuer),
                (below("/0/odata"), Resource::Odata),
                (below("/odata"), Resource::Odata),
                (below("/webhooks"), Resource::Webhooks),
                (below("/api/v1"), Resource::Api),
                (below("/metrics"), Resource::Metrics),
            ],
            path,
            issuer,
        }
    }

    /// The resource with this URL.
    #[must_use]
    pub fn resource(&self, url: &str) -> Option<Resource> {
        let found = self.resources.iter().find(|(known, _)| known == url);
        found.map(|(_, resource)| *resource)
    }

    /// Whether an assertion may have this audience: the issuer, or, if `endpoint_too`, the token
    /// endpoint.
    #[must_use]
    pub fn is_audience(&self, audience: &str, endpoint_too: bool) -> bool {
        let endpoint = || audience.strip_prefix(self.issuer.as_str()) == Some(TOKEN_PATH);
        audience == self.issuer || endpoint_too && endpoint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_the_issuers_and_nothing_near_them() {
        let urls = Urls::new("https://h.example:8443/");
        assert_eq!(urls.issuer, "https://h.example:8443");
        for (url, resource) in [
            ("https://h.example:8443", Some(Resource::Issuer)),
            ("https://h.example:8443/0/odata", Some(Resource::Odata)),
            ("https://h.example:8443/odata", Some(Resource::Odata)),
            ("https://h.example:8443/webhooks", Some(Resource::Webhooks)),
            ("https://h.example:8443/api/v1", Some(Resource::Api)),
            ("https://h.example:8443/metrics", Some(Resource::Metrics)),
            ("https://h.example:8443/api", None),
            ("https://h.example:8443/", None),
            ("https://h.example:8443/odata/", None),
            ("https://h.example:8443/odata#x", None),
            ("HTTPS://h.example:8443", None),
            ("http://h.example:8443", None),
            ("/odata", None),
            ("", None),
        ] {
            assert_eq!(urls.resource(url), resource, "{url}");
        }
    }

    #[test]
    fn paths_of_issuers() {
        for (issuer, path) in [
            ("https://a", ""),
            ("https://a/", ""),
            ("https://a:1/b", "/b"),
            ("https://a/b/c/", "/b/c"),
        ] {
            assert_eq!(Urls::new(issuer).path, path, "{issuer}");
        }
    }

    #[test]
    fn audiences_of_assertions() {
        let urls = Urls::new("https://a");
        for (audience, strict, lax) in [
            ("https://a", true, true),
            ("https://a/connect/token", false, true),
            ("https://a/", false, false),
            ("https://a/connect/token/", false, false),
            ("https://b", false, false),
        ] {
            assert_eq!(urls.is_audience(audience, false), strict, "{audience}");
            assert_eq!(urls.is_audience(audience, true), lax, "{audience}");
        }
    }
}
