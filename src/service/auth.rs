//! Who is asking.

use crate::domain::secrets::Secret;
use crate::domain::{Agent, AgentActor, ApiKey, Organization, OrganizationId, Timestamp, UserId};

use super::{ServiceError, Services};

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
        let _ = (email, password, address);
        unimplemented!()
    }

    /// The login a cookie stands for; `None` when it is unknown, expired or logged out.
    ///
    /// # Errors
    /// `Internal` alone.
    pub async fn authenticate_session(
        &self,
        cookie: &str,
    ) -> Result<Option<AgentLogin>, ServiceError> {
        let _ = cookie;
        unimplemented!()
    }

    /// Ends every login of an agent and has their connections closed.
    ///
    /// # Errors
    /// `Internal` alone.
    pub async fn log_out_everywhere(&self, user_id: UserId) -> Result<(), ServiceError> {
        let _ = user_id;
        unimplemented!()
    }

    /// The key a bearer token stands for; `None` when it is unknown, expired or revoked.
    /// [`ApiKey::agent_actor`] is who it acts as.
    ///
    /// # Errors
    /// `Internal` alone.
    pub async fn authenticate_key(&self, bearer: &str) -> Result<Option<ApiKey>, ServiceError> {
        let _ = bearer;
        unimplemented!()
    }

    /// The organization of an agent, and everyone who works for it, by name.
    ///
    /// # Errors
    /// `Internal` alone.
    pub async fn organization_of(
        &self,
        agent: AgentActor,
    ) -> Result<(Organization, Vec<Agent>), ServiceError> {
        let _: OrganizationId = agent.organization_id;
        unimplemented!()
    }
}
