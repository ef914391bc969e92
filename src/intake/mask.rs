//! Credentials are masked before a webhook is kept: what is stored shows that one was sent,
//! and nothing of it.

use std::borrow::Cow;

use memchr::memmem;

use crate::secret::SOURCE_KEY_PREFIX;

/// What stands in place of a credential.
const MASK: &str = "***";

/// A header whose name holds one of these carries a credential, unless it is in [`HARMLESS`].
const CREDENTIAL_PARTS: [&str; 10] = [
    "authorization",
    "token",
    "secret",
    "-key",
    "apikey",
    "passw",
    "passphrase",
    "credential",
    "session",
    "cookie",
];

/// What nearly every webhook has, in the spelling of HTTP libraries: not worth a closer look.
const PLAIN: [&str; 7] = [
    "host",
    "content-type",
    "content-length",
    "user-agent",
    "accept",
    "accept-encoding",
    "connection",
];

/// Names that hold such a part and open nothing: senders use them to tell repeats.
const HARMLESS: [&str; 2] = ["idempotency-key", "x-idempotency-key"];

/// The first words of an `Authorization` header that are no secret themselves.
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

/// A header's value as it is kept. Signatures stay: they prove something and open nothing.
pub fn header(name: &str, value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    if !is_credential(name) {
        return source_keys(text).into_owned();
    }
    match text.split_once(' ') {
        Some((scheme, _)) if SCHEMES.iter().any(|known| known.eq_ignore_ascii_case(scheme)) => {
            format!("{scheme} {MASK}")
        }
        _ => MASK.to_owned(),
    }
}

/// The text with every key of a webhook source masked, wherever it stands.
pub fn source_keys(text: Cow<'_, str>) -> Cow<'_, str> {
    let Some(mut at) = memmem::find(text.as_bytes(), SOURCE_KEY_PREFIX.as_bytes()) else {
        return text;
    };
    let mut rest = text.as_ref();
    let mut masked = String::with_capacity(text.len());
    while let Some((before, key)) = rest.split_at_checked(at) {
        masked.push_str(before);
        masked.push_str(SOURCE_KEY_PREFIX);
        masked.push_str(MASK);
        let after = key.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        rest = after;
        match memmem::find(rest.as_bytes(), SOURCE_KEY_PREFIX.as_bytes()) {
            Some(next) => at = next,
            None => break,
        }
    }
    masked.push_str(rest);
    Cow::Owned(masked)
}

fn is_credential(name: &str) -> bool {
    if PLAIN.contains(&name) {
        return false;
    }
    let bytes = name.as_bytes();
    let holds = |part: &&str| {
        bytes
            .windows(part.len())
            .any(|window| window.eq_ignore_ascii_case(part.as_bytes()))
    };
    CREDENTIAL_PARTS.iter().any(holds) && !HARMLESS.iter().any(|known| known.eq_ignore_ascii_case(name))
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
    fn credentials_keep_their_scheme_and_nothing_else() {
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
