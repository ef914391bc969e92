//! Any query string is read or refused, the same way twice; errors stay short and point into the
//! text; a filter that was read can be written and read again, and answers for a row.
#![no_main]

use std::borrow::Cow;
use std::sync::LazyLock;

use hookgate::domain::catalog::Catalog;
use hookgate::domain::change::ConfigChange;
use hookgate::domain::shipped::shipped;
use hookgate::domain::time::Timestamp;
use hookgate::domain::value::Value;
use hookgate::odata::{
    EntityType, Kind, MAX_OPTION_LENGTH, Path, PathValue, entity_type_named, filter, matches, query_options,
};
use hookgate_fuzz::choose;
use libfuzzer_sys::fuzz_target;

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
    let mut catalog = Catalog::default();
    let definition = shipped();
    catalog
        .config_apply(Timestamp(0), &ConfigChange::DefinitionApplied { definition, indexes: Vec::new() })
        .unwrap();
    catalog
});

static SETS: LazyLock<Vec<EntityType>> = LazyLock::new(|| {
    ["Contact", "Order", "Lead", "WebhookParsingError"]
        .map(|name| entity_type_named(&CATALOG, name).unwrap())
        .to_vec()
});

fuzz_target!(|data: &[u8]| {
    let Some((set, text)) = choose(data, &SETS) else { return };
    let text = String::from_utf8_lossy(text);
    let read = query_options(&CATALOG, set, &text, Timestamp(0));
    assert_eq!(read, query_options(&CATALOG, set, &text, Timestamp(0)));
    if let Err(error) = &read {
        assert!(error.problem.len() < 1000, "{error}");
    }
    // Half of the time there is no need to guess `$filter=`.
    let read = match filter(&CATALOG, set, &text, Timestamp(0)) {
        Ok(filter) => Some(filter),
        Err(error) => {
            assert!(error.position <= text.chars().count() + 1, "{error}");
            read.ok().and_then(|options| options.filter)
        }
    };
    let Some(read) = read else { return };
    let written = read.to_string();
    match filter(&CATALOG, set, &written, Timestamp(0)) {
        Ok(again) => assert_eq!(again, read, "{written}"),
        // `(…) eq false` is written with `not`, and numbers without exponents.
        Err(error) => assert!(
            error.problem.contains("levels deep") || written.len() > MAX_OPTION_LENGTH,
            "{error}: {written}"
        ),
    }
    matches(&read, &mut value);
    matches(&read, &mut |_: &Path| PathValue::Empty);
    matches(&read, &mut |_: &Path| PathValue::Nowhere);
});

/// Something of the property's type.
fn value(path: &Path) -> PathValue<'static> {
    PathValue::Value(Cow::Owned(match path.kind {
        Kind::Text => Value::Text(format!("Größe {}", path.text)),
        Kind::Integer => Value::Integer(42),
        Kind::Decimal { .. } => Value::Decimal(42.into()),
        Kind::Boolean => Value::Boolean(true),
        Kind::Date => Value::Date(20_780),
        Kind::DateTime => Value::DateTime(Timestamp(-1)),
        Kind::Time => Value::Time(86_399),
        Kind::Guid => Value::Guid(uuid::Uuid::from_u128(7)),
    }))
}
