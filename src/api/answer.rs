//! What an operation gives: values with a type, files, lines and events.

use std::io::{self, Write};
use std::ops::ControlFlow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::operation::{Schema, schema};
use super::problem::ProblemView;
use super::table::BASE;
use crate::manage::feed::Watching;
use crate::manage::task::TaskView;
use crate::manage::{ManageError, Progress, ProgressFn};

/// Writes a body, piece by piece.
pub type Writer = Box<dyn FnOnce(&mut dyn Write) -> Result<(), ManageError> + Send>;

/// An answer, ready to be sent.
pub struct Output {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(&'static str, String)>,
    pub body: Body,
}

impl Output {
    /// A value as JSON.
    #[must_use]
    pub fn json(status: u16, value: &impl Serialize) -> Self {
        let text = serde_json::to_vec(value).unwrap_or_else(|error| {
            // All values are texts, numbers, lists and objects.
            tracing::error!(%error, "an answer could not be written as JSON");
            b"null".to_vec()
        });
        Self {
            status,
            headers: Vec::new(),
            body: Body::Json(text),
        }
    }
}

/// The body of an answer.
pub enum Body {
    Empty,
    Json(Vec<u8>),
    Bytes(Vec<u8>),
    /// Written while it is sent. An error of the writer cuts the connection, so that the reader
    /// sees that something is missing.
    Stream(Writer),
    Events(Watching),
}

/// What an operation answers when all went well, for its description.
#[derive(Debug, Clone, Copy)]
pub struct AnswerKind {
    pub status: u16,
    /// Content types, each with the schema of its content where it has one.
    pub content: &'static [(&'static str, Option<Schema>)],
    pub schema: Option<Schema>,
}

/// A type that an operation gives.
pub trait Answer {
    const KIND: AnswerKind;

    fn output(self) -> Output;
}

/// 200 with a value.
pub struct Json<T>(pub T);

/// 201 with a value.
pub struct Created<T>(pub T);

/// 202 with a task that does the work.
pub struct Accepted(pub TaskView);

/// 204.
pub struct Nothing;

/// 200 with a download of this name.
pub struct File<T: FileType> {
    pub name: String,
    pub content_type: &'static str,
    pub body: Body,
    pub kind: std::marker::PhantomData<T>,
}

/// The content types that a download can have.
pub trait FileType {
    const CONTENT: &'static [(&'static str, Option<Schema>)];
}

/// Bytes as they arrived.
pub struct Binary;

impl FileType for Binary {
    const CONTENT: &'static [(&'static str, Option<Schema>)] = &[("application/octet-stream", None)];
}

/// A table.
pub struct Csv;

impl FileType for Csv {
    const CONTENT: &'static [(&'static str, Option<Schema>)] = &[("text/csv", None)];
}

/// A table, or a JSON value in each line.
pub struct CsvOrLines;

impl FileType for CsvOrLines {
    const CONTENT: &'static [(&'static str, Option<Schema>)] = &[("text/csv", None), ("application/x-ndjson", None)];
}

/// 200 with a [`Line`] for each step of long work, and one for its end.
pub struct Lines<T> {
    write: Writer,
    result: std::marker::PhantomData<T>,
}

/// A line about long work: how far it is, at its end what it did, or why it ended early. An answer
/// without one of the last two was cut off.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Line<T> {
    Progress(Progress),
    Result(T),
    Problem(ProblemView),
}

impl<T> Line<T> {
    /// Newline-delimited JSON, told from the lines of a file.
    pub const CONTENT_TYPE: &'static str = "application/x-ndjson; profile=progress";
}

/// 200 with server-sent events, until the sender closes.
pub struct Events(pub Watching);

