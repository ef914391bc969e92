//! Builds the stored form of a received webhook.

use std::net::IpAddr;

use uuid::Uuid;

use super::mask;
use super::sources::KnownSource;
use crate::domain::time::Timestamp;
use crate::domain::webhook::Webhook;
use crate::parse::{self, Limits};

/// A webhook as sent, read completely.
pub struct Arrival<'a, H> {
    /// The `Content-Type` header as sent.
    pub content_type: &'a str,
    /// The query string as sent, without the question mark.
    pub query: &'a str,
    /// All headers in order.
    pub headers: H,
    /// The address of the connection. `X-Forwarded-For` is stored as a header, but not trusted:
    /// anyone can send it.
    pub remote: Option<IpAddr>,
    pub body: Vec<u8>,
}

/// Builds the webhook to store: credentials are masked, files of a multipart form are left out.
pub fn build<'a, H>(source: &KnownSource, arrival: Arrival<'a, H>, limits: Limits, id: Uuid, now: Timestamp) -> Webhook
where
    H: Iterator<Item = (&'a str, &'a [u8])>,
{
    let mut headers = Vec::with_capacity(arrival.headers.size_hint().0);
    headers.extend(
        arrival
            .headers
            .map(|(name, value)| (name.to_owned(), mask::header(name, value))),
    );
    let (body, files) = match parse::media(arrival.content_type) {
        Some(parse::Media::Multipart) => parse::multipart::without_files(arrival.content_type, &arrival.body, limits)
            .unwrap_or_else(|| (arrival.body, Vec::new())),
        _ => (arrival.body, Vec::new()),
    };
    Webhook {
        id,
        created_on: now,
        source: source.source.id,
        api_key_hint: source.key_hint.clone(),
        content_type: arrival.content_type.to_owned(),
        query: mask::query(arrival.query),
        source_url: source_url(&headers),
        headers,
        remote: arrival.remote.map(|address| address.to_canonical()),
        files,
        body,
    }
}

/// The URL of the page that sent it. A browser that hides its origin sends the word `null`.
fn source_url(headers: &[(String, String)]) -> String {
    let value = |wanted: &str| {
        headers
            .iter()
            .find(|(name, value)| name.eq_ignore_ascii_case(wanted) && !value.is_empty() && value != "null")
            .map(|(_, value)| value.clone())
    };
    value("origin").or_else(|| value("referer")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::catalog::Catalog;
    use crate::domain::source::{Source, SourceKey, SourceSettings};
    use crate::intake::sources::Sources;

    fn known() -> Arc<KnownSource> {
        let source = Source {
            id: 7,
            name: "shop".to_owned(),
            enabled: true,
            created_on: Timestamp(0),
            settings: SourceSettings::default(),
            key: SourceKey {
                lookup: [7; 32],
                sealed: Vec::new(),
                hint: "whk_abcdef".to_owned(),
            },
            previous_key: None,
        };
        let catalog = Catalog {
            sources: Arc::new([(7, Arc::new(source))].into()),
            ..Catalog::default()
        };
        Sources::new(&catalog, None).find(&[7; 32], Timestamp(0)).unwrap()
    }

    fn built(headers: &[(&str, &str)], query: &str, body: &[u8]) -> Webhook {
        let arrival = Arrival {
            content_type: "application/json; charset=utf-8",
            query,
            headers: headers.iter().map(|(name, value)| (*name, value.as_bytes())),
            remote: Some("::ffff:10.1.2.3".parse().unwrap()),
            body: body.to_vec(),
        };
        let limits = Limits {
            depth: 128,
            fields: 1000,
        };
        build(&known(), arrival, limits, Uuid::from_u128(1), Timestamp(5))
    }

    #[test]
    fn it_keeps_what_was_sent() {
        let webhook = built(&[("x-one", "1"), ("x-one", "2")], "a=%20&b", b"\xff{\0}");
        assert_eq!(
            webhook,
            Webhook {
                id: Uuid::from_u128(1),
                created_on: Timestamp(5),
                source: 7,
                api_key_hint: "whk_abcdef".to_owned(),
                content_type: "application/json; charset=utf-8".to_owned(),
                query: "a=%20&b".to_owned(),
                headers: vec![
                    ("x-one".to_owned(), "1".to_owned()),
                    ("x-one".to_owned(), "2".to_owned()),
                ],
                source_url: String::new(),
                remote: Some("10.1.2.3".parse().unwrap()),
                files: Vec::new(),
                body: b"\xff{\0}".to_vec(),
            }
        );
    }

    #[test]
    fn credentials_and_keys_are_not_kept() {
        let webhook = built(&[("authorization", "Bearer tell-nobody")], "key=whk_tell-nobody", b"");
        assert!(!format!("{webhook:?}").contains("tell-nobody"));
    }

    #[test]
    fn the_source_url_is_the_origin_or_else_the_referer() {
        let origin = ("Origin", "https://www.example.com");
        let referer = ("Referer", "https://www.example.com/form?page=2");
        assert_eq!(built(&[referer, origin], "", b"").source_url, origin.1);
        assert_eq!(built(&[("Origin", "null"), referer], "", b"").source_url, referer.1);
        assert_eq!(built(&[referer], "", b"").source_url, referer.1);
        assert_eq!(built(&[], "", b"").source_url, "");
    }
}
