//! What arguments ask for, the help, and what is refused before anything is asked.

use super::*;

#[test]
fn times_are_taken_as_tables_show_them() {
    for (time, wanted) in [
        ("2026-11-25 03:11:09", "2026-11-25T03%3A11%3A09Z"),
        ("2026-11-25 03:11:09 UTC", "2026-11-25T03%3A11%3A09Z"),
        ("2026-11-25T03:11", "2026-11-25T03%3A11%3A00Z"),
        ("2026-11-25", "2026-11-25T00%3A00%3A00Z"),
        ("2026-11-25T03:11:09.5+02:00", "2026-11-25T01%3A11%3A09.5Z"),
    ] {
        let (line, _) = asked(&["webhook", "list", "--from", time]);
        assert_eq!(line, format!("GET /webhooks?from={wanted}&limit=50"));
    }
    let wrong = run_with(&["webhook", "list", "--to", "yesterday"], None);
    assert_eq!(wrong.exit, EXIT_USAGE);
    assert!(wrong.err.contains("use a value such as 2026-11-23"), "{wrong:?}");
}

#[test]
fn what_is_no_id_is_told_where_ids_are() {
    for (arguments, next) in [
        (&["webhook", "show", "nope"][..], "'hookgate webhook list'"),
        (&["webhook", "replay", "nope"], "'hookgate webhook list'"),
        (&["record", "show", "Contact", "nope"], "'hookgate record list'"),
        (&["client", "remove-secret", "Reports", "7"], "'hookgate client show'"),
    ] {
        let ran = run_with(arguments, None);
        assert_eq!(ran.exit, EXIT_USAGE);
        assert!(ran.err.contains("not a valid id") && ran.err.contains(next), "{ran:?}");
    }
}

#[test]
fn the_demonstration_takes_no_folder_and_no_json() {
    for arguments in [&["demo", "--data", "/tmp/x"][..], &["demo", "--json"]] {
        let ran = run_with(arguments, None);
        assert_eq!(ran.exit, EXIT_USAGE, "{ran:?}");
        assert!(ran.err.contains("does not support"), "{ran:?}");
    }
    let help = run_with(&["demo", "--help"], None);
    assert!(!help.out.contains("--data") && !help.out.contains("--json"), "{help:?}");
}

#[test]
fn the_command_is_consistent() {
    command().debug_assert();
}

#[test]
fn every_command_explains_itself() {
    fn walk(command: &clap::Command, path: &str, seen: &mut u32) {
        for sub in command.get_subcommands() {
            let path = format!("{path} {}", sub.get_name());
            assert!(sub.get_about().is_some(), "{path} has no help");
            for argument in sub.get_arguments() {
                assert!(
                    argument.get_help().is_some(),
                    "{path} {} has no help",
                    argument.get_id()
                );
            }
            *seen += 1;
            walk(sub, &path, seen);
        }
    }
    let mut seen = 0;
    walk(&command(), "hookgate", &mut seen);
    assert!(seen > 35, "{seen} commands");
}

#[test]
fn help_is_no_failure_and_names_the_exit_codes() {
    let ran = run_with(&["--help"], None);
    assert_eq!(ran.exit, EXIT_OK);
    assert!(ran.out.contains("3  not found"), "{}", ran.out);
    assert_eq!(run_with(&[], None).exit, EXIT_USAGE);
    let ran = run_with(&["sauce"], None);
    assert_eq!(ran.exit, EXIT_USAGE);
    assert!(ran.err.contains("source"), "the nearest is named: {}", ran.err);
}

#[test]
fn the_commands_that_remarks_name_exist() {
    assert_eq!(
        asked(&["grant", "Contact", "--create"]),
        (
            "PATCH /grants/WebhookService/Contact".to_owned(),
            json!({"create": true})
        )
    );
    for (arguments, line) in [
        (["entity", "add", "Account"].as_slice(), "PUT /entities/Account"),
        (&["object", "list"], "GET /objects"),
        (&["source", "list"], "GET /sources"),
    ] {
        assert_eq!(asked(arguments), (line.to_owned(), Value::Null));
    }
}

#[test]
fn grants_are_listed_and_revoked() {
    assert_eq!(asked(&["grant", "list"]), ("GET /grants".to_owned(), Value::Null));
    let path = "PATCH /grants/Robot/Contact".to_owned();
    assert_eq!(
        asked(&["grant", "revoke", "Contact", "--user", "Robot"]),
        (
            path.clone(),
            json!({"create": false, "read": false, "edit": false, "delete": false})
        )
    );
    assert_eq!(
        asked(&["grant", "revoke", "Contact", "--edit", "--user", "Robot"]),
        (path, json!({"edit": false}))
    );
    for wrong in [vec!["grant"], vec!["grant", "Contact"], vec!["grant", "--create"]] {
        assert_eq!(run_with(&wrong, None).exit, EXIT_USAGE, "{wrong:?}");
    }
}

