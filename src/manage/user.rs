//! Users of the admin page: their roles, passwords, second factors and sessions.

use std::net::IpAddr;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::qr_code::{QrCodeView, qr_code};
use super::thing::Thing;
use super::{Context, ManageError};
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::catalog::Catalog;
use crate::domain::change::{AccessChange, Change};
use crate::domain::entry::Entry;
use crate::domain::time::Timestamp;
use crate::domain::user::{Password, Role, User};
use crate::people::{ActiveSession, SetupLinkMade, name_checked, totp_disabled};

/// A person who can log in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UserView {
    pub id: Uuid,
    /// The name for logging in.
    pub name: String,
    pub role: Role,
    pub enabled: bool,
    pub password_set: bool,
    pub totp: bool,
    /// The number of recovery codes that are left.
    pub recovery_codes: usize,
    pub created_on: Timestamp,
}

/// A new user, and the link with which they set their password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UserAdded {
    pub user: UserView,
    /// The link, a secret that is shown once; none if a password was given.
    pub setup_link: Option<String>,
    /// When the link expires.
    pub expires: Option<Timestamp>,
}

impl std::fmt::Debug for UserAdded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserAdded")
            .field("user", &self.user)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// A link with which a user sets their password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SetupLinkView {
    /// The link, a secret that is shown once.
    pub setup_link: String,
    /// The moment from which the link is no longer valid.
    pub expires: Timestamp,
    /// The user whose password it sets; none for a new administrator.
    pub user: Option<String>,
}

/// Changes of a user; parts that are absent are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UserEdit {
    /// The name for logging in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Whether they can log in; `false` revokes their sessions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// `false` removes their second factor, for a user who lost it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub totp: Option<bool>,
}

/// A session of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionView {
    pub id: String,
    pub user: String,
    pub started_on: Timestamp,
    pub last_seen: Timestamp,
    /// The address from which it was started.
    pub address: Option<IpAddr>,
    /// The user agent of the browser.
    pub agent: String,
    /// Whether it is the session of this request.
    pub current: bool,
}

/// The number of sessions that were ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionsEnded {
    pub count: u64,
}

/// A second factor that is not confirmed yet.
#[derive(Clone, Serialize, JsonSchema)]
pub struct TotpView {
    /// A secret, to be entered in an authenticator app.
    pub secret: String,
    /// The same secret as `otpauth:` URI.
    pub uri: String,
    /// The URI as a QR code; null if it is too long for one.
    pub qr_code: Option<QrCodeView>,
}

/// Recovery codes, shown once.
#[derive(Clone, Serialize, JsonSchema)]
pub struct RecoveryView {
    /// The codes; each can be used once.
    pub recovery: Vec<String>,
}

impl std::fmt::Debug for SetupLinkView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SetupLinkView")
            .field("expires", &self.expires)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// All users, sorted by name.
#[must_use]
pub fn user_list(context: &Context) -> Vec<UserView> {
    let catalog = context.ledger.catalog();
    let mut people: Vec<UserView> = catalog.users.values().map(|user| view(user)).collect();
    people.sort_by_key(|user| user.name.to_lowercase());
    people
}

/// Adds a user, with a password or with a link with which they set one.
///
/// # Errors
/// If the name exists, or name or password is not valid.
pub fn user_add(
    context: &Context,
    by: Actor,
    name: &str,
    role: Role,
    password: Option<&Password>,
) -> Result<UserAdded, ManageError> {
    let _editing = context.edit();
    let name = name_checked(name)?;
    if context.ledger.catalog().user_named(&name).is_some() {
        return Err(ManageError::Taken { what: "user", name });
    }
    let hashed = password.map(|password| context.people.password_of(&name, password));
    let (id, at) = (clock::new_id(), clock::now());
    let added = AccessChange::UserAdded {
        id,
        name: name.clone(),
        role,
        password: hashed.transpose()?.unwrap_or_default(),
        link: None,
    };
    let mut changes = vec![Change::from(added)];
    let link = match password {
        None => Some(SetupLinkMade::new(Some(id), at)?),
        Some(_) => None,
    };
    changes.extend(link.iter().map(|link| Change::from(link.change())));
    context.ledger.commit(Entry { at, by, changes })?;
    let catalog = context.ledger.catalog();
    Ok(UserAdded {
        user: view(user_named(&catalog, &name)?),
        expires: link.as_ref().map(|link| link.expires),
        setup_link: link.map(|link| setup_link(context, &link.token)),
    })
}

