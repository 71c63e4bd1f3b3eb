//! What a page asks before it shows a widget.

use super::{ServiceError, Services, VisitorProof};
use crate::domain::secrets::TokenHash;
use crate::domain::text::check_source_id;
use crate::domain::{
    AllowedOrigins, Channel, ChannelId, ConversationId, EmbedToken, OrganizationId, Seq,
};

/// What the public id of a widget begins with; the rest is its channel.
const WIDGET: &str = "wgt_";

/// Said of a token that opens nothing, here and where a conversation begins.
pub(super) const BAD_TOKEN: &str = "embed_token opens nothing";

/// What a widget page needs to know.
#[derive(Clone, Debug)]
pub struct WidgetView {
    /// The channel it is for.
    pub channel: Channel,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Where it may be framed.
    pub allowed_origins: AllowedOrigins,
    /// The end user's conversation and its newest `seq`; `None` before their first message.
    pub conversation: Option<(ConversationId, Seq)>,
}

impl Services {
    /// Opens the widget of an embed token, or of a widget's id, for an end user, in a page of `origin`.
    /// Nothing is made: the conversation begins with the first message.
    ///
    /// # Errors
    /// `Forbidden` for a token that opens nothing and for an origin that is not on its list;
    /// `Invalid` for a source id that is blank or too long.
    pub async fn open_widget(
        &self,
        embed_token: &str,
        origin: Option<&str>,
        proof: &VisitorProof,
    ) -> Result<WidgetView, ServiceError> {
        check_source_id("session_id", &proof.external_id)?;
        let EmbedToken { channel, allowed_origins } = self.admit_page(embed_token, origin).await?;
        let conversation =
            self.store().lookup_conversation_of_visitor(channel.id, &proof.external_id).await?;
        // Where ids must be signed, an unsigned one learns nothing of the conversation behind it.
        let is_proved = self.admit_newcomer(&channel, proof).await.is_ok();
        let conversation = conversation.filter(|_| is_proved);
        Ok(WidgetView {
            organization_id: channel.organization_id,
            channel,
            allowed_origins,
            conversation: conversation.map(|conversation| (conversation.id, conversation.seq)),
        })
    }

    /// What an embed token opens, for a page of `origin`.
    pub(super) async fn admit_page(
        &self,
        embed_token: &str,
        origin: Option<&str>,
    ) -> Result<EmbedToken, ServiceError> {
        let opened = self.resolve_embed_token(embed_token).await?;
        let opened = opened.ok_or(ServiceError::Forbidden(BAD_TOKEN))?;
        if opened.allowed_origins.allow(origin) {
            return Ok(opened);
        }
        Err(ServiceError::Forbidden("this origin may not show the widget"))
    }

    /// What an embed token opens; `None` when it is unknown or revoked. The id of a website's widget (`wgt_…`), which
    /// is no secret, opens the same, for the pages that the website itself allows.
    ///
    /// # Errors
    /// `Internal` alone.
    pub async fn resolve_embed_token(
        &self,
        embed_token: &str,
    ) -> Result<Option<EmbedToken>, ServiceError> {
        match widget_channel(embed_token) {
            Some(channel) => Ok(self.store().lookup_widget(channel).await?),
            None => Ok(self.store().lookup_embed_token(&TokenHash::of(embed_token)).await?),
        }
    }
}

/// The channel whose widget has this id.
fn widget_channel(id: &str) -> Option<ChannelId> {
    if id.starts_with(WIDGET) { id.parse().ok() } else { None }
}
