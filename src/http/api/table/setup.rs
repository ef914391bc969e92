//! Operations that set Hookgate up.

use super::super::{
    about, certificate, clients, entities, grants, objects, processes, retention, schedule, settings, signing_keys,
    sources, tasks, technical_users,
};
use super::{BODY, DEFINITION, Operation, delete, get, patch, post, put};
use crate::domain::user::Role::{Administrator, Operator, Viewer};

/// By resource.
pub const OPERATIONS: &[Operation] = &[
    // Objects.
    get("/objects", Some(Viewer), "All objects", objects::list),
    get(
        "/objects/{code}",
        Some(Viewer),
        "One object with its columns",
        objects::show,
    ),
    get(
        "/definition",
        Some(Viewer),
        "The definition of all objects, or of those named",
        objects::export,
    )
    .asks(&["objects"]),
    post(
        "/definition",
        Some(Administrator),
        "Apply a definition, or say what that would change",
        objects::apply,
    )
    .takes(DEFINITION),
    // Webhook entities.
    get("/entities", Some(Viewer), "The Webhook entities lookup", entities::list),
    put(
        "/entities/{code}",
        Some(Administrator),
        "Register an object as a webhook entity",
        entities::add,
    ),
    delete(
        "/entities/{code}",
        Some(Administrator),
        "Take an object out of the lookup",
        entities::remove,
    ),
    // Webhook sources.
    get("/sources", Some(Viewer), "All webhook sources", sources::list),
    post("/sources", Some(Administrator), "Make a webhook source", sources::add),
    get(
        "/sources/{name}",
        Some(Viewer),
        "One webhook source; administrators see its Webhook URL shortly after a proof of who they are",
        sources::show,
    ),
    post(
        "/sources/{name}/reveal",
        Some(Administrator),
        "One webhook source with its Webhook URL",
        sources::reveal,
    )
    .confirmed(),
    patch(
        "/sources/{name}",
        Some(Administrator),
        "Change a webhook source, switch it",
        sources::set,
    ),
    post(
        "/sources/{name}/rotate-key",
        Some(Administrator),
        "Give a webhook source a new key",
        sources::rotate_key,
    )
    .confirmed(),
    post(
        "/sources/{name}/test",
        Some(Operator),
        "Send a test webhook and wait until it is processed",
        sources::test,
    )
    .takes(sources::TEST_BODY),
    // Retention.
    get(
        "/retention",
        Some(Viewer),
        "How long webhooks are kept",
        retention::show,
    ),
    put(
        "/retention",
        Some(Administrator),
        "Change how long webhooks are kept",
        retention::set,
    ),
    get(
        "/retention/preview",
        Some(Viewer),
        "What the next run will delete",
        retention::preview,
    ),
    post(
        "/retention/run",
        Some(Administrator),
        "Delete webhooks past their time now",
        retention::run,
    ),
    // Technical users and permissions.
    get(
        "/technical-users",
        Some(Viewer),
        "All technical users",
        technical_users::list,
    ),
    post(
        "/technical-users",
        Some(Administrator),
        "Make a technical user",
        technical_users::add,
    ),
    patch(
        "/technical-users/{code}",
        Some(Administrator),
        "Rename a technical user, switch it, give or take OData",
        technical_users::set,
    ),
    get(
        "/grants",
        Some(Viewer),
        "All object operation permissions",
        grants::list,
    ),
    put(
        "/grants/{user}/{object}",
        Some(Administrator),
        "Set what a technical user may do with records of an object",
        grants::set,
    ),
    // OAuth clients and signing keys.
    get("/clients", Some(Viewer), "All OAuth clients", clients::list),
    post(
        "/clients",
        Some(Administrator),
        "Make an OAuth client; its secret stands in the answer",
        clients::add,
    )
    .confirmed(),
    get("/clients/{client_id}", Some(Viewer), "One OAuth client", clients::show),
    patch(
        "/clients/{client_id}",
        Some(Administrator),
        "Change an OAuth client, switch it",
        clients::set,
    )
    .confirmed(),
    delete(
        "/clients/{client_id}",
        Some(Administrator),
        "Delete an OAuth client and end its tokens",
        clients::remove,
    ),
    post(
        "/clients/{client_id}/secrets",
        Some(Administrator),
        "Make a new secret, which stands in the answer",
        clients::secret_add,
    )
    .confirmed(),
    delete(
        "/clients/{client_id}/secrets/{id}",
        Some(Administrator),
        "Take a secret no more",
        clients::secret_remove,
    ),
    put(
        "/clients/{client_id}/keys",
        Some(Administrator),
        "Replace the public keys of an OAuth client",
        clients::keys_set,
    )
    .takes(2 * BODY)
    .confirmed(),
    post(
        "/clients/{client_id}/end-tokens",
        Some(Administrator),
        "End all tokens of an OAuth client",
        clients::tokens_end,
    ),
    get(
        "/signing-keys",
        Some(Viewer),
        "The keys that access tokens are signed with",
        signing_keys::list,
    ),
    post(
        "/signing-keys/rotate",
        Some(Administrator),
        "Make new signing keys",
        signing_keys::rotate,
    )
    .confirmed(),
    // Processes, system settings, schedule, about.
    get("/processes", Some(Viewer), "All processes", processes::list),
    put(
        "/processes/{code}",
        Some(Administrator),
        "Switch a process",
        processes::set,
    ),
    get(
        "/settings",
        Some(Viewer),
        "All system settings; secrets are masked",
        settings::list,
    ),
    post(
        "/settings/{code}/reveal",
        Some(Administrator),
        "One system setting in the clear",
        settings::reveal,
    )
    .confirmed(),
    get("/tasks", Some(Viewer), "Tasks that run or ended lately", tasks::list),
    get(
        "/tasks/{id}",
        Some(Viewer),
        "One task: what it does and how far it is",
        tasks::show,
    ),
    post(
        "/tasks/{id}/cancel",
        Some(Operator),
        "End a task before its next step; what was done stays done",
        tasks::cancel,
    ),
    get(
        "/schedule",
        Some(Viewer),
        "What happens by the clock, and when next",
        schedule::list,
    ),
    post(
        "/schedule/{task}/run",
        Some(Administrator),
        "Run a task now",
        schedule::run,
    ),
    get(
        "/about",
        Some(Viewer),
        "Version, licences, since when it runs",
        about::show,
    ),
    get(
        "/certificate",
        Some(Viewer),
        "The TLS certificate in use, as programs must know it",
        certificate::show,
    ),
];
