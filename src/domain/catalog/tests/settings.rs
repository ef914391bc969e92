//! Entities, grants, sources, processes and retention.

use super::*;
use crate::domain::actor::Actor;
use crate::domain::change::ConfigChange;
use crate::domain::change::WebhookChange;
use crate::domain::entry::Entry;
use crate::domain::source::{SourceKey, SourceSettings};
use crate::domain::webhook::Status;

fn key(hint: &str) -> SourceKey {
    SourceKey {
        lookup: [7; 32],
        sealed: vec![1, 2, 3],
        hint: hint.to_owned(),
    }
}

fn source_added(name: &str) -> Entry {
    let (name, settings) = (name.to_owned(), SourceSettings::default());
    Entry::one(
        AT,
        BY,
        ConfigChange::SourceAdded {
            name,
            enabled: true,
            settings,
            key: key("first"),
        },
    )
}

fn entity(object: &str, registered: bool) -> Entry {
    Entry::one(
        AT,
        BY,
        ConfigChange::EntitySet {
            object: object.to_owned(),
            registered,
        },
    )
}

fn grant(user: &str, object: &str, rights: Rights) -> Entry {
    let (user, object) = (user.to_owned(), object.to_owned());
    Entry::one(AT, BY, ConfigChange::GrantSet { user, object, rights })
}

