//! Decides whether the name of a header or parameter means that its value is a credential.
//!
//! A name is split into words at every character that is not a letter or digit, and where
//! `camelCase` starts a word. Each word is then checked. Names without separators are checked as a
//! whole. In case of doubt it is a credential: a value that was masked by mistake can be sent again
//! under another name, but a value that was shown by mistake stays known.

use std::borrow::Cow;

/// The place where a name occurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The name of a header, or a name in the value of one.
    Header,
    /// The name of a parameter in a URL. There a signature is a credential: anyone with a presigned
    /// URL can use it. In a header it only proves the origin of one body.
    Address,
}

/// Words that mean a credential by themselves.
const WORDS: [&str; 24] = [
    "auth",
    "pass",
    "pw",
    "pwd",
    "psw",
    "pswd",
    "passwd",
    "passcode",
    "passkey",
    "otp",
    "totp",
    "mfa",
    "2fa",
    "jwt",
    "cred",
    "creds",
    "csrf",
    "xsrf",
    "saml",
    "assertion",
    "psk",
    "sess",
    "sessid",
    "senha",
];

/// Parts that make any word that contains them a credential.
const PARTS: [&str; 15] = [
    "token",
    "secret",
    "passw",
    "passphrase",
    "credential",
    "session",
    "sessid",
    "cookie",
    "bearer",
    "authoriz",
    "authoris",
    "authenticat",
    "apikey",
    "kennwort",
    "contrase",
];

/// Endings that make a compound word a credential, such as `hookpass`.
const ENDS: [&str; 6] = ["auth", "pass", "pwd", "passwd", "otp", "jwt"];

/// Words that contain one of these but mean something else.
const OTHER_WORDS: [&str; 8] = [
    "bypass",
    "compass",
    "encompass",
    "overpass",
    "surpass",
    "trespass",
    "underpass",
    "authenticated",
];

/// Prefixes of `key` in a compound word, such as `accesskey`. Other words only have the same
/// ending: monkey, turkey, hockey.
const KEY_KINDS: [&str; 28] = [
    "access",
    "account",
    "admin",
    "api",
    "app",
    "application",
    "auth",
    "client",
    "consumer",
    "developer",
    "encryption",
    "function",
    "functions",
    "hook",
    "license",
    "licence",
    "master",
    "private",
    "secret",
    "security",
    "service",
    "session",
    "shared",
    "sign",
    "signing",
    "storage",
    "subscription",
    "user",
];

/// Words that mean that a key or token next to them is only an identifier: senders use these to
/// detect duplicates, to route and to name objects.
const NAMING: [&str; 27] = [
    "idempotency",
    "idempotent",
    "dedup",
    "dedupe",
    "deduplication",
    "routing",
    "partition",
    "sort",
    "primary",
    "foreign",
    "cache",
    "surrogate",
    "object",
    "issue",
    "event",
    "message",
    "ordering",
    "group",
    "public",
    "row",
    "record",
    "unique",
    "translation",
    "websocket",
    "correlation",
    "word",
    "board",
];

/// Names that mean a credential only if they are the whole name.
const ALONE: [&str; 2] = ["sid", "pin"];

/// Whether the value of this name is a credential.
pub fn is_credential(name: &str, place: Place) -> bool {
    let words = || {
        name.split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
    };
    let named = || {
        let mut all = words().flat_map(camel_words);
        all.any(|word| NAMING.iter().any(|known| known.eq_ignore_ascii_case(word)))
    };
    let idempotent = || words().flat_map(camel_words).any(|word| starts(word, "idempoten"));
    let alone = || words().nth(1).is_none();
    words().any(|whole| {
        let lower = lower(whole);
        let found = match kind(&lower, place) {
            Kind::None => camel_words(whole)
                .filter(|word| word.len() < whole.len())
                .map(|word| kind(&self::lower(word), place))
                .find(|kind| *kind != Kind::None)
                .unwrap_or(Kind::None),
            found => found,
        };
        match found {
            Kind::None => alone() && ALONE.contains(&&*lower),
            Kind::Key => !named(),
            Kind::Token => !idempotent(),
            Kind::Credential => true,
        }
    })
}

