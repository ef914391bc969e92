//! The settings of the server.
//!
//! One table, [`SETTINGS`], says what there is; the file, the flags, the environment, the
//! help, the README's table and the default file are derived from it.

mod config_error;
mod file;
mod load;
mod setting_type;
mod settings;
mod show;
mod table;
mod units;

pub use config_error::{ConfigError, ConfigErrors, Place};
pub use load::{Places, defaults, load, load_placed};
pub use settings::{
    Disk, Http, Intake, Journal, Limits, Listen, Log, LogFormat, Process, Retention, Secrets, Settings, Shutdown,
    Store, Tls, TlsFiles,
};
pub use show::{argument_of, arguments, default_toml, default_toml_with, markdown_table};
pub use table::{Preset, SETTINGS, Setting};

#[cfg(test)]
mod tests;
