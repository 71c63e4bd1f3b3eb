//! Keys that let programs in as an agent.

use crate::domain::secrets::Secret;
use crate::domain::{ApiKey, ApiKeyId};

use super::{ServiceError, Services};

/// A key that was just made.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// The key itself, to be shown once.
    pub key: Secret,
    /// What is kept of it.
    pub kept: ApiKey,
}

impl Services {
    /// Makes a key that acts as the agent with this e-mail.
    ///
    /// # Errors
    /// `NotFound` when nobody has that e-mail; `Invalid` for a name that is blank or too long.
    pub async fn create_agent_key(&self, email: &str, name: &str) -> Result<NewKey, ServiceError> {
        let _ = (email, name);
        unimplemented!()
    }

    /// All agents' keys on this server, revoked ones included, newest first.
    ///
    /// # Errors
    /// `Internal` alone.
    pub async fn list_agent_keys(&self) -> Result<Vec<ApiKey>, ServiceError> {
        unimplemented!()
    }

    /// Takes a key back, at once and for good; one that is revoked stays so.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn revoke_key(&self, id: ApiKeyId) -> Result<ApiKey, ServiceError> {
        let _ = id;
        unimplemented!()
    }
}
