//! The certificate that a server makes for itself when none is configured.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, PKCS_ECDSA_P256_SHA256};

use super::load::{Certificate, load};
use super::{CertificateFiles, TlsError};
use crate::clock;
use crate::domain::time::Timestamp;
use crate::files::explained;

/// How long a new certificate is valid: the longest that strict clients take.
const VALID_DAYS: u64 = 825;

/// A certificate that ends sooner than this is replaced at the start.
const RENEW_DAYS: i64 = 30;

/// A correct clock never shows an earlier time: the year in which this was written. A machine
/// without a hardware clock starts with a wrong time, and so that time is no reason to replace a
/// certificate that others trust.
const EARLIEST: Timestamp = Timestamp(1_767_225_600_000_000);

/// The line before the PEM text that lists the names in the certificate.
const NAMES: &str = "Names: ";

/// The self-signed certificate in this folder: created at the first start, and replaced when it is
/// about to expire, is not valid yet (it was created under a wrong clock), or lacks a name.
///
/// `key.pem` holds key and certificate, so that one rename puts both in place and no crash can
/// separate them; `cert.pem` is a copy of the certificate, for clients that trust it.
///
/// # Errors
/// When a file cannot be read or written, is damaged, or a name is no host name. A damaged key file
/// is not replaced: only a person decides to delete it.
pub fn self_signed(folder: &Path, names: &[String]) -> Result<CertificateFiles, TlsError> {
    let path = folder.join("key.pem");
    let wanted = all_names(names);
    let text = match fs::read_to_string(&path) {
        Ok(text) => match reason_to_replace(&text, &path, &wanted)? {
            None => text,
            Some(reason) => {
                tracing::info!(%reason, "a new self-signed certificate is created");
                make(folder, &path, &wanted)?
            }
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => make(folder, &path, &wanted)?,
        Err(source) => {
            let source = explained(&path, source);
            return Err(TlsError::Read { path, source });
        }
    };
    copy_certificate(folder, &text)?;
    Ok(CertificateFiles {
        certificate: path.clone(),
        key: path,
    })
}

/// Host name, localhost, loopback addresses and what is configured, without repeats.
fn all_names(configured: &[String]) -> Vec<String> {
    let uname = rustix::system::uname();
    let host = uname.nodename().to_str().unwrap_or_default();
    let mut names: Vec<String> = Vec::new();
    let own = [host, "localhost", "127.0.0.1", "::1"];
    for name in own.into_iter().chain(configured.iter().map(String::as_str)) {
        if !name.is_empty() && !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            names.push(name.to_owned());
        }
    }
    names
}

fn reason_to_replace(text: &str, path: &Path, wanted: &[String]) -> Result<Option<String>, TlsError> {
    let files = CertificateFiles {
        certificate: path.to_owned(),
        key: path.to_owned(),
    };
    let certificate = match load(&files) {
        Ok(certificate) => certificate,
        Err(TlsError::Expired { expired, .. }) => {
            return Ok(Some(format!("the old one expired on {expired}")));
        }
        Err(error) => return Err(error),
    };
    if let Some(reason) = unfit(&certificate, clock::now()) {
        return Ok(Some(reason));
    }
    let held: Vec<&str> = text
        .lines()
        .find_map(|line| line.strip_prefix(NAMES))
        .map(|names| names.split(", ").collect())
        .unwrap_or_default();
    let missing = wanted
        .iter()
        .find(|name| !held.iter().any(|held| held.eq_ignore_ascii_case(name)));
    Ok(missing.map(|name| format!("the old one does not contain the name {name}")))
}

/// Whether the clock says that a self-signed certificate must be replaced.
#[must_use]
pub fn replacement_due(certificate: &Certificate, now: Timestamp) -> bool {
    unfit(certificate, now).is_some()
}

