//! The command line: arguments, what they ask, and exit codes. Rendering is in `render`.

mod answer;
mod args;
mod ask;
mod audit;
mod backup;
mod check_config;
mod client;
mod entity;
mod grant;
mod input;
mod login_session;
mod maintain;
mod object;
mod process;
mod record;
mod render;
mod retention;
mod session;
mod setting;
mod signing_key;
mod source;
mod task;
mod technical_user;
mod terminal;
#[cfg(test)]
mod tests;
mod user;
mod webhook;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{ArgMatches, FromArgMatches as _};

pub use args::command;
pub use backup::{Restore, RestoreView};
pub use maintain::{CheckView, RebuildEnd, RebuildView};
pub use terminal::Terminal;

use crate::api::ProblemView;
use crate::config::{self, ConfigErrors, Places, Settings};
use crate::control::AskError;
use crate::ledger::rebuild::Wish;
use crate::manage::health::{HealthView, OauthHealthView};
use crate::manage::thing::Thing;
use crate::manage::{Context, Kind};
use args::{Cli, Command, Common};
use session::{Plan, Session};

/// What the command line needs of the appliance; `main` fills it.
pub struct Backend {
    /// Runs the server until it stops. Returns the exit code.
    pub serve: fn(Settings) -> Result<u8, BoxError>,
    /// Shows the whole way of a webhook; with `true` ends afterwards.
    pub demo: fn(Settings, bool, &mut Terminal<'_>) -> Result<u8, BoxError>,
    /// Opens the data folder without listening, lets the work be done, and closes it.
    pub offline: fn(&Settings, Work<'_>) -> Result<(), BoxError>,
    /// Verifies journal and database. The server must not run.
    pub check: fn(&Settings) -> Result<CheckView, BoxError>,
    /// Rebuilds the database from the journal, or starts a new journal after the database. The
    /// server must not run.
    pub rebuild: fn(&Settings, Wish) -> Result<RebuildEnd, BoxError>,
    /// Makes a data folder of a backup.
    pub restore: Restore,
}

/// What is done while the data folder is open.
pub type Work<'a> = &'a mut dyn FnMut(&Context);

/// Any error of the appliance; its text is shown with its causes.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Done.
pub const EXIT_OK: u8 = 0;
/// Refused or failed.
pub const EXIT_FAILED: u8 = 1;
/// The command line or the settings are wrong.
pub const EXIT_USAGE: u8 = 2;
/// There is no such thing.
pub const EXIT_NOT_FOUND: u8 = 3;
/// The server or its data folder cannot be reached.
pub const EXIT_UNREACHABLE: u8 = 4;
/// The disk or the database failed while serving; what was acknowledged is in the journal.
pub const EXIT_DISK: u8 = 5;

/// Runs one command; returns its exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>, backend: &Backend, terminal: &mut Terminal<'_>) -> u8 {
    let matches = match command().try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(error) => return terminal.usage(&error),
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => return terminal.usage(&error),
    };
    let json = cli.common.json;
    match dispatch(cli, &matches, backend, terminal) {
        Ok(code) => code,
        Err(error) => {
            terminal.error(&error, json);
            error.exit
        }
    }
}

