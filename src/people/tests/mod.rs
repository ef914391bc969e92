//! Logins, with a clock that the test sets.

macro_rules! refused {
    ($outcome:expr, $pattern:pat) => {
        match $outcome {
            Err($pattern) => {}
            Err(other) => panic!("{other:?}"),
            Ok(_) => panic!("it was let through"),
        }
    };
}

mod proof;
mod setup;

use std::net::IpAddr;
use std::ops::ControlFlow;

use super::*;
use crate::app::bounds::{ledger_limits, session_policy};
use crate::config::defaults;
use crate::domain::actor::Actor;
use crate::domain::audit::Difference;
use crate::domain::change::{AccessChange, UpkeepChange};
use crate::domain::entry::Entry;
use crate::domain::user::{Password, Role};
use crate::journal::disk::Folder;
use crate::journal::{GroupPolicy, JournalOptions};
use crate::ledger::folder::DataFolder;
use crate::ledger::{LedgerParts, ledger_start};
use crate::people::session::Browser;
use crate::store::store_open;

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 1));
/// The start of a minute, which is also the start of a TOTP step.
const START: Timestamp = Timestamp(1_795_444_200_000_000);
const GOOD: &str = "correct horse";

struct World {
    people: People,
    start: Timestamp,
    _folder: DataFolder,
    _temp: tempfile::TempDir,
}

impl Drop for World {
    fn drop(&mut self) {
        self.people.ledger.close();
    }
}

impl World {
    fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let segment = 1 << 20;
        let folder = DataFolder::open(temp.path(), Uuid::from_u128(1), segment).unwrap();
        let parts = LedgerParts {
            disk: Arc::new(Folder::new(&folder.journal())),
            store: store_open(&folder.database(), folder.appliance, 16 << 20).unwrap(),
            appliance: folder.appliance,
            journal: JournalOptions {
                segment,
                queue: 1024,
                policy: GroupPolicy::default(),
            },
            limits: ledger_limits(&defaults()),
        };
        let (ledger, _work) = ledger_start(parts, |_| ()).unwrap();
        let appliance = folder.appliance;
        let at = Timestamp(1);
        ledger
            .commit(Entry::one(at, Actor::System, UpkeepChange::Genesis { appliance }))
            .unwrap();
        let secrets = Arc::new(Secrets::new(&[7; 32]).unwrap());
        let start = START;
        let file = temp.path().join("setup-link");
        Self {
            people: People::new(ledger, secrets, session_policy(&defaults()), file, start),
            start,
            _folder: folder,
            _temp: temp,
        }
    }

    /// Creates a world with an administrator, `Anna`.
    fn with_anna() -> Self {
        let world = Self::new();
        let token = world.link(None, 0);
        world.setup(&token, "Anna", 0).unwrap();
        world
    }

    fn at(&self, seconds: i64) -> Timestamp {
        Timestamp(self.start.0 + seconds * 1_000_000)
    }

    fn link(&self, user: Option<Uuid>, seconds: i64) -> String {
        let made = self.people.setup_link_make(Actor::CommandLine, user, self.at(seconds));
        made.unwrap().token
    }

    fn setup(&self, token: &str, name: &str, seconds: i64) -> Result<Started, LoginError> {
        let new = NewPassword {
            name,
            password: &Password(GOOD.to_owned()),
            code: None,
            address: HERE,
            agent: "test",
            cookie: None,
        };
        self.people.setup(token, &new, self.at(seconds))
    }

    fn login(&self, password: &str, code: Option<&str>, address: IpAddr, seconds: i64) -> Result<Started, LoginError> {
        self.login_as("anna", password, code, address, seconds)
    }

    fn login_as(
        &self,
        name: &str,
        password: &str,
        code: Option<&str>,
        address: IpAddr,
        seconds: i64,
    ) -> Result<Started, LoginError> {
        let attempt = Attempt {
            name,
            password: &Password(password.to_owned()),
            code,
            address,
            agent: "test",
            cookie: None,
        };
        self.people.login(&attempt, self.at(seconds))
    }

    fn anna(&self) -> Arc<crate::domain::user::User> {
        Arc::clone(self.people.ledger.catalog().user_named("anna").unwrap())
    }

    /// The number of active sessions, without using them.
    fn listed(&self, seconds: i64) -> usize {
        self.people.session_list(None, self.at(seconds)).unwrap().len()
    }

    fn live(&self, started: &Started, seconds: i64) -> bool {
        let live = self.people.session_live(&started.cookie, self.at(seconds));
        live.unwrap().is_some()
    }

    /// The actions in the audit log, oldest first, with their text facts.
    fn audit(&self) -> Vec<String> {
        let mut actions = Vec::new();
        let reader = self.people.ledger.read().unwrap();
        let walked = reader.audit_walk(None, |_, row| {
            actions.push(
                format!("{} {} {}", row.action, row.subject, details(&row.differences))
                    .trim()
                    .to_owned(),
            );
            ControlFlow::Continue(())
        });
        walked.unwrap();
        actions.reverse();
        actions
    }

    /// Enables a second factor; returns its secret and the recovery codes.
    fn totp(&self, seconds: i64) -> ([u8; totp::SECRET_BYTES], Vec<String>) {
        let (anna, now) = (self.anna(), self.at(seconds));
        let password = Password(GOOD.to_owned());
        self.people.totp_begin(&anna, &password, None, HERE, now).unwrap();
        let secret = lock(&self.people.pending)[&anna.id].secret();
        let code = totp::code_at(&secret, now);
        (secret, self.people.totp_confirm(&anna, &code, now).unwrap())
    }
}

