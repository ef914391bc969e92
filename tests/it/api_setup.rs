//! Setting Hookgate up over `/api/v1`, as the admin page does it.

use hookgate::domain::user::Role;
use serde_json::{Value, json};

use super::filled::far_schedule;
use super::harness::{Asker, PASSWORD_OF_SITE, Request, Site};

const TICKET: &str = r#"{"objects": [{"code": "UsrTicket", "caption": "Ticket",
    "columns": [{"code": "Name", "type": "text(250)", "required": true}]}]}"#;

/// What the audit log says was done, by whom, the newest first.
fn noted(site: &Site, by: &Asker, query: &str) -> Vec<(String, String, String)> {
    let page = by.reads(site, &format!("/audit?{query}"));
    let text = |row: &Value, part: &str| row[part].as_str().unwrap().to_owned();
    let rows = page["rows"].as_array().unwrap().iter();
    rows.map(|row| (text(row, "by"), text(row, "action"), text(row, "subject")))
        .collect()
}

#[test]
fn objects_are_made_by_a_definition_and_become_entities() {
    let site = Site::start();
    let ada = site.administrator();
    let definition: Value = serde_json::from_str(TICKET).unwrap();
    let plan = ada.changes(&site, "POST", "/definition?dry_run=true", &definition);
    assert_eq!(plan["applied"], false);
    assert!(plan["differences"][0].as_str().unwrap().starts_with('+'), "{plan}");
    ada.refused(&site, "GET", "/objects/UsrTicket", &Value::Null, 404);
    let applied = ada.changes(&site, "POST", "/definition", &definition);
    assert_eq!(
        (&applied["applied"], &applied["differences"]),
        (&json!(true), &plan["differences"])
    );
    let object = ada.reads(&site, "/objects/UsrTicket");
    assert_eq!(
        (&object["caption"], &object["columns"][0]["key"]),
        (&json!("Ticket"), &json!("Name"))
    );
    let listed = ada.reads(&site, "/objects");
    assert!(listed.as_array().unwrap().iter().any(|one| one["code"] == "UsrTicket"));
    let exported = ada.reads(&site, "/definition?objects=UsrTicket");
    assert_eq!(exported["objects"].as_array().unwrap().len(), 1, "{exported}");
    let again = ada.changes(&site, "POST", "/definition", &exported);
    assert_eq!(again["differences"], json!([]), "what is exported is what there is");
    let wrong = json!({"objects": [{"code": "1"}]});
    assert_eq!(
        ada.refused(&site, "POST", "/definition?dry_run=true", &wrong, 400),
        "definition-invalid"
    );

    let entities = ada.changes(&site, "PUT", "/entities/UsrTicket", &json!({}));
    let entity = |list: &Value| {
        list.as_array()
            .unwrap()
            .iter()
            .find(|one| one["object"] == "UsrTicket")
            .cloned()
    };
    assert_eq!(entity(&entities).unwrap()["may_create"], false);
    let rights = json!({"create": true});
    ada.changes(&site, "PATCH", "/grants/WebhookService/UsrTicket", &rights);
    assert_eq!(entity(&ada.reads(&site, "/entities")).unwrap()["may_create"], true);
    let grants = ada.reads(&site, "/grants");
    let grant = grants
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["object"] == "UsrTicket");
    assert_eq!(grant.unwrap()["create"], true);
    // What is not named stays.
    let path = "/grants/WebhookService/UsrTicket";
    let both = ada.changes(&site, "PATCH", path, &json!({"read": true}));
    assert_eq!((&both["create"], &both["read"]), (&json!(true), &json!(true)));
    let none = json!({"create": false});
    let left = ada.changes(&site, "PATCH", path, &none);
    assert_eq!((&left["create"], &left["read"]), (&json!(false), &json!(true)));
    ada.refused(&site, "PATCH", path, &json!({"write": true}), 400);
    ada.refused(&site, "PATCH", "/grants/WebhookService/None", &none, 404);
    let left = ada.changes(&site, "DELETE", "/entities/UsrTicket", &json!({}));
    assert_eq!(entity(&left), None);
    assert_eq!(entity(&ada.reads(&site, "/entities")), None);

    for action in ["definition", "entity", "grant"] {
        let rows = noted(&site, &ada, &format!("action={action}"));
        assert!(
            !rows.is_empty() && rows.iter().all(|(by, ..)| by == "Ada"),
            "{action}: {rows:?}"
        );
    }
}