#[test]
fn entities_are_set_and_unset() {
    let mut catalog =
        catalog(r#"{"objects": [{"code": "FormSubmit", "columns": [{"code": "Name", "type": "text(50)"}]}]}"#);
    assert!(catalog.entities.is_empty());
    for _ in 0..2 {
        catalog.apply(&entity("submittedform", true)).unwrap();
        assert_eq!(*catalog.entities, BTreeSet::from([1]));
    }
    for _ in 0..2 {
        catalog.apply(&entity("FormSubmit", false)).unwrap();
        assert!(catalog.entities.is_empty());
    }
    assert_eq!(
        refused(&mut catalog, &entity("Nowhere", true)),
        ApplyError::ObjectUnknown("Nowhere".to_owned())
    );
    assert_eq!(
        refused(&mut catalog, &entity("Nowhere", false)),
        ApplyError::ObjectUnknown("Nowhere".to_owned())
    );
}

#[test]
fn what_is_no_object_can_be_granted_too() {
    let mut catalog = Catalog::default();
    let mut old = parse(br#"{"objects": [{"code": "UsrX", "lookup": true}]}"#).unwrap();
    // A journal may hold such an object, from before the code was reserved.
    "WebhookParsingError".clone_into(&mut old.objects[0].code);
    catalog
        .apply(&Entry::one(
            AT,
            BY,
            ConfigChange::DefinitionApplied {
                definition: old,
                indexes: Vec::new(),
            },
        ))
        .unwrap();
    let service = catalog.technical_user(WEBHOOK_SERVICE).unwrap().id;
    let read = Rights {
        read: true,
        ..Rights::default()
    };
    catalog.apply(&grant(WEBHOOK_SERVICE, "webhook", read)).unwrap();
    assert_eq!(catalog.rights(service, crate::domain::rights::WEBHOOK_SET), read);
    assert_eq!(
        catalog.grantable_code(crate::domain::rights::WEBHOOK_SET),
        Some("Webhook")
    );
    let object = catalog.object("WebhookParsingError").unwrap().id;
    assert_eq!(
        catalog.grantable("WebhookParsingError"),
        Some(object),
        "an object goes first"
    );
}

#[test]
fn grants_are_for_one_object_and_replaced_whole() {
    let mut catalog = catalog(r#"{"objects": [{"code": "UsrA", "lookup": true}, {"code": "UsrB", "lookup": true}]}"#);
    let service = catalog.technical_user("webhookservice").unwrap().id;
    assert!(catalog.rights(service, 1).is_none(), "no rights until granted");
    let create = Rights {
        create: true,
        ..Rights::default()
    };
    let read = Rights {
        read: true,
        ..Rights::default()
    };
    catalog.apply(&grant(WEBHOOK_SERVICE, "UsrA", create)).unwrap();
    assert_eq!(
        (catalog.rights(service, 1), catalog.rights(service, 2)),
        (create, Rights::default())
    );
    catalog.apply(&grant("WEBHOOKSERVICE", "usra", read)).unwrap();
    assert_eq!(catalog.rights(service, 1), read);
    catalog
        .apply(&grant(WEBHOOK_SERVICE, "UsrA", Rights::default()))
        .unwrap();
    assert!(catalog.grants.is_empty());
    assert_eq!(
        refused(&mut catalog, &grant("Nobody", "UsrA", read)),
        ApplyError::TechnicalUserUnknown("Nobody".to_owned())
    );
    let unknown = refused(&mut catalog, &grant(WEBHOOK_SERVICE, "Nowhere", read));
    assert_eq!(unknown, ApplyError::ObjectUnknown("Nowhere".to_owned()));
}

#[test]
fn source_names_are_unique_without_regard_to_case() {
    let mut catalog = Catalog::default();
    catalog.apply(&source_added("Größe")).unwrap();
    let taken = refused(&mut catalog, &source_added("grÖßE"));
    assert!(matches!(taken, ApplyError::SourceNameTaken(_)));
    catalog.apply(&source_added("Elementor")).unwrap();
    let source = catalog.source("ELEMENTOR").unwrap();
    assert_eq!((source.id, source.enabled, source.created_on), (2, true, AT));
    assert_eq!(source.previous_key, None);
}

#[test]
fn a_source_is_changed_whole_and_keeps_its_key() {
    let mut catalog = Catalog::default();
    catalog.apply(&source_added("Shop")).unwrap();
    let before = catalog.clone();
    let settings = SourceSettings {
        max_body: Some(10),
        rate_per_minute: Some(60),
        ..SourceSettings::default()
    };
    let change = |source| {
        Entry::one(
            AT,
            BY,
            ConfigChange::SourceChanged {
                source,
                enabled: false,
                settings: settings.clone(),
            },
        )
    };
    catalog.apply(&change(1)).unwrap();
    let source = &catalog.sources[&1];
    assert_eq!(
        (source.enabled, &source.settings, &source.key),
        (false, &settings, &key("first"))
    );
    assert!(before.sources[&1].enabled, "an older snapshot changed");
    assert_eq!(
        refused(&mut catalog, &change(2)),
        ApplyError::SourceUnknown("2".to_owned())
    );
}

#[test]
fn a_rotated_key_replaces_the_old_one() {
    let mut catalog = Catalog::default();
    catalog.apply(&source_added("Shop")).unwrap();
    let rotate = |source, hint, previous_until| {
        Entry::one(
            AT,
            BY,
            ConfigChange::SourceKeyRotated {
                source,
                key: key(hint),
                previous_until,
            },
        )
    };
    let until = Timestamp(9_000_000);
    catalog.apply(&rotate(1, "second", Some(until))).unwrap();
    assert_eq!(catalog.sources[&1].key, key("second"));
    assert_eq!(catalog.sources[&1].previous_key, Some((key("first"), until)));
    catalog.apply(&rotate(1, "third", None)).unwrap();
    assert_eq!(catalog.sources[&1].key, key("third"));
    assert_eq!(catalog.sources[&1].previous_key, None, "no old key is left");
    assert!(matches!(
        refused(&mut catalog, &rotate(5, "x", None)),
        ApplyError::SourceUnknown(_)
    ));
}

#[test]
fn the_process_is_switched() {
    let mut catalog = Catalog::default();
    let set = |process: &str, enabled| {
        Entry::one(
            AT,
            BY,
            ConfigChange::ProcessSet {
                process: process.to_owned(),
                enabled,
            },
        )
    };
    assert!(catalog.process_enabled(CREATE_RECORDS));
    catalog.apply(&set(CREATE_RECORDS, false)).unwrap();
    assert!(!catalog.process_enabled(CREATE_RECORDS));
    catalog.apply(&set(CREATE_RECORDS, true)).unwrap();
    assert!(catalog.process_enabled(CREATE_RECORDS));
    assert_eq!(
        refused(&mut catalog, &set("Other", false)),
        ApplyError::ProcessUnknown("Other".to_owned())
    );
}

#[test]
fn retention_is_ninety_days_until_it_is_set() {
    let mut catalog = Catalog::default();
    assert!(Status::ALL.iter().all(|status| catalog.retention.days(*status) == 90));
    let retention = Retention {
        days: [0, 1, 2, 3],
        schedule: "30 4 * * 1".to_owned(),
    };
    catalog
        .apply(&Entry::one(
            AT,
            BY,
            ConfigChange::RetentionSet {
                retention: retention.clone(),
            },
        ))
        .unwrap();
    assert_eq!(*catalog.retention, retention);
    assert_eq!(catalog.retention.days(Status::Done), 3);
}

#[test]
fn changes_of_webhooks_leave_it_as_it_is() {
    let mut catalog = catalog(&ticket(NAME));
    let before = catalog.clone();
    catalog
        .apply(&Entry::one(
            AT,
            Actor::System,
            WebhookChange::Started { webhooks: vec![1, 2] },
        ))
        .unwrap();
    catalog
        .apply(&Entry::one(
            AT,
            BY,
            WebhookChange::Deleted {
                webhooks: vec![1],
                unprocessed: true,
            },
        ))
        .unwrap();
    assert_eq!(catalog, before);
}
