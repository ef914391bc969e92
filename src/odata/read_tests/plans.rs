//! Which query is carried out in which way.

use std::ops::Bound;
use std::sync::OnceLock;

use super::super::entity_types::entity_type_named;
use super::super::plan::{Access, Order, Plan, plan};
use super::super::query::query_options;
use super::World;
use crate::domain::catalog::Catalog;
use crate::domain::value::Value;
use crate::store::walk::Walk;
use uuid::Uuid;

fn catalog() -> &'static Catalog {
    static WORLD: OnceLock<Catalog> = OnceLock::new();
    WORLD.get_or_init(|| Catalog::clone(&World::new().catalog()))
}

fn planned(set: &str, query: &str) -> String {
    let catalog = catalog();
    let entity_type = entity_type_named(catalog, set).unwrap();
    let query = query.replace(' ', "%20");
    let options = query_options(catalog, &entity_type, &query, super::AT).unwrap();
    let plan = plan(catalog, entity_type.set, options.filter.as_ref(), &options.order);
    shown(&plan)
}

fn shown(plan: &Plan) -> String {
    let access_paths = plan.access_paths.iter().map(|path| {
        let access = match &path.access {
            Access::Ids(ids) => format!("ids {}", ids.len()),
            Access::Records(walks) => {
                let walks: Vec<String> = walks.iter().map(walk_shown).collect();
                walks.join(" + ")
            }
            Access::LookupJoin(join) => format!("behind {:?}", join.by),
            Access::Webhooks(walks) => {
                let walk = |walk: &crate::store::webhook_walk::WebhookWalk| {
                    let mut text = format!("{:?}", walk.by);
                    text.push_str(if walk.from.is_some() { " from" } else { "" });
                    text.push_str(if walk.to.is_some() { " to" } else { "" });
                    text
                };
                walks.iter().map(walk).collect::<Vec<String>>().join(" + ")
            }
            Access::IssuesOf(ids) => format!("issues of {}", ids.len()),
            Access::ParseIssues => "issues".to_owned(),
            Access::Statuses => "statuses".to_owned(),
        };
        let order = match path.order {
            Order::Found { descending: false } => "",
            Order::Found { descending: true } => ", back",
            Order::Sorted => ", sorted",
        };
        let exact = if path.exact { ", exact" } else { "" };
        format!("{access}{order}{exact}")
    });
    access_paths.collect::<Vec<String>>().join(" | ")
}

fn walk_shown(walk: &Walk) -> String {
    let end = |bound: &Bound<Value>| match bound {
        Bound::Included(value) | Bound::Excluded(value) => value.to_string(),
        Bound::Unbounded => String::new(),
    };
    let range = |from: String, to: String| if from == to { from } else { format!("{from}..{to}") };
    let moment = |bound: &Bound<crate::domain::time::Timestamp>| match bound {
        Bound::Included(at) | Bound::Excluded(at) => at.0.to_string(),
        Bound::Unbounded => String::new(),
    };
    let id = |bound: &Bound<Uuid>| match bound {
        Bound::Included(id) | Bound::Excluded(id) => id.to_string(),
        Bound::Unbounded => String::new(),
    };
    match walk {
        Walk::Id(Bound::Unbounded, Bound::Unbounded) => "all".to_owned(),
        Walk::Id(from, to) => format!("ids {}", range(id(from), id(to))),
        Walk::CreatedOn(from, to) => format!("created {}", range(moment(from), moment(to))),
        Walk::ModifiedOn(from, to) => format!("modified {}", range(moment(from), moment(to))),
        Walk::Column(column, from, to) => format!("#{column} {}", range(end(from), end(to))),
        Walk::Prefix(column, start) => format!("#{column} {start}*"),
    }
}

