//! `hookgate retention`.

use clap::Subcommand;

use super::ask::{get, patch, post};
use super::session::Plan;
use super::{CliError, render};
use crate::manage::retention::{DaysEdit, RetentionEdit};

#[derive(Debug, Subcommand)]
pub(super) enum RetentionCommand {
    /// Show how long webhooks are kept and when the next runs are
    #[command(after_help = "Example:\n  hookgate retention show")]
    Show,
    /// Edit how long webhooks of each status are kept, and when expired ones are deleted
    #[command(after_help = "Examples:\n  hookgate retention set --done 30 --failed 180\n  \
        hookgate retention set --done 0                      # keep forever\n  \
        hookgate retention set --schedule '30 2 * * Sun'     # five cron fields, UTC")]
    Set {
        /// Days for New webhooks; 0 keeps them forever
        #[arg(long, value_name = "DAYS")]
        new: Option<u32>,
        /// Days for Processing webhooks; 0 keeps them forever
        #[arg(long, value_name = "DAYS")]
        processing: Option<u32>,
        /// Days for Failed webhooks; 0 keeps them forever
        #[arg(long, value_name = "DAYS")]
        failed: Option<u32>,
        /// Days for Done webhooks; 0 keeps them forever
        #[arg(long, value_name = "DAYS")]
        done: Option<u32>,
        /// When to delete: five cron fields, UTC
        #[arg(long, value_name = "CRON")]
        schedule: Option<String>,
    },
    /// Show how many webhooks the next run deletes
    #[command(after_help = "Example:\n  hookgate retention preview")]
    Preview,
    /// Delete expired webhooks now; records stay
    #[command(after_help = "Example:\n  hookgate retention run\n\n\
        The bodies stay in the journal files until the journal is shortened, and in older backups: see \
        docs/operate.md.")]
    Run,
}

pub(super) fn plan(command: RetentionCommand) -> Result<Plan, CliError> {
    Ok(Plan::Ask(match command {
        RetentionCommand::Show => get(&["retention"]).shown(render::retention::show),
        RetentionCommand::Set {
            new,
            processing,
            failed,
            done,
            schedule,
        } => {
            let days = DaysEdit {
                new,
                processing,
                failed,
                done,
            };
            let edit = RetentionEdit { days, schedule };
            if edit == RetentionEdit::default() {
                return Err(CliError::usage(
                    "nothing to change; 'hookgate retention set --help' lists the options",
                ));
            }
            patch(&["retention"]).body(&edit)?.shown(render::retention::show)
        }
        RetentionCommand::Preview => get(&["retention", "preview"]).shown(render::retention::preview),
        RetentionCommand::Run => post(&["retention", "run"]).shown(render::retention::done),
    }))
}
