use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::*;
use crate::domain::actor::Actor;
use crate::domain::catalog::Catalog;
use crate::domain::change::ConfigChange;
use crate::domain::column::{ColumnDefault, ColumnType};
use crate::domain::definition::{LookupValue, difference, of_catalog, parse_for, to_json};
use crate::domain::entry::Entry;
use crate::domain::time::Timestamp;
use crate::domain::value::Value;

/// The namespace of the ids of shipped values.
const NAMESPACE: Uuid = Uuid::from_u128(0x7d0f_1c52_93a4_4b6e_8f21_5ce8_a40b_9d13);

const CANADA: Uuid = Uuid::from_u128(0xf8af_0e88_f36b_1410_fa98_0015_5d04_3204);

fn catalog() -> Catalog {
    let mut catalog = Catalog::default();
    let definition = shipped();
    let change = Entry::one(
        Timestamp(0),
        Actor::System,
        ConfigChange::DefinitionApplied {
            definition,
            indexes: Vec::new(),
        },
    );
    catalog.apply(&change).unwrap();
    catalog
}

fn values(object: &str) -> Vec<LookupValue> {
    let mut values = shipped().values;
    values.retain(|value| value.object == object);
    values
}

/// The columns of an object as keys and types; `*` marks a required one.
fn columns(catalog: &Catalog, object: &str) -> Vec<String> {
    let object = catalog.object(object).unwrap();
    let column = |column: &crate::domain::column::Column| {
        let star = if column.required { "*" } else { "" };
        format!("{}{star} {}", column.key(), catalog.column_type_name(column.kind))
    };
    object.columns.iter().map(column).collect()
}

#[test]
fn no_file_has_a_mistake() {
    for file in FILES {
        if let Err(mistakes) = parse(file.as_bytes()) {
            panic!("{mistakes}");
        }
    }
    let whole = to_json(&shipped(), &[]).to_string();
    assert_eq!(parse_for(whole.as_bytes(), &Catalog::default()).unwrap().0, shipped());
}

#[test]
fn every_object_is_there_and_the_entities_are_registered() {
    let catalog = catalog();
    let objects: Vec<_> = catalog.objects.values().map(|object| object.code.as_str()).collect();
    let wanted = "Country Currency Region City Gender OrderStatus LeadType LeadSource LeadMedium Account Contact \
        Lead Order FormSubmit";
    assert_eq!(objects, wanted.split_whitespace().collect::<Vec<_>>());
    let entities: BTreeSet<_> = catalog
        .entities
        .iter()
        .map(|id| catalog.objects[id].code.as_str())
        .collect();
    assert_eq!(entities, BTreeSet::from(["Contact", "Lead", "Order", "FormSubmit"]));
    for object in catalog.objects.values() {
        let plain = ["Account", "Contact", "Lead", "Order", "FormSubmit"].contains(&object.code.as_str());
        assert_eq!(object.lookup, !plain, "{}", object.code);
        assert!(!object.strict);
    }
    let displays: Vec<_> = ["Contact", "Lead", "Order", "FormSubmit", "Country"]
        .iter()
        .map(|code| &catalog.object(code).unwrap().display)
        .collect();
    assert_eq!(displays, ["Name", "LeadName", "Number", "FullName", "Name"]);
}

#[test]
fn contact_has_its_columns() {
    let catalog = catalog();
    let wanted = [
        "Name* text(250)",
        "Email email",
        "Phone phone",
        "MobilePhone phone",
        "HomePhone phone",
        "JobTitle text(250)",
        "BirthDate date",
        "Address unlimited text",
        "Zip text(50)",
        "CountryId lookup(Country)",
        "RegionId lookup(Region)",
        "CityId lookup(City)",
        "GenderId lookup(Gender)",
        "AccountId lookup(Account)",
        "Notes unlimited text",
        "DoNotUseEmail boolean",
        "DoNotUseCall boolean",
        "DoNotUseSms boolean",
        "Surname text(250)",
        "GivenName text(250)",
        "MiddleName text(250)",
    ];
    assert_eq!(columns(&catalog, "Contact"), wanted);
    let contact = catalog.object("Contact").unwrap();
    let captions =
        ["Name", "Email", "MobilePhone", "Country"].map(|code| contact.column(code).unwrap().caption.as_str());
    assert_eq!(captions, ["Full name", "Email", "Phone", "Country"]);
}

