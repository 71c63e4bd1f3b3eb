//! Which topics are wanted, and which of them Redis has confirmed.
//!
//! Wanting is a state and not an order: whoever wants and unwants a hundred times in a row costs Redis
//! nothing. The ear brings Redis in line with the set, many topics in one command. A topic that is
//! no longer wanted is kept for a moment ([`LINGER`]), since whoever left may be back.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::pace::LINGER;

/// Most topics in one command.
const TOGETHER: usize = 1000;

/// What is to be done next to bring Redis in line.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    pub(super) subscribe: Vec<Arc<str>>,
    pub(super) unsubscribe: Vec<Arc<str>>,
    /// Wanted again while the subscription still stood.
    pub(super) announce: Vec<Arc<str>>,
}

impl Changes {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What to do with something heard on a topic.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Hear {
    /// Nobody wants it.
    Ignored,
    /// Wanted; the subscription has not been announced yet, and has to be before.
    First(Arc<str>),
    Wanted,
}

/// The set of wanted topics.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    state: Mutex<State>,
    /// Wakes the ear.
    changed: Notify,
    /// Wakes those who wait for a topic, or for the news that there is no use in waiting.
    settled: Notify,
}

#[derive(Debug, Default)]
struct State {
    topics: HashMap<Arc<str>, Seat>,
    /// Topics to look at. Empty while the ear is deaf: then everything is looked at on its return.
    changes: VecDeque<Arc<str>>,
    /// Topics that were wanted until then.
    leaving: VecDeque<(Instant, Arc<str>)>,
    /// The ear has a connection.
    open: bool,
    /// Redis is known to be away.
    away: bool,
    subscribed: usize,
}

#[derive(Debug, Default)]
struct Seat {
    wanted: bool,
    /// It stands in `changes`.
    noted: bool,
    heard: Heard,
}

/// How far a topic has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Heard {
    /// Redis does not send it, as far as is known.
    #[default]
    No,
    /// Redis has confirmed it.
    Confirmed,
    /// The server was told that it is heard.
    Announced,
}

impl Seat {
    /// Takes the last step. False when it was taken before, or when it is not its time.
    fn announce(&mut self) -> bool {
        let due = self.wanted && self.heard == Heard::Confirmed;
        if due {
            self.heard = Heard::Announced;
        }
        due
    }
}

impl Wanted {
    /// The topic shall be heard.
    pub(super) fn want(&self, topic: &Arc<str>) {
        let mut state = self.state.lock();
        let seat = state.topics.entry(Arc::clone(topic)).or_default();
        if !std::mem::replace(&mut seat.wanted, true) {
            state.note(topic);
            drop(state);
            self.changed.notify_one();
        }
    }

    /// The topic need not be heard any more.
    pub(super) fn unwant(&self, topic: &str) {
        let mut state = self.state.lock();
        let Some((topic, _)) = state.topics.get_key_value(topic) else { return };
        let topic = Arc::clone(topic);
        let open = state.open;
        if let Some(seat) = state.topics.get_mut(&topic) {
            seat.wanted = false;
            if seat.heard == Heard::Announced {
                seat.heard = Heard::Confirmed;
            }
        }
        if open {
            state.note(&topic);
            drop(state);
            self.changed.notify_one();
        } else {
            state.topics.remove(&topic);
        }
    }

    /// Waits until the topic is heard. False when it is not wanted, when Redis is known to be away,
    /// or when the patience is over.
    pub(super) async fn listening(&self, topic: &str, patience: Duration) -> bool {
        let settled = async {
            loop {
                let news = self.settled.notified();
                if let Some(answer) = self.state.lock().listening(topic) {
                    return answer;
                }
                news.await;
            }
        };
        tokio::time::timeout(patience, settled).await.unwrap_or(false)
    }

    /// The ear has a new connection: everything wanted is to be subscribed to.
    pub(super) fn open(&self) {
        let mut state = self.state.lock();
        state.open = true;
        state.away = false;
        let topics: Vec<_> = state.topics.keys().cloned().collect();
        for topic in &topics {
            state.note(topic);
        }
    }

    /// The ear has no connection, or could not get one.
    pub(super) fn close(&self) {
        let mut state = self.state.lock();
        state.open = false;
        state.away = true;
        state.subscribed = 0;
        state.changes.clear();
        state.leaving.clear();
        state.topics.retain(|_, seat| seat.wanted);
        for seat in state.topics.values_mut() {
            *seat = Seat { wanted: true, ..Seat::default() };
        }
        drop(state);
        self.settled.notify_waiters();
    }

    /// Waits until something is to be done.
    pub(super) async fn changed(&self) {
        while self.state.lock().changes.is_empty() {
            self.changed.notified().await;
        }
    }

