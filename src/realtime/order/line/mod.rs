//! One organization's events on their way to this node's rooms: what was handed out, and what waits.
//!
//! Two kinds of rooms hear an organization's log: those that hear all of it (the queue, the workspace), and
//! those of one conversation. For each that has members here a [`Cursor`] says how far it was told. All of it
//! has no holes in its positions; in a conversation each event names the one before it. So a hole shows, and
//! what comes after it waits until the hole is filled: by the event itself, which is late, or from the
//! database.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::domain::{ConversationId, Event, Position};
use crate::service::Origin;

/// Most events that wait for those before them. What comes beyond that is read from the database, where it is.
const WAITING_MAX: usize = 4_096;

/// An event of the log, and what is told with it.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::realtime) struct Telling {
    /// What happened, at a position.
    pub(in crate::realtime) event: Event,
    /// How the conversation stands after it; in no log, so it goes where its event goes.
    pub(in crate::realtime) after: Vec<Event>,
    /// The connection of this node that caused it.
    pub(in crate::realtime) origin: Option<Origin>,
}

/// Which rooms are to be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::realtime) struct Hearers {
    /// Those that hear all of the organization.
    pub(in crate::realtime) organization: bool,
    /// Those of the event's conversation.
    pub(in crate::realtime) conversation: bool,
}

impl Hearers {
    /// All rooms, where it is not followed what they were told: nobody is known to be in them.
    pub(in crate::realtime) const ALL: Self = Self { organization: true, conversation: true };
}

/// What rooms hear together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::realtime) enum Part {
    /// The whole log.
    Organization,
    /// What is about one conversation.
    Conversation(ConversationId),
}

/// How far the rooms of a part were told.
#[derive(Debug, Default)]
struct Cursor {
    /// Those who are about to join and do not know yet what they know: nothing is handed out meanwhile.
    openers: usize,
    /// From where it was followed, and how far it was told; `None` while the first of all is about to join.
    told: Option<Told>,
}

#[derive(Clone, Copy, Debug)]
struct Told {
    since: Position,
    to: Position,
}

/// Takes what is handed out.
pub(super) type Deliver<'a> = dyn FnMut(&Telling, Hearers) + 'a;

/// One organization's events on this node.
#[derive(Debug, Default)]
pub(super) struct Line {
    organization: Option<Cursor>,
    conversations: HashMap<ConversationId, Cursor>,
    waiting: BTreeMap<Position, Telling>,
    /// Up to here it is certain that nothing is missing; `None` while nobody hears anything.
    checked: Option<Position>,
    /// How often it was said that something may be missing that no hole shows, and how many of these times
    /// were looked into.
    doubts: u64,
    settled: u64,
    /// It was taken out of use, and another one has its place.
    pub(super) is_retired: bool,
}

/// What is to be done with an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Hand(Hearers),
    Wait,
    /// It was handed out, or all who hear it know it.
    Past,
}

/// The log cannot be handed out at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Halt {
    /// Somebody is about to join: in a moment it can.
    Opening,
    /// Events are not kept any more that somebody here has not heard.
    Swept,
}

impl Line {
    /// Somebody is about to hear a part. Until [`opened`](Self::opened) or [`abandoned`](Self::abandoned) says
    /// how that went, what the part is to be told waits.
    pub(super) fn opening(&mut self, part: Part) {
        match part {
            Part::Organization => self.organization.get_or_insert_default().openers += 1,
            Part::Conversation(id) => self.conversations.entry(id).or_default().openers += 1,
        }
    }

    /// Who was about to hear a part is in its room, and knows everything up to `position`.
    pub(super) fn opened(&mut self, part: Part, position: Position, deliver: &mut Deliver<'_>) {
        let Some(cursor) = self.cursor_mut(part) else { return };
        cursor.openers = cursor.openers.saturating_sub(1);
        if cursor.told.is_none() {
            cursor.told = Some(Told { since: position, to: position });
            self.checked = Some(self.checked.map_or(position, |checked| checked.min(position)));
            // Conversations that were heard before may be behind that position.
            if part == Part::Organization && !self.conversations.is_empty() {
                self.doubt();
            }
        }
        self.drain(deliver);
    }

    /// Who was about to hear a part does not.
    pub(super) fn abandoned(&mut self, part: Part, deliver: &mut Deliver<'_>) {
        let Some(cursor) = self.cursor_mut(part) else { return };
        cursor.openers = cursor.openers.saturating_sub(1);
        if cursor.openers == 0 && cursor.told.is_none() {
            self.close(part);
        }
        self.drain(deliver);
    }

