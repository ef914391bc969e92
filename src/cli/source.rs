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
    /// Make a source and show its Webhook URL
    #[command(
        after_help = "Examples:\n  hookgate source add 'Landing pages' --origin https://www.example.com\n  \
        hookgate source add Forms --max-body 65536 --rate 600\n\n\
        The Webhook URL is a secret: who knows it can post. Give each sending service its own."
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
        /// Its name
        name: String,
    },
    /// Change limits and origins; what is not named stays
    #[command(after_help = "Examples:\n  hookgate source set Forms --rate 60\n  \
        hookgate source set Forms --no-rate --no-origin\n  \
        hookgate source set Forms --require-token on")]
    Set {
        /// Its name
        name: String,
        #[command(flatten)]
        limits: Limits,
        /// Take the limit of body size away (the server's counts)
        #[arg(long, conflicts_with = "max_body")]
        no_max_body: bool,
        /// Take the limit of webhooks a minute away
        #[arg(long, conflicts_with = "rate")]
        no_rate: bool,
        /// Allow no browsers
        #[arg(long, conflicts_with = "origin")]
        no_origin: bool,
    },
    /// Take webhooks again
    #[command(after_help = "Example:\n  hookgate source enable Forms")]
    Enable {
        /// Its name
        name: String,
    },
    /// Take no more webhooks: senders get the answer of an unknown URL
    #[command(after_help = "Example:\n  hookgate source disable Forms")]
    Disable {
        /// Its name
        name: String,
    },
    /// Make a new Webhook URL; the old one is taken for some more time
    #[command(after_help = "Examples:\n  hookgate source rotate-key Forms\n  \
        hookgate source rotate-key Forms --overlap 0    # the old URL has leaked\n\n\
        Two URLs are taken side by side. While one of before is still taken, another new one would end it before its \
        time, so this is refused without --force; --overlap 0 ends all at once and is never refused.")]
    RotateKey {
        /// Its name
        name: String,
        #[command(flatten)]
        overlap: OverlapArgs,
    },
    /// Post a real test webhook over HTTPS and show what became of it
    #[command(after_help = "Examples:\n  hookgate source test Forms\n  \
        hookgate source test Forms --body '{\"EntityName\": \"Contact\", \"Name\": \"John Best\"}'\n\n\
        Without --body no record is made. Where the source demands an access token, the test shows one of the client \
        that ships with Hookgate.\n\n\
        Exit codes:\n  0  the webhook was taken, and its processing did not fail\n  \
        1  it was not taken, or its processing failed\n  4  no server runs on the data folder")]
    Test {
        /// Its name
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
    /// The largest body in bytes
    #[arg(long, value_name = "BYTES")]
    max_body: Option<u32>,
    /// The most webhooks a minute
    #[arg(long, value_name = "WEBHOOKS")]
    rate: Option<u32>,
    #[arg(
        long,
        value_name = "ORIGIN",
        help = "An origin whose browsers may post, such as https://www.example.com, or * for all; repeat it for more"
    )]
    origin: Vec<String>,
    /// Take webhooks only with an access token that has the scope webhook:send
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
                    "nothing to change; 'hookgate source set --help' shows what there is",
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
