//! The order in which events reach this node's rooms: that of the log, each event once, whichever node
//! committed it and however it came here.
//!
//! - [`line`]: one organization's events, what was handed out and what waits;
//! - [`opening`]: coming to hear something without missing or repeating any of it;
//! - [`healer`]: the task that reads from the database what did not come by itself.

mod healer;
mod line;
mod opening;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::domain::{ConversationId, Event, OrganizationId, Position};
pub use healer::Healer;
use line::{Halt, Line};
pub(in crate::realtime) use line::{Hearers, Part, Telling};
pub(in crate::realtime) use opening::Opening;

/// Puts an event into the queues of those who are to hear it now.
type HandOut = dyn Fn(&Telling, Hearers) + Send + Sync;

/// Hands out events in their order; `deliver` says what that means.
pub(in crate::realtime) struct Order {
    lines: Mutex<HashMap<OrganizationId, Arc<Mutex<Line>>>>,
    /// Whose the conversations are that are heard here.
    owners: Mutex<HashMap<ConversationId, OrganizationId>>,
    /// Organizations of which something waits, or may be missing.
    behind: Mutex<HashSet<OrganizationId>>,
    /// Rung when one is added to those.
    bell: Notify,
    deliver: Box<HandOut>,
}

impl Order {
    pub(in crate::realtime) fn new(
        deliver: impl Fn(&Telling, Hearers) + Send + Sync + 'static,
    ) -> Self {
        let (lines, owners, behind, bell) = Default::default();
        Self { lines, owners, behind, bell, deliver: Box::new(deliver) }
    }

    /// Takes an event from whoever committed it.
    pub(in crate::realtime) fn offer(&self, telling: Telling) {
        let organization = telling.event.organization_id;
        let Some(line) = self.line(organization) else {
            return (self.deliver)(&telling, Hearers::ALL);
        };
        let mut line = line.lock();
        line.offer(telling, &mut |telling, hearers| (self.deliver)(telling, hearers));
        self.note(organization, &line);
    }

    /// Something of a part may have been missed.
    pub(in crate::realtime) fn doubt(&self, organization: OrganizationId) {
        if let Some(line) = self.line(organization) {
            let mut line = line.lock();
            line.doubt();
            self.note(organization, &line);
        }
    }

    /// Something may have been missed of everything that is heard here.
    pub(in crate::realtime) fn doubt_all(&self) {
        for organization in self.organizations() {
            self.doubt(organization);
        }
    }

    /// Nobody hears a part any more.
    pub(in crate::realtime) fn vacated(&self, organization: OrganizationId, part: Part) {
        let Some(line) = self.line(organization) else { return };
        let deliver = &mut |telling: &Telling, hearers| (self.deliver)(telling, hearers);
        line.lock().vacated(part, deliver);
        self.tidy(organization, part);
    }

    /// Keeps nothing of a part that nobody hears, nor of an organization of which nobody hears anything.
    fn tidy(&self, organization: OrganizationId, part: Part) {
        let Some(line) = self.line(organization) else { return };
        let mut lines = self.lines.lock();
        let mut line = line.lock();
        if let Part::Conversation(id) = part
            && !line.is_followed(id)
        {
            self.owners.lock().remove(&id);
        }
        if line.is_idle() && !line.is_retired {
            line.is_retired = true;
            lines.remove(&organization);
        }
    }

    /// Whose a conversation is, if it is heard here.
    pub(in crate::realtime) fn owner(
        &self,
        conversation: ConversationId,
    ) -> Option<OrganizationId> {
        self.owners.lock().get(&conversation).copied()
    }

    /// The conversations of `asked` at which something happened that was not handed out.
    pub(in crate::realtime) fn lagging(
        &self,
        newest: impl IntoIterator<Item = (ConversationId, Position)>,
    ) -> HashSet<OrganizationId> {
        let mut lagging = HashSet::new();
        for (conversation, position) in newest {
            let owner = self.owner(conversation);
            lagging.extend(owner.filter(|it| self.lacks_event(*it, conversation, position)));
        }
        lagging
    }

    fn organizations(&self) -> Vec<OrganizationId> {
        self.lines.lock().keys().copied().collect()
    }

    fn line(&self, organization: OrganizationId) -> Option<Arc<Mutex<Line>>> {
        self.lines.lock().get(&organization).cloned()
    }

    /// Does something with a line that is in use, which is made where there is none.
    fn with_line<T>(&self, organization: OrganizationId, mut act: impl FnMut(&mut Line) -> T) -> T {
        loop {
            let line = Arc::clone(self.lines.lock().entry(organization).or_default());
            let mut line = line.lock();
            // Between the look and the lock it may have been taken out of use.
            if !line.is_retired {
                let done = act(&mut line);
                self.note(organization, &line);
                return done;
            }
        }
    }

    fn note(&self, organization: OrganizationId, line: &Line) {
        if line.is_behind() && self.behind.lock().insert(organization) {
            self.bell.notify_one();
        }
    }
}

/// What the healer does with a line.
impl Order {
    fn take_behind(&self) -> Vec<OrganizationId> {
        self.behind.lock().drain().collect()
    }

    fn note_again(&self, organization: OrganizationId) {
        if let Some(line) = self.line(organization) {
            self.note(organization, &line.lock());
        }
    }

    fn is_behind(&self, organization: OrganizationId) -> bool {
        self.line(organization).is_some_and(|line| line.lock().is_behind())
    }

    fn begin_check(&self, organization: OrganizationId) -> Option<(Position, u64)> {
        self.line(organization)?.lock().begin_check()
    }

    /// Hands out a page of the log. Gives the conversations of which something was missing.
    fn relay(
        &self,
        organization: OrganizationId,
        page: Vec<Event>,
    ) -> Result<HashSet<ConversationId>, Halt> {
        let mut healed = HashSet::new();
        let Some(line) = self.line(organization) else { return Ok(healed) };
        let mut line = line.lock();
        for event in page {
            line.relay(event, &mut |telling, hearers| {
                (self.deliver)(telling, hearers);
                if telling.after.is_empty() && hearers != Hearers::default() {
                    healed.extend(telling.event.conversation_id);
                }
            })?;
        }
        Ok(healed)
    }

    /// See [`Line::begin_anew`]. Gives the conversations that are heard.
    pub(in crate::realtime) fn begin_anew(
        &self,
        organization: OrganizationId,
        position: Position,
    ) -> HashSet<ConversationId> {
        let Some(line) = self.line(organization) else { return HashSet::new() };
        let mut line = line.lock();
        line.begin_anew(position);
        line.conversations()
    }

    fn settle(&self, organization: OrganizationId, doubts: u64) {
        if let Some(line) = self.line(organization) {
            line.lock().settle(doubts);
        }
    }

    fn has_checked(&self, organization: OrganizationId, position: Position) {
        if let Some(line) = self.line(organization) {
            line.lock().has_checked(position);
        }
    }

    fn lacks(&self, organization: OrganizationId, newest: Position) -> Option<bool> {
        self.line(organization).map_or(Some(false), |line| line.lock().lacks(newest))
    }

    fn lacks_event(&self, organization: OrganizationId, at: ConversationId, to: Position) -> bool {
        self.line(organization).is_some_and(|line| line.lock().lacks_event(at, to))
    }
}
