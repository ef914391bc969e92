//! Webhooks, their statuses and parsing errors as entity sets.

use std::collections::BTreeSet;

use super::super::read;
use super::{World, json, next, values};
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::change::{ConfigChange, Processed, Verdict, WebhookChange};
use crate::domain::entry::Entry;
use crate::domain::parse_issue::{ParseIssue, Reason};
use crate::domain::retention::Retention;
use crate::domain::time::Timestamp;
use crate::domain::webhook::{Status, Webhook};
use uuid::Uuid;

/// 40 webhooks of two sources, a second apart: each fourth failed with two issues, each eighth
/// is new, the others are stored only.
fn filled() -> (World, Vec<Webhook>) {
    let world = World::new();
    let start = clock::now().minus_days(2);
    let mut all = Vec::new();
    for number in 0..40_i64 {
        let at = Timestamp(start.0 + number * 1_000_000);
        let webhook = Webhook {
            id: clock::new_id_at(at),
            created_on: at,
            source: u32::try_from(number % 2 + 1).unwrap(),
            api_key_hint: "whk_abcde".to_owned(),
            content_type: "application/json".to_owned(),
            query: "a=1".to_owned(),
            headers: vec![("host".to_owned(), "h".to_owned()), ("x".to_owned(), "\"".to_owned())],
            source_url: "https://example.org".to_owned(),
            remote: Some([10, 0, 0, 1].into()),
            files: Vec::new(),
            body: format!("{{\"n\":{number}}}\u{e4}").into_bytes(),
        };
        let ledger = &world.odata.ledger;
        let synced = ledger.webhook_append(webhook.clone()).unwrap();
        let seq = synced.blocking_recv().unwrap().unwrap();
        if number % 8 != 1 {
            let failed = number % 4 == 0;
            let issues = vec![
                ParseIssue::whole(Reason::EntityUnknown),
                ParseIssue::about("Extra", "x", Reason::UnknownColumn),
            ];
            let processed = Entry::one(
                Timestamp(at.0 + 5000),
                Actor::System,
                WebhookChange::Processed(Processed {
                    webhook: seq,
                    run: 1,
                    rules: world.catalog().rules,
                    verdict: if failed {
                        Verdict::Failed { object: None }
                    } else {
                        Verdict::StoredOnly
                    },
                    issues: if failed { issues } else { Vec::new() },
                }),
            );
            ledger.submit(processed).unwrap();
        }
        all.push(webhook);
    }
    // What is answered stands behind all that is not.
    world.grant("Webhook", true);
    (world, all)
}

fn ids(webhooks: &[Webhook], which: impl Fn(usize) -> bool) -> Vec<String> {
    let chosen = webhooks.iter().enumerate().filter(|(number, _)| which(*number));
    chosen.map(|(_, webhook)| webhook.id.to_string()).collect()
}

