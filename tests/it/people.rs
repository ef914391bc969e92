//! How people get in to `/api/v1`, and who does not.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use super::harness::{Answer, PASSWORD, Request, Server, User, change, wait_for};
use super::totp::code;

/// The token of the set-up link in its file.
fn token(server: &Server) -> String {
    let link = std::fs::read_to_string(server.data().join("setup-link")).unwrap();
    link.trim().rsplit('/').next().unwrap().to_owned()
}

fn setup(server: &Server, token: &str, name: &str, password: &str) -> Answer {
    let body = json!({"token": token, "name": name, "password": password});
    server.send(&change("POST", "/setup", &body))
}

/// Actions in the audit log, the oldest first.
fn audited(server: &Server) -> Vec<String> {
    let page = server.ask(&["audit", "list", "--limit", "1000"]);
    let mut rows: Vec<String> = page["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            format!(
                "{}: {} {}",
                row["by"].as_str().unwrap(),
                row["action"].as_str().unwrap(),
                row["subject"].as_str().unwrap()
            )
        })
        .collect();
    rows.reverse();
    rows
}

#[test]
fn the_first_administrator_comes_in_by_the_link_in_the_file_once() {
    let server = Server::start();
    let source = server.source("Form");
    server.accepted(&source, "{}");
    let file = server.data().join("setup-link");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let token = token(&server);
    assert!(
        server.log().contains("setup-link") && !server.log().contains(&token),
        "{}",
        server.log()
    );
    assert!(!server.printed().contains(&token));
    // Nobody else is served.
    let who = server.send(&Request::new("GET", "/api/v1/session"));
    assert_eq!(who.problem(401), "login-needed");
    assert_eq!(who.json()["setup"], true);
    let users = server.send(&Request::new("GET", "/api/v1/users"));
    assert_eq!(users.problem(503), "setup-needed");

    assert_eq!(
        setup(&server, "guessed", "anna", PASSWORD).problem(410),
        "setup-link-dead"
    );
    assert_eq!(setup(&server, &token, "anna", "short").problem(400), "password-refused");
    assert_eq!(
        setup(&server, &token, "anna", "annaannaanna").problem(400),
        "password-refused"
    );
    let made = setup(&server, &token, "anna", PASSWORD);
    assert_eq!(made.status, 201, "{made:?}");
    let anna = User::of(&made);
    assert_eq!(anna.get(&server, "/users").json()[0]["role"], "Administrator");
    assert_eq!(setup(&server, &token, "ben", PASSWORD).problem(410), "setup-link-dead");
    assert!(!file.exists());
    assert_eq!(server.login("Anna", PASSWORD, None).status, 200);
}

#[test]
fn links_of_several_people_live_side_by_side() {
    let server = Server::start();
    let anna = server.administrator();
    let link = |answer: &super::harness::Answer| {
        let made = answer.json()["setup_link"].as_str().unwrap().to_owned();
        made.rsplit('/').next().unwrap().to_owned()
    };
    let add = |name: &str| link(&anna.change(&server, "POST", "/users", &json!({"name": name, "role": "Viewer"})));
    let (ben, cleo) = (add("ben"), add("cleo"));
    let again = link(&anna.change(&server, "POST", "/users/ben/reset-link", &json!({})));
    let another = server.ask(&["user", "setup-link"]);
    assert_eq!(setup(&server, &ben, "", PASSWORD).problem(410), "setup-link-dead");
    for (token, name) in [(&cleo, "cleo"), (&again, "ben")] {
        let came = setup(&server, token, "", PASSWORD);
        assert_eq!((came.status, &came.json()["user"]["name"]), (201, &json!(name)));
        assert_eq!(setup(&server, token, "", PASSWORD).problem(410), "setup-link-dead");
    }
    let another = another["setup_link"].as_str().unwrap().rsplit('/').next().unwrap();
    assert_eq!(setup(&server, another, "dora", PASSWORD).status, 201);
}