/// Renames a user, changes their role, enables or disables them, or removes a lost second factor.
///
/// # Errors
/// If there is no user with this name or id, or no administrator would be left.
pub fn user_set(context: &Context, by: Actor, who: &str, edit: UserEdit) -> Result<UserView, ManageError> {
    let _editing = context.edit();
    let catalog = context.ledger.catalog();
    let user = user_named(&catalog, who)?;
    if edit.totp == Some(true) {
        let problem = "only the user can enable it, on their account page".to_owned();
        return Err(ManageError::Invalid {
            what: "second factor",
            problem,
        });
    }
    let name = edit
        .name
        .map_or_else(|| Ok(user.name.clone()), |name| name_checked(&name))?;
    let role = edit.role.unwrap_or(user.role);
    let active = edit.enabled.unwrap_or(user.active);
    let mut changes = Vec::new();
    if (&name, role, active) != (&user.name, user.role, user.active) {
        let edited = AccessChange::UserChanged {
            id: user.id,
            name,
            role,
            active,
        };
        changes.push(Change::from(edited));
    }
    if edit.totp == Some(false) && user.totp.is_some() {
        changes.push(totp_disabled(user.id).into());
    }
    if !changes.is_empty() {
        let at = clock::now();
        context.ledger.commit(Entry { at, by, changes })?;
    }
    let catalog = context.ledger.catalog();
    Ok(view(user_named(&catalog, &user.id.to_string())?))
}

/// Creates a link with which a user sets a new password. Without a name, the link adds a new
/// administrator. An earlier link for the same user is revoked.
///
/// # Errors
/// If there is no active user with this name or id.
pub fn user_reset_link(context: &Context, by: Actor, who: Option<&str>) -> Result<SetupLinkView, ManageError> {
    let catalog = context.ledger.catalog();
    let user = who.map(|who| user_named(&catalog, who)).transpose()?;
    if let Some(user) = user.filter(|user| !user.active) {
        let problem = format!("{} is disabled; enable this user first", user.name);
        return Err(ManageError::Invalid { what: "user", problem });
    }
    link_make(context, by, user.map(|user| user.id))
}

/// Sets the password of a user and ends all their sessions.
///
/// # Errors
/// If there is no user with this name or id, or the password is not accepted.
pub fn user_password_set(
    context: &Context,
    by: Actor,
    who: &str,
    password: &Password,
) -> Result<UserView, ManageError> {
    let catalog = context.ledger.catalog();
    let user = user_named(&catalog, who)?;
    context.ledger.commit(Entry::one(
        clock::now(),
        by,
        AccessChange::UserPasswordSet {
            id: user.id,
            password: context.people.password_of(&user.name, password)?,
            link: None,
            keep: None,
        },
    ))?;
    let catalog = context.ledger.catalog();
    Ok(view(user_named(&catalog, &user.id.to_string())?))
}

/// The active sessions of all users or of one.
///
/// # Errors
/// If there is no user with this name or id, or the store fails.
pub fn session_list(
    context: &Context,
    who: Option<&str>,
    current: Option<&ActiveSession>,
) -> Result<Vec<SessionView>, ManageError> {
    let catalog = context.ledger.catalog();
    let of = who.map(|who| user_named(&catalog, who)).transpose()?;
    let rows = context.people.session_list(of.map(|user| user.id), clock::now())?;
    let name = |id: &Uuid| {
        catalog
            .users
            .get(id)
            .map_or_else(|| id.to_string(), |user| user.name.clone())
    };
    let views = rows.into_iter().map(|row| SessionView {
        id: row.id(),
        user: name(&row.session.user),
        started_on: row.session.started_on,
        last_seen: row.last_seen,
        address: row.session.address,
        current: current.is_some_and(|live| live.key == row.key),
        agent: row.session.agent,
    });
    Ok(views.collect())
}

/// Ends a session, or, with `who` and without an id, all sessions of a user.
///
/// # Errors
/// If there is no such session.
pub fn session_end(
    context: &Context,
    by: Actor,
    who: Option<&str>,
    id: Option<&str>,
) -> Result<SessionsEnded, ManageError> {
    let catalog = context.ledger.catalog();
    let of = who.map(|who| user_named(&catalog, who)).transpose()?;
    let now = clock::now();
    let mut rows = context.people.session_list(of.map(|user| user.id), now)?;
    if let Some(id) = id {
        rows.retain(|row| row.id() == id);
        if rows.is_empty() {
            return Err(ManageError::NotFound {
                what: Thing::Session,
                name: id.to_owned(),
            });
        }
    }
    let keys = rows.into_iter().map(|row| row.key).collect();
    let count = context.people.sessions_end(by, keys, now)?;
    Ok(SessionsEnded { count })
}