#[test]
fn a_source_from_its_making_to_a_new_key() {
    let mut site = Site::start();
    let ada = site.administrator();
    let vera = site.person(&ada, "Vera", Role::Viewer);
    let otto = site.person(&ada, "Otto", Role::Operator);
    let made = json!({"name": "Web forms", "allowed_origins": ["https://www.example.com"],
        "rate_per_minute": null, "max_body": 5000, "requires_token": false});
    let made = ada.changes(&site, "POST", "/sources", &made);
    let url = made["webhook_url"].as_str().unwrap().to_owned();
    assert!(url.contains("/webhooks/whk_"), "{url}");
    for other in [&ada, &vera, &otto, &site.program(&ada, "Worker", &["api"])] {
        let seen = other.asks(&site, "GET", "/sources/Web%20forms", &Value::Null);
        assert!(
            !seen.body.contains("webhook_url") && seen.json()["key_hint"] == made["key_hint"],
            "{seen:?}"
        );
    }
    assert!(!vera.reads(&site, "/sources").to_string().contains("/webhooks/"));
    assert_eq!(
        ada.refused(&site, "POST", "/sources", &json!({"name": "Web forms"}), 409),
        "name-taken"
    );
    for wrong in [json!({"name": "x", "limit": 1}), json!({"max_body": null}), json!([])] {
        assert_eq!(
            ada.refused(&site, "POST", "/sources", &wrong, 400),
            "invalid",
            "{wrong}"
        );
    }

    let test = json!({"content_type": "application/json", "body": "{\"Name\":\"x\"}"});
    let tested = otto.changes(&site, "POST", "/sources/Web%20forms/test", &test);
    assert_eq!(tested["answer_status"], 200, "{tested}");
    assert_eq!(tested["id"], tested["webhook"]["id"]);
    assert_eq!(ada.reads(&site, "/sources/Web%20forms")["webhooks"], 1);

    let off = ada.changes(&site, "PATCH", "/sources/Web%20forms", &json!({"enabled": false}));
    assert_eq!((&off["enabled"], &off["max_body"]), (&json!(false), &json!(5000)));
    let path = url[url.find("/webhooks/").unwrap()..].to_owned();
    let post = |path: &str| {
        let request = Request::new("POST", path).header("Content-Type", "application/json");
        site.send(&request.body("{}")).status
    };
    assert_eq!(post(&path), 404);
    let edit = json!({"enabled": true, "max_body": null, "rate_per_minute": 90});
    let on = ada.changes(&site, "PATCH", "/sources/Web%20forms", &edit);
    assert_eq!((&on["max_body"], &on["rate_per_minute"]), (&Value::Null, &json!(90)));
    assert_eq!(post(&path), 200);

    let rotate = "/sources/Web%20forms/rotate-key";
    let second = ada.changes(&site, "POST", rotate, &json!({}));
    assert!(second["previous_key_until"].is_string(), "{second}");
    assert_eq!(ada.refused(&site, "POST", rotate, &json!({}), 409), "overlap-runs");
    assert_eq!(post(&path), 200);
    ada.changes(&site, "POST", rotate, &json!({"hours": 1, "force": true}));
    assert_eq!(post(&path), 404);
    let new = ada.changes(&site, "POST", rotate, &json!({"hours": 0}));
    let new_url = new["webhook_url"].as_str().unwrap();
    assert_ne!(new_url, url);
    assert_eq!(
        [post(&path), post(&new_url[new_url.find("/webhooks/").unwrap()..])],
        [404, 200]
    );
    let too_many = json!({"hours": 721});
    ada.refused(&site, "POST", "/sources/Web%20forms/rotate-key", &too_many, 400);

    // Later the URL is shown to whoever proves once more who they are, and to nobody else.
    site.restart();
    let hidden = ada.reads(&site, "/sources/Web%20forms");
    assert!(!hidden.to_string().contains("/webhooks/"), "{hidden}");
    let reveal = "/sources/Web%20forms/reveal";
    assert_eq!(ada.refused(&site, "POST", reveal, &json!({}), 403), "confirm-needed");
    let proof = json!({"password": PASSWORD_OF_SITE});
    ada.changes(&site, "POST", "/session/confirm", &proof);
    let path_of = |view: &Value| {
        view["webhook_url"]
            .as_str()
            .unwrap()
            .split_once("/webhooks/")
            .unwrap()
            .1
            .to_owned()
    };
    let shown = ada.changes(&site, "POST", reveal, &json!({}));
    assert_eq!(path_of(&shown), path_of(&new));

    let rows = noted(&site, &ada, "action=source");
    let by = |action: &str| rows.iter().find(|row| row.1 == action).map(|row| row.0.as_str());
    assert_eq!(by("source-added"), Some("Ada"), "{rows:?}");
    assert_eq!(by("source-tested"), Some("Otto"), "{rows:?}");
    assert_eq!(by("source-revealed"), Some("Ada"), "{rows:?}");
    let all = ada.reads(&site, "/audit").to_string();
    assert!(
        !all.contains("whk_") || !all.contains(&url),
        "a key stands in the audit log"
    );
}

