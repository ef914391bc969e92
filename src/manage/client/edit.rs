//! Applies an edit to the settings of a client.

use std::net::IpAddr;

use ipnet::IpNet;

use super::ClientEdit;
use crate::domain::catalog::Catalog;
use crate::domain::client::{CLIENT_ID_PREFIX, ClientSettings, SCOPES, TOKEN_LIFETIME, TOKEN_LIFETIMES};
use crate::domain::signing_key::Algorithm;
use crate::manage::patch::Edit;
use crate::manage::technical_user::technical_user_named;
use crate::manage::{ManageError, checked};

/// The maximum length of a client's name.
const MAX_NAME_LENGTH: usize = 100;

/// The maximum length of the Application URL.
const MAX_URL_LENGTH: usize = 500;

/// The maximum length of the description.
const MAX_DESCRIPTION_LENGTH: usize = 1000;

/// The maximum number of addresses and networks of a client.
const MAX_ADDRESSES: usize = 100;

/// Rejects names that look like a client id.
pub(super) fn name_checked(name: &str) -> Result<String, ManageError> {
    let name = checked::name("name", name, MAX_NAME_LENGTH, "use the name of the program")?;
    if name.starts_with(CLIENT_ID_PREFIX) {
        let problem = format!("must not start with {CLIENT_ID_PREFIX}, as client ids do");
        return Err(ManageError::Invalid { what: "name", problem });
    }
    Ok(name)
}

pub(super) fn user_missing() -> ManageError {
    let problem = "specify the technical user that the client acts as; 'hookgate technical-user list' lists all \
        technical users"
        .to_owned();
    ManageError::Invalid {
        what: "technical user",
        problem,
    }
}

/// The settings after applying an edit.
pub(super) fn edited(
    catalog: &Catalog,
    mut settings: ClientSettings,
    edit: ClientEdit,
) -> Result<ClientSettings, ManageError> {
    settings.active = edit.enabled.unwrap_or(settings.active);
    match edit.application_url {
        Edit::Keep => {}
        Edit::Clear => settings.application_url.clear(),
        Edit::Set(url) => settings.application_url = url_checked(&url)?,
    }
    match edit.description {
        Edit::Keep => {}
        Edit::Clear => settings.description.clear(),
        Edit::Set(text) => settings.description = checked::line("description", &text, MAX_DESCRIPTION_LENGTH)?,
    }
    match edit.user {
        Edit::Keep => {}
        Edit::Clear => return Err(user_missing()),
        Edit::Set(code) => settings.user = technical_user_named(catalog, &code)?.id,
    }
    match edit.scopes {
        Edit::Keep => {}
        Edit::Clear => settings.scopes.clear(),
        Edit::Set(scopes) => settings.scopes = scopes_checked(&scopes)?,
    }
    match edit.allowed_addresses {
        Edit::Keep => {}
        Edit::Clear => settings.allowed_addresses.clear(),
        Edit::Set(addresses) => settings.allowed_addresses = addresses_checked(&addresses)?,
    }
    match edit.algorithm {
        Edit::Keep => {}
        Edit::Clear => settings.algorithm = Algorithm::ES256,
        Edit::Set(algorithm) => settings.algorithm = algorithm,
    }
    match edit.token_lifetime {
        Edit::Keep => {}
        Edit::Clear => settings.token_lifetime = TOKEN_LIFETIME,
        Edit::Set(seconds) if TOKEN_LIFETIMES.contains(&seconds) => settings.token_lifetime = seconds,
        Edit::Set(_) => {
            let (least, most) = (TOKEN_LIFETIMES.start(), TOKEN_LIFETIMES.end());
            let problem = format!("must be from {least} to {most} seconds (a day)");
            return Err(ManageError::Invalid {
                what: "token lifetime",
                problem,
            });
        }
    }
    match edit.endpoint_audience {
        Edit::Keep => {}
        Edit::Clear => settings.endpoint_audience = false,
        Edit::Set(taken) => settings.endpoint_audience = taken,
    }
    Ok(settings)
}

/// A link that people can follow; may be empty.
fn url_checked(url: &str) -> Result<String, ManageError> {
    let what = "Application URL";
    let url = checked::line(what, url, MAX_URL_LENGTH)?;
    let lower = url.to_ascii_lowercase();
    let link = lower
        .strip_prefix("https://")
        .or_else(|| lower.strip_prefix("http://"))
        .is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace));
    if link || url.is_empty() {
        return Ok(url);
    }
    let problem = format!("'{url}' is not a URL; use a value such as https://reports.example.com");
    Err(ManageError::Invalid { what, problem })
}