#[test]
fn limits_of_a_source_are_set_and_taken_away() {
    let arguments = "source set Forms --max-body 65536 --no-rate --origin https://a.example \
        --origin https://b.example --require-token on";
    let body = json!({
        "max_body": 65_536, "rate_per_minute": null, "requires_token": true,
        "allowed_origins": ["https://a.example", "https://b.example"],
    });
    assert_eq!(
        asked(&arguments.split_whitespace().collect::<Vec<_>>()),
        ("PATCH /sources/Forms".to_owned(), body)
    );
    assert_eq!(run_with(&["source", "set", "Forms"], None).exit, EXIT_USAGE);
    assert_eq!(
        run_with(&["source", "set", "Forms", "--rate", "1", "--no-rate"], None).exit,
        EXIT_USAGE
    );
}

#[test]
fn settings_of_a_client_are_set_and_taken_away() {
    let arguments = "client set Reports --scope odata --scope webhook:send --no-allow --algorithm rs256 \
        --lifetime 600 --endpoint-audience on --no-url";
    let body = json!({
        "application_url": null, "scopes": ["odata", "webhook:send"], "allowed_addresses": null,
        "algorithm": "RS256", "token_lifetime": 600, "endpoint_audience": true,
    });
    assert_eq!(
        asked(&arguments.split_whitespace().collect::<Vec<_>>()),
        ("PATCH /clients/Reports".to_owned(), body)
    );
    for wrong in [
        vec!["client", "set", "Reports"],
        vec!["client", "set", "Reports", "--allow", "10.0.0.1", "--no-allow"],
        vec!["client", "add"],
        vec!["client", "remove-secret", "Reports", "7"],
        vec!["technical-user", "set", "Reports"],
        vec!["technical-user", "set", "Reports", "--odata", "maybe"],
    ] {
        assert_eq!(run_with(&wrong, None).exit, EXIT_USAGE, "{wrong:?}");
    }
    let (line, _) = asked(&["client", "rotate-secret", "Reports"]);
    assert_eq!(line, "POST /clients/Reports/secrets");
    assert_eq!(
        asked(&["technical-user", "disable", "Reports"]),
        ("PATCH /technical-users/Reports".to_owned(), json!({"enabled": false}))
    );
}

#[test]
fn filters_become_a_query() {
    let arguments = "webhook list --status failed --outcome record-created --from 2026-11-23 --limit 7";
    let (line, _) = asked(&arguments.split_whitespace().collect::<Vec<_>>());
    assert_eq!(
        line,
        "GET /webhooks?status=Failed&outcome=record+created&from=2026-11-23T00%3A00%3A00Z&limit=7"
    );
    assert_eq!(
        run_with(&["webhook", "list", "--status", "lost"], None).exit,
        EXIT_USAGE
    );
    assert_eq!(
        run_with(&["webhook", "list", "--from", "yesterday"], None).exit,
        EXIT_USAGE
    );
}

#[test]
fn a_forgotten_filter_touches_nothing() {
    for wrong in [
        vec!["webhook", "delete"],
        vec!["webhook", "replay", "--yes"],
        vec!["webhook", "delete", "--all", "--status", "Done"],
        vec!["webhook", "replay", "0196a1b2-0000-7000-8000-000000000001", "--all"],
    ] {
        assert_eq!(run_with(&wrong, None).exit, EXIT_USAGE, "{wrong:?}");
    }
}

#[test]
fn settings_are_checked_all_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hookgate.toml");
    std::fs::write(&file, "colour = 1\n[listen]\naddress = \"nowhere\"\n").unwrap();
    let ran = run_with(&["check-config", "--config", file.to_str().unwrap()], None);
    assert_eq!(ran.exit, EXIT_USAGE);
    assert!(
        ran.err.contains(":1 colour") && ran.err.contains(":3 listen.address"),
        "{}",
        ran.err
    );
    let data = folder.path().join("data");
    for arguments in [["check-config", "--data"], ["--data", "check-config"]] {
        let mut arguments = arguments.to_vec();
        let place = arguments.iter().position(|argument| *argument == "--data").unwrap() + 1;
        arguments.insert(place, data.to_str().unwrap());
        let ran = run_with(&arguments, None);
        assert_eq!(ran.exit, EXIT_OK, "{ran:?}");
        assert!(ran.out.contains(data.to_str().unwrap()), "{ran:?}");
    }
    let ran = run_with(&["check-config", "--defaults"], None);
    assert!(ran.out.contains("[listen]"), "{}", ran.out);
}

#[test]
fn completions_and_manual_name_every_family() {
    let ran = run_with(&["completions", "bash"], None);
    assert!(ran.out.contains("rotate-key") && ran.out.contains("retention"));
    let ran = run_with(&["man"], None);
    assert!(
        ran.out.starts_with(".ie") && ran.out.contains("hookgate"),
        "{}",
        ran.out
    );
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run_with(&["man", folder.path().to_str().unwrap()], None).exit, EXIT_OK);
    assert!(folder.path().join("hookgate-source-rotate-key.1").exists());
}

#[test]
fn names_are_encoded_in_paths() {
    let (line, _) = asked(&["source", "show", "a/b ü?"]);
    assert_eq!(line, "POST /sources/a%2Fb%20%C3%BC%3F/reveal");
}
