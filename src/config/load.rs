//! Flags, environment, file and defaults become [`Settings`].

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::ArgMatches;

use super::config_error::{ConfigError, ConfigErrors, Place};
use super::file;
use super::setting_type::is_content;
use super::settings::{Settings, TlsFiles};
use super::table::{Draft, Preset, SETTINGS, Setting};

/// Where packages keep the data folder.
const SYSTEM_DATA: &str = "/var/lib/hookgate";

/// Names of the files in `$CREDENTIALS_DIRECTORY`.
const CREDENTIAL_MASTER_KEY: &str = "master.key";
const CREDENTIAL_CERTIFICATE: &str = "tls.crt";
const CREDENTIAL_KEY: &str = "tls.key";

/// Loads the settings: a flag overrides the environment, the environment the file, the file the
/// default. Relative paths are relative to the current folder.
///
/// Flags that `flags` does not know, as when a command accepts only some, count as not given. So
/// does an environment variable that is set to an empty text.
///
/// # Errors
/// Every error, wherever it is, also in values that another one overrides.
pub fn load(
    file: Option<&Path>,
    flags: &ArgMatches,
    env: impl Fn(&str) -> Option<String>,
) -> Result<Settings, ConfigErrors> {
    load_placed(file, flags, env).map(|(settings, _)| settings)
}

/// The settings when nothing is given: those of the table.
#[must_use]
pub fn defaults() -> Settings {
    load(None, &ArgMatches::default(), |_| None).unwrap_or_default()
}

