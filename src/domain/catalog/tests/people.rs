//! Set-up links: one for each user, each used once.

use super::*;
use crate::domain::change::AccessChange;
use crate::domain::entry::Entry;
use crate::domain::user::Role;

const ANNA: Uuid = Uuid::from_u128(0xA);
const BEN: Uuid = Uuid::from_u128(0xB);

/// Links expire this long after [`AT`].
const LIFE: i64 = 1000;

fn at(later: i64) -> Timestamp {
    Timestamp(AT.0 + later)
}

fn user(id: Uuid, link: Option<u8>, later: i64) -> Entry {
    Entry::one(
        at(later),
        BY,
        AccessChange::UserAdded {
            id,
            name: id.to_string(),
            role: Role::Administrator,
            password: String::new(),
            link: link.map(|first| [first; 32]),
        },
    )
}

fn link(first: u8, user: Option<Uuid>, later: i64) -> Entry {
    Entry::one(
        at(later),
        BY,
        AccessChange::SetupLinkAdded {
            hash: [first; 32],
            expires: at(later + LIFE),
            user,
        },
    )
}

fn password(id: Uuid, link: Option<u8>, later: i64) -> Entry {
    Entry::one(
        at(later),
        BY,
        AccessChange::UserPasswordSet {
            id,
            password: "x".to_owned(),
            link: link.map(|first| [first; 32]),
            keep: None,
        },
    )
}

fn with(changes: &[Entry]) -> Catalog {
    let mut catalog = Catalog::default();
    for change in [user(ANNA, None, 0), user(BEN, None, 0)].iter().chain(changes) {
        catalog.apply(change).unwrap();
    }
    catalog
}

/// The first byte of each hash, in order.
fn unused(catalog: &Catalog) -> Vec<u8> {
    let mut links: Vec<u8> = catalog.setup_links.values().map(|link| link.hash[0]).collect();
    links.sort_unstable();
    links
}

#[test]
fn links_of_several_people_live_at_once_and_are_used_once_each() {
    let mut catalog = with(&[link(1, Some(ANNA), 0), link(2, Some(BEN), 1), link(3, None, 2)]);
    assert_eq!(unused(&catalog), [1, 2, 3]);
    for wrong in [
        password(ANNA, Some(2), 3),
        password(ANNA, Some(3), 3),
        password(ANNA, Some(9), 3),
    ] {
        assert_eq!(refused(&mut catalog, &wrong), ApplyError::SetupLinkDead);
    }
    catalog.apply(&password(BEN, Some(2), 4)).unwrap();
    assert_eq!(
        refused(&mut catalog, &password(BEN, Some(2), 5)),
        ApplyError::SetupLinkDead
    );
    catalog.apply(&password(ANNA, Some(1), 6)).unwrap();
    catalog.apply(&user(Uuid::from_u128(0xC), Some(3), 7)).unwrap();
    assert!(unused(&catalog).is_empty());
}

#[test]
fn a_new_link_ends_the_older_one_of_the_same_person_only() {
    let catalog = with(&[
        link(1, Some(ANNA), 0),
        link(2, Some(BEN), 0),
        link(3, None, 0),
        link(4, Some(ANNA), 1),
        link(5, None, 2),
    ]);
    assert_eq!(unused(&catalog), [2, 4, 5]);
}

#[test]
fn a_link_ends_with_its_time_and_with_a_password_set_otherwise() {
    let mut catalog = with(&[link(1, Some(ANNA), 0), link(2, Some(BEN), 0)]);
    let late = password(ANNA, Some(1), LIFE);
    assert_eq!(refused(&mut catalog, &late), ApplyError::SetupLinkDead);
    catalog.apply(&password(BEN, None, 1)).unwrap();
    assert_eq!(unused(&catalog), [1]);
    catalog.apply(&link(3, Some(BEN), LIFE)).unwrap();
    assert_eq!(unused(&catalog), [3], "what is dead is forgotten with the next link");
}
