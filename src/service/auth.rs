//! Who is asking.

use super::{Noun, ServiceError, Services};
use crate::domain::secrets::{Secret, TokenHash, TokenKind, new_token, verify_password};
use crate::domain::{Agent, AgentActor, ApiKey, Organization, Timestamp, UserId};
use crate::store::{Done, Login, StoreError};

/// One text whether the e-mail or the password is wrong.
const WRONG: &str = "e-mail or password is wrong";
/// Most bytes of a password that are worth the work of hashing them.
const PASSWORD_BYTES_MAX: usize = 1_024;

/// A new login.
#[derive(Clone, Debug)]
pub struct LogIn {
    /// What goes into the cookie.
    pub token: Secret,
    /// What goes into the pages; every change made with the cookie must name it.
    pub csrf_token: String,
    /// Who logged in.
    pub agent: Agent,
    /// When the login ends by itself.
    pub expires_at: Timestamp,
}

/// A login that a cookie proved.
#[derive(Clone, Debug)]
pub struct AgentLogin {
    /// Who is logged in.
    pub agent: Agent,
    /// What is kept of the cookie: which login it is.
    pub token: TokenHash,
    /// What every change made with the cookie must name.
    pub csrf_token: String,
    /// When the login ends by itself.
    pub expires_at: Timestamp,
}

impl Services {
    /// Logs an agent in. `address` is where the attempt comes from; ten attempts a minute are let
    /// through for one e-mail from one address.
    ///
    /// # Errors
    /// `Unauthenticated` alike for an unknown e-mail and a wrong password; `TooMany`.
    pub async fn log_in(
        &self,
        email: &str,
        password: &Secret,
        address: &str,
    ) -> Result<LogIn, ServiceError> {
        let (now, email) = (self.now(), email.trim().to_lowercase());
        // An address has no space in it.
        self.admit(&self.inner.login_rate, &format!("{address} {email}")).await?;
        let agent = self.check_password(&email, password).await?;
        let login = Login {
            agent,
            csrf_token: new_token(TokenKind::Csrf).expose().to_owned(),
            expires_at: now.plus_ms(self.inner.limits.login_ms),
        };
        let token = new_token(TokenKind::Login);
        let (hash, kept) = (TokenHash::of(token.expose()), login.clone());
        self.commit(None, move |tx| {
            let (hash, kept) = (hash.clone(), kept.clone());
            Box::pin(async move {
                tx.insert_login(&hash, &kept, now).await?;
                Ok(Done::quietly(()))
            })
        })
        .await?;
        let Login { agent, csrf_token, expires_at } = login;
        Ok(LogIn { token, csrf_token, agent, expires_at })
    }

    async fn check_password(&self, email: &str, password: &Secret) -> Result<Agent, ServiceError> {
        if email.contains('\0') || password.expose().len() > PASSWORD_BYTES_MAX {
            return Err(ServiceError::Unauthenticated(WRONG));
        }
        let user = self.store().lookup_user_by_email(email).await?;
        let (agent, hash) = user.unzip();
        let password = password.clone();
        let check = move || verify_password(&password, hash.as_ref());
        let correct = tokio::task::spawn_blocking(check).await.map_err(|error| {
            ServiceError::Internal(StoreError::Unavailable(format!("hashing: {error}")))
        })?;
        agent.filter(|_| correct).ok_or(ServiceError::Unauthenticated(WRONG))
    }

    /// The login a cookie stands for; `None` when it is unknown, expired or logged out.
    ///
    /// # Errors
    /// `Internal` alone.
    pub async fn authenticate_session(
        &self,
        cookie: &str,
    ) -> Result<Option<AgentLogin>, ServiceError> {
        let token = TokenHash::of(cookie);
        let login = self.store().lookup_login(&token, self.now()).await?;
        Ok(login.map(|Login { agent, csrf_token, expires_at }| AgentLogin {
            agent,
            token,
            csrf_token,
            expires_at,
        }))
    }

    /// Which of these logins have ended: by themselves, or because an agent logged out.
    ///
    /// # Errors
    /// `Internal` alone.
    pub async fn ended_logins(
        &self,
        mut logins: Vec<TokenHash>,
    ) -> Result<Vec<TokenHash>, ServiceError> {
        if !logins.is_empty() {
            let lasting = self.store().list_lasting_logins(&logins, self.now()).await?;
            logins.retain(|login| !lasting.contains(login.as_str()));
        }
        Ok(logins)
    }

    /// Ends every login of an agent and has their connections closed.
    ///
    /// # Errors
    /// `Internal` alone.
    pub async fn log_out_everywhere(&self, user_id: UserId) -> Result<(), ServiceError> {
        self.commit(None, move |tx| {
            Box::pin(async move {
                tx.delete_logins_of(user_id).await?;
                Ok(Done::quietly(()))
            })
        })
        .await?;
        self.inner.announce.logged_out(user_id);
        Ok(())
    }

    /// The key a bearer token stands for; `None` when it is unknown, expired or revoked.
    /// [`ApiKey::agent_actor`] is who it acts as.
    ///
    /// # Errors
    /// `Internal` alone.
    pub async fn authenticate_key(&self, bearer: &str) -> Result<Option<ApiKey>, ServiceError> {
        let key = self.store().lookup_key(&TokenHash::of(bearer)).await?;
        Ok(key.filter(|key| key.is_valid_at(self.now())))
    }

    /// The key a bearer token stands for, and the agent it acts as; `None` also for keys of dialects in
    /// which there is no such agent.
    ///
    /// # Errors
    /// `Internal` alone.
    pub async fn authenticate_agent_key(
        &self,
        bearer: &str,
    ) -> Result<Option<(ApiKey, Agent)>, ServiceError> {
        let Some(key) = self.authenticate_key(bearer).await? else { return Ok(None) };
        let Some(actor) = key.agent_actor() else { return Ok(None) };
        let agent = self.store().lookup_user(actor.user_id).await?;
        Ok(agent.map(|agent| (key, agent)))
    }

    /// The organization of an agent, and everyone who works for it, by name.
    ///
    /// # Errors
    /// `NotFound` when the agent's organization is gone.
    pub async fn organization_of(
        &self,
        agent: AgentActor,
    ) -> Result<(Organization, Vec<Agent>), ServiceError> {
        let id = agent.organization_id;
        let organization = self.store().lookup_organization(id).await?;
        let organization = organization.ok_or(ServiceError::NotFound(Noun::Agent))?;
        Ok((organization, self.store().list_users(id).await?))
    }
}
