//! PEM text: its blocks, and what is wrong with a text that holds none.
//!
//! A file that is damaged may be a private key. So nothing here keeps or shows what the file says:
//! a fault is a line number and a word of this module.

use std::fmt;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// Some programs leave out the padding or fill its last bits.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The blocks of a text, and the errors in it. It has no `Debug`: it may hold a key.
#[derive(Default)]
pub(super) struct Pem {
    pub blocks: Vec<Block>,
    /// In the order of their lines.
    pub faults: Vec<PemFault>,
}

/// From a BEGIN to its END.
pub(super) struct Block {
    pub label: Label,
    /// Where it begins, counted from 1.
    pub line: usize,
    pub der: Vec<u8>,
}

/// What a block holds, as its BEGIN says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    Certificate,
    /// A private key, PKCS#8.
    Pkcs8,
    /// An RSA private key, PKCS#1.
    Pkcs1,
    /// An EC private key, SEC 1.
    Sec1,
    /// A private key that needs a password.
    Encrypted,
    /// A private key in the format of OpenSSH.
    OpenSsh,
    PublicKey,
    /// A certificate signing request.
    Request,
    /// Certificates in a PKCS#7 container.
    Pkcs7,
    /// A certificate in the format that only OpenSSL reads.
    TrustedCertificate,
    /// The curve of an EC key, without the key.
    Parameters,
    /// Another type. Its name is not stored: in a damaged file it may be part of a key.
    Other,
}

impl Label {
    fn of(name: &str) -> Self {
        match name {
            "CERTIFICATE" => Self::Certificate,
            "PRIVATE KEY" => Self::Pkcs8,
            "RSA PRIVATE KEY" => Self::Pkcs1,
            "EC PRIVATE KEY" => Self::Sec1,
            "ENCRYPTED PRIVATE KEY" => Self::Encrypted,
            "OPENSSH PRIVATE KEY" => Self::OpenSsh,
            "PUBLIC KEY" | "RSA PUBLIC KEY" => Self::PublicKey,
            "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => Self::Request,
            "PKCS7" | "CMS" => Self::Pkcs7,
            "TRUSTED CERTIFICATE" | "X509 CERTIFICATE" => Self::TrustedCertificate,
            "EC PARAMETERS" | "DH PARAMETERS" => Self::Parameters,
            _ => Self::Other,
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Certificate => "a certificate",
            Self::Pkcs8 | Self::Pkcs1 | Self::Sec1 => "a private key",
            Self::Encrypted => "a private key that is encrypted with a password",
            Self::OpenSsh => "a private key in the format of OpenSSH",
            Self::PublicKey => "a public key",
            Self::Request => "a certificate signing request (CSR)",
            Self::Pkcs7 => "a PKCS#7 container",
            Self::TrustedCertificate => "a certificate in a format of OpenSSL only",
            Self::Parameters => "parameters without a key",
            Self::Other => "something else",
        })
    }
}

