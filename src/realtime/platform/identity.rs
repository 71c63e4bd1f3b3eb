//! Who is at the other end of a connection.

use std::sync::Arc;

use axum_extra::extract::cookie::Cookie;
use serde::Deserialize;

use super::parts::Platform;
use crate::dialect::platform::SESSION_COOKIE;
use crate::domain::secrets::TokenHash;
use crate::domain::{Agent, AgentActor, AgentName, ApiKeyId};
use crate::realtime::peer::Peer;
use crate::service::{AgentLogin, ServiceError};

/// The client's `auth` option.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Auth {
    /// The session to take up, and how far it got.
    #[serde(default)]
    pub(super) pid: Option<String>,
    #[serde(default)]
    pub(super) offset: Option<String>,
    /// An agent's key, in place of a cookie.
    #[serde(default)]
    token: Option<String>,
    /// `visitor`: the cookie of an agent who happens to use this browser means nothing here.
    #[serde(default, rename = "as")]
    role: Option<String>,
}

/// Who a client is for as long as it is connected.
#[derive(Clone, Debug, Default)]
pub(super) struct Identity {
    /// An agent; a visitor proves who they are with each event.
    pub(super) agent: Option<AgentActor>,
    /// What that agent is called.
    pub(super) name: Option<Arc<AgentName>>,
    /// The key that said so, which may be revoked meanwhile.
    pub(super) key: Option<ApiKeyId>,
    /// The login that said so, which may end meanwhile.
    pub(super) login: Option<TokenHash>,
    /// The origin of the page it runs in, where that is not this server's own.
    pub(super) foreign_page: Option<String>,
}

impl Identity {
    fn known_as(self, agent: &Agent) -> Self {
        Self { agent: Some(agent.actor()), name: Some(Arc::new(agent.as_seen())), ..self }
    }
}

impl Platform {
    /// An agent, by key or cookie, or a visitor.
    pub(super) async fn identify(
        &self,
        peer: &Peer,
        auth: &Auth,
    ) -> Result<Identity, ServiceError> {
        let foreign_page = peer.origin.clone().filter(|_| !self.is_own_page(peer));
        let visitor = Identity { foreign_page, ..Identity::default() };
        if auth.role.as_deref() == Some("visitor") {
            return Ok(visitor);
        }
        let bearer = peer.authorization.as_deref().and_then(|it| it.strip_prefix("Bearer "));
        if let Some(token) = auth.token.as_deref().or(bearer) {
            let bearer = self.parts.services.authenticate_agent_key(token).await?;
            let (key, agent) = bearer.ok_or(ServiceError::Unauthenticated("invalid token"))?;
            return Ok(Identity { key: Some(key.id), ..visitor.known_as(&agent) });
        }
        // Browsers send the cookie with a WebSocket from any page.
        let believed = peer.cookie.as_deref().filter(|_| visitor.foreign_page.is_none());
        let login = match believed.and_then(session_cookie) {
            Some(cookie) => self.parts.services.authenticate_session(&cookie).await?,
            None => None,
        };
        Ok(match login {
            Some(AgentLogin { agent, token, .. }) => {
                Identity { login: Some(token), ..visitor.known_as(&agent) }
            }
            None => visitor,
        })
    }

    /// Whether the page that connects is this server's own, or one that was named.
    fn is_own_page(&self, peer: &Peer) -> bool {
        let own = |origin| self.parts.own_origins.include(origin, peer.host.as_deref());
        peer.origin.as_deref().is_none_or(own)
    }
}

fn session_cookie(header: &str) -> Option<String> {
    let mut cookies = Cookie::split_parse(header).filter_map(Result::ok);
    cookies.find(|it| it.name() == SESSION_COOKIE).map(|it| it.value().to_owned())
}
