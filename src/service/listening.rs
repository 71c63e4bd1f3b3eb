//! Programs that listen to conversations on the channels of an organization's Pusher application.

use std::sync::Arc;

use super::{ServiceError, Services};
use crate::domain::{ApiKey, ApiKeyId, ConversationId, OrganizationId, PusherApp, Room, policy};
use crate::store::Done;

/// How long it is remembered which key let a connection in: longer than connections live. A signature
/// is good for as long as the connection it was made for, and must not outlive its key by that.
pub(super) const GRANTS_KEPT_MS: i64 = 7 * 24 * 3_600_000;

/// One text for a channel of another organization and for a conversation that is not there: who
/// guesses ids learns nothing from it.
const NOT_YOURS: &str = "this key does not open this channel";

/// A connection that wants to listen to a channel of conversations.
#[derive(Clone, Debug)]
pub struct Listening {
    /// The connection, as its protocol names it.
    pub socket_id: String,
    /// The channel's name.
    pub channel: String,
    /// The room whose events are heard there; `None` for a channel that carries no conversations.
    pub room: Option<Room>,
}

impl Services {
    /// Lets a connection listen with a key, and remembers with which. Gives the application that is to
    /// sign for it.
    ///
    /// # Errors
    /// `Forbidden` where the key's organization has no such channel or conversation, or no application.
    pub async fn allow_listening(
        &self,
        key: &ApiKey,
        listening: Listening,
    ) -> Result<Arc<PusherApp>, ServiceError> {
        let organization = key.organization_id;
        let may_listen = match listening.room {
            Some(Room::Workspace(id)) => policy::key_may_hear_all(key, id),
            Some(Room::Thread(id)) => self.standing_for_program(key.program(), id).await.is_ok(),
            _ => false,
        };
        if !may_listen {
            return Err(ServiceError::Forbidden(NOT_YOURS));
        }
        let app = self.apps().of_organization(organization).await?;
        let app = app.ok_or(ServiceError::Forbidden("realtime is not live for this workspace"))?;
        self.keep_grant(key.id, listening).await?;
        Ok(app)
    }

    async fn keep_grant(&self, key: ApiKeyId, listening: Listening) -> Result<(), ServiceError> {
        let (now, listening) = (self.now(), Arc::new(listening));
        self.commit(None, move |tx| {
            let listening = Arc::clone(&listening);
            Box::pin(async move {
                tx.put_channel_grant(&listening.socket_id, &listening.channel, key, now).await?;
                Ok(Done::quietly(()))
            })
        })
        .await
    }

    /// The key with which a connection was let in on a channel of conversations; `None` when the
    /// application's own secret let it in.
    ///
    /// # Errors
    /// `Forbidden` when that key has been revoked or has expired since.
    pub async fn key_listening(
        &self,
        socket_id: &str,
        channel: &str,
    ) -> Result<Option<ApiKeyId>, ServiceError> {
        match self.store().lookup_key_of_channel(socket_id, channel).await? {
            Some(key) if key.is_valid_at(self.now()) => Ok(Some(key.id)),
            Some(_) => Err(ServiceError::Forbidden("the key that opened this channel has ended")),
            None => Ok(None),
        }
    }

    /// Whether a conversation is there and of this organization.
    ///
    /// # Errors
    /// `Internal` alone.
    pub async fn is_conversation_of(
        &self,
        organization: OrganizationId,
        id: ConversationId,
    ) -> Result<bool, ServiceError> {
        let standing = self.inner.standings.lookup(id).await?;
        Ok(standing.is_some_and(|it| policy::program_may_hear(organization, &it.conversation)))
    }
}
