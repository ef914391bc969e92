//! The overview: the state of the set-up, and what needs attention.

use std::time::Instant;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::health::{Check, HealthView, Part, State, days_left, health_check, oauth_known};
use super::{Context, ManageError, Running};
use crate::backup::backup_last;
use crate::clock;
use crate::domain::catalog::Catalog;
use crate::domain::rights::WEBHOOK_SERVICE_ID;
use crate::domain::time::Timestamp;
use crate::domain::user::Role;
use crate::store::Reader;
use crate::store::query::WebhookCounts;
use crate::tls::Finding;

/// The days before a secret expires from which it needs attention.
const SECRET_DAYS: i64 = 14;

/// The state of the set-up, and what needs attention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OverviewView {
    /// The set-up list, in the recommended order.
    pub steps: Vec<SetupStep>,
    /// What needs attention; errors first.
    pub attention: Vec<Attention>,
    pub counts: CountsView,
    /// The state of the server and its parts.
    pub health: HealthView,
    pub version: String,
}

/// A step of the set-up list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SetupStep {
    pub id: StepId,
    pub done: bool,
    pub detail: String,
}

/// The steps of the set-up list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StepId {
    /// A webhook entity is registered.
    Entity,
    /// `WebhookService` may create records of it.
    Permission,
    /// A webhook source exists.
    Source,
    Webhook,
    /// Programs can get tokens.
    Oauth,
    /// Senders can trust the certificate.
    Certificate,
    /// A backup was created.
    Backup,
}

/// Something that needs attention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Attention {
    pub level: Level,
    /// The problem, and what to do about it.
    pub text: String,
    /// What it is about.
    pub about: Option<About>,
}

/// What something that needs attention is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    FailedWebhooks,
    NewWebhooks,
    Disk,
    Certificate,
    Clock,
    /// The own account of the caller.
    Account,
    /// The OAuth client with this id.
    Client(String),
}

/// The level of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Something does not work, or will soon stop working.
    Error,
    /// Something that the administrator should know.
    Warn,
}

/// The number of webhooks by status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CountsView {
    /// Arrived and not processed yet.
    pub new: u64,
    pub processing: u64,
    pub failed: u64,
    pub done: u64,
}

/// The current state of the server.
///
/// # Errors
/// If no server runs, or the store fails.
pub fn overview(context: &Context) -> Result<OverviewView, ManageError> {
    let health = health_check(context)?;
    let catalog = context.ledger.catalog();
    let reader = context.ledger.store().reader()?;
    let now = clock::now();
    let WebhookCounts {
        new,
        processing,
        failed,
        done,
    } = reader.webhook_counts()?;
    let counts = CountsView {
        new,
        processing,
        failed,
        done,
    };
    Ok(OverviewView {
        steps: steps(context, &catalog, &reader, now)?,
        attention: attention(context, &catalog, &reader, &health, now)?,
        counts,
        version: health.version.clone(),
        health,
    })
}

fn steps(context: &Context, catalog: &Catalog, reader: &Reader, now: Timestamp) -> Result<Vec<SetupStep>, ManageError> {
    let step = |id, done, detail: String| SetupStep { id, done, detail };
    let may = |object: &u32| {
        let rights = catalog.grants.get(&(WEBHOOK_SERVICE_ID, *object));
        rights.is_some_and(|rights| rights.create)
    };
    let code = |object: &u32| catalog.objects.get(object).map(|object| object.code.clone());
    let entities: Vec<String> = catalog.entities.iter().filter_map(code).collect();
    let without: Vec<String> = catalog.entities.iter().filter(|id| !may(id)).filter_map(code).collect();
    let permission = match without.as_slice() {
        [] if entities.is_empty() => "Register a webhook entity first.".to_owned(),
        [] => String::new(),
        some => format!("Not for {}.", listed(some)),
    };
    let sources = catalog.sources.len();
    let webhooks = reader.webhook_counts()?.total();
    let oauth = oauth_known(context)?;
    let failed = oauth.steps.iter().find(|step| !step.ok);
    let oauth_detail = failed.and_then(|step| Some(format!("{}: {}", step.name, step.problem.as_deref()?)));
    let (certificate, certificate_detail) = certificate(context, now);
    let backup = backup_last(&context.files.data).map(|last| last.at);
    let backup_detail = backup.map_or_else(
        || "No backup exists yet.".to_owned(),
        |at| format!("Last backup: {at}."),
    );
    Ok(vec![
        step(StepId::Entity, !entities.is_empty(), listed(&entities)),
        step(StepId::Permission, without.len() < entities.len(), permission),
        step(StepId::Source, sources > 0, counted(sources as u64, "source")),
        step(StepId::Webhook, webhooks > 0, counted(webhooks, "webhook")),
        step(StepId::Oauth, oauth.healthy, oauth_detail.unwrap_or_default()),
        step(StepId::Certificate, certificate, certificate_detail),
        step(StepId::Backup, backup.is_some(), backup_detail),
    ])
}

