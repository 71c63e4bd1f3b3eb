//! Who handles webhooks: programs with a key, and operators.

use super::super::{Noun, ServiceError, Services};
use crate::domain::{ChannelId, OrganizationId, Program, Webhook, WebhookId};

/// Who handles webhooks: an organization, or within it whoever sees one website alone.
#[derive(Clone, Copy, Debug)]
pub struct WebhookOwner {
    /// Whose webhooks.
    pub organization_id: OrganizationId,
    /// Those of this website alone; `None`: all.
    pub channel_id: Option<ChannelId>,
}

impl From<Program> for WebhookOwner {
    fn from(program: Program) -> Self {
        Self { organization_id: program.organization_id, channel_id: program.channel_id }
    }
}

impl WebhookOwner {
    pub(super) fn owns(self, webhook: &Webhook) -> bool {
        webhook.organization_id == self.organization_id
            && (self.channel_id.is_none() || webhook.channel_id == self.channel_id)
    }
}

impl Services {
    /// The webhooks of all organizations, the oldest first. For an operator.
    ///
    /// # Errors
    /// `Internal` alone.
    pub async fn list_all_webhooks(&self) -> Result<Vec<Webhook>, ServiceError> {
        Ok(self.store().list_all_webhooks().await?)
    }

    /// An operator who handles the webhooks of an organization, given by its name or its id.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn webhook_owner_named(&self, text: &str) -> Result<WebhookOwner, ServiceError> {
        let organization_id = self.organization_named(text).await?.id;
        Ok(WebhookOwner { organization_id, channel_id: None })
    }

    /// An operator who handles a webhook, whosever it is.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn webhook_owner(&self, id: WebhookId) -> Result<WebhookOwner, ServiceError> {
        let kept = self.store().lookup_webhook(id).await?;
        let webhook = kept.ok_or(ServiceError::NotFound(Noun::Webhook))?.webhook;
        Ok(WebhookOwner { organization_id: webhook.organization_id, channel_id: None })
    }
}