#[test]
fn an_unknown_name_and_a_wrong_password_are_refused_alike() {
    let world = World::with_anna();
    refused!(world.login("wrong horse!", None, HERE, 0), LoginError::Failed);
    refused!(world.login_as("nobody", GOOD, None, HERE, 0), LoginError::Failed);
    let started = world.login_as(" ANNA ", GOOD, None, HERE, 0).unwrap();
    assert_eq!(started.live.user.name, "Anna");
    assert_eq!(
        world.audit()[2..],
        [
            "login Anna test",
            "login-failed Anna wrong name or password",
            "login-failed  wrong name or password",
            "login Anna test"
        ]
    );
}

#[test]
fn failures_make_waits_that_others_do_not_feel() {
    let world = World::with_anna();
    for attempt in 0..4 {
        refused!(world.login("wrong horse!", None, HERE, attempt), LoginError::Failed);
    }
    refused!(world.login(GOOD, None, HERE, 3), LoginError::TryLater { seconds: 1 });
    world.login(GOOD, None, THERE, 3).unwrap();
    world.login(GOOD, None, HERE, 4).unwrap();
    // A successful login resets the failures.
    for attempt in 0..3 {
        refused!(world.login("wrong horse!", None, HERE, 5 + attempt), LoginError::Failed);
    }
    world.login(GOOD, None, HERE, 8).unwrap();
    let noted = world
        .audit()
        .iter()
        .filter(|row| row.starts_with("login-failed"))
        .count();
    assert_eq!(noted, 1, "one row a minute");
}

#[test]
fn the_wait_doubles_up_to_a_quarter_of_an_hour() {
    let world = World::with_anna();
    let mut now = 0;
    for _ in 0..3 {
        refused!(world.login("wrong horse!", None, HERE, now), LoginError::Failed);
    }
    for expected in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
        refused!(world.login("wrong horse!", None, HERE, now), LoginError::Failed);
        match world.login(GOOD, None, HERE, now) {
            Err(LoginError::TryLater { seconds }) => assert_eq!(seconds, expected),
            _ => panic!("no wait"),
        }
        now += i64::try_from(expected).unwrap();
    }
    world.login(GOOD, None, HERE, now).unwrap();
}