/// A PATCH is a JSON Merge Patch: what is shown can be sent back, and what nobody knows is refused.
#[test]
fn what_is_shown_can_be_sent_back_and_changes_nothing() {
    let site = Site::start();
    let ada = site.administrator();
    ada.changes(
        &site,
        "POST",
        "/sources",
        &json!({"name": "Forms", "rate_per_minute": 90}),
    );
    ada.changes(&site, "POST", "/technical-users", &json!({"code": "Reports"}));
    let client = json!({"name": "Daily", "user": "Reports", "scopes": ["odata"]});
    let client = ada.changes(&site, "POST", "/clients", &client);
    let client = format!("/clients/{}", client["client_id"].as_str().unwrap());
    let users = ada.reads(&site, "/users");
    let user = format!("/users/{}", users[0]["id"].as_str().unwrap());
    for (path, shown) in [
        ("/sources/Forms", ada.reads(&site, "/sources/Forms")),
        (
            "/technical-users/Reports",
            named(&ada.reads(&site, "/technical-users"), "code", "Reports"),
        ),
        (client.as_str(), ada.reads(&site, &client)),
        (user.as_str(), users[0].clone()),
        ("/retention", ada.reads(&site, "/retention")),
    ] {
        assert_eq!(ada.changes(&site, "PATCH", path, &shown), shown, "{path}");
        let mut wrong = shown;
        wrong["nobody_knows_this"] = json!(1);
        assert_eq!(ada.refused(&site, "PATCH", path, &wrong, 400), "invalid", "{path}");
    }
}

fn named(list: &Value, member: &str, name: &str) -> Value {
    let found = list.as_array().unwrap().iter().find(|one| one[member] == name);
    found.unwrap().clone()
}