fn dispatch(cli: Cli, matches: &ArgMatches, backend: &Backend, terminal: &mut Terminal<'_>) -> Result<u8, CliError> {
    let Cli { common, command } = cli;
    let flags = matches.subcommand().map_or(matches, |(_, flags)| flags);
    let plan = match command {
        Command::Completions { shell } => return maintain::completions(shell, terminal),
        Command::Man { folder } => return maintain::man(folder.as_deref(), terminal),
        Command::CheckConfig { defaults } => return check_config::check_config(&common, flags, defaults, terminal),
        Command::Serve => {
            let settings = settings(&common, flags)?;
            return (backend.serve)(settings).map_err(|error| CliError::unreachable(&*error));
        }
        Command::Demo { once } => {
            if common.json {
                return Err(CliError::usage("'hookgate demo' does not support --json"));
            }
            if flags.value_source("data") == Some(ValueSource::CommandLine) {
                return Err(CliError::usage(
                    "'hookgate demo' uses a temporary data folder and does not support --data",
                ));
            }
            let settings = settings(&common, flags)?;
            return (backend.demo)(settings, once, terminal).map_err(|error| CliError::unreachable(&*error));
        }
        Command::Check => {
            let view = (backend.check)(&settings(&common, flags)?).map_err(|error| CliError::unreachable(&*error))?;
            return maintain::show_check(&view, common.json, terminal);
        }
        Command::Rebuild(command) => {
            let end = (backend.rebuild)(&settings(&common, flags)?, command.wish());
            let end = end.map_err(|error| CliError::unreachable(&*error))?;
            return maintain::show_rebuild(end, common.json, terminal);
        }
        Command::Restore(command) => {
            let settings = settings(&common, flags)?;
            return backup::restore(&command, &settings, backend.restore, common.json, terminal);
        }
        Command::Backup(command) => {
            let settings = settings(&common, flags)?;
            let mut session = Session {
                settings: &settings,
                backend,
                json: common.json,
                terminal,
            };
            return backup::backup(&mut session, &command);
        }
        Command::Source(command) => source::plan(command)?,
        Command::Entity(command) => entity::plan(command),
        Command::Object(command) => object::plan(command)?,
        Command::Grant(command) => grant::plan(command)?,
        Command::Webhook(command) => webhook::plan(command)?,
        Command::Record(command) => record::plan(command)?,
        Command::Retention(command) => retention::plan(command)?,
        Command::Task(command) => task::plan(&command),
        Command::Process(command) => process::plan(command)?,
        Command::Client(command) => client::plan(command)?,
        Command::TechnicalUser(command) => technical_user::plan(command)?,
        Command::Setting(command) => setting::plan(command),
        Command::User(command) => user::plan(command)?,
        Command::Session(command) => login_session::plan(command)?,
        Command::Audit(command) => audit::plan(command)?,
        Command::SigningKey(command) => signing_key::plan(&command)?,
        Command::Healthcheck { oauth: false } => Plan::Online(
            ask::get(&["health"]).judged(render::configuration::health, |health: &HealthView| health.healthy),
        ),
        Command::Healthcheck { oauth: true } => Plan::Online(
            ask::get(&["health", "oauth"]).judged(render::identity::oauth_health, |health: &OauthHealthView| {
                health.healthy
            }),
        ),
    };
    let settings = settings(&common, flags)?;
    Session {
        settings: &settings,
        backend,
        json: common.json,
        terminal,
    }
    .run(plan)
}

fn settings(common: &Common, flags: &ArgMatches) -> Result<Settings, CliError> {
    settings_placed(common, flags).map(|(settings, _)| settings)
}

/// The same, with the place of each value.
fn settings_placed(common: &Common, flags: &ArgMatches) -> Result<(Settings, Places), CliError> {
    let file: Option<&PathBuf> = common.config.as_ref();
    config::load_placed(file.map(PathBuf::as_path), flags, |name| std::env::var(name).ok())
        .map_err(|errors| config_error(&errors))
}

fn config_error(errors: &ConfigErrors) -> CliError {
    CliError::new(EXIT_USAGE, "settings", format!("the settings are not valid:\n{errors}"))
}

/// Why a command was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct CliError {
    pub exit: u8,
    /// A name for programs.
    pub code: String,
    /// The message that a person reads.
    pub text: String,
}

impl CliError {
    fn new(exit: u8, code: &str, text: impl Into<String>) -> Self {
        Self {
            exit,
            code: code.to_owned(),
            text: text.into(),
        }
    }

    fn usage(text: impl Into<String>) -> Self {
        Self::new(EXIT_USAGE, "usage", text)
    }

    fn unreachable(error: &(dyn std::error::Error + 'static)) -> Self {
        Self::new(
            EXIT_UNREACHABLE,
            "unreachable",
            crate::manage::error::with_causes(error),
        )
    }

    fn unexpected(problem: &str) -> Self {
        let text = format!("the answer does not fit the question ({problem}); this is a fault in Hookgate");
        Self::new(EXIT_FAILED, "unexpected", text)
    }

    fn output(error: &std::io::Error) -> Self {
        Self::new(EXIT_FAILED, "output", format!("the output cannot be written: {error}"))
    }
}

/// The command that lists all of a kind.
const fn list_of(thing: Thing) -> Option<&'static str> {
    Some(match thing {
        Thing::Object => "object list",
        Thing::Source => "source list",
        Thing::Webhook => "webhook list",
        Thing::Record => "record list",
        Thing::Process => "process list",
        Thing::TechnicalUser => "technical-user list",
        Thing::Client => "client list",
        Thing::Secret => "client show",
        Thing::Setting => "setting list",
        Thing::User => "user list",
        Thing::Session => "session list",
        Thing::Task => "task list",
        Thing::ScheduledTask | Thing::Operation => return None,
    })
}

impl From<ProblemView> for CliError {
    fn from(problem: ProblemView) -> Self {
        let exit = match problem.kind {
            Kind::Refused => EXIT_FAILED,
            Kind::NotFound => EXIT_NOT_FOUND,
            Kind::Unavailable => EXIT_UNREACHABLE,
        };
        let ProblemView {
            code, detail, unknown, ..
        } = problem;
        let text = match unknown.and_then(list_of) {
            Some(command) => format!("{detail}; 'hookgate {command}' lists them"),
            None => detail,
        };
        Self { exit, code, text }
    }
}

impl From<AskError> for CliError {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Failed(error) => error.into(),
            AskError::Io(_) | AskError::Forbidden { .. } | AskError::Malformed(_) => Self::unreachable(&error),
        }
    }
}
