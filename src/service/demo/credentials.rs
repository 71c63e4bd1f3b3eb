//! The keys and tokens of the demo.

use super::make::Making;
use super::view::{DemoMunin, DemoMuro, DemoPusher};
use crate::domain::secrets::{TokenHash, TokenKind, new_token};
use crate::domain::{
    AllowedOrigins, ChannelId, Dialect, KeyKind, OrganizationId, PusherOverrides, UserId,
};
use crate::service::ServiceError;
use crate::service::apps::{DraftApp, open_secret};
use crate::service::keys::{KeyDraft, NewKey};
use crate::store::{NewEmbedToken, Tx};

/// What the demo's keys and tokens are called, so that the next call finds and revokes them.
pub(super) const NAME: &str = "demo";

impl Making {
    pub(super) async fn embed_token(
        &self,
        tx: &mut Tx,
        channel_id: ChannelId,
    ) -> Result<String, ServiceError> {
        tx.revoke_embed_tokens_named(channel_id, NAME, self.now).await?;
        let token = new_token(TokenKind::Embed);
        let new = NewEmbedToken {
            token: &TokenHash::of(token.expose()),
            channel_id,
            name: NAME,
            allowed_origins: &AllowedOrigins::default(),
        };
        tx.insert_embed_token(new, self.now).await?;
        Ok(token.expose().to_owned())
    }

    pub(super) async fn agent_key(
        &self,
        tx: &mut Tx,
        organization: OrganizationId,
        agent: UserId,
    ) -> Result<String, ServiceError> {
        let draft = KeyDraft {
            user_id: Some(agent),
            ..draft(TokenKind::AgentKey, (Dialect::Platform, KeyKind::Agent), organization)
        };
        keep(tx, draft.generate(self.now)).await
    }

    /// The keys write as `agent`.
    pub(super) async fn muro(
        &self,
        tx: &mut Tx,
        organization: OrganizationId,
        web: ChannelId,
        agent: UserId,
    ) -> Result<DemoMuro, ServiceError> {
        let key = |kind, scopes: &[&str]| {
            let draft = KeyDraft {
                user_id: Some(agent),
                scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
                ..draft(TokenKind::MuroKey, (Dialect::Muro, kind), organization)
            };
            draft.generate(self.now)
        };
        Ok(DemoMuro {
            key: keep(tx, key(KeyKind::Full, &["read", "write"])).await?,
            read_key: keep(tx, key(KeyKind::Read, &["read"])).await?,
            website_id: web.prefixed("web_"),
            widget_id: web.prefixed("wgt_"),
        })
    }

    pub(super) async fn munin(
        &self,
        tx: &mut Tx,
        organization: OrganizationId,
        web: ChannelId,
    ) -> Result<DemoMunin, ServiceError> {
        let key =
            |token, kind| draft(token, (Dialect::Munin, kind), organization).generate(self.now);
        Ok(DemoMunin {
            admin_key: keep(tx, key(TokenKind::MuninAdmin, KeyKind::Admin)).await?,
            widget_key: keep(tx, key(TokenKind::MuninWidget, KeyKind::Widget)).await?,
            channel_id: web.prefixed("cch_"),
        })
    }

    pub(super) async fn pusher(
        &self,
        tx: &mut Tx,
        organization_id: OrganizationId,
    ) -> Result<DemoPusher, ServiceError> {
        let kept = if let Some(kept) = tx.lookup_first_pusher_app(organization_id).await? {
            kept
        } else {
            // An organization that is older than the applications.
            let overrides = tried_out();
            let draft = DraftApp { organization_id, name: self.name.clone(), overrides };
            draft.make(tx, &self.sealing_key, self.now).await?
        };
        let secret = open_secret(&self.sealing_key, &kept)?.expose().to_owned();
        Ok(DemoPusher { app_id: kept.id.to_string(), key: kept.key, secret })
    }
}

/// The settings of an application that people try things with: clients may talk to each other.
pub(super) fn tried_out() -> PusherOverrides {
    let named = [("client_events".to_owned(), true.into())].into_iter().collect();
    PusherOverrides::new(named).expect("the setting is there, and a truth")
}

/// A key of the demo that belongs to nobody in particular.
fn draft(
    token: TokenKind,
    (dialect, kind): (Dialect, KeyKind),
    organization_id: OrganizationId,
) -> KeyDraft {
    KeyDraft {
        token,
        dialect,
        kind,
        organization_id,
        user_id: None,
        channel_id: None,
        name: NAME.to_owned(),
        scopes: Vec::new(),
        expires_at: None,
    }
}

async fn keep(tx: &mut Tx, new: NewKey) -> Result<String, ServiceError> {
    tx.insert_key(&new.kept, &TokenHash::of(new.key.expose())).await?;
    Ok(new.key.expose().to_owned())
}