#[test]
fn retention_is_set_previewed_and_run() {
    let mut site = Site::start();
    let ada = site.administrator();
    let schedule = far_schedule();
    let edit = json!({"days": {"new": 0, "processing": 0, "failed": 30, "done": 7}, "schedule": schedule});
    let set = ada.changes(&site, "PATCH", "/retention", &edit);
    assert_eq!((&set["days"]["failed"], &set["days"]["done"]), (&json!(30), &json!(7)));
    assert_eq!(set["next_runs"].as_array().unwrap().len(), 3);
    assert_eq!(ada.reads(&site, "/retention"), set);
    let preview = ada.reads(&site, "/retention/preview");
    assert_eq!(preview["next_run"], set["next_runs"][0]);
    assert_eq!(
        preview["expired"],
        json!({"new": 0, "processing": 0, "failed": 0, "done": 0})
    );
    ada.refused(&site, "PATCH", "/retention", &json!({"schedule": "every day"}), 400);
    let run = site.raw(&ada.request("POST", "/retention/run", &json!({})));
    let text = String::from_utf8(run.body).unwrap();
    let last = text.lines().rfind(|line| line.starts_with('{')).unwrap();
    let last: Value = serde_json::from_str(last).unwrap();
    let deleted = json!({"new": 0, "processing": 0, "failed": 0, "done": 0});
    assert_eq!(last, json!({"result": {"deleted": deleted}}));
    assert_eq!(noted(&site, &ada, "action=retention-run").len(), 1);

    let tasks = ada.reads(&site, "/schedule");
    let task = |name: &str| {
        let tasks = tasks.as_array().unwrap();
        tasks.iter().find(|task| task["task"] == name).unwrap().clone()
    };
    assert_eq!(task("retention")["schedule"], schedule);
    assert_eq!(task("retention")["next"].as_array().unwrap().len(), 5);
    assert!(task("retention")["last"].is_string(), "it was run by hand just now");
    assert_eq!(task("journal")["can_run"], false);
    let ran = ada.changes(&site, "POST", "/schedule/signing-keys/run", &json!({}));
    assert!(
        ran["last"].is_string() && ran["next"].as_array().unwrap().len() == 5,
        "{ran}"
    );
    ada.refused(&site, "POST", "/schedule/journal/run", &json!({}), 400);
    // When it ran is known after a start as well.
    let before = task("retention")["last"].clone();
    site.restart();
    let after = ada.reads(&site, "/schedule");
    let mut after = after.as_array().unwrap().iter();
    assert_eq!(after.find(|task| task["task"] == "retention").unwrap()["last"], before);
    ada.refused(&site, "POST", "/schedule/none/run", &json!({}), 404);
    let ran = noted(&site, &ada, "action=schedule-run");
    assert_eq!(
        ran,
        [("Ada".to_owned(), "schedule-run".to_owned(), "signing-keys".to_owned())]
    );
}

