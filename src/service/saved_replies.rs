//! Answers that agents keep ready.

use super::{Noun, ServiceError, Services};
use crate::domain::{
    AgentActor, OrganizationId, Program, ReplyText, SavedReply, SavedReplyId, begun_shortcut,
};
use crate::store::{Done, Tx};

/// How many saved replies an agent who types is offered: as many as a glance takes in.
const OFFERED_MAX: i64 = 8;

/// What a saved reply is to say; `None` leaves a part as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SavedReplyChange {
    /// What an agent types after a slash.
    pub shortcut: Option<String>,
    /// What agents see in a list.
    pub title: Option<String>,
    /// The answer.
    pub body: Option<String>,
}

impl SavedReplyChange {
    fn applied_to(self, text: ReplyText) -> ReplyText {
        ReplyText {
            shortcut: self.shortcut.unwrap_or(text.shortcut),
            title: self.title.unwrap_or(text.title),
            body: self.body.unwrap_or(text.body),
        }
    }
}

impl Services {
    /// The saved replies of an organization after this one, the oldest first.
    ///
    /// # Errors
    /// `Internal` alone.
    pub async fn list_saved_replies(
        &self,
        program: Program,
        after: Option<SavedReplyId>,
        limit: u32,
    ) -> Result<Vec<SavedReply>, ServiceError> {
        let organization = program.organization_id;
        Ok(self.store().list_saved_replies(organization, after, i64::from(limit)).await?)
    }

    /// The saved replies an agent is offered who has typed so much of a shortcut: the shortest first.
    ///
    /// # Errors
    /// `Invalid` for what can be no shortcut's beginning.
    pub async fn offer_saved_replies(
        &self,
        agent: AgentActor,
        typed: &str,
    ) -> Result<Vec<SavedReply>, ServiceError> {
        let (organization, typed) = (agent.organization_id, begun_shortcut(typed)?);
        Ok(self.store().list_saved_replies_beginning(organization, typed, OFFERED_MAX).await?)
    }

    /// One saved reply.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get_saved_reply(
        &self,
        program: Program,
        id: SavedReplyId,
    ) -> Result<SavedReply, ServiceError> {
        let found = self.store().lookup_saved_reply(program.organization_id, id).await?;
        found.ok_or(ServiceError::NotFound(Noun::SavedReply))
    }

    /// Keeps a new saved reply.
    ///
    /// # Errors
    /// `Invalid` as [`ReplyText::checked`]; `Conflict` when its shortcut is taken; `Forbidden` for a key of
    /// one website.
    pub async fn create_saved_reply(
        &self,
        program: Program,
        text: ReplyText,
    ) -> Result<SavedReply, ServiceError> {
        check_unpinned(program)?;
        let now = self.now();
        let reply = SavedReply {
            id: SavedReplyId::generate(),
            organization_id: program.organization_id,
            text: text.checked()?,
            created_at: now,
            updated_at: now,
        };
        self.commit(Some(program.organization_id), move |tx| {
            let reply = reply.clone();
            Box::pin(async move {
                check_shortcut(tx, &reply).await?;
                tx.insert_saved_reply(&reply).await?;
                Ok(Done::quietly(reply))
            })
        })
        .await
    }

    /// Changes a saved reply.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for a change of nothing, and as [`ReplyText::checked`]; `Conflict` when the
    /// shortcut is taken; `Forbidden` for a key of one website.
    pub async fn change_saved_reply(
        &self,
        program: Program,
        id: SavedReplyId,
        change: SavedReplyChange,
    ) -> Result<SavedReply, ServiceError> {
        check_unpinned(program)?;
        if change == SavedReplyChange::default() {
            return Err(ServiceError::invalid("body", "must change something"));
        }
        let (organization, now) = (program.organization_id, self.now());
        self.commit(Some(organization), move |tx| {
            let change = change.clone();
            Box::pin(async move {
                let kept = tx.lookup_saved_reply(organization, id).await?;
                let kept = kept.ok_or(ServiceError::NotFound(Noun::SavedReply))?;
                let text = change.applied_to(kept.text).checked()?;
                let reply = SavedReply { text, updated_at: now, ..kept };
                check_shortcut(tx, &reply).await?;
                tx.update_saved_reply(&reply).await?;
                Ok(Done::quietly(reply))
            })
        })
        .await
    }

    /// Forgets a saved reply.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden` for a key of one website.
    pub async fn delete_saved_reply(
        &self,
        program: Program,
        id: SavedReplyId,
    ) -> Result<(), ServiceError> {
        check_unpinned(program)?;
        let organization: OrganizationId = program.organization_id;
        self.commit(Some(organization), move |tx| {
            Box::pin(async move {
                let was_there = tx.delete_saved_reply(organization, id).await?;
                let missing = ServiceError::NotFound(Noun::SavedReply);
                was_there.then(|| Done::quietly(())).ok_or(missing)
            })
        })
        .await
    }
}

/// Checks that a program may change what all websites of an organization share.
pub(super) fn check_unpinned(program: Program) -> Result<(), ServiceError> {
    if program.channel_id.is_none() {
        return Ok(());
    }
    Err(ServiceError::Forbidden("a key of one website cannot change what all websites share"))
}

async fn check_shortcut(tx: &mut Tx, reply: &SavedReply) -> Result<(), ServiceError> {
    let (organization, shortcut) = (reply.organization_id, &reply.text.shortcut);
    let holder = tx.lookup_saved_reply_by_shortcut(organization, shortcut).await?;
    if holder.is_some_and(|other| other.id != reply.id) {
        return Err(ServiceError::Conflict("another saved reply has this shortcut".to_owned()));
    }
    Ok(())
}
