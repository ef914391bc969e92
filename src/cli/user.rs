//! `hookgate user`.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use super::args::switch;
use super::ask::{Ask, get, patch, post, put};
use super::input::file_read;
use super::session::Plan;
use super::{CliError, render};
use crate::domain::user::{Password, Role};
use crate::manage::user::UserEdit;

/// The longest file with a password that is read.
const MAX_PASSWORD: u64 = 1024;

#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Add somebody who can log in to the admin page, and show the link by which they set their password
    #[command(after_help = "Examples:\n  hookgate user add anna --role administrator\n  \
        hookgate user add ben --role viewer --password-file password.txt\n\n\
        A viewer sees everything but secrets; an operator also processes webhooks again and mends records; an \
        administrator may do everything. A new link makes the one before it for the same user dead.")]
    Add {
        /// What they log in with
        name: String,
        /// What they may do: viewer, operator or administrator
        #[arg(long, value_parser = role)]
        role: Role,
        /// Set this password instead: the first line of the file, or of standard input for -
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
    /// List everybody who can log in
    #[command(after_help = "Example:\n  hookgate user list")]
    List,
    /// Rename somebody, change what they may do, or take a lost second factor away
    #[command(after_help = "Examples:\n  hookgate user set ben --role operator\n  hookgate user set ben --totp off")]
    Set {
        /// Their name or id
        name: String,
        /// Another name
        #[arg(long, value_name = "NAME")]
        rename: Option<String>,
        /// What they may do: viewer, operator or administrator
        #[arg(long, value_parser = role)]
        role: Option<Role>,
        /// off takes their second factor away; only they themselves can switch one on
        #[arg(long, value_name = "off", value_parser = switch)]
        totp: Option<bool>,
    },
    /// Let somebody log in no more; their sessions end at once
    #[command(after_help = "Example:\n  hookgate user disable ben")]
    Disable {
        /// Their name or id
        name: String,
    },
    /// Let somebody log in again
    #[command(after_help = "Example:\n  hookgate user enable ben")]
    Enable {
        /// Their name or id
        name: String,
    },
    /// Show a link by which somebody sets a new password, or set it
    #[command(after_help = "Examples:\n  hookgate user reset-password ben\n  \
        hookgate user reset-password ben --password-file password.txt\n\n\
        Works whatever was forgotten and however often somebody failed to log in. With a new password all their \
        sessions end.")]
    ResetPassword {
        /// Their name or id
        name: String,
        /// Set this password: the first line of the file, or of standard input for -
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
    /// Show a new set-up link: by it somebody becomes an administrator, within 30 minutes
    #[command(after_help = "Example:\n  hookgate user setup-link")]
    SetupLink,
}

pub(super) fn plan(command: UserCommand) -> Result<Plan, CliError> {
    Ok(Plan::Ask(match command {
        UserCommand::Add {
            name,
            role,
            password_file,
        } => {
            let password = password_file.as_deref().map(password_read).transpose()?;
            let user = json!({"name": name, "role": role, "password": password});
            post(&["users"]).body(&user)?.shown(render::people::added)
        }
        UserCommand::List => get(&["users"]).listed(render::people::users),
        UserCommand::Set {
            name,
            rename,
            role,
            totp,
        } => {
            let edit = UserEdit {
                name: rename,
                role,
                enabled: None,
                totp,
            };
            if edit == UserEdit::default() {
                return Err(CliError::usage(
                    "nothing to change; 'hookgate user set --help' shows what there is",
                ));
            }
            set(&name, &edit)?
        }
        UserCommand::Disable { name } => switched(&name, false)?,
        UserCommand::Enable { name } => switched(&name, true)?,
        UserCommand::ResetPassword {
            name,
            password_file: Some(file),
        } => put(&["users", &name, "password"])
            .body(&json!({"password": password_read(&file)?}))?
            .shown(render::people::user),
        UserCommand::ResetPassword {
            name,
            password_file: None,
        } => post(&["users", &name, "reset-link"]).shown(render::people::setup_link),
        UserCommand::SetupLink => post(&["setup-link"]).shown(render::people::setup_link),
    }))
}

fn switched(name: &str, enabled: bool) -> Result<Ask, CliError> {
    let edit = UserEdit {
        enabled: Some(enabled),
        ..UserEdit::default()
    };
    set(name, &edit)
}

fn set(name: &str, edit: &UserEdit) -> Result<Ask, CliError> {
    Ok(patch(&["users", name]).body(edit)?.shown(render::people::user))
}

fn role(text: &str) -> Result<Role, String> {
    text.parse()
}

fn password_read(file: &Path) -> Result<Password, CliError> {
    let text = file_read(file, MAX_PASSWORD, "a password is one line")?;
    Ok(Password(text.lines().next().unwrap_or_default().to_owned()))
}