    /// What is to be done, at most so much as fits one command of each kind.
    pub(super) fn changes(&self, now: Instant) -> Changes {
        let mut state = self.state.lock();
        let mut changes = Changes::default();
        for _ in 0..TOGETHER {
            let Some(topic) = state.changes.pop_front() else { break };
            state.decide(topic, now, &mut changes);
        }
        state.expire(now, &mut changes);
        changes
    }

    /// Redis has confirmed the topic.
    pub(super) fn subscribed(&self, topic: &str) {
        let mut state = self.state.lock();
        let Some(seat) = state.topics.get_mut(topic) else { return };
        if seat.heard == Heard::No {
            seat.heard = Heard::Confirmed;
            state.subscribed += 1;
        }
    }

    /// Whether Redis has confirmed the topic, and was not told to end it.
    pub(super) fn is_subscribed(&self, topic: &str) -> bool {
        self.state.lock().topics.get(topic).is_some_and(|seat| seat.heard != Heard::No)
    }

    /// Redis no longer sends these topics. Those that are wanted again by now are looked at again.
    pub(super) fn unsubscribed(&self, topics: &[Arc<str>]) {
        let mut state = self.state.lock();
        for topic in topics {
            state.note(topic);
        }
    }

    /// Those of the topics that are wanted and confirmed, and were not announced before. Those that
    /// were given up meanwhile are looked at again.
    pub(super) fn announce(&self, topics: &[Arc<str>]) -> Vec<Arc<str>> {
        let mut state = self.state.lock();
        let mut news = Vec::with_capacity(topics.len());
        for topic in topics {
            let Some(seat) = state.topics.get_mut(topic) else { continue };
            if !seat.wanted {
                state.note(topic);
            } else if seat.announce() {
                news.push(Arc::clone(topic));
            }
        }
        news
    }

    /// Wakes those who wait for a topic: call it when what [`announce`](Self::announce) gave was told.
    pub(super) fn announced(&self) {
        self.settled.notify_waiters();
    }

    /// Something was said on the topic.
    pub(super) fn hear(&self, topic: &str) -> Hear {
        let mut state = self.state.lock();
        let Some((topic, _)) = state.topics.get_key_value(topic) else { return Hear::Ignored };
        let topic = Arc::clone(topic);
        let Some(seat) = state.topics.get_mut(&topic) else { return Hear::Ignored };
        if seat.announce() {
            Hear::First(topic)
        } else if seat.wanted && seat.heard == Heard::Announced {
            Hear::Wanted
        } else {
            Hear::Ignored
        }
    }

    /// How many topics Redis has confirmed.
    pub(super) fn count(&self) -> usize {
        self.state.lock().subscribed
    }
}

impl State {
    fn note(&mut self, topic: &Arc<str>) {
        if !self.open {
            return;
        }
        let Some(seat) = self.topics.get_mut(topic) else { return };
        if !std::mem::replace(&mut seat.noted, true) {
            self.changes.push_back(Arc::clone(topic));
        }
    }

    fn decide(&mut self, topic: Arc<str>, now: Instant, changes: &mut Changes) {
        let Some(seat) = self.topics.get_mut(&topic) else { return };
        seat.noted = false;
        match (seat.wanted, seat.heard) {
            (true, Heard::No) => changes.subscribe.push(topic),
            (true, Heard::Confirmed) => changes.announce.push(topic),
            (true, Heard::Announced) => {}
            (false, Heard::No) => drop(self.topics.remove(&topic)),
            (false, _) => self.leaving.push_back((now, topic)),
        }
    }

    fn expire(&mut self, now: Instant, changes: &mut Changes) {
        let over = |(since, _): &(Instant, Arc<str>)| now.duration_since(*since) >= LINGER;
        while changes.unsubscribe.len() < TOGETHER && self.leaving.front().is_some_and(over) {
            let Some((_, topic)) = self.leaving.pop_front() else { break };
            let Some(seat) = self.topics.get_mut(&topic) else { continue };
            if !seat.wanted && seat.heard != Heard::No {
                seat.heard = Heard::No;
                self.subscribed -= 1;
                changes.unsubscribe.push(topic);
            }
        }
    }