/// The meaning of a word in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    None,
    /// A credential, unless the name says that it is only an identifier.
    Key,
    /// Same as `Key`, for tokens: only identifiers for duplicates are exempt.
    Token,
    Credential,
}

fn kind(word: &str, place: Place) -> Kind {
    // `token2` and `password1` are treated like `token` and `password`.
    let bare = word.trim_end_matches(|c: char| c.is_ascii_digit());
    if OTHER_WORDS.contains(&bare) {
        return Kind::None;
    }
    if WORDS.contains(&bare) || WORDS.contains(&word) {
        return Kind::Credential;
    }
    let key = bare.strip_suffix("keys").or_else(|| bare.strip_suffix("key"));
    match key {
        Some("") => return Kind::Key,
        Some(before) if KEY_KINDS.iter().any(|kind| before.ends_with(kind)) => return Kind::Credential,
        _ => {}
    }
    if bare.starts_with("secretar") {
        return Kind::None;
    }
    if place == Place::Address && (matches!(bare, "sig" | "hmac") || bare.contains("signature")) {
        return Kind::Credential;
    }
    if let Some(part) = PARTS.iter().find(|part| bare.contains(*part)) {
        return if *part == "token" {
            Kind::Token
        } else {
            Kind::Credential
        };
    }
    // Matches `authkey` and `authcode`, but neither `author` nor `authentic`.
    let begins = bare
        .strip_prefix("auth")
        .is_some_and(|rest| !starts(rest, "or") && !starts(rest, "ent"));
    if begins || bare.starts_with("jwt") || bare.starts_with("otp") || ENDS.iter().any(|end| bare.ends_with(end)) {
        return Kind::Credential;
    }
    Kind::None
}

fn starts(word: &str, prefix: &str) -> bool {
    word.get(..prefix.len())
        .is_some_and(|begin| begin.eq_ignore_ascii_case(prefix))
}

fn lower(word: &str) -> Cow<'_, str> {
    if word
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    {
        return Cow::Borrowed(word);
    }
    Cow::Owned(word.to_lowercase())
}

