//! One operation: a row of the table.

use schemars::{JsonSchema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Reply;
use super::answer::{Answer, AnswerKind, Output};
use super::call::Call;
use crate::domain::user::Role;
use crate::manage::ManageError;

/// The maximum size of the body of most operations, in bytes.
const MAX_BODY: usize = 64 * 1024;

/// Makes the schema of a type.
pub type Schema = fn(&mut SchemaGenerator) -> schemars::Schema;

/// Does the work, in a thread that may block: with the query, and the body.
type Run = Box<dyn Fn(&Call<'_>, &str, &[u8]) -> Reply<Output> + Send + Sync>;

/// One method of one path.
pub struct Operation {
    pub method: Verb,
    /// The path below [`BASE`](super::table::BASE); `{name}` matches one part.
    pub path: &'static str,
    /// The least role that is authorized; none for every caller, also without login.
    pub role: Option<Role>,
    /// What it does, in one line.
    pub summary: &'static str,
    /// The schema of its query parameters, an object.
    pub query: Option<Schema>,
    pub body: Option<RequestBody>,
    pub answer: AnswerKind,
    /// The maximum size of the body in bytes.
    pub max_body: usize,
    /// Whether it needs a confirmation of identity that is a few minutes old at most: it reveals a
    /// secret or grants access.
    pub confirm: bool,
    /// Whether browsers ask it by themselves, without the header that says so: it is no use of the
    /// session.
    pub unattended: bool,
    pub reach: Reach,
    run: Run,
}

/// Where an operation can be called. Each that is not everywhere says why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    Everywhere,
    Network(&'static str),
    CommandLine(&'static str),
}

/// The body that an operation takes.
#[derive(Debug, Clone, Copy)]
pub struct RequestBody {
    pub schema: Schema,
    pub required: bool,
}

/// The methods there are; HEAD is as GET.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Verb {
    /// As HTTP writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// The schema of a type.
pub(super) fn schema<T: JsonSchema>(generator: &mut SchemaGenerator) -> schemars::Schema {
    generator.subschema_for::<T>()
}

/// The schema of a type in place, not by its name.
fn schema_inline<T: JsonSchema>(generator: &mut SchemaGenerator) -> schemars::Schema {
    T::json_schema(generator)
}

/// A row before its function is named.
pub(super) struct Row {
    method: Verb,
    path: &'static str,
    role: Option<Role>,
    summary: &'static str,
}

pub(super) const fn get(path: &'static str, role: Option<Role>, summary: &'static str) -> Row {
    row(Verb::Get, path, role, summary)
}

pub(super) const fn post(path: &'static str, role: Option<Role>, summary: &'static str) -> Row {
    row(Verb::Post, path, role, summary)
}

pub(super) const fn put(path: &'static str, role: Option<Role>, summary: &'static str) -> Row {
    row(Verb::Put, path, role, summary)
}

pub(super) const fn patch(path: &'static str, role: Option<Role>, summary: &'static str) -> Row {
    row(Verb::Patch, path, role, summary)
}

pub(super) const fn delete(path: &'static str, role: Option<Role>, summary: &'static str) -> Row {
    row(Verb::Delete, path, role, summary)
}

const fn row(method: Verb, path: &'static str, role: Option<Role>, summary: &'static str) -> Row {
    Row {
        method,
        path,
        role,
        summary,
    }
}

impl Row {
    /// A function that needs the path only.
    pub fn runs<A: Answer + 'static>(self, run: fn(&Call<'_>) -> Reply<A>) -> Operation {
        self.operation(None, None, A::KIND, move |call, _, _| Ok(run(call)?.output()))
    }

    /// A function with query parameters.
    pub fn asks<Q: DeserializeOwned + JsonSchema + 'static, A: Answer + 'static>(
        self,
        run: fn(&Call<'_>, Q) -> Reply<A>,
    ) -> Operation {
        self.operation(Some(schema_inline::<Q>), None, A::KIND, move |call, query, _| {
            Ok(run(call, query_read(query)?)?.output())
        })
    }

    /// A function with a body.
    pub fn takes<B: DeserializeOwned + JsonSchema + 'static, A: Answer + 'static>(
        self,
        run: fn(&Call<'_>, B) -> Reply<A>,
    ) -> Operation {
        let body = RequestBody {
            schema: schema::<B>,
            required: true,
        };
        self.operation(None, Some(body), A::KIND, move |call, _, body| {
            Ok(run(call, body_read(body)?)?.output())
        })
    }

    /// A function with query parameters and a body of JSON that it parses itself, to name its lines.
    pub fn takes_text<Q: DeserializeOwned + JsonSchema + 'static, A: Answer + 'static>(
        self,
        run: fn(&Call<'_>, Q, &[u8]) -> Reply<A>,
    ) -> Operation {
        let body = RequestBody {
            schema: schema::<Value>,
            required: true,
        };
        self.operation(
            Some(schema_inline::<Q>),
            Some(body),
            A::KIND,
            move |call, query, body| Ok(run(call, query_read(query)?, body)?.output()),
        )
    }

    /// A function that changes what `View` shows, by a JSON Merge Patch (RFC 7396). What the view
    /// has and the patch has not is read-only and ignored, so that a view can be sent back; what
    /// neither has is refused.
    pub fn patches<View: JsonSchema, B: DeserializeOwned + JsonSchema + 'static, A: Answer + 'static>(
        self,
        run: fn(&Call<'_>, B) -> Reply<A>,
    ) -> Operation {
        let body = RequestBody {
            schema: schema::<B>,
            required: true,
        };
        let (shown, edited) = (member_names::<View>(), member_names::<B>());
        let read_only: Vec<String> = shown.into_iter().filter(|name| !edited.contains(name)).collect();
        self.operation(None, Some(body), A::KIND, move |call, _, body| {
            let mut members: Map<String, Value> = body_read(body)?;
            members.retain(|name, _| !read_only.contains(name));
            let patch = serde_json::from_value(Value::Object(members)).map_err(body_wrong)?;
            Ok(run(call, patch)?.output())
        })
    }

    /// A function with a body that can be left out, which is the default then.
    pub fn may_take<B: DeserializeOwned + JsonSchema + Default + 'static, A: Answer + 'static>(
        self,
        run: fn(&Call<'_>, B) -> Reply<A>,
    ) -> Operation {
        let body = RequestBody {
            schema: schema::<B>,
            required: false,
        };
        self.operation(None, Some(body), A::KIND, move |call, _, body| {
            let body = if body.is_empty() {
                B::default()
            } else {
                body_read(body)?
            };
            Ok(run(call, body)?.output())
        })
    }

    fn operation(
        self,
        query: Option<Schema>,
        body: Option<RequestBody>,
        answer: AnswerKind,
        run: impl Fn(&Call<'_>, &str, &[u8]) -> Reply<Output> + Send + Sync + 'static,
    ) -> Operation {
        Operation {
            method: self.method,
            path: self.path,
            role: self.role,
            summary: self.summary,
            query,
            body,
            answer,
            max_body: MAX_BODY,
            confirm: false,
            unattended: false,
            reach: Reach::Everywhere,
            run: Box::new(run),
        }
    }
}

impl Operation {
    /// Does it.
    ///
    /// # Errors
    /// If query or body are not what it expects, or it is refused.
    pub fn run(&self, call: &Call<'_>, query: &str, body: &[u8]) -> Result<Output, ManageError> {
        (self.run)(call, query, body)
    }

    /// Accepts bodies up to this many bytes.
    pub(super) fn up_to(self, max_body: usize) -> Self {
        Self { max_body, ..self }
    }

    /// Only a short time after the caller proved their identity.
    pub(super) fn confirmed(self) -> Self {
        Self { confirm: true, ..self }
    }

    /// Over HTTPS only, for this reason.
    pub(super) fn network_only(self, why: &'static str) -> Self {
        Self {
            reach: Reach::Network(why),
            ..self
        }
    }

    /// By the command line only, for this reason.
    pub(super) fn command_line_only(self, why: &'static str) -> Self {
        Self {
            reach: Reach::CommandLine(why),
            ..self
        }
    }

    /// Asked by browsers by themselves.
    pub(super) fn unattended(self) -> Self {
        Self {
            unattended: true,
            ..self
        }
    }
}

fn query_read<Q: DeserializeOwned>(query: &str) -> Result<Q, ManageError> {
    serde_urlencoded::from_str(query).map_err(|error| ManageError::Invalid {
        what: "query",
        problem: error.to_string(),
    })
}

fn body_read<B: DeserializeOwned>(body: &[u8]) -> Result<B, ManageError> {
    serde_json::from_slice(body).map_err(body_wrong)
}

#[expect(clippy::needless_pass_by_value, reason = "map_err passes it")]
fn body_wrong(error: serde_json::Error) -> ManageError {
    ManageError::Invalid {
        what: "body",
        problem: error.to_string(),
    }
}

/// The members of an object of this type.
fn member_names<T: JsonSchema>() -> Vec<String> {
    let schema = T::json_schema(&mut SchemaGenerator::default());
    let members = schema.get("properties").and_then(Value::as_object);
    members.into_iter().flatten().map(|(name, _)| name.clone()).collect()
}
