//! Asking: over the socket of the running server, else in this process.

use std::ops::ControlFlow;

use super::render;
use super::{Backend, CliError, EXIT_FAILED, EXIT_OK, EXIT_UNREACHABLE, Terminal};
use crate::config::Settings;
use crate::control::{self, Answer, RemoteError, Request};
use crate::domain::webhook::Status;
use crate::manage::audit::{AuditQuery, ExportFormat};
use crate::manage::webhook::WebhookQuery;
use crate::manage::webhook_change::WebhooksChanged;

/// What a command comes down to.
#[derive(Debug)]
pub(super) enum Plan {
    Ask(Request),
    /// Ask this of the running server only.
    Online(Request),
    /// Print all rows of the audit log that match.
    AuditExport {
        query: AuditQuery,
        format: ExportFormat,
    },
    /// Ask this, after it was confirmed.
    Confirmed {
        /// The question, with its question mark.
        question: String,
        /// It was confirmed beforehand.
        yes: bool,
        /// The request to send after the confirmation.
        request: Request,
    },
    /// Do this to all webhooks that match, after their number was shown and confirmed.
    Many {
        query: WebhookQuery,
        /// What is said about some of them before the question.
        beside: Beside,
        /// What is done to them, as in "Delete".
        verb: &'static str,
        /// It was confirmed beforehand.
        yes: bool,
        /// The request to send after the confirmation.
        request: Request,
        /// Makes the answer if nothing matches.
        answer: fn(WebhooksChanged) -> Answer,
    },
}

/// What is said of webhooks that match before something is done to many.
#[derive(Debug)]
pub(super) enum Beside {
    Nothing,
    /// How many are left alone since they made a record: these.
    MadeRecord(Box<WebhookQuery>),
    /// The number of unprocessed webhooks. They are left alone, or included because the user asked
    /// for it.
    Unprocessed {
        included: bool,
    },
}

pub(super) struct Session<'a, 't> {
    pub settings: &'a Settings,
    pub backend: &'a Backend,
    pub json: bool,
    pub terminal: &'a mut Terminal<'t>,
}

impl Session<'_, '_> {
    /// Runs the plan and shows the answer.
    pub fn run(&mut self, plan: Plan) -> Result<u8, CliError> {
        let answer = match plan {
            Plan::Ask(request) => self.ask(request)?,
            Plan::Online(request) => self.ask_server(&request)?.ok_or_else(|| {
                let data = self.settings.data.display();
                let text = format!("no server runs on {data}; start it with 'hookgate serve'");
                CliError::new(EXIT_UNREACHABLE, "server-not-running", text)
            })?,
            Plan::AuditExport { query, format } => {
                super::audit::export(self, &query, format)?;
                return Ok(EXIT_OK);
            }
            Plan::Confirmed { question, yes, request } => {
                self.confirm(&question, yes)?;
                self.ask(request)?
            }
            Plan::Many {
                query,
                beside,
                verb,
                yes,
                request,
                answer,
            } => {
                let (found, said) = self.found(&query, beside)?;
                if found.count == 0 {
                    answer(found)
                } else {
                    let asked = format!("{verb} {}?", render::webhooks(found.count));
                    let question = said.map_or(asked.clone(), |said| format!("{said}. {asked}"));
                    self.confirm(&question, yes)?;
                    self.ask(request)?
                }
            }
        };
        self.show(&answer)?;
        Ok(exit_of(&answer))
    }

