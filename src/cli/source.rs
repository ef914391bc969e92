//! `hookgate source`.

use clap::{Args, Subcommand};
use serde_json::json;

use super::args::{OverlapArgs, switch};
use super::ask::{Ask, get, patch, post};
use super::session::Plan;
use super::{CliError, render};
use crate::manage::patch::Edit;
use crate::manage::source::SourceEdit;
use crate::manage::source_test::SourceTestView;

#[derive(Debug, Subcommand)]
pub(super) enum SourceCommand {
    /// Add a source and show its Webhook URL
    #[command(
        after_help = "Examples:\n  hookgate source add 'Landing pages' --origin https://www.example.com\n  \
        hookgate source add Forms --max-body 65536 --rate 600\n\n\
        The Webhook URL is a secret: anyone who has it can send webhooks. Add one source for each sending service."
    )]
    Add {
        /// The name of the sending service
        name: String,
        #[command(flatten)]
        limits: Limits,
    },
    /// List all sources
    #[command(after_help = "Example:\n  hookgate source list")]
    List,
    /// Show a source with its Webhook URL
    #[command(after_help = "Example:\n  hookgate source show Forms")]
    Show {
        /// The source's name
        name: String,
    },
    /// Edit limits and origins; options that are not specified stay unchanged
    #[command(after_help = "Examples:\n  hookgate source set Forms --rate 60\n  \
        hookgate source set Forms --no-rate --no-origin\n  \
        hookgate source set Forms --require-token on")]
    Set {
        /// The source's name
        name: String,
        #[command(flatten)]
        limits: Limits,
        /// Remove the body size limit of the source; the limit of the server applies
        #[arg(long, conflicts_with = "max_body")]
        no_max_body: bool,
        /// Remove the limit of webhooks per minute
        #[arg(long, conflicts_with = "rate")]
        no_rate: bool,
        /// Remove all allowed web origins
        #[arg(long, conflicts_with = "origin")]
        no_origin: bool,
    },
    /// Enable a source: accept webhooks again
    #[command(after_help = "Example:\n  hookgate source enable Forms")]
    Enable {
        /// The source's name
        name: String,
    },
    /// Disable a source: stop accepting webhooks; senders get the response for an unknown URL
    #[command(after_help = "Example:\n  hookgate source disable Forms")]
    Disable {
        /// The source's name
        name: String,
    },
    /// Create a new Webhook URL; the previous one stays valid for some time
    #[command(after_help = "Examples:\n  hookgate source rotate-key Forms\n  \
        hookgate source rotate-key Forms --overlap 0    # if the old URL has leaked\n\n\
        Two URLs can be valid at once. While the previous one is still valid, another rotation would revoke it before \
        its announced time, so it is rejected without --force. --overlap 0 revokes all previous ones immediately and \
        is never rejected.")]
    RotateKey {
        /// The source's name
        name: String,
        #[command(flatten)]
        overlap: OverlapArgs,
    },
    /// Post a real test webhook over HTTPS and show the result
    #[command(after_help = "Examples:\n  hookgate source test Forms\n  \
        hookgate source test Forms --body '{\"EntityName\": \"Contact\", \"Name\": \"John Best\"}'\n\n\
        Without --body no record is created. If the source requires an access token, the test uses a token of the \
        client that ships with Hookgate.\n\nExit codes:\n  \
        0  the webhook was accepted, and its processing did not fail\n  \
        1  the webhook was not accepted, or its processing failed\n  4  no server is running on the data folder")]
    Test {
        /// The source's name
        name: String,
        /// The body to post
        #[arg(long)]
        body: Option<String>,
        /// The body's content type
        #[arg(long, value_name = "TYPE", default_value = "application/json", requires = "body")]
        content_type: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Limits {
    /// Maximum body size in bytes
    #[arg(long, value_name = "BYTES")]
    max_body: Option<u32>,
    /// Maximum webhooks per minute
    #[arg(long, value_name = "WEBHOOKS")]
    rate: Option<u32>,
    #[arg(
        long,
        value_name = "ORIGIN",
        help = "An allowed web origin (CORS), such as https://www.example.com, or * for all; can be repeated"
    )]
    origin: Vec<String>,
    /// Require an access token with the scope webhook:send
    #[arg(long, value_name = "on|off", value_parser = switch)]
    require_token: Option<bool>,
}

pub(super) fn plan(command: SourceCommand) -> Result<Plan, CliError> {
    let ask = match command {
        SourceCommand::Add { name, limits } => {
            let edit = edit(limits, false, false, false);
            post(&["sources"]).named(&name, &edit)?.shown(render::source::one)
        }
        SourceCommand::List => get(&["sources"]).listed(render::source::many),
        SourceCommand::Show { name } => post(&["sources", &name, "reveal"]).shown(render::source::one),
        SourceCommand::Set {
            name,
            limits,
            no_max_body,
            no_rate,
            no_origin,
        } => {
            let edit = edit(limits, no_max_body, no_rate, no_origin);
            if edit == SourceEdit::default() {
                return Err(CliError::usage(
                    "nothing to change; 'hookgate source set --help' lists the options",
                ));
            }
            set(&name, &edit)?
        }
        SourceCommand::Enable { name } => switched(&name, true)?,
        SourceCommand::Disable { name } => switched(&name, false)?,
        SourceCommand::RotateKey { name, overlap } => post(&["sources", &name, "rotate-key"])
            .body(&overlap.overlap())?
            .shown(render::source::one),
        SourceCommand::Test {
            name,
            body,
            content_type,
        } => {
            let test = match body {
                Some(body) => json!({"content_type": content_type, "body": body}),
                None => json!({}),
            };
            let ask = post(&["sources", &name, "test"]).body(&test)?;
            return Ok(Plan::Online(ask.judged(render::source::test, SourceTestView::is_good)));
        }
    };
    Ok(Plan::Ask(ask))
}

fn switched(name: &str, enabled: bool) -> Result<Ask, CliError> {
    let edit = SourceEdit {
        enabled: Some(enabled),
        ..SourceEdit::default()
    };
    set(name, &edit)
}

fn set(name: &str, edit: &SourceEdit) -> Result<Ask, CliError> {
    Ok(patch(&["sources", name]).body(edit)?.shown(render::source::one))
}

fn edit(limits: Limits, no_max_body: bool, no_rate: bool, no_origin: bool) -> SourceEdit {
    let origins = Some(limits.origin).filter(|origins| !origins.is_empty());
    SourceEdit {
        enabled: None,
        max_body: edited(limits.max_body, no_max_body),
        rate_per_minute: edited(limits.rate, no_rate),
        allowed_origins: edited(origins, no_origin),
        requires_token: edited(limits.require_token, false),
    }
}

pub(super) fn edited<T>(value: Option<T>, clear: bool) -> Edit<T> {
    match value {
        Some(value) => Edit::Set(value),
        None if clear => Edit::Clear,
        None => Edit::Keep,
    }
}
