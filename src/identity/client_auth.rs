//! Who a client is: by its secret, or by an assertion that it signed.
//!
//! A client that is not known, one with a wrong secret and one at a wrong address get the same
//! answer, after the same work.

use std::net::IpAddr;
use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use ipnet::IpNet;

use super::Issuer;
use super::assertion::{self, Proof};
use super::error::TokenError;
use super::form::Form;
use super::replay::Use;
use super::request::{Credentials, Incoming, credentials};
use super::resource::Urls;
use crate::domain::catalog::Catalog;
use crate::domain::client::{Client, SECRETS_MOST};
use crate::domain::time::Timestamp;
use crate::secret::client_secret_hash;

impl Issuer {
    /// The client of a request, which proved who it is and may be where it is. Whether it is
    /// switched on, the caller asks [`active_check`].
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
        let client = match &credentials {
            Credentials::Nothing => return Err(TokenError::Client),
            Credentials::Secret { id, secret } => {
                let found = by_secret(catalog, id, secret, now).filter(|client| allowed(client, incoming.remote));
                found.ok_or_else(|| self.failed(id, incoming.remote, now))?
            }
            Credentials::Assertion { id, assertion } => {
                let claimed = assertion::subject(assertion).ok_or_else(|| self.failed("", incoming.remote, now))?;
                // Checked also while a wait runs: whoever holds the key cannot be locked out.
                let found = catalog
                    .clients
                    .get(&claimed)
                    .filter(|client| id.as_ref().is_none_or(|id| *id == claimed) && allowed(client, incoming.remote));
                let proof = match found {
                    Some(client) => assertion::proof(client, assertion, urls, now, self.started),
                    None => assertion::as_long(assertion),
                };
                let proof = found.zip(proof);
                let (client, Proof { jti, until }) =
                    proof.ok_or_else(|| self.failed(&claimed, incoming.remote, now))?;
                match self.assertions.note(&claimed, &jti, until, now) {
                    Use::First => Arc::clone(client),
                    Use::Again => return Err(self.failed(&claimed, incoming.remote, now)),
                    Use::Full => return Err(TokenError::Throttled { seconds: 30 }),
                }
            }
        };
        self.throttle.succeeded(&client.client_id, incoming.remote);
        Ok(client)
    }

    fn failed(&self, client: &str, remote: IpAddr, now: Timestamp) -> TokenError {
        match self.throttle.failed(client, remote, now) {
            Some(seconds) => TokenError::Throttled { seconds },
            None => TokenError::Client,
        }
    }
}

/// That a client that proved who it is gets anything at all.
///
/// # Errors
/// When it or its technical user is switched off.
pub fn active_check(catalog: &Catalog, client: &Client) -> Result<(), TokenError> {
    if catalog.client_active(client) {
        Ok(())
    } else {
        Err(TokenError::Unauthorized)
    }
}

/// The client with this id and one of its secrets. As many comparisons are made for every id
/// and secret.
fn by_secret(catalog: &Catalog, id: &str, secret: &str, now: Timestamp) -> Option<Arc<Client>> {
    let client = catalog.clients.get(id);
    let hash = client_secret_hash(secret);
    let mut hashes = client
        .into_iter()
        .flat_map(|client| client.secrets_at(now))
        .map(|secret| &secret.hash);
    let mut right = false;
    for _ in 0..SECRETS_MOST {
        let stored = hashes.next();
        let equal = verify_slices_are_equal(stored.unwrap_or(&[0; 32]), &hash).is_ok();
        right |= equal && stored.is_some();
    }
    client.filter(|_| right).cloned()
}

/// Whether a client may fetch tokens from an address. A network that cannot be read allows
/// nothing.
fn allowed(client: &Client, remote: IpAddr) -> bool {
    let remote = remote.to_canonical();
    let networks = &client.settings.allowed_addresses;
    let allowed = networks.is_empty() || networks.iter().any(|network| contains(network, remote));
    if !allowed {
        tracing::debug!(client = client.client_id, %remote, "a client asks from an address that it may not ask from");
    }
    allowed
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
            clients: [
                ("c".to_owned(), Arc::new(known)),
                ("bare".to_owned(), Arc::new(client("bare", &[]))),
            ]
            .into(),
            ..Catalog::default()
        };
        for (id, secret, at, right) in [
            ("c", "new", 0, true),
            ("c", "new", 1000, true),
            ("c", "old", 99, true),
            ("c", "old", 100, false),
            ("c", "other", 0, false),
            ("c", "", 0, false),
            ("d", "new", 0, false),
            ("bare", "new", 0, false),
            ("bare", "", 0, false),
        ] {
            let found = by_secret(&catalog, id, secret, Timestamp(at));
            assert_eq!(found.is_some(), right, "{id} {secret} {at}");
        }
    }
}