#[test]
fn a_second_factor_takes_each_code_once() {
    let world = World::with_anna();
    let (secret, _) = world.totp(0);
    let code = |seconds| totp::code_at(&secret, world.at(seconds));
    refused!(world.login(GOOD, None, HERE, 1), LoginError::CodeNeeded);
    refused!(world.login(GOOD, Some(&code(0)), HERE, 2), LoginError::Failed);
    world.login(GOOD, Some(&code(30)), HERE, 31).unwrap();
    refused!(world.login(GOOD, Some(&code(30)), HERE, 32), LoginError::Failed);
    refused!(
        world.login("wrong horse!", Some(&code(60)), HERE, 61),
        LoginError::Failed
    );
    world.login(GOOD, Some(&code(60)), HERE, 61).unwrap();
    refused!(world.login(GOOD, Some("123 456"), HERE, 62), LoginError::Failed);
}

#[test]
fn wrong_codes_are_counted_although_the_password_is_right() {
    let world = World::with_anna();
    world.totp(0);
    for attempt in 0..4 {
        refused!(world.login(GOOD, Some("abcdef"), HERE, attempt), LoginError::Failed);
        // This reveals nothing and resets nothing.
        if attempt < 3 {
            refused!(world.login(GOOD, None, HERE, attempt), LoginError::CodeNeeded);
        }
    }
    refused!(world.login(GOOD, Some("abcdef"), HERE, 3), LoginError::TryLater { .. });
    // From changing addresses too.
    for last in 0..10 {
        let address = IpAddr::from([203, 0, last, 1]);
        let _ = world.login(GOOD, Some("abcdef"), address, 4);
    }
    refused!(world.login(GOOD, Some("abcdef"), THERE, 4), LoginError::TryLater { .. });
}

#[test]
fn a_recovery_code_counts_once_instead_of_a_code() {
    let world = World::with_anna();
    let (_, recovery) = world.totp(0);
    let code = recovery[3].to_lowercase();
    world.login(GOOD, Some(&code), HERE, 1).unwrap();
    refused!(world.login(GOOD, Some(&code), HERE, 2), LoginError::Failed);
    assert_eq!(world.anna().recovery.len(), totp::RECOVERY_CODES - 1);
    assert!(world.audit().contains(&"recovery-code-used Anna".to_owned()));
}

#[test]
fn a_second_factor_counts_only_once_it_was_shown_and_is_bound_to_its_time() {
    let world = World::with_anna();
    let anna = world.anna();
    refused!(
        world.people.totp_confirm(&anna, "123456", world.at(0)),
        LoginError::NothingBegun
    );
    let good = Password(GOOD.to_owned());
    let wrong = Password("wrong horse!".to_owned());
    refused!(
        world.people.totp_begin(&anna, &wrong, None, HERE, world.at(0)),
        LoginError::Failed
    );
    world.people.totp_begin(&anna, &good, None, HERE, world.at(0)).unwrap();
    refused!(
        world.people.totp_confirm(&anna, "abcdef", world.at(1)),
        LoginError::Failed
    );
    refused!(
        world.people.totp_confirm(&anna, "123456", world.at(600)),
        LoginError::NothingBegun
    );
    world.login(GOOD, None, HERE, 601).unwrap();
}

#[test]
fn sessions_end_when_idle_and_at_their_length() {
    let world = World::with_anna();
    let started = world.login(GOOD, None, HERE, 0).unwrap();
    let idle = 30 * 60;
    assert!(world.live(&started, idle - 1));
    assert!(world.live(&started, 2 * idle - 2), "it was used");
    assert!(!world.live(&started, 3 * idle));
    let started = world.login(GOOD, None, HERE, 0).unwrap();
    let length = 12 * 3600;
    for used in (0..length).step_by(1000) {
        assert!(world.live(&started, used), "{used}");
    }
    assert!(world.live(&started, length - 1));
    assert!(!world.live(&started, length));
    world.people.sessions_expire(world.at(length)).unwrap();
    assert!(world.people.ledger.read().unwrap().session_list().unwrap().is_empty());
    assert!(lock(&world.people.seen).is_empty());
}

