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
        get("/objects", Some(Viewer), "All objects").runs(objects::list),
        get("/objects/{code}", Some(Viewer), "One object with its columns").runs(objects::show),
        get(
            "/definition",
            Some(Viewer),
            "The definition of all objects, or of those named",
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
        get("/entities", Some(Viewer), "The Webhook entities lookup").runs(entities::list),
        put(
            "/entities/{code}",
            Some(Administrator),
            "Register an object as a webhook entity",
        )
        .runs(entities::add),
        delete(
            "/entities/{code}",
            Some(Administrator),
            "Take an object out of the lookup",
        )
        .runs(entities::remove),
        // Webhook sources.
        get("/sources", Some(Viewer), "All webhook sources").runs(sources::list),
        post("/sources", Some(Administrator), "Make a webhook source").takes(sources::add),
        get(
            "/sources/{name}",
            Some(Viewer),
            "One webhook source, without its Webhook URL",
        )
        .runs(sources::show),
        post(
            "/sources/{name}/reveal",
            Some(Administrator),
            "One webhook source with its Webhook URL",
        )
        .runs(sources::reveal)
        .confirmed(),
        patch(
            "/sources/{name}",
            Some(Administrator),
            "Change a webhook source, switch it",
        )
        .patches::<SourceView, _, _>(sources::set),
        post(
            "/sources/{name}/rotate-key",
            Some(Administrator),
            "Give a webhook source a new key",
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
        get("/retention", Some(Viewer), "How long webhooks are kept").runs(retention::show),
        patch("/retention", Some(Administrator), "Change how long webhooks are kept")
            .patches::<RetentionView, _, _>(retention::set),
        get("/retention/preview", Some(Viewer), "What the next run will delete").runs(retention::preview),
        post(
            "/retention/run",
            Some(Administrator),
            "Delete webhooks past their time now",
        )
        .runs(retention::run),
        // Technical users and permissions.
        get("/technical-users", Some(Viewer), "All technical users").runs(technical_users::list),
        post("/technical-users", Some(Administrator), "Make a technical user").takes(technical_users::add),
        get("/technical-users/{code}", Some(Viewer), "One technical user").runs(technical_users::show),
        patch(
            "/technical-users/{code}",
            Some(Administrator),
            "Rename a technical user, switch it, give or take OData",
        )
        .patches::<TechnicalUserView, _, _>(technical_users::set),
        get("/grants", Some(Viewer), "All object operation permissions").runs(grants::list),
        patch(
            "/grants/{user}/{object}",
            Some(Administrator),
            "Change what a technical user may do with records of an object",
        )
        .patches::<GrantView, _, _>(grants::set),
        // OAuth clients and signing keys.
        get("/clients", Some(Viewer), "All OAuth clients").runs(clients::list),
        post(
            "/clients",
            Some(Administrator),
            "Make an OAuth client; its secret stands in the answer",
        )
        .takes(clients::add)
        .confirmed(),
        get("/clients/{client_id}", Some(Viewer), "One OAuth client").runs(clients::show),
        patch(
            "/clients/{client_id}",
            Some(Administrator),
            "Change an OAuth client, switch it",
        )
        .patches::<ClientView, _, _>(clients::set)
        .confirmed(),
        delete(
            "/clients/{client_id}",
            Some(Administrator),
            "Delete an OAuth client and end its tokens",
        )
        .runs(clients::remove),
        post(
            "/clients/{client_id}/secrets",
            Some(Administrator),
            "Make a new secret, which stands in the answer",
        )
        .takes(clients::secret_add)
        .confirmed(),
        delete(
            "/clients/{client_id}/secrets/{id}",
            Some(Administrator),
            "Take a secret no more",
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
            "End all tokens of an OAuth client",
        )
        .runs(clients::tokens_end),
        get(
            "/signing-keys",
            Some(Viewer),
            "The keys that access tokens are signed with",
        )
        .runs(signing_keys::list),
        post("/signing-keys/rotate", Some(Administrator), "Make new signing keys")
            .takes(signing_keys::rotate)
            .confirmed(),
        // Processes, system settings, schedule, about.
        get("/processes", Some(Viewer), "All processes").runs(processes::list),
        put("/processes/{code}", Some(Administrator), "Switch a process").takes(processes::set),
        get("/settings", Some(Viewer), "All system settings; secrets are masked").runs(settings::list),
        get(
            "/settings/{code}",
            Some(Viewer),
            "One system setting; a secret is masked",
        )
        .runs(settings::show),
        post(
            "/settings/{code}/reveal",
            Some(Administrator),
            "One system setting in the clear",
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
        get("/tasks", Some(Viewer), "Tasks that run or ended lately").runs(tasks::list),
        get("/tasks/{id}", Some(Viewer), "One task: what it does and how far it is").runs(tasks::show),
        post(
            "/tasks/{id}/cancel",
            Some(Operator),
            "End a task before its next step; what was done stays done",
        )
        .runs(tasks::cancel),
        get("/schedule", Some(Viewer), "What happens by the clock, and when next").runs(schedule::list),
        post("/schedule/{task}/run", Some(Administrator), "Run a task now").runs(schedule::run),
        get("/about", Some(Viewer), "Version, licences, since when it runs").runs(about::show),
        get(
            "/certificate",
            Some(Viewer),
            "The TLS certificate in use, as programs must know it",
        )
        .runs(certificate::show),
    ]
}
