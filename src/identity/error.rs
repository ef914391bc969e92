//! Errors in requests of programs, after RFC 6749 section 5.2 and RFC 6750.

use std::borrow::Cow;

use super::body::{Endpoint, NotAForm, description};

/// All errors of the endpoints below `/connect`.
///
/// The descriptions use only the characters of RFC 6749 section 5.2 and never repeat what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenError {
    /// Another method than POST.
    Method,
    NotAForm {
        sent: NotAForm,
        endpoint: Endpoint,
    },
    /// The body exceeds [`super::MAX_BODY`].
    BodyTooLarge,
    /// The form has an invalid escape or charset, or too many parameters.
    Encoding,
    /// A parameter was sent more than once.
    Repeated,
    /// The client authenticated in more than one way.
    TwoMethods,
    /// The content of the `Authorization` header is not a name and a password.
    Basic,
    /// `client_id` is not the client that authenticated.
    ClientIdMismatch,
    /// An assertion was sent without its type, or the type without an assertion.
    AssertionParts,
    GrantMissing,
    TokenMissing,
    /// Another grant than `client_credentials`.
    Grant,
    /// The client is unknown, or did not authenticate. Never says which.
    Client,
    /// The client was authenticated, but it or its technical user is disabled.
    Unauthorized,
    /// A scope is malformed, unknown, or not granted to this client.
    Scope,
    /// Scopes that the resource does not know, or that belong to two resources.
    ScopeResource,
    /// A resource is malformed or unknown.
    Target,
    /// The token belongs to another client.
    NotYours,
    /// Too many attempts have failed.
    Throttled {
        /// Seconds until the next attempt is accepted.
        seconds: u64,
    },
    /// The first signing keys are being created.
    NotReady,
    /// The journal or the store failed.
    Unavailable,
}

/// A row of the table of errors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorRow {
    pub status: u16,
    pub error: &'static str,
    pub description: Cow<'static, str>,
    /// Whether the response asks the client to authenticate.
    pub challenge: bool,
    /// The value of `Retry-After` in seconds.
    pub retry_after: Option<u64>,
}

impl TokenError {
    /// The table of errors: status, code, description and headers.
    #[must_use]
    pub fn row(self) -> ErrorRow {
        let (status, error, text) = match self {
            Self::Method => (405, "invalid_request", "Use POST."),
            Self::NotAForm { .. } => (400, "invalid_request", ""),
            Self::BodyTooLarge => (413, "invalid_request", "The form must not be larger than 16 KiB."),
            Self::Encoding => (
                400,
                "invalid_request",
                "The form is malformed: check percent escapes, UTF-8 and the number of parameters.",
            ),
            Self::Repeated => (400, "invalid_request", "A parameter appears more than once."),
            Self::TwoMethods => (
                400,
                "invalid_request",
                "The client authenticates in two ways at once; use one of Basic, client_secret and client_assertion.",
            ),
            Self::Basic => (
                400,
                "invalid_request",
                "The Authorization header is malformed: send Basic and the base64 of client ID, colon, secret.",
            ),
            Self::ClientIdMismatch => (
                400,
                "invalid_request",
                "client_id does not match the client that authenticates.",
            ),
            Self::AssertionParts => (
                400,
                "invalid_request",
                "client_assertion and client_assertion_type must be sent together.",
            ),
            Self::GrantMissing => (
                400,
                "invalid_request",
                "grant_type is missing; send client_credentials.",
            ),
            Self::TokenMissing => (400, "invalid_request", "token is missing."),
            Self::Grant => (
                400,
                "unsupported_grant_type",
                "The only supported grant_type is client_credentials.",
            ),
            Self::Client => (
                401,
                "invalid_client",
                "Client authentication failed: check client ID, secret or assertion, and the allowed addresses.",
            ),
            Self::Unauthorized => (
                400,
                "unauthorized_client",
                "The client or its technical user is disabled.",
            ),
            Self::Scope => (
                400,
                "invalid_scope",
                "A scope is malformed, unknown or not allowed for this client.",
            ),
            Self::ScopeResource => (
                400,
                "invalid_scope",
                "The scopes do not belong to the requested resource.",
            ),
            Self::Target => (
                400,
                "invalid_target",
                "resource must be the issuer, or its /0/odata, /odata, /webhooks, /api/v1 or /metrics.",
            ),
            Self::NotYours => (400, "unauthorized_client", "The token was issued to another client."),
            Self::Throttled { .. } => (
                429,
                "temporarily_unavailable",
                "Too many failed attempts; retry after the time in Retry-After.",
            ),
            Self::NotReady => (
                503,
                "temporarily_unavailable",
                "temporarily_unavailable: keys are being created; try again in a second.",
            ),
            Self::Unavailable => (
                503,
                "temporarily_unavailable",
                "temporarily_unavailable: Hookgate is stopping or cannot use its disk; try again later.",
            ),
        };
        ErrorRow {
            status,
            error,
            description: match self {
                Self::NotAForm { sent, endpoint } => Cow::Owned(description(sent, endpoint)),
                _ => Cow::Borrowed(text),
            },
            challenge: matches!(self, Self::Client),
            retry_after: match self {
                Self::Throttled { seconds } => Some(seconds),
                Self::NotReady => Some(1),
                Self::Unavailable => Some(10),
                _ => None,
            },
        }
    }