#[test]
fn a_client_from_its_making_to_its_end() {
    let site = Site::start();
    let ada = site.administrator();
    let user = ada.changes(&site, "POST", "/technical-users", &json!({"code": "Reports"}));
    assert_eq!((&user["name"], &user["odata"]), (&json!("Reports"), &json!(false)));
    let edit = json!({"name": "Report reader", "odata": true});
    assert_eq!(
        ada.changes(&site, "PATCH", "/technical-users/Reports", &edit)["odata"],
        true
    );

    let made = json!({"name": "Daily", "user": "Reports", "scopes": ["odata"],
        "application_url": null, "description": "Daily figures", "allowed_addresses": null,
        "algorithm": "ES256", "token_lifetime": 600, "endpoint_audience": false});
    let made = ada.changes(&site, "POST", "/clients", &made);
    let path = format!("/clients/{}", made["client_id"].as_str().unwrap());
    assert_eq!(site.token(&made).status, 200);
    assert!(!ada.reads(&site, &path).to_string().contains("hgs_") || made["secret"].is_string());
    assert_eq!(ada.reads(&site, &path).get("secret"), None, "it is shown once");
    assert_eq!(
        ada.refused(&site, "POST", "/clients", &json!({"name": "Other"}), 400),
        "invalid"
    );

    assert_eq!(
        ada.changes(&site, "PATCH", &path, &json!({"enabled": false}))["enabled"],
        false
    );
    assert_eq!(site.token(&made).status, 400);
    ada.changes(&site, "PATCH", &path, &json!({"enabled": true, "token_lifetime": null}));
    let new = ada.changes(&site, "POST", &format!("{path}/secrets"), &json!({"hours": 1}));
    assert_eq!([site.token(&made).status, site.token(&new).status], [200, 200]);
    let old = new["secrets"][1]["id"].as_str().unwrap();
    ada.changes(&site, "DELETE", &format!("{path}/secrets/{old}"), &Value::Null);
    assert_eq!([site.token(&made).status, site.token(&new).status], [401, 200]);
    ada.refused(&site, "DELETE", &format!("{path}/secrets/none"), &json!({}), 404);

    // The public key of RFC 7515 appendix A.3, as text and as JSON.
    let jwks = json!({"keys": [{"kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]});
    for jwks in [json!(jwks.to_string()), jwks] {
        let view = ada.changes(&site, "PUT", &format!("{path}/keys"), &json!({"jwks": jwks}));
        assert_eq!(view["keys"].as_array().unwrap().len(), 1, "{view}");
    }
    ada.changes(&site, "POST", &format!("{path}/end-tokens"), &json!({}));
    ada.changes(&site, "DELETE", &path, &json!({}));
    ada.refused(&site, "GET", &path, &Value::Null, 404);
    assert_eq!(site.token(&new).status, 401);
    assert!(noted(&site, &ada, "action=client").iter().all(|(by, ..)| by == "Ada"));

    // What a program does is noted under the technical user in whose name it acts.
    let keeper = site.program(&ada, "Keeper", &["api:admin"]);
    keeper.changes(
        &site,
        "POST",
        "/technical-users",
        &json!({"code": "Second", "name": "The second"}),
    );
    let rows = noted(&site, &ada, "by=WebhookService");
    assert!(
        rows.iter().any(|(_, _, subject)| subject.contains("Second")),
        "{rows:?}"
    );
}

#[test]
fn settings_keys_processes_and_what_it_is() {
    let site = Site::start();
    let ada = site.administrator();
    let vera = site.person(&ada, "Vera", Role::Viewer);
    let settings = vera.reads(&site, "/settings");
    let secret = settings
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["masked"] == true)
        .unwrap();
    assert_eq!(secret["code"], "IdentityServerClientSecret");
    let clear = ada.changes(&site, "POST", "/settings/IdentityServerClientSecret/reveal", &json!({}));
    assert!(clear["value"].as_str().unwrap().starts_with("hgs_"), "{clear}");
    let rows = noted(&site, &ada, "action=setting-revealed");
    let expected = ["Ada", "setting-revealed", "IdentityServerClientSecret"].map(str::to_owned);
    assert_eq!(rows, [expected.into()]);
    assert!(!ada.reads(&site, "/audit").to_string().contains("hgs_"));
    ada.refused(&site, "POST", "/settings/None/reveal", &json!({}), 404);
    assert_eq!(noted(&site, &ada, "action=setting-revealed").len(), 1);

    let before = ada.reads(&site, "/signing-keys");
    let after = ada.changes(&site, "POST", "/signing-keys/rotate", &json!({"now": true}));
    assert_ne!(before[0]["kid"], after[0]["kid"]);

    let processes = vera.reads(&site, "/processes");
    let code = processes[0]["code"].as_str().unwrap();
    let off = ada.changes(&site, "PUT", &format!("/processes/{code}"), &json!({"enabled": false}));
    assert_eq!(off[0]["enabled"], false);
    assert_eq!(vera.reads(&site, "/processes"), off);

    let about = ada.reads(&site, "/about");
    assert_eq!(about["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(about["data"], json!(site.data()));
    assert!(about["started_on"].is_string());
    let named = |name: &str| {
        about["licences"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["name"] == name)
    };
    assert!(named("redb") && named("actix-web") && !named("proptest"), "{about}");
    assert_eq!(vera.reads(&site, "/about")["data"], Value::Null);
    assert!(vera.reads(&site, "/certificate")["self_signed"].is_boolean());
}
