//! The transaction of the demo.

use super::credentials::{NAME, tried_out};
use super::view::{DemoAgent, DemoChatwoot, DemoPlatform, DemoUrls, DemoView};
use crate::domain::secrets::{PasswordHash, SealingKey, Secret, random_hex};
use crate::domain::{
    Agent, AllowedOrigins, Channel, ChannelId, ChannelKind, Organization, OrganizationId,
    Timestamp, UserId,
};
use crate::service::apps::found_organization;
use crate::service::{ServiceError, WorkResult};
use crate::store::{Done, NewChannel, NewUser, StoreError, Tx};

/// An agent with a password that nobody knows yet.
#[derive(Debug)]
pub(super) struct NewAgent {
    pub(super) name: &'static str,
    pub(super) email: String,
    pub(super) password: Secret,
    pub(super) hash: PasswordHash,
}

/// The demo on its way.
#[derive(Debug)]
pub(super) struct Making {
    pub(super) name: String,
    pub(super) base_url: String,
    pub(super) agents: [NewAgent; 2],
    pub(super) sealing_key: SealingKey,
    pub(super) now: Timestamp,
}

/// A channel and the secrets of it that can be read again.
struct Opened {
    channel: Channel,
    public_token: String,
    identity_secret: Secret,
}

impl Making {
    pub(super) async fn run(&self, tx: &mut Tx) -> WorkResult<DemoView> {
        let organization = self.organization(tx).await?.id;
        let [ada, bo] = &self.agents;
        let ada = self.agent(tx, organization, ada).await?;
        let bo = self.agent(tx, organization, bo).await?;
        let web = self.channel(tx, organization, ChannelKind::Web, "Website").await?;
        let mobile = self.channel(tx, organization, ChannelKind::Mobile, "App").await?;
        tx.revoke_keys_named(organization, NAME, self.now).await?;
        let embed_token = self.embed_token(tx, web.channel.id).await?;
        let platform = DemoPlatform {
            channel_id: web.channel.id.to_string(),
            mobile_channel_id: mobile.channel.id.to_string(),
            agent_key: self.agent_key(tx, organization, ada.0).await?,
            embed_token,
        };
        let view = DemoView {
            organization_id: organization.prefixed("org_"),
            agents: vec![ada.1, bo.1],
            muro: self.muro(tx, organization, web.channel.id, ada.0).await?,
            munin: self.munin(tx, organization, web.channel.id).await?,
            chatwoot: DemoChatwoot {
                website_token: web.public_token,
                hmac_token: web.identity_secret.expose().to_owned(),
            },
            pusher: self.pusher(tx, organization).await?,
            urls: self.urls(&platform.embed_token),
            base_url: self.base_url.clone(),
            platform,
        };
        Ok(Done::quietly(view))
    }

    async fn organization(&self, tx: &mut Tx) -> Result<Organization, ServiceError> {
        if let Some(organization) = tx.lookup_organization_by_name(&self.name).await? {
            return Ok(organization);
        }
        let overrides = tried_out();
        found_organization(tx, &self.sealing_key, &self.name, overrides, self.now).await
    }

    async fn agent(
        &self,
        tx: &mut Tx,
        organization_id: OrganizationId,
        new: &NewAgent,
    ) -> Result<(UserId, DemoAgent), ServiceError> {
        let id = match tx.lookup_user_by_email(&new.email).await? {
            Some(agent) if agent.organization_id == organization_id => {
                tx.set_password(agent.id, &new.hash).await?;
                // Who knew the old password is not let in by it any longer.
                tx.delete_logins_of(agent.id).await?;
                agent.id
            }
            Some(_) => {
                let why = format!("{} belongs to another organization", new.email);
                return Err(ServiceError::Conflict(why));
            }
            None => self.insert_agent(tx, organization_id, new).await?,
        };
        let password = new.password.expose().to_owned();
        let agent = DemoAgent { id: id.prefixed("usr_"), email: new.email.clone(), password };
        Ok((id, agent))
    }

    async fn insert_agent(
        &self,
        tx: &mut Tx,
        organization_id: OrganizationId,
        new: &NewAgent,
    ) -> Result<UserId, ServiceError> {
        let agent = Agent {
            id: UserId::generate(),
            organization_id,
            number: tx.next_number(organization_id).await?,
            name: new.name.to_owned(),
            email: new.email.clone(),
        };
        tx.insert_user(NewUser { agent: &agent, password_hash: &new.hash }, self.now).await?;
        Ok(agent.id)
    }

    async fn channel(
        &self,
        tx: &mut Tx,
        organization_id: OrganizationId,
        kind: ChannelKind,
        name: &str,
    ) -> Result<Opened, ServiceError> {
        if let Some(channel) = tx.lookup_first_channel(organization_id, kind).await? {
            return self.reopen(tx, channel).await;
        }
        let channel = Channel {
            id: ChannelId::generate(),
            organization_id,
            number: tx.next_number(organization_id).await?,
            kind,
            name: name.to_owned(),
            require_identity: false,
        };
        let public_token = random_hex(12);
        let identity_secret = Secret::new(random_hex(16));
        let new = NewChannel {
            channel: &channel,
            public_token: Some(&public_token),
            allowed_origins: &AllowedOrigins::default(),
            identity_secret: &self.sealing_key.seal(&identity_secret),
        };
        tx.insert_channel(new, self.now).await?;
        Ok(Opened { channel, public_token, identity_secret })
    }

    async fn reopen(&self, tx: &mut Tx, channel: Channel) -> Result<Opened, ServiceError> {
        let id = channel.id.to_string();
        let corrupt = |column| StoreError::Corrupt { table: "channels", column, id: id.clone() };
        let kept = tx.lookup_channel_secret(channel.id).await?.ok_or_else(|| corrupt("id"))?;
        let identity_secret =
            self.sealing_key.open(&kept.identity_secret).map_err(|_| corrupt("identity_secret"))?;
        let public_token = kept.public_token.unwrap_or_default();
        Ok(Opened { channel, public_token, identity_secret })
    }

    fn urls(&self, embed_token: &str) -> DemoUrls {
        DemoUrls {
            inbox: format!("{}/inbox", self.base_url),
            widget_demo: format!("{}/demo?token={embed_token}", self.base_url),
        }
    }
}