/// Confirms the password again, before operations on secrets and access.
///
/// # Errors
/// If password or code is wrong, or a code is needed.
pub fn session_confirm(
    context: &Context,
    live: &ActiveSession,
    password: &Password,
    code: Option<&str>,
    address: IpAddr,
) -> Result<(), ManageError> {
    let people = &context.people;
    Ok(people.session_confirm(live, password, code, address, clock::now())?)
}

/// Changes the password of the current user and ends all their other sessions.
///
/// # Errors
/// If the old password is wrong, or the new one is not accepted.
pub fn password_change(
    context: &Context,
    live: &ActiveSession,
    old: &Password,
    new: &Password,
    address: IpAddr,
) -> Result<(), ManageError> {
    Ok(context.people.password_change(live, old, new, address, clock::now())?)
}

/// Starts enabling a second factor for the current user.
///
/// # Errors
/// If the password is wrong, or a second factor is enabled and its code is missing or wrong.
pub fn totp_begin(
    context: &Context,
    live: &ActiveSession,
    password: &Password,
    code: Option<&str>,
    address: IpAddr,
) -> Result<TotpView, ManageError> {
    let people = &context.people;
    let begun = people.totp_begin(&live.user, password, code, address, clock::now())?;
    Ok(TotpView {
        secret: begun.secret,
        qr_code: qr_code(&begun.uri),
        uri: begun.uri,
    })
}

/// Enables the second factor of the current user with its first code.
///
/// # Errors
/// If the code is wrong, or enabling was not started.
pub fn totp_confirm(context: &Context, live: &ActiveSession, code: &str) -> Result<RecoveryView, ManageError> {
    let recovery = context.people.totp_confirm(&live.user, code, clock::now())?;
    Ok(RecoveryView { recovery })
}

/// Disables the second factor of the current user. A user who lost it and all recovery codes needs
/// an administrator: see [`user_set`].
///
/// # Errors
/// If password or code is wrong, or a code is needed.
pub fn totp_off(
    context: &Context,
    live: &ActiveSession,
    password: &Password,
    code: Option<&str>,
    address: IpAddr,
) -> Result<(), ManageError> {
    let people = &context.people;
    Ok(people.totp_off(&live.user, password, code, address, clock::now())?)
}

/// Creates a set-up link, which starts with the URL of the admin page.
fn link_make(context: &Context, by: Actor, user: Option<Uuid>) -> Result<SetupLinkView, ManageError> {
    let made = context.people.setup_link_make(by, user, clock::now())?;
    let catalog = context.ledger.catalog();
    let user = user.and_then(|id| catalog.users.get(&id)).map(|user| user.name.clone());
    Ok(SetupLinkView {
        setup_link: setup_link(context, &made.token),
        expires: made.expires,
        user,
    })
}

/// The complete URL of a set-up link. The token comes after `#`, so that no server logs it.
#[must_use]
pub fn setup_link(context: &Context, token: &str) -> String {
    let issuer = &context.urls.issuer;
    let host = issuer.find("://").map_or(0, |at| at + 3);
    let end = issuer
        .get(host..)
        .and_then(|rest| rest.find('/'))
        .map_or(issuer.len(), |at| host + at);
    let origin = issuer.get(..end).unwrap_or_default();
    format!("{origin}/admin/#/setup/{token}")
}

/// The user with this name or id.
fn user_named<'a>(catalog: &'a Catalog, who: &str) -> Result<&'a Arc<User>, ManageError> {
    let by_id = || who.parse().ok().and_then(|id: Uuid| catalog.users.get(&id));
    let found = catalog.user_named(who).or_else(by_id);
    found.ok_or_else(|| ManageError::NotFound {
        what: Thing::User,
        name: who.to_owned(),
    })
}

fn view(user: &User) -> UserView {
    UserView {
        id: user.id,
        name: user.name.clone(),
        role: user.role,
        enabled: user.active,
        password_set: !user.password.is_empty(),
        totp: user.totp.is_some(),
        recovery_codes: user.recovery.len(),
        created_on: user.created_on,
    }
}
