//! The client that ships: Hookgate's own, in the name of `WebhookService`.

use std::sync::PoisonError;

use super::{Issuer, KeyError};
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::change::Change;
use crate::domain::client::{ClientSettings, SCOPE_ODATA, SCOPE_WEBHOOK_SEND, TOKEN_LIFETIME, WEBHOOK_IDENTITY};
use crate::domain::rights::WEBHOOK_SERVICE_ID;
use crate::domain::signing_key::Algorithm;
use crate::secret::client_id_new;

impl Issuer {
    /// Makes the client that ships if it is not there. Its secret is kept sealed, so that the
    /// system settings can name it. Blocks: for the start.
    ///
    /// # Errors
    /// When it could not be stored.
    pub fn client_first(&self) -> Result<(), KeyError> {
        let _alone = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.ledger.catalog().client_named(WEBHOOK_IDENTITY).is_some() {
            return Ok(());
        }
        let now = clock::now();
        let (_, secret) = self.secrets.client_secret_new(clock::new_id(), now, true)?;
        let change = Change::ClientAdded {
            at: now,
            by: Actor::System,
            client_id: client_id_new()?,
            settings: ClientSettings {
                name: WEBHOOK_IDENTITY.to_owned(),
                application_url: String::new(),
                description: "Ships with Hookgate: the identity of the webhook service itself.".to_owned(),
                active: true,
                user: WEBHOOK_SERVICE_ID,
                scopes: [SCOPE_ODATA, SCOPE_WEBHOOK_SEND].map(str::to_owned).to_vec(),
                allowed_addresses: Vec::new(),
                algorithm: Algorithm::ES256,
                token_lifetime: TOKEN_LIFETIME,
                endpoint_audience: false,
            },
            secret: Some(secret),
        };
        self.ledger.change(change)?;
        Ok(())
    }
}
