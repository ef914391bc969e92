//! Checks whether programs can get tokens: requests a token, verifies and introspects it.

use std::net::IpAddr;

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use ureq::Agent;

use crate::domain::client::{SCOPE_WEBHOOK_SEND, WEBHOOK_IDENTITY};
use crate::identity::{Incoming, TOKEN_PATH};
use crate::manage::loopback_client::{MAX_ANSWER_LENGTH, agent, unreached, url};
use crate::manage::setting::shipped;
use crate::manage::{Context, Endpoint, ManageError};

/// The path of the server's OAuth metadata.
const DISCOVERY: &str = "/.well-known/openid-configuration";

/// The next step for most failures of the server itself.
const LOOK_AT_LOG: &str = "check the server's log; if that does not help, restart the server";

/// Whether programs can get tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OauthHealthView {
    /// Whether all steps succeeded.
    pub healthy: bool,
    /// The steps in order. If one fails, it is the last.
    pub steps: Vec<OauthStep>,
}

/// A step of the check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OauthStep {
    pub name: String,
    pub ok: bool,
    pub problem: Option<String>,
    /// What to do about the problem.
    pub next: Option<String>,
}

/// What is wrong, and what to do about it.
struct Fault {
    problem: String,
    next: String,
}

/// Gets a token with the shipped client over the server's own listener, verifies it with the
/// published keys, and introspects it.
///
/// # Errors
/// If no server runs. A failed step is part of the result.
pub fn oauth_check(context: &Context) -> Result<OauthHealthView, ManageError> {
    let running = context.running.as_ref().ok_or(ManageError::ServerNotRunning)?;
    let endpoint = &running.operations;
    let mut steps = Vec::new();
    // The steps say what failed.
    let healthy = check(context, endpoint, &mut steps).is_some();
    Ok(OauthHealthView { healthy, steps })
}

/// An access token for webhooks, issued to the shipped client as if requested from an address.
///
/// # Errors
/// If the client gets none: what is wrong, and what to do about it.
pub(in crate::manage) fn webhook_token(context: &Context, from: IpAddr) -> Result<String, String> {
    #[derive(Deserialize, JsonSchema)]
    struct Token {
        access_token: String,
    }
    let got = client(context).and_then(|client| {
        // Ids and secrets need no escaping.
        let form = format!(
            "grant_type=client_credentials&scope={SCOPE_WEBHOOK_SEND}&client_id={}&client_secret={}",
            client.client_id, client.secret
        );
        let incoming = Incoming {
            content_type: Some("application/x-www-form-urlencoded"),
            authorization: &[],
            body: form.as_bytes(),
            remote: from,
        };
        let answer = context.issuer.token(&incoming);
        let answer = answer.map_err(|error| refused(TOKEN_PATH, error.row().status, &error.json()))?;
        let token = serde_json::from_slice::<Token>(&answer);
        token.map_err(|_| fault("the token cannot be read", LOOK_AT_LOG))
    });
    got.map(|token| token.access_token)
        .map_err(|fault| format!("{}; {}", fault.problem, fault.next))
}

fn check(context: &Context, endpoint: &Endpoint, steps: &mut Vec<OauthStep>) -> Option<()> {
    let client = step(steps, "client", client(context))?;
    server_check(endpoint, &context.urls.issuer, &client, steps)
}

fn server_check(endpoint: &Endpoint, issuer: &str, client: &Credentials, steps: &mut Vec<OauthStep>) -> Option<()> {
    let agent = agent(endpoint).map_err(|problem| fault(problem, "fix the certificate, then restart the server"));
    let server = Server {
        agent: step(steps, "certificate", agent)?,
        endpoint,
        issuer,
    };
    let discovery = step(steps, "discovery", discovery(&server))?;
    let token = step(steps, "token", token(&server, &discovery, client))?;
    let keys = step(steps, "keys", server.get::<JwkSet>(&discovery.jwks_uri))?;
    step(steps, "signature", signature(&keys, &token, issuer))?;
    step(
        steps,
        "introspection",
        introspection(&server, &discovery, client, &token),
    )
}