#[test]
fn what_a_page_asks_by_itself_does_not_keep_the_session() {
    let world = World::with_anna();
    let started = world.login(GOOD, None, HERE, 0).unwrap();
    let idle = 30 * 60;
    let looks = |seconds| {
        let found = world.people.session_peek(&started.cookie, world.at(seconds));
        found.unwrap().is_some()
    };
    for seconds in (0..idle).step_by(15) {
        assert!(looks(seconds), "{seconds}");
    }
    assert!(!looks(idle));
    assert!(!world.live(&started, idle));
    let started = world.login(GOOD, None, HERE, 0).unwrap();
    assert!(world.live(&started, 1000));
    let found = world.people.session_peek(&started.cookie, world.at(1000 + idle - 1));
    assert!(found.unwrap().is_some(), "it was used");
    assert!(!world.live(&started, 1000 + idle));
}

#[test]
fn a_login_ends_the_session_that_the_browser_had() {
    let world = World::with_anna();
    let before = world.login(GOOD, None, HERE, 0).unwrap();
    let attempt = Attempt {
        name: "anna",
        password: &Password(GOOD.to_owned()),
        code: None,
        address: HERE,
        agent: "test",
        cookie: Some(&before.cookie),
    };
    let after = world.people.login(&attempt, world.at(1)).unwrap();
    assert_ne!(before.cookie, after.cookie);
    assert!(!world.live(&before, 1) && world.live(&after, 1));
}

#[test]
fn a_new_password_ends_all_other_sessions() {
    let world = World::with_anna();
    let (one, other) = (
        world.login(GOOD, None, HERE, 0).unwrap(),
        world.login(GOOD, None, HERE, 0).unwrap(),
    );
    let (old, new) = (Password(GOOD.to_owned()), Password("another horse".to_owned()));
    refused!(
        world.people.password_change(&one.live, &new, &new, HERE, world.at(1)),
        LoginError::Failed
    );
    world
        .people
        .password_change(&one.live, &old, &new, HERE, world.at(1))
        .unwrap();
    assert!(world.live(&one, 2) && !world.live(&other, 2));
}

#[test]
fn the_oldest_session_makes_room() {
    let world = World::with_anna();
    let first = world.login(GOOD, None, HERE, 1).unwrap();
    let anna = world.anna();
    let browser = Browser {
        cookie: None,
        address: HERE,
        agent: "x",
    };
    for second in 0..60 {
        world
            .people
            .session_start(Vec::new(), anna.id, &browser, world.at(2 + second))
            .unwrap();
    }
    assert_eq!(world.listed(70), 50);
    assert!(!world.live(&first, 70));
}

#[test]
fn a_weaker_hash_is_replaced_at_login() {
    use argon2::password_hash::PasswordHasher as _;

    let world = World::with_anna();
    let weak = argon2::Params::new(4096, 1, 1, None).unwrap();
    let weak = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, weak);
    let password = weak
        .hash_password_with_salt(GOOD.as_bytes(), &[7; 16])
        .unwrap()
        .to_string();
    let (at, by, id) = (world.at(0), Actor::CommandLine, world.anna().id);
    let (link, keep) = (None, None);
    let change = Entry::one(
        at,
        by,
        AccessChange::UserPasswordSet {
            id,
            password,
            link,
            keep,
        },
    );
    world.people.ledger.commit(change).unwrap();
    let started = world.login(GOOD, None, HERE, 1).unwrap();
    assert!(world.anna().password.contains("m=19456,t=2"));
    assert!(world.live(&started, 2));
    world.login(GOOD, None, HERE, 3).unwrap();
}

#[test]
fn nothing_that_is_kept_shows_a_secret() {
    let world = World::with_anna();
    let started = world.login(GOOD, None, HERE, 0).unwrap();
    let shown = format!("{:?} {:?}", started.live, Password(GOOD.to_owned()));
    assert!(
        !shown.contains(GOOD) && !shown.contains(&started.cookie) && !shown.contains("argon2"),
        "{shown}"
    );
}

fn details(differences: &[Difference]) -> String {
    let texts = differences
        .iter()
        .filter_map(|difference| difference.after.as_ref()?.as_str());
    texts.collect::<Vec<_>>().join(" ")
}
