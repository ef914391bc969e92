//! What administrators configure.

use std::collections::BTreeMap;

use hookgate::manage::audit::{audit_noted, audit_noted_of};
use hookgate::manage::backup::{BackupView, backup_made};
use hookgate::manage::entity::entity_set;
use hookgate::manage::grace_period::GracePeriod;
use hookgate::manage::object::object_apply;
use hookgate::manage::patch::Edit;
use hookgate::manage::process::process_set;
use hookgate::manage::retention::{DaysEdit, RetentionEdit, retention_set};
use hookgate::manage::setting::setting_reveal;
use hookgate::manage::source::{SourceEdit, source_add, source_reveal, source_rotate_key, source_set};
use serde_json::json;

use super::prepared::HERE;
use super::table::{Operation, one};
use crate::setup::{AT, BY};

pub const OPERATIONS: &[Operation] = &[
    one("source_add", "with a demand for a token and a limit", |site| {
        let edit = SourceEdit {
            requires_token: Edit::Set(true),
            rate_per_minute: Edit::Set(5),
            enabled: Some(false),
            ..SourceEdit::default()
        };
        Ok(source_add(&site.context, BY, "Shop", edit).map(drop)?)
    }),
    one("source_set", "limit, origins, token and switch", |site| {
        let edit = SourceEdit {
            max_body: Edit::Set(1000),
            rate_per_minute: Edit::Set(7),
            allowed_origins: Edit::Set(vec!["https://shop.example.org".to_owned()]),
            requires_token: Edit::Clear,
            enabled: Some(false),
        };
        Ok(source_set(&site.context, BY, "Form", edit).map(drop)?)
    }),
    one("source_rotate_key", "with a grace period", |site| {
        Ok(source_rotate_key(&site.context, BY, "Form", GracePeriod::default()).map(drop)?)
    }),
    one("source_reveal", "only noted", |site| {
        Ok(source_reveal(&site.context, BY, "Form", Some(HERE)).map(drop)?)
    }),
    one("setting_reveal", "only noted", |site| {
        Ok(setting_reveal(&site.context, BY, "IdentityServerClientSecret", Some(HERE)).map(drop)?)
    }),
    one("audit_noted", "a note", |site| {
        Ok(audit_noted(&site.context, BY, "audit-exported", Some(HERE))?)
    }),
    one("audit_noted_of", "a note with a name", |site| {
        Ok(audit_noted_of(
            &site.context,
            BY,
            "records-exported",
            "UsrTicket",
            Some(HERE),
        )?)
    }),
    one("backup_made", "a note", |site| {
        let view = BackupView {
            file: "/backups/hookgate.backup".to_owned(),
            bytes: 1,
            sha256: String::new(),
            made_on: AT,
            applied: 1,
            webhooks: BTreeMap::default(),
            records: BTreeMap::default(),
            master_key: String::new(),
            master_key_credential: false,
        };
        Ok(backup_made(&site.context, BY, view).map(drop)?)
    }),
    one(
        "object_apply",
        "objects, columns, a value, indexes and an entity",
        |site| {
            let objects = json!({
                "objects": [
                    {"code": "UsrTicket", "caption": "Support ticket", "columns": [
                        {"code": "Name", "type": "text(50)", "indexed": false},
                        {"code": "Priority", "type": "lookup(UsrPriority)", "indexed": true},
                        {"code": "Note", "type": "unlimited text"}]},
                    {"code": "UsrVisit", "columns": [{"code": "Name", "type": "text(50)"}]}],
                "values": [{"object": "UsrPriority", "name": "Low"}],
                "entities": ["UsrVisit"],
            });
            Ok(object_apply(&site.context, BY, objects.to_string().as_bytes(), false).map(drop)?)
        },
    ),
    one("entity_set", "removed", |site| {
        Ok(entity_set(&site.context, BY, "UsrTicket", false).map(drop)?)
    }),
    one("process_set", "disabled", |site| {
        Ok(process_set(&site.context, BY, "CreateRecords", false).map(drop)?)
    }),
    one("retention_set", "days of two statuses and the schedule", |site| {
        let edit = RetentionEdit {
            days: DaysEdit {
                failed: Some(10),
                done: Some(20),
                ..DaysEdit::default()
            },
            schedule: Some("0 4 * * *".to_owned()),
        };
        Ok(retention_set(&site.context, BY, edit).map(drop)?)
    }),
];