/// Why the clock says so.
fn unfit(certificate: &Certificate, now: Timestamp) -> Option<String> {
    let Certificate {
        valid_from, expires, ..
    } = certificate;
    let renew_from = Timestamp(expires.0.saturating_sub(RENEW_DAYS * 86_400_000_000));
    if now < *valid_from && now >= EARLIEST {
        Some(format!(
            "the old one is not valid before {valid_from}: it was created when the clock was wrong"
        ))
    } else if now >= renew_from {
        Some(format!("the old one expires on {expires}"))
    } else {
        None
    }
}

/// Makes key and certificate and puts them in place; returns the file's text.
fn make(folder: &Path, path: &Path, names: &[String]) -> Result<String, TlsError> {
    let unfit = |source| TlsError::Make {
        names: names.join(", "),
        source,
    };
    let mut params = CertificateParams::new(names.to_vec()).map_err(unfit)?;
    // An hour back, for clients whose clock is slow.
    let now = Duration::from_micros(u64::try_from(clock::now().0).unwrap_or_default());
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    params.not_before = epoch + now.saturating_sub(Duration::from_secs(3600));
    params.not_after = epoch + now + Duration::from_secs(VALID_DAYS * 86_400);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.distinguished_name.push(DnType::CommonName, "Hookgate");
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(unfit)?;
    let certificate = params.self_signed(&key).map_err(unfit)?;

    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|source| TlsError::Write {
            path: folder.to_owned(),
            source: explained(folder, source),
        })?;
    let text = format!(
        "Created by Hookgate. The key must stay secret.\n{NAMES}{}\n{}{}",
        names.join(", "),
        key.serialize_pem(),
        certificate.pem()
    );
    write_whole(folder, path, 0o600, &text)?;
    Ok(text)
}

/// Keeps `cert.pem` equal to the certificate in use; a crash may have left an older one.
fn copy_certificate(folder: &Path, text: &str) -> Result<(), TlsError> {
    let path = folder.join("cert.pem");
    let certificate = text
        .find("-----BEGIN CERTIFICATE-----")
        .and_then(|start| text.get(start..))
        .unwrap_or_default();
    if fs::read_to_string(&path).is_ok_and(|copy| copy == certificate) {
        return Ok(());
    }
    write_whole(folder, &path, 0o644, certificate)
}

