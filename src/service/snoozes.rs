//! Conversations that sleep until a given time.

use std::collections::BTreeMap;

use super::{Announcement, ServiceError, Services};
use crate::domain::{ConversationId, Event, OrganizationId, Timestamp};
use crate::store::Done;

/// Most conversations that are woken in one go.
const WAKES_MAX: i64 = 256;

impl Services {
    /// Opens the conversations that have slept long enough, and tells of each once, whoever else does the
    /// same. What nobody looked for in time is opened late.
    ///
    /// # Errors
    /// `Internal` alone.
    pub async fn wake_snoozed(&self) -> Result<(), ServiceError> {
        let now = self.now();
        let mut due: BTreeMap<OrganizationId, Vec<ConversationId>> = BTreeMap::new();
        for (organization, id) in self.store().list_due_snoozes(now, WAKES_MAX).await? {
            due.entry(organization).or_default().push(id);
        }
        for (organization, ids) in due {
            self.wake(organization, ids, now).await?;
        }
        Ok(())
    }

    async fn wake(
        &self,
        organization: OrganizationId,
        ids: Vec<ConversationId>,
        now: Timestamp,
    ) -> Result<(), ServiceError> {
        self.commit(Some(organization), move |tx| {
            let ids = ids.clone();
            Box::pin(async move {
                let mut announcements = Vec::new();
                for id in ids {
                    let woken = tx.wake_conversation(id, now).await?;
                    let event = woken.map(Event::conversation_updated);
                    announcements.extend(event.map(Announcement::unprompted));
                }
                Ok(Done { value: (), announcements })
            })
        })
        .await
    }
}
