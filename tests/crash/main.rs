//! Faults on purpose: a simulated disk under journal and store, and the real server killed.
mod check;
mod damage;
mod disk;
mod folder;
mod kill;
mod nth;
mod rng;
mod setup;
mod simulated;
mod world;