/// The place of each setting that has a value.
#[derive(Debug)]
pub struct Places(BTreeMap<&'static str, Place>);

impl Places {
    /// The place of a setting's value.
    #[must_use]
    pub fn of(&self, key: &'static str) -> Place {
        self.0.get(key).cloned().unwrap_or(Place::Default(key))
    }
}

/// The same, with the place of each setting: for errors in files and addresses that the settings
/// name.
///
/// # Errors
/// As [`load`].
pub fn load_placed(
    file: Option<&Path>,
    flags: &ArgMatches,
    env: impl Fn(&str) -> Option<String>,
) -> Result<(Settings, Places), ConfigErrors> {
    let mut gathered = Gathered::default();
    for setting in SETTINGS {
        if let Preset::Text(text) = setting.default {
            gathered.give(setting, text, Place::Default(setting.key));
        }
    }
    gathered.places.clear();
    if let Some(path) = file {
        for given in file::read(path, &mut gathered.errors) {
            gathered.give(given.setting, &given.text, given.place);
        }
    }
    for setting in SETTINGS {
        let variable = setting.variable();
        if let Some(text) = env(&variable).filter(|text| !text.is_empty()) {
            gathered.give(setting, &text, Place::Variable(variable));
        }
    }
    for setting in SETTINGS {
        // The raw value, so that it does not matter which type a command gave the flag.
        let value = flags.try_get_raw(setting.key).ok().flatten();
        if let Some(value) = value.and_then(Iterator::last) {
            let place = Place::Flag(format!("--{}", setting.flag()));
            gathered.give(setting, &value.to_string_lossy(), place);
        }
    }
    gathered.settle(env)
}

/// The values so far, the errors, and the last place of each key.
#[derive(Default)]
struct Gathered {
    draft: Draft,
    errors: Vec<ConfigError>,
    places: BTreeMap<&'static str, Place>,
    /// Keys whose last value was rejected: the draft still has the previous one.
    wrong: BTreeSet<&'static str>,
}

impl Gathered {
    fn give(&mut self, setting: &'static Setting, text: &str, place: Place) {
        self.wrong.remove(setting.key);
        if let Err(why) = setting.kind.set(&mut self.draft, text) {
            self.wrong.insert(setting.key);
            self.errors.push(ConfigError {
                place: place.clone(),
                what: format!("{} is not valid: {why}; expected {}", shown(text), setting.takes()),
            });
        }
        self.places.insert(setting.key, place);
    }

    /// Checks what depends on more than one setting and applies the rules for settings without a
    /// value.
    fn settle(mut self, env: impl Fn(&str) -> Option<String>) -> Result<(Settings, Places), ConfigErrors> {
        let credentials = env("CREDENTIALS_DIRECTORY").filter(|folder| !folder.is_empty());
        let credentials = credentials.map(PathBuf::from);
        self.credential_tls(credentials.as_deref());
        self.check_tls();
        self.check_listeners();
        self.check_journal();
        if !self.errors.is_empty() {
            return Err(ConfigErrors(self.errors));
        }
        let Draft {
            mut settings,
            data,
            certificate,
            key,
            workers,
            master_key,
            hsts,
        } = self.draft;
        settings.data = data.unwrap_or_else(|| default_data(Path::new(SYSTEM_DATA)));
        settings.tls.files = certificate
            .zip(key)
            .map(|(certificate, key)| TlsFiles { certificate, key });
        settings.admin.hsts = hsts.unwrap_or(settings.tls.files.is_some());
        settings.http.workers = workers.unwrap_or_else(cores);
        settings.secrets.master_key = master_key.unwrap_or_else(|| {
            credential(credentials.as_deref(), CREDENTIAL_MASTER_KEY)
                .unwrap_or_else(|| settings.data.join("master.key"))
        });
        settings.secrets.credential = credentials.is_some_and(|folder| settings.secrets.master_key.starts_with(folder));
        Ok((settings, Places(self.places)))
    }

    /// Certificate and key that systemd passes, when no setting names others. One without the other
    /// is an error in the unit: a self-signed certificate instead would go unnoticed.
    fn credential_tls(&mut self, folder: Option<&Path>) {
        if self.draft.certificate.is_some() || self.draft.key.is_some() {
            return;
        }
        self.draft.certificate = credential(folder, CREDENTIAL_CERTIFICATE);
        self.draft.key = credential(folder, CREDENTIAL_KEY);
        let missing = match (&self.draft.certificate, &self.draft.key) {
            (Some(_), None) => CREDENTIAL_KEY,
            (None, Some(_)) => CREDENTIAL_CERTIFICATE,
            (Some(_), Some(_)) => {
                for key in ["tls.certificate", "tls.key"] {
                    self.places
                        .insert(key, Place::Variable("CREDENTIALS_DIRECTORY".to_owned()));
                }
                return;
            }
            (None, None) => return,
        };
        (self.draft.certificate, self.draft.key) = (None, None);
        self.errors.push(ConfigError {
            place: Place::Variable("CREDENTIALS_DIRECTORY".to_owned()),
            what: format!("{missing} is missing; pass both certificate and key with LoadCredential="),
        });
    }

    fn check_tls(&mut self) {
        match (&self.draft.certificate, &self.draft.key) {
            (Some(_), None) => self.refuse(["tls.certificate", "tls.key"], "tls.key is missing; set both"),
            (None, Some(_)) => self.refuse(["tls.key", "tls.certificate"], "tls.certificate is missing; set both"),
            _ => {}
        }
    }

    fn check_listeners(&mut self) {
        let listen = &self.draft.settings.listen;
        let main = ("listen.address", Some(listen.address));
        let senders = ("listen.senders", listen.senders);
        let plain = ("listen.plain_http", listen.plain_http);
        for ((first, one), (second, other)) in [(main, senders), (main, plain), (senders, plain)] {
            if let (Some(one), Some(other)) = (one, other)
                && collide(one, other)
            {
                self.refuse(
                    [second, first],
                    &format!("{other} is already used by {first} ({one}); use another port"),
                );
            }
        }
    }

    fn check_journal(&mut self) {
        let journal = &self.draft.settings.journal;
        if journal.keep < journal.segment {
            let mut keys = ["journal.keep", "journal.segment"];
            if !self.places.contains_key("journal.keep") {
                keys.reverse();
            }
            self.refuse(keys, "journal.keep must not be less than journal.segment");
        }
    }

    /// Two settings conflict; the error is reported where the first was given.
    fn refuse(&mut self, keys: [&'static str; 2], what: &str) {
        if keys.iter().any(|key| self.wrong.contains(key)) {
            return;
        }
        let [key, _] = keys;
        let place = self.places.get(key).cloned();
        self.errors.push(ConfigError {
            place: place.unwrap_or(Place::Default(key)),
            what: what.to_owned(),
        });
    }
}

/// A value as a message may show it: not what may be a key, or a password in a URL.
fn shown(text: &str) -> String {
    if is_content(text.trim()) || text.contains('@') {
        format!(
            "the value ({} characters, not shown because it may be a secret)",
            text.chars().count()
        )
    } else {
        format!("{text:?}")
    }
}

/// Whether two listeners want the same port; port 0 is a free one each time.
fn collide(one: SocketAddr, other: SocketAddr) -> bool {
    one.port() != 0
        && one.port() == other.port()
        && (one.ip() == other.ip() || one.ip().is_unspecified() || other.ip().is_unspecified())
}

fn default_data(system: &Path) -> PathBuf {
    use rustix::fs::{Access, access};

    let writable = access(system, Access::WRITE_OK | Access::EXEC_OK).is_ok();
    if system.is_dir() && writable {
        return system.to_owned();
    }
    PathBuf::from("hookgate-data")
}

/// A file that systemd passes to the service, if it exists.
fn credential(folder: Option<&Path>, name: &str) -> Option<PathBuf> {
    folder.map(|folder| folder.join(name)).filter(|path| path.exists())
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_folder_of_packages_only_if_it_is_there() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(default_data(folder.path()), folder.path());
        let here = Path::new("hookgate-data");
        assert_eq!(default_data(&folder.path().join("none")), here);
        let file = folder.path().join("file");
        std::fs::write(&file, "").expect("written");
        assert_eq!(default_data(&file), here);
    }
}
