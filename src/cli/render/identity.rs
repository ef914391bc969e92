//! OAuth clients, technical users, signing keys and system settings for people.

use super::configuration;
use super::page::{Page, Tone};
use super::source::enabled;
use super::table::{Align, Table, cell};
use super::text::{clean, counted, number, time, time_utc};
use crate::manage::client::ClientView;
use crate::manage::health::OauthHealthView;
use crate::manage::odata_access::{Missing, MissingView};
use crate::manage::setting::SettingView;
use crate::manage::signing_key::SigningKeyView;
use crate::manage::technical_user::TechnicalUserView;

pub(in crate::cli) fn clients(page: &mut Page, views: &[ClientView]) {
    let heads = [
        "NAME",
        "CLIENT ID",
        "ENABLED",
        "TECHNICAL USER",
        "SCOPES",
        "LAST USED (UTC)",
    ];
    let mut table = Table::new(&heads.map(|head| (head, Align::Left)));
    for view in views {
        table.row(vec![
            cell(view.name.as_str()),
            cell(view.client_id.as_str()),
            enabled(view.enabled),
            cell(view.user.as_str()),
            cell(view.scopes.join(" ")),
            cell(view.last_used.map_or_else(|| "never".to_owned(), time)),
        ]);
    }
    table.show(page);
}

pub(in crate::cli) fn client(page: &mut Page, view: &ClientView) {
    let (text, tone) = enabled(view.enabled);
    page.field_toned("Client", &view.name, Tone::Head);
    page.field("Client ID", &view.client_id);
    page.field("Client secret", view.secret.as_deref().unwrap_or_default());
    page.field_toned("Enabled", &text, tone);
    page.field("Technical user", &view.user);
    page.field("Application URL", &view.application_url);
    page.field("Description", &view.description);
    let or = |list: &[String], empty: &str| {
        if list.is_empty() {
            empty.to_owned()
        } else {
            list.join(", ")
        }
    };
    page.field("Scopes", &or(&view.scopes, "none"));
    page.field("Allowed addresses", &or(&view.allowed_addresses, "all addresses"));
    let lifetime = counted(view.token_lifetime.into(), "second", "seconds");
    page.field("Tokens", &format!("{}, {lifetime}", view.algorithm.name()));
    if view.endpoint_audience {
        page.field("Assertions", "audience may be the issuer or the token endpoint");
    }
    for secret in &view.secrets {
        let until = secret
            .expires_on
            .map(|end| format!(", valid until {}", time_utc(end)))
            .unwrap_or_default();
        page.field("Secret", &format!("{}… {}{until}", secret.hint, secret.id));
    }
    for key in &view.keys {
        page.field("Key", &format!("{} {}", key.algorithm.name(), key.kid));
    }
    page.field("Created", &time_utc(view.created_on));
    page.field(
        "Last used",
        &view.last_used.map_or_else(|| "never".to_owned(), time_utc),
    );
    let failure = view.last_failure.as_ref();
    let failure = failure.map(|last| format!("{}, from {}: {}", time_utc(last.on), last.from, last.reason));
    page.field(
        "Last rejected",
        &failure.unwrap_or_else(|| "none since the server started".to_owned()),
    );
    missing(page, &view.missing);
    if view.secret.is_some() {
        page.line("");
        page.toned(
            Tone::Quiet,
            "The client secret is shown only once: configure it in the program now.",
        );
    }
}

/// What keeps a program from records: without it, the first that is heard of it is a 403.
fn missing(page: &mut Page, missing: &[MissingView]) {
    for one in missing {
        page.field_toned("Missing", &one.text, Tone::Bad);
        page.field("  next step", &added_by(one));
    }
}

/// The command that adds what is missing.
fn added_by(missing: &MissingView) -> String {
    let user = &missing.user;
    match missing.code {
        Missing::TechnicalUserOff => format!("hookgate technical-user enable {user}"),
        Missing::OdataOff => format!("hookgate technical-user set {user} --odata on"),
        Missing::NoPermission | Missing::NoRead => format!("hookgate grant Contact --read --user {user}"),
    }
}

