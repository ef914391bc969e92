//! What is said when a damaged database ends the process.
//!
//! redb panics at some damaged pages, and that becomes an error. Where it panics once more while
//! it cleans up, nothing can be caught: Rust ends the process. These words are the last then.

use std::cell::Cell;
use std::io::Write as _;
use std::panic::{self, PanicHookInfo};

const LAST_WORDS: &str = "the database is damaged, and that ends the process. Run 'hookgate check' while the server is \
                          stopped: if the journal is whole, 'hookgate rebuild' makes the database anew from it; \
                          otherwise restore a backup. If a command ends like this too, move data/hookgate.redb out of \
                          the data folder first";

/// The panic with which Rust ends a process whose clean-up after a panic panicked.
const IN_CLEAN_UP: &str = "panic in a destructor during cleanup";

thread_local! {
    /// Whether what this thread does is the database's affair, as far as panics go.
    static AT_DATABASE: Cell<bool> = const { Cell::new(false) };
}

/// Has the process name the next step when a damaged database ends it. Other panics are told as
/// before. Called once, at the start.
pub fn last_words_prepare() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |told| {
        before(told);
        if told.location().is_some_and(|place| place.file().contains("/redb")) {
            let _ = at_database(true);
        }
        if ends_process(told) && at_database(true) {
            say();
            // As Rust does it right after this; so nothing stands behind the words.
            std::process::abort();
        }
    }));
}

/// Runs something of which every panic is the database's affair.
pub fn with_database<T>(run: impl FnOnce() -> T) -> T {
    struct Before(bool);
    impl Drop for Before {
        fn drop(&mut self) {
            let _ = at_database(self.0);
        }
    }
    let _before = Before(at_database(true));
    run()
}

/// Sets whether this thread is at the database; gives whether it was.
fn at_database(is: bool) -> bool {
    AT_DATABASE.try_with(|at| at.replace(is)).unwrap_or_default()
}

fn ends_process(told: &PanicHookInfo<'_>) -> bool {
    told.payload().downcast_ref::<&str>() == Some(&IN_CLEAN_UP)
}

/// To the log, or where there is none, as the command line tells errors.
fn say() {
    if tracing::enabled!(tracing::Level::ERROR) {
        tracing::error!("{LAST_WORDS}");
    } else {
        let _ = writeln!(std::io::stderr(), "hookgate: {LAST_WORDS}");
    }
}
