//! What programs do, and what Hookgate does by the clock.

use hookgate::intake::Arrival;
use hookgate::odata::Method;
use serde_json::json;

use super::prepared::{HERE, incoming, token};
use super::table::{Failure, Operation, one};

pub const OPERATIONS: &[Operation] = &[
    one("webhook_append", "a webhook", |site| {
        let catalog = site.ledger().catalog();
        let source = catalog.source("Form").ok_or("no source")?.id;
        let source = site.context.intake.source_by_id(source).ok_or("not known")?;
        let arrival = Arrival {
            content_type: "application/json",
            query: "",
            headers: std::iter::empty(),
            remote: Some(HERE),
            body: b"{}".to_vec(),
        };
        let appended = site.context.intake.webhook_append(&source, arrival)?;
        Ok(appended.synced.blocking_recv()?.map(drop)?)
    }),
    one("write", "a record is created by OData", |site| {
        site.odata(Method::Post, "UsrTicket", &json!({"Name": "second"}))
            .map(drop)
    }),
    one("write", "a record is edited by OData", |site| {
        let path = format!("UsrTicket({})", site.known.record);
        site.odata(Method::Patch, &path, &json!({"Name": "edited"})).map(drop)
    }),
    one("write", "a record is deleted by OData", |site| {
        let path = format!("UsrTicket({})", site.known.record);
        site.odata(Method::Delete, &path, &json!(null)).map(drop)
    }),
    one("batch", "a change set that creates, edits and deletes", |site| {
        let record = format!("UsrTicket({})", site.known.record);
        let made = format!("UsrTicket({})", uuid::Uuid::from_u128(0xD0));
        let part = |id: &str, method: &str, url: &str, body: serde_json::Value| json!({"id": id, "atomicityGroup": "g", "method": method, "url": url, "body": body});
        let requests = [
            part("1", "POST", "UsrTicket", json!({"Name": "one"})),
            part("2", "POST", "UsrTicket", json!({"Name": "two"})),
            part("3", "PATCH", &record, json!({"Name": "edited"})),
            json!({"id": "4", "atomicityGroup": "g", "method": "DELETE", "url": made}),
        ];
        let response = site.odata(Method::Post, "$batch", &json!({"requests": requests}))?;
        let answer: serde_json::Value = serde_json::from_slice(&response.body)?;
        let parts = answer["responses"].as_array().ok_or("no responses")?;
        let done = |part: &serde_json::Value| part["status"].as_u64().is_some_and(|status| status < 300);
        if parts.len() == 4 && parts.iter().all(done) {
            return Ok(());
        }
        Err(answer.to_string().into())
    }),
    one("revoke", "a token by its client", |site| {
        let (id, secret) = &site.known.client;
        let body = format!("client_id={id}&client_secret={secret}&token={}", site.known.token);
        let issuer = &site.context.issuer;
        let failed = |error| -> Failure { format!("{error:?}").into() };
        let revocation = issuer.revocation(&incoming(body.as_bytes())).map_err(failed)?;
        issuer
            .revoke(revocation.ok_or("the token is not valid")?)
            .map_err(failed)
    }),
    one("tokens_forget_if_due", "a revoked token that has expired", |site| {
        Ok(site.context.issuer.tokens_forget_if_due()?)
    }),
    one("clients_used_last", "after a token was made", |site| {
        token(site, &site.known.client);
        Ok(site.context.issuer.clients_used_last()?)
    }),
    one("keys_rotate_if_due", "the next key", |site| {
        Ok(site.context.issuer.keys_rotate_if_due()?)
    }),
];
