//! What an authenticator app shows.

use std::fmt::Write as _;

use aws_lc_rs::hmac;

/// The code of an authenticator so many steps from now (RFC 6238).
pub fn code(secret: &str, steps: u64) -> String {
    let mut bits = String::new();
    for letter in secret.chars() {
        let value = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(letter).unwrap();
        write!(bits, "{value:05b}").unwrap();
    }
    let key: Vec<u8> = bits
        .as_bytes()
        .chunks_exact(8)
        .map(|byte| u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap())
        .collect();
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let sum = hmac::sign(
        &hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key),
        &(now / 30 + steps).to_be_bytes(),
    );
    let sum = sum.as_ref();
    let at = usize::from(sum[19] & 15);
    let number = u32::from_be_bytes(sum[at..at + 4].try_into().unwrap()) & 0x7FFF_FFFF;
    format!("{:06}", number % 1_000_000)
}
