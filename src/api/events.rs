//! New and changed webhooks, as server-sent events.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::answer::Events;
use super::{Call, Principal, Reply};
use crate::clock;
use crate::manage::feed::StillMay;

/// How long a program receives events until it must present its token again.
const PROGRAM: Duration = Duration::from_secs(15 * 60);

/// Sends events until the session ends or the client disconnects.
pub fn watch(call: &Call<'_>) -> Reply<Events> {
    let still_may: StillMay = match call.principal {
        Principal::User(live) => {
            let (people, key) = (Arc::clone(&call.context.people), live.key);
            Box::new(move || people.session_is_live(&key, clock::now()).unwrap_or(false))
        }
        Principal::CommandLine => Box::new(|| true),
        Principal::Program { .. } | Principal::Anonymous => {
            let until = Instant::now() + PROGRAM;
            Box::new(move || Instant::now() < until)
        }
    };
    Ok(Events(call.context.feed.watch(call.sent.last_event, still_may)?))
}