#[test]
fn whoever_comes_in_by_a_link_ends_the_session_that_the_browser_had() {
    let server = Server::start();
    let anna = server.administrator();
    let (mine, other) = (User::of(&server.login("anna", PASSWORD, None)), anna);
    let added = other.change(&server, "POST", "/users", &json!({"name": "ben", "role": "Viewer"}));
    let link = added.json()["setup_link"].as_str().unwrap().to_owned();
    let come = |password: &str| {
        let token = link.rsplit('/').next().unwrap();
        let body = json!({"token": token, "password": password});
        server.send(&change("POST", "/setup", &body).header("Cookie", &mine.cookie))
    };
    assert_eq!(come("short").problem(400), "password-refused");
    assert_eq!(mine.get(&server, "/session").status, 200, "nobody came in yet");
    let ben = User::of(&come(PASSWORD));
    assert_eq!(ben.ask(&server, "/session")["user"]["name"], "ben");
    assert_eq!(mine.get(&server, "/session").problem(401), "login-needed");
    assert_eq!(other.get(&server, "/session").status, 200, "another browser's goes on");
    let left = server.ask(&["session", "list"]);
    assert_eq!(left.as_array().unwrap().len(), 2, "{left}");
    assert!(
        audited(&server).contains(&"ben: sessions-ended 1".to_owned()),
        "{:?}",
        audited(&server)
    );
}

#[test]
fn a_new_link_from_the_command_line_replaces_the_one_before() {
    let mut server = Server::start();
    let first = token(&server);
    let made = server.ask(&["user", "setup-link"]);
    let link = made["setup_link"].as_str().unwrap();
    let (base, second) = link.rsplit_once('/').unwrap();
    assert!(
        base.ends_with("/admin/#/setup") && base.starts_with("https://localhost:"),
        "{link}"
    );
    assert_eq!(setup(&server, &first, "anna", PASSWORD).problem(410), "setup-link-dead");
    assert_eq!(server.stop(), 0);
    // The link lives on, so that no new one is made; and it works without a server as well.
    let third = server.ask(&["user", "setup-link"]);
    server.restart();
    assert_eq!(setup(&server, second, "anna", PASSWORD).problem(410), "setup-link-dead");
    let third = third["setup_link"].as_str().unwrap().rsplit('/').next().unwrap();
    assert_eq!(setup(&server, third, "anna", PASSWORD).status, 201);
}

#[test]
fn a_login_gives_a_cookie_that_scripts_and_other_pages_do_not_get() {
    let server = Server::start();
    server.user_add("anna", "administrator");
    let answer = server.login("anna", PASSWORD, None);
    assert_eq!(answer.status, 200, "{answer:?}");
    let cookie = answer.header("set-cookie").unwrap();
    let mut attributes: Vec<&str> = cookie.split("; ").skip(1).collect();
    attributes.sort_unstable();
    assert_eq!(attributes, ["HttpOnly", "Path=/", "SameSite=Strict", "Secure"]);
    let value = cookie.split(';').next().unwrap().strip_prefix("__Host-sid=").unwrap();
    assert_eq!(value.len(), 43);
    assert!(!server.log().contains(value));
    let body = answer.json();
    assert_eq!(
        (&body["user"]["name"], &body["idle_seconds"]),
        (&json!("anna"), &json!(1800))
    );
    assert_eq!(
        (&body["user"]["role"], &body["user"]["totp"]),
        (&json!("Administrator"), &json!(false))
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));

    let anna = User::of(&answer);
    let listed = anna.get(&server, "/sessions").json();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(listed[0]["current"], true);
    let out = anna.change(&server, "DELETE", "/session", &Value::Null);
    assert_eq!(out.status, 204);
    assert!(out.header("clear-site-data").unwrap().contains("\"cookies\""));
    assert_eq!(anna.get(&server, "/session").problem(401), "login-needed");
    assert_eq!(anna.get(&server, "/users").problem(401), "login-needed");
}