    /// The body of the response.
    #[must_use]
    pub fn json(self) -> String {
        let row = self.row();
        // Neither text contains a character that JSON escapes; a test ensures it.
        format!(
            "{{\"error\":\"{}\",\"error_description\":\"{}\"}}",
            row.error, row.description
        )
    }
}

/// Why a bearer token gives no access to a resource (RFC 6750 section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BearerError {
    /// The request has no token.
    #[error("send an access token in the Authorization header, after the word Bearer")]
    Missing,
    /// The token is malformed, foreign, expired or revoked, or its client is removed or disabled.
    #[error("the access token is malformed, expired, revoked or from another issuer; get a new one")]
    Invalid,
    /// The token is for another resource.
    #[error("the access token is for another resource; get one for this one")]
    Audience,
    /// The token is valid, but lacks a scope.
    #[error(
        "the access token does not have the scope {0}; request one with scope={0}, or without scope to get all scopes \
         of the client; if the client does not have it: hookgate client set NAME --scope {0}, together with every \
         other scope that the client needs"
    )]
    Scope(&'static str),
    /// The token cannot be checked at the moment.
    #[error("access tokens cannot be checked at the moment; try again later")]
    Unavailable,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::recorded;

    const fn not_a_form(sent: NotAForm, endpoint: Endpoint) -> TokenError {
        TokenError::NotAForm { sent, endpoint }
    }

    pub const ALL: [TokenError; 29] = [
        TokenError::Method,
        not_a_form(NotAForm::Json, Endpoint::Token),
        not_a_form(NotAForm::JsonAsForm, Endpoint::Introspection),
        not_a_form(NotAForm::Multipart, Endpoint::Revocation),
        not_a_form(NotAForm::Xml, Endpoint::Token),
        not_a_form(NotAForm::Text, Endpoint::Token),
        not_a_form(NotAForm::Other, Endpoint::Token),
        not_a_form(NotAForm::Untyped, Endpoint::Token),
        not_a_form(NotAForm::Charset, Endpoint::Token),
        not_a_form(NotAForm::Empty, Endpoint::Token),
        TokenError::BodyTooLarge,
        TokenError::Encoding,
        TokenError::Repeated,
        TokenError::TwoMethods,
        TokenError::Basic,
        TokenError::ClientIdMismatch,
        TokenError::AssertionParts,
        TokenError::GrantMissing,
        TokenError::TokenMissing,
        TokenError::Grant,
        TokenError::Client,
        TokenError::Unauthorized,
        TokenError::Scope,
        TokenError::ScopeResource,
        TokenError::Target,
        TokenError::NotYours,
        TokenError::Throttled { seconds: 3 },
        TokenError::NotReady,
        TokenError::Unavailable,
    ];

    #[test]
    fn codes_and_descriptions_keep_to_the_characters_of_the_rfc() {
        let allowed = |c: char| matches!(c, ' '..='!' | '#'..='[' | ']'..='~');
        for error in ALL {
            let row = error.row();
            assert!(row.error.chars().all(allowed), "{error:?}");
            assert!(row.description.chars().all(allowed), "{error:?}");
            let most = if matches!(error, TokenError::NotAForm { .. }) {
                400
            } else {
                assert!(row.description.ends_with('.'), "{error:?}");
                120
            };
            assert!(row.description.len() < most, "{error:?}");
            let read: serde_json::Value = serde_json::from_str(&error.json()).unwrap();
            assert_eq!(read["error"], row.error);
            assert_eq!(read["error_description"], *row.description);
        }
    }

    #[test]
    fn each_is_counted_under_its_own_error() {
        for error in ALL {
            recorded::TOKENS_REFUSED.one(error.row().error);
        }
        let counted: Vec<_> = recorded::TOKENS_REFUSED.all().collect();
        assert!(counted.iter().all(|(_, count)| *count > 0), "{counted:?}");
        assert!(counted.iter().all(|(error, _)| *error != "other"), "{counted:?}");
    }

    #[test]
    fn headers_go_with_their_status() {
        for error in ALL {
            let row = error.row();
            assert_eq!(row.challenge, row.status == 401, "{error:?}");
            assert_eq!(row.retry_after.is_some(), matches!(row.status, 429 | 503), "{error:?}");
        }
    }
}
