//! `hookgate audit`.

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::ask::get;
use super::session::Plan;
use super::webhook::moment;
use super::{CliError, render};
use crate::domain::time::Timestamp;
use crate::manage::audit::{AuditVerified, ExportFormat};

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// List changes by people and programs, and sign-ins, newest first
    #[command(after_help = "Examples:\n  hookgate audit list --by anna --from 2026-11-23\n  \
        hookgate audit list --action login")]
    List {
        #[command(flatten)]
        filter: AuditArgs,
        /// Number of rows, at most 1000
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
        /// Only rows before this one; the previous list shows the value
        #[arg(long, value_name = "NUMBER")]
        before: Option<u64>,
    },
    /// Print all matching rows as CSV, or as one JSON object per line
    #[command(after_help = "Examples:\n  hookgate audit export > audit.csv\n  \
        hookgate audit export --format ndjson --from 2026-01-01 > audit.ndjson")]
    Export {
        #[command(flatten)]
        filter: AuditArgs,
        /// The format: csv or ndjson
        #[arg(long, default_value = "csv")]
        format: ExportFormat,
    },
    /// Verify that no row was changed or removed; exit code 0 only if the log is intact
    #[command(after_help = "Example:\n  hookgate audit verify\n\n\
        Keep the printed hash in another place: if the whole log is replaced, the hash changes.")]
    Verify,
}

#[derive(Debug, Args)]
pub(super) struct AuditArgs {
    /// Only actions of this user, technical user or 'command line'
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Only this action, such as source-added, or actions that start with it
    #[arg(long)]
    action: Option<String>,
    /// Only rows with this text in the subject or the detail
    #[arg(long)]
    text: Option<String>,
    /// Only actions at this time or later, UTC
    #[arg(long, value_name = "TIME", value_parser = moment)]
    from: Option<Timestamp>,
    /// Only actions before this time, UTC
    #[arg(long, value_name = "TIME", value_parser = moment)]
    to: Option<Timestamp>,
}

impl AuditArgs {
    /// As the API takes it; null for what was not given.
    fn members(self) -> Map<String, Value> {
        let moment = |moment: Option<Timestamp>| moment.map(|moment| moment.to_string());
        let members = [
            ("by", self.by),
            ("action", self.action),
            ("text", self.text),
            ("from", moment(self.from)),
            ("to", moment(self.to)),
        ];
        let members = members.into_iter();
        members.map(|(name, value)| (name.to_owned(), value.into())).collect()
    }
}

pub(super) fn plan(command: AuditCommand) -> Result<Plan, CliError> {
    Ok(match command {
        AuditCommand::List { filter, limit, before } => {
            let mut query = filter.members();
            query.insert("limit".to_owned(), limit.into());
            query.insert("before".to_owned(), before.into());
            Plan::Ask(get(&["audit"]).query(&query)?.shown(render::people::audit))
        }
        AuditCommand::Export { filter, format } => {
            let mut query = filter.members();
            query.insert("format".to_owned(), json!(format));
            Plan::Download(get(&["audit", "export"]).query(&query)?)
        }
        AuditCommand::Verify => Plan::Ask(
            get(&["audit", "verify"]).judged(render::people::audit_verified, |verified: &AuditVerified| {
                verified.broken_at.is_none()
            }),
        ),
    })
}
