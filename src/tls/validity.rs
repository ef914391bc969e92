//! The end of a certificate's validity, read from its DER form.
//!
//! Only the way to that one value is understood; whether the certificate is sound is for the
//! TLS library to say.

use jiff::civil;

use crate::domain::time::Timestamp;

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// The moment at which a certificate stops being valid; none if it is no certificate.
pub fn expires(certificate: &[u8]) -> Option<Timestamp> {
    let (whole, _) = tagged(certificate, SEQUENCE)?;
    let (signed, _) = tagged(whole, SEQUENCE)?;
    // version, where it stands, serial number, algorithm, issuer; then the validity.
    let after_version = tagged(signed, VERSION).map_or(signed, |(_, rest)| rest);
    let (_, _, rest) = element(after_version)?;
    let (_, _, rest) = element(rest)?;
    let (_, _, rest) = element(rest)?;
    let (validity, _) = tagged(rest, SEQUENCE)?;
    let (_, _, rest) = element(validity)?;
    let (tag, end, _) = element(rest)?;
    time(tag, end)
}

/// Tag, content and what follows.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let digits = usize::from(first & 0x7f);
        if digits > 4 {
            return None;
        }
        let (digits, rest) = rest.split_at_checked(digits)?;
        let length = digits.iter().fold(0, |length, &digit| length << 8 | usize::from(digit));
        (length, rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

fn tagged(bytes: &[u8], wanted: u8) -> Option<(&[u8], &[u8])> {
    let (tag, content, rest) = element(bytes)?;
    (tag == wanted).then_some((content, rest))
}

/// `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ`, the two forms that RFC 5280 allows.
fn time(tag: u8, text: &[u8]) -> Option<Timestamp> {
    let text = text.strip_suffix(b"Z")?;
    let (year, rest) = match tag {
        UTC_TIME => {
            let (year, rest) = text.split_at_checked(2)?;
            let year = number(year)?;
            (if year < 50 { 2000 + year } else { 1900 + year }, rest)
        }
        GENERALIZED_TIME => {
            let (year, rest) = text.split_at_checked(4)?;
            (number(year)?, rest)
        }
        _ => return None,
    };
    if rest.len() != 10 {
        return None;
    }
    let mut parts = rest
        .chunks_exact(2)
        .map(|part| number(part).and_then(|n| i8::try_from(n).ok()));
    let mut next = || parts.next().flatten();
    let moment = civil::DateTime::new(year, next()?, next()?, next()?, next()?, next()?, 0).ok()?;
    // Not through a time zone: the last hours of 9999, which mean "no end", lie beyond what
    // that can express.
    let since = moment.duration_since(civil::date(1970, 1, 1).at(0, 0, 0, 0));
    i64::try_from(since.as_micros()).ok().map(Timestamp)
}

fn number(digits: &[u8]) -> Option<i16> {
    digits.iter().try_fold(0_i16, |number, digit| {
        digit.is_ascii_digit().then(|| number * 10 + i16::from(digit - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn certificate(year: i32) -> Vec<u8> {
        let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(year, 2, 28);
        let key = rcgen::KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn both_forms_of_time_are_read() {
        for (year, wanted) in [(2049, "2049-02-28T00:00:00Z"), (2050, "2050-02-28T00:00:00Z")] {
            assert_eq!(expires(&certificate(year)).unwrap().to_string(), wanted);
        }
        assert_eq!(
            time(UTC_TIME, b"991231235959Z").unwrap().to_string(),
            "1999-12-31T23:59:59Z"
        );
        assert_eq!(
            time(GENERALIZED_TIME, b"99991231235959Z"),
            Some(Timestamp(253_402_300_799_000_000))
        );
        assert_eq!(time(UTC_TIME, b"991331235959Z"), None);
        assert_eq!(time(UTC_TIME, b"9912312359Z"), None);
    }

    #[test]
    fn a_cut_certificate_has_no_end() {
        let whole = certificate(2040);
        for length in 0..whole.len() {
            assert_eq!(expires(&whole[..length]), None, "{length}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = expires(&bytes);
        }

        #[test]
        fn a_changed_byte_is_read_without_panic(at in 0_usize..200, byte in any::<u8>()) {
            let mut bytes = certificate(2040);
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
            let _ = expires(&bytes);
        }
    }
}
