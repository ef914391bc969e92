//! The program: joins the command line with the appliance.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use hookgate::app::context::context;
use hookgate::app::demo::demo;
use hookgate::app::folder_owner::owner_fits;
use hookgate::app::restore::{KeyInPlace, restore};
use hookgate::app::run::{ServeEnd, run};
use hookgate::app::serve::Server;
use hookgate::app::verify::{NextStep, RefusedRebuild, rebuilt, verify};
use hookgate::app::{Appliance, CreateMode};
use hookgate::backup::ProgressFn;
use hookgate::cli::{
    self, Backend, BoxError, CheckView, EXIT_DISK, EXIT_OK, RebuildEnd, RebuildView, RestoreView, Terminal,
};
use hookgate::config::{LogFormat, Settings};
use hookgate::files::open_files_raise;
use hookgate::http::{LOG_TARGET, Serves};
use hookgate::ledger::rebuild::Wish;
use hookgate::ledger::survey::Source;
use hookgate::manage::Context;
use hookgate::manage::error::with_causes;
use hookgate::store::{damage_caught, last_words_prepare};
use hookgate::systemd::Systemd;
use hookgate::telemetry;

/// How long a command without a server waits for webhooks that it sent back to processing.
const PROCESSED_WITHIN: Duration = Duration::from_secs(600);

/// Entries are made in one thread and freed in another, 50,000 times a second: the system's own
/// allocator spends a fifth of the processor's time on that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    last_words_prepare();
    let backend = Backend {
        serve,
        demo: show,
        offline,
        check,
        rebuild,
        restore: restored,
    };
    let mut terminal = Terminal::of_process();
    ExitCode::from(cli::run(std::env::args_os(), &backend, &mut terminal))
}

fn log(settings: &Settings) {
    let format = match settings.log.format {
        LogFormat::Text => telemetry::Format::Text,
        LogFormat::Json => telemetry::Format::Json,
    };
    telemetry::init(settings.log.level, format, LOG_TARGET);
}

fn serve(settings: Settings) -> Result<u8, BoxError> {
    owner_fits(&settings.data)?;
    log(&settings);
    open_files_raise();
    // Before there is a second thread.
    let systemd = Systemd::of_process()?;
    let ended = run(&Arc::new(settings), systemd, ready)?;
    Ok(exit_code(ended))
}

const fn exit_code(ended: ServeEnd) -> u8 {
    match ended {
        ServeEnd::Requested => EXIT_OK,
        ServeEnd::Failed => EXIT_DISK,
    }
}

/// Prints where it listens. If the output is closed, it serves all the same.
fn ready(server: &Server) -> ControlFlow<()> {
    let mut text = format!("Hookgate {} is ready\n", env!("CARGO_PKG_VERSION"));
    for (address, serves, tls) in &server.addresses {
        let who = match serves {
            Serves::Everything => "webhooks and administration",
            Serves::Webhooks => "senders",
            Serves::Operations => "administration",
        };
        let scheme = if *tls { "https" } else { "http" };
        let _ = writeln!(text, "  listens on   {scheme}://{address} ({who})");
    }
    let certificate = server.certificate.current();
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "ready: webhooks are accepted");
    let _ = writeln!(text, "  certificate  SHA-256 {}", certificate.fingerprint);
    let _ = writeln!(text, "               until {}", certificate.expires);
    let _ = writeln!(text, "  data folder  {}", server.appliance.settings.data.display());
    if server.appliance.is_new {
        text.push_str("  first steps  hookgate grant Contact --create, then hookgate source add NAME\n");
    }
    let mut out = std::io::stdout();
    text.push_str(&setup(server, out.is_terminal()));
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    ControlFlow::Continue(())
}

