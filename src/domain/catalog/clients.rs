//! Technical users and OAuth clients.

use std::sync::Arc;

use uuid::Uuid;

use super::{ApplyError, Catalog};
use crate::domain::client::{Client, ClientSecret, ClientSettings, MAX_SECRETS};
use crate::domain::normal::name_key_1;
use crate::domain::rights::TechnicalUser;
use crate::domain::time::Timestamp;

impl Catalog {
    /// The client with this name, without regard to case.
    #[must_use]
    pub fn client_named(&self, name: &str) -> Option<&Arc<Client>> {
        let name = name_key_1(name);
        self.clients
            .values()
            .find(|client| name_key_1(&client.settings.name) == name)
    }

    /// Whether a client gets tokens and its tokens are valid: it and its technical user are active.
    #[must_use]
    pub fn client_active(&self, client: &Client) -> bool {
        let user = client.settings.user;
        let user = self.technical_users.get(&user);
        client.settings.active && user.is_some_and(|user| user.active)
    }

    /// The code identifies the user: an existing user keeps its id and code.
    pub(super) fn technical_user_set(&mut self, new: &TechnicalUser) {
        let known = self.technical_user(&new.code).cloned();
        let user = match &known {
            Some(known) => TechnicalUser {
                id: known.id,
                code: known.code.clone(),
                ..new.clone()
            },
            None => new.clone(),
        };
        if known.is_some_and(|known| known.active) && !user.active {
            for client in Arc::make_mut(&mut self.clients).values_mut() {
                if client.settings.user == user.id {
                    revoke_tokens(Arc::make_mut(client));
                }
            }
        }
        Arc::make_mut(&mut self.technical_users).insert(user.id, Arc::new(user));
    }

    pub(super) fn client_add(&mut self, client: Client) -> Result<(), ApplyError> {
        self.client_name_free(&client.settings.name, &client.client_id)?;
        self.client_user_known(client.settings.user)?;
        Arc::make_mut(&mut self.clients).insert(client.client_id.clone(), Arc::new(client));
        Ok(())
    }

    pub(super) fn client_change(&mut self, client_id: &str, settings: &ClientSettings) -> Result<(), ApplyError> {
        self.client_name_free(&settings.name, client_id)?;
        self.client_user_known(settings.user)?;
        let client = self.client_mut(client_id)?;
        // Old tokens must not act as the new technical user, nor outlive a disabled client.
        if client.settings.user != settings.user || client.settings.active && !settings.active {
            revoke_tokens(client);
        }
        client.settings = settings.clone();
        Ok(())
    }

    pub(super) fn client_secret_add(
        &mut self,
        client_id: &str,
        secret: &ClientSecret,
        previous_until: Option<Timestamp>,
    ) -> Result<(), ApplyError> {
        let client = self.client_mut(client_id)?;
        match previous_until {
            None => client.secrets.clear(),
            Some(until) => {
                client.secrets.truncate(MAX_SECRETS - 1);
                for old in &mut client.secrets {
                    old.expires_on = Some(old.expires_on.map_or(until, |end| end.min(until)));
                }
            }
        }
        client.secrets.insert(0, secret.clone());
        Ok(())
    }

    pub(super) fn client_secret_revoke(&mut self, client_id: &str, secret: Uuid) -> Result<(), ApplyError> {
        let client = self.client_mut(client_id)?;
        let before = client.secrets.len();
        client.secrets.retain(|known| known.id != secret);
        if client.secrets.len() == before {
            let what = format!("the secret {secret}");
            return Err(ApplyError::Gone { what });
        }
        Ok(())
    }

    pub(super) fn client_tokens_revoke(&mut self, client_id: &str) -> Result<(), ApplyError> {
        revoke_tokens(self.client_mut(client_id)?);
        Ok(())
    }

    pub(super) fn client_mut(&mut self, client_id: &str) -> Result<&mut Client, ApplyError> {
        Arc::make_mut(&mut self.clients)
            .get_mut(client_id)
            .map(Arc::make_mut)
            .ok_or_else(|| ApplyError::ClientUnknown(client_id.to_owned()))
    }

    fn client_name_free(&self, name: &str, client_id: &str) -> Result<(), ApplyError> {
        match self.client_named(name) {
            Some(other) if other.client_id != client_id => Err(ApplyError::ClientNameTaken(name.to_owned())),
            _ => Ok(()),
        }
    }

    fn client_user_known(&self, user: Uuid) -> Result<(), ApplyError> {
        if self.technical_users.contains_key(&user) {
            Ok(())
        } else {
            Err(ApplyError::TechnicalUserUnknown(user.to_string()))
        }
    }
}

/// Tokens contain the epoch in which they were issued.
const fn revoke_tokens(client: &mut Client) {
    client.epoch = client.epoch.saturating_add(1);
}
