//! Authenticates a client: by its secret, or by an assertion that it signed.
//!
//! An unknown client, a wrong secret and a wrong address get the same response after the same work.
//! Only the administrator can see which it was.

use std::net::IpAddr;
use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use ipnet::IpNet;

use super::Issuer;
use super::assertion::{self, Proof};
use super::error::TokenError;
use super::failure::Reason;
use super::form::Form;
use super::replay::Use;
use super::request::{Credentials, Incoming, credentials};
use super::resource::Urls;
use crate::domain::catalog::Catalog;
use crate::domain::client::{Client, MAX_SECRETS};
use crate::domain::time::Timestamp;
use crate::secret::client_secret_hash;

impl Issuer {
    /// The client of a request, which was authenticated and may use its address. The caller must
    /// check with [`Issuer::active_check`] whether the client is enabled.
    ///
    /// # Errors
    /// [`TokenError`].
    pub(super) fn client(
        &self,
        incoming: &Incoming<'_>,
        form: &Form<'_>,
        urls: &Urls,
        catalog: &Catalog,
        now: Timestamp,
    ) -> Result<Arc<Client>, TokenError> {
        let credentials = credentials(incoming.authorization, form)?;
        let remote = incoming.remote;
        let refused = |id: &str, reason| {
            self.failures
                .note(catalog.clients.get(id).map(Arc::as_ref), reason, remote, now);
        };
        let failed = |id: &str, reason| {
            refused(id, reason);
            self.failed(id, remote, now)
        };
        let client = match &credentials {
            Credentials::Nothing => {
                refused("", Reason::Nothing);
                return Err(TokenError::Client);
            }
            Credentials::Secret { id, secret } => {
                let found = by_secret(catalog, id, secret, now);
                let found = found.and_then(|client| if_allowed(client, remote));
                Arc::clone(found.map_err(|reason| failed(id, reason))?)
            }
            Credentials::Assertion { id, assertion } => {
                let claimed = assertion::subject(assertion).ok_or_else(|| failed("", Reason::Unreadable))?;
                // Checked even during a wait: a client that holds the key must not be locked out.
                let named = |client| match id {
                    Some(id) if *id != claimed => Err(Reason::ClientId),
                    _ => Ok(client),
                };
                let found = catalog.clients.get(&claimed).ok_or(Reason::ClientUnknown);
                let found = found.and_then(named).and_then(|client| if_allowed(client, remote));
                let proof = match found {
                    Ok(client) => {
                        let proof = assertion::proof(client, assertion, urls, now, self.started);
                        proof.map(|proof| (client, proof))
                    }
                    Err(reason) => {
                        assertion::as_long(assertion);
                        Err(reason)
                    }
                };
                let (client, Proof { jti, until }) = proof.map_err(|reason| failed(&claimed, reason))?;
                match self.assertions.note(&claimed, &jti, until, now) {
                    Use::First => Arc::clone(client),
                    Use::Replayed => return Err(failed(&claimed, Reason::JtiUsed)),
                    Use::Full => {
                        refused(&claimed, Reason::JtiFull);
                        return Err(TokenError::Throttled { seconds: 30 });
                    }
                }
            }
        };
        self.throttle.succeeded(&client.client_id, remote);
        Ok(client)
    }

    fn failed(&self, client: &str, remote: IpAddr, now: Timestamp) -> TokenError {
        match self.throttle.failed(client, remote, now) {
            Some(seconds) => TokenError::Throttled { seconds },
            None => TokenError::Client,
        }
    }

    /// Checks that an authenticated client may get tokens.
    ///
    /// # Errors
    /// If it or its technical user is disabled.
    pub(super) fn active_check(
        &self,
        catalog: &Catalog,
        client: &Client,
        remote: IpAddr,
        now: Timestamp,
    ) -> Result<(), TokenError> {
        if catalog.client_active(client) {
            return Ok(());
        }
        let reason = if client.settings.active {
            Reason::TechnicalUserOff
        } else {
            Reason::ClientOff
        };
        self.failures.note(Some(client), reason, remote, now);
        Err(TokenError::Unauthorized)
    }
}

