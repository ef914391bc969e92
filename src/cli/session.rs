//! Asking: over the socket of the running server, else in this process.

use std::io::{self, Write as _};
use std::thread;
use std::time::Duration;

use serde_json::{Map, Value};

use super::answer::Answer;
use super::ask::{Ask, get};
use super::render;
use super::{Backend, CliError, EXIT_FAILED, EXIT_OK, EXIT_UNREACHABLE, Terminal};
use crate::api::{Body, LocalRequest, Output, ProblemView, run_local};
use crate::config::Settings;
use crate::control::{self, AskError, Reply};
use crate::manage::task::{TaskState, TaskView, task_run};
use crate::manage::webhook_search::WebhookTally;
use crate::manage::{Context, ManageError, Progress};

/// How often the server is asked how far a task is.
const POLL: Duration = Duration::from_millis(200);

/// What a command comes down to.
#[derive(Debug)]
pub(super) enum Plan {
    Ask(Ask),
    /// Ask this of the running server only.
    Online(Ask),
    /// Print a file that the API gives.
    Download(Ask),
    /// Ask this, after it was confirmed.
    Confirmed {
        /// The question, with its question mark.
        question: String,
        /// It was confirmed beforehand.
        yes: bool,
        ask: Ask,
    },
    /// Do this to all webhooks that match, after their number was shown and confirmed.
    Many {
        /// As the API takes it.
        filter: Map<String, Value>,
        /// What is said about some of them before the question.
        beside: Beside,
        /// What is done to them, as in "Delete".
        verb: &'static str,
        /// It was confirmed beforehand.
        yes: bool,
        ask: Ask,
    },
}

