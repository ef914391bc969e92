//! The public key of a certificate as clients pin it.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Certificate;

/// `sha256//…`, in the form for `curl --pinnedpubkey`; none if the key has no readable public half.
#[must_use]
pub fn key_pin(certificate: &Certificate) -> Option<String> {
    let public = certificate.key.key.public_key()?;
    let hash = digest::digest(&digest::SHA256, &public);
    Some(format!("sha256//{}", STANDARD.encode(hash)))
}

#[cfg(test)]
mod tests {
    use super::super::{load, self_signed};
    use super::*;

    #[test]
    fn a_pin_is_that_of_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let pin = |name: &str| {
            let files = self_signed(&folder.path().join(name), &[]).unwrap();
            key_pin(&load(&files).unwrap()).unwrap()
        };
        let one = pin("one");
        assert!(one.starts_with("sha256//") && one.len() == 52, "{one}");
        assert_eq!(pin("one"), one);
        assert_ne!(pin("two"), one);
    }
}