/// What is wrong with a PEM text, and where. Lines are counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PemFault {
    /// Nothing is in it.
    #[error("it is empty")]
    Empty,
    /// DER, PKCS#12 or another binary form.
    #[error(
        "it is binary (DER or PKCS#12) and not PEM text; convert it: 'openssl pkcs12 -nodes -in FILE' for .p12 and .pfx, \
         'openssl x509 -inform der -in FILE' for a certificate, 'openssl pkey -inform der -in FILE' for a key"
    )]
    Binary,
    /// As PowerShell's `>` writes it.
    #[error("it is UTF-16 text; save it as UTF-8 or ASCII")]
    Utf16,
    /// Line ends were lost on the way through JSON or a variable.
    #[error(
        "line {0} contains \\n instead of line breaks; write real line breaks, for example with printf '%b' \"$(cat FILE)\""
    )]
    EscapedBreaks(usize),
    /// The line breaks were lost.
    #[error(
        "line {0} contains a whole PEM block; the BEGIN and END markers must each be on a separate line. Copy the \
         file again with its line breaks"
    )]
    OneLine(usize),
    /// Something follows BEGIN on its line.
    #[error("line {0} has text after the BEGIN marker; the marker must be on a separate line")]
    BeginJoined(usize),
    /// Something comes before BEGIN on its line.
    #[error("line {0} has text before the BEGIN marker; the marker must be on a separate line")]
    BeginBehindText(usize),
    /// END and the next BEGIN are on one line.
    #[error("line {0} contains an END marker and the next BEGIN marker; each must be on a separate line")]
    Glued(usize),
    /// Something comes before END on its line.
    #[error("line {0} has text before the END marker; the marker must be on a separate line")]
    EndJoined(usize),
    /// There is no END.
    #[error("the block that begins in line {0} has no END line; the file was cut off or not copied completely")]
    EndMissing(usize),
    /// The END is of another kind than the BEGIN.
    #[error("the block that begins in line {0} has the END line of another type; parts of two files were mixed")]
    EndOther(usize),
    /// There is an END without a BEGIN.
    #[error("line {0} has an END marker without a BEGIN marker before it; the first line of the block is missing")]
    BeginMissing(usize),
    /// A BEGIN with other than five dashes.
    #[error("the BEGIN marker in line {0} is damaged; it has five hyphens on each side, -----BEGIN …-----")]
    MarkerDamaged(usize),
    /// What is between the markers is not base64.
    #[error("line {0} is not base64; the file is damaged, copy it again")]
    NotBase64(usize),
}

impl PemFault {
    /// The line of an error that hides a block from this reader, but not from others.
    pub(super) const fn hides(self) -> Option<usize> {
        match self {
            Self::Glued(line) | Self::BeginBehindText(line) | Self::BeginMissing(line) | Self::MarkerDamaged(line) => {
                Some(line)
            }
            _ => None,
        }
    }
}

/// Reads a text. CRLF and a byte order mark are no faults.
pub(super) fn read(bytes: &[u8]) -> Pem {
    if let Some(fault) = no_text(bytes) {
        return Pem {
            faults: vec![fault],
            ..Pem::default()
        };
    }
    let text = String::from_utf8_lossy(bytes);
    let mut reader = Reader::default();
    let breaks = if text.contains('\n') { '\n' } else { '\r' };
    for (index, line) in text.split(breaks).enumerate() {
        reader.line(index + 1, line.trim_start_matches('\u{feff}').trim());
    }
    if let Some(open) = reader.open.take() {
        reader.pem.faults.push(PemFault::EndMissing(open.line));
    }
    reader.pem
}

fn no_text(bytes: &[u8]) -> Option<PemFault> {
    match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, b'-', ..] | [b'-', 0, ..] => Some(PemFault::Utf16),
        // A DER sequence longer than 127 bytes: no other content is likely.
        [0x30, 0x80..=0x84, ..] => Some(PemFault::Binary),
        bytes if bytes.contains(&0) => Some(PemFault::Binary),
        bytes if bytes.trim_ascii().is_empty() => Some(PemFault::Empty),
        _ => None,
    }
}

#[derive(Default)]
struct Reader {
    pem: Pem,
    open: Option<Open>,
}

