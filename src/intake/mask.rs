//! Masks credentials before a webhook is stored: the stored form shows that a credential was sent,
//! but no part of it. So code that shows webhooks does not need to mask anything. The body is
//! stored byte for byte.

mod name;
mod text;

use std::borrow::Cow;

use memchr::memmem;

use self::name::{Place, is_credential};

use crate::secret::SOURCE_KEY_PREFIX;

/// The replacement for a credential.
const MASK: &str = "***";

/// Headers that nearly every webhook has, in the spelling of HTTP libraries. They need no closer
/// check.
const PLAIN: [&str; 7] = [
    "host",
    "content-type",
    "content-length",
    "user-agent",
    "accept",
    "accept-encoding",
    "connection",
];

/// The first words of an `Authorization` header that are not secret themselves.
const SCHEMES: [&str; 14] = [
    "Bearer",
    "Basic",
    "Digest",
    "Token",
    "ApiKey",
    "Negotiate",
    "NTLM",
    "HMAC",
    "HMAC-SHA256",
    "AWS4-HMAC-SHA256",
    "Signature",
    "Hawk",
    "OAuth",
    "DPoP",
];

/// The value of a header as stored. Signatures are kept: they prove something but give no access.
pub fn header(name: &str, value: &[u8]) -> String {
    let value = String::from_utf8_lossy(value);
    if PLAIN.contains(&name) {
        return source_keys(value).into_owned();
    }
    let scheme = value.trim_start().split_once(' ').map(|(scheme, _)| scheme);
    let scheme = scheme.filter(|scheme| SCHEMES.iter().any(|known| known.eq_ignore_ascii_case(scheme)));
    match scheme {
        Some(scheme) if is_credential(name, Place::Header) || is_bearer(&value) => format!("{scheme} {MASK}"),
        None if is_credential(name, Place::Header) || text::is_jwt(&value) => MASK.to_owned(),
        _ => text::masked(&value, Place::Header).into_owned(),
    }
}

/// The query string as stored.
pub fn query(query: &str) -> String {
    text::masked(query, Place::Address).into_owned()
}

/// Whether it is `Bearer` and one more word, in any header.
fn is_bearer(value: &str) -> bool {
    let mut words = value.split_ascii_whitespace();
    words.next().is_some_and(|scheme| scheme.eq_ignore_ascii_case("Bearer"))
        && words.next().is_some()
        && words.next().is_none()
}

