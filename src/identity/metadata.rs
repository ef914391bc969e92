//! The metadata of the issuer (RFC 8414), and its public keys (RFC 7517).

use serde_json::json;

use super::Issuer;
use super::error::TokenError;
use super::resource::{INTROSPECTION_PATH, JWKS_PATH, REVOCATION_PATH, TOKEN_PATH, Urls};
use crate::clock;
use crate::domain::client::SCOPES;
use crate::domain::signing_key::Algorithm;

impl Issuer {
    /// The metadata document, which both well-known URLs return.
    ///
    /// # Errors
    /// [`TokenError::NotReady`] before the server listens.
    pub fn metadata(&self) -> Result<String, TokenError> {
        self.urls().map(document)
    }

    /// The public keys as a JWK set.
    ///
    /// # Errors
    /// [`TokenError::NotReady`] until the first keys are created.
    pub fn jwks(&self) -> Result<String, TokenError> {
        let catalog = self.ledger.catalog();
        self.ring(&catalog).jwks(clock::now()).ok_or(TokenError::NotReady)
    }

    /// Whether this is the path of the issuer's URL: RFC 8414 puts it after the well-known path.
    #[must_use]
    pub fn is_path(&self, path: &str) -> bool {
        let trimmed = path.trim_matches('/');
        trimmed.is_empty()
            || self
                .urls
                .get()
                .is_some_and(|urls| urls.path.trim_matches('/') == trimmed)
    }
}

fn document(urls: &Urls) -> String {
    let below = |path: &str| format!("{}{path}", urls.issuer);
    let algorithms = Algorithm::ALL.map(Algorithm::name);
    let methods = ["client_secret_basic", "client_secret_post", "private_key_jwt"];
    // There is no authorization endpoint, and therefore no response type. The list is required
    // nevertheless and must not be empty (erratum 7793 of RFC 8414). "none" is a registered type.
    json!({
        "issuer": urls.issuer,
        "token_endpoint": below(TOKEN_PATH),
        "jwks_uri": below(JWKS_PATH),
        "introspection_endpoint": below(INTROSPECTION_PATH),
        "revocation_endpoint": below(REVOCATION_PATH),
        "scopes_supported": SCOPES,
        "response_types_supported": ["none"],
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": algorithms,
        "introspection_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_signing_alg_values_supported": algorithms,
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": algorithms,
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_member_is_empty_and_all_addresses_are_the_issuers() {
        let document: serde_json::Value = serde_json::from_str(&document(&Urls::new("https://a:1/b"))).unwrap();
        assert_eq!(document["issuer"], "https://a:1/b");
        for (name, value) in document.as_object().unwrap() {
            if name.ends_with("_endpoint") || name == "jwks_uri" {
                assert!(value.as_str().unwrap().starts_with("https://a:1/b/"), "{name}");
            }
            assert!(value.as_array().is_none_or(|list| !list.is_empty()), "{name}");
        }
        assert_eq!(document["response_types_supported"], json!(["none"]));
        assert!(!document.to_string().contains("\"HS256\""));
    }
}