#[test]
fn webhooks_by_status_source_time_and_id() {
    let (world, all) = filled();
    let list = |query: &str| world.values("Webhook", &query.replace(' ', "%20"), "Id");
    let failed = Status::Failed.lookup_id();
    assert_eq!(list(""), ids(&all, |_| true));
    assert_eq!(list("$orderby=CreatedOn desc&$top=3"), {
        let mut newest = ids(&all, |number| number > 36);
        newest.reverse();
        newest
    });
    assert_eq!(
        list(&format!("$filter=StatusId eq {failed}")),
        ids(&all, |n| n % 4 == 0)
    );
    assert_eq!(list("$filter=Status/Name eq 'Failed'"), ids(&all, |n| n % 4 == 0));
    assert_eq!(
        list("$filter=Status/Name eq 'Failed' or StatusId eq 1546b667-b37a-4dc4-9be9-1ceb3a025332&$orderby=CreatedOn"),
        ids(&all, |n| n % 4 == 0 || n % 8 == 1)
    );
    assert_eq!(list("$filter=WebhookSource eq 'Shop'"), ids(&all, |n| n % 2 == 1));
    assert_eq!(
        list("$filter=Outcome eq 'stored only'&$orderby=Id"),
        ids(&all, |n| n % 4 != 0 && n % 8 != 1)
    );
    let (from, to) = (all[10].created_on, all[20].created_on);
    assert_eq!(
        list(&format!(
            "$filter=CreatedOn ge {from} and CreatedOn lt {to}&$orderby=CreatedOn"
        )),
        ids(&all, |n| (11..20).contains(&n)
            || n == 10 && from.0 % 1000 == 0
            || n == 20 && to.0 % 1000 > 0)
    );
    assert_eq!(list(&format!("$filter=Id eq {}", all[5].id)), ids(&all, |n| n == 5));
    assert_eq!(list("$filter=contains(RequestBody,':7}')"), ids(&all, |n| n == 7));
    assert_eq!(list("$filter=Headers eq ''"), Vec::<String>::new());

    let counted = |query: &str| world.list("Webhook", &query.replace(' ', "%20"))["@odata.count"].clone();
    assert_eq!(counted("$count=true&$top=1"), 40);
    assert_eq!(counted(&format!("$count=true&$filter=StatusId eq {failed}")), 10);
    assert_eq!(counted("$count=true&$filter=WebhookSource eq 'Form'"), 20);

    let one = json(
        world.with_context(|context| read::entity(context, &world.set("Webhook"), all[0].id, "$expand=Status", None)),
    );
    assert_eq!(one["RequestBody"], "{\"n\":0}ä");
    assert_eq!(one["Headers"], "[[\"host\",\"h\"],[\"x\",\"\\\"\"]]");
    assert_eq!(
        (&one["WebhookSource"], &one["RemoteAddress"]),
        (&"Form".into(), &"10.0.0.1".into())
    );
    assert_eq!(one["Status"]["Name"], "Failed");
}

#[test]
fn webhooks_come_in_pages() {
    let (world, all) = filled();
    let statuses = format!(
        "$filter=StatusId%20in%20({},{})",
        Status::Failed.lookup_id(),
        Status::New.lookup_id()
    );
    for (set, query) in [
        ("Webhook", ""),
        ("Webhook", "$orderby=Id%20desc"),
        ("Webhook", "$orderby=CreatedOn%20desc"),
        ("Webhook", "$orderby=Outcome"),
        ("Webhook", "$filter=WebhookSource%20in%20('Form','Shop')"),
        ("Webhook", statuses.as_str()),
        ("WebhookParsingError", ""),
        ("WebhookParsingError", "$orderby=Reason%20desc"),
        ("WebhookStatus", ""),
    ] {
        let whole: BTreeSet<String> = world.values(set, query, "Id").into_iter().collect();
        let mut page = json(world.collection(set, query, Some("maxpagesize=3")));
        let mut paged = values(&page, "Id");
        while let Some(link) = next(&page, set) {
            page = json(world.collection(set, &link, None));
            paged.extend(values(&page, "Id"));
        }
        assert_eq!(paged.len(), whole.len(), "{set}?{query}");
        assert_eq!(paged.into_iter().collect::<BTreeSet<_>>(), whole, "{set}?{query}");
    }
    assert_eq!(all.len(), 40);
}

#[test]
fn parsing_errors_and_notes() {
    let (world, all) = filled();
    let errors = world.list("WebhookParsingError", "");
    assert_eq!(errors["value"].as_array().unwrap().len(), 20);
    assert_eq!(errors["value"][0]["WebhookId"], all[0].id.to_string());
    assert_eq!(errors["value"][0]["IsError"], true);
    assert!(
        errors["value"][0]["Reason"]
            .as_str()
            .unwrap()
            .contains("no object has this code")
    );
    assert_eq!(errors["value"][1]["Column"], "Extra");
    assert_eq!(errors["value"][1]["IsError"], false);

    let of = format!("$filter=WebhookId%20eq%20{}", all[4].id);
    assert_eq!(
        world.values("WebhookParsingError", &of, "WebhookId"),
        vec![all[4].id.to_string(); 2]
    );
    let of_new = format!("$filter=WebhookId%20eq%20{}", all[1].id);
    assert!(world.values("WebhookParsingError", &of_new, "Id").is_empty());
    assert_eq!(
        world.values("WebhookParsingError", "$filter=IsError&$top=3", "Column"),
        ["", "", ""]
    );
    let count = world.list("WebhookParsingError", "$filter=IsError&$count=true&$top=0");
    assert_eq!(count["@odata.count"], 10);

    for row in errors["value"].as_array().unwrap() {
        let id: Uuid = row["Id"].as_str().unwrap().parse().unwrap();
        let one =
            json(world.with_context(|context| read::entity(context, &world.set("WebhookParsingError"), id, "", None)));
        assert_eq!(one["Column"], row["Column"]);
        assert_eq!(one["WebhookId"], row["WebhookId"]);
    }
    let expanded = world.list("WebhookParsingError", "$expand=Webhook($select=WebhookSource)&$top=1");
    assert_eq!(expanded["value"][0]["Webhook"]["WebhookSource"], "Form");
}