/// An answer with more headers.
pub struct WithHeaders<A>(pub A, pub Vec<(&'static str, String)>);

impl<T: Serialize + JsonSchema> Answer for Json<T> {
    const KIND: AnswerKind = AnswerKind {
        status: 200,
        content: &[],
        schema: Some(schema::<T>),
    };

    fn output(self) -> Output {
        Output::json(200, &self.0)
    }
}

impl<T: Serialize + JsonSchema> Answer for Created<T> {
    const KIND: AnswerKind = AnswerKind {
        status: 201,
        content: &[],
        schema: Some(schema::<T>),
    };

    fn output(self) -> Output {
        Output::json(201, &self.0)
    }
}

impl Answer for Accepted {
    const KIND: AnswerKind = AnswerKind {
        status: 202,
        content: &[],
        schema: Some(schema::<TaskView>),
    };

    fn output(self) -> Output {
        let place = format!("{BASE}/tasks/{}", self.0.id);
        let mut output = Output::json(202, &self.0);
        output.headers.push(("location", place));
        output
    }
}

impl Answer for Nothing {
    const KIND: AnswerKind = AnswerKind {
        status: 204,
        content: &[],
        schema: None,
    };

    fn output(self) -> Output {
        Output {
            status: 204,
            headers: Vec::new(),
            body: Body::Empty,
        }
    }
}

impl<T: FileType> File<T> {
    /// A download that is written while it is sent.
    pub fn written(
        name: impl Into<String>,
        content_type: &'static str,
        write: impl FnOnce(&mut dyn Write) -> Result<(), ManageError> + Send + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            content_type,
            body: Body::Stream(Box::new(write)),
            kind: std::marker::PhantomData,
        }
    }
}

impl<T: FileType> Answer for File<T> {
    const KIND: AnswerKind = AnswerKind {
        status: 200,
        content: T::CONTENT,
        schema: None,
    };

    fn output(self) -> Output {
        let disposition = format!("attachment; filename=\"{}\"", self.name);
        Output {
            status: 200,
            headers: vec![
                ("content-type", self.content_type.to_owned()),
                ("content-disposition", disposition),
            ],
            body: self.body,
        }
    }
}

impl<T: Serialize + 'static> Lines<T> {
    /// Work that is done while its lines are sent. It ends early when they cannot be sent.
    pub fn of(work: impl FnOnce(ProgressFn<'_>) -> Result<T, ManageError> + Send + 'static) -> Self {
        let write = move |out: &mut dyn Write| {
            let mut line = |line: &Line<T>| -> io::Result<()> {
                serde_json::to_writer(&mut *out, line)?;
                out.write_all(b"\n")?;
                out.flush()
            };
            let done = work(&mut |progress| {
                let sent = line(&Line::Progress(progress));
                sent.map_or(ControlFlow::Break(()), ControlFlow::Continue)
            });
            let end = match done {
                Ok(result) => Line::Result(result),
                Err(error) => Line::Problem(ProblemView::from(&error)),
            };
            // Who does not read any more is not told.
            let _ = line(&end);
            Ok(())
        };
        Self {
            write: Box::new(write),
            result: std::marker::PhantomData,
        }
    }
}

impl<T: JsonSchema> Answer for Lines<T> {
    const KIND: AnswerKind = AnswerKind {
        status: 200,
        content: &[("application/x-ndjson", Some(schema::<Line<T>>))],
        schema: None,
    };

    fn output(self) -> Output {
        Output {
            status: 200,
            headers: vec![("content-type", Line::<T>::CONTENT_TYPE.to_owned())],
            body: Body::Stream(self.write),
        }
    }
}

impl Answer for Events {
    const KIND: AnswerKind = AnswerKind {
        status: 200,
        content: &[("text/event-stream", None)],
        schema: None,
    };

    fn output(self) -> Output {
        Output {
            status: 200,
            headers: vec![
                ("content-type", "text/event-stream".to_owned()),
                // Proxies that buffer responses do not buffer this one.
                ("x-accel-buffering", "no".to_owned()),
            ],
            body: Body::Events(self.0),
        }
    }
}

impl<A: Answer> Answer for WithHeaders<A> {
    const KIND: AnswerKind = A::KIND;

    fn output(self) -> Output {
        let mut output = self.0.output();
        output.headers.extend(self.1);
        output
    }
}
