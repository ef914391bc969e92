//! What arrives and changes, as server-sent events.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Answered;
use super::auth::Who;
use super::input::Input;
use super::output::events;
use crate::clock;
use crate::manage::Context;
use crate::manage::feed::StillMay;

/// How long a program is told, until it must show its token again.
const PROGRAM: Duration = Duration::from_secs(15 * 60);

/// Begins to tell, until the session ends or the other side goes.
pub fn watch(context: &Context, who: &Who, input: &Input) -> Answered {
    let still_may: StillMay = match who {
        Who::Person(live) => {
            let (people, key) = (Arc::clone(&context.people), live.key);
            Box::new(move || people.session_goes_on(&key, clock::now()).unwrap_or(false))
        }
        Who::Program { .. } | Who::Stranger => {
            let until = Instant::now() + PROGRAM;
            Box::new(move || Instant::now() < until)
        }
    };
    events(context.feed.watch(input.last_event, still_may)?)
}
