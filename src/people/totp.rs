//! The second factor: time-based codes (RFC 6238) with SHA-1, six digits and 30 seconds, which all
//! authenticators support, and recovery codes.

use std::fmt::Write as _;

use aws_lc_rs::hmac;
use data_encoding::BASE32_NOPAD;

use super::sha256;
use crate::domain::time::Timestamp;
use crate::secret::{SecretError, random};

/// The length of a secret in bytes: 160 bits, as RFC 4226 recommends.
pub const SECRET_BYTES: usize = 20;

/// The number of recovery codes of a user.
pub const RECOVERY_CODES: usize = 10;

/// The length of a time step in seconds.
const STEP: i64 = 30;

/// The number of steps before and after the current one that are accepted: clocks differ, and
/// typing takes time.
const WINDOW: i64 = 1;

/// The number of the step at a moment.
pub const fn step(at: Timestamp) -> i64 {
    at.0.div_euclid(STEP * 1_000_000)
}

/// The step that a code belongs to, if the code is accepted now and the step is later than `used`.
pub fn code_step(secret: &[u8], code: &str, now: Timestamp, used: i64) -> Option<i64> {
    let code: u32 = match code.as_bytes() {
        digits if digits.len() == 6 && digits.iter().all(u8::is_ascii_digit) => code.parse().ok()?,
        _ => return None,
    };
    let now = step(now);
    (now - WINDOW..=now + WINDOW).find(|&step| step > used && code_of(secret, step) == code)
}

/// RFC 4226 section 5.3 with the number of a step.
fn code_of(secret: &[u8], step: i64) -> u32 {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let sum = hmac::sign(&key, &step.to_be_bytes());
    let sum = sum.as_ref();
    let at = usize::from(sum.last().copied().unwrap_or_default() & 0xF);
    let four = sum.get(at..at + 4).and_then(<[u8]>::first_chunk).copied();
    (u32::from_be_bytes(four.unwrap_or_default()) & 0x7FFF_FFFF) % 1_000_000
}

/// The code of a moment, as an authenticator shows it.
#[cfg(test)]
pub fn code_at(secret: &[u8], at: Timestamp) -> String {
    format!("{:06}", code_of(secret, step(at)))
}

/// The URI that authenticators read from a QR code.
pub fn uri(name: &str, secret: &[u8]) -> String {
    let mut label = String::new();
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => label.push(char::from(byte)),
            // Writing to a string cannot fail.
            other => drop(write!(label, "%{other:02X}")),
        }
    }
    let secret = base32(secret);
    format!("otpauth://totp/Hookgate:{label}?secret={secret}&issuer=Hookgate&algorithm=SHA1&digits=6&period=30")
}

/// New recovery codes, which are shown once, and their hashes to store. Each has 120 random bits.
pub fn recovery_new() -> Result<(Vec<String>, Vec<[u8; 32]>), SecretError> {
    let mut codes = Vec::with_capacity(RECOVERY_CODES);
    for _ in 0..RECOVERY_CODES {
        let random: [u8; 15] = random()?;
        let text = base32(&random);
        let groups: Vec<&str> = text
            .as_bytes()
            .chunks(4)
            .filter_map(|group| std::str::from_utf8(group).ok())
            .collect();
        codes.push(groups.join("-"));
    }
    let hashes = codes.iter().map(|code| recovery_hash(code)).collect();
    Ok((codes, hashes))
}

/// The stored hash of a recovery code. Spacing and case do not matter.
pub fn recovery_hash(code: &str) -> [u8; 32] {
    let bare: String = code
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    sha256(&bare)
}

/// Base32 as in RFC 4648 section 6, without padding.
pub fn base32(bytes: &[u8]) -> String {
    BASE32_NOPAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1_000_000)
    }

    /// RFC 6238 appendix B, the last six digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        for (seconds, code) in [
            (59, 287_082),
            (1_111_111_109, 81_804),
            (1_111_111_111, 50_471),
            (1_234_567_890, 5_924),
            (2_000_000_000, 279_037),
            (20_000_000_000, 353_130),
        ] {
            assert_eq!(code_of(SECRET, step(at(seconds))), code, "{seconds}");
        }
    }

    #[test]
    fn a_code_counts_one_step_around_the_clock_and_once() {
        let code = |step| format!("{:06}", code_of(SECRET, step));
        let now = at(1_000_000_000);
        let here = step(now);
        for (of, used, expected) in [
            (here, 0, Some(here)),
            (here - 1, 0, Some(here - 1)),
            (here + 1, 0, Some(here + 1)),
            (here - 2, 0, None),
            (here + 2, 0, None),
            (here, here, None),
            (here - 1, here, None),
            (here + 1, here, Some(here + 1)),
        ] {
            assert_eq!(code_step(SECRET, &code(of), now, used), expected, "{of} {used}");
        }
        for wrong in ["", "12345", "1234567", "12345a", "+12345", " 12345"] {
            assert_eq!(code_step(SECRET, wrong, now, 0), None, "{wrong}");
        }
    }

    /// RFC 4648 section 10.
    #[test]
    fn base32_is_that_of_the_rfc() {
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn recovery_codes_are_found_however_they_are_typed() {
        let (codes, hashes) = recovery_new().unwrap();
        assert_eq!((codes.len(), hashes.len()), (RECOVERY_CODES, RECOVERY_CODES));
        let code = &codes[0];
        assert_eq!(code.len(), 24 + 5, "{code}");
        for typed in [code.clone(), code.to_lowercase(), code.replace('-', " ")] {
            assert_eq!(recovery_hash(&typed), hashes[0]);
        }
        assert_ne!(hashes[0], hashes[1]);
    }

    #[test]
    fn the_uri_holds_any_name() {
        assert_eq!(
            uri("Anna Ü", SECRET),
            "otpauth://totp/Hookgate:Anna%20%C3%9C?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Hookgate&algorithm=SHA1&digits=6&period=30"
        );
    }
}
