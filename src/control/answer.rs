//! Maps each request to its answer.

use super::request::{Answer, Request};
use crate::domain::actor::Actor;
use crate::manage::client::ClientEdit;
use crate::manage::schedule::{Scheduled, schedule_ran};
use crate::manage::source::SourceEdit;
use crate::manage::webhook_change as change;
use crate::manage::{Context, ManageError, ProgressFn};
use crate::manage::{
    audit, backup, client, entity, grant, health, object, process, record, retention, setting, signing_key, source,
    source_test, task, technical_user, user, webhook,
};

/// Every request of this kind comes from the command line of the server.
const BY: Actor = Actor::CommandLine;

/// Answers a request of the command line. Long operations report their progress to `watch`.
///
/// # Errors
/// See the function of `manage` that the request names.
pub fn answer(context: &Context, request: Request, watch: ProgressFn<'_>) -> Result<Answer, ManageError> {
    Ok(match request {
        Request::SourceAdd { name, edit } => Answer::Source(source::source_add(context, BY, &name, edit)?),
        Request::SourceList => Answer::Sources(source::source_list(context)?),
        Request::SourceShow { name } => Answer::Source(source::source_show(context, &name)?),
        Request::SourceSet { name, edit } => Answer::Source(source::source_set(context, BY, &name, edit)?),
        Request::SourceSwitch { name, enabled } => {
            let edit = SourceEdit {
                enabled: Some(enabled),
                ..SourceEdit::default()
            };
            Answer::Source(source::source_set(context, BY, &name, edit)?)
        }
        Request::SourceRotateKey { name, overlap } => {
            Answer::Source(source::source_rotate_key(context, BY, &name, overlap)?)
        }
        Request::SourceTest { name, body } => {
            Answer::SourceTest(Box::new(source_test::source_test(context, &name, body.as_ref())?))
        }
        Request::EntityList => Answer::Entities(entity::entity_list(context)?),
        Request::EntitySet { object, registered } => {
            Answer::Entities(entity::entity_set(context, BY, &object, registered)?)
        }
        Request::ObjectList => Answer::Objects(object::object_list(context)?),
        Request::ObjectShow { object } => Answer::Object(object::object_show(context, &object)?),
        Request::ObjectApply { json, dry_run } => {
            Answer::ObjectsApplied(object::object_apply(context, BY, json.as_bytes(), dry_run)?)
        }
        Request::ObjectExport { objects } => Answer::Definition(object::object_export(context, objects.as_deref())?),
        Request::GrantList => Answer::Grants(grant::grant_list(context)),
        Request::GrantAdd { user, object, rights } => {
            Answer::Grant(grant::grant_add(context, BY, &user, &object, rights)?)
        }
        Request::GrantRevoke { user, object, rights } => {
            Answer::Grant(grant::grant_revoke(context, BY, &user, &object, rights)?)
        }
        Request::WebhookList { query, before, limit } => {
            Answer::Webhooks(webhook::webhook_list(context, &query, before, limit)?)
        }
        Request::WebhookShow { id } => Answer::Webhook(Box::new(webhook::webhook_show(context, id)?)),
        Request::WebhookCount { query } => Answer::WebhookCount(change::webhook_count(context, &query)?),
        Request::WebhookReplay { id, again } => {
            Answer::WebhooksReplayed(change::webhook_replay(context, BY, id, again)?)
        }
        Request::WebhookReplayAll { query, again } => {
            Answer::WebhooksReplayed(change::webhook_replay_all(context, BY, &query, again, watch)?)
        }
        Request::WebhookDelete { id, include_new } => {
            Answer::WebhooksDeleted(change::webhook_delete(context, BY, id, include_new)?)
        }
        Request::WebhookDeleteAll { query, include_new } => {
            Answer::WebhooksDeleted(change::webhook_delete_all(context, BY, &query, include_new, watch)?)
        }
        Request::RecordList { object, before, limit } => {
            Answer::Records(record::record_list(context, &object, before, limit)?)
        }
        Request::RecordShow { object, id } => Answer::Record(record::record_show(context, &object, id)?),
        Request::RetentionShow => Answer::Retention(retention::retention_show(context)),
        Request::RetentionSet { edit } => Answer::Retention(retention::retention_set(context, BY, edit)?),
        Request::RetentionPreview => Answer::RetentionPreview(retention::retention_preview(context)?),
        Request::RetentionRun => {
            schedule_ran(context, Scheduled::Retention);
            Answer::RetentionDone(retention::retention_run(context, BY, None, watch)?)
        }
        Request::TaskList => Answer::Tasks(task::task_list(context)?),
        Request::TaskShow { id } => Answer::Task(task::task_show(context, id)?),
        Request::TaskCancel { id } => Answer::Task(task::task_cancel(context, BY, id)?),
        Request::ProcessList => Answer::Processes(process::process_list(context)),
        Request::ProcessSet { process, enabled } => {
            Answer::Processes(process::process_set(context, BY, &process, enabled)?)
        }
        Request::HealthCheck => Answer::Health(health::health_check(context)?),
        Request::OauthCheck => Answer::OauthHealth(health::oauth_check(context)?),
        Request::ClientAdd { name, edit } => one(client::client_add(context, BY, &name, edit)?),
        Request::ClientList => Answer::Clients(client::client_list(context)?),
        Request::ClientShow { name } => one(client::client_show(context, &name)?),
        Request::ClientSet { name, edit } => one(client::client_set(context, BY, &name, edit)?),
        Request::ClientSwitch { name, active } => {
            let edit = ClientEdit {
                enabled: Some(active),
                ..ClientEdit::default()
            };
            one(client::client_set(context, BY, &name, edit)?)
        }
        Request::ClientDelete { name } => Answer::ClientDeleted(Box::new(client::client_delete(context, BY, &name)?)),
        Request::ClientSecretAdd { name, overlap } => one(client::client_secret_add(context, BY, &name, overlap)?),
        Request::ClientSecretRemove { name, secret } => one(client::client_secret_remove(context, BY, &name, secret)?),
        Request::ClientKeysSet { name, jwks } => one(client::client_keys_set(context, BY, &name, &jwks)?),
        Request::ClientTokensEnd { name } => one(client::client_tokens_end(context, BY, &name)?),
        Request::TechnicalUserAdd { code, name } => {
            Answer::TechnicalUser(technical_user::technical_user_add(context, BY, &code, name.as_deref())?)
        }
        Request::TechnicalUserList => Answer::TechnicalUsers(technical_user::technical_user_list(context)),
        Request::TechnicalUserShow { code } => {
            Answer::TechnicalUser(technical_user::technical_user_show(context, &code)?)
        }
        Request::TechnicalUserSet { code, edit } => {
            Answer::TechnicalUser(technical_user::technical_user_set(context, BY, &code, edit)?)
        }
        Request::SettingList => Answer::Settings(setting::setting_list(context)?),
        Request::SettingShow { code, reveal } => Answer::Setting(setting::setting_show(context, &code, reveal)?),
        Request::BackupCopy => Answer::BackupCopied(Box::new(backup::backup_copy(context, watch)?)),
        Request::BackupMade { view } => Answer::Backup(Box::new(backup::backup_made(context, BY, *view)?)),
        Request::SigningKeyList => Answer::SigningKeys(signing_key::signing_key_list(context)),
        Request::SigningKeyRotate { now } => Answer::SigningKeys(signing_key::signing_key_rotate(context, BY, now)?),
        Request::UserAdd { name, role, password } => {
            Answer::UserAdded(user::user_add(context, BY, &name, role, password.as_ref())?)
        }
        Request::UserList => Answer::Users(user::user_list(context)),
        Request::UserSet { name, edit } => Answer::User(user::user_set(context, BY, &name, edit)?),
        Request::UserPasswordSet { name, password } => {
            Answer::User(user::user_password_set(context, BY, &name, &password)?)
        }
        Request::UserResetLink { name } => Answer::SetupLink(user::user_reset_link(context, BY, name.as_deref())?),
        Request::SessionList { user } => Answer::Sessions(user::session_list(context, user.as_deref(), None)?),
        Request::SessionEnd { user, id } => {
            Answer::SessionsEnded(user::session_end(context, BY, user.as_deref(), id.as_deref())?)
        }
        Request::AuditList { query, before, limit } => {
            Answer::Audit(audit::audit_list(context, &query, before, limit)?)
        }
        Request::AuditVerify => Answer::AuditVerified(audit::audit_verify(context)?),
    })
}

fn one(view: client::ClientView) -> Answer {
    Answer::Client(Box::new(view))
}
