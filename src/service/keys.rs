//! Keys that let programs in.

use super::{Noun, ServiceError, Services};
use crate::domain::secrets::{Secret, TokenHash, TokenKind, new_token};
use crate::domain::text::clean_name;
use crate::domain::{
    Agent, ApiKey, ApiKeyId, ChannelId, Dialect, KeyKind, OrganizationId, Timestamp, UserId,
};
use crate::store::Done;

/// How many characters of a key's random part are kept to tell keys apart.
const PREFIX_DIGITS: usize = 8;
/// What a key of the muro dialect may be good for. Neither implies the other.
const SCOPES: [&str; 2] = ["read", "write"];

/// A key that was just made.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// The key itself, to be shown once.
    pub key: Secret,
    /// What is kept of it.
    pub kept: ApiKey,
}

/// What a key is to be.
#[derive(Clone, Debug)]
pub(super) struct KeyDraft {
    /// How it looks.
    pub(super) token: TokenKind,
    pub(super) dialect: Dialect,
    pub(super) kind: KeyKind,
    pub(super) organization_id: OrganizationId,
    /// The agent it acts as.
    pub(super) user_id: Option<UserId>,
    /// The one website it sees.
    pub(super) channel_id: Option<ChannelId>,
    pub(super) name: String,
    pub(super) scopes: Vec<String>,
    pub(super) expires_at: Option<Timestamp>,
}

impl KeyDraft {
    /// A key that is nowhere kept yet.
    pub(super) fn generate(self, now: Timestamp) -> NewKey {
        let key = new_token(self.token);
        let prefix_chars = self.token.prefix().len() + PREFIX_DIGITS;
        let kept = ApiKey {
            id: ApiKeyId::generate(),
            organization_id: self.organization_id,
            user_id: self.user_id,
            channel_id: self.channel_id,
            dialect: self.dialect,
            kind: self.kind,
            prefix: key.expose().chars().take(prefix_chars).collect(),
            name: self.name,
            scopes: self.scopes,
            created_at: now,
            expires_at: self.expires_at,
            revoked_at: None,
        };
        NewKey { key, kept }
    }
}

/// A key of the muro dialect that is to be made.
#[derive(Clone, Debug)]
pub struct CreateMuroKey {
    /// Who it belongs to.
    pub owner: KeyOwner,
    /// What people call it.
    pub name: String,
    /// What it may do: `read`, `write`.
    pub scopes: Vec<String>,
    /// When it stops working by itself.
    pub expires_at: Option<Timestamp>,
    /// The one website it sees; `None`: all of the organization's.
    pub website: Option<ChannelId>,
}

/// Who a key belongs to.
#[derive(Clone, Debug)]
pub enum KeyOwner {
    /// The agent with this e-mail, in whose name it writes.
    Agent(String),
    /// The organization with this name or id; what it writes is nobody's.
    Organization(String),
}

impl Services {
    /// Makes a key that acts as the agent with this e-mail.
    ///
    /// # Errors
    /// `NotFound` when nobody has that e-mail; `Invalid` for a name that is blank or too long.
    pub async fn create_agent_key(&self, email: &str, name: &str) -> Result<NewKey, ServiceError> {
        let name = key_name(name)?;
        let agent = self.agent_with_email(email).await?;
        self.keep_key(KeyDraft {
            token: TokenKind::AgentKey,
            dialect: Dialect::Platform,
            kind: KeyKind::Agent,
            organization_id: agent.organization_id,
            user_id: Some(agent.id),
            channel_id: None,
            name,
            scopes: Vec::new(),
            expires_at: None,
        })
        .await
    }

    /// Makes a key of the muro dialect.
    ///
    /// # Errors
    /// `NotFound` when there is no such agent or organization; `Invalid` for a name that is blank or too long,
    /// a scope that is none, an end that is past and a website that is another organization's.
    pub async fn create_muro_key(&self, request: CreateMuroKey) -> Result<NewKey, ServiceError> {
        let name = key_name(&request.name)?;
        check_scopes(&request.scopes)?;
        if request.expires_at.is_some_and(|end| end <= self.now()) {
            return Err(ServiceError::invalid("expires", "must not be past"));
        }
        let (organization_id, user_id) = match &request.owner {
            KeyOwner::Agent(email) => {
                let agent = self.agent_with_email(email).await?;
                (agent.organization_id, Some(agent.id))
            }
            KeyOwner::Organization(text) => (self.organization_named(text).await?.id, None),
        };
        let may_write = request.scopes.iter().any(|scope| scope == "write");
        self.keep_key(KeyDraft {
            token: TokenKind::MuroKey,
            dialect: Dialect::Muro,
            kind: if may_write { KeyKind::Full } else { KeyKind::Read },
            organization_id,
            user_id,
            channel_id: request.website,
            name,
            scopes: request.scopes,
            expires_at: request.expires_at,
        })
        .await
    }

    async fn agent_with_email(&self, email: &str) -> Result<Agent, ServiceError> {
        let user = self.store().lookup_user_by_email(&email.trim().to_lowercase()).await?;
        user.map(|(agent, _)| agent).ok_or(ServiceError::NotFound(Noun::Agent))
    }

    async fn keep_key(&self, draft: KeyDraft) -> Result<NewKey, ServiceError> {
        let new = draft.generate(self.now());
        let (kept, hash) = (new.kept.clone(), TokenHash::of(new.key.expose()));
        self.commit(None, move |tx| {
            let (kept, hash) = (kept.clone(), hash.clone());
            Box::pin(async move {
                if let Some(website) = kept.channel_id
                    && !tx.has_channel(kept.organization_id, website).await?
                {
                    let why = "must be a website of the key's organization";
                    return Err(ServiceError::invalid("website", why));
                }
                tx.insert_key(&kept, &hash).await?;
                Ok(Done::quietly(()))
            })
        })
        .await?;
        Ok(new)
    }

    /// All keys on this server, revoked ones included, newest first.
    ///
    /// # Errors
    /// `Internal` alone.
    pub async fn list_keys(&self) -> Result<Vec<ApiKey>, ServiceError> {
        Ok(self.store().list_keys().await?)
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

fn key_name(name: &str) -> Result<String, ServiceError> {
    clean_name("name", name)?.ok_or_else(|| ServiceError::invalid("name", "must not be blank"))
}

fn check_scopes(scopes: &[String]) -> Result<(), ServiceError> {
    let known = scopes.iter().all(|scope| SCOPES.contains(&scope.as_str()));
    if known && !scopes.is_empty() {
        return Ok(());
    }
    Err(ServiceError::invalid("scope", "must be read, write or both"))
}
