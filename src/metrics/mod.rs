//! What is counted and measured from the start of this process on, and the text in which a
//! monitoring system reads it.
//!
//! Counting takes no lock and allocates nothing: a number of statics, each a few atomics. All
//! labels have values from lists in the code; no outside input becomes one.

mod counter;
mod histogram;
pub mod recorded;
pub mod text;

pub use counter::{Counter, Labelled};
pub use histogram::{Histogram, Measured};