#[test]
fn headers_of_every_answer() {
    let server = Server::start();
    let answers = [
        server.send(&Request::new("GET", "/api/v1/session")),
        server.send(&Request::new("GET", "/api/v1/nothing")),
        server.send(&Request::new("PATCH", "/api/v1/session")),
        server.send(&change("POST", "/session", &json!({"name": "x"}))),
    ];
    for answer in answers {
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        for (name, value) in [
            ("x-frame-options", "DENY"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{answer:?}");
        }
        assert!(answer.header("permissions-policy").is_some());
        assert_eq!(answer.header("strict-transport-security"), None, "self-signed");
        assert_eq!(answer.header("access-control-allow-origin"), None);
        assert_eq!(answer.header("server"), None);
    }
    // It binds the whole host, so all answers or none have it.
    let strict = Server::start_with(&["--admin-hsts", "on"]);
    for path in [
        "/api/v1/session",
        "/admin/",
        "/livez",
        "/0/odata/Contact",
        "/webhooks/whk_none",
        "/no",
    ] {
        let ask = |server: &Server| server.send(&Request::new("GET", path));
        let header = |answer: &Answer| answer.header("strict-transport-security").map(str::to_owned);
        assert_eq!(header(&ask(&strict)).as_deref(), Some("max-age=63072000"), "{path}");
        assert_eq!(header(&ask(&server)), None, "{path}");
    }
}

#[test]
fn other_names_of_the_server_are_refused() {
    let server = Server::start_with(&["--admin-hosts", "box.example.test"]);
    let ask = |host: &str| {
        let mut connection = server.connect();
        connection.write(format!("GET /api/v1/session HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes());
        connection.answer()
    };
    for host in ["localhost", "127.0.0.1:8443", "[::1]", "BOX.example.test"] {
        assert_eq!(ask(host).problem(401), "login-needed", "{host}");
    }
    for host in ["evil.example", "localhost.evil.example", "example.test"] {
        assert_eq!(ask(host).problem(421), "host-unknown", "{host}");
    }
}

#[test]
fn no_other_page_changes_anything() {
    let server = Server::start();
    let anna = server.administrator();
    let base = || Request::new("POST", "/api/v1/users").header("Cookie", &anna.cookie);
    let body = json!({"name": "mallory", "role": "Administrator"}).to_string();
    let json = ("Content-Type", "application/json");
    let marked = ("X-Hookgate", "1");
    let here = ("Sec-Fetch-Site", "same-origin");
    for headers in [
        &[json, marked][..],
        &[json, here],
        &[marked, here],
        &[json, marked, ("Sec-Fetch-Site", "cross-site")],
        &[json, marked, ("Sec-Fetch-Site", "same-site")],
        &[json, marked, ("Sec-Fetch-Site", "none")],
        &[json, marked, ("Origin", "https://evil.example")],
        &[json, marked, ("Origin", "http://localhost")],
        &[json, marked, ("Origin", "null")],
        &[
            json,
            marked,
            ("Sec-Fetch-Site", "cross-site"),
            ("Origin", "https://localhost"),
        ],
        &[("Content-Type", "text/plain"), marked, here],
        &[("Content-Type", "application/x-www-form-urlencoded"), marked, here],
        &[json, ("X-Hookgate", "0"), here],
    ] {
        let request = headers
            .iter()
            .fold(base(), |request, (name, value)| request.header(name, value));
        let answer = server.send(&request.body(&body));
        assert_eq!(answer.problem(403), "origin-refused", "{headers:?}");
    }
    let names = anna.get(&server, "/users").json();
    assert_eq!(names.as_array().unwrap().len(), 1);
    let old = base()
        .header(json.0, json.1)
        .header(marked.0, marked.1)
        .header("Origin", "https://localhost");
    assert_eq!(
        server.send(&old.body(&body)).status,
        201,
        "a browser without Sec-Fetch-Site"
    );
    // Logging in as well: nobody is made to work in somebody else's name.
    let login = Request::new("POST", "/api/v1/session").header(json.0, json.1);
    let login = login.body(json!({"name": "anna", "password": PASSWORD}).to_string());
    assert_eq!(server.send(&login).problem(403), "origin-refused");
}

#[test]
fn guessing_makes_waits_and_the_command_line_always_works() {
    let server = Server::start();
    server.user_add("anna", "administrator");
    let mut waited = None;
    for _ in 0..8 {
        let answer = server.login("anna", "wrong horse battery", None);
        if answer.status == 429 {
            assert_eq!(answer.problem(429), "try-later");
            waited = answer.header("retry-after").map(str::to_owned);
            break;
        }
        assert_eq!(answer.problem(401), "login-failed");
    }
    assert!(waited.is_some_and(|seconds| seconds.parse::<u64>().unwrap() >= 1));
    let unknown = server.login("nobody", PASSWORD, None);
    assert_eq!(unknown.problem(401), "login-failed", "another account");
    server.ask(&["user", "reset-password", "anna"]);
    let rows = audited(&server);
    let failed = rows.iter().filter(|row| *row == "Hookgate: login-failed anna").count();
    assert!((1..=2).contains(&failed), "{rows:?}");
}

#[test]
fn a_second_factor_from_its_begin_to_its_end() {
    let server = Server::start();
    let anna = server.administrator();
    let wrong = anna.change(&server, "POST", "/totp", &json!({"password": "wrong horse battery"}));
    assert_eq!(wrong.problem(401), "login-failed");
    let begun = anna
        .change(&server, "POST", "/totp", &json!({"password": PASSWORD}))
        .json();
    let secret = begun["secret"].as_str().unwrap();
    assert!(
        begun["uri"]
            .as_str()
            .unwrap()
            .starts_with("otpauth://totp/Hookgate:anna?secret=")
    );
    assert!(begun["qr_code"]["size"].as_u64() > Some(20), "{begun}");
    assert!(
        begun["qr_code"]["path"].as_str().unwrap().starts_with("M0 0h7"),
        "{begun}"
    );
    // On a slow machine a code can be too old when it arrives: then the next one.
    let confirmed = wait_for("the first code", || {
        let answer = anna.change(&server, "PUT", "/totp", &json!({"code": code(secret, 0)}));
        (answer.status == 200).then_some(answer)
    });
    let recovery: Vec<String> = serde_json::from_value(confirmed.json()["recovery"].clone()).unwrap();
    assert_eq!(recovery.len(), 10);

    assert_eq!(server.login("anna", PASSWORD, None).problem(401), "code-needed");
    // The code of the next step: that of this one was used.
    let next = wait_for("a login with a code", || {
        let next = code(secret, 1);
        (server.login("anna", PASSWORD, Some(&next)).status == 200).then_some(next)
    });
    let again = server.login("anna", PASSWORD, Some(&next));
    assert_eq!(again.problem(401), "login-failed", "each code counts once");
    assert_eq!(server.login("anna", PASSWORD, Some(&recovery[0])).status, 200);
    let again = server.login("anna", PASSWORD, Some(&recovery[0]));
    assert_eq!(again.problem(401), "login-failed", "each recovery code counts once");

    // Who has a second factor proves with it once more as well.
    let confirm = |body: &Value| anna.change(&server, "POST", "/session/confirm", body);
    assert_eq!(confirm(&json!({"password": PASSWORD})).problem(401), "code-needed");
    let wrong = json!({"password": "wrong horse battery", "code": recovery[1]});
    assert_eq!(confirm(&wrong).problem(401), "login-failed");
    let right = json!({"password": PASSWORD, "code": recovery[1]});
    assert_eq!(confirm(&right).status, 204);
    assert_eq!(confirm(&right).problem(401), "login-failed", "it was used");

    let shown = anna.get(&server, "/users").json();
    assert_eq!(
        (&shown[0]["totp"], &shown[0]["recovery_codes"]),
        (&json!(true), &json!(8))
    );
    // The password alone, or a code of nothing, neither replaces it nor switches it off.
    let wrong = json!({"password": PASSWORD, "code": recovery[1]});
    for method in ["POST", "DELETE"] {
        let alone = anna.change(&server, method, "/totp", &json!({"password": PASSWORD}));
        assert_eq!(alone.problem(401), "code-needed", "{method}");
        let used = anna.change(&server, method, "/totp", &wrong);
        assert_eq!(used.problem(401), "login-failed", "{method}");
    }
    assert_eq!(server.login("anna", PASSWORD, None).problem(401), "code-needed");
    let proved = |code: &str| json!({"password": PASSWORD, "code": code});
    let begun = anna.change(&server, "POST", "/totp", &proved(&recovery[2]));
    let other = begun.json()["secret"].as_str().unwrap().to_owned();
    assert_ne!(other, secret);
    let confirmed = wait_for("the first code of the new one", || {
        let answer = anna.change(&server, "PUT", "/totp", &json!({"code": code(&other, 0)}));
        (answer.status == 200).then_some(answer)
    });
    let fresh: Vec<String> = serde_json::from_value(confirmed.json()["recovery"].clone()).unwrap();
    let old = anna.change(&server, "DELETE", "/totp", &proved(&recovery[3]));
    assert_eq!(old.problem(401), "login-failed", "a code of the one before");
    let off = wait_for("the end of it", || {
        let answer = anna.change(&server, "DELETE", "/totp", &proved(&fresh[0]));
        (answer.status != 429).then_some(answer)
    });
    assert_eq!(off.status, 204, "{off:?}");
    assert_eq!(server.login("anna", PASSWORD, None).status, 200);

    // Who lost the factor and all codes has it taken away at the command line.
    let begun = anna.change(&server, "POST", "/totp", &json!({"password": PASSWORD}));
    let lost = begun.json()["secret"].as_str().unwrap().to_owned();
    wait_for("the first code of the one that is lost", || {
        let answer = anna.change(&server, "PUT", "/totp", &json!({"code": code(&lost, 0)}));
        (answer.status == 200).then_some(())
    });
    assert_eq!(server.login("anna", PASSWORD, None).problem(401), "code-needed");
    assert_eq!(server.ask(&["user", "set", "anna", "--totp", "off"])["totp"], false);
    assert_eq!(server.login("anna", PASSWORD, None).status, 200);
    for secret in [secret, recovery[0].as_str(), PASSWORD] {
        assert!(!server.log().contains(secret));
    }
}

#[test]
fn people_their_roles_and_the_last_administrator() {
    let server = Server::start();
    let anna = server.administrator();
    let added = anna.change(&server, "POST", "/users", &json!({"name": "Ben", "role": "Viewer"}));
    assert_eq!(added.status, 201, "{added:?}");
    let (id, link) = (added.json()["user"]["id"].clone(), added.json()["setup_link"].clone());
    let (id, link) = (id.as_str().unwrap(), link.as_str().unwrap());
    let taken = anna.change(&server, "POST", "/users", &json!({"name": "BEN", "role": "Viewer"}));
    assert_eq!(taken.problem(409), "name-taken");
    let came = setup(&server, link.rsplit('/').next().unwrap(), "", PASSWORD);
    assert_eq!(came.status, 201, "{came:?}");
    let ben = User::of(&came);
    assert_eq!(ben.get(&server, "/session").json()["user"]["role"], "Viewer");
    assert_eq!(ben.get(&server, "/users").problem(403), "role");
    assert_eq!(ben.get(&server, "/sessions").status, 200);

    let path = format!("/users/{id}");
    let promoted = anna.change(&server, "PATCH", &path, &json!({"role": "Administrator"}));
    assert_eq!(promoted.json()["role"], "Administrator");
    assert_eq!(ben.get(&server, "/users").status, 200);
    let off = anna.change(&server, "PATCH", &path, &json!({"enabled": false}));
    assert_eq!(off.json()["enabled"], false);
    assert_eq!(ben.get(&server, "/users").problem(401), "login-needed");
    assert_eq!(server.login("Ben", PASSWORD, None).problem(401), "login-failed");

    for edit in [json!({"enabled": false}), json!({"role": "Operator"})] {
        let last = anna.change(&server, "PATCH", "/users/anna", &edit);
        assert_eq!(last.problem(409), "last-administrator");
    }
    let nobody = anna.change(&server, "PATCH", "/users/nobody", &json!({"enabled": false}));
    assert_eq!(nobody.problem(404), "not-found");
    let unknown = anna.change(&server, "PATCH", &path, &json!({"rights": "all"}));
    assert_eq!(unknown.problem(400), "invalid");
}

#[test]
fn a_new_password_ends_other_sessions_and_sessions_are_ended_by_their_ids() {
    let server = Server::start();
    let anna = server.administrator();
    let other = User::of(&server.login("anna", PASSWORD, None));
    let third = User::of(&server.login("anna", PASSWORD, None));
    let listed = third.get(&server, "/sessions").json();
    let listed = listed.as_array().unwrap();
    assert_eq!(listed.len(), 3);
    let mine: Vec<_> = listed.iter().filter(|row| row["current"] == true).collect();
    assert_eq!(mine.len(), 1);
    let path = format!("/sessions/{}", mine[0]["id"].as_str().unwrap());
    assert_eq!(other.change(&server, "DELETE", &path, &Value::Null).status, 204);
    assert_eq!(third.get(&server, "/session").status, 401);
    assert_eq!(
        other.change(&server, "DELETE", &path, &Value::Null).problem(404),
        "not-found"
    );

    let new = "another horse battery";
    let wrong = anna.change(&server, "PUT", "/password", &json!({"old": new, "new": new}));
    assert_eq!(wrong.problem(401), "login-failed");
    let changed = anna.change(&server, "PUT", "/password", &json!({"old": PASSWORD, "new": new}));
    assert_eq!(changed.status, 204, "{changed:?}");
    assert_eq!(anna.get(&server, "/session").status, 200);
    assert_eq!(other.get(&server, "/session").status, 401);
    assert_eq!(server.login("anna", PASSWORD, None).status, 401);
    assert_eq!(server.login("anna", new, None).status, 200);
}

#[test]
fn an_administrator_sees_where_others_are_logged_in_and_ends_it() {
    let server = Server::start();
    let anna = server.administrator();
    let bob = server.person("bob", "operator");
    let who = bob.get(&server, "/session").json()["user"]["id"].clone();
    let path = format!("/login-sessions?user={}", who.as_str().unwrap());
    let listed = anna.get(&server, &path).json();
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
    assert_eq!(
        (&listed[0]["user"], &listed[0]["current"]),
        (&json!("bob"), &json!(false))
    );
    let one = format!("/login-sessions/{}", listed[0]["id"].as_str().unwrap());
    assert_eq!(bob.get(&server, &path).problem(403), "role");
    let ended = anna.change(&server, "DELETE", &one, &Value::Null);
    assert_eq!((ended.status, ended.json()), (200, json!({"count": 1})));
    assert_eq!(bob.get(&server, "/session").status, 401);
    assert_eq!(anna.get(&server, &path).json(), json!([]));
    assert_eq!(
        anna.change(&server, "DELETE", &one, &Value::Null).problem(404),
        "not-found"
    );
    let rows = audited(&server);
    assert!(
        rows.iter().any(|row| row.starts_with("anna: sessions-ended")),
        "{rows:?}"
    );
}

#[test]
fn what_a_page_asks_by_itself_is_no_use_of_the_session() {
    let server = Server::start();
    let anna = server.administrator();
    let seen = |background: bool| {
        let request = Request::new("GET", "/api/v1/sessions").header("Cookie", &anna.cookie);
        let request = if background {
            request.header("X-Hookgate-Background", "1")
        } else {
            request
        };
        let answer = server.send(&request);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()[0]["last_seen"].as_str().unwrap().to_owned()
    };
    let used = seen(false);
    let later = wait_for("a later use", || Some(seen(false)).filter(|later| *later != used));
    assert_eq!(seen(true), later);
    let mut events = server.connect();
    let request = Request::new("GET", "/api/v1/events").header("Cookie", &anna.cookie);
    events.write(&request.bytes());
    assert!(
        events
            .until(
                "

"
            )
            .contains(" 200 ")
    );
    assert_eq!(seen(true), later, "the stream of events");
    let unknown = Request::new("GET", "/api/v1/sessions").header("Cookie", "__Host-sid=none");
    let unknown = server.send(&unknown.header("X-Hookgate-Background", "1"));
    assert_eq!(unknown.problem(401), "login-needed");
}

#[test]
fn sessions_outlive_a_restart_and_end_at_the_command_line() {
    let mut server = Server::start();
    let anna = server.administrator();
    assert_eq!(server.stop(), 0);
    server.restart();
    assert_eq!(anna.get(&server, "/session").status, 200);
    let listed = server.ask(&["session", "list", "--user", "anna"]);
    let id = listed[0]["id"].as_str().unwrap();
    assert_eq!(server.ask(&["session", "end", id])["count"], 1);
    assert_eq!(anna.get(&server, "/session").status, 401);
    assert_eq!(server.cli(&["session", "end", id]).code, 3);
    server.login("anna", PASSWORD, None);
    assert_eq!(server.ask(&["session", "end", "--user", "anna"])["count"], 1);
    server.login("anna", PASSWORD, None);
    server.cli(&["user", "setup-link"]).good();
    server.ask(&["user", "add", "ben", "--role", "viewer"]);
    assert_eq!(
        server.cli(&["user", "disable", "anna"]).code,
        1,
        "the last administrator"
    );
    assert_eq!(server.cli(&["user", "set", "ben", "--totp", "on"]).code, 1);
    assert_eq!(
        server.ask(&["user", "set", "ben", "--role", "operator"])["role"],
        "Operator"
    );
    assert_eq!(server.ask(&["user", "list"]).as_array().unwrap().len(), 2);
}

#[test]
fn the_audit_log_says_who_did_what_and_is_exported() {
    let server = Server::start();
    let anna = server.administrator();
    server.login("anna", "wrong horse battery", None);
    anna.change(
        &server,
        "POST",
        "/users",
        &json!({"name": "=ben, \"b\"", "role": "Viewer"}),
    );
    anna.change(&server, "PATCH", "/users/anna", &json!({"role": "Viewer"}));
    anna.change(&server, "DELETE", "/session", &Value::Null);
    assert_eq!(
        audited(&server),
        [
            "command line: user-added anna",
            "anna: login anna",
            "Hookgate: login-failed anna",
            "anna: user-added =ben, \"b\"",
            "anna: setup-link-added =ben, \"b\"",
            "anna: user-changed anna",
            "anna: sessions-ended 1",
        ]
    );
    let anna = User::of(&server.login("anna", PASSWORD, None));
    let rows = anna.get(&server, "/audit?by=anna&action=user&limit=1").json();
    let row = &rows["rows"][0];
    assert_eq!(
        (&row["action"], &row["refused"]),
        (&json!("user-changed"), &json!(true))
    );
    let next = rows["next"].as_u64().unwrap();
    let more = anna
        .get(&server, &format!("/audit?by=anna&action=user&before={next}"))
        .json();
    assert_eq!(more["rows"][0]["action"], "user-added");
    assert_eq!(more["next"], Value::Null);
    assert_eq!(
        anna.get(&server, "/audit?text=BEN").json()["rows"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(anna.get(&server, "/audit?from=x").problem(400), "invalid");

    let exported = server.cli(&["audit", "export", "--action", "user-added"]).good().stdout;
    let lines: Vec<&str> = exported.split("\r\n").collect();
    assert!(lines[0].starts_with("seq,at,by,action,subject"));
    assert!(lines[1].contains(",\"'=ben, \"\"b\"\"\","), "{exported}");
    let exported = server.cli(&["audit", "export", "--format", "ndjson"]).good().stdout;
    let rows: Vec<Value> = exported
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows.len(), 10, "both exports are noted");
    let verified = anna.get(&server, "/audit/verify").json();
    assert_eq!((&verified["rows"], &verified["broken_at"]), (&json!(10), &Value::Null));
    assert_eq!(verified["head"], rows[0]["hash"]);
    assert_eq!(server.ask(&["audit", "verify"]), verified);
}

#[test]
fn a_download_of_the_audit_log_is_an_attachment_and_noted() {
    let server = Server::start();
    let anna = server.administrator();
    let path = "/api/v1/audit/export?format=ndjson";
    let mut connection = server.connect();
    let request = Request::new("GET", path)
        .header("Cookie", &anna.cookie)
        .header("Connection", "close");
    connection.write(&request.bytes());
    let text = String::from_utf8(connection.end()).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(
        head.contains("attachment; filename=\"hookgate-audit.ndjson\""),
        "{head}"
    );
    assert!(
        head.to_lowercase().contains("content-type: application/x-ndjson"),
        "{head}"
    );
    assert!(
        body.contains("\"audit-exported\"") && body.contains("\"user-added\""),
        "{body}"
    );
    assert!(body.trim_end().ends_with('0'), "the last chunk: {body}");
}
