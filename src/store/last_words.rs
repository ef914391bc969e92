//! The message when a damaged database aborts the process.
//!
//! redb panics at some damaged pages, which becomes an error. If it panics again while it cleans
//! up, nothing can be caught, and Rust aborts the process. This message is then the last output.

use std::cell::{Cell, RefCell};
use std::io::Write as _;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo, catch_unwind, resume_unwind};

use super::error::{StoreError, damage, panic_text};

const LAST_WORDS: &str = "the database is damaged, so the process stops. Stop the server and run 'hookgate check': if \
                          the journal is intact, 'hookgate rebuild' recreates the database from it; otherwise restore \
                          a backup. If a command also stops with this message, move data/hookgate.redb out of the \
                          data folder first";

/// The message of the panic with which Rust aborts when cleaning up after a panic panics.
const IN_CLEAN_UP: &str = "panic in a destructor during cleanup";

thread_local! {
    /// Whether this thread is using the database, so that any panic counts as the database's.
    static AT_DATABASE: Cell<bool> = const { Cell::new(false) };
    /// Whether the last panic came from redb.
    static OF_REDB: Cell<bool> = const { Cell::new(false) };
    /// Panics that are not reported yet.
    static KEPT: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Installs the panic hook. If a damaged database aborts the process, it reports the next step. A
/// panic of redb is reported as an error message instead of raw. Other panics are reported as
/// before. Call it once, at the start.
pub fn last_words_prepare() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |told| {
        let of_redb = told.location().is_some_and(|place| place.file().contains("/redb"));
        if of_redb {
            let _ = OF_REDB.try_with(|of_redb| of_redb.set(true));
        }
        let ends = ends_process(told);
        if ends && (at_database() || is_of_redb()) {
            for text in kept() {
                say_raw(&text);
            }
            say();
            // Rust would abort right after this. Aborting here keeps the message the last output.
            std::process::abort();
        }
        if at_database() {
            // It becomes an error that the caller reports, unless cleaning up panics too.
            keep(told.to_string());
        } else if of_redb && !ends {
            keep(told.to_string());
            tracing::error!(
                cause = panic_text(told.payload()),
                "a page of the database cannot be read. Stop the server and run 'hookgate check': it shows how to \
                 repair the data"
            );
        } else {
            before(told);
        }
    }));
}

/// Runs code in which every panic comes from the database.
pub fn with_database<T>(run: impl FnOnce() -> T) -> T {
    struct Before(bool);
    impl Drop for Before {
        fn drop(&mut self) {
            let _ = AT_DATABASE.try_with(|at| at.set(self.0));
            // A panic that was caught has become an error.
            let _ = kept();
        }
    }
    let _before = Before(AT_DATABASE.try_with(|at| at.replace(true)).unwrap_or_default());
    run()
}

/// Converts a panic that comes from redb into an error; other panics continue.
///
/// # Errors
/// [`StoreError::Damaged`]. The database must then neither be used nor closed: redb could deadlock.
pub fn damage_caught<T>(run: impl FnOnce() -> T) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(run)).or_else(|panic| {
        let _ = kept();
        if OF_REDB.try_with(|of_redb| of_redb.replace(false)).unwrap_or_default() {
            return Err(damage(&*panic));
        }
        resume_unwind(panic)
    })
}

fn is_of_redb() -> bool {
    OF_REDB.try_with(Cell::get).unwrap_or_default()
}

fn at_database() -> bool {
    AT_DATABASE.try_with(Cell::get).unwrap_or_default()
}

fn keep(text: String) {
    let _ = KEPT.try_with(|kept| kept.try_borrow_mut().map(|mut kept| kept.push(text)));
}

fn kept() -> Vec<String> {
    let take = |kept: &RefCell<Vec<String>>| kept.try_borrow_mut().map(|mut kept| std::mem::take(&mut *kept));
    KEPT.try_with(take).ok().and_then(Result::ok).unwrap_or_default()
}

fn ends_process(told: &PanicHookInfo<'_>) -> bool {
    told.payload().downcast_ref::<&str>() == Some(&IN_CLEAN_UP)
}

/// Writes to the log, or to standard error in the format of the command line if there is no log.
fn say() {
    if tracing::enabled!(tracing::Level::ERROR) {
        tracing::error!("{LAST_WORDS}");
    } else {
        let _ = writeln!(std::io::stderr(), "hookgate: {LAST_WORDS}");
    }
}

fn say_raw(text: &str) {
    if tracing::enabled!(tracing::Level::ERROR) {
        tracing::error!(panic = text, "the database library failed");
    } else {
        let _ = writeln!(std::io::stderr(), "{text}");
    }
}
