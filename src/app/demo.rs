//! `hookgate demo`: one webhook from receipt to record, in its own data folder.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use super::run::{RunError, ServeEnd, run};
use super::serve::Server;
use crate::config::Settings;
use crate::domain::actor::Actor;
use crate::domain::rights::WEBHOOK_SERVICE;
use crate::domain::webhook::Outcome;
use crate::manage::grant::RightsEdit;
use crate::manage::source::SourceEdit;
use crate::manage::source_test::{SourceTestView, TestBody};
use crate::manage::webhook::WebhookView;
use crate::manage::{Context, ManageError, grant, record, source, source_test};
use crate::systemd::Systemd;

/// The example of the vendor's help, with braces around it.
const GOOD: &str = r#"{
  "Name": "John Best",
  "Email": "j.best@ourcompany.com",
  "MobilePhone": "+1 212 542 4238",
  "CountryId": "f8af0e88-f36b-1410-fa98-00155d043204",
  "EntityName": "Contact"
}"#;

/// The same as people paste it from there: without them.
const BROKEN: &str = r#""Name": "John Best",
"Email": "j.best@ourcompany.com",
"EntityName": "Contact""#;

const SOURCE: &str = "Demo form";

/// Why the demonstration did not finish.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The server did not start.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A step of it failed.
    #[error(transparent)]
    Manage(#[from] ManageError),
    /// No record came of the webhook.
    #[error("no record was created from the webhook; see the output above")]
    NoRecord,
    /// Its folder cannot be made.
    #[error("the folder {} cannot be created", path.display())]
    Folder {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// What it says cannot be written.
    #[error("the output cannot be written")]
    Output(#[from] io::Error),
}

/// Starts an appliance with a new data folder on a free port, shows the whole way of one
/// webhook and of one that fails, then serves until Ctrl-C (or ends, with `once`). The folder is
/// removed at the end.
///
/// # Errors
/// [`DemoError`]; above all when no record was made.
pub fn demo(mut settings: Settings, once: bool, out: &mut dyn Write) -> Result<ServeEnd, DemoError> {
    let path = std::env::temp_dir().join(format!("hookgate-demo-{}", std::process::id()));
    let folder = |source| DemoError::Folder {
        path: path.clone(),
        source,
    };
    // An earlier process with the same number left it.
    if path.exists() {
        fs::remove_dir_all(&path).map_err(folder)?;
    }
    settings.data.clone_from(&path);
    settings.secrets.master_key = path.join("master.key");
    settings.secrets.credential = false;
    settings.listen.address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    settings.listen.senders = None;
    settings.listen.plain_http = None;
    settings.listen.public_url = None;
    settings.tls.files = None;
    // It is gone before it could be needed.
    settings.disk.ballast = Some(0);
    let result = shown(&Arc::new(settings), once, out);
    let _ = fs::remove_dir_all(&path);
    result
}

fn shown(settings: &Arc<Settings>, once: bool, out: &mut dyn Write) -> Result<ServeEnd, DemoError> {
    if once {
        let server = Server::start(settings).map_err(RunError::Start)?;
        let told = story(&server, out);
        server.stop();
        told?;
        return Ok(ServeEnd::Requested);
    }
    let mut told = Ok(());
    let ended = run(settings, Systemd::default(), |server| {
        told = story(server, out).and_then(|shown| {
            next_steps(server, &shown, out)?;
            page(server, out)
        });
        match told {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    })?;
    told.map(|()| ended)
}

/// What the user can open while it serves.
struct Shown {
    url: String,
    /// The webhook that failed.
    failed: Option<WebhookView>,
}

fn story(server: &Server, out: &mut dyn Write) -> Result<Shown, DemoError> {
    let context = &*server.context;
    writeln!(out, "Hookgate {} demonstration\n", env!("CARGO_PKG_VERSION"))?;
    if let Some((address, ..)) = server.addresses.first() {
        writeln!(out, "1. Hookgate runs at https://localhost:{}", address.port())?;
    }
    writeln!(out, "   data folder   {}", server.appliance.settings.data.display())?;
    writeln!(
        out,
        "   certificate   self-signed, SHA-256 {}",
        server.certificate.current().fingerprint
    )?;
    grant::grant_set(
        context,
        Actor::CommandLine,
        WEBHOOK_SERVICE,
        "Contact",
        RightsEdit {
            create: Some(true),
            ..RightsEdit::default()
        },
    )?;
    writeln!(
        out,
        "\n2. Contact is in the Webhook entities lookup, and {WEBHOOK_SERVICE} may create Contacts"
    )?;
    let made = source::source_add(context, Actor::CommandLine, SOURCE, SourceEdit::default())?;
    let url = made.webhook_url.unwrap_or_default();
    writeln!(
        out,
        "\n3. A webhook source, \"{SOURCE}\", with the Webhook URL (a secret; paste it into the sending service)"
    )?;
    writeln!(out, "   {url}")?;
    let good = post(context, GOOD)?;
    writeln!(
        out,
        "\n4. The example from the documentation, posted to this URL over HTTPS"
    )?;
    out.write_all(indented(GOOD).as_bytes())?;
    writeln!(
        out,
        "   response      {} {} (after {} ms, safe on disk)",
        good.answer_status, good.answer, good.answered_in_ms
    )?;
    let Some((object, id)) = webhook_shown(good.webhook.as_ref(), out)? else {
        return Err(DemoError::NoRecord);
    };
    writeln!(out, "\n5. The {object} that was created from it")?;
    let view = record::record_show(context, &object, id)?;
    writeln!(out, "   {:<14}{}", "Id", view.id)?;
    for value in &view.values {
        let text = value
            .value
            .as_str()
            .map_or_else(|| value.value.to_string(), str::to_owned);
        let resolved = value
            .display
            .as_ref()
            .map_or_else(String::new, |display| format!("  = {display}"));
        writeln!(out, "   {:<14}{text}{resolved}", value.key)?;
    }
    writeln!(
        out,
        "\n6. The same webhook without braces, a common mistake: stored, with status Failed and the reason"
    )?;
    out.write_all(indented(BROKEN).as_bytes())?;
    let broken = post(context, BROKEN)?;
    writeln!(out, "   response      {} {}", broken.answer_status, broken.answer)?;
    webhook_shown(broken.webhook.as_ref(), out)?;
    out.flush()?;
    let failed = broken.webhook;
    Ok(Shown { url, failed })
}

/// The set-up link of the admin page. The data folder is new, so there is no user yet.
fn page(server: &Server, out: &mut dyn Write) -> Result<(), DemoError> {
    if let Some(link) = server.setup_link_first().map_err(ManageError::from)? {
        writeln!(out, "   {link}")?;
        writeln!(
            out,
            "     the admin page: set the first administrator's password there within 30 minutes (valid once); the browser"
        )?;
        writeln!(
            out,
            "     warns about the self-signed certificate, whose SHA-256 is shown above"
        )?;
    }
    writeln!(out, "\nPress Ctrl-C to stop.")?;
    Ok(out.flush()?)
}

fn post(context: &Context, body: &str) -> Result<SourceTestView, ManageError> {
    let body = TestBody {
        content_type: "application/json".to_owned(),
        body: body.to_owned(),
    };
    source_test::source_test(context, SOURCE, Some(&body))
}

/// Prints the state of a webhook; returns the record that it made.
fn webhook_shown(webhook: Option<&WebhookView>, out: &mut dyn Write) -> io::Result<Option<(String, uuid::Uuid)>> {
    let Some(webhook) = webhook else { return Ok(None) };
    writeln!(out, "   webhook       {}", webhook.id)?;
    writeln!(
        out,
        "   status        {} ({})",
        webhook.status.name(),
        webhook.outcome.name()
    )?;
    for error in &webhook.errors {
        let place = if error.column.is_empty() {
            String::new()
        } else {
            format!("{}: ", error.column)
        };
        writeln!(out, "   error         {place}{}", error.text)?;
    }
    let made = webhook
        .records
        .first()
        .filter(|_| webhook.outcome == Outcome::RecordCreated);
    Ok(made.map(|record| (record.object.clone(), record.id)))
}

fn next_steps(server: &Server, shown: &Shown, out: &mut dyn Write) -> io::Result<()> {
    let data = server.appliance.settings.data.display();
    let program = std::env::args().next().unwrap_or_else(|| "hookgate".to_owned());
    writeln!(out, "\nNext steps (in another terminal, while this runs)")?;
    writeln!(out, "   {program} webhook list --data {data}")?;
    if let Some(webhook) = &shown.failed {
        writeln!(out, "   {program} webhook show {} --data {data}", webhook.id)?;
    }
    writeln!(out, "   {program} record list Contact --data {data}")?;
    writeln!(
        out,
        "   curl --cacert {data}/tls/cert.pem -H 'Content-Type: application/json' \\"
    )?;
    let local = server.addresses.first().map_or(0, |(address, ..)| address.port());
    let path = shown.url.splitn(4, '/').nth(3).unwrap_or_default();
    writeln!(
        out,
        "     -d '{{\"EntityName\":\"Contact\",\"Name\":\"Jane Doe\"}}' https://localhost:{local}/{path}"
    )?;
    writeln!(
        out,
        "   {program} serve --help        how to run a server; README.md shows the first steps"
    )?;
    out.flush()
}

fn indented(text: &str) -> String {
    text.lines().fold(String::new(), |mut all, line| {
        let _ = writeln!(all, "   | {line}");
        all
    })
}
