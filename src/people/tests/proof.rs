//! Authenticating again.

use super::*;

/// Whether the session may perform operations on secrets now.
fn proved(world: &World, started: &Started, seconds: i64) -> bool {
    let live = world.people.session_live(&started.cookie, world.at(seconds)).unwrap();
    live.unwrap().proved
}

fn confirm(
    world: &World,
    started: &Started,
    password: &str,
    code: Option<&str>,
    seconds: i64,
) -> Result<(), LoginError> {
    let (password, now) = (Password(password.to_owned()), world.at(seconds));
    let live = world.people.session_live(&started.cookie, now).unwrap().unwrap();
    world.people.session_confirm(&live, &password, code, HERE, now)
}

#[test]
fn a_login_and_a_proof_count_five_minutes_each_for_their_session() {
    let world = World::with_anna();
    let (one, other) = (
        world.login(GOOD, None, HERE, 0).unwrap(),
        world.login(GOOD, None, HERE, 100).unwrap(),
    );
    assert!(one.live.proved);
    for (seconds, expected) in [(0, true), (299, true), (300, false)] {
        assert_eq!(proved(&world, &one, seconds), expected, "{seconds}");
    }
    confirm(&world, &one, GOOD, None, 500).unwrap();
    for (seconds, expected) in [(500, true), (799, true), (800, false)] {
        assert_eq!(proved(&world, &one, seconds), expected, "{seconds}");
    }
    assert!(!proved(&world, &other, 500), "it is that of one session");
}

#[test]
fn somebody_who_came_by_a_link_has_proved_who_they_are() {
    let world = World::new();
    let started = world.setup(&world.link(None, 0), "Anna", 0).unwrap();
    assert!(proved(&world, &started, 299));
    assert!(!proved(&world, &started, 300));
}

#[test]
fn a_wrong_proof_proves_nothing_and_is_counted_as_a_wrong_login() {
    let world = World::with_anna();
    let started = world.login(GOOD, None, HERE, 0).unwrap();
    for attempt in 0..4 {
        let wrong = confirm(&world, &started, "wrong horse!", None, 400 + attempt);
        refused!(wrong, LoginError::Failed);
    }
    refused!(
        confirm(&world, &started, GOOD, None, 403),
        LoginError::TryLater { seconds: 1 }
    );
    refused!(world.login(GOOD, None, HERE, 403), LoginError::TryLater { .. });
    assert!(!proved(&world, &started, 403));
    let noted = |row: &&String| row.starts_with("login-failed Anna");
    assert_eq!(world.audit().iter().filter(noted).count(), 1);
    confirm(&world, &started, GOOD, None, 404).unwrap();
    assert!(proved(&world, &started, 404));
}

#[test]
fn who_has_a_second_factor_proves_with_it_too() {
    let world = World::with_anna();
    let started = world.login(GOOD, None, HERE, 0).unwrap();
    let (secret, recovery) = world.totp(0);
    let code = totp::code_at(&secret, world.at(400));
    refused!(confirm(&world, &started, GOOD, None, 400), LoginError::CodeNeeded);
    refused!(confirm(&world, &started, GOOD, Some("000000"), 400), LoginError::Failed);
    assert!(!proved(&world, &started, 400));
    confirm(&world, &started, GOOD, Some(&code), 400).unwrap();
    refused!(confirm(&world, &started, GOOD, Some(&code), 401), LoginError::Failed);
    confirm(&world, &started, GOOD, Some(&recovery[0]), 402).unwrap();
    assert!(proved(&world, &started, 701));
}

#[test]
fn a_second_factor_is_replaced_only_by_who_shows_a_code_of_it() {
    let world = World::with_anna();
    let begin = |password: &str, code: Option<&str>, seconds| {
        let (password, anna) = (Password(password.to_owned()), world.anna());
        world.people.totp_begin(&anna, &password, code, HERE, world.at(seconds))
    };
    let first_code = |seconds| {
        let secret = lock(&world.people.pending)[&world.anna().id].secret();
        totp::code_at(&secret, world.at(seconds))
    };
    // Started when there was none: it must not replace one that was enabled since.
    begin(GOOD, None, 0).unwrap();
    let early = lock(&world.people.pending).remove(&world.anna().id).unwrap();
    let early_code = totp::code_at(&early.secret(), world.at(10));
    let (secret, recovery) = world.totp(0);
    lock(&world.people.pending).insert(world.anna().id, early);
    let confirmed = world.people.totp_confirm(&world.anna(), &early_code, world.at(10));
    refused!(confirmed, LoginError::NothingBegun);

    refused!(begin(GOOD, None, 40), LoginError::CodeNeeded);
    refused!(begin(GOOD, Some("000000"), 40), LoginError::Failed);
    let code = totp::code_at(&secret, world.at(40));
    refused!(begin("wrong horse!", Some(&code), 40), LoginError::Failed);
    begin(GOOD, Some(&code), 41).unwrap();
    refused!(begin(GOOD, Some(&code), 42), LoginError::Failed);
    world
        .people
        .totp_confirm(&world.anna(), &first_code(42), world.at(42))
        .unwrap();
    refused!(begin(GOOD, Some(&recovery[0]), 80), LoginError::Failed);
}

#[test]
fn what_is_known_of_sessions_that_ended_is_forgotten() {
    let world = World::with_anna();
    let started = world.login(GOOD, None, HERE, 0).unwrap();
    let by = Actor::User(world.anna().id);
    let key = started.live.key;
    world.people.sessions_end(by, vec![key], world.at(1)).unwrap();
    assert!(!lock(&world.people.proved).contains_key(&key));
    world.people.sessions_expire(world.at(13 * 3600)).unwrap();
    assert!(lock(&world.people.proved).is_empty());
}