    /// Nobody hears a part any more, unless someone is about to.
    pub(super) fn vacated(&mut self, part: Part, deliver: &mut Deliver<'_>) {
        if self.cursor_mut(part).is_some_and(|cursor| cursor.openers == 0) {
            self.close(part);
            self.drain(deliver);
        }
    }

    /// Whether somebody hears a conversation, or is about to.
    pub(super) fn is_followed(&self, conversation: ConversationId) -> bool {
        self.conversations.contains_key(&conversation)
    }

    fn close(&mut self, part: Part) {
        match part {
            Part::Organization => self.organization = None,
            Part::Conversation(id) => drop(self.conversations.remove(&id)),
        }
        if self.is_idle() {
            self.checked = None;
        }
    }

    /// Nobody hears anything.
    pub(super) fn is_idle(&self) -> bool {
        self.organization.is_none() && self.conversations.is_empty()
    }

    fn cursor_mut(&mut self, part: Part) -> Option<&mut Cursor> {
        match part {
            Part::Organization => self.organization.as_mut(),
            Part::Conversation(id) => self.conversations.get_mut(&id),
        }
    }

    /// Takes an event from whoever committed it, in whatever order these come: hands it out in its turn, and
    /// what waited for it.
    pub(super) fn offer(&mut self, telling: Telling, deliver: &mut Deliver<'_>) {
        match self.judge(&telling.event, false) {
            Verdict::Hand(hearers) => {
                self.hand(&telling, hearers, deliver);
                self.drain(deliver);
            }
            Verdict::Wait => self.put_off(telling),
            Verdict::Past => self.tell_sender(&telling, deliver),
        }
    }

    /// What is to be looked into: the log after a position, and the doubts there are. `None` where nobody
    /// hears anything.
    pub(super) fn begin_check(&self) -> Option<(Position, u64)> {
        Some((self.checked?, self.doubts))
    }

    /// Takes the next event as the database has it. To be called for all events after the position that
    /// [`begin_check`](Self::begin_check) gave, in order.
    ///
    /// # Errors
    /// [`Halt`], and nothing is done.
    pub(super) fn relay(&mut self, event: Event, deliver: &mut Deliver<'_>) -> Result<(), Halt> {
        let Some(position) = event.position else { return Ok(()) };
        let Some(checked) = self.checked else { return Ok(()) };
        if position > checked + 1 {
            return Err(Halt::Swept);
        }
        match self.judge(&event, true) {
            Verdict::Wait => return Err(Halt::Opening),
            // Where it waits, it is known who caused it.
            Verdict::Hand(hearers) => {
                let waiting = self.waiting.remove(&position);
                let telling = waiting.unwrap_or(Telling { event, after: Vec::new(), origin: None });
                self.hand(&telling, hearers, deliver);
            }
            Verdict::Past => {}
        }
        self.has_checked(position);
        self.drain(deliver);
        Ok(())
    }

    /// Everything up to `position` was looked at, and nothing in between is for anyone here.
    pub(super) fn has_checked(&mut self, position: Position) {
        self.checked = self.checked.map(|checked| checked.max(position));
    }

    /// The log was looked at to its end, which answers the doubts there were when that began.
    pub(super) fn settle(&mut self, doubts: u64) {
        self.settled = self.settled.max(doubts);
    }

    /// Something may be missing, of which no hole tells.
    pub(super) fn doubt(&mut self) {
        self.doubts += 1;
    }

    /// Whether the database is to be asked: something waits, or may be missing.
    pub(super) fn is_behind(&self) -> bool {
        self.settled < self.doubts || !self.waiting.is_empty()
    }

    /// Whether the organization's log, of which `newest` is the last position, holds anything that was not
    /// handed out; `None` where only the places of its events can tell.
    pub(super) fn lacks(&self, newest: Position) -> Option<bool> {
        if self.checked.is_none_or(|checked| newest <= checked) {
            return Some(false);
        }
        let told = self.organization.as_ref()?.told?;
        Some(told.to < newest)
    }

    /// Whether an event of a conversation was not handed out to those who hear that conversation.
    pub(super) fn lacks_event(&self, conversation: ConversationId, position: Position) -> bool {
        let told = self.conversations.get(&conversation).and_then(|cursor| cursor.told);
        told.is_some_and(|told| told.to < position)
    }