/// Masks every key of a webhook source, anywhere in the text.
fn source_keys(text: Cow<'_, str>) -> Cow<'_, str> {
    let Some(mut at) = memmem::find(text.as_bytes(), SOURCE_KEY_PREFIX.as_bytes()) else {
        return text;
    };
    let mut rest = text.as_ref();
    let mut masked = String::with_capacity(text.len());
    while let Some((before, key)) = rest.split_at_checked(at) {
        masked.push_str(before);
        masked.push_str(SOURCE_KEY_PREFIX);
        masked.push_str(MASK);
        let after = key.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '*'));
        rest = after;
        match memmem::find(rest.as_bytes(), SOURCE_KEY_PREFIX.as_bytes()) {
            Some(next) => at = next,
            None => break,
        }
    }
    masked.push_str(rest);
    Cow::Owned(masked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> String {
        source_keys(Cow::Borrowed(text)).into_owned()
    }

    #[test]
    fn what_tells_repeats_is_kept() {
        assert_eq!(header("Idempotency-Key", b"abc"), "abc");
    }

    #[test]
    fn fault_08_credentials_keep_their_scheme_and_nothing_else() {
        for (name, value, kept) in [
            ("authorization", "Bearer eyJhbGciOi.x.y", "Bearer ***"),
            ("Authorization", "basic dXNlcjpwYXNz", "basic ***"),
            ("authorization", "hunter2", "***"),
            ("authorization", "hunter2 and more", "***"),
            ("authorization", "Bearer", "***"),
            ("proxy-authorization", "Digest username=\"x\"", "Digest ***"),
            ("cookie", "session=1; theme=dark", "***"),
            ("set-cookie", "session=1", "***"),
            ("x-gitlab-token", "abc", "***"),
            ("X-Api-Key", "abc", "***"),
            ("X-Functions-Key", "abc", "***"),
            ("Ocp-Apim-Subscription-Key", "abc", "***"),
            ("X-Access-Key", "abc", "***"),
            ("X-Session-Id", "abc", "***"),
            ("apikey", "abc", "***"),
            ("x-client-secret", "abc", "***"),
            ("x-password", "abc", "***"),
            ("x-csrf-token", "Token abc", "Token ***"),
            ("x-auth", "hidden", "***"),
            ("authentication", "Bearer hidden", "Bearer ***"),
            ("authentication", "hidden", "***"),
            ("x-webhook-pwd", "hidden", "***"),
            ("x-hook-pass", "hidden", "***"),
            ("x-bearer", "hidden", "***"),
            ("php-auth-pw", "hidden", "***"),
            ("php-auth-digest", "Digest username=x, response=hidden", "Digest ***"),
            // Independent of the name of the header.
            ("x-upstream", "Bearer hidden", "Bearer ***"),
            ("x-identity", "eyJhbGciOi.eyJzdWIi.c2ln", "***"),
            (
                "referer",
                "https://h/form?token=hidden&page=2",
                "https://h/form?token=***&page=2",
            ),
            ("origin", "https://user:hidden@h", "https://***@h"),
            (
                "x-original-url",
                "/webhooks/whk_hidden?password=hidden",
                "/webhooks/whk_***?password=***",
            ),
        ] {
            assert_eq!(header(name, value.as_bytes()), kept, "{name}: {value}");
        }
    }

    #[test]
    fn other_headers_are_kept() {
        for (name, value) in [
            ("x-hub-signature-256", "sha256=757107ea"),
            ("webhook-signature", "v1,g0hM9SsE+OTPJTGt"),
            ("stripe-signature", "t=1,v1=abc"),
            ("user-agent", "curl/8.5"),
            ("x-forwarded-for", "10.0.0.1"),
            ("x-author", "Ann"),
            ("x-event-key", "repo:push"),
            ("x-idempotency-key", "abc"),
            ("x-comment", "Token of love"),
            ("x-plan", "Basic annual"),
            ("x-note", "bearer of good news"),
            ("k", ""),
        ] {
            assert_eq!(header(name, value.as_bytes()), value, "{name}");
        }
    }

    #[test]
    fn odd_bytes_become_replacement_characters() {
        assert_eq!(header("x-odd", b"a\xffb"), "a\u{fffd}b");
    }

    #[test]
    fn source_keys_are_masked_wherever_they_stand() {
        assert_eq!(keys("a=1&b=2"), "a=1&b=2");
        assert_eq!(keys("key=whk_Ab-_9&x=é"), "key=whk_***&x=é");
        assert_eq!(keys("whk_a,whk_b"), "whk_***,whk_***");
        assert_eq!(keys("éwhk_"), "éwhk_***");
        assert_eq!(keys("whk_awhk_b end"), "whk_*** end");
        assert_eq!(
            header("referer", b"https://h/webhooks/whk_secret?x"),
            "https://h/webhooks/whk_***?x"
        );
    }

    proptest::proptest! {
        #[test]
        fn no_character_of_a_source_key_is_left(text in "(whk_[A-Za-z0-9_-]{0,9}|[ é=&*]|wh){0,9}") {
            let masked = keys(&text);
            for (at, prefix) in masked.match_indices(SOURCE_KEY_PREFIX) {
                let after = &masked[at + prefix.len()..];
                proptest::prop_assert!(after.starts_with(MASK), "{masked}");
            }
            let count = |text: &str, wanted| text.matches(wanted).count();
            proptest::prop_assert_eq!(count(&masked, 'é'), count(&text, 'é'));
            proptest::prop_assert_eq!(count(&masked, '='), count(&text, '='));
        }
    }
}
