//! What is counted and measured while it happens, from the start of this process on, and the text
//! in which a monitoring system reads it.
//!
//! Counting takes no lock and makes nothing new: a number of statics, each a few atomics. All
//! labels have values that are written down here; nothing that comes from outside becomes one.

mod counter;
mod histogram;
pub mod recorded;
pub mod text;

pub use counter::{Counter, Labelled};
pub use histogram::{Histogram, Measured};