    /// Whoever is here has been told to begin anew: from now on only what comes after `position` counts.
    pub(super) fn begin_anew(&mut self, position: Position) {
        let cursors = self.organization.iter_mut().chain(self.conversations.values_mut());
        for told in cursors.filter_map(|cursor| cursor.told.as_mut()) {
            *told = Told { since: position, to: position };
        }
        self.waiting.clear();
        self.checked = self.checked.map(|_| position);
        self.settled = self.doubts;
    }

    /// The conversations that are heard here.
    pub(super) fn conversations(&self) -> HashSet<ConversationId> {
        self.conversations.keys().copied().collect()
    }

    fn judge(&self, event: &Event, is_certain: bool) -> Verdict {
        let Some(position) = event.position else { return Verdict::Past };
        let conversation = event.conversation_id.and_then(|id| self.conversations.get(&id));
        let cursors = [self.organization.as_ref(), conversation];
        if cursors.iter().flatten().any(|cursor| cursor.told.is_none()) {
            return Verdict::Wait;
        }
        let [organization, conversation] = cursors.map(|cursor| cursor.and_then(|it| it.told));
        let is_news = |told: Option<Told>| told.is_some_and(|told| position > told.to);
        let hearers =
            Hearers { organization: is_news(organization), conversation: is_news(conversation) };
        let nobody = organization.is_none() && conversation.is_none();
        if hearers == Hearers::default() {
            return if nobody { Verdict::Hand(Hearers::ALL) } else { Verdict::Past };
        }
        let follows = |told: Option<Told>, before: Position| told.is_none_or(|it| it.to >= before);
        let in_turn = (!hearers.organization || follows(organization, position - 1))
            && (!hearers.conversation || follows(conversation, event.previous.unwrap_or(0)));
        if in_turn || is_certain { Verdict::Hand(hearers) } else { Verdict::Wait }
    }

    fn hand(&mut self, telling: &Telling, hearers: Hearers, deliver: &mut Deliver<'_>) {
        deliver(telling, hearers);
        let position = telling.event.position.unwrap_or_default();
        if let (true, Some(cursor)) = (hearers.organization, &mut self.organization) {
            cursor.tell(position);
        }
        let conversation = telling.event.conversation_id.filter(|_| hearers.conversation);
        if let Some(cursor) = conversation.and_then(|id| self.conversations.get_mut(&id)) {
            cursor.tell(position);
        }
    }

    /// Hands out what waited and is in turn now.
    fn drain(&mut self, deliver: &mut Deliver<'_>) {
        loop {
            let mut ready = self.waiting.iter().map(|(at, it)| (*at, self.judge(&it.event, false)));
            let Some((at, verdict)) = ready.find(|(_, verdict)| *verdict != Verdict::Wait) else {
                break;
            };
            let Some(telling) = self.waiting.remove(&at) else { break };
            match verdict {
                Verdict::Hand(hearers) => self.hand(&telling, hearers, deliver),
                Verdict::Past | Verdict::Wait => self.tell_sender(&telling, deliver),
            }
        }
        let told = self.organization.as_ref().and_then(|cursor| cursor.told);
        if let (Some(told), false) = (told, self.is_behind()) {
            self.has_checked(told.to);
        }
    }

    fn put_off(&mut self, telling: Telling) {
        if self.waiting.len() >= WAITING_MAX {
            self.waiting.clear();
            self.doubt();
            return;
        }
        let Some(position) = telling.event.position else { return };
        // The one that knows who caused it is worth more.
        if telling.origin.is_some() || !self.waiting.contains_key(&position) {
            self.waiting.insert(position, telling);
        }
    }

    /// Who caused an event hears of it even where everyone else in the room came later; not where the room
    /// was told already, for then it was told with the others.
    fn tell_sender(&self, telling: &Telling, deliver: &mut Deliver<'_>) {
        let Some(position) = telling.event.position.filter(|_| telling.origin.is_some()) else {
            return;
        };
        let conversation = telling.event.conversation_id.and_then(|id| self.conversations.get(&id));
        let told = conversation.and_then(|cursor| cursor.told);
        if told.is_none_or(|told| position <= told.since) {
            deliver(telling, Hearers::default());
        }
    }
}

impl Cursor {
    fn tell(&mut self, position: Position) {
        if let Some(told) = &mut self.told {
            told.to = told.to.max(position);
        }
    }
}

#[cfg(test)]
mod tests;
