//! What senders reject in the certificate when they connect.
//!
//! Findings are warnings: a company's own CA, or a certificate that one sender was configured to
//! trust, is the operator's choice. The log, check-config, the health checks and the admin page all
//! show the same findings.

use rustls::client::verify_server_name;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::ParsedCertificate;
use serde::{Deserialize, Serialize};

use super::x509::Facts;
use crate::domain::time::Timestamp;

/// How many days before it expires a certificate needs attention.
pub const EXPIRES_SOON_DAYS: i64 = 14;

const DAY: i64 = 86_400 * 1_000_000;

/// How senders reach the listener that shows the certificate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audience {
    /// The host that Webhook URLs name; none if nothing is known of it.
    pub host: Option<String>,
    /// A proxy on this machine receives them, and shows its own certificate.
    pub behind_proxy: bool,
}

impl Audience {
    /// Of those who use URLs that start like this.
    #[must_use]
    pub fn of_url(url: &str) -> Self {
        Self {
            host: host(url),
            behind_proxy: false,
        }
    }
}

/// The host of an `https://` URL, without brackets and trailing dot.
#[must_use]
pub fn host(url: &str) -> Option<String> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = match authority.strip_prefix('[') {
        Some(bracketed) => bracketed.split_once(']')?.0,
        None => authority.split_once(':').map_or(authority, |(host, _)| host),
    };
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    (!host.is_empty()).then_some(host)
}

/// One thing that a sender finds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "kebab-case")]
pub enum Finding {
    /// Its own key signed it.
    SelfSigned,
    /// The CA that signed the only certificate in the file is not in it.
    IssuerMissing { issuer: String },
    /// A certificate did not sign the one before it, and neither did another of the file.
    NotLinked {
        /// Its place in the file, counted from 1.
        position: usize,
        subject: String,
        /// The one before it.
        before: String,
        /// Who signed that one.
        issuer: String,
    },
    /// The right certificates are there, but not in their order.
    OutOfOrder {
        /// The one that should come next.
        position: usize,
        subject: String,
        /// The one that it signed.
        before: String,
    },
    /// A certificate of the chain cannot be understood.
    Unreadable {
        /// Its place in the file, counted from 1.
        position: usize,
    },
    /// A part of the file was not read.
    NotRead {
        /// Where, counted from 1.
        line: usize,
    },
    /// It does not name the host of Webhook URLs.
    OtherName { host: String, names: Vec<String> },
    /// It is for another use than servers.
    NotForServers,
    /// A certificate signed another one that may not.
    NotCa { subject: String },
    /// A key is too short, or a signature of a kind that is no longer accepted.
    Weak {
        /// The name of the certificate.
        subject: String,
    },
    /// A certificate is not valid yet.
    NotYetValid {
        subject: String,
        /// From when on it is.
        from: Timestamp,
    },
    /// A certificate has expired.
    Expired { subject: String, at: Timestamp },
    /// The certificate expires soon.
    ExpiresSoon {
        subject: String,
        /// Whole days until then.
        days: i64,
    },
    /// The chain ends at a root that is in the file.
    PrivateRoot { root: String },
    /// Senders see the certificate of a proxy.
    BehindProxy,
}

impl Finding {
    /// What comes first: what ends all connections, then what is wrong with the file, then the
    /// rest.
    pub(super) const fn rank(&self) -> u8 {
        match self {
            Self::Expired { .. } | Self::NotYetValid { .. } => 0,
            Self::NotRead { .. } => 1,
            Self::ExpiresSoon { .. } => 3,
            Self::PrivateRoot { .. } | Self::BehindProxy => 4,
            _ => 2,
        }
    }

