//! People who use the admin page: who they are, what they may do, and how they get in.

use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Context, ManageError};
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::catalog::Catalog;
use crate::domain::change::{AccessChange, Change};
use crate::domain::entry::Entry;
use crate::domain::time::Timestamp;
use crate::domain::user::{Password, Role, User};
use crate::people::{ActiveSession, SetupLinkMade, name_checked, totp_disabled};

/// Somebody who can log in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserView {
    pub id: Uuid,
    /// What they log in with.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whether they can log in.
    pub active: bool,
    /// Whether they have set a password.
    pub password_set: bool,
    /// Whether they have a second factor.
    pub totp: bool,
    /// How many recovery codes they have left.
    pub recovery_codes: usize,
    /// When they were added.
    pub created_on: Timestamp,
}

/// Somebody, and the link by which they set their password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserAdded {
    pub user: UserView,
    /// The link: a secret, shown once; none if the password was given.
    pub setup_link: Option<SetupLinkView>,
}

/// A link by which somebody sets their password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetupLinkView {
    /// The link: a secret, shown once.
    pub setup_link: String,
    /// From when on it is dead.
    pub expires: Timestamp,
    /// Whose password it sets; none for a new administrator.
    pub user: Option<String>,
}

/// What to change on somebody; an absent part stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UserEdit {
    /// What they log in with.
    pub name: Option<String>,
    /// What they may do.
    pub role: Option<Role>,
    /// Whether they can log in; `false` ends their sessions.
    pub active: Option<bool>,
    /// `false` takes their second factor away, for one who lost it.
    pub totp: Option<bool>,
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    pub id: String,
    pub user: String,
    pub started_on: Timestamp,
    /// When it was used last.
    pub last_seen: Timestamp,
    /// From where it was started.
    pub address: Option<IpAddr>,
    /// What the browser calls itself.
    pub agent: String,
    /// Whether it is that of whoever asks.
    pub current: bool,
}

/// How many sessions ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionsEnded {
    pub count: u64,
}

/// A second factor that was begun.
#[derive(Clone, Serialize)]
pub struct TotpView {
    /// To be typed into an authenticator. A secret.
    pub secret: String,
    /// The same as `otpauth:` URI, for a QR code.
    pub uri: String,
}

/// Recovery codes, shown once.
#[derive(Clone, Serialize)]
pub struct RecoveryView {
    /// The codes; each counts once.
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

/// Everybody, by name.
#[must_use]
pub fn user_list(context: &Context) -> Vec<UserView> {
    let catalog = context.ledger.catalog();
    let mut people: Vec<UserView> = catalog.users.values().map(|user| view(user)).collect();
    people.sort_by_key(|user| user.name.to_lowercase());
    people
}

/// Adds somebody, with a password or with a link by which they set one.
///
/// # Errors
/// When the name is taken, or name or password cannot be taken.
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
    let setup_link = link.map(|link| SetupLinkView {
        setup_link: setup_link(context, &link.token),
        expires: link.expires,
        user: Some(name.clone()),
    });
    let catalog = context.ledger.catalog();
    let user = view(user_named(&catalog, &name)?);
    Ok(UserAdded { user, setup_link })
}

