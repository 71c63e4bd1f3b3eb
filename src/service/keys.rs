//! Keys that let programs in as an agent.

use super::{Noun, ServiceError, Services};
use crate::domain::secrets::{Secret, TokenHash, TokenKind, new_token};
use crate::domain::text::clean_name;
use crate::domain::{ApiKey, ApiKeyId, Dialect, KeyKind, OrganizationId, Timestamp, UserId};
use crate::store::Done;

/// How many characters of a key's random part are kept to tell keys apart.
const PREFIX_DIGITS: usize = 8;

/// A key that was just made.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// The key itself, to be shown once.
    pub key: Secret,
    /// What is kept of it.
    pub kept: ApiKey,
}

impl NewKey {
    /// A key that is nowhere kept yet.
    pub(super) fn generate(
        token: TokenKind,
        organization_id: OrganizationId,
        user_id: Option<UserId>,
        (dialect, kind): (Dialect, KeyKind),
        name: String,
        scopes: &[&str],
        now: Timestamp,
    ) -> Self {
        let key = new_token(token);
        let prefix = key.expose().chars().take(token.prefix().len() + PREFIX_DIGITS).collect();
        let kept = ApiKey {
            id: ApiKeyId::generate(),
            organization_id,
            user_id,
            channel_id: None,
            dialect,
            kind,
            prefix,
            name,
            scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
            created_at: now,
            expires_at: None,
            revoked_at: None,
        };
        Self { key, kept }
    }
}

impl Services {
    /// Makes a key that acts as the agent with this e-mail.
    ///
    /// # Errors
    /// `NotFound` when nobody has that e-mail; `Invalid` for a name that is blank or too long.
    pub async fn create_agent_key(&self, email: &str, name: &str) -> Result<NewKey, ServiceError> {
        let name = clean_name("name", name)?;
        let name = name.ok_or_else(|| ServiceError::invalid("name", "must not be blank"))?;
        let user = self.store().lookup_user_by_email(&email.trim().to_lowercase()).await?;
        let (agent, _) = user.ok_or(ServiceError::NotFound(Noun::Agent))?;
        let (owner, purpose) = (Some(agent.id), (Dialect::Platform, KeyKind::Agent));
        let (kind, organization) = (TokenKind::AgentKey, agent.organization_id);
        let new = NewKey::generate(kind, organization, owner, purpose, name, &[], self.now());
        let (kept, hash) = (new.kept.clone(), TokenHash::of(new.key.expose()));
        self.commit(None, move |tx| {
            let (kept, hash) = (kept.clone(), hash.clone());
            Box::pin(async move {
                tx.insert_key(&kept, &hash).await?;
                Ok(Done::quietly(()))
            })
        })
        .await?;
        Ok(new)
    }

    /// All agents' keys on this server, revoked ones included, newest first.
    ///
    /// # Errors
    /// `Internal` alone.
    pub async fn list_agent_keys(&self) -> Result<Vec<ApiKey>, ServiceError> {
        Ok(self.store().list_keys(Dialect::Platform).await?)
    }

    /// Takes a key back, at once and for good; one that is revoked stays so.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn revoke_key(&self, id: ApiKeyId) -> Result<ApiKey, ServiceError> {
        let now = self.now();
        self.commit(None, move |tx| {
            Box::pin(async move {
                let revoked = tx.revoke_key(id, now).await?;
                revoked.map(Done::quietly).ok_or(ServiceError::NotFound(Noun::Key))
            })
        })
        .await
    }

    /// The keys that stopped working at `since` or later, revoked by whatever process or expired: what
    /// they let in ends.
    ///
    /// # Errors
    /// `Internal` alone.
    pub async fn keys_ended_since(&self, since: Timestamp) -> Result<Vec<ApiKeyId>, ServiceError> {
        Ok(self.store().list_keys_ended_since(since, self.now()).await?)
    }
}