// Columns of UsrThing: 1 Name, 2 Note, 3 Size, 4 Price, 5 Good, 6 Day, 7 Moment, 8 Parent,
// 9 Country; all but Note and Day are indexed.
#[test]
fn each_query_has_its_ways() {
    let id = "00000000-0000-0000-0000-00000000000a";
    let rows = [
        // Everything, in each order.
        ("", "all, exact"),
        ("$orderby=Id", "all, exact"),
        ("$orderby=Id desc", "all, back, exact"),
        ("$orderby=CreatedOn", "created , exact"),
        ("$orderby=ModifiedOn desc", "modified , back, exact"),
        ("$orderby=Name", "all, sorted, exact"),
        ("$orderby=CreatedOn,Id", "all, sorted, exact"),
        ("$orderby=Parent/Name", "all, sorted, exact"),
        // Ids.
        ("$filter=Id eq {id}", "ids 1, exact | all"),
        (
            "$filter=Id in ({id},00000000-0000-0000-0000-00000000000b,{id})",
            "ids 2, exact | all",
        ),
        (
            "$filter=Id eq {id} or Id eq 00000000-0000-0000-0000-00000000000b",
            "ids 2, exact | all",
        ),
        ("$filter=Id eq {id} and Note eq 'a'", "ids 1 | all"),
        ("$filter=Id gt {id}&$orderby=Id", "ids {id}.. | all"),
        ("$filter=Id le {id}&$orderby=Id desc", "ids ..{id}, back | all, back"),
        (
            "$filter=Id ge {id} and Id lt 00000000-0000-0000-0000-00000000000b",
            "ids {id}..00000000-0000-0000-0000-00000000000b | all",
        ),
        ("$filter=Id gt {id} and Size eq 5", "#3 5 | ids {id}.. | all"),
        // Values of indexed columns.
        ("$filter=ParentId eq {id}", "#8 {id}, exact | all"),
        (
            "$filter=ParentId eq {id}&$orderby=Id desc",
            "#8 {id}, back, exact | all, back",
        ),
        (
            "$filter=ParentId eq {id}&$orderby=CreatedOn",
            "#8 {id}, sorted, exact | created ",
        ),
        ("$filter=Parent/Id eq {id}", "#8 {id}, exact | all"),
        ("$filter=Size eq 5", "#3 5, exact | all"),
        ("$filter=5 eq Size", "#3 5, exact | all"),
        ("$filter=Size in (9,5)", "#3 5 + #3 9, exact | all"),
        (
            "$filter=Size in (9,5)&$orderby=Size desc",
            "#3 5 + #3 9, back, exact | all, sorted",
        ),
        ("$filter=Good", "#5 true, exact | all"),
        // An empty number or boolean has a row in an index, too.
        ("$filter=Good eq false", "#5 false, exact | all"),
        ("$filter=Good ne true", "#5 false, exact | all"),
        ("$filter=not Good", "#5 false, exact | all"),
        ("$filter=Size eq 0", "#3 0, exact | all"),
        ("$filter=Parent/Good eq false", "behind Column(8), exact | all"),
        ("$filter=Name eq 'a' and Size eq 5", "#1 a | #3 5 | all"),
        ("$filter=Price eq 2", "#4 2 | all"),
        // Ranges, put together.
        ("$filter=Size gt 5", "#3 5.. | all"),
        ("$filter=Size ge 5 and Size lt 9 and Size gt 4", "#3 5..9 | all"),
        ("$filter=Size le 9&$orderby=Size", "#3 ..9 | all, sorted"),
        ("$filter=Name gt 'a'", "#1 a.. | all"),
        ("$filter=startswith(Name,'ab')", "#1 ab* | all"),
        (
            "$filter=CreatedOn ge 2026-01-01T00:00:00Z and CreatedOn lt 2026-01-02T00:00:00Z",
            "created 1767225600000000..1767312000000999 | all",
        ),
        (
            "$filter=ModifiedOn eq 2026-01-01T00:00:00.123Z&$orderby=ModifiedOn",
            "modified 1767225600123000..1767225600123999 | modified ",
        ),
        (
            "$filter=Moment eq 2026-01-01T00:00:00Z",
            "#7 2026-01-01T00:00:00Z..2026-01-01T00:00:00.000999Z | all",
        ),
        (
            "$filter=CreatedOn in (2026-01-01T00:00:01Z,2026-01-01T00:00:00.0004Z,2026-01-01T00:00:00Z)&$orderby=CreatedOn",
            "created 1767225600000000..1767225600000999 + created 1767225601000000..1767225601000999 | created ",
        ),
        (
            "$filter=ModifiedOn eq 2026-01-01T00:00:00Z or ModifiedOn eq 2026-01-01T00:00:01Z",
            "modified 1767225600000000..1767225600000999 + modified 1767225601000000..1767225601000999 | all",
        ),
        // However conditions are put together.
        ("$filter=(Size eq 5 and Note eq 'a') and Good", "#3 5 | #5 true | all"),
        (
            "$filter=Note eq 'a' and (Note ne 'b' and (Size gt 5 and (Note ne 'c' and Size lt 9)))",
            "#3 5..9 | all",
        ),
        (
            "$filter=(Country/Name eq 'Canada' and Note eq 'a') and Note ne 'b'",
            "behind Column(9) | all",
        ),
        // Behind lookups.
        ("$filter=Country/Name eq 'Canada'", "behind Column(9), exact | all"),
        (
            "$filter=startswith(tolower(Country/Name),'can')",
            "behind Column(9), exact | all",
        ),
        (
            "$filter=Parent/Country/Name eq 'Canada' and Size eq 5",
            "#3 5 | behind Column(8) | all",
        ),
        // What holds for an empty property is in no index.
        ("$filter=Country/Name ne 'Canada'", "all"),
        ("$filter=Country/Name eq ''", "all"),
        ("$filter=Country/Name eq Parent/Name", "all"),
        ("$filter=ParentId eq null", "all"),
        ("$filter=ParentId eq 00000000-0000-0000-0000-000000000000", "all"),
        ("$filter=Name eq ''", "all"),
        ("$filter=Good eq null", "all"),
        ("$filter=Moment eq 0001-01-01T00:00:00Z", "all"),
        ("$filter=Name lt 'b'", "all"),
        ("$filter=Name ge ''", "all"),
        ("$filter=startswith(Name,'')", "all"),
        ("$filter=Size in (5,null)", "all"),
        ("$filter=Size ne 5", "all"),
        ("$filter=not (Size eq 5)", "all"),
        // What no index knows.
        ("$filter=Note eq 'a'", "all"),
        ("$filter=contains(Name,'a')", "all"),
        ("$filter=tolower(Name) eq 'a'", "all"),
        ("$filter=Size eq 5 or Note eq 'a'", "all"),
        ("$filter=Size eq 5 or Price eq 2", "all"),
    ];
    for (query, expected) in rows {
        let fill = |text: &str| text.replace("{id}", id);
        assert_eq!(planned("UsrThing", &fill(query)), fill(expected), "{query}");
    }
}

