//! What a page asks before it shows a widget.

use crate::domain::{AllowedOrigins, Channel, ConversationId, EmbedToken, OrganizationId, Seq};

use super::{ServiceError, Services};

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
    /// Opens the widget of an embed token for the end user `source_id`, in a page of `origin`.
    /// Nothing is made: the conversation begins with the first message.
    ///
    /// # Errors
    /// `Forbidden` for a token that opens nothing and for an origin that is not on its list;
    /// `Invalid` for a source id that is blank or too long.
    pub async fn open_widget(
        &self,
        embed_token: &str,
        origin: Option<&str>,
        source_id: &str,
    ) -> Result<WidgetView, ServiceError> {
        let _ = (embed_token, origin, source_id);
        unimplemented!()
    }

    /// What an embed token opens; `None` when it is unknown or revoked.
    ///
    /// # Errors
    /// `Internal` alone.
    pub async fn resolve_embed_token(
        &self,
        embed_token: &str,
    ) -> Result<Option<EmbedToken>, ServiceError> {
        let _ = embed_token;
        unimplemented!()
    }
}
