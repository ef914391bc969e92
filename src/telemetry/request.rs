//! The request that a thread works for: all of its log lines name it.
//!
//! Not a span: a span would be created for each request, whether or not there is a line. This is a
//! value in the thread, which is read only when a line is written.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::pin::pin;

use tracing::{Event, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// The id of a request, which the response has as `X-Request-Id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId([u8; 16]);

struct Ids {
    keys: RandomState,
    next: u64,
}

thread_local! {
    // A keyed hash of a counter: ids do not reveal how many requests there are.
    static IDS: RefCell<Ids> = RefCell::new(Ids { keys: RandomState::new(), next: 0 });
    static CURRENT: Cell<Option<RequestId>> = const { Cell::new(None) };
}

impl RequestId {
    /// One that no other request has.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "no two are the same")]
    pub fn new() -> Self {
        let number = IDS.with_borrow_mut(|ids| {
            ids.next += 1;
            ids.keys.hash_one(ids.next)
        });
        let mut text = [0; 16];
        for (at, digit) in text.iter_mut().enumerate() {
            let value = number >> (60 - 4 * at) & 0xf;
            *digit = b"0123456789abcdef".get(value as usize).copied().unwrap_or_default();
        }
        Self(text)
    }

    /// In letters and digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The request that this thread works for.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.get()
    }
}

/// Works for a request, in any thread.
pub fn working_for<T>(request: Option<RequestId>, work: impl FnOnce() -> T) -> T {
    struct Before(Option<RequestId>);
    impl Drop for Before {
        fn drop(&mut self) {
            CURRENT.set(self.0);
        }
    }
    let _before = Before(CURRENT.replace(request));
    work()
}

/// As [`working_for`], for work that awaits: the thread does other work in between.
pub async fn waiting_for<T>(request: RequestId, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    std::future::poll_fn(|cx| working_for(Some(request), || work.as_mut().poll(cx))).await
}

/// Fields of a line of text, and the request after them. While a thread works for a request, no
/// event names that request itself.
pub(super) struct Fields<F>(pub(super) F);

impl<'w, F: for<'a> FormatFields<'a>> FormatFields<'w> for Fields<F> {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'w>, fields: R) -> fmt::Result {
        self.0.format_fields(writer.by_ref(), fields)?;
        match RequestId::current() {
            Some(request) => write!(writer, " request={:?}", request.as_str()),
            None => Ok(()),
        }
    }
}

/// A JSON object with the request in it.
pub(super) struct Object<E>(pub(super) E);

impl<S, N, E> FormatEvent<S, N> for Object<E>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    E: FormatEvent<S, N>,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let Some(request) = RequestId::current() else {
            return self.0.format_event(context, writer, event);
        };
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        match line.trim_end().strip_suffix('}') {
            Some(fields) => writeln!(writer, "{fields},\"request\":\"{}\"}}", request.as_str()),
            None => writer.write_str(&line),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_are_all_different_and_plain() {
        let ids: BTreeSet<String> = (0..1000).map(|_| RequestId::new().as_str().to_owned()).collect();
        assert_eq!(ids.len(), 1000);
        for id in ids {
            assert!(
                id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit()),
                "{id}"
            );
        }
    }

    #[tokio::test]
    async fn a_thread_works_for_nobody_while_a_request_waits() {
        let request = RequestId::new();
        let (go_on, until) = tokio::sync::oneshot::channel::<()>();
        let work = waiting_for(request, async {
            assert_eq!(RequestId::current(), Some(request));
            until.await.unwrap();
            RequestId::current()
        });
        let other = async {
            assert_eq!(RequestId::current(), None);
            go_on.send(()).unwrap();
        };
        assert_eq!(tokio::join!(work, other).0, Some(request));
        let faulty = std::panic::catch_unwind(|| working_for(Some(request), || panic!("on purpose")));
        assert!(faulty.is_err());
        assert_eq!(RequestId::current(), None);
    }
}