    /// Its name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::SelfSigned => "self-signed",
            Self::IssuerMissing { .. } => "issuer-missing",
            Self::NotLinked { .. } => "not-linked",
            Self::OutOfOrder { .. } => "out-of-order",
            Self::Unreadable { .. } => "unreadable",
            Self::NotRead { .. } => "not-read",
            Self::OtherName { .. } => "other-name",
            Self::NotForServers => "not-for-servers",
            Self::NotCa { .. } => "not-ca",
            Self::Weak { .. } => "weak",
            Self::NotYetValid { .. } => "not-yet-valid",
            Self::Expired { .. } => "expired",
            Self::ExpiresSoon { .. } => "expires-soon",
            Self::PrivateRoot { .. } => "private-root",
            Self::BehindProxy => "behind-proxy",
        }
    }

    /// Whether senders reject the certificate, or soon will. Other findings are information.
    #[must_use]
    pub const fn is_warning(&self) -> bool {
        !matches!(self, Self::PrivateRoot { .. } | Self::BehindProxy)
    }

    /// What a sender sees and what to do next, in words that anyone may read: without names,
    /// paths and numbers.
    #[must_use]
    pub const fn text(&self) -> &'static str {
        match self {
            Self::SelfSigned => {
                "The certificate is self-signed: public senders (GitHub, Stripe, WordPress and others) reject it; \
                 only senders that are configured to trust it can connect. For all others, set tls.certificate and \
                 tls.key to a certificate of a CA that they trust."
            }
            Self::IssuerMissing { .. } => {
                "The certificate file holds only the server's own certificate, without the one that signed it: \
                 senders reject it ('unable to get local issuer certificate') unless they already have the \
                 certificate of that CA. Append the intermediate certificates of your CA to the file; if a root \
                 signed it directly, append the root."
            }
            Self::NotLinked { .. } => {
                "The certificate chain is broken: a certificate in the file did not sign the one before it, so \
                 senders reject it. Put the server's own certificate first, then the one that signed it, and so on."
            }
            Self::OutOfOrder { .. } => {
                "The certificates in the file are in the wrong order, and some senders reject that. Put the server's \
                 own certificate first, then the one that signed it, and so on."
            }
            Self::Unreadable { .. } => {
                "A certificate in the file cannot be parsed, so senders reject the chain. Get the intermediate \
                 certificates from your CA again."
            }
            Self::NotRead { .. } => {
                "Part of the certificate file was not read, and senders do not get it. Put each BEGIN and END marker \
                 on a separate line, as in -----BEGIN CERTIFICATE-----."
            }
            Self::OtherName { .. } => {
                "The certificate does not name the host that Webhook URLs start with, so senders reject it. Get a \
                 certificate for that host, or set listen.public_url to a host that the certificate names."
            }
            Self::NotForServers => {
                "The certificate is not valid for servers, so senders reject it. Get one with the extended key usage \
                 serverAuth."
            }
            Self::NotCa { .. } => {
                "A certificate in the chain signed another one but is not a CA, so senders reject the chain. Get the \
                 certificate and its intermediates from a CA."
            }
            Self::Weak { .. } => {
                "A certificate has a key that is too short or an outdated signature algorithm, so senders reject it. Get a new certificate."
            }
            Self::NotYetValid { .. } => {
                "The certificate is not valid yet, so senders reject it. Check the clock of this server; if it is \
                 right, get a certificate that is valid now."
            }
            Self::Expired { .. } => {
                "The certificate has expired, so senders reject it. Replace it with a new one, and reload or restart \
                 the service."
            }
            Self::ExpiresSoon { .. } => {
                "The certificate expires soon. Replace it with a new one, and reload or restart the service."
            }
            Self::PrivateRoot { .. } => {
                "The chain ends at a root certificate in the file: only senders that trust this root accept it."
            }
            Self::BehindProxy => {
                "Only this machine can connect to Hookgate: senders see the certificate of the proxy in front of it."
            }
        }
    }

    /// The same with names, places and times, for those who may see them; empty if there is
    /// nothing to add.
    #[must_use]
    pub fn detail(&self) -> String {
        match self {
            Self::SelfSigned | Self::NotForServers | Self::BehindProxy => String::new(),
            Self::IssuerMissing { issuer } => format!("It was signed by '{issuer}'."),
            Self::NotLinked {
                position,
                subject,
                before,
                issuer,
            } => format!(
                "Certificate {position} in the file, '{subject}', did not sign '{before}', which was signed by '{issuer}'."
            ),
            Self::OutOfOrder {
                position,
                subject,
                before,
            } => format!("Certificate {position} in the file, '{subject}', must come directly after '{before}'."),
            Self::Unreadable { position } => format!("It is certificate {position} in the file."),
            Self::NotRead { line } => format!("Check line {line}."),
            Self::OtherName { host, names } if names.is_empty() => {
                format!("Senders connect to '{host}', but the certificate contains no host name (subjectAltName).")
            }
            Self::OtherName { host, names } => {
                format!(
                    "Senders connect to '{host}', but the certificate is for {}.",
                    listed(names)
                )
            }
            Self::NotCa { subject } | Self::Weak { subject } => format!("It is '{subject}'."),
            Self::NotYetValid { subject, from } => format!("'{subject}' is valid from {from}."),
            Self::Expired { subject, at } => format!("'{subject}' expired on {at}."),
            Self::ExpiresSoon { subject, days } => {
                let s = if *days == 1 { "" } else { "s" };
                format!("'{subject}' expires in {days} day{s}.")
            }
            Self::PrivateRoot { root } => format!("It is '{root}'."),
        }
    }

    /// Both in one.
    #[must_use]
    pub fn whole(&self) -> String {
        let (text, detail) = (self.text(), self.detail());
        if detail.is_empty() {
            text.to_owned()
        } else {
            format!("{text} {detail}")
        }
    }
}