    /// How many it is done to, how many are left alone, and what is said of that.
    fn found(&mut self, query: &WebhookQuery, beside: Beside) -> Result<(WebhooksChanged, Option<String>), CliError> {
        let all = self.count(query.clone())?;
        Ok(match beside {
            Beside::Nothing => (WebhooksChanged::of(all), None),
            Beside::MadeRecord(those) => {
                let left_out = self.count(*those)?;
                (
                    WebhooksChanged {
                        left_out,
                        ..WebhooksChanged::of(all)
                    },
                    render::left_out(left_out),
                )
            }
            Beside::Unprocessed { included } => {
                let mut of = |status| {
                    let fits = query.status.is_none_or(|wanted| wanted == status);
                    let status = Some(status);
                    let query = WebhookQuery {
                        status,
                        ..query.clone()
                    };
                    if fits { self.count(query) } else { Ok(0) }
                };
                let (new, processing) = (of(Status::New)?, of(Status::Processing)?);
                let left_out = if included { 0 } else { new + processing };
                let count = all.saturating_sub(left_out);
                let said = render::unprocessed(new, processing, included);
                (
                    WebhooksChanged {
                        left_out,
                        ..WebhooksChanged::of(count)
                    },
                    said,
                )
            }
        })
    }

    fn count(&mut self, query: WebhookQuery) -> Result<u64, CliError> {
        match self.ask(Request::WebhookCount { query })? {
            Answer::WebhookCount(found) => Ok(found.count),
            _ => Err(unexpected()),
        }
    }

    pub fn ask(&mut self, request: Request) -> Result<Answer, CliError> {
        if let Some(answer) = self.ask_server(&request)? {
            return Ok(answer);
        }
        let terminal = &mut *self.terminal;
        let json = self.json;
        let mut request = Some(request);
        let mut answer = None;
        let mut work = |context: &crate::manage::Context| {
            if let Some(request) = request.take() {
                answer = Some(control::answer(context, request, &mut |progress| {
                    terminal.progress(&progress, json);
                    ControlFlow::Continue(())
                }));
            }
        };
        let opened = (self.backend.offline)(self.settings, &mut work);
        self.terminal.progress_end();
        opened.map_err(|error| CliError::unreachable(&*error))?;
        match answer {
            Some(answer) => answer.map_err(|error| RemoteError::from(&error).into()),
            None => Err(unexpected()),
        }
    }

    /// The running server's answer; none if no server runs.
    fn ask_server(&mut self, request: &Request) -> Result<Option<Answer>, CliError> {
        let socket = control::socket_path(&self.settings.data);
        let Some(stream) = control::connect(&socket)? else {
            return Ok(None);
        };
        let answer = control::ask(stream, request, &mut |progress| {
            self.terminal.progress(&progress, self.json);
            ControlFlow::Continue(())
        });
        self.terminal.progress_end();
        Ok(Some(answer?))
    }

    fn confirm(&mut self, question: &str, yes: bool) -> Result<(), CliError> {
        if yes {
            return Ok(());
        }
        match self
            .terminal
            .confirm(question)
            .map_err(|error| CliError::output(&error))?
        {
            Some(true) => Ok(()),
            Some(false) => Err(CliError::new(EXIT_FAILED, "not-confirmed", "nothing was done")),
            None => Err(CliError::usage(format!(
                "{question} Nobody is here to ask; add --yes if this is meant"
            ))),
        }
    }

    pub fn show(&mut self, answer: &Answer) -> Result<(), CliError> {
        // An export is JSON for people too.
        if self.json || matches!(answer, Answer::Definition(_)) {
            let json = answer.to_json().map_err(|error| CliError::output(&error.into()))?;
            return self.terminal.print_json(&json);
        }
        let text = render::answer(answer, self.terminal.colour);
        self.terminal.print(&text)
    }
}

pub(super) fn unexpected() -> CliError {
    CliError::new(
        EXIT_FAILED,
        "unexpected",
        "the answer does not fit the question; this is a fault in Hookgate",
    )
}

/// Answers that arrive and still mean failure.
fn exit_of(answer: &Answer) -> u8 {
    let good = match answer {
        Answer::Health(health) => health.healthy,
        Answer::OauthHealth(health) => health.healthy,
        Answer::AuditVerified(verified) => verified.broken_at.is_none(),
        Answer::SourceTest(test) => test.is_good(),
        _ => true,
    };
    if good { EXIT_OK } else { EXIT_FAILED }
}