/// What is said of webhooks that match before something is done to many.
#[derive(Debug)]
pub(super) enum Beside {
    Nothing,
    /// How many are left alone since they made a record.
    MadeRecord,
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
        let (ask, answer) = match plan {
            Plan::Ask(ask) => {
                let answer = self.ask(&ask.request)?;
                (ask, answer)
            }
            Plan::Online(ask) => {
                let answer = self.ask_server(&ask.request)?.ok_or_else(|| self.not_running())?;
                (ask, answer)
            }
            Plan::Download(ask) => {
                self.ask(&ask.request)?;
                return Ok(EXIT_OK);
            }
            Plan::Confirmed { question, yes, ask } => {
                self.confirm(&question, yes)?;
                let answer = self.ask(&ask.request)?;
                (ask, answer)
            }
            Plan::Many {
                filter,
                beside,
                verb,
                yes,
                ask,
            } => {
                let (found, said) = self.found(&filter, &beside)?;
                if found.total > 0 || !found.complete {
                    let more = if found.complete { "" } else { " or more" };
                    let asked = format!("{verb} {}{more}?", render::webhooks(found.total));
                    let question = said.map_or(asked.clone(), |said| format!("{said}. {asked}"));
                    self.confirm(&question, yes)?;
                }
                let answer = self.ask(&ask.request)?;
                (ask, answer)
            }
        };
        self.show(&ask, &answer)
    }

    fn not_running(&self) -> CliError {
        let data = self.settings.data.display();
        let text = format!("no server runs on {data}; start it with 'hookgate serve'");
        CliError::new(EXIT_UNREACHABLE, "server-not-running", text)
    }

    /// How many it is done to, and what is said of those that are left alone.
    fn found(
        &mut self,
        filter: &Map<String, Value>,
        beside: &Beside,
    ) -> Result<(WebhookTally, Option<String>), CliError> {
        let mut count = |made_record: Option<bool>| {
            let mut filter = filter.clone();
            filter.insert("made_record".to_owned(), made_record.into());
            let answer = self.ask(&get(&["webhooks", "count"]).query(&filter)?.request)?;
            serde_json::from_value::<WebhookTally>(answer).map_err(|error| CliError::unexpected(&error.to_string()))
        };
        Ok(match beside {
            Beside::Nothing => (count(None)?, None),
            Beside::MadeRecord => {
                let left_out = count(Some(true))?.total;
                (count(Some(false))?, render::left_out(left_out))
            }
            Beside::Unprocessed { included } => {
                let all = count(None)?;
                let left_out = if *included { 0 } else { all.new + all.processing };
                let wanted = WebhookTally {
                    total: all.total.saturating_sub(left_out),
                    ..all
                };
                (wanted, render::unprocessed(all.new, all.processing, *included))
            }
        })
    }

    /// The answer, null if it was printed as a file. Long work is awaited.
    pub fn ask(&mut self, request: &LocalRequest) -> Result<Value, CliError> {
        if let Some(answer) = self.ask_server(request)? {
            return Ok(answer);
        }
        let (terminal, json) = (&mut *self.terminal, self.json);
        let mut answer = None;
        let mut work = |context: &Context| answer = Some(here(context, request, terminal, json));
        let opened = (self.backend.offline)(self.settings, &mut work);
        self.terminal.progress_end();
        opened.map_err(|error| CliError::unreachable(&*error))?;
        answer.unwrap_or_else(|| Err(CliError::unexpected("nothing was asked")))
    }

    /// The running server's answer; none if no server runs.
    fn ask_server(&mut self, request: &LocalRequest) -> Result<Option<Value>, CliError> {
        let socket = control::socket_path(&self.settings.data);
        let Some(Reply {
            status,
            content_type,
            mut body,
        }) = control::ask(&socket, request)?
        else {
            return Ok(None);
        };
        let mut answer = Answer::new(&content_type, self.terminal, self.json);
        let read = io::copy(&mut body, &mut answer);
        let value = answer.end(read.map(drop).map_err(|error| AskError::Io(error).into()));
        self.terminal.progress_end();
        let value = value?;
        if status == 202 { self.awaited(value) } else { Ok(value) }.map(Some)
    }

    /// Waits until the server has done a task.
    fn awaited(&mut self, task: Value) -> Result<Value, CliError> {
        let mut answer = task;
        loop {
            let task: TaskView =
                serde_json::from_value(answer.clone()).map_err(|error| CliError::unexpected(&error.to_string()))?;
            if matches!(task.state, TaskState::Done | TaskState::Cancelled) {
                self.terminal.progress_end();
                return Ok(answer);
            }
            let progress = Progress {
                what: render::doing(&task.what).to_owned(),
                done: task.done,
                total: task.total,
                task: Some(task.id),
            };
            self.terminal.progress(&progress, self.json);
            thread::sleep(POLL);
            let next = self.ask_server(&get(&["tasks", &task.id.to_string()]).request)?;
            answer = next.ok_or_else(|| {
                let text = format!("the server ended; task {} continues when it runs again", task.id);
                CliError::new(EXIT_UNREACHABLE, "task-continues", text)
            })?;
        }
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
            Some(false) => Err(CliError::new(
                EXIT_FAILED,
                "not-confirmed",
                "cancelled; nothing was changed",
            )),
            None => Err(CliError::usage(format!(
                "{question} Confirmation is not possible without a terminal; add --yes to confirm"
            ))),
        }
    }

    /// Shows an answer; gives the exit code.
    pub fn show(&mut self, ask: &Ask, answer: &Value) -> Result<u8, CliError> {
        let mut page = render::Page::new(self.terminal.colour);
        let good = ask.show(&mut page, answer)?;
        if self.json {
            self.terminal.print_json(answer)?;
        } else {
            self.terminal.print(&page.into_text())?;
        }
        Ok(if good { EXIT_OK } else { EXIT_FAILED })
    }
}

/// Runs an operation in this process. A task that it begins is done here as well.
fn here(context: &Context, request: &LocalRequest, terminal: &mut Terminal<'_>, json: bool) -> Result<Value, CliError> {
    let failed = |error: ManageError| CliError::from(ProblemView::from(&error));
    let Output { status, headers, body } = run_local(context, request).map_err(failed)?;
    let content_type = headers.iter().find(|(name, _)| *name == "content-type");
    let content_type = content_type.map_or("application/json", |(_, value)| value);
    let mut answer = Answer::new(content_type, terminal, json);
    let written = match body {
        Body::Json(bytes) | Body::Bytes(bytes) => answer.write_all(&bytes).map_err(|error| CliError::output(&error)),
        Body::Stream(write) => write(&mut answer).map_err(failed),
        Body::Empty | Body::Events(_) => Ok(()),
    };
    let value = answer.end(written)?;
    if status != 202 {
        return Ok(value);
    }
    let task: TaskView = serde_json::from_value(value).map_err(|error| CliError::unexpected(&error.to_string()))?;
    let task = task_run(context, task.id, &mut |progress| {
        terminal.progress(&progress, json);
        std::ops::ControlFlow::Continue(())
    });
    serde_json::to_value(task.map_err(failed)?).map_err(|error| CliError::output(&error.into()))
}