/// The first few.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<_> = names.iter().take(SHOWN).map(|name| format!("'{name}'")).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// What does not change while the chain is the same.
pub(super) fn of_chain(chain: &[Option<Facts>], not_read: Option<usize>) -> Vec<Finding> {
    let mut found: Vec<_> = not_read.map(|line| Finding::NotRead { line }).into_iter().collect();
    let Some((Some(own), others)) = chain.split_first() else {
        return found;
    };
    if own.is_self_signed() {
        found.push(Finding::SelfSigned);
    } else if others.is_empty() {
        found.push(Finding::IssuerMissing {
            issuer: own.issuer.clone(),
        });
    } else {
        links(chain, &mut found);
    }
    if !own.for_servers {
        found.push(Finding::NotForServers);
    }
    // The signature of a root is never checked.
    let mut checked = chain.iter().flatten().enumerate();
    let weak = checked.find(|(index, facts)| facts.is_weak && (*index == 0 || !facts.is_self_signed()));
    found.extend(weak.map(|(_, facts)| Finding::Weak {
        subject: facts.subject.clone(),
    }));
    found
}

/// Whether each certificate signed the one before it; only the first break is said.
fn links(chain: &[Option<Facts>], found: &mut Vec<Finding>) {
    for (position, pair) in (2..).zip(chain.windows(2)) {
        let [Some(before), next] = pair else {
            return;
        };
        let Some(next) = next else {
            found.push(Finding::Unreadable { position });
            return;
        };
        if before.is_self_signed() {
            // What follows a root is of no use to anyone, and does no harm.
            break;
        }
        if !before.is_signed_by(next) {
            let all = (1..).zip(chain).filter_map(|(at, facts)| Some((at, facts.as_ref()?)));
            let right = all.into_iter().find(|(_, facts)| before.is_signed_by(facts));
            found.push(match right {
                Some((at, facts)) => Finding::OutOfOrder {
                    position: at,
                    subject: facts.subject.clone(),
                    before: before.subject.clone(),
                },
                None => Finding::NotLinked {
                    position,
                    subject: next.subject.clone(),
                    before: before.subject.clone(),
                    issuer: before.issuer.clone(),
                },
            });
            return;
        }
        if !next.is_ca {
            found.push(Finding::NotCa {
                subject: next.subject.clone(),
            });
            return;
        }
    }
    let root = chain.iter().flatten().skip(1).find(|facts| facts.is_self_signed());
    found.extend(root.map(|root| Finding::PrivateRoot {
        root: root.subject.clone(),
    }));
}

