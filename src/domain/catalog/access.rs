//! Applies changes of access to the catalog.

use std::sync::Arc;

use super::{ApplyError, Catalog};
use crate::domain::change::AccessChange;
use crate::domain::client::Client;
use crate::domain::time::Timestamp;
use crate::domain::user::{SetupLink, User};

impl Catalog {
    /// Applies a change of access. The rules of [`Catalog::config_apply`] hold here too.
    ///
    /// # Errors
    /// If the change does not fit the current catalog.
    pub fn access_apply(&mut self, at: Timestamp, change: &AccessChange) -> Result<(), ApplyError> {
        match change {
            AccessChange::TechnicalUserSet(user) => {
                self.technical_user_set(user);
                Ok(())
            }
            AccessChange::ClientAdded {
                client_id,
                settings,
                secret,
            } => self.client_add(Client {
                client_id: client_id.clone(),
                created_on: at,
                settings: settings.clone(),
                secrets: secret.iter().cloned().collect(),
                keys: Vec::new(),
                epoch: 1,
            }),
            AccessChange::ClientChanged { client_id, settings } => self.client_change(client_id, settings),
            AccessChange::ClientRemoved { client_id } => match Arc::make_mut(&mut self.clients).remove(client_id) {
                Some(_) => Ok(()),
                None => Err(ApplyError::ClientUnknown(client_id.clone())),
            },
            AccessChange::ClientSecretAdded {
                client_id,
                secret,
                previous_until,
            } => self.client_secret_add(client_id, secret, *previous_until),
            AccessChange::ClientSecretRevoked { client_id, secret } => self.client_secret_revoke(client_id, *secret),
            AccessChange::ClientKeysSet { client_id, keys } => {
                self.client_mut(client_id)?.keys.clone_from(keys);
                Ok(())
            }
            AccessChange::ClientTokensRevoked { client_id } => self.client_tokens_revoke(client_id),
            AccessChange::SigningKeysSet { keys } => {
                self.signing_keys = Arc::new(keys.clone());
                Ok(())
            }
            AccessChange::UserAdded {
                id,
                name,
                role,
                password,
                link,
            } => {
                let user = User {
                    id: *id,
                    name: name.clone(),
                    role: *role,
                    active: true,
                    password: password.clone(),
                    password_on: at,
                    totp: None,
                    recovery: Vec::new(),
                    created_on: at,
                };
                self.user_add(user, *link)
            }
            AccessChange::UserChanged { id, name, role, active } => self.user_change(*id, name, *role, *active),
            AccessChange::UserPasswordSet { id, password, link, .. } => {
                self.user_password_set(*id, password, at, *link)
            }
            AccessChange::UserPasswordRehashed {
                id,
                password,
                password_on,
            } => {
                let user = self.user_mut(*id)?;
                if user.password_on != *password_on {
                    let what = "the password".to_owned();
                    return Err(ApplyError::Gone { what });
                }
                user.password.clone_from(password);
                Ok(())
            }
            AccessChange::UserTotpSet { id, totp, recovery } => {
                let user = self.user_mut(*id)?;
                user.totp.clone_from(totp);
                user.recovery.clone_from(recovery);
                Ok(())
            }
            AccessChange::RecoveryCodeUsed { id, code } => self.recovery_code_use(*id, *code),
            AccessChange::SetupLinkAdded { hash, expires, user } => {
                let link = SetupLink {
                    hash: *hash,
                    expires: *expires,
                    user: *user,
                };
                self.setup_link_add(link, at)
            }
        }
    }
}
