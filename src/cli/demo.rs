//! `hookgate demo`: the whole way once, on a data folder of its own.

use std::fmt::Write as _;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use crate::app::run::{Ended, RunError, run};
use crate::app::serve::Server;
use crate::config::Settings;
use crate::domain::actor::Actor;
use crate::domain::rights::{Rights, WEBHOOK_SERVICE};
use crate::domain::webhook::Outcome;
use crate::manage::source::SourceEdit;
use crate::manage::source_test::{SourceTestView, TestBody};
use crate::manage::webhook::WebhookView;
use crate::manage::{Context, ManageError, grant, record, source, source_test};

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

/// Why the demonstration did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The server did not start.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A step of it failed.
    #[error(transparent)]
    Manage(#[from] ManageError),
    /// No record came of the webhook.
    #[error("the webhook did not become a record; see what is printed above")]
    NoRecord,
    /// Its folder cannot be made.
    #[error("the folder {} cannot be made", path.display())]
    Folder {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The disk failed.
    #[error("the disk failed while serving")]
    Failed,
}

/// Starts an appliance with a new data folder on a free port, shows the whole way of one
/// webhook and of one that fails, then serves until Ctrl-C (or ends, with `once`). The folder is
/// removed at the end.
///
/// # Errors
/// [`DemoError`]; above all when no record was made.
pub fn demo(mut settings: Settings, once: bool) -> Result<(), DemoError> {
    let path = std::env::temp_dir().join(format!("hookgate-demo-{}", std::process::id()));
    let folder = |source| DemoError::Folder { path: path.clone(), source };
    // Left behind by an earlier process of the same number.
    if path.exists() {
        fs::remove_dir_all(&path).map_err(folder)?;
    }
    settings.data.clone_from(&path);
    settings.secrets.master_key = path.join("master.key");
    settings.listen.address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    settings.listen.senders = None;
    settings.listen.plain_http = None;
    settings.listen.public_url = None;
    settings.tls.files = None;
    let result = shown(&Arc::new(settings), once);
    let _ = fs::remove_dir_all(&path);
    result
}

fn shown(settings: &Arc<Settings>, once: bool) -> Result<(), DemoError> {
    if once {
        let server = Server::start(settings).map_err(RunError::Start)?;
        let told = tell(&server);
        server.stop();
        return told;
    }
    let mut told = Ok(());
    let ended = run(settings, |server| told = tell(server))?;
    told?;
    match ended {
        Ended::Asked => Ok(()),
        Ended::Failed => Err(DemoError::Failed),
    }
}

fn tell(server: &Server) -> Result<(), DemoError> {
    let context = &*server.context;
    println!("Hookgate {} demonstration\n", env!("CARGO_PKG_VERSION"));
    if let Some((address, ..)) = server.addresses.first() {
        println!("1. The appliance runs on https://localhost:{}", address.port());
    }
    println!("   data folder   {}", server.appliance.settings.data.display());
    println!("   certificate   self-signed, SHA-256 {}", server.certificate.current().fingerprint);
    grant::grant_add(
        context,
        Actor::CommandLine,
        WEBHOOK_SERVICE,
        "Contact",
        Rights { create: true, ..Rights::default() },
    )?;
    println!("\n2. Contact is in the Webhook entities lookup, and {WEBHOOK_SERVICE} may create Contacts now");
    let made = source::source_add(context, Actor::CommandLine, SOURCE, SourceEdit::default())?;
    let url = made.webhook_url.unwrap_or_default();
    println!("\n3. A webhook source, \"{SOURCE}\", with the Webhook URL (a secret; paste it into the sending service)");
    println!("   {url}");
    let good = post(context, GOOD)?;
    println!("\n4. The example of the documentation, posted there over HTTPS");
    print!("{}", indented(GOOD));
    println!("   answer        {} {} (after {} ms, safe on disk)", good.answer_status, good.answer, good.answered_in_ms);
    let record = good.webhook.as_ref().map(webhook_told).unwrap_or_default();
    let Some((object, id)) = record else {
        return Err(DemoError::NoRecord);
    };
    println!("\n5. The {object} that it became");
    let view = record::record_show(context, &object, id)?;
    println!("   {:<14}{}", "Id", view.id);
    for value in &view.values {
        let text = value.value.as_str().map_or_else(|| value.value.to_string(), str::to_owned);
        let resolved = value.display.as_ref().map_or_else(String::new, |display| format!("  = {display}"));
        println!("   {:<14}{text}{resolved}", value.key);
    }
    println!("\n6. The same as it is often pasted, without braces: stored, and Failed with the reason");
    print!("{}", indented(BROKEN));
    let broken = post(context, BROKEN)?;
    println!("   answer        {} {}", broken.answer_status, broken.answer);
    if let Some(webhook) = &broken.webhook {
        webhook_told(webhook);
    }
    next_steps(server, &url, broken.webhook.as_ref());
    Ok(())
}

fn post(context: &Context, body: &str) -> Result<SourceTestView, ManageError> {
    let body = TestBody {
        content_type: "application/json".to_owned(),
        body: body.to_owned(),
    };
    source_test::source_test(context, SOURCE, Some(&body))
}

/// Prints where a webhook stands; gives the record that was made.
fn webhook_told(webhook: &WebhookView) -> Option<(String, uuid::Uuid)> {
    println!("   webhook       {}", webhook.id);
    println!("   status        {} ({})", webhook.status.name(), webhook.outcome.name());
    for error in &webhook.errors {
        let place = if error.column.is_empty() { String::new() } else { format!("{}: ", error.column) };
        println!("   error         {place}{}", error.text);
    }
    let record = webhook.records.first()?;
    (webhook.outcome == Outcome::RecordCreated).then(|| (record.object.clone(), record.id))
}

fn next_steps(server: &Server, url: &str, failed: Option<&WebhookView>) {
    let data = server.appliance.settings.data.display();
    let program = std::env::args().next().unwrap_or_else(|| "hookgate".to_owned());
    println!("\nWhere to go next (while this runs, in another terminal)");
    println!("   {program} webhook list --data {data}");
    if let Some(webhook) = failed {
        println!("   {program} webhook show {} --data {data}", webhook.id);
    }
    println!("   {program} record list Contact --data {data}");
    println!("   curl --cacert {data}/tls/cert.pem -H 'Content-Type: application/json' \\");
    let local = server.addresses.first().map_or(0, |(address, ..)| address.port());
    let path = url.splitn(4, '/').nth(3).unwrap_or_default();
    println!("     -d '{{\"EntityName\":\"Contact\",\"Name\":\"Jane Doe\"}}' https://localhost:{local}/{path}");
    println!("   {program} serve --help        how to run it for real; README.md has the five minutes");
}

fn indented(text: &str) -> String {
    text.lines().fold(String::new(), |mut all, line| {
        let _ = writeln!(all, "   | {line}");
        all
    })
}