/// The client with this id and one of its secrets. Always makes the same number of comparisons.
fn by_secret<'a>(catalog: &'a Catalog, id: &str, secret: &str, now: Timestamp) -> Result<&'a Arc<Client>, Reason> {
    let client = catalog.clients.get(id);
    let hash = client_secret_hash(secret);
    let mut secrets = client.into_iter().flat_map(|client| &client.secrets);
    let (mut right, mut over, mut any) = (false, false, false);
    for _ in 0..MAX_SECRETS {
        let stored = secrets.next();
        let equal = verify_slices_are_equal(stored.map_or(&[0; 32], |stored| &stored.hash), &hash).is_ok();
        let taken = stored.is_some_and(|stored| stored.is_taken(now));
        right |= equal && taken;
        over |= equal && stored.is_some() && !taken;
        any |= taken;
    }
    match client {
        None => Err(Reason::ClientUnknown),
        Some(client) if right => Ok(client),
        Some(_) if over => Err(Reason::SecretOver),
        Some(_) if any => Err(Reason::SecretWrong),
        Some(_) => Err(Reason::SecretNone),
    }
}

fn if_allowed(client: &Arc<Client>, remote: IpAddr) -> Result<&Arc<Client>, Reason> {
    if allowed(client, remote) {
        Ok(client)
    } else {
        Err(Reason::Address)
    }
}

/// Whether a client may request tokens from an address. A network that cannot be parsed allows
/// nothing.
fn allowed(client: &Client, remote: IpAddr) -> bool {
    let remote = remote.to_canonical();
    let networks = &client.settings.allowed_addresses;
    networks.is_empty() || networks.iter().any(|network| contains(network, remote))
}

fn contains(network: &str, address: IpAddr) -> bool {
    match network.parse::<IpNet>() {
        Ok(network) => network.contains(&address),
        Err(_) => network.parse::<IpAddr>().is_ok_and(|one| one.to_canonical() == address),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{client, secret};
    use super::*;

    #[test]
    fn addresses_and_networks() {
        for (networks, address, expected) in [
            (&[][..], "192.0.2.1", true),
            (&["192.0.2.1"], "192.0.2.1", true),
            (&["192.0.2.1"], "192.0.2.2", false),
            (&["10.0.0.0/8", "192.0.2.0/24"], "192.0.2.200", true),
            (&["10.0.0.0/8"], "192.0.2.200", false),
            (&["10.0.0.0/8"], "::ffff:10.1.2.3", true),
            (&["2001:db8::/32"], "2001:db8::1", true),
            (&["2001:db8::/32"], "2001:db9::1", false),
            (&["nonsense"], "192.0.2.1", false),
        ] {
            let mut client = client("c", &[]);
            client.settings.allowed_addresses = networks.iter().map(|&network| network.to_owned()).collect();
            assert_eq!(
                allowed(&client, address.parse().unwrap()),
                expected,
                "{networks:?} {address}"
            );
        }
    }

    #[test]
    fn both_secrets_of_a_client_are_taken_until_their_end() {
        let mut known = client("c", &[]);
        known.secrets = vec![secret("new", None), secret("old", Some(100))];
        let catalog = Catalog {
            clients: Arc::new(
                [
                    ("c".to_owned(), Arc::new(known)),
                    ("bare".to_owned(), Arc::new(client("bare", &[]))),
                ]
                .into(),
            ),
            ..Catalog::default()
        };
        for (id, secret, at, wrong) in [
            ("c", "new", 0, None),
            ("c", "new", 1000, None),
            ("c", "old", 99, None),
            ("c", "old", 100, Some(Reason::SecretOver)),
            ("c", "other", 0, Some(Reason::SecretWrong)),
            ("c", "", 0, Some(Reason::SecretWrong)),
            ("d", "new", 0, Some(Reason::ClientUnknown)),
            ("bare", "new", 0, Some(Reason::SecretNone)),
            ("bare", "", 0, Some(Reason::SecretNone)),
        ] {
            let found = by_secret(&catalog, id, secret, Timestamp(at));
            assert_eq!(found.err(), wrong, "{id} {secret} {at}");
        }
    }
}
