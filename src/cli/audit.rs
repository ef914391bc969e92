//! `hookgate audit`.

use clap::{Args, Subcommand};

use super::CliError;
use super::render::clean_json;
use super::session::{Plan, Session, unexpected};
use super::webhook::moment;
use crate::control::{Answer, Request};
use crate::domain::time::Timestamp;
use crate::manage::audit::{AuditQuery, ExportFormat, rows_write};

/// Rows that an export asks for at a time.
const STEP: usize = 1000;

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// List what people and programs changed and who came in, newest first
    #[command(after_help = "Examples:\n  hookgate audit list --by anna --from 2026-11-23\n  \
        hookgate audit list --action login")]
    List {
        #[command(flatten)]
        filter: AuditArgs,
        /// How many, at most 1000
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
        /// Only rows before this one, as the list before names it
        #[arg(long, value_name = "NUMBER")]
        before: Option<u64>,
    },
    /// Print all rows that match, as CSV or as a JSON object on each line
    #[command(after_help = "Examples:\n  hookgate audit export > audit.csv\n  \
        hookgate audit export --format ndjson --from 2026-01-01 > audit.ndjson")]
    Export {
        #[command(flatten)]
        filter: AuditArgs,
        /// csv or ndjson
        #[arg(long, default_value = "csv")]
        format: ExportFormat,
    },
    /// Verify that no row was changed or taken away; exit code 0 only if that is so
    #[command(after_help = "Example:\n  hookgate audit verify\n\n\
        Write the hash that it prints down elsewhere: a log that was replaced as a whole shows another one.")]
    Verify,
}

#[derive(Debug, Args)]
pub(super) struct AuditArgs {
    /// Only what this user, technical user or 'command line' did
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Only this, such as source-added, or what begins so
    #[arg(long)]
    action: Option<String>,
    /// Only rows with this text in what it was done to, or in the detail
    #[arg(long)]
    text: Option<String>,
    /// Only what was done at this time or later, UTC
    #[arg(long, value_name = "TIME", value_parser = moment)]
    from: Option<Timestamp>,
    /// Only what was done before this time, UTC
    #[arg(long, value_name = "TIME", value_parser = moment)]
    to: Option<Timestamp>,
}

impl From<AuditArgs> for AuditQuery {
    fn from(args: AuditArgs) -> Self {
        Self {
            by: args.by,
            action: args.action,
            text: args.text,
            from: args.from,
            to: args.to,
        }
    }
}

pub(super) fn plan(command: AuditCommand) -> Plan {
    match command {
        AuditCommand::List { filter, limit, before } => Plan::Ask(Request::AuditList {
            query: filter.into(),
            before,
            limit: usize::from(limit),
        }),
        AuditCommand::Export { filter, format } => Plan::AuditExport {
            query: filter.into(),
            format,
        },
        AuditCommand::Verify => Plan::Ask(Request::AuditVerify),
    }
}

/// Prints page by page, so that neither side holds all of it.
pub(super) fn export(session: &mut Session<'_, '_>, query: &AuditQuery, format: ExportFormat) -> Result<(), CliError> {
    let mut before = None;
    loop {
        let request = Request::AuditList {
            query: query.clone(),
            before,
            limit: STEP,
        };
        let Answer::Audit(page) = session.ask(request)? else {
            return Err(unexpected());
        };
        let mut bytes = Vec::new();
        let written = rows_write(&page.rows, format, before.is_none(), &mut bytes);
        written.map_err(|error| CliError::output(&error))?;
        let text = String::from_utf8_lossy(&bytes);
        session.terminal.print(&match format {
            ExportFormat::Ndjson => clean_json(&text),
            ExportFormat::Csv => text,
        })?;
        match page.next {
            Some(next) => before = Some(next),
            None => return Ok(()),
        }
    }
}