#[test]
fn webhooks_and_their_like_have_theirs() {
    let failed = "266e78e8-6b57-4193-b86c-82d6d09361da";
    let new = "1546b667-b37a-4dc4-9be9-1ceb3a025332";
    let rows = [
        ("Webhook", "", "Arrival, exact"),
        ("Webhook", "$orderby=CreatedOn desc", "Arrival, back, exact"),
        ("Webhook", "$orderby=Id", "Id, exact"),
        ("Webhook", "$orderby=Outcome", "Arrival, sorted, exact"),
        ("Webhook", "$filter=Id eq {new}", "ids 1, exact | Arrival"),
        (
            "Webhook",
            "$filter=StatusId eq {failed}",
            "Status(Failed), exact | Arrival",
        ),
        (
            "Webhook",
            "$filter=StatusId in ({failed},{new})&$orderby=CreatedOn",
            "Status(New) + Status(Failed), sorted, exact | Arrival",
        ),
        (
            "Webhook",
            "$filter=Status/Name eq 'Failed'",
            "behind Virtual(7), exact | Arrival",
        ),
        ("Webhook", "$filter=WebhookSource eq 'Shop'", "Source(2) | Arrival"),
        ("Webhook", "$filter=WebhookSource eq 'Nowhere'", " | Arrival"),
        (
            "Webhook",
            "$filter=CreatedOn gt 2026-01-01T00:00:00Z and StatusId eq {failed}",
            "Status(Failed) from | Arrival from",
        ),
        (
            "Webhook",
            "$filter=CreatedOn gt 2026-01-01T00:00:00Z and CreatedOn lt 2027-01-01T00:00:00Z&$orderby=Id",
            "Arrival from to, sorted",
        ),
        (
            "Webhook",
            "$filter=CreatedOn in (2026-01-01T00:00:00Z,2026-01-02T00:00:00Z)",
            "Arrival from to",
        ),
        ("WebhookStatus", "", "statuses, exact"),
        ("WebhookStatus", "$orderby=Name", "statuses, sorted, exact"),
        ("WebhookParsingError", "", "issues, exact"),
        ("WebhookParsingError", "$filter=IsError", "issues"),
        (
            "WebhookParsingError",
            "$filter=WebhookId eq {new}",
            "issues of 1, exact | issues",
        ),
        (
            "WebhookParsingError",
            "$filter=Webhook/StatusId eq {failed}",
            "behind Virtual(0), exact | issues",
        ),
    ];
    for (set, query, expected) in rows {
        let query = query.replace("{failed}", failed).replace("{new}", new);
        assert_eq!(planned(set, &query), expected, "{set} {query}");
    }
}