/// What to say of the set-up link of a first start. It is a secret: without a terminal it goes
/// into a file, and only that file is named.
fn setup(server: &Server, terminal: bool) -> String {
    let link = match server.setup_link_first() {
        Ok(Some(link)) => link,
        Ok(None) => return String::new(),
        Err(error) => {
            tracing::error!(%error, "the set-up link cannot be created; run 'hookgate user setup-link' to create one");
            return String::new();
        }
    };
    if terminal {
        return format!("  set-up link  {link}\n               for the first administrator, valid for 30 minutes\n");
    }
    match server.context.people.setup_file_write(&link) {
        Ok(path) => tracing::info!(
            path = %path.display(),
            "there is no administrator yet: the set-up link is in this file and valid for 30 minutes"
        ),
        Err(error) => tracing::error!(
            %error,
            "the set-up link cannot be written; run 'hookgate user setup-link' to create one"
        ),
    }
    String::new()
}

fn show(settings: Settings, once: bool, terminal: &mut Terminal<'_>) -> Result<u8, BoxError> {
    telemetry::init(tracing::Level::WARN, telemetry::Format::Text, LOG_TARGET);
    open_files_raise();
    Ok(exit_code(demo(settings, once, &mut terminal.out)?))
}

/// Opens the data folder, lets the work be done, and waits until what it sent back to
/// processing is processed.
fn offline(settings: &Settings, work: &mut dyn FnMut(&Context)) -> Result<(), BoxError> {
    telemetry::init(tracing::Level::WARN, telemetry::Format::Text, LOG_TARGET);
    owner_fits(&settings.data)?;
    let appliance = damage_caught(|| Appliance::open(&Arc::new(settings.clone()), CreateMode::Refused))??;
    let worked = damage_caught(|| {
        work(&context(&appliance));
        appliance.ledger.reprocess_wait(PROCESSED_WITHIN)
    });
    let left = match worked {
        Ok(left) => left,
        Err(error) => {
            // The process ends; closing the database could wait forever.
            std::mem::forget(appliance);
            return Err(error.into());
        }
    };
    appliance.close();
    if left > 0 {
        return Err(format!("{left} webhooks are not processed yet; they are processed at the next start").into());
    }
    Ok(())
}

fn check(settings: &Settings) -> Result<CheckView, BoxError> {
    owner_fits(&settings.data)?;
    let found = verify(settings)?;
    Ok(CheckView {
        entries: found.entries,
        webhooks: found.webhooks,
        problems: found.problems,
        next_step: found.next.map(NextStep::text),
    })
}

fn rebuild(settings: &Settings, wish: Wish) -> Result<RebuildEnd, BoxError> {
    owner_fits(&settings.data)?;
    match rebuilt(settings, wish) {
        Ok(done) => Ok(RebuildEnd::Made(RebuildView {
            journal_renewed: wish.from == Source::Database,
            entries: done.applied,
            webhooks: done.webhooks,
            lost: done.lost,
            equal: done.equal,
            kept_as: done.kept_as,
        })),
        Err(RefusedRebuild::Choose(why)) => Ok(RebuildEnd::Refused(why)),
        Err(RefusedRebuild::Open(error)) => Err(error.into()),
    }
}

fn restored(settings: &Settings, file: &Path, progress: ProgressFn<'_>) -> Result<RestoreView, BoxError> {
    owner_fits(&settings.data)?;
    let (restored, key) = restore(settings, file, progress)?;
    let snapshot = restored.header.snapshot;
    let problem = match &key {
        KeyInPlace::Fits => String::new(),
        KeyInPlace::Other => "the existing master key does not belong to the backup".to_owned(),
        KeyInPlace::Unusable(error) => with_causes(error),
    };
    Ok(RestoreView {
        data: settings.data.clone(),
        made_on: snapshot.made_on,
        applied: snapshot.applied,
        webhooks: snapshot.webhooks_total(),
        records: snapshot.records_total(),
        master_key: settings.secrets.master_key.clone(),
        master_key_fits: problem.is_empty(),
        master_key_problem: problem,
    })
}
