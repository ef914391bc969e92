//! All requests and answers.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::rights::Rights;
use crate::domain::task::TaskId;
use crate::domain::user::{Password, Role};
use crate::manage::audit::{AuditPage, AuditQuery, AuditVerified};
use crate::manage::backup::{BackupCopied, BackupView};
use crate::manage::client::{ClientEdit, ClientView};
use crate::manage::entity::EntityView;
use crate::manage::grace_period::GracePeriod;
use crate::manage::grant::GrantView;
use crate::manage::health::{HealthView, OauthHealthView};
use crate::manage::object::{ObjectSummary, ObjectView, ObjectsApplied};
use crate::manage::process::ProcessView;
use crate::manage::record::{RecordPage, RecordView};
use crate::manage::retention::{RetentionDone, RetentionEdit, RetentionPreview, RetentionView};
use crate::manage::setting::SettingView;
use crate::manage::signing_key::SigningKeyView;
use crate::manage::source::{SourceEdit, SourceView};
use crate::manage::source_test::{SourceTestView, TestBody};
use crate::manage::task::TaskView;
use crate::manage::technical_user::{TechnicalUserEdit, TechnicalUserView};
use crate::manage::user::{SessionView, SessionsEnded, SetupLinkView, UserAdded, UserEdit, UserView};
use crate::manage::webhook::{WebhookPage, WebhookQuery, WebhookView};
use crate::manage::webhook_change::WebhooksChanged;

/// What the command line asks. The functions of `manage` say what the fields mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    SourceAdd {
        name: String,
        edit: SourceEdit,
    },
    SourceList,
    SourceShow {
        name: String,
    },
    SourceSet {
        name: String,
        edit: SourceEdit,
    },
    SourceSwitch {
        name: String,
        enabled: bool,
    },
    SourceRotateKey {
        name: String,
        overlap: GracePeriod,
    },
    SourceTest {
        name: String,
        body: Option<TestBody>,
    },
    EntityList,
    EntitySet {
        object: String,
        registered: bool,
    },
    ObjectList,
    ObjectShow {
        object: String,
    },
    ObjectApply {
        json: String,
        dry_run: bool,
    },
    ObjectExport {
        objects: Option<Vec<String>>,
    },
    GrantList,
    GrantAdd {
        user: String,
        object: String,
        rights: Rights,
    },
    GrantRevoke {
        user: String,
        object: String,
        rights: Rights,
    },
    WebhookList {
        query: WebhookQuery,
        before: Option<u64>,
        limit: usize,
    },
    WebhookShow {
        id: Uuid,
    },
    WebhookCount {
        query: WebhookQuery,
    },
    WebhookReplay {
        id: Uuid,
        again: bool,
    },
    WebhookReplayAll {
        query: WebhookQuery,
        again: bool,
    },
    WebhookDelete {
        id: Uuid,
        include_new: bool,
    },
    WebhookDeleteAll {
        query: WebhookQuery,
        include_new: bool,
    },
    RecordList {
        object: String,
        before: Option<Uuid>,
        limit: usize,
    },
    RecordShow {
        object: String,
        id: Uuid,
    },
    RetentionShow,
    RetentionSet {
        edit: RetentionEdit,
    },
    RetentionPreview,
    RetentionRun,
    TaskList,
    TaskShow {
        id: TaskId,
    },
    TaskCancel {
        id: TaskId,
    },
    ProcessList,
    ProcessSet {
        process: String,
        enabled: bool,
    },
    HealthCheck,
    OauthCheck,
    ClientAdd {
        name: String,
        edit: ClientEdit,
    },
    ClientList,
    ClientShow {
        name: String,
    },
    ClientSet {
        name: String,
        edit: ClientEdit,
    },
    ClientSwitch {
        name: String,
        active: bool,
    },
    ClientDelete {
        name: String,
    },
    ClientSecretAdd {
        name: String,
        overlap: GracePeriod,
    },
    ClientSecretRemove {
        name: String,
        secret: Uuid,
    },
    ClientKeysSet {
        name: String,
        jwks: String,
    },
    ClientTokensEnd {
        name: String,
    },
    TechnicalUserAdd {
        code: String,
        name: Option<String>,
    },
    TechnicalUserList,
    TechnicalUserShow {
        code: String,
    },
    TechnicalUserSet {
        code: String,
        edit: TechnicalUserEdit,
    },
    SettingList,
    SettingShow {
        code: String,
        reveal: bool,
    },
    SigningKeyList,
    SigningKeyRotate {
        now: bool,
    },
    UserAdd {
        name: String,
        role: Role,
        password: Option<Password>,
    },
    UserList,
    UserSet {
        name: String,
        edit: UserEdit,
    },
    UserPasswordSet {
        name: String,
        password: Password,
    },
    UserResetLink {
        name: Option<String>,
    },
    SessionList {
        user: Option<String>,
    },
    SessionEnd {
        user: Option<String>,
        id: Option<String>,
    },
    AuditList {
        query: AuditQuery,
        before: Option<u64>,
        limit: usize,
    },
    AuditVerify,
    BackupCopy,
    BackupMade {
        view: Box<BackupView>,
    },
}

/// What it gets. `--json` prints exactly the value inside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "view", rename_all = "kebab-case")]
pub enum Answer {
    Source(SourceView),
    Sources(Vec<SourceView>),
    SourceTest(Box<SourceTestView>),
    Entities(Vec<EntityView>),
    Object(ObjectView),
    Objects(Vec<ObjectSummary>),
    ObjectsApplied(ObjectsApplied),
    Definition(serde_json::Value),
    Grant(GrantView),
    Grants(Vec<GrantView>),
    Webhook(Box<WebhookView>),
    Webhooks(WebhookPage),
    WebhookCount(WebhooksChanged),
    WebhooksReplayed(WebhooksChanged),
    WebhooksDeleted(WebhooksChanged),
    Record(RecordView),
    Records(RecordPage),
    Retention(RetentionView),
    RetentionPreview(RetentionPreview),
    RetentionDone(RetentionDone),
    Task(TaskView),
    Tasks(Vec<TaskView>),
    Processes(Vec<ProcessView>),
    Health(HealthView),
    OauthHealth(OauthHealthView),
    Client(Box<ClientView>),
    Clients(Vec<ClientView>),
    ClientDeleted(Box<ClientView>),
    TechnicalUser(TechnicalUserView),
    TechnicalUsers(Vec<TechnicalUserView>),
    Setting(SettingView),
    Settings(Vec<SettingView>),
    SigningKeys(Vec<SigningKeyView>),
    User(UserView),
    Users(Vec<UserView>),
    UserAdded(UserAdded),
    SetupLink(SetupLinkView),
    Sessions(Vec<SessionView>),
    SessionsEnded(SessionsEnded),
    Audit(AuditPage),
    AuditVerified(AuditVerified),
    BackupCopied(Box<BackupCopied>),
    Backup(Box<BackupView>),
}

impl Answer {
    /// The value inside, for `--json`.
    ///
    /// # Errors
    /// When a view cannot be written as JSON, which all can.
    pub fn to_json(&self) -> Result<serde_json::Value, serde_json::Error> {
        Ok(serde_json::to_value(self)?
            .get_mut("view")
            .map(serde_json::Value::take)
            .unwrap_or_default())
    }
}
