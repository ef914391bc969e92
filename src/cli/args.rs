//! What can be said on the command line.

use std::path::PathBuf;

use clap::{Args, CommandFactory as _, Parser, Subcommand};

use super::{
    audit, backup, client, entity, grant, login_session, maintain, object, process, record, retention, setting,
    signing_key, source, task, technical_user, user, webhook,
};
use crate::config;
use crate::manage::grace_period::{GracePeriod, OVERLAP_HOURS};

const ABOUT: &str = "\
A webhook appliance: receives webhooks over HTTPS, keeps them safe on disk and turns them into records.

'hookgate serve' runs the server. All other commands ask the running server through a socket in its data \
folder; if none runs, they open the data folder themselves.";

const AFTER: &str = "\
Five minutes to the first webhook:
  hookgate serve &
  hookgate grant Contact --create
  hookgate source add 'Landing pages'
  hookgate source test 'Landing pages'
  hookgate webhook list

Exit codes:
  0  done
  1  refused or failed
  2  the command line or the settings are wrong
  3  there is no such thing
  4  the server or its data folder cannot be reached
  5  the disk failed while serving; start again once it works: nothing acknowledged is lost";

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "hookgate", version, about = "A webhook appliance for servers on site", long_about = ABOUT)]
#[command(after_help = AFTER, subcommand_required = true, arg_required_else_help = true)]
#[command(disable_help_subcommand = true, max_term_width = 100)]
pub(super) struct Cli {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub command: Command,
}

/// The options of every command; `--data` comes from the table of settings.
#[derive(Debug, Args)]
pub(super) struct Common {
    /// The settings file, TOML
    #[arg(long, value_name = "FILE", global = true, env = "HOOKGATE_CONFIG")]
    pub config: Option<PathBuf>,
    /// Print JSON, for programs
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run the server
    #[command(after_help = "Example:\n  hookgate serve --config /etc/hookgate/hookgate.toml")]
    Serve,
    /// Show the whole way of a webhook on this machine, with a data folder of its own
    #[command(after_help = "Examples:\n  hookgate demo\n  hookgate demo --once")]
    Demo {
        /// End after the demonstration instead of serving on; exit code 0 only if it worked
        #[arg(long)]
        once: bool,
    },
    /// Check the settings and say everything that is wrong with them
    #[command(
        after_help = "Examples:\n  hookgate check-config --config /etc/hookgate/hookgate.toml\n  \
        hookgate check-config --defaults > hookgate.toml"
    )]
    CheckConfig {
        /// Print a settings file with every setting and its default instead; what is given as a
        /// flag stands in it
        #[arg(long)]
        defaults: bool,
    },
    /// Webhook sources: one sending service, one Webhook URL each
    #[command(subcommand)]
    Source(source::SourceCommand),
    /// Webhook entities: objects that webhooks may become
    #[command(subcommand)]
    Entity(entity::EntityCommand),
    /// Objects, their columns and the values of lookups
    #[command(subcommand)]
    Object(object::ObjectCommand),
    /// Let a technical user work with the records of an object
    Grant(grant::GrantCommand),
    /// Webhooks that arrived
    #[command(subcommand)]
    Webhook(webhook::WebhookCommand),
    /// Records that webhooks became
    #[command(subcommand)]
    Record(record::RecordCommand),
    /// How long webhooks are kept
    #[command(subcommand)]
    Retention(retention::RetentionCommand),
    /// Tasks: long work that continues by itself, and how far it is
    #[command(subcommand)]
    Task(task::TaskCommand),
    /// Processes: what happens to webhooks that arrived
    #[command(subcommand)]
    Process(process::ProcessCommand),
    /// OAuth clients: programs that get tokens, in the name of a technical user
    #[command(subcommand)]
    Client(client::ClientCommand),
    /// Technical users: in whose name programs act
    #[command(subcommand)]
    TechnicalUser(technical_user::TechnicalUserCommand),
    /// Users: people who log in to the admin page
    #[command(subcommand)]
    User(user::UserCommand),
    /// Sessions: who is logged in to the admin page
    #[command(subcommand)]
    Session(login_session::SessionCommand),
    /// The audit log: what people and programs changed
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// The keys that access tokens are signed with
    #[command(subcommand)]
    SigningKey(signing_key::SigningKeyCommand),
    /// System settings that sites are told to check; Hookgate fills them itself
    #[command(subcommand)]
    Setting(setting::SettingCommand),
    /// Verify journal and database, and name the way out of damage; the server must not run
    #[command(after_help = "Example:\n  hookgate check --data /var/lib/hookgate")]
    Check,
    /// Make the database anew from the journal, or begin a new journal; the server must not run
    Rebuild(maintain::RebuildCommand),
    /// Write everything that is stored into one file, also while the server runs
    Backup(backup::BackupCommand),
    /// Make a data folder of a backup; it must be without data
    Restore(backup::RestoreCommand),
    /// Ask the running server whether it takes webhooks; exit code 0 only if it does
    #[command(
        after_help = "Examples:\n  hookgate healthcheck --data /var/lib/hookgate\n  hookgate healthcheck --oauth\n\n\
        Exit codes:\n  0  webhooks are taken; what needs attention all the same is listed\n  \
        1  webhooks are not taken; the causes are listed\n  4  no server runs on the data folder"
    )]
    Healthcheck {
        /// Ask instead whether programs can get tokens: gets one and verifies it, step by step
        #[arg(long)]
        oauth: bool,
    },
    /// Print a script that completes commands in a shell
    #[command(after_help = "Example:\n  hookgate completions bash > /etc/bash_completion.d/hookgate")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write one for each command into a folder
    #[command(after_help = "Examples:\n  hookgate man | man -l -\n  hookgate man /usr/local/share/man/man1")]
    Man {
        /// The folder
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },
}

/// What becomes of the key or secret before a new one.
#[derive(Debug, Args)]
pub(super) struct OverlapArgs {
    /// Hours for which the one before is still taken; 0 ends it at once, and all others of before
    #[arg(long, value_name = "HOURS", default_value_t = OVERLAP_HOURS)]
    overlap: u32,
    /// Go on although one of before would end earlier than was promised
    #[arg(long)]
    force: bool,
}

impl OverlapArgs {
    pub(super) const fn overlap(&self) -> GracePeriod {
        GracePeriod {
            hours: self.overlap,
            force: self.force,
        }
    }
}

/// `on` or `off`.
pub(super) fn switch(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("write on or off".to_owned()),
    }
}

/// The whole command with the settings as flags where they count.
pub fn command() -> clap::Command {
    let mut command = Cli::command();
    if let Some(data) = config::argument_of("data") {
        command = command.arg(data.value_name("DIR").help_heading(None::<&str>).global(true));
    }
    // They exist for every other command: here they are rejected with a reason.
    let hidden = ["data", "json"].map(|name| {
        let known = command.get_arguments().find(|known| known.get_id() == name);
        known.map(|known| known.clone().hide(true))
    });
    command = command.mut_subcommand("demo", |demo| demo.args(hidden.into_iter().flatten()));
    for name in ["serve", "check-config"] {
        command = command.mut_subcommand(name, config::arguments);
    }
    command
}
