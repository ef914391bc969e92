//! Operations that set Hookgate up.

use super::{DEFINITION, KEYS, Operation, delete, get, patch, post, put};
use crate::api::{
    about, backup, certificate, clients, entities, grants, objects, processes, retention, schedule, settings,
    signing_keys, sources, tasks, technical_users,
};
use crate::domain::user::Role::{Administrator, Operator, Viewer};
use crate::manage::client::ClientView;
use crate::manage::grant::GrantView;
use crate::manage::retention::RetentionView;
use crate::manage::source::SourceView;
use crate::manage::technical_user::TechnicalUserView;

/// By resource.
pub fn operations() -> Vec<Operation> {
    vec![
        // Objects.
        get("/objects", Some(Viewer), "List all objects").runs(objects::list),
        get("/objects/{code}", Some(Viewer), "Get an object with its columns").runs(objects::show),
        get(
            "/definition",
            Some(Viewer),
            "Export the definition of all objects, or of the specified ones",
        )
        .asks(objects::export),
        post(
            "/definition",
            Some(Administrator),
            "Apply a definition, or with dry_run say what that would change",
        )
        .takes_text(objects::apply)
        .up_to(DEFINITION),
        // Webhook entities.
        get("/entities", Some(Viewer), "List the Webhook entities lookup").runs(entities::list),
        put(
            "/entities/{code}",
            Some(Administrator),
            "Add an object to the Webhook entities lookup",
        )
        .runs(entities::add),
        delete(
            "/entities/{code}",
            Some(Administrator),
            "Remove an object from the Webhook entities lookup",
        )
        .runs(entities::remove),
        // Webhook sources.
        get("/sources", Some(Viewer), "List all webhook sources").runs(sources::list),
        post("/sources", Some(Administrator), "Add a webhook source").takes(sources::add),
        get(
            "/sources/{name}",
            Some(Viewer),
            "One webhook source, without its Webhook URL",
        )
        .runs(sources::show),
        post(
            "/sources/{name}/reveal",
            Some(Administrator),
            "Get a webhook source with its Webhook URL",
        )
        .runs(sources::reveal)
        .confirmed(),
        patch(
            "/sources/{name}",
            Some(Administrator),
            "Edit, enable or disable a webhook source",
        )
        .patches::<SourceView, _, _>(sources::set),
        post(
            "/sources/{name}/rotate-key",
            Some(Administrator),
            "Rotate the key of a webhook source",
        )
        .takes(sources::rotate_key)
        .confirmed(),
        post(
            "/sources/{name}/test",
            Some(Operator),
            "Send a test webhook and wait until it is processed",
        )
        .takes(sources::test)
        .up_to(sources::TEST_BODY),
        // Retention.
        get("/retention", Some(Viewer), "Get how long webhooks are kept").runs(retention::show),
        patch("/retention", Some(Administrator), "Edit how long webhooks are kept")
            .patches::<RetentionView, _, _>(retention::set),
        get("/retention/preview", Some(Viewer), "Preview what the next run deletes").runs(retention::preview),
        post("/retention/run", Some(Administrator), "Delete expired webhooks now").runs(retention::run),
        // Technical users and permissions.
        get("/technical-users", Some(Viewer), "List all technical users").runs(technical_users::list),
        post("/technical-users", Some(Administrator), "Add a technical user").takes(technical_users::add),
        get("/technical-users/{code}", Some(Viewer), "One technical user").runs(technical_users::show),
        patch(
            "/technical-users/{code}",
            Some(Administrator),
            "Edit, enable or disable a technical user; allow or deny OData",
        )
        .patches::<TechnicalUserView, _, _>(technical_users::set),
        get("/grants", Some(Viewer), "List all object operation permissions").runs(grants::list),
        patch(
            "/grants/{user}/{object}",
            Some(Administrator),
            "Change what a technical user may do with records of an object",
        )
        .patches::<GrantView, _, _>(grants::set),
        // OAuth clients and signing keys.
        get("/clients", Some(Viewer), "List all OAuth clients").runs(clients::list),
        post(
            "/clients",
            Some(Administrator),
            "Add an OAuth client; the response contains its secret",
        )
        .takes(clients::add)
        .confirmed(),
        get("/clients/{client_id}", Some(Viewer), "Get an OAuth client").runs(clients::show),
        patch(
            "/clients/{client_id}",
            Some(Administrator),
            "Edit, enable or disable an OAuth client",
        )
        .patches::<ClientView, _, _>(clients::set)
        .confirmed(),
        delete(
            "/clients/{client_id}",
            Some(Administrator),
            "Delete an OAuth client and revoke its tokens",
        )
        .runs(clients::remove),
        post(
            "/clients/{client_id}/secrets",
            Some(Administrator),
            "Create a new secret; the response contains it",
        )
        .takes(clients::secret_add)
        .confirmed(),
        delete(
            "/clients/{client_id}/secrets/{id}",
            Some(Administrator),
            "Revoke a secret",
        )
        .runs(clients::secret_remove),
        put(
            "/clients/{client_id}/keys",
            Some(Administrator),
            "Replace the public keys of an OAuth client",
        )
        .takes(clients::keys_set)
        .up_to(KEYS)
        .confirmed(),
        post(
            "/clients/{client_id}/end-tokens",
            Some(Administrator),
            "Revoke all tokens of an OAuth client",
        )
        .runs(clients::tokens_end),
        get("/signing-keys", Some(Viewer), "List the keys that sign access tokens").runs(signing_keys::list),
        post("/signing-keys/rotate", Some(Administrator), "Rotate the signing keys")
            .takes(signing_keys::rotate)
            .confirmed(),
        // Processes, system settings, schedule, about.
        get("/processes", Some(Viewer), "List all processes").runs(processes::list),
        put("/processes/{code}", Some(Administrator), "Enable or disable a process").takes(processes::set),
        get(
            "/settings",
            Some(Viewer),
            "List all system settings; secrets are masked",
        )
        .runs(settings::list),
        get(
            "/settings/{code}",
            Some(Viewer),
            "One system setting; a secret is masked",
        )
        .runs(settings::show),
        post(
            "/settings/{code}/reveal",
            Some(Administrator),
            "Get a system setting, unmasked",
        )
        .runs(settings::reveal)
        .confirmed(),
        // Backups.
        post(
            "/backup/copy",
            Some(Administrator),
            "Copy the database within the data folder; a line for each step",
        )
        .runs(backup::copy)
        .command_line_only("it writes to the data folder, where the command line packs it"),
        post(
            "/backup/made",
            Some(Administrator),
            "Note a backup that the command line packed",
        )
        .takes(backup::made)
        .command_line_only("only who packed the backup knows about it"),
        get("/tasks", Some(Viewer), "List running and recent tasks").runs(tasks::list),
        get("/tasks/{id}", Some(Viewer), "Get a task and its progress").runs(tasks::show),
        post(
            "/tasks/{id}/cancel",
            Some(Operator),
            "Cancel a task before its next step; completed steps are kept",
        )
        .runs(tasks::cancel),
        get("/schedule", Some(Viewer), "List scheduled tasks and their next runs").runs(schedule::list),
        post("/schedule/{task}/run", Some(Administrator), "Run a scheduled task now").runs(schedule::run),
        get("/about", Some(Viewer), "Get version, licenses and start time").runs(about::show),
        get(
            "/certificate",
            Some(Viewer),
            "Get the TLS certificate in use, so that programs can trust it",
        )
        .runs(certificate::show),
    ]
}