/// A block whose END is not there yet.
struct Open {
    label: Label,
    line: usize,
    encrypted: bool,
    body: String,
    /// The first line that is no base64.
    damaged: Option<usize>,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) {
        match self.open.take() {
            None => self.outside(number, line),
            Some(open) => self.inside(open, number, line),
        }
    }

    fn outside(&mut self, number: usize, line: &str) {
        if let Some(rest) = line.strip_prefix(BEGIN) {
            match rest.split_once(DASHES) {
                Some((name, "")) => {
                    let label = Label::of(name);
                    self.open = Some(Open {
                        label,
                        line: number,
                        encrypted: label == Label::Encrypted,
                        body: String::new(),
                        damaged: None,
                    });
                }
                Some(_) => self.pem.faults.push(joined(number, line)),
                None => self.pem.faults.push(PemFault::MarkerDamaged(number)),
            }
        } else if line.contains(BEGIN) {
            let fault = if line.contains("\\n") || line.contains(END) {
                joined(number, line)
            } else {
                PemFault::BeginBehindText(number)
            };
            self.pem.faults.push(fault);
        } else if line.starts_with(END) {
            // After another error, this END belongs to that error's block.
            if self.pem.faults.is_empty() {
                self.pem.faults.push(PemFault::BeginMissing(number));
            }
        } else if looks_like_begin(line) {
            self.pem.faults.push(PemFault::MarkerDamaged(number));
        }
    }

    fn inside(&mut self, mut open: Open, number: usize, line: &str) {
        if let Some(rest) = line.strip_prefix(END) {
            match rest.split_once(DASHES) {
                Some((name, rest)) if Label::of(name) == open.label => {
                    self.close(open);
                    if rest.contains(BEGIN) {
                        self.pem.faults.push(PemFault::Glued(number));
                    }
                }
                _ => self.pem.faults.push(PemFault::EndOther(open.line)),
            }
        } else if line.contains(BEGIN) {
            self.pem.faults.push(PemFault::EndMissing(open.line));
            self.outside(number, line);
        } else if line.contains(END) {
            self.pem.faults.push(if line.contains("\\n") {
                PemFault::EscapedBreaks(number)
            } else {
                PemFault::EndJoined(number)
            });
        } else {
            if line.contains(':') {
                // A header of RFC 1421, as OpenSSL writes it before a key with a password.
                open.encrypted |= line.contains("ENCRYPTED");
            } else {
                if !line
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"+/= \t".contains(&byte))
                    && !open.encrypted
                {
                    open.damaged.get_or_insert(number);
                }
                open.body.extend(line.split_ascii_whitespace());
            }
            self.open = Some(open);
        }
    }

    fn close(&mut self, open: Open) {
        let Open {
            label,
            line,
            encrypted,
            body,
            damaged,
        } = open;
        let label = if encrypted { Label::Encrypted } else { label };
        match BASE64.decode(&body) {
            Ok(der) if damaged.is_none() && !der.is_empty() => self.pem.blocks.push(Block { label, line, der }),
            // Nothing can be done with it in any case; what it is says more.
            _ if encrypted => self.pem.blocks.push(Block {
                label,
                line,
                der: Vec::new(),
            }),
            _ => self.pem.faults.push(PemFault::NotBase64(damaged.unwrap_or(line + 1))),
        }
    }
}

/// A line with BEGIN and more text after it.
fn joined(number: usize, line: &str) -> PemFault {
    if line.contains("\\n") {
        PemFault::EscapedBreaks(number)
    } else if line.contains(END) {
        PemFault::OneLine(number)
    } else {
        PemFault::BeginJoined(number)
    }
}

