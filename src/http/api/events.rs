//! What arrives and changes, as server-sent events.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::HandlerResult;
use super::auth::Principal;
use super::input::Input;
use super::output::events;
use crate::clock;
use crate::manage::Context;
use crate::manage::feed::StillMay;

/// How long a program receives events until it must present its token again.
const PROGRAM: Duration = Duration::from_secs(15 * 60);

/// Begins to tell, until the session ends or the other side goes.
pub fn watch(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let still_may: StillMay = match principal {
        Principal::User(live) => {
            let (people, key) = (Arc::clone(&context.people), live.key);
            Box::new(move || people.session_is_live(&key, clock::now()).unwrap_or(false))
        }
        Principal::Program { .. } | Principal::Anonymous => {
            let until = Instant::now() + PROGRAM;
            Box::new(move || Instant::now() < until)
        }
    };
    events(context.feed.watch(input.last_event, still_may)?)
}
