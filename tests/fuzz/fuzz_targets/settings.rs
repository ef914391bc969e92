//! Any settings file is read or refused, the same twice; what is read keeps what the table of
//! settings promises, and each mistake says where it stands.
#![no_main]

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use clap::ArgMatches;
use hookgate::config::load;
use libfuzzer_sys::fuzz_target;

/// Settings are read from a file: one for each process.
static FILE: LazyLock<PathBuf> = LazyLock::new(|| {
    let name = format!("hookgate-fuzz-settings-{}.toml", std::process::id());
    std::env::temp_dir().join(name)
});

fuzz_target!(|data: &[u8]| {
    fs::write(&*FILE, data).unwrap();
    let read = || load(Some(&FILE), &ArgMatches::default(), |_| None);
    let first = read();
    assert_eq!(first, read());
    match first {
        Ok(settings) => {
            let (listen, limits) = (&settings.listen, &settings.limits);
            assert!(
                listen
                    .plain_http
                    .is_none_or(|address| address.ip().to_canonical().is_loopback())
            );
            assert!(settings.journal.keep >= settings.journal.segment);
            assert!(limits.bodies >= settings.intake.max_body && limits.lag_bytes >= settings.intake.max_body);
            assert!(limits.queue > 0 && settings.http.workers > 0 && settings.retention.batch > 0);
        }
        Err(errors) => {
            assert!(!errors.0.is_empty());
            let file = FILE.display().to_string();
            for error in errors.0 {
                assert!(
                    error.place.to_string().starts_with(&file) && !error.what.is_empty(),
                    "{error}"
                );
            }
        }
    }
});