    fn listening(&self, topic: &str) -> Option<bool> {
        match self.topics.get(topic) {
            Some(seat) if seat.wanted && seat.heard == Heard::Announced => Some(true),
            Some(seat) if seat.wanted && !self.away => None,
            _ => Some(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topics(names: &[&str]) -> Vec<Arc<str>> {
        names.iter().map(|name| Arc::from(*name)).collect()
    }

    fn want(wanted: &Wanted, names: &[&str]) {
        for topic in topics(names) {
            wanted.want(&topic);
        }
    }

    /// A set whose ear is connected and in line with what is wanted.
    fn aligned(names: &[&str]) -> Wanted {
        let wanted = Wanted::default();
        want(&wanted, names);
        wanted.open();
        align(&wanted);
        wanted
    }

    /// Does what an ear does; gives what it did.
    fn align(wanted: &Wanted) -> Changes {
        let changes = wanted.changes(Instant::now());
        wanted.unsubscribed(&changes.unsubscribe);
        for topic in &changes.subscribe {
            wanted.subscribed(topic);
        }
        wanted.announce(&changes.subscribe);
        wanted.announce(&changes.announce);
        changes
    }

    #[tokio::test]
    async fn while_there_is_no_connection_nothing_is_to_be_done_and_then_everything() {
        let wanted = Wanted::default();
        want(&wanted, &["a", "b"]);
        wanted.unwant("a");
        assert!(align(&wanted).is_empty());
        wanted.open();
        assert_eq!(align(&wanted).subscribe, topics(&["b"]));
        wanted.close();
        want(&wanted, &["b"]);
        wanted.open();
        assert_eq!(align(&wanted).subscribe, topics(&["b"]));
    }

    #[tokio::test(start_paused = true)]
    async fn a_subscription_ends_a_moment_after_it_is_wanted_no_more() {
        let wanted = aligned(&["a"]);
        wanted.unwant("a");
        assert!(align(&wanted).is_empty());
        assert_eq!(wanted.count(), 1);
        tokio::time::advance(LINGER).await;
        assert_eq!(align(&wanted).unsubscribe, topics(&["a"]));
        assert_eq!(wanted.count(), 0);
        assert!(align(&wanted).is_empty());
        assert!(wanted.state.lock().topics.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_is_back_in_time_finds_the_subscription_and_is_told() {
        let wanted = aligned(&["a"]);
        wanted.unwant("a");
        align(&wanted);
        want(&wanted, &["a"]);
        assert_eq!(align(&wanted).announce, topics(&["a"]));
        tokio::time::advance(LINGER).await;
        assert!(align(&wanted).is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_topic_wanted_while_it_is_given_up_is_subscribed_to_again() {
        let wanted = aligned(&["a"]);
        wanted.unwant("a");
        align(&wanted);
        tokio::time::advance(LINGER).await;
        let changes = wanted.changes(Instant::now());
        want(&wanted, &["a"]);
        assert_eq!(wanted.hear("a"), Hear::Ignored);
        wanted.unsubscribed(&changes.unsubscribe);
        assert_eq!(align(&wanted).subscribe, topics(&["a"]));
    }

    #[tokio::test]
    async fn a_topic_given_up_while_it_is_subscribed_to_is_not_announced() {
        let wanted = Wanted::default();
        wanted.open();
        want(&wanted, &["a"]);
        let changes = wanted.changes(Instant::now());
        wanted.unwant("a");
        wanted.subscribed("a");
        assert!(wanted.announce(&changes.subscribe).is_empty());
        assert_eq!(wanted.hear("a"), Hear::Ignored);
    }

    #[tokio::test]
    async fn what_is_heard_first_is_announced_before() {
        let wanted = Wanted::default();
        wanted.open();
        want(&wanted, &["a"]);
        let changes = wanted.changes(Instant::now());
        wanted.subscribed("a");
        assert_eq!(wanted.hear("a"), Hear::First("a".into()));
        assert_eq!(wanted.hear("a"), Hear::Wanted);
        assert!(wanted.announce(&changes.subscribe).is_empty());
    }

    #[tokio::test]
    async fn many_topics_go_in_several_commands() {
        let wanted = Wanted::default();
        let names: Vec<String> = (0..=TOGETHER).map(|number| number.to_string()).collect();
        want(&wanted, &names.iter().map(String::as_str).collect::<Vec<_>>());
        wanted.open();
        assert_eq!(align(&wanted).subscribe.len(), TOGETHER);
        assert_eq!(align(&wanted).subscribe.len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_for_a_topic_ends_with_the_news_that_redis_is_away() {
        let wanted = Wanted::default();
        want(&wanted, &["a"]);
        let patience = Duration::from_secs(5);
        assert!(!wanted.listening("b", patience).await, "not wanted");
        let (listening, ()) = tokio::join!(wanted.listening("a", patience), async {
            wanted.close();
        });
        assert!(!listening);
        let began = Instant::now();
        wanted.open();
        assert!(!wanted.listening("a", patience).await, "slow");
        assert_eq!(began.elapsed(), patience);
        align(&wanted);
        assert!(wanted.listening("a", patience).await);
    }
}