#[test]
fn lead_has_its_columns() {
    let wanted = [
        "LeadName text(500)",
        "Contact text(250)",
        "Account text(250)",
        "Email email",
        "MobilePhone phone",
        "BusinesPhone phone",
        "Fax phone",
        "Website text(250)",
        "FullJobTitle text(250)",
        "CountryId lookup(Country)",
        "RegionId lookup(Region)",
        "CityId lookup(City)",
        "CountryStr text(250)",
        "RegionStr text(250)",
        "CityStr text(250)",
        "Address unlimited text",
        "Notes unlimited text",
        "Commentary unlimited text",
        "Budget currency",
        "MeetingDate datetime",
        "DecisionDate date",
        "LeadTypeId lookup(LeadType)",
        "LeadSourceId lookup(LeadSource)",
        "LeadMediumId lookup(LeadMedium)",
        "OwnerId lookup(Contact)",
        "UtmCampaignStr text(500)",
        "UtmSourceStr text(500)",
        "UtmMediumStr text(500)",
        "UtmContentStr text(500)",
        "UtmTermStr text(500)",
    ];
    assert_eq!(columns(&catalog(), "Lead"), wanted);
}

#[test]
fn order_has_its_columns_and_defaults() {
    let catalog = catalog();
    let wanted = [
        "Number text(250)",
        "Date* datetime",
        "ContactId lookup(Contact)",
        "AccountId lookup(Account)",
        "OwnerId lookup(Contact)",
        "StatusId lookup(OrderStatus)",
        "CurrencyId lookup(Currency)",
        "CurrencyRate decimal(4)",
        "Amount currency",
        "PaymentAmount currency",
        "DueDate datetime",
        "DeliveryAddress text(500)",
        "ReceiverName text(50)",
        "ContactNumber text(50)",
        "Comment text(500)",
        "Notes unlimited text",
    ];
    assert_eq!(columns(&catalog, "Order"), wanted);
    let order = catalog.object("Order").unwrap();
    let default = |code: &str| order.column(code).unwrap().default.clone();
    assert_eq!(default("Number"), ColumnDefault::Number("ORD-".to_owned()));
    assert_eq!(default("Date"), ColumnDefault::Now);
    assert_eq!(default("CurrencyRate"), ColumnDefault::Value(Value::Decimal(1.into())));
    assert_eq!(
        order
            .columns
            .iter()
            .filter(|column| column.default != ColumnDefault::Empty)
            .count(),
        3
    );
}

#[test]
fn form_submit_has_its_columns() {
    let catalog = catalog();
    let wanted = [
        "FullName text(250)",
        "FirstName text(250)",
        "LastName text(250)",
        "Email email",
        "PhoneNumber phone",
        "JobTitle text(250)",
        "Account text(250)",
        "CityStr text(250)",
        "CountryStr text(250)",
        "Website web link",
        "CountryId lookup(Country)",
        "CityId lookup(City)",
        "ContactId lookup(Contact)",
        "BirthDate date",
        "Notes unlimited text",
        "FormData unlimited text",
        "LandingPageURL unlimited text",
        "Referrer unlimited text",
        "UtmCampaignStr text(500)",
        "UtmSourceStr text(500)",
        "UtmMediumStr text(500)",
        "UtmContentStr text(500)",
        "UtmTermStr text(500)",
    ];
    assert_eq!(columns(&catalog, "FormSubmit"), wanted);
    assert_eq!(catalog.object("SubmittedForm").unwrap().caption, "Submitted form");
}

