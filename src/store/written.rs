//! What messages leave behind is written in one go.

use std::sync::Arc;

use super::conversations::{Tip, move_tips};
use super::events::insert_events;
use super::messages::insert_messages;
use super::sights::see_contacts;
use super::{StoreError, Tx};
use crate::domain::{ContactId, Event, Message, OrganizationId, Timestamp};

/// What messages of an organization leave behind, whose log is held.
#[derive(Debug)]
pub struct Written<'a> {
    /// The organization.
    pub organization_id: OrganizationId,
    /// How far they bring their conversations.
    pub tips: Vec<&'a Tip>,
    /// The messages, in their order.
    pub messages: &'a [Arc<Message>],
    /// What the log says of them, at the positions that they carry.
    pub events: &'a [Event],
    /// The contacts who were here with them.
    pub seen: &'a [ContactId],
    /// The moment of all this.
    pub now: Timestamp,
}

impl Tx {
    /// Writes down what messages leave behind. A `seq` or client id that is taken is a `Conflict`.
    pub async fn write_messages(&mut self, written: Written<'_>) -> Result<(), StoreError> {
        let Written { organization_id, tips, messages, events, seen, now } = written;
        let engine = self.engine();
        let mut writes = vec![
            move_tips(engine, tips),
            insert_messages(engine, messages),
            insert_events(engine, events, now),
        ];
        if !seen.is_empty() {
            writes.push(see_contacts(engine, seen, now));
        }
        writes.extend(self.logs().write_position(organization_id));
        self.execute_together(writes).await?;
        self.pass_on(events, now).await
    }
}