fn step<T>(steps: &mut Vec<OauthStep>, name: &str, done: Result<T, Fault>) -> Option<T> {
    let (value, fault) = match done {
        Ok(value) => (Some(value), None),
        Err(fault) => (None, Some(fault)),
    };
    let (problem, next) = fault.map(|fault| (fault.problem, fault.next)).unzip();
    steps.push(OauthStep {
        name: name.to_owned(),
        ok: value.is_some(),
        problem,
        next,
    });
    value
}

fn fault(problem: impl Into<String>, next: impl Into<String>) -> Fault {
    Fault {
        problem: problem.into(),
        next: next.into(),
    }
}

/// The running server, whose issuer is `issuer`.
struct Server<'a> {
    agent: Agent,
    endpoint: &'a Endpoint,
    issuer: &'a str,
}

struct Credentials {
    client_id: String,
    secret: String,
}

/// The part of the metadata that is needed (RFC 8414).
#[derive(Deserialize, JsonSchema)]
struct Discovery {
    issuer: String,
    token_endpoint: String,
    jwks_uri: String,
    introspection_endpoint: String,
}

/// An error response (RFC 6749 section 5.2).
#[derive(Deserialize, JsonSchema)]
struct TokenError {
    error: String,
    #[serde(default)]
    error_description: String,
}

fn client(context: &Context) -> Result<Credentials, Fault> {
    let catalog = context.ledger.catalog();
    let Some((client, secret)) = shipped(&catalog) else {
        let problem = format!("the client '{WEBHOOK_IDENTITY}' does not exist");
        return Err(fault(
            problem,
            "restart the server; it creates the client when it starts",
        ));
    };
    if !client.settings.active {
        let next = format!("run: hookgate client enable '{WEBHOOK_IDENTITY}'");
        return Err(fault("the client is disabled", next));
    }
    if !catalog.client_active(client) {
        let user = catalog.technical_users.get(&client.settings.user);
        let code = user.map_or("the technical user", |user| &user.code);
        let problem = format!("the client's technical user {code} is disabled");
        return Err(fault(problem, format!("run: hookgate technical-user enable {code}")));
    }
    let again = format!("run: hookgate client rotate-secret '{WEBHOOK_IDENTITY}'");
    let secret = secret.ok_or_else(|| fault("the client has no valid secret", again.as_str()))?;
    let secret = context
        .secrets
        .client_secret_open(secret)
        .map_err(|error| fault(error.to_string(), format!("restore the right master key, or {again}")))?;
    Ok(Credentials {
        client_id: client.client_id.clone(),
        secret,
    })
}

fn discovery(server: &Server<'_>) -> Result<Discovery, Fault> {
    let discovery: Discovery = server.get(&format!("{}{DISCOVERY}", server.issuer))?;
    if discovery.issuer == server.issuer {
        return Ok(discovery);
    }
    let problem = format!(
        "the server's issuer is {}, not {} as in IdentityServerUrl",
        discovery.issuer, server.issuer
    );
    Err(fault(problem, "restart the server"))
}

fn token(server: &Server<'_>, discovery: &Discovery, client: &Credentials) -> Result<String, Fault> {
    #[derive(Deserialize, JsonSchema)]
    struct Token {
        access_token: String,
    }
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", client.client_id.as_str()),
        ("client_secret", client.secret.as_str()),
    ];
    let token: Token = server.post(&discovery.token_endpoint, form)?;
    Ok(token.access_token)
}

