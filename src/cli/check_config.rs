//! `hookgate check-config`: the settings, and the certificate that they name.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::ArgMatches;

use super::args::Common;
use super::{CliError, EXIT_OK, Terminal, config_error, render, settings_placed};
use crate::app::audience;
use crate::app::bounds::connections;
use crate::app::secret_files::master_key_file;
use crate::config::{self, ConfigError, ConfigErrors, Places, Settings};
use crate::files::{SecretFile, open_files_limit};
use crate::manage::error::with_causes;
use crate::tls::{CertificateFiles, FilesCheck, Finding, PemPart, files_check};

pub(super) fn check_config(
    common: &Common,
    flags: &ArgMatches,
    defaults: bool,
    terminal: &mut Terminal<'_>,
) -> Result<u8, CliError> {
    let (settings, places) = settings_placed(common, flags)?;
    if defaults {
        terminal.print(&config::default_toml_with(|setting| flag(flags, setting)))?;
        return Ok(EXIT_OK);
    }
    master_key(&settings, &places)?;
    let Looked { unchecked, findings } = certificate(&settings, &places)?;
    let warnings = warnings(&settings);
    if common.json {
        terminal.print_json(&serde_json::json!({
            "valid": true,
            "data": settings.data,
            "unchecked": unchecked,
            "warnings": warnings,
            "certificate": findings.iter().map(finding_json).collect::<Vec<_>>(),
        }))?;
        return Ok(EXIT_OK);
    }
    let data = settings.data.display().to_string();
    let data = render::clean(&data);
    let mut text = format!("The settings are valid. The data folder is {data}.\n");
    for path in unchecked {
        let path = path.display().to_string();
        text.push_str("Not checked: ");
        text.push_str(&render::clean(&path));
        text.push_str("(no permission to read it). Run this command with sudo to check it too.\n");
    }
    for warning in warnings {
        text.push_str("Warning: ");
        text.push_str(&render::clean(&warning));
        text.push_str(".\n");
    }
    for finding in findings {
        let kind = if finding.is_warning() { "Warning" } else { "Note" };
        let _ = writeln!(text, "{kind}: {}", render::clean(&finding.whole()));
    }
    terminal.print(&text)?;
    Ok(EXIT_OK)
}

/// The server would not start with a master key that others can read.
fn master_key(settings: &Settings, places: &Places) -> Result<(), CliError> {
    match master_key_file(settings).exposed() {
        None => Ok(()),
        Some(exposed) => Err(config_error(&ConfigErrors(vec![ConfigError {
            place: places.of("secrets.master_key"),
            what: exposed.to_string(),
        }]))),
    }
}

/// What the server would start with, and what is better otherwise.
fn warnings(settings: &Settings) -> Vec<String> {
    let mut warnings = Vec::new();
    let key = settings.tls.files.as_ref().map(|files| files.key.clone());
    let exposed = key.and_then(|key| SecretFile::tls_key(key).exposed());
    warnings.extend(exposed.map(|exposed| exposed.to_string()));
    let listen = &settings.listen;
    let listeners = 1 + usize::from(listen.senders.is_some()) + usize::from(listen.plain_http.is_some());
    // As the server does, which raises its limit as far as it may.
    let connections = connections(settings, listeners, open_files_limit().maximum);
    if connections.limit < connections.asked {
        warnings.push(format!("started from here, {connections}"));
    }
    warnings
}

fn finding_json(finding: &Finding) -> serde_json::Value {
    serde_json::json!({
        "code": finding.code(),
        "warning": finding.is_warning(),
        "text": finding.whole(),
    })
}

/// The result of checking the certificate.
#[derive(Default)]
struct Looked {
    /// Files that could not be checked.
    unchecked: Vec<PathBuf>,
    /// What senders will find.
    findings: Vec<Finding>,
}

/// Looks at the certificate and its key as `serve` does.
///
/// # Errors
/// When the server would not start with them.
fn certificate(settings: &Settings, places: &Places) -> Result<Looked, CliError> {
    let audience = audience(settings);
    let Some(files) = &settings.tls.files else {
        // The server makes one that fits all but this.
        let finding = if audience.behind_proxy {
            Finding::BehindProxy
        } else {
            Finding::SelfSigned
        };
        return Ok(Looked {
            findings: vec![finding],
            ..Looked::default()
        });
    };
    let files = CertificateFiles {
        certificate: files.certificate.clone(),
        key: files.key.clone(),
    };
    let FilesCheck { errors, findings } = files_check(&files, &audience);
    let mut unchecked = Vec::new();
    let mut config_errors = Vec::new();
    for (part, error) in errors {
        match error.forbidden() {
            Some(path) => unchecked.push(path.to_owned()),
            None => config_errors.push(ConfigError {
                place: places.of(match part {
                    PemPart::Certificate => "tls.certificate",
                    PemPart::Key => "tls.key",
                }),
                what: with_causes(&error),
            }),
        }
    }
    if config_errors.is_empty() {
        unchecked.dedup();
        Ok(Looked { unchecked, findings })
    } else {
        Err(config_error(&ConfigErrors(config_errors)))
    }
}

/// The value of a flag for a setting.
fn flag(flags: &ArgMatches, setting: &config::Setting) -> Option<String> {
    let mut values = flags.try_get_raw(setting.key).ok().flatten()?;
    values.next_back().map(|value| value.to_string_lossy().into_owned())
}
