//! The invariants of the source, and Hookgate as its senders and administrators see it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail the test"
)]

mod admin_page;
mod api_events;
mod api_records;
mod api_setup;
mod api_webhooks;
mod architecture;
mod authorization;
mod backup;
mod bad_input;
mod bodies;
mod certificates;
mod cli;
mod clients;
mod cors;
mod data_folder;
mod demo;
mod dependencies;
mod disk;
mod file_rights;
mod filled;
mod harness;
mod installed;
mod intake;
mod interop;
mod issuer;
mod key_files;
mod listeners;
mod logs;
mod manage;
mod metrics;
mod objects;
mod odata;
mod odata_access;
mod odata_page;
mod open_after_kill;
mod open_files;
mod package;
mod page_files;
mod people;
mod processing;
mod readme;
mod rebuild;
mod recovery;
mod refusals;
mod retention;
mod shell;
mod shutdown;
mod sockets;
mod symptoms;
mod systemd;
mod tasks;
mod terminal;
mod tls;
mod tokens;
#[path = "../common/totp.rs"]
mod totp;
mod unavailable;
mod unprocessed;
mod values;
mod wrong_tokens;
