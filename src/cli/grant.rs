//! `hookgate grant`.

use clap::{Args, Subcommand};

use super::ask::{Ask, get, patch};
use super::session::Plan;
use super::{CliError, render};
use crate::domain::rights::{Rights, WEBHOOK_SERVICE};
use crate::manage::grant::RightsEdit;

const ALL: Rights = Rights {
    create: true,
    read: true,
    edit: true,
    delete: true,
};

/// `hookgate grant OBJECT --create`, `hookgate grant list`, `hookgate grant revoke OBJECT`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(
    after_help = "Examples:\n  hookgate grant Contact --create\n  hookgate grant Contact --create --read --edit\n  \
    hookgate grant list\n  hookgate grant revoke Contact --delete\n  hookgate grant revoke Contact"
)]
pub(super) struct GrantCommand {
    #[command(subcommand)]
    other: Option<OtherCommand>,
    #[command(flatten)]
    target: Option<Target>,
    #[command(flatten)]
    rights: RightsArgs,
}

#[derive(Debug, Subcommand)]
enum OtherCommand {
    /// List all permissions
    #[command(after_help = "Example:\n  hookgate grant list")]
    List,
    /// Revoke permissions: the specified ones, or all
    #[command(after_help = "Example:\n  hookgate grant revoke Contact --delete")]
    Revoke {
        #[command(flatten)]
        target: Target,
        #[command(flatten)]
        rights: RightsArgs,
    },
}

#[derive(Debug, Args)]
struct Target {
    /// The object's code
    #[arg(required = true)]
    object: String,
    /// The technical user's code
    #[arg(long, value_name = "CODE", default_value = WEBHOOK_SERVICE)]
    user: String,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "one flag for each permission")]
struct RightsArgs {
    /// Create records
    #[arg(long)]
    create: bool,
    /// Read records
    #[arg(long)]
    read: bool,
    /// Edit records
    #[arg(long)]
    edit: bool,
    /// Delete records
    #[arg(long)]
    delete: bool,
}

impl RightsArgs {
    const fn rights(&self) -> Rights {
        Rights {
            create: self.create,
            read: self.read,
            edit: self.edit,
            delete: self.delete,
        }
    }
}

pub(super) fn plan(command: GrantCommand) -> Result<Plan, CliError> {
    let named = command.rights.rights();
    let ask = match (command.other, command.target) {
        (Some(OtherCommand::List), _) => get(&["grants"]).listed(render::configuration::grants),
        (Some(OtherCommand::Revoke { target, rights }), _) => {
            let named = rights.rights();
            let rights = if named.is_none() { ALL } else { named };
            set(&target.user, &target.object, rights, false)?
        }
        (None, Some(target)) if !named.is_none() => set(&target.user, &target.object, named, true)?,
        (None, _) => {
            return Err(CliError::usage(
                "specify an object and at least one of --create, --read, --edit and --delete, as in 'hookgate grant \
                 Contact --create'; 'hookgate grant list' lists all permissions",
            ));
        }
    };
    Ok(Plan::Ask(ask))
}

fn set(user: &str, object: &str, rights: Rights, allowed: bool) -> Result<Ask, CliError> {
    let edit = RightsEdit {
        create: rights.create.then_some(allowed),
        read: rights.read.then_some(allowed),
        edit: rights.edit.then_some(allowed),
        delete: rights.delete.then_some(allowed),
    };
    let ask = patch(&["grants", user, object]).body(&edit)?;
    Ok(ask.shown(render::configuration::grant))
}