/// Splits `apiKey` into `api` and `Key`, and `APIKey` into `API` and `Key`.
fn camel_words(whole: &str) -> impl Iterator<Item = &str> {
    let mut rest = whole;
    std::iter::from_fn(move || {
        let mut chars = rest.char_indices().peekable();
        let (_, mut before) = chars.next()?;
        let mut end = rest.len();
        while let Some((at, c)) = chars.next() {
            let next_is_small = chars.peek().is_some_and(|(_, next)| next.is_lowercase());
            if c.is_uppercase() && (!before.is_uppercase() || next_is_small) {
                end = at;
                break;
            }
            before = c;
        }
        let (word, after) = rest.split_at_checked(end)?;
        rest = after;
        Some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of the reported fault, and similar names.
    #[test]
    fn fault_08_names_of_credentials() {
        for name in [
            "X-Auth",
            "Authentication",
            "X-Webhook-Pwd",
            "X-Hook-Pass",
            "X-Bearer",
            "Php-Auth-Pw",
            "Php-Auth-User",
            "token",
            "password",
            "Authorization",
            "Proxy-Authorization",
            "authorisation",
            "X-Forwarded-Authorization",
            "X-Forwarded-Access-Token",
            "X-Gitlab-Token",
            "X-Goog-Channel-Token",
            "X-Csrf",
            "X-Amz-Security-Token",
            "X-Amz-Credential",
            "X-Goog-Iap-Jwt-Assertion",
            "Cookie",
            "Set-Cookie",
            "X-Session-Id",
            "sessionid",
            "PHPSESSID",
            "JSESSIONID",
            "sid",
            "pin",
            "X-Api-Key",
            "x_api_key",
            "apikey",
            "xapikey",
            "api.key",
            "apiKey",
            "APIKey",
            "APIKEY",
            "apiKEY",
            "ApiKeys",
            "key",
            "key1",
            "X-Functions-Key",
            "Ocp-Apim-Subscription-Key",
            "subscriptionkey",
            "accessKey",
            "accesskey",
            "AWSAccessKeyId",
            "clientSecret",
            "client_secret_2",
            "secretkey",
            "secretId",
            "refresh_token",
            "refreshtoken",
            "id_token",
            "token2",
            "hub.verify_token",
            "auth[token]",
            "auth",
            "xauth",
            "oauth",
            "oauth2",
            "authKey",
            "authcode",
            "basicauth",
            "user[password]",
            "user[passwd]",
            "password[]",
            "password1",
            "userPassword",
            "userpassword",
            "pass",
            "pass1",
            "hookpass",
            "db_pwd",
            "dbpwd",
            "pw",
            "passphrase",
            "pass-phrase",
            "passcode",
            "Passwort",
            "Kennwort",
            "contrase\u{f1}a",
            "otp",
            "otpCode",
            "totp",
            "2fa",
            "jwt",
            "jwtToken",
            "myjwt",
            "credentials",
            "creds",
            "csrf",
            "_xsrf",
            "SAMLResponse",
            "bearer",
            "keyAccount",
        ] {
            assert!(is_credential(name, Place::Header), "{name}");
            assert!(is_credential(name, Place::Address), "{name}");
        }
    }

    #[test]
    fn fault_08_names_that_only_look_like_it() {
        for name in [
            "X-Author",
            "author",
            "authors",
            "authority",
            "authentic",
            "coauthor",
            "X-Authenticated-User-Id",
            "Passenger",
            "passengerName",
            "passport",
            "passive",
            "compass",
            "bypass",
            "bypass_cache",
            "bypassCache",
            "X-Keyboard",
            "keyboard",
            "keyBoard",
            "keyword",
            "keyWord",
            "keywords",
            "monkey",
            "X-Monkey",
            "turkey",
            "hockey",
            "Secretary",
            "secretariat",
            "Idempotency-Key",
            "X-Idempotency-Key",
            "idempotencyKey",
            "I-Twilio-Idempotency-Token",
            "X-Event-Key",
            "routing_key",
            "partitionKey",
            "Issue-Key",
            "X-Forwarded-For",
            "X-Forwarded-Proto",
            "X-Forwarded-Host",
            "X-GitHub-Delivery",
            "X-GitHub-Event",
            "X-GitHub-Hook-ID",
            "X-Gitlab-Event-UUID",
            "X-Shopify-Webhook-Id",
            "webhook-id",
            "webhook-timestamp",
            "svix-id",
            "ce-id",
            "X-Request-Id",
            "MessageSid",
            "AccountSid",
            "postal_pin",
            "utm_source",
            "utm_medium",
            "utm_campaign",
            "utm_term",
            "utm_content",
            "gclid",
            "EntityName",
            "Name",
            "code",
            "state",
            "id",
            "",
            "-",
            "\u{e9}",
            "\u{4e2d}\u{6587}",
        ] {
            assert!(!is_credential(name, Place::Header), "{name}");
            assert!(!is_credential(name, Place::Address), "{name}");
        }
    }

    #[test]
    fn a_signature_is_a_credential_in_an_address_only() {
        for name in ["sig", "signature", "X-Amz-Signature", "Signature2", "hmac"] {
            assert!(is_credential(name, Place::Address), "{name}");
        }
        for name in [
            "X-Hub-Signature-256",
            "webhook-signature",
            "Stripe-Signature",
            "X-Shopify-Hmac-SHA256",
        ] {
            assert!(!is_credential(name, Place::Header), "{name}");
        }
    }

    #[test]
    fn where_camel_case_begins_a_word() {
        for (whole, words) in [
            ("apiKey", &["api", "Key"][..]),
            ("APIKey", &["API", "Key"]),
            ("APIKEY", &["APIKEY"]),
            ("key", &["key"]),
            ("X", &["X"]),
            ("userID2Token", &["user", "ID2", "Token"]),
            ("\u{e9}t\u{c9}", &["\u{e9}t", "\u{c9}"]),
        ] {
            assert_eq!(camel_words(whole).collect::<Vec<_>>(), words, "{whole}");
        }
    }
}