/// Renames somebody, gives them another role, switches them, or takes a lost second factor away.
///
/// # Errors
/// When there is nobody of this name or id, or no administrator would be left.
pub fn user_set(context: &Context, by: Actor, who: &str, edit: UserEdit) -> Result<UserView, ManageError> {
    let _editing = context.edit();
    let catalog = context.ledger.catalog();
    let user = user_named(&catalog, who)?;
    if edit.totp == Some(true) {
        let problem = "only its owner can switch it on, on the page of the own account".to_owned();
        return Err(ManageError::Invalid {
            what: "second factor",
            problem,
        });
    }
    let name = edit
        .name
        .map_or_else(|| Ok(user.name.clone()), |name| name_checked(&name))?;
    let role = edit.role.unwrap_or(user.role);
    let active = edit.active.unwrap_or(user.active);
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

/// A link by which somebody sets a new password; without a name, one by which a new administrator
/// comes in. The link before for the same is dead.
///
/// # Errors
/// When there is nobody of this name or id who is active.
pub fn user_reset_link(context: &Context, by: Actor, who: Option<&str>) -> Result<SetupLinkView, ManageError> {
    let catalog = context.ledger.catalog();
    let user = who.map(|who| user_named(&catalog, who)).transpose()?;
    if let Some(user) = user.filter(|user| !user.active) {
        let problem = format!("{} is switched off; switch them on first", user.name);
        return Err(ManageError::Invalid { what: "user", problem });
    }
    link_make(context, by, user.map(|user| user.id))
}

/// Sets somebody's password; all their sessions end.
///
/// # Errors
/// When there is nobody of this name or id, or the password is not taken.
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

/// Sessions that go on, of everybody or of one.
///
/// # Errors
/// When there is nobody of this name or id, or the store cannot answer.
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

/// Ends a session, or with `who` and no id all sessions of somebody.
///
/// # Errors
/// When there is no such session.
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
                what: "session",
                name: id.to_owned(),
                next: "'hookgate session list' shows what there is",
            });
        }
    }
    let keys = rows.into_iter().map(|row| row.key).collect();
    let count = context.people.sessions_end(by, keys, now)?;
    Ok(SessionsEnded { count })
}

/// Proves once more who somebody is, for what touches secrets and ways in.
///
/// # Errors
/// When password or code are wrong, or a code is needed.
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

/// Changes the own password; all other sessions of theirs end.
///
/// # Errors
/// When the old one is wrong, or the new one is not taken.
pub fn password_change(
    context: &Context,
    live: &ActiveSession,
    old: &Password,
    new: &Password,
    address: IpAddr,
) -> Result<(), ManageError> {
    Ok(context.people.password_change(live, old, new, address, clock::now())?)
}

/// Begins the own second factor.
///
/// # Errors
/// When the password is wrong, or one is on already and the code is missing or wrong.
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
        uri: begun.uri,
    })
}

/// Switches the own second factor on, by its first code.
///
/// # Errors
/// When the code is wrong, or none was begun.
pub fn totp_confirm(context: &Context, live: &ActiveSession, code: &str) -> Result<RecoveryView, ManageError> {
    let recovery = context.people.totp_confirm(&live.user, code, clock::now())?;
    Ok(RecoveryView { recovery })
}

/// Switches the own second factor off. Who lost it and all recovery codes asks an administrator:
/// see [`user_set`].
///
/// # Errors
/// When password or code are wrong, or a code is needed.
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

/// What a link starts with: where the admin page is, as people reach it.
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

/// A set-up link in full. The token stands behind `#`, so that no server logs it.
#[must_use]
pub fn setup_link(context: &Context, token: &str) -> String {
    let issuer = &context.issuer_url;
    let host = issuer.find("://").map_or(0, |at| at + 3);
    let end = issuer
        .get(host..)
        .and_then(|rest| rest.find('/'))
        .map_or(issuer.len(), |at| host + at);
    let origin = issuer.get(..end).unwrap_or_default();
    format!("{origin}/admin/#/setup/{token}")
}

/// Somebody by name or id.
fn user_named<'a>(catalog: &'a Catalog, who: &str) -> Result<&'a Arc<User>, ManageError> {
    let by_id = || who.parse().ok().and_then(|id: Uuid| catalog.users.get(&id));
    let found = catalog.user_named(who).or_else(by_id);
    found.ok_or_else(|| ManageError::NotFound {
        what: "user",
        name: who.to_owned(),
        next: "'hookgate user list' shows who there is",
    })
}

fn view(user: &User) -> UserView {
    UserView {
        id: user.id,
        name: user.name.clone(),
        role: user.role,
        active: user.active,
        password_set: !user.password.is_empty(),
        totp: user.totp.is_some(),
        recovery_codes: user.recovery.len(),
        created_on: user.created_on,
    }
}