#[test]
fn account_and_lookups_have_their_columns() {
    let catalog = catalog();
    let account = columns(&catalog, "Account");
    for column in [
        "Name* text(250)",
        "Phone phone",
        "Web web link",
        "CountryId lookup(Country)",
    ] {
        assert!(account.iter().any(|there| there == column), "{column}");
    }
    for object in catalog.objects.values().filter(|object| object.lookup) {
        assert_eq!(
            columns(&catalog, &object.code),
            ["Name* text(250)", "Description text(500)"]
        );
        assert!(
            object
                .columns
                .iter()
                .all(|column| matches!(column.kind, ColumnType::Text(_)))
        );
    }
}

#[test]
fn all_countries_are_there_once() {
    let countries = values("Country");
    assert_eq!(countries.len(), 249);
    let codes: BTreeMap<_, _> = countries
        .iter()
        .map(|value| (value.description.as_str(), value))
        .collect();
    assert_eq!(codes.len(), 249);
    assert_eq!(
        countries.iter().map(|value| &value.name).collect::<BTreeSet<_>>().len(),
        249
    );
    assert_eq!(
        countries.iter().map(|value| value.id).collect::<BTreeSet<_>>().len(),
        249
    );
    assert!(
        codes
            .keys()
            .all(|code| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase()))
    );
    for (code, name) in [
        ("CA", "Canada"),
        ("GB", "United Kingdom"),
        ("US", "United States"),
        ("DE", "Germany"),
    ] {
        assert_eq!(codes[code].name, name);
    }
}

#[test]
fn currencies_are_named_by_their_codes() {
    let currencies = values("Currency");
    assert_eq!(
        currencies
            .iter()
            .map(|value| &value.name)
            .collect::<BTreeSet<_>>()
            .len(),
        currencies.len()
    );
    assert!(
        currencies
            .iter()
            .all(|value| value.name.len() == 3 && !value.description.is_empty())
    );
    let there = |code: &str| currencies.iter().any(|value| value.name == code);
    for code in ["EUR", "USD", "GBP", "CAD", "JPY", "CHF", "XCG", "ZWG", "SLE", "VED"] {
        assert!(there(code), "{code}");
    }
    // Withdrawn, or not a currency.
    for code in ["BGN", "HRK", "ANG", "CUC", "ZWL", "SLL", "DEM", "XTS", "XXX"] {
        assert!(!there(code), "{code}");
    }
}

#[test]
fn ids_never_change() {
    for value in shipped().values {
        let stable = if value.object == "Country" {
            &value.description
        } else {
            &value.name
        };
        let made = Uuid::new_v5(&NAMESPACE, format!("{}/{stable}", value.object).as_bytes());
        let wanted = if stable == "CA" { CANADA } else { made };
        assert_eq!(value.id, wanted, "{} {}", value.object, value.name);
    }
    let fixed = [
        ("Country", "Canada", "f8af0e88-f36b-1410-fa98-00155d043204"),
        ("Country", "Germany", "da84e195-d960-58ef-935d-521db3269601"),
        ("Currency", "EUR", "430589b3-ca01-5d8f-bc5b-4e05ad30a5c9"),
        ("Gender", "Female", "53c98ab3-29d6-5ede-9067-5e4b728c4da6"),
        ("OrderStatus", "Draft", "b9627ade-0ce4-59c7-a812-8c693dd44326"),
        ("LeadSource", "Web form", "7f6b5d7a-6013-5b90-9fb8-87aebdceb254"),
    ];
    for (object, name, id) in fixed {
        let found = values(object).into_iter().find(|value| value.name == name).unwrap();
        assert_eq!(found.id.to_string(), id, "{object} {name}");
    }
}

#[test]
fn every_list_but_region_and_city_has_values() {
    let counts = [
        "Gender",
        "OrderStatus",
        "LeadType",
        "LeadSource",
        "LeadMedium",
        "Region",
        "City",
    ]
    .map(|code| values(code).len());
    assert_eq!(counts, [2, 5, 3, 11, 10, 0, 0]);
}

#[test]
fn applying_it_again_changes_nothing() {
    let there = of_catalog(&catalog(), None).unwrap().with_values(shipped().values);
    assert_eq!(difference(&there, &shipped()), []);
}