/// A marker with too few hyphens, or with the dashes of a word processor.
fn looks_like_begin(line: &str) -> bool {
    let Some((before, after)) = line.split_once("BEGIN ") else {
        return false;
    };
    let dash = |c: char| matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}');
    let kind = ["CERTIFICATE", "PRIVATE KEY", "RSA", "EC "];
    !before.is_empty() && before.chars().all(dash) && kind.iter().any(|kind| after.starts_with(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "MIIBhzCCAS6gAwIBAgIU\nQUJDREVGRw==\n";

    fn block(label: &str) -> String {
        format!("-----BEGIN {label}-----\n{BODY}-----END {label}-----\n")
    }

    fn faults(text: impl AsRef<[u8]>) -> Vec<PemFault> {
        read(text.as_ref()).faults
    }

    #[test]
    fn blocks_are_read_whatever_is_around_them() {
        let text = format!(
            "Bag Attributes\n  name: x\n{}\n# next\n{}",
            block("CERTIFICATE"),
            block("PRIVATE KEY")
        );
        let bom = format!("\u{feff}{text}");
        for text in [
            text.clone(),
            text.replace('\n', "\r\n"),
            text.replace('\n', " \n"),
            text.replace('\n', "\r"),
            bom,
        ] {
            let pem = read(text.as_bytes());
            assert_eq!(pem.faults, [], "{text}");
            let labels: Vec<_> = pem.blocks.iter().map(|block| block.label).collect();
            assert_eq!(labels, [Label::Certificate, Label::Pkcs8], "{text}");
            assert_eq!(pem.blocks[0].line, 3);
            assert_eq!(&pem.blocks[0].der[..4], [0x30, 0x82, 0x01, 0x87]);
        }
    }

    #[test]
    fn each_damage_is_told_apart_with_its_line() {
        let good = block("PRIVATE KEY");
        let line = good.replace('\n', "");
        for (text, fault) in [
            (String::new(), PemFault::Empty),
            (" \r\n".to_owned(), PemFault::Empty),
            (good.replace('\n', "\\n"), PemFault::EscapedBreaks(1)),
            (format!("key={}", good.replace('\n', "\\n")), PemFault::EscapedBreaks(1)),
            (good.replace('\n', " "), PemFault::OneLine(1)),
            (line, PemFault::OneLine(1)),
            (good.replacen("-----\n", "-----", 1), PemFault::BeginJoined(1)),
            (format!("note\nkey: {good}"), PemFault::BeginBehindText(2)),
            (good.replace("\n-----END", "-----END"), PemFault::EndJoined(3)),
            (good.replace("-----END PRIVATE KEY-----\n", ""), PemFault::EndMissing(1)),
            (good.replace("END PRIVATE", "END RSA PRIVATE"), PemFault::EndOther(1)),
            (
                good.replace("-----BEGIN PRIVATE KEY-----\n", ""),
                PemFault::BeginMissing(3),
            ),
            (good.replace("-----BEGIN", "----BEGIN"), PemFault::MarkerDamaged(1)),
            (good.replace("-----BEGIN", "——BEGIN"), PemFault::MarkerDamaged(1)),
            (good.replace("KEY-----\nM", "KEY----\nM"), PemFault::MarkerDamaged(1)),
            (good.replace("QUJ", "Q?J"), PemFault::NotBase64(3)),
            (good.replace("QUJ", "QU"), PemFault::NotBase64(2)),
        ] {
            let pem = read(text.as_bytes());
            assert_eq!(pem.faults.first(), Some(&fault), "{text}");
            assert!(pem.blocks.is_empty(), "{text}");
        }
        let utf16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(faults(&utf16), [PemFault::Utf16]);
        assert_eq!(faults([&[0xff, 0xfe], &utf16[..]].concat()), [PemFault::Utf16]);
        assert_eq!(faults([0x30, 0x82, 1, 0, 2, 1, 3]), [PemFault::Binary]);
        assert_eq!(faults(b"\x89PNG\0\0"), [PemFault::Binary]);
    }

    #[test]
    fn what_hides_a_block_leaves_the_others() {
        let (one, two) = (block("CERTIFICATE"), block("CERTIFICATE"));
        let glued = read(format!("{}{two}", one.trim_end()).as_bytes());
        assert_eq!(glued.faults, [PemFault::Glued(4)]);
        assert_eq!((glued.blocks.len(), PemFault::Glued(4).hides()), (1, Some(4)));
    }

    #[test]
    fn a_key_with_a_password_is_known_by_its_header_too() {
        let text = block("RSA PRIVATE KEY").replacen(
            "-----\n",
            "-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n",
            1,
        );
        assert_eq!(read(text.as_bytes()).blocks[0].label, Label::Encrypted);
        assert_eq!(
            read(block("ENCRYPTED PRIVATE KEY").as_bytes()).blocks[0].label,
            Label::Encrypted
        );
    }
}
