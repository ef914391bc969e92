//! Technical users, OAuth clients and signing keys: what a change does to them.

use std::sync::Arc;

use uuid::Uuid;

use super::{Catalog, Refusal};
use crate::domain::client::{Client, SECRETS_MOST};
use crate::domain::rights::{TechnicalUser, UserState};
use crate::domain::time::Timestamp;

impl Catalog {
    /// What is switched on for a technical user.
    #[must_use]
    pub fn user_state(&self, user: Uuid) -> UserState {
        self.user_states.get(&user).copied().unwrap_or_default()
    }

    /// The client with this name, without regard to case.
    #[must_use]
    pub fn client_named(&self, name: &str) -> Option<&Arc<Client>> {
        let name = name.to_lowercase();
        self.clients
            .values()
            .find(|client| client.settings.name.to_lowercase() == name)
    }

    /// Whether a client gets tokens and its tokens count: it and its technical user are active.
    #[must_use]
    pub fn client_active(&self, client: &Client) -> bool {
        let user = client.settings.user;
        client.settings.active && self.users.contains_key(&user) && self.user_state(user).active
    }

    pub(super) fn user_set(&mut self, id: Uuid, code: &str, name: &str, state: UserState) {
        let id = self.user(code).map_or(id, |known| known.id);
        let was = self.user_state(id);
        let user = self.users.entry(id).or_insert_with(|| TechnicalUser {
            id,
            code: code.to_owned(),
            name: String::new(),
        });
        name.clone_into(&mut user.name);
        if state == UserState::default() {
            self.user_states.remove(&id);
        } else {
            self.user_states.insert(id, state);
        }
        if was.active && !state.active {
            let clients = self.clients.values_mut();
            for client in clients.filter(|client| client.settings.user == id) {
                end_tokens(Arc::make_mut(client));
            }
        }
    }

    pub(super) fn client_add(&mut self, client: Client) -> Result<(), Refusal> {
        self.client_name_free(&client.settings.name, &client.client_id)?;
        self.client_user_known(client.settings.user)?;
        self.clients.insert(client.client_id.clone(), Arc::new(client));
        Ok(())
    }

    pub(super) fn client_change(
        &mut self,
        client_id: &str,
        settings: &crate::domain::client::ClientSettings,
    ) -> Result<(), Refusal> {
        self.client_name_free(&settings.name, client_id)?;
        self.client_user_known(settings.user)?;
        let client = self.client_mut(client_id)?;
        // What a token was made for is no longer so: another user, or nobody.
        if client.settings.user != settings.user || client.settings.active && !settings.active {
            end_tokens(client);
        }
        client.settings = settings.clone();
        Ok(())
    }

    pub(super) fn client_secret_add(
        &mut self,
        client_id: &str,
        secret: &crate::domain::client::ClientSecret,
        previous_until: Option<Timestamp>,
    ) -> Result<(), Refusal> {
        let client = self.client_mut(client_id)?;
        match previous_until {
            None => client.secrets.clear(),
            Some(until) => {
                client.secrets.truncate(SECRETS_MOST - 1);
                for old in &mut client.secrets {
                    old.expires_on = Some(old.expires_on.map_or(until, |end| end.min(until)));
                }
            }
        }
        client.secrets.insert(0, secret.clone());
        Ok(())
    }

    pub(super) fn client_secret_remove(&mut self, client_id: &str, secret: Uuid) -> Result<(), Refusal> {
        let client = self.client_mut(client_id)?;
        let before = client.secrets.len();
        client.secrets.retain(|known| known.id != secret);
        if client.secrets.len() == before {
            let what = format!("the secret {secret}");
            return Err(Refusal::Gone { what });
        }
        Ok(())
    }

    pub(super) fn client_tokens_end(&mut self, client_id: &str) -> Result<(), Refusal> {
        end_tokens(self.client_mut(client_id)?);
        Ok(())
    }

    pub(super) fn client_mut(&mut self, client_id: &str) -> Result<&mut Client, Refusal> {
        self.clients
            .get_mut(client_id)
            .map(Arc::make_mut)
            .ok_or_else(|| Refusal::ClientUnknown(client_id.to_owned()))
    }

    fn client_name_free(&self, name: &str, client_id: &str) -> Result<(), Refusal> {
        match self.client_named(name) {
            Some(other) if other.client_id != client_id => Err(Refusal::ClientNameTaken(name.to_owned())),
            _ => Ok(()),
        }
    }

    fn client_user_known(&self, user: Uuid) -> Result<(), Refusal> {
        if self.users.contains_key(&user) {
            Ok(())
        } else {
            Err(Refusal::UserUnknown(user.to_string()))
        }
    }
}

/// Tokens name the epoch that they were made in.
const fn end_tokens(client: &mut Client) {
    client.epoch = client.epoch.saturating_add(1);
}