/// Writes a file under another name, syncs it and renames it, so that it is whole or not there.
fn write_whole(folder: &Path, path: &Path, mode: u32, text: &str) -> Result<(), TlsError> {
    let temporary: PathBuf = path.with_extension("pem.tmp");
    let write = || -> std::io::Result<()> {
        // A file that a crash left may have other rights.
        match fs::remove_file(&temporary) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        File::open(folder)?.sync_all()
    };
    write().map_err(|source| TlsError::Write {
        path: path.to_owned(),
        source: explained(path, source),
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use rustls::pki_types::ServerName;
    use rustls::server::ParsedCertificate;

    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    fn is_for(files: &CertificateFiles, name: &str) -> bool {
        let certificate = load(files).unwrap();
        let parsed = ParsedCertificate::try_from(certificate.key.end_entity_cert().unwrap()).unwrap();
        let name = ServerName::try_from(name.to_owned()).unwrap();
        rustls::client::verify_server_name(&parsed, &name).is_ok()
    }

    #[test]
    fn it_is_made_once_for_all_names() {
        let folder = tempfile::tempdir().unwrap();
        let tls = folder.path().join("tls");
        let wanted = names(&["hooks.example.com", "192.0.2.7"]);
        let files = self_signed(&tls, &wanted).unwrap();
        for name in ["localhost", "127.0.0.1", "::1", "hooks.example.com", "192.0.2.7"] {
            assert!(is_for(&files, name), "{name}");
        }
        assert!(!is_for(&files, "other.example.com"));

        let first = load(&files).unwrap();
        let days = (first.expires.0 - clock::now().0) / 86_400_000_000;
        assert!((824..=825).contains(&days), "{days}");
        assert_eq!(self_signed(&tls, &wanted).unwrap(), files);
        assert_eq!(load(&files).unwrap().fingerprint, first.fingerprint);
    }

    #[test]
    fn the_key_is_for_its_owner_only_and_the_copy_holds_no_key() {
        let folder = tempfile::tempdir().unwrap();
        let files = self_signed(folder.path(), &[]).unwrap();
        let mode = fs::metadata(&files.key).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let copy = fs::read_to_string(folder.path().join("cert.pem")).unwrap();
        assert!(
            copy.starts_with("-----BEGIN CERTIFICATE-----") && !copy.contains("KEY"),
            "{copy}"
        );
    }

    #[test]
    fn a_new_name_makes_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let before = load(&self_signed(folder.path(), &[]).unwrap()).unwrap();
        let files = self_signed(folder.path(), &names(&["new.example.com"])).unwrap();
        assert!(is_for(&files, "new.example.com"));
        assert_ne!(load(&files).unwrap().fingerprint, before.fingerprint);
    }

    #[test]
    fn what_a_crash_left_is_mended() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("key.pem.tmp"), "half a k").unwrap();
        let files = self_signed(folder.path(), &[]).unwrap();
        let copy = folder.path().join("cert.pem");
        let good = fs::read_to_string(&copy).unwrap();
        fs::write(&copy, "of an older key").unwrap();
        let again = self_signed(folder.path(), &[]).unwrap();
        assert_eq!(again, files);
        assert_eq!(fs::read_to_string(&copy).unwrap(), good);
    }

    #[test]
    fn a_damaged_key_file_is_reported_and_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        fs::write(&path, "scribbled over").unwrap();
        assert!(self_signed(folder.path(), &[]).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "scribbled over");
    }

    /// A pair in place, valid from one moment to another.
    fn placed(folder: &Path, from: Timestamp, until: Timestamp) -> String {
        let wanted = all_names(&[]);
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(wanted.clone()).unwrap();
        let moment =
            |at: Timestamp| rcgen::date_time_ymd(1970, 1, 1) + Duration::from_micros(u64::try_from(at.0).unwrap());
        (params.not_before, params.not_after) = (moment(from), moment(until));
        let made = params.self_signed(&key).unwrap();
        let text = format!("{NAMES}{}\n{}{}", wanted.join(", "), key.serialize_pem(), made.pem());
        fs::write(folder.join("key.pem"), text).unwrap();
        super::super::load::fingerprint(made.der())
    }

    #[test]
    fn fault_12_one_made_under_a_wrong_clock_is_made_anew() {
        const YEAR: i64 = 365 * 86_400_000_000;
        let folder = tempfile::tempdir().unwrap();
        let now = clock::now();
        let future = placed(folder.path(), Timestamp(now.0 + 9 * YEAR), Timestamp(now.0 + 11 * YEAR));
        let fresh = load(&self_signed(folder.path(), &[]).unwrap()).unwrap();
        assert_ne!(fresh.fingerprint, future);
        assert!(fresh.valid_from < now && !replacement_due(&fresh, now));

        // The other way round, it is the clock that is wrong: those who trust the certificate
        // would not know a new one.
        assert!(!replacement_due(&fresh, Timestamp(0)));
        assert!(replacement_due(&fresh, Timestamp(now.0 - YEAR / 12)));
        assert!(replacement_due(&fresh, Timestamp(now.0 + 3 * YEAR)));
    }

    #[test]
    fn one_about_to_end_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        let wanted = all_names(&[]);
        let key = KeyPair::generate().unwrap();
        let soon = Duration::from_micros(u64::try_from(clock::now().0).unwrap()) + Duration::from_secs(29 * 86_400);
        for end in [
            rcgen::date_time_ymd(2001, 1, 1),
            rcgen::date_time_ymd(1970, 1, 1) + soon,
        ] {
            let mut params = CertificateParams::new(wanted.clone()).unwrap();
            params.not_after = end;
            let old = params.self_signed(&key).unwrap();
            let text = format!("{NAMES}{}\n{}{}", wanted.join(", "), key.serialize_pem(), old.pem());
            fs::write(&path, text).unwrap();
            let files = self_signed(folder.path(), &[]).unwrap();
            let fresh = load(&files).unwrap();
            assert_ne!(fresh.key.end_entity_cert().unwrap().as_ref(), old.der().as_ref());
        }
    }
}