pub(in crate::cli) fn client_deleted(page: &mut Page, view: &ClientView) {
    page.line(&format!(
        "{} was deleted; its tokens are no longer valid.",
        clean(&view.name)
    ));
}

pub(in crate::cli) fn users(page: &mut Page, views: &[TechnicalUserView]) {
    let mut table = Table::new(&[
        ("CODE", Align::Left),
        ("NAME", Align::Left),
        ("ENABLED", Align::Left),
        ("ODATA", Align::Left),
        ("CLIENTS", Align::Right),
        ("OBJECTS", Align::Right),
    ]);
    for view in views {
        table.row(vec![
            cell(view.code.as_str()),
            cell(view.name.as_str()),
            enabled(view.enabled),
            cell(if view.odata { "yes" } else { "-" }),
            cell(number(view.clients.len() as u64)),
            cell(number(view.grants.len() as u64)),
        ]);
    }
    table.show(page);
}

pub(in crate::cli) fn user(page: &mut Page, view: &TechnicalUserView) {
    let (text, tone) = enabled(view.enabled);
    page.field_toned("Technical user", &view.code, Tone::Head);
    page.field("Name", &view.name);
    page.field_toned("Enabled", &text, tone);
    page.field("OData", if view.odata { "yes" } else { "no" });
    page.field("Clients", &view.clients.join(", "));
    page.line("");
    if view.grants.is_empty() {
        let text = format!(
            "It has no permissions on records: grant them, for example with 'hookgate grant Contact --read --user {}'.",
            view.code
        );
        page.toned(Tone::Quiet, &clean(&text));
    } else {
        configuration::grants(page, &view.grants);
    }
}

pub(in crate::cli) fn settings(page: &mut Page, views: &[SettingView]) {
    for view in views {
        page.toned(Tone::Head, &clean(&view.code));
        page.field("  value", shown(view));
        page.field("  description", &view.description);
    }
}

pub(in crate::cli) fn setting(page: &mut Page, view: &SettingView) {
    page.line(&clean(shown(view)));
    if view.masked {
        let text = format!("Masked; show it with 'hookgate setting show {} --reveal'.", view.code);
        page.toned(Tone::Quiet, &clean(&text));
    }
}

fn shown(view: &SettingView) -> &str {
    if view.value.is_empty() { "(empty)" } else { &view.value }
}

pub(in crate::cli) fn signing_keys(page: &mut Page, views: &[SigningKeyView]) {
    if views.is_empty() {
        page.line("No keys yet; the server creates the first ones when it starts.");
        return;
    }
    let heads = [
        "KEY ID",
        "ALGORITHM",
        "STATE",
        "CREATED (UTC)",
        "SIGNS FROM (UTC)",
        "REMOVED (UTC)",
    ];
    let mut table = Table::new(&heads.map(|head| (head, Align::Left)));
    for view in views {
        table.row(vec![
            cell(view.kid.as_str()),
            cell(view.algorithm.name()),
            cell(view.state.name()),
            cell(time(view.created_on)),
            cell(time(view.active_from)),
            cell(view.removed_on.map_or_else(|| "-".to_owned(), time)),
        ]);
    }
    table.show(page);
}

pub(in crate::cli) fn oauth_health(page: &mut Page, view: &OauthHealthView) {
    if view.healthy {
        page.toned(Tone::Good, "Programs can get tokens.");
    } else {
        page.toned(Tone::Bad, "Programs cannot get tokens.");
    }
    for step in &view.steps {
        let (text, tone) = if step.ok {
            ("ok", Tone::Good)
        } else {
            ("failed", Tone::Bad)
        };
        page.field_toned(&step.name, text, tone);
        page.field("  problem", step.problem.as_deref().unwrap_or_default());
        page.field("  next step", step.next.as_deref().unwrap_or_default());
    }
}
