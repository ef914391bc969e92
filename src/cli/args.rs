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
A webhook appliance: receives webhooks over HTTPS, stores them safely on disk and turns them into records.

'hookgate serve' runs the server. All other commands connect to the running server through a socket in its data \
folder; if no server is running, they open the data folder themselves.";

const AFTER: &str = "\
First steps:
  hookgate serve &
  hookgate grant Contact --create
  hookgate source add 'Landing pages'
  hookgate source test 'Landing pages'
  hookgate webhook list

Exit codes:
  0  success
  1  rejected or failed
  2  the command line or the settings are not valid
  3  not found
  4  the server or its data folder cannot be reached
  5  the disk failed while the server was running; fix it and start again: no acknowledged webhook is lost";

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
    /// Demonstrate how a webhook becomes a record, in a temporary data folder
    #[command(after_help = "Examples:\n  hookgate demo\n  hookgate demo --once")]
    Demo {
        /// Stop after the demonstration instead of continuing to serve; exit code 0 only if it succeeded
        #[arg(long)]
        once: bool,
    },
    /// Check the settings and list all problems
    #[command(
        after_help = "Examples:\n  hookgate check-config --config /etc/hookgate/hookgate.toml\n  \
        hookgate check-config --defaults > hookgate.toml"
    )]
    CheckConfig {
        /// Print a settings file with all settings and their defaults instead; values given as
        /// flags are included
        #[arg(long)]
        defaults: bool,
    },
    /// Webhook sources: one sending service, one Webhook URL each
    #[command(subcommand)]
    Source(source::SourceCommand),
    /// Webhook entities: objects that webhooks can create records of
    #[command(subcommand)]
    Entity(entity::EntityCommand),
    /// Objects, their columns and lookup values
    #[command(subcommand)]
    Object(object::ObjectCommand),
    /// Object operation permissions: what technical users may do with records
    Grant(grant::GrantCommand),
    /// Received webhooks: list, show, reprocess and delete
    #[command(subcommand)]
    Webhook(webhook::WebhookCommand),
    /// Records of objects
    #[command(subcommand)]
    Record(record::RecordCommand),
    /// How long webhooks are kept
    #[command(subcommand)]
    Retention(retention::RetentionCommand),
    /// Tasks: long-running work in the background and its progress
    #[command(subcommand)]
    Task(task::TaskCommand),
    /// Processes: what happens to a webhook after it arrives
    #[command(subcommand)]
    Process(process::ProcessCommand),
    /// OAuth clients: programs that get access tokens and act as a technical user
    #[command(subcommand)]
    Client(client::ClientCommand),
    /// Technical users: the users that programs and webhooks act as
    #[command(subcommand)]
    TechnicalUser(technical_user::TechnicalUserCommand),
    /// Users: people who log in to the admin page
    #[command(subcommand)]
    User(user::UserCommand),
    /// Sessions: users who are logged in to the admin page
    #[command(subcommand)]
    Session(login_session::SessionCommand),
    /// The audit log: changes by people and programs, and sign-ins
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// The keys that sign access tokens
    #[command(subcommand)]
    SigningKey(signing_key::SigningKeyCommand),
    /// System settings, such as the URL of the token issuer; Hookgate sets them itself
    #[command(subcommand)]
    Setting(setting::SettingCommand),
    /// Verify journal and database, and show how to repair damage; the server must be stopped
    #[command(after_help = "Example:\n  hookgate check --data /var/lib/hookgate")]
    Check,
    /// Recreate the database from the journal, or start a new journal; the server must be stopped
    Rebuild(maintain::RebuildCommand),
    /// Back up everything into one file, also while the server is running
    Backup(backup::BackupCommand),
    /// Restore a backup into a data folder; the folder must not contain data
    Restore(backup::RestoreCommand),
    /// Check whether the running server accepts webhooks; exit code 0 only if it does
    #[command(
        after_help = "Examples:\n  hookgate healthcheck --data /var/lib/hookgate\n  hookgate healthcheck --oauth\n\n\
        Exit codes:\n  0  webhooks are accepted; warnings are listed\n  \
        1  webhooks are not accepted; the causes are listed\n  4  no server is running on the data folder"
    )]
    Healthcheck {
        /// Check instead whether programs can get access tokens: gets one and verifies it, step by step
        #[arg(long)]
        oauth: bool,
    },
    /// Print a script for command completion in a shell
    #[command(after_help = "Example:\n  hookgate completions bash > /etc/bash_completion.d/hookgate")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write one for each command to a folder
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
    /// How long the previous one stays valid, in hours; 0 revokes all previous ones immediately
    #[arg(long, value_name = "HOURS", default_value_t = OVERLAP_HOURS)]
    overlap: u32,
    /// Continue even if a previous one expires earlier than announced
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
        _ => Err("use on or off".to_owned()),
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