#[test]
fn what_is_rare_among_many_is_found_page_by_page() {
    let (mut world, all) = filled();
    let usual = world.odata.limits;
    for (set, query) in [
        ("WebhookParsingError", ""),
        ("WebhookParsingError", "$filter=IsError"),
        ("WebhookParsingError", "$filter=Column%20eq%20'Extra'&$skip=3&$top=5"),
        ("WebhookParsingError", "$expand=Webhook"),
        ("Webhook", "$filter=contains(RequestBody,':39}')"),
        (
            "Webhook",
            "$filter=Outcome%20eq%20'stored%20only'&$orderby=CreatedOn%20desc",
        ),
        (
            "Webhook",
            "$filter=WebhookSource%20in%20('Form','Shop')%20and%20Outcome%20eq%20'failed'",
        ),
        ("Webhook", "$expand=Status&$orderby=Id"),
    ] {
        world.odata.limits = usual;
        let whole = world.values(set, query, "Id");
        assert!(!whole.is_empty(), "{set}?{query}");
        for scan_rows in [2, 3, 7] {
            world.odata.limits.scan_rows = scan_rows;
            let mut count = 0;
            let paged = super::paging::all(&world, set, query, "maxpagesize=1000", |_| count += 1);
            assert_eq!(paged, whole, "{set}?{query} by {scan_rows}");
            assert!(count > 2, "{set}?{query} by {scan_rows}");
        }
        // What must be counted or sorted is looked at in one go.
        let by = if set == "Webhook" { "Outcome" } else { "Reason" };
        let unsorted = query.split("&$orderby").next().unwrap();
        let refused = world.error(set, &format!("{unsorted}&$orderby={by}"));
        assert_eq!(refused.code(), "TooCostly");
    }
    let counted = world.error("WebhookParsingError", "$filter=IsError&$count=true&$top=1");
    assert_eq!(counted.code(), "TooCostly");
    assert_eq!(all.len(), 40);
}

#[test]
fn what_is_behind_a_parsing_error_needs_its_own_permission() {
    let (world, all) = filled();
    let set = world.set("WebhookParsingError");
    let id: Uuid = world.values("WebhookParsingError", "$top=1", "Id")[0].parse().unwrap();
    let behind = |query: &str| {
        world.with_context(|context| read::member(context, &set, id, &["Webhook".to_owned()], false, query))
    };
    assert_eq!(json(behind(""))["Id"], all[0].id.to_string());
    assert_eq!(json(behind("$select=Id&$expand=Status"))["Status"]["Name"], "Failed");

    world.grant("Webhook", false);

    let refused = behind("").unwrap_err();
    assert_eq!(refused.status(), 403);
    assert!(refused.to_string().contains("grant Webhook --read"), "{refused}");
    let whole = world.with_context(|context| read::entity(context, &set, id, "", None));
    assert_eq!(json(whole)["WebhookId"], all[0].id.to_string());
}

#[test]
fn statuses_with_their_retention() {
    let world = World::new();
    world.change(Entry::one(
        clock::now(),
        Actor::System,
        ConfigChange::RetentionSet {
            retention: Retention {
                days: [1, 2, 3, 0],
                ..Retention::default()
            },
        },
    ));
    assert_eq!(
        world.values("WebhookStatus", "", "Name"),
        ["New", "Processing", "Failed", "Done"]
    );
    assert_eq!(
        world.values("WebhookStatus", "$orderby=RetentionDays", "RetentionDays"),
        ["0", "1", "2", "3"]
    );
    let failed = Status::Failed.lookup_id();
    let one = json(world.with_context(|context| read::entity(context, &world.set("WebhookStatus"), failed, "", None)));
    assert_eq!((&one["Name"], &one["RetentionDays"]), (&"Failed".into(), &3.into()));
}
