use super::*;

fn names(entity_type: &EntityType) -> Vec<&str> {
    entity_type
        .properties
        .iter()
        .map(|property| property.name.as_str())
        .collect()
}

#[test]
fn an_object_is_an_entity_type() {
    let catalog = catalog();
    let thing = type_of(catalog, "usrthing");
    assert_eq!(thing.name, "UsrThing");
    assert_eq!(
        names(&thing),
        [
            "Id",
            "CreatedOn",
            "CreatedById",
            "ModifiedOn",
            "ModifiedById",
            "Name",
            "Size",
            "Rate",
            "Price",
            "Good",
            "Day",
            "At",
            "Hour",
            "Key",
            "ParentId",
            "OwnerId"
        ]
    );
    let kinds: Vec<_> = thing.properties.iter().skip(5).map(|property| property.kind).collect();
    assert_eq!(
        kinds,
        [
            Kind::Text,
            Kind::Integer,
            Kind::Decimal { scale: 4 },
            Kind::Decimal { scale: 2 },
            Kind::Boolean,
            Kind::Date,
            Kind::DateTime,
            Kind::Time,
            Kind::Guid,
            Kind::Guid,
            Kind::Guid
        ]
    );
    let (_, owner) = thing.property("ownerid").unwrap();
    let navigation = owner.navigation.as_ref().unwrap();
    assert_eq!(navigation.name, "Owner");
    assert_eq!(navigation.target, type_of(catalog, "Contact").set);
    assert_eq!(thing.property("Key").unwrap().1.navigation, None);
}

#[test]
fn the_sets_for_programs() {
    let catalog = catalog();
    assert_eq!(type_of(catalog, "SubmittedForm").name, "FormSubmit");
    assert_eq!(type_of(catalog, "webhookparsingerror").name, "WebhookParsingError");
    assert_eq!(entity_type_named(catalog, "Webhooks"), None);
    let all = entity_types(catalog);
    let sets: Vec<_> = all.iter().map(|entity_type| entity_type.name.as_str()).collect();
    assert!(sets.is_sorted() && sets.len() == catalog.objects.len() + 4, "{sets:?}");
    for entity_type in all {
        assert_eq!(entity_type_of(catalog, entity_type.set).as_ref(), Some(&entity_type));
        for property in &entity_type.properties {
            if let Some(navigation) = &property.navigation {
                assert!(entity_type_of(catalog, navigation.target).is_some());
                assert_eq!(property.name, format!("{}Id", navigation.name));
            }
        }
    }
}

#[test]
fn no_object_gets_a_name_that_is_taken_here() {
    let fixed = entity_types(&Catalog::default());
    let mut taken: Vec<&str> = fixed.iter().map(|entity_type| entity_type.name.as_str()).collect();
    taken.push(super::super::metadata::CONTAINER);
    let mut reserved = RESERVED_CODES.map(|(code, _)| code);
    taken.sort_unstable();
    reserved.sort_unstable();
    assert_eq!(taken, reserved);
}

#[test]
fn webhooks_have_the_columns_of_the_reference() {
    let catalog = catalog();
    assert_eq!(
        names(&type_of(catalog, "Webhook")),
        [
            "Id",
            "CreatedOn",
            "ModifiedOn",
            "RequestBody",
            "QueryParameters",
            "Headers",
            "ContentType",
            "WebhookSource",
            "SourceUrl",
            "ApiKey",
            "StatusId",
            "Outcome",
            "RemoteAddress"
        ]
    );
    assert_eq!(
        names(&type_of(catalog, "WebhookStatus")),
        ["Id", "Name", "RetentionDays"]
    );
    let errors = ["Id", "WebhookId", "Column", "Value", "Reason", "IsError"];
    assert_eq!(names(&type_of(catalog, "WebhookParsingError")), errors);
    let filter = filter_on("WebhookParsingError", "IsError and Webhook/Status/Name eq 'Failed'").unwrap();
    assert_eq!(filter.to_string(), "IsError and Webhook/Status/Name eq 'Failed'");
}
