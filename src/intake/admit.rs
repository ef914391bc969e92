//! The order in which a webhook is admitted, before its body is read: what is refused early uses
//! nothing of the source's rate up.

use std::time::Duration;

use super::{Intake, KnownSource, Room};
use crate::parse;

/// What a transport finds in the head of a request.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    pub content_type: Option<&'a str>,
    /// The announced size of the body in bytes.
    pub length: Option<usize>,
}

/// A webhook whose body may be read.
pub struct Admitted<'a> {
    pub content_type: &'a str,
    /// The announced size of the body in bytes.
    pub length: Option<usize>,
    /// The maximum size of the body in bytes.
    pub limit: usize,
    /// Held until the body is safe on disk: the bytes of all bodies in progress are bounded.
    _room: Room<'a>,
}

/// Why a webhook is not admitted now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAdmitted {
    /// The disk is nearly full.
    DiskFull,
    /// The content type is missing, or not one of a webhook.
    ContentType,
    /// The source exceeded its rate limit.
    RateLimit {
        /// The time after which it may send again.
        wait: Duration,
    },
    /// Too many large bodies are in progress.
    Busy,
}

impl Intake {
    /// Admits a webhook of a source, which was found by its key and is enabled.
    ///
    /// `token` checks the access token, where the source requires one. `head` checks what the
    /// transport knows of the head, for a body of at most the given number of bytes.
    ///
    /// # Errors
    /// The first that is wrong, in this order: token, space on disk, head, content type, rate of the
    /// source, memory for the body.
    pub fn admit<'a, E: From<NotAdmitted>>(
        &'a self,
        source: &KnownSource,
        token: impl FnOnce() -> Result<(), E>,
        head: impl FnOnce(usize) -> Result<Head<'a>, E>,
    ) -> Result<Admitted<'a>, E> {
        if source.token_required {
            token()?;
        }
        if self.ledger.guard().full() {
            return Err(NotAdmitted::DiskFull.into());
        }
        let limit = source.source.settings.max_body.unwrap_or(self.limits.max_body);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let Head { content_type, length } = head(limit)?;
        let content_type = content_type
            .filter(|content_type| parse::media(content_type).is_some())
            .ok_or(NotAdmitted::ContentType)?;
        source.rate_check().map_err(|wait| NotAdmitted::RateLimit { wait })?;
        let room = self.room(length.unwrap_or(limit) as u64).ok_or(NotAdmitted::Busy)?;
        Ok(Admitted {
            content_type,
            length,
            limit,
            _room: room,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::catalog::Catalog;
    use crate::domain::source::{Source, SourceKey, SourceSettings};
    use crate::domain::time::Timestamp;
    use crate::intake::IntakeLimits;
    use crate::intake::sources::Sources;
    use crate::odata::write_tests::World;
    use crate::parse::Limits;
    use crate::secret::Secrets;

    #[derive(Debug, PartialEq, Eq)]
    enum Refused {
        Token,
        Head,
        By(NotAdmitted),
    }

    impl From<NotAdmitted> for Refused {
        fn from(why: NotAdmitted) -> Self {
            Self::By(why)
        }
    }

    fn source() -> Arc<KnownSource> {
        let source = Source {
            id: 7,
            name: "shop".to_owned(),
            enabled: true,
            created_on: Timestamp(0),
            settings: SourceSettings {
                requires_token: true,
                rate_per_minute: Some(2),
                max_body: Some(50_000),
                ..SourceSettings::default()
            },
            key: SourceKey {
                lookup: [7; 32],
                sealed: Vec::new(),
                hint: String::new(),
            },
            previous_key: None,
        };
        let catalog = Catalog {
            sources: Arc::new([(7, Arc::new(source))].into()),
            ..Catalog::default()
        };
        Sources::new(&catalog, None).find(&[7; 32], Timestamp(0)).unwrap()
    }

    #[test]
    fn the_first_that_is_wrong_is_the_reason_and_only_what_passes_uses_the_rate_up() {
        let world = World::elsewhere();
        let limits = IntakeLimits {
            bodies: 40_000,
            body: Limits { depth: 1, fields: 1 },
            max_body: 1,
        };
        let secrets = Arc::new(Secrets::new(&[7; 32]).unwrap());
        let intake = Intake::new(world.odata.ledger.clone(), secrets, limits);
        let source = source();
        let try_with = |token: bool, head: bool, content_type: Option<&'static str>, length| {
            let token = || if token { Ok(()) } else { Err(Refused::Token) };
            let head = |limit| {
                assert_eq!(limit, 50_000, "that of the source");
                if head {
                    Ok(Head { content_type, length })
                } else {
                    Err(Refused::Head)
                }
            };
            intake.admit(&source, token, head)
        };
        let refused = |outcome: Result<Admitted<'_>, Refused>| outcome.err().unwrap();
        let json = Some("application/json");
        for _ in 0..3 {
            assert_eq!(refused(try_with(false, false, None, None)), Refused::Token);
            assert_eq!(refused(try_with(true, false, None, None)), Refused::Head);
            for other in [None, Some("text/plain")] {
                let why = refused(try_with(true, true, other, None));
                assert_eq!(why, Refused::By(NotAdmitted::ContentType));
            }
        }
        let admitted = try_with(true, true, json, Some(30_000)).unwrap();
        assert_eq!(
            (admitted.content_type, admitted.length),
            ("application/json", Some(30_000))
        );
        assert_eq!(
            refused(try_with(true, true, json, Some(20_000))),
            Refused::By(NotAdmitted::Busy),
            "no memory is left for it"
        );
        let third = refused(try_with(true, true, json, Some(1)));
        assert!(
            matches!(third, Refused::By(NotAdmitted::RateLimit { wait }) if wait > Duration::ZERO),
            "{third:?}"
        );
    }
}
