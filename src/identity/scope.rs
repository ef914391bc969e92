//! Decides which scopes and resources a request gets.

use super::error::TokenError;
use super::form::Form;
use super::resource::{Resource, Urls};
use crate::domain::client::Client;

/// The scopes and the audience of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted<'a> {
    /// The scopes, each once, in the client's order.
    pub scopes: Vec<&'a str>,
    /// The audience: URLs of resources, at least one.
    pub audience: Vec<&'a str>,
}

/// Scopes and audience for a request. Without `scope`, every scope of the client that the resource
/// knows; without `resource`, the issuer, which knows all scopes.
///
/// # Errors
/// If the request contains a scope or resource that this client may not have.
pub fn granted<'a>(client: &'a Client, form: &'a Form<'_>, urls: &'a Urls) -> Result<Granted<'a>, TokenError> {
    let (audience, resources) = resources(form, urls)?;
    let own = client.settings.scopes.iter().map(String::as_str);
    let known = |scope: &str| resources.iter().any(|resource| resource.knows(scope));
    let scopes: Vec<&str> = match form.one("scope")? {
        None => own.filter(|scope| known(scope)).collect(),
        Some(text) => {
            let asked: Vec<&str> = text.split(' ').collect();
            let allowed = |asked: &&str| is_scope(asked) && client.settings.scopes.iter().any(|own| own == asked);
            if !asked.iter().all(allowed) {
                return Err(TokenError::Scope);
            }
            if !asked.iter().all(|scope| known(scope)) {
                return Err(TokenError::ScopeResource);
            }
            own.filter(|scope| asked.contains(scope)).collect()
        }
    };
    if scopes.is_empty() {
        return Err(TokenError::Scope);
    }
    // If a token had scopes of two resources, it would be unclear which scope is for which resource
    // (RFC 9068 section 3).
    if !resources
        .iter()
        .any(|resource| scopes.iter().all(|scope| resource.knows(scope)))
    {
        return Err(TokenError::ScopeResource);
    }
    Ok(Granted { scopes, audience })
}

/// The requested resources with their URLs, each once.
fn resources<'a>(form: &'a Form<'_>, urls: &'a Urls) -> Result<(Vec<&'a str>, Vec<Resource>), TokenError> {
    let mut audience = Vec::new();
    let mut resources = Vec::new();
    for url in form.all("resource") {
        let resource = urls.resource(url).ok_or(TokenError::Target)?;
        if !audience.contains(&url) {
            audience.push(url);
            resources.push(resource);
        }
    }
    if audience.is_empty() {
        audience.push(urls.issuer.as_str());
        resources.push(Resource::Issuer);
    }
    Ok((audience, resources))
}

/// `scope-token` of RFC 6749 section 3.3.
fn is_scope(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| matches!(byte, b'!' | b'#'..=b'[' | b']'..=b'~'))
}

#[cfg(test)]
mod tests {
    use super::super::tests::client;
    use super::*;

    #[test]
    fn a_table_of_requests() {
        type Expected<'a> = Result<(&'a str, &'a str), TokenError>;
        let urls = Urls::new("https://a");
        let all = client("c", &["odata", "webhook:send", "token:introspect"]);
        let odata = client("c", &["odata"]);
        let none = client("c", &[]);
        let rows: &[(&Client, &str, Expected<'_>)] = &[
            (&all, "", Ok(("odata webhook:send token:introspect", "https://a"))),
            (&all, "scope=odata", Ok(("odata", "https://a"))),
            (
                &all,
                "scope=webhook:send+odata",
                Ok(("odata webhook:send", "https://a")),
            ),
            (&all, "scope=odata+odata", Ok(("odata", "https://a"))),
            (&all, "scope=", Ok(("odata webhook:send token:introspect", "https://a"))),
            (&all, "scope=Odata", Err(TokenError::Scope)),
            (&all, "scope=odata+", Err(TokenError::Scope)),
            (&all, "scope=+odata", Err(TokenError::Scope)),
            (&all, "scope=odata++webhook:send", Err(TokenError::Scope)),
            (&all, "scope=odata%09webhook:send", Err(TokenError::Scope)),
            (&all, "scope=%22odata%22", Err(TokenError::Scope)),
            (&all, "scope=odata+other", Err(TokenError::Scope)),
            (&all, "scope=odata&scope=odata", Err(TokenError::Repeated)),
            (&odata, "", Ok(("odata", "https://a"))),
            (&odata, "scope=webhook:send", Err(TokenError::Scope)),
            (&none, "", Err(TokenError::Scope)),
            (
                &all,
                "resource=https://a",
                Ok(("odata webhook:send token:introspect", "https://a")),
            ),
            (&all, "resource=https://a/odata", Ok(("odata", "https://a/odata"))),
            (&all, "resource=https://a/0/odata", Ok(("odata", "https://a/0/odata"))),
            (
                &all,
                "resource=https://a/webhooks",
                Ok(("webhook:send", "https://a/webhooks")),
            ),
            (
                &all,
                "resource=https://a/odata&resource=https://a/0/odata&resource=https://a/odata",
                Ok(("odata", "https://a/odata https://a/0/odata")),
            ),
            (&all, "resource=https://b", Err(TokenError::Target)),
            (&all, "resource=odata", Err(TokenError::Target)),
            (&all, "resource=https://a/odata%23x", Err(TokenError::Target)),
            (&all, "resource=https://a&resource=x", Err(TokenError::Target)),
            (
                &all,
                "resource=https://a/odata&scope=webhook:send",
                Err(TokenError::ScopeResource),
            ),
            (
                &all,
                "resource=https://a/odata&scope=odata+webhook:send",
                Err(TokenError::ScopeResource),
            ),
            (
                &all,
                "resource=https://a/odata&resource=https://a/webhooks",
                Err(TokenError::ScopeResource),
            ),
            (
                &all,
                "resource=https://a/odata&resource=https://a/webhooks&scope=odata",
                Ok(("odata", "https://a/odata https://a/webhooks")),
            ),
            (&odata, "resource=https://a/webhooks", Err(TokenError::Scope)),
            (
                &all,
                "resource=https://a/webhooks&scope=token:introspect",
                Err(TokenError::ScopeResource),
            ),
        ];
        for (client, body, expected) in rows {
            let form = Form::read(body.as_bytes()).unwrap();
            let granted = granted(client, &form, &urls);
            let granted = granted.map(|granted| (granted.scopes.join(" "), granted.audience.join(" ")));
            let expected = expected.map(|(scope, audience)| (scope.to_owned(), audience.to_owned()));
            assert_eq!(granted, expected, "{body}");
        }
    }
}