fn signature(keys: &JwkSet, token: &str, issuer: &str) -> Result<(), Fault> {
    let wrong = |problem: String| fault(problem, "run: hookgate signing-key list; then restart the server");
    let header = decode_header(token).map_err(|error| wrong(format!("the token is not a JWT: {error}")))?;
    let kid = header.kid.unwrap_or_default();
    let key = keys
        .find(&kid)
        .ok_or_else(|| wrong(format!("the token's key '{kid}' is not among the published keys")))?;
    let key = DecodingKey::from_jwk(key).map_err(|error| wrong(format!("the key '{kid}' cannot be used: {error}")))?;
    let mut validation = Validation::new(header.alg);
    validation.set_issuer(&[issuer]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    // The recipient of the token checks the audience.
    validation.validate_aud = false;
    decode::<serde_json::Value>(token, &key, &validation)
        .map(|_| ())
        .map_err(|error| wrong(format!("the token cannot be verified: {error}")))
}

fn introspection(server: &Server<'_>, discovery: &Discovery, client: &Credentials, token: &str) -> Result<(), Fault> {
    #[derive(Deserialize, JsonSchema)]
    struct Introspection {
        active: bool,
    }
    let form = [
        ("token", token),
        ("client_id", client.client_id.as_str()),
        ("client_secret", client.secret.as_str()),
    ];
    let answer: Introspection = server.post(&discovery.introspection_endpoint, form)?;
    if answer.active {
        Ok(())
    } else {
        Err(fault("the server reports that the token is not valid", LOOK_AT_LOG))
    }
}

impl Server<'_> {
    fn get<T: DeserializeOwned>(&self, address: &str) -> Result<T, Fault> {
        self.read(address, |url| self.agent.get(url).call())
    }

    fn post<'f, T: DeserializeOwned>(
        &self,
        address: &str,
        form: impl IntoIterator<Item = (&'f str, &'f str)>,
    ) -> Result<T, Fault> {
        self.read(address, |url| self.agent.post(url).send_form(form))
    }

    /// Sends the request to the listener itself, whatever host the address names.
    fn read<T: DeserializeOwned>(
        &self,
        address: &str,
        ask: impl FnOnce(String) -> Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<T, Fault> {
        let path = address.strip_prefix(self.issuer).filter(|path| path.starts_with('/'));
        let path = path.ok_or_else(|| {
            let problem = format!("{address} does not start with IdentityServerUrl, {}", self.issuer);
            fault(problem, "restart the server")
        })?;
        let unreached = |error: ureq::Error| {
            let problem = format!("{path} did not respond: {}", unreached(&error));
            fault(problem, LOOK_AT_LOG)
        };
        let mut answer = ask(url(self.endpoint, path)).map_err(unreached)?;
        let status = answer.status().as_u16();
        let text = answer
            .body_mut()
            .with_config()
            .limit(MAX_ANSWER_LENGTH)
            .read_to_string()
            .map_err(unreached)?;
        if status == 200 {
            // The response may contain a token, so it is not shown.
            return serde_json::from_str(&text).map_err(|error| {
                fault(
                    format!("the response of {path} is not as expected: {error}"),
                    LOOK_AT_LOG,
                )
            });
        }
        Err(refused(path, status, &text))
    }
}

/// The problem that a response other than 200 means.
fn refused(path: &str, status: u16, text: &str) -> Fault {
    let Ok(TokenError {
        error,
        error_description,
    }) = serde_json::from_str(text)
    else {
        return fault(format!("{path} returned {status}"), LOOK_AT_LOG);
    };
    let problem = match error_description.as_str() {
        "" => format!("{path} returned {status} {error}"),
        said => format!("{path} returned {status} {error}: {said}"),
    };
    let next = match error.as_str() {
        "invalid_client" | "unauthorized_client" => format!(
            "check with 'hookgate client show' that the allowed addresses of {WEBHOOK_IDENTITY} include this machine; \
             if they do, run: hookgate client rotate-secret '{WEBHOOK_IDENTITY}'"
        ),
        "invalid_scope" => format!("run: hookgate client set '{WEBHOOK_IDENTITY}' --scope webhook:send"),
        _ => LOOK_AT_LOG.to_owned(),
    };
    fault(problem, next)
}

#[cfg(test)]
mod tests;
