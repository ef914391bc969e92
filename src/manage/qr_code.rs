//! A text as a QR code, drawn as one path.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};
use schemars::JsonSchema;
use serde::Serialize;

/// A QR code. What it says may be a secret.
#[derive(Clone, Serialize, JsonSchema)]
#[schemars(rename = "QrCode")]
pub struct QrCodeView {
    /// Modules on each side, without the light border that readers need.
    pub size: usize,
    /// The dark modules as path of an SVG of that size.
    pub path: String,
}

/// The code of a text; none if it is too long for one.
#[must_use]
pub fn qr_code(text: &str) -> Option<QrCodeView> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    let size = code.width();
    let mut path = String::new();
    for (row, modules) in code.to_colors().chunks(size).enumerate() {
        let mut column = 0;
        for run in modules.chunk_by(|one, next| one == next) {
            if run.first() == Some(&Color::Dark) {
                // Writing to a string cannot fail.
                let _ = write!(path, "M{column} {row}h{length}v1h-{length}z", length = run.len());
            }
            column += run.len();
        }
    }
    Some(QrCodeView { size, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which modules a path draws.
    fn drawn(view: &QrCodeView) -> Vec<Vec<bool>> {
        let mut modules = vec![vec![false; view.size]; view.size];
        for run in view.path.split_terminator('z') {
            let (place, length) = run.strip_prefix('M').unwrap().split_once('h').unwrap();
            let (column, row) = place.split_once(' ').unwrap();
            let (column, row): (usize, usize) = (column.parse().unwrap(), row.parse().unwrap());
            let (length, back) = length.split_once("v1h-").unwrap();
            assert_eq!(length, back, "it comes back to its left side");
            for module in &mut modules[row][column..column + length.parse::<usize>().unwrap()] {
                assert!(!*module, "drawn once");
                *module = true;
            }
        }
        modules
    }

    #[test]
    fn the_path_draws_the_dark_modules() {
        let text = "otpauth://totp/Hookgate:anna?secret=JBSWY3DPEHPK3PXP&issuer=Hookgate";
        let view = qr_code(text).unwrap();
        let modules = drawn(&view);
        let code = QrCode::with_error_correction_level(text, EcLevel::L).unwrap();
        for (row, line) in modules.iter().enumerate() {
            for (column, dark) in line.iter().enumerate() {
                assert_eq!(*dark, code[(column, row)] == Color::Dark, "{column} {row}");
            }
        }
        // The finder patterns are in three corners, and not in the fourth.
        let ring = |top: usize, left: usize| {
            let side = |at: usize| modules[top][left + at] && modules[top + 6][left + at];
            (0..7).all(side) && (1..6).all(|at| !modules[top + 1][left + at])
        };
        let far = view.size - 7;
        assert_eq!(
            [ring(0, 0), ring(0, far), ring(far, 0), ring(far, far)],
            [true, true, true, false]
        );
    }

    #[test]
    fn a_text_that_is_too_long_has_none() {
        assert!(qr_code(&"x".repeat(3000)).is_none());
    }
}
