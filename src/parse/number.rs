//! Exact numbers from text: never through a float, nothing rounded.

use rust_decimal::Decimal;

/// The most significant digits that a decimal can hold.
const DIGITS: usize = 29;

/// An exponent that the zeros in a body cannot balance.
const FAR: i64 = 1 << 40;

/// A whole number, also written like `42.0` or `4.2e1`.
pub fn integer(text: &str) -> Option<i64> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let parts = parts(text)?;
    let scale = u32::try_from(parts.power).ok()?;
    let magnitude = 10_i128.checked_pow(scale)?.checked_mul(parts.digits)?;
    i64::try_from(parts.signed(magnitude)).ok()
}

/// A decimal number with at most `scale` digits after the point, not counting trailing zeros.
pub fn decimal(text: &str, scale: u32) -> Option<Decimal> {
    let parts = parts(text)?;
    if let Ok(power) = u32::try_from(parts.power) {
        let magnitude = 10_i128.checked_pow(power)?.checked_mul(parts.digits)?;
        return Decimal::try_from_i128_with_scale(parts.signed(magnitude), 0).ok();
    }
    let behind = u32::try_from(parts.power.unsigned_abs()).ok()?;
    if behind > scale {
        return None;
    }
    Decimal::try_from_i128_with_scale(parts.signed(parts.digits), behind).ok()
}

/// A number as digits × 10^power; the digits do not end with a zero.
struct Parts {
    negative: bool,
    digits: i128,
    power: i64,
}

impl Parts {
    const fn signed(&self, magnitude: i128) -> i128 {
        if self.negative { -magnitude } else { magnitude }
    }
}

/// Reads `[+-]digits[.digits][e[+-]digits]`; none if it is no number, or has too many digits
/// to be exact.
fn parts(text: &str) -> Option<Parts> {
    let (negative, unsigned) = sign(text.as_bytes());
    let end = memchr::memchr2(b'e', b'E', unsigned).unwrap_or(unsigned.len());
    let (mantissa, exponent) = unsigned.split_at_checked(end)?;
    let mut power = match exponent.split_first() {
        Some((_, exponent)) => self::exponent(exponent)?,
        None => 0,
    };
    let (mut digits, mut kept) = (0_i128, 0);
    // Zeros that count only if another digit follows.
    let mut zeros = 0_usize;
    let (mut point, mut any) = (false, false);
    for &byte in mantissa {
        match byte {
            b'.' if !point => {
                point = true;
                continue;
            }
            b'0' if digits == 0 => {}
            b'0' => zeros += 1,
            b'1'..=b'9' => {
                kept += zeros + 1;
                if kept > DIGITS {
                    return None;
                }
                for _ in 0..zeros {
                    digits *= 10;
                }
                digits = digits * 10 + i128::from(byte - b'0');
                zeros = 0;
            }
            _ => return None,
        }
        any = true;
        power -= i64::from(point);
    }
    if !any {
        return None;
    }
    if digits == 0 {
        return Some(Parts {
            negative: false,
            digits: 0,
            power: 0,
        });
    }
    let power = power.checked_add(i64::try_from(zeros).ok()?)?;
    Some(Parts {
        negative,
        digits,
        power,
    })
}

/// Whether it is negative, and what follows the sign.
fn sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [sign @ (b'+' | b'-'), rest @ ..] => (*sign == b'-', rest),
        _ => (false, text),
    }
}

/// The exponent; beyond [`FAR`] it stays there.
fn exponent(text: &[u8]) -> Option<i64> {
    let (negative, digits) = sign(text);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let magnitude = digits
        .iter()
        .fold(0_i64, |sum, digit| (sum * 10 + i64::from(digit - b'0')).min(FAR));
    Some(if negative { -magnitude } else { magnitude })
}