fn attention(
    context: &Context,
    catalog: &Catalog,
    reader: &Reader,
    health: &HealthView,
    now: Timestamp,
) -> Result<Vec<Attention>, ManageError> {
    let mut all = Vec::new();
    let mut add = |level, text: String, about| all.push(Attention { level, text, about });
    // A certificate that is not set up yet is a step of the list instead.
    let to_do = |check: &Check| check.name == Part::Certificate && check.findings == [Finding::SelfSigned.code()];
    for check in health
        .checks
        .iter()
        .filter(|check| check.status > State::Ok && !to_do(check))
    {
        let (level, about) = attention_of(check);
        add(
            level,
            format!("{} {}", check.text, check.detail).trim().to_owned(),
            about,
        );
    }
    let hours = reader.webhook_hours(now.hour().saturating_sub(23)..now.hour() + 1)?;
    let failed: u64 = hours.iter().map(|(_, counts)| counts.failed).sum();
    if failed > 0 {
        let text = format!(
            "{} of the last 24 hours failed. Fix the cause, then reprocess them.",
            counted(failed, "webhook")
        );
        add(Level::Warn, text, Some(About::FailedWebhooks));
    }
    for client in catalog.clients.values().filter(|client| client.settings.active) {
        // Only the newest secret: older ones are being replaced.
        let ends = client.secrets.first().and_then(|secret| secret.expires_on);
        let Some(days) = ends.map(|end| days_left(end, now)).filter(|days| *days < SECRET_DAYS) else {
            continue;
        };
        let name = &client.settings.name;
        let about = Some(About::Client(client.client_id.clone()));
        if days < 0 {
            let text = format!(
                "The secret of the OAuth client {name} has expired: the client gets no tokens. Create a new one."
            );
            add(Level::Error, text, about);
        } else {
            let days = counted(days.cast_unsigned(), "day");
            let text = format!("The secret of the OAuth client {name} expires in {days}. Create a new one.");
            add(Level::Warn, text, about);
        }
    }
    if let Some(ahead) = context.retention.clock_check.look(now, Instant::now()) {
        let text = format!(
            "The clock is {} ahead of what is known of the time, so retention deletes nothing. Set the clock; if it \
             is right, run retention by hand.",
            counted(ahead.as_secs() / 3600, "hour")
        );
        add(Level::Error, text, Some(About::Clock));
    }
    let mut administrators = catalog
        .users
        .values()
        .filter(|user| user.active && user.role == Role::Administrator)
        .peekable();
    if administrators.peek().is_some() && administrators.all(|user| user.totp.is_none()) {
        let text = "No administrator uses a second factor. Enable it for your account.".to_owned();
        add(Level::Warn, text, Some(About::Account));
    }
    all.sort_by_key(|attention| attention.level);
    Ok(all)
}

/// The level of a check that is not OK, and what it is about.
fn attention_of(check: &Check) -> (Level, Option<About>) {
    let below = |figure, limit| check.number(figure).is_some_and(|number| number < limit);
    let (urgent, about) = match check.name {
        Part::Journal | Part::Store | Part::Secrets => (false, None),
        Part::Processing => (false, Some(About::NewWebhooks)),
        Part::Disk => (false, Some(About::Disk)),
        Part::Certificate => (below("days_left", 0), Some(About::Certificate)),
        Part::Clock => (true, Some(About::Clock)),
    };
    let error = urgent || check.status == State::Fail;
    (if error { Level::Error } else { Level::Warn }, about)
}

/// Whether the certificate has no warnings, with the findings as text. Without warnings, the text
/// says until when it is valid and which issuer clients must trust.
fn certificate(context: &Context, now: Timestamp) -> (bool, String) {
    let Some(Running {
        certificate: resolver, ..
    }) = &context.running
    else {
        return (false, String::new());
    };
    let findings = resolver.findings(now);
    let done = !findings.iter().any(Finding::is_warning);
    let mut said: Vec<_> = findings.iter().map(Finding::whole).collect();
    if done && !findings.contains(&Finding::BehindProxy) {
        let certificate = resolver.current();
        said.push(format!(
            "Valid until {}, issued by {}: senders that trust this CA accept it.",
            certificate.expires, certificate.issuer
        ));
    }
    (done, said.join(" "))
}

fn counted(count: u64, what: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {what}{s}")
}

/// The first few names, and the number of the others.
fn listed(names: &[String]) -> String {
    match names {
        [first, second, third, rest @ ..] if !rest.is_empty() => {
            format!("{first}, {second}, {third} and {} more", rest.len())
        }
        few => few.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_cut() {
        let names = ["A", "B", "C", "D", "E"].map(str::to_owned);
        assert_eq!(listed(&names), "A, B, C and 2 more");
        assert_eq!(listed(&names[..3]), "A, B, C");
        assert_eq!(counted(1, "day"), "1 day");
    }
}
