//! Set-up links.

use super::*;

#[test]
fn a_setup_link_makes_one_administrator_once_in_its_time() {
    let world = World::new();
    assert!(world.people.setup_needed());
    let first = world.people.setup_link_first(world.at(0)).unwrap().unwrap();
    assert!(
        world.people.setup_link_first(world.at(1799)).unwrap().is_none(),
        "it lives"
    );
    refused!(world.setup("guessed", "Anna", 0), LoginError::LinkDead);
    refused!(world.setup(&first.token, "Anna", 1800), LoginError::LinkDead);
    let second = world.people.setup_link_first(world.at(1800)).unwrap().unwrap();
    refused!(world.setup(&first.token, "Anna", 1801), LoginError::LinkDead);
    let started = world.setup(&second.token, " Anna ", 1801).unwrap();
    assert_eq!(started.live.user.name, "Anna");
    assert_eq!(started.live.user.role, Role::Administrator);
    assert!(world.live(&started, 1801));
    assert!(!world.people.setup_needed());
    refused!(world.setup(&second.token, "Ben", 1802), LoginError::LinkDead);
    assert!(world.people.setup_link_first(world.at(9999)).unwrap().is_none());
}

#[test]
fn the_file_of_the_link_is_private_and_goes_with_it() {
    use std::os::unix::fs::PermissionsExt as _;

    let world = World::new();
    let token = world.link(None, 0);
    let path = world.people.setup_file_write(&token).unwrap().to_owned();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    world.people.setup_file_tidy(world.at(1799));
    assert!(path.exists());
    world.setup(&token, "Anna", 1).unwrap();
    assert!(!path.exists());
    let token = world.link(None, 10);
    world.people.setup_file_write(&token).unwrap();
    world.people.setup_file_tidy(world.at(10 + 1800));
    assert!(!path.exists());
}

#[test]
fn people_who_were_added_one_after_the_other_all_come_in_by_their_links() {
    let world = World::with_anna();
    let add = |number: u128, name: &str| {
        let id = Uuid::from_u128(number);
        let change = Entry::one(
            world.at(0),
            Actor::CommandLine,
            AccessChange::UserAdded {
                id,
                name: name.to_owned(),
                role: Role::Viewer,
                password: String::new(),
                link: None,
            },
        );
        world.people.ledger.commit(change).unwrap();
        id
    };
    let (ben, cleo) = (add(1, "Ben"), add(2, "Cleo"));
    let (first, of_ben, of_cleo) = (
        world.link(Some(ben), 1),
        world.link(Some(ben), 2),
        world.link(Some(cleo), 3),
    );
    let file = world.people.setup_file_write(&of_cleo).unwrap().to_owned();
    refused!(world.setup(&first, "", 4), LoginError::LinkDead);
    assert_eq!(world.setup(&of_ben, "", 4).unwrap().live.user.name, "Ben");
    assert!(file.exists(), "the link in it lives");
    refused!(world.setup(&of_ben, "", 5), LoginError::LinkDead);
    assert_eq!(world.setup(&of_cleo, "", 5).unwrap().live.user.name, "Cleo");
    assert!(!file.exists());
}

#[test]
fn a_first_start_makes_a_link_unless_one_lives_by_which_an_administrator_comes_in() {
    let world = World::new();
    let add = |number: u128, role: Role| {
        let id = Uuid::from_u128(number);
        let change = Entry::one(
            world.at(0),
            Actor::CommandLine,
            AccessChange::UserAdded {
                id,
                name: format!("{role:?}"),
                role,
                password: String::new(),
                link: None,
            },
        );
        world.people.ledger.commit(change).unwrap();
        id
    };
    world.link(Some(add(1, Role::Viewer)), 0);
    assert!(world.people.setup_link_first(world.at(1)).unwrap().is_some());
    world.link(Some(add(2, Role::Administrator)), 2000);
    assert!(world.people.setup_link_first(world.at(2001)).unwrap().is_none());
}

#[test]
fn a_link_for_somebody_sets_their_password_and_nothing_else() {
    let world = World::with_anna();
    let anna = world.anna();
    let before = world.login(GOOD, None, HERE, 1).unwrap();
    let token = world.link(Some(anna.id), 2);
    let new = NewPassword {
        name: "Mallory",
        password: &Password("another horse".to_owned()),
        code: None,
        address: HERE,
        agent: "test",
        cookie: Some(&before.cookie),
    };
    let started = world.people.setup(&token, &new, world.at(3)).unwrap();
    assert_eq!(
        (started.live.user.id, started.live.user.name.as_str()),
        (anna.id, "Anna")
    );
    assert!(!world.live(&before, 4), "its sessions end");
    refused!(world.login(GOOD, None, HERE, 5), LoginError::Failed);
    world.login("another horse", None, HERE, 6).unwrap();
}

#[test]
fn a_link_gives_no_way_around_the_password_rules_or_the_second_factor() {
    let world = World::with_anna();
    let (secret, _) = world.totp(0);
    let token = world.link(Some(world.anna().id), 1);
    let attempt = |password: &str, code: Option<&str>, seconds| {
        let new = NewPassword {
            name: "",
            password: &Password(password.to_owned()),
            code,
            address: HERE,
            agent: "test",
            cookie: None,
        };
        world.people.setup(&token, &new, world.at(seconds))
    };
    refused!(attempt("short", None, 2), LoginError::Password(PasswordError::Short));
    refused!(attempt("another horse", None, 3), LoginError::CodeNeeded);
    refused!(attempt("another horse", Some("000000"), 4), LoginError::Failed);
    let code = totp::code_at(&secret, world.at(40));
    attempt("another horse", Some(&code), 40).unwrap();
    // An entry after the note was answered, so the note is in the journal.
    let rows = world.audit();
    let failed: Vec<_> = rows.iter().filter(|row| row.starts_with("login-failed")).collect();
    assert_eq!(failed, ["login-failed Anna wrong code"]);
}
