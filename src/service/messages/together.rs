//! Messages of an organization that come at the same moment: those for conversations that are there cost as many
//! statements as one of them alone.

use futures_util::future::BoxFuture;

use super::Sent;
use super::earlier::Earlier;
use super::place::Place;
use super::sheet::{NO_CONVERSATION, Sheet};
use super::write::Writing;
use crate::domain::{ContactId, ConversationId, Timestamp};
use crate::service::rules::RuleBooks;
use crate::service::{Announcement, ServiceError, WorkResult};
use crate::store::{Done, JointResults, JointWork, Tx};

/// Writes messages, many at a time.
#[derive(Debug)]
pub(in crate::service) struct MessageWriter {
    rules: RuleBooks,
}

impl MessageWriter {
    pub(in crate::service) fn new(rules: RuleBooks) -> Self {
        Self { rules }
    }

    pub(super) fn rules(&self) -> &RuleBooks {
        &self.rules
    }

    /// Those that can be written together are written first; then the others, one by one.
    async fn write(
        &self,
        tx: &mut Tx,
        writings: &[Writing],
    ) -> JointResults<Sent, Announcement, ServiceError> {
        let mut results = self.together(tx, writings).await?;
        for (writing, result) in writings.iter().zip(&mut results) {
            if result.is_none() {
                *result = Some(match writing.run(tx, &self.rules).await {
                    Err(broken @ ServiceError::Internal(_)) => return Err(broken),
                    came => came,
                });
            }
        }
        Ok(results.into_iter().flatten().collect())
    }

    /// Writes those messages that can be written together, reading and refusing first. Gives what came of each;
    /// `None` for those that are still to be written: they begin a conversation, or may start rules.
    async fn together(
        &self,
        tx: &mut Tx,
        writings: &[Writing],
    ) -> Result<Vec<Option<WorkResult<Sent>>>, ServiceError> {
        let mut results: Vec<_> = writings.iter().map(|_| None).collect();
        let mut placed: Vec<_> = writings.iter().enumerate().filter_map(placed).collect();
        let Some(first) = placed.first().map(|it| it.writing) else { return Ok(results) };
        let conversations: Vec<_> = placed.iter().map(|it| it.conversation_id).collect();
        let client_ids: Vec<_> =
            placed.iter().filter_map(|it| it.writing.client_id(it.conversation_id)).collect();
        let known = tx.look_up(first.organization_id, conversations, client_ids).await?;
        let mut earlier = Earlier::of(known.earlier);
        placed.retain(|it| {
            let repeated = earlier.repeated(it.writing, it.conversation_id);
            results[it.index] = repeated.map(|it| it.map(Done::quietly));
            results[it.index].is_none()
        });
        let occasions: Vec<_> =
            placed.iter().map(|it| it.writing.occasion(it.conversation_id, false)).collect();
        let rules = &self.rules;
        let alone = rules.may_start_in(tx, first.organization_id, &occasions).await?;
        placed.retain(|it| !alone.contains(&it.conversation_id));
        // The time is taken here, where jobs run one after another, so that it grows with `seq`.
        let now = first.clock.now();
        let mut sheet = Sheet::of(known.tips, now);
        placed.retain(|it| {
            let is_there = sheet.has(it.conversation_id);
            if !is_there {
                results[it.index] = Some(Err(NO_CONVERSATION));
            }
            is_there
        });
        for it in &placed {
            // One of this batch may be the same as one before it.
            let repeated = earlier.repeated(it.writing, it.conversation_id);
            results[it.index] = Some(if let Some(repeated) = repeated {
                repeated.map(Done::quietly)
            } else {
                let Done { value: message, announcements } =
                    sheet.add(tx, it.writing, it.conversation_id).await?;
                earlier.note(&message);
                let sent = Sent { message, duplicate: false, created_conversation: false };
                Ok(Done { value: sent, announcements })
            });
        }
        see_visitors(tx, &mut sheet, &placed, now).await?;
        sheet.write(tx).await?;
        Ok(results)
    }
}

impl JointWork<Announcement> for MessageWriter {
    type Request = Writing;
    type Value = Sent;
    type Error = ServiceError;

    fn run<'t>(
        &'t self,
        tx: &'t mut Tx,
        writings: &'t [Writing],
    ) -> BoxFuture<'t, JointResults<Sent, Announcement, ServiceError>> {
        Box::pin(self.write(tx, writings))
    }
}

/// A message for a conversation that is there.
#[derive(Clone, Copy)]
struct Placed<'a> {
    /// Which of all messages it is.
    index: usize,
    writing: &'a Writing,
    conversation_id: ConversationId,
    /// The end user, when that is who writes.
    contact_id: Option<ContactId>,
}

fn placed((index, writing): (usize, &Writing)) -> Option<Placed<'_>> {
    match writing.place {
        Place::Conversation { id: conversation_id, contact_id } => {
            Some(Placed { index, writing, conversation_id, contact_id })
        }
        Place::Visitor { .. } | Place::New { .. } => None,
    }
}

/// Notes that those who write were here.
async fn see_visitors(
    tx: &mut Tx,
    sheet: &mut Sheet,
    placed: &[Placed<'_>],
    now: Timestamp,
) -> Result<(), ServiceError> {
    for it in placed {
        match (it.contact_id, it.writing.customer_name.as_deref()) {
            (Some(contact), None) => sheet.see(contact),
            (Some(contact), name) => tx.see_contact(contact, name, now).await?,
            (None, _) => {}
        }
    }
    Ok(())
}
