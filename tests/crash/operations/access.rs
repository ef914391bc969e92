//! Who gets in: technical users, OAuth clients, signing keys, users and their sessions.

use hookgate::domain::user::Role;
use hookgate::manage::client::{
    ClientEdit, client_add, client_delete, client_keys_set, client_secret_add, client_secret_remove, client_set,
    client_show, client_tokens_end,
};
use hookgate::manage::grace_period::GracePeriod;
use hookgate::manage::grant::{RightsEdit, grant_set};
use hookgate::manage::patch::Edit;
use hookgate::manage::signing_key::signing_key_rotate;
use hookgate::manage::technical_user::{TechnicalUserEdit, technical_user_add, technical_user_set};
use hookgate::manage::user::{UserEdit, session_end, user_add, user_password_set, user_reset_link, user_set};

use super::prepared::password;
use super::table::{Operation, one};
use crate::setup::BY;

const KEYS: &str = r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"one","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;

fn read(allowed: bool) -> RightsEdit {
    RightsEdit {
        read: Some(allowed),
        ..RightsEdit::default()
    }
}

pub const OPERATIONS: &[Operation] = &[
    one("technical_user_add", "with a name", |site| {
        Ok(technical_user_add(&site.context, BY, "Billing", Some("The billing")).map(drop)?)
    }),
    one("technical_user_set", "name, switch and OData", |site| {
        let edit = TechnicalUserEdit {
            name: Some("The shop".to_owned()),
            enabled: Some(false),
            odata: Some(false),
        };
        Ok(technical_user_set(&site.context, BY, "Shop", edit).map(drop)?)
    }),
    one("grant_set", "a second object", |site| {
        Ok(grant_set(&site.context, BY, "Shop", "UsrPriority", read(true)).map(drop)?)
    }),
    one("grant_set", "one of four", |site| {
        Ok(grant_set(&site.context, BY, "Shop", "UsrTicket", read(false)).map(drop)?)
    }),
    one("grant_set", "only one", |site| {
        let only_read = RightsEdit {
            create: Some(false),
            read: Some(true),
            edit: Some(false),
            delete: Some(false),
        };
        Ok(grant_set(&site.context, BY, "Shop", "UsrTicket", only_read).map(drop)?)
    }),
    one("client_add", "with scopes", |site| {
        let edit = ClientEdit {
            user: Edit::Set("Shop".to_owned()),
            scopes: Edit::Set(vec!["webhook:send".to_owned()]),
            ..ClientEdit::default()
        };
        Ok(client_add(&site.context, BY, "Sender", edit).map(drop)?)
    }),
    one("client_set", "scopes, lifetime and switch", |site| {
        let edit = ClientEdit {
            enabled: Some(false),
            scopes: Edit::Set(vec!["api".to_owned()]),
            token_lifetime: Edit::Set(600),
            ..ClientEdit::default()
        };
        Ok(client_set(&site.context, BY, "Reports", edit).map(drop)?)
    }),
    one("client_delete", "with secrets and tokens", |site| {
        Ok(client_delete(&site.context, BY, "Reports").map(drop)?)
    }),
    one("client_secret_add", "a third, which revokes the first", |site| {
        let overlap = GracePeriod { hours: 1, force: true };
        Ok(client_secret_add(&site.context, BY, "Reports", overlap).map(drop)?)
    }),
    one("client_secret_remove", "the older of two", |site| {
        let client = client_show(&site.context, "Reports")?;
        let secret = client.secrets.last().ok_or("no secret")?.id;
        Ok(client_secret_remove(&site.context, BY, "Reports", secret).map(drop)?)
    }),
    one("client_keys_set", "one", |site| {
        Ok(client_keys_set(&site.context, BY, "Reports", KEYS).map(drop)?)
    }),
    one("client_tokens_end", "of a client with tokens", |site| {
        Ok(client_tokens_end(&site.context, BY, "Reports").map(drop)?)
    }),
    one("signing_key_rotate", "soon", |site| {
        Ok(signing_key_rotate(&site.context, BY, false).map(drop)?)
    }),
    one("user_add", "with a set-up link", |site| {
        Ok(user_add(&site.context, BY, "Carl", Role::Operator, None).map(drop)?)
    }),
    one("user_add", "with a password", |site| {
        Ok(user_add(&site.context, BY, "Carl", Role::Viewer, Some(&password("Carl"))).map(drop)?)
    })
    .that_hashes(),
    one("user_set", "name, role, switch and second factor", |site| {
        let edit = UserEdit {
            name: Some("Benjamin".to_owned()),
            role: Some(Role::Viewer),
            enabled: Some(false),
            totp: Some(false),
        };
        Ok(user_set(&site.context, BY, "Ben", edit).map(drop)?)
    }),
    one("user_password_set", "which ends the sessions", |site| {
        Ok(user_password_set(&site.context, BY, "Ben", &password("else")).map(drop)?)
    })
    .that_hashes(),
    one("user_reset_link", "in place of another", |site| {
        Ok(user_reset_link(&site.context, BY, Some("Ben")).map(drop)?)
    }),
    one("session_end", "all of a user", |site| {
        Ok(session_end(&site.context, BY, Some("Ada"), None).map(drop)?)
    }),
];

pub const SLOW: &[Operation] = &[one("signing_key_rotate", "at once, with a new key for RS256", |site| {
    Ok(signing_key_rotate(&site.context, BY, true).map(drop)?)
})];