/// What the clock says.
pub(super) fn of_time(chain: &[Option<Facts>], now: Timestamp) -> Vec<Finding> {
    let mut found = Vec::new();
    for (index, facts) in chain.iter().enumerate() {
        let Some(facts) = facts else { continue };
        if index > 0 && facts.is_self_signed() {
            // Senders have the root themselves.
            continue;
        }
        let subject = || facts.subject.clone();
        if now < facts.valid_from {
            found.push(Finding::NotYetValid {
                subject: subject(),
                from: facts.valid_from,
            });
        } else if now >= facts.valid_until {
            found.push(Finding::Expired {
                subject: subject(),
                at: facts.valid_until,
            });
        } else {
            let days = (facts.valid_until.0 - now.0) / DAY;
            if days < EXPIRES_SOON_DAYS {
                found.push(Finding::ExpiresSoon {
                    subject: subject(),
                    days,
                });
            }
        }
    }
    found
}

/// Whether the first certificate names the host of Webhook URLs.
pub(super) fn of_name(own: &CertificateDer<'_>, names: &[String], host: &str) -> Option<Finding> {
    let wanted = ServerName::try_from(host).ok()?;
    // One without extensions, and so without names, may be of a version that senders do not read.
    let other = ParsedCertificate::try_from(own)
        .map_or(names.is_empty(), |parsed| verify_server_name(&parsed, &wanted).is_err());
    other.then(|| Finding::OtherName {
        host: host.to_owned(),
        names: names.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_a_url_is_what_senders_connect_to() {
        for (url, wanted) in [
            ("https://hooks.example.com", "hooks.example.com"),
            ("https://Hooks.Example.com.:8443/in", "hooks.example.com"),
            ("https://192.0.2.7:8443", "192.0.2.7"),
            ("https://[2001:db8::1]:8443/in", "2001:db8::1"),
        ] {
            assert_eq!(host(url).as_deref(), Some(wanted));
        }
        assert_eq!(host("https://"), None);
    }

    #[test]
    fn what_anyone_may_read_holds_no_names_and_numbers() {
        let (name, at) = (|| "hooks.example".to_owned(), Timestamp(1));
        let all = [
            Finding::SelfSigned,
            Finding::IssuerMissing { issuer: name() },
            Finding::NotLinked {
                position: 2,
                subject: name(),
                before: name(),
                issuer: name(),
            },
            Finding::OutOfOrder {
                position: 2,
                subject: name(),
                before: name(),
            },
            Finding::Unreadable { position: 2 },
            Finding::NotRead { line: 7 },
            Finding::OtherName {
                host: name(),
                names: vec![name(); 7],
            },
            Finding::NotForServers,
            Finding::NotCa { subject: name() },
            Finding::Weak { subject: name() },
            Finding::NotYetValid {
                subject: name(),
                from: at,
            },
            Finding::Expired { subject: name(), at },
            Finding::ExpiresSoon {
                subject: name(),
                days: 1,
            },
            Finding::PrivateRoot { root: name() },
            Finding::BehindProxy,
        ];
        for finding in all {
            let text = finding.text();
            assert!(
                !text.contains("hooks.example") && !text.contains(|c: char| c.is_ascii_digit()),
                "{text}"
            );
            assert!(finding.whole().starts_with(text));
            // What programs get is what the enum is called.
            let json = serde_json::to_value(&finding).unwrap();
            assert_eq!(json["code"], finding.code());
        }
    }
}