/// Removes duplicates and sorts the scopes in their usual order.
fn scopes_checked(scopes: &[String]) -> Result<Vec<String>, ManageError> {
    let named: Vec<&str> = scopes.iter().flat_map(|scope| scope.split_whitespace()).collect();
    if let Some(unknown) = named.iter().find(|scope| !SCOPES.contains(scope)) {
        let problem = format!("unknown scope '{unknown}'; use one of: {}", SCOPES.join(", "));
        return Err(ManageError::Invalid { what: "scope", problem });
    }
    let known = SCOPES.iter().filter(|scope| named.contains(scope));
    Ok(known.map(|scope| (*scope).to_owned()).collect())
}

/// Normalizes addresses. Networks lose the bits after their prefix length.
fn addresses_checked(addresses: &[String]) -> Result<Vec<String>, ManageError> {
    let what = "allowed address";
    if addresses.len() > MAX_ADDRESSES {
        let problem = format!("at most {MAX_ADDRESSES} are allowed; use networks, such as 10.0.0.0/8");
        return Err(ManageError::Invalid { what, problem });
    }
    let mut checked: Vec<String> = Vec::with_capacity(addresses.len());
    for address in addresses {
        let address = address.trim();
        let read = match address.parse::<IpNet>() {
            Ok(network) => Some(network.trunc().to_string()),
            Err(_) => address
                .parse::<IpAddr>()
                .ok()
                .map(|address| address.to_canonical().to_string()),
        };
        let read = read.ok_or_else(|| {
            let problem =
                format!("'{address}' is neither an address nor a network; use a value such as 10.1.2.3 or 10.0.0.0/8");
            ManageError::Invalid { what, problem }
        })?;
        if !checked.contains(&read) {
            checked.push(read);
        }
    }
    Ok(checked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rights::{WEBHOOK_SERVICE, WEBHOOK_SERVICE_ID};
    use crate::manage::client::settings_new;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn edit(edit: ClientEdit) -> Result<ClientSettings, String> {
        let catalog = Catalog::default();
        edited(&catalog, settings_new("Reports".to_owned()), edit).map_err(|error| error.to_string())
    }

    #[test]
    fn an_edit_changes_only_what_it_names() {
        let user = Edit::Set(WEBHOOK_SERVICE.to_lowercase());
        let settings = edit(ClientEdit {
            user,
            ..ClientEdit::default()
        });
        let wanted = ClientSettings {
            user: WEBHOOK_SERVICE_ID,
            ..settings_new("Reports".to_owned())
        };
        assert_eq!(settings, Ok(wanted));
    }

    #[test]
    fn addresses_and_networks_are_written_one_way() {
        let set = |given: &[&str]| {
            let allowed_addresses = Edit::Set(texts(given));
            edit(ClientEdit {
                allowed_addresses,
                ..ClientEdit::default()
            })
            .map(|settings| settings.allowed_addresses)
        };
        assert_eq!(
            set(&[
                "10.1.2.3/8",
                " 192.168.0.7 ",
                "2001:DB8::0001",
                "::ffff:10.0.0.1",
                "10.0.0.0/8"
            ]),
            Ok(texts(&["10.0.0.0/8", "192.168.0.7", "2001:db8::1", "10.0.0.1"]))
        );
        for wrong in ["localhost", "10.0.0.0/33", "10.0.0", ""] {
            assert!(set(&[wrong]).is_err(), "{wrong}");
        }
        assert!(set(&["10.0.0.1"; 101]).is_err());
    }

    #[test]
    fn scopes_are_known_and_in_their_order() {
        assert_eq!(
            scopes_checked(&texts(&["webhook:send", "odata webhook:send"])).unwrap(),
            ["odata", "webhook:send"]
        );
        let problem = scopes_checked(&texts(&["OData"])).unwrap_err().to_string();
        assert!(
            problem.contains("'OData'") && problem.contains("odata, webhook:send"),
            "{problem}"
        );
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for wrong in [
            ClientEdit {
                token_lifetime: Edit::Set(59),
                ..ClientEdit::default()
            },
            ClientEdit {
                token_lifetime: Edit::Set(86_401),
                ..ClientEdit::default()
            },
            ClientEdit {
                application_url: Edit::Set("javascript:alert(1)".to_owned()),
                ..ClientEdit::default()
            },
            ClientEdit {
                user: Edit::Set("Nobody".to_owned()),
                ..ClientEdit::default()
            },
            ClientEdit {
                user: Edit::Clear,
                ..ClientEdit::default()
            },
            ClientEdit {
                description: Edit::Set("a\nb".to_owned()),
                ..ClientEdit::default()
            },
        ] {
            assert!(edit(wrong.clone()).is_err(), "{wrong:?}");
        }
        for wrong in ["", " ", "hgc_reports", "a\u{1b}b"] {
            assert!(name_checked(wrong).is_err(), "{wrong:?}");
        }
        assert_eq!(name_checked(" Reports ").unwrap(), "Reports");
    }
}
