//! The keys and tokens of the demo.

use super::make::Making;
use super::view::{DemoMunin, DemoMuro, DemoPusher};
use crate::domain::secrets::{Secret, TokenHash, TokenKind, new_token, random_hex};
use crate::domain::{
    AllowedOrigins, ChannelId, Dialect, KeyKind, OrganizationId, PusherAppId, UserId,
};
use crate::service::ServiceError;
use crate::service::keys::NewKey;
use crate::store::{NewEmbedToken, NewPusherApp, StoreError, Tx};

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
        let purpose = (Dialect::Platform, KeyKind::Agent);
        let (kind, owner) = (TokenKind::AgentKey, Some(agent));
        let name = NAME.to_owned();
        let key = NewKey::generate(kind, organization, owner, purpose, name, &[], self.now);
        keep(tx, key).await
    }

    pub(super) async fn muro(
        &self,
        tx: &mut Tx,
        organization: OrganizationId,
        web: ChannelId,
    ) -> Result<DemoMuro, ServiceError> {
        let key = |kind, scopes: &[&str]| {
            let purpose = (Dialect::Muro, kind);
            let name = NAME.to_owned();
            NewKey::generate(
                TokenKind::MuroKey,
                organization,
                None,
                purpose,
                name,
                scopes,
                self.now,
            )
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
        let key = |token, kind| {
            let purpose = (Dialect::Munin, kind);
            NewKey::generate(token, organization, None, purpose, NAME.to_owned(), &[], self.now)
        };
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
        if let Some((id, key, sealed)) = tx.lookup_first_pusher_app(organization_id).await? {
            let secret = self.sealing_key.open(&sealed).map_err(|_| StoreError::Corrupt {
                table: "pusher_apps",
                column: "secret",
                id: id.to_string(),
            })?;
            let (app_id, secret) = (id.to_string(), secret.expose().to_owned());
            return Ok(DemoPusher { app_id, key, secret });
        }
        let id = PusherAppId::from(random_hex(8));
        let key = random_hex(10);
        let secret = Secret::new(random_hex(16));
        let sealed = self.sealing_key.seal(&secret);
        let new = NewPusherApp { id: id.clone(), organization_id, key: &key, secret: &sealed };
        tx.insert_pusher_app(new, self.now).await?;
        Ok(DemoPusher { app_id: id.to_string(), key, secret: secret.expose().to_owned() })
    }
}

async fn keep(tx: &mut Tx, new: NewKey) -> Result<String, ServiceError> {
    tx.insert_key(&new.kept, &TokenHash::of(new.key.expose())).await?;
    Ok(new.key.expose().to_owned())
}
