use super::*;
use crate::domain::{EventKind, OrganizationId, SessionId};
use switchboard_rooms::ConnectionId;

/// A line, and what it handed out: positions, with `o` and `c` for the hearers.
struct Played {
    line: Line,
    organization: OrganizationId,
    conversations: [ConversationId; 2],
    newest: [Option<Position>; 2],
    heard: Vec<String>,
}

impl Played {
    fn new() -> Self {
        let conversations = [ConversationId::generate(), ConversationId::generate()];
        let organization = OrganizationId::generate();
        let (line, newest, heard) = Default::default();
        Self { line, organization, conversations, newest, heard }
    }

    fn part(&self, conversation: usize) -> Part {
        Part::Conversation(self.conversations[conversation])
    }

    /// The next event of a conversation, at a position.
    fn event(&mut self, position: Position, conversation: usize) -> Event {
        let kind = EventKind::ConversationUnassigned { session_id: SessionId::generate() };
        let id = self.conversations[conversation];
        let previous = self.newest[conversation].replace(position);
        Event { previous, ..Event::logged(self.organization, position, id, kind) }
    }

    fn with<T>(&mut self, act: impl FnOnce(&mut Line, &mut Deliver<'_>) -> T) -> T {
        let Self { line, heard, .. } = self;
        act(line, &mut |telling, hearers| {
            let mut told = telling.event.position.unwrap().to_string();
            told.extend(hearers.organization.then_some('o'));
            told.extend(hearers.conversation.then_some('c'));
            heard.push(told);
        })
    }

    fn offer(&mut self, event: Event) {
        let telling = Telling { event, after: Vec::new(), origin: None };
        self.with(|line, deliver| line.offer(telling, deliver));
    }

    fn offer_own(&mut self, event: Event) {
        let connection = ConnectionId(1);
        let origin = Some(Origin { connection, client_message_id: None });
        let telling = Telling { event, after: Vec::new(), origin };
        self.with(|line, deliver| line.offer(telling, deliver));
    }

    fn open(&mut self, part: Part, position: Position) {
        self.line.opening(part);
        self.with(|line, deliver| line.opened(part, position, deliver));
    }

    fn relay(&mut self, event: Event) -> Result<(), Halt> {
        self.with(|line, deliver| line.relay(event, deliver))
    }

    fn heard(&mut self) -> Vec<String> {
        std::mem::take(&mut self.heard)
    }
}

#[test]
fn what_comes_early_waits_for_what_is_before_it() {
    let mut it = Played::new();
    it.open(Part::Organization, 4);
    let [five, six, seven] = [it.event(5, 0), it.event(6, 1), it.event(7, 0)];
    it.offer(seven);
    it.offer(six);
    assert!(it.heard().is_empty() && it.line.is_behind());
    it.offer(five.clone());
    it.offer(five);
    assert_eq!(it.heard(), ["5o", "6o", "7o"]);
    assert!(!it.line.is_behind());
}

#[test]
fn a_conversation_waits_for_its_own_events_alone() {
    let mut it = Played::new();
    it.open(it.part(0), 4);
    let [five, six, seven] = [it.event(5, 0), it.event(6, 1), it.event(7, 0)];
    it.offer(six);
    it.offer(seven);
    assert_eq!(it.heard(), ["6oc"], "nobody is known to hear the other conversation");
    it.offer(five);
    assert_eq!(it.heard(), ["5c", "7c"]);
}

#[test]
fn what_stays_out_is_taken_from_the_log_and_not_repeated_when_it_comes() {
    let mut it = Played::new();
    it.open(Part::Organization, 4);
    let events = [it.event(5, 0), it.event(6, 0), it.event(7, 0)];
    it.offer(events[2].clone());
    let (from, doubts) = it.line.begin_check().unwrap();
    assert_eq!(from, 4);
    for event in events.clone() {
        it.relay(event).unwrap();
    }
    it.line.settle(doubts);
    assert_eq!(it.heard(), ["5o", "6o", "7o"]);
    for event in events {
        it.offer(event);
    }
    assert!(it.heard().is_empty() && !it.line.is_behind());
    assert_eq!(it.line.begin_check().unwrap().0, 7);
}

#[test]
fn nothing_is_handed_out_while_somebody_is_about_to_join() {
    let mut it = Played::new();
    it.line.opening(Part::Organization);
    let [five, six] = [it.event(5, 0), it.event(6, 0)];
    it.offer(five);
    it.offer(six.clone());
    assert_eq!(it.relay(six), Ok(()), "nobody has looked how far the log is");
    assert!(it.heard().is_empty());
    it.with(|line, deliver| line.opened(Part::Organization, 5, deliver));
    assert_eq!(it.heard(), ["6o"], "what they knew when they joined is not told again");
}

#[test]
fn who_does_not_join_after_all_keeps_nobody_waiting() {
    let mut it = Played::new();
    it.open(it.part(0), 4);
    it.line.opening(Part::Organization);
    let five = it.event(5, 0);
    it.offer(five);
    assert!(it.heard().is_empty());
    it.with(|line, deliver| line.abandoned(Part::Organization, deliver));
    assert_eq!(it.heard(), ["5c"]);
}

#[test]
fn a_conversation_that_is_behind_catches_up_when_all_of_its_organization_is_heard() {
    let mut it = Played::new();
    it.open(it.part(0), 4);
    let [five, six] = [it.event(5, 0), it.event(6, 0)];
    it.open(Part::Organization, 5);
    assert!(
        it.line.is_behind(),
        "nobody knows whether the conversation was told everything up to 5"
    );
    it.offer(six.clone());
    assert!(it.heard().is_empty(), "5 goes before");
    let (from, doubts) = it.line.begin_check().unwrap();
    assert_eq!(from, 4);
    it.relay(five).unwrap();
    it.relay(six).unwrap();
    it.line.settle(doubts);
    assert_eq!(it.heard(), ["5c", "6oc"]);
    assert!(!it.line.is_behind());
}

#[test]
fn a_log_that_does_not_reach_back_says_so() {
    let mut it = Played::new();
    it.open(Part::Organization, 4);
    let nine = it.event(9, 0);
    assert_eq!(it.relay(nine.clone()), Err(Halt::Swept));
    it.line.begin_anew(8);
    assert_eq!(it.relay(nine), Ok(()));
    assert_eq!(it.heard(), ["9o"]);
}

#[test]
fn who_caused_an_event_hears_of_it_though_nobody_else_does() {
    let mut it = Played::new();
    it.open(it.part(0), 4);
    let [three, five] = [it.event(3, 0), it.event(5, 0)];
    it.offer_own(three);
    assert_eq!(it.heard(), ["3"], "who joined since knows it");
    let other = it.event(6, 1);
    it.offer_own(other);
    assert_eq!(it.heard(), ["6oc"]);
    it.offer_own(five.clone());
    it.offer_own(five);
    assert_eq!(it.heard(), ["5c"], "once");
}

#[test]
fn too_many_that_wait_are_left_to_the_log() {
    let mut it = Played::new();
    it.open(Part::Organization, 0);
    for position in 2..=i64::try_from(WAITING_MAX).unwrap() + 2 {
        let event = it.event(position, 0);
        it.offer(event);
    }
    assert!(it.heard().is_empty() && it.line.is_behind());
    assert!(it.line.waiting.len() <= 1);
}

#[test]
fn what_nobody_hears_any_more_is_forgotten() {
    let mut it = Played::new();
    it.open(it.part(0), 4);
    it.open(Part::Organization, 4);
    let organization = Part::Organization;
    it.with(|line, deliver| line.vacated(organization, deliver));
    assert!(!it.line.is_idle());
    let part = it.part(0);
    it.line.opening(part);
    it.with(|line, deliver| line.vacated(part, deliver));
    assert!(!it.line.is_idle(), "somebody is about to join");
    it.with(|line, deliver| line.opened(part, 5, deliver));
    it.with(|line, deliver| line.vacated(part, deliver));
    assert!(it.line.is_idle());
    assert_eq!(it.line.begin_check(), None);
}

#[test]
fn in_whatever_order_events_come_each_is_handed_out_once_and_in_order() {
    // Every order of five events of two conversations, some of them twice and one from the log.
    let orders = permutations(5);
    for order in orders {
        let mut it = Played::new();
        it.open(it.part(0), 0);
        let events: Vec<_> = (1..=5).map(|at| it.event(at, usize::from(at == 3))).collect();
        for &index in &order {
            it.offer(events[index].clone());
            it.offer(events[order[0]].clone());
        }
        let told: Vec<_> = it.heard().into_iter().filter(|told| !told.starts_with('3')).collect();
        assert_eq!(told, ["1c", "2c", "4c", "5c"], "{order:?}");
    }
}

fn permutations(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for shorter in permutations(count - 1) {
        for at in 0..=shorter.len() {
            let mut longer = shorter.clone();
            longer.insert(at, count - 1);
            all.push(longer);
        }
    }
    all
}

#[test]
fn a_line_knows_what_it_lacks() {
    let mut it = Played::new();
    it.open(it.part(0), 4);
    assert_eq!(it.line.lacks(4), Some(false));
    assert_eq!(it.line.lacks(5), None, "where that is, only the log can tell");
    assert!(it.line.lacks_event(it.conversations[0], 5));
    assert!(!it.line.lacks_event(it.conversations[1], 5), "nobody hears it");
    it.open(Part::Organization, 4);
    assert_eq!(it.line.lacks(5), Some(true));
}
