//! Faults on purpose: a simulated disk under journal and store, and the real server killed.
mod first;
mod kill;
