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
    /// Add a user of the admin page and show the link with which the user sets a password
    #[command(after_help = "Examples:\n  hookgate user add anna --role administrator\n  \
        hookgate user add ben --role viewer --password-file password.txt\n\n\
        A viewer sees everything except secrets; an operator can also reprocess webhooks and edit records; an \
        administrator can do everything. A new link revokes the previous link of the same user.")]
    Add {
        /// The login name
        name: String,
        /// The role: viewer, operator or administrator
        #[arg(long, value_parser = role)]
        role: Role,
        /// Set this password instead: the first line of the file, or of standard input for -
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
    /// List all users of the admin page
    #[command(after_help = "Example:\n  hookgate user list")]
    List,
    /// Edit a user: name, role, or remove a lost second factor
    #[command(after_help = "Examples:\n  hookgate user set ben --role operator\n  hookgate user set ben --totp off")]
    Set {
        /// The user's name or id
        name: String,
        /// The new name
        #[arg(long, value_name = "NAME")]
        rename: Option<String>,
        /// The role: viewer, operator or administrator
        #[arg(long, value_parser = role)]
        role: Option<Role>,
        /// off removes the second factor; only the user can enable one
        #[arg(long, value_name = "off", value_parser = switch)]
        totp: Option<bool>,
    },
    /// Disable a user: the user cannot log in, and all sessions of the user end immediately
    #[command(after_help = "Example:\n  hookgate user disable ben")]
    Disable {
        /// The user's name or id
        name: String,
    },
    /// Enable a user: the user can log in again
    #[command(after_help = "Example:\n  hookgate user enable ben")]
    Enable {
        /// The user's name or id
        name: String,
    },
    /// Show a link with which a user sets a new password, or set the password
    #[command(after_help = "Examples:\n  hookgate user reset-password ben\n  \
        hookgate user reset-password ben --password-file password.txt\n\n\
        This also works after too many failed logins. When the new password is set, all sessions of the user end.")]
    ResetPassword {
        /// The user's name or id
        name: String,
        /// Set this password: the first line of the file, or of standard input for -
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
    /// Show a new set-up link for a new administrator, valid for 30 minutes
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
                    "nothing to change; 'hookgate user set --help' lists the options",
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
    let text = file_read(file, MAX_PASSWORD, "a password must be one line")?;
    Ok(Password(text.lines().next().unwrap_or_default().to_owned()))
}
