//! The heartbeat, from end to end.
//!
//! Each node publishes a beat every second, and has to hear it itself: a connection that answers and
//! delivers nothing shows in that. Since every node hears every beat, each also knows which others
//! are there, and after an outage, when they listen again.

use std::collections::HashMap;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::pace::{PATIENCE, SILENCE};

/// What a node says of itself in a beat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Its subscriptions are not all confirmed.
    Deaf = 0,
    /// It hears whatever it wants.
    Listening = 1,
    /// It is about to stop: nobody needs to wait for it.
    Leaving = 2,
}

/// This node's beats and those of the others.
#[derive(Debug)]
pub(super) struct Pulse {
    /// Beats carry the time since then, so that the node that hears its own knows how long it took.
    born: Instant,
    state: Mutex<State>,
    /// Wakes whoever waits for beats to come back.
    heard: Notify,
}

#[derive(Debug)]
struct State {
    standing: Standing,
    stands_since: Instant,
    sent: u64,
    heard: u64,
    /// The first beat that Redis took since the last one heard, and when.
    unheard: Option<(u64, Instant)>,
    round_trip: Option<Duration>,
    others: HashMap<u128, Other>,
}

#[derive(Debug)]
struct Other {
    heard_at: Instant,
    standing: bool,
}

impl Pulse {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        let state = State {
            standing: Standing::Deaf,
            stands_since: now,
            sent: 0,
            heard: 0,
            unheard: None,
            round_trip: None,
            others: HashMap::new(),
        };
        Self { born: now, state: Mutex::new(state), heard: Notify::new() }
    }

    /// Whether this node hears what it wants.
    pub(super) fn set_standing(&self, standing: Standing) {
        let mut state = self.state.lock();
        state.standing = standing;
        state.stands_since = Instant::now();
        state.unheard = None;
    }

    /// The next beat: its number and its body.
    pub(super) fn beat(&self) -> (u64, Bytes) {
        let mut state = self.state.lock();
        state.sent += 1;
        let mut body = BytesMut::with_capacity(9);
        body.put_u8(state.standing as u8);
        body.put_u64(u64::try_from(self.born.elapsed().as_micros()).unwrap_or(u64::MAX));
        (state.sent, body.freeze())
    }

    /// Redis took the beat: from now on it is expected back.
    pub(super) fn taken(&self, number: u64) {
        let mut state = self.state.lock();
        if state.standing == Standing::Listening && state.heard < number {
            state.unheard.get_or_insert((number, Instant::now()));
        }
    }

    /// A beat of this node came back.
    pub(super) fn heard_own(&self, number: u64, body: &[u8]) {
        let mut state = self.state.lock();
        state.heard = state.heard.max(number);
        state.unheard = state.unheard.filter(|(unheard, _)| *unheard > number);
        if let Some(sent) = body.get(1..).and_then(|rest| rest.first_chunk()) {
            let sent = Duration::from_micros(u64::from_be_bytes(*sent));
            state.round_trip = Some(self.born.elapsed().saturating_sub(sent));
        }
        drop(state);
        self.heard.notify_waiters();
    }

    /// A beat of another node came.
    pub(super) fn heard_other(&self, node: u128, body: &[u8]) {
        let now = Instant::now();
        let mut state = self.state.lock();
        let standing = body.first() == Some(&(Standing::Listening as u8));
        if body.first() == Some(&(Standing::Leaving as u8)) {
            state.others.remove(&node);
        } else {
            state.others.insert(node, Other { heard_at: now, standing });
        }
        // Silence means something only if this node would have heard.
        if now.duration_since(state.stands_since) > SILENCE {
            state.others.retain(|_, other| now.duration_since(other.heard_at) < SILENCE);
        }
        drop(state);
        self.heard.notify_waiters();
    }

    /// Whether Redis takes beats and does not deliver them.
    pub(super) fn is_lost(&self) -> bool {
        let unheard = self.state.lock().unheard;
        unheard.is_some_and(|(_, since)| since.elapsed() > PATIENCE)
    }

    /// Waits until this node has heard a beat that it sends after this call, and every other node that
    /// was there has said that it listens.
    pub(super) fn all_listen(&self) -> impl Future<Output = ()> {
        let since = Instant::now();
        let sent = self.state.lock().sent;
        async move {
            loop {
                let news = self.heard.notified();
                if self.state.lock().all_listen(sent, since) {
                    return;
                }
                news.await;
            }
        }
    }

    /// How long a beat takes from this node over Redis and back.
    pub(super) fn round_trip(&self) -> Option<Duration> {
        self.state.lock().round_trip
    }

    /// How many other nodes were heard lately.
    pub(super) fn others(&self) -> usize {
        let state = self.state.lock();
        state.others.values().filter(|other| other.heard_at.elapsed() < SILENCE).count()
    }
}

impl State {
    fn all_listen(&self, sent: u64, since: Instant) -> bool {
        let others = self.others.values();
        self.heard > sent
            && others.into_iter().all(|other| other.standing && other.heard_at >= since)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    /// A pulse of a node that listens.
    fn listening() -> Pulse {
        let pulse = Pulse::new();
        pulse.set_standing(Standing::Listening);
        pulse
    }

    #[tokio::test(start_paused = true)]
    async fn a_beat_that_redis_took_and_never_delivered_shows() {
        let pulse = listening();
        let (number, body) = pulse.beat();
        pulse.taken(number);
        advance(PATIENCE).await;
        assert!(!pulse.is_lost());
        advance(Duration::from_millis(1)).await;
        assert!(pulse.is_lost());
        pulse.heard_own(number, &body);
        assert!(!pulse.is_lost());
    }

    #[tokio::test(start_paused = true)]
    async fn a_beat_heard_before_redis_said_so_is_not_missed() {
        let pulse = listening();
        let (number, body) = pulse.beat();
        pulse.heard_own(number, &body);
        pulse.taken(number);
        advance(PATIENCE * 2).await;
        assert!(!pulse.is_lost());
    }

    #[tokio::test(start_paused = true)]
    async fn a_deaf_node_does_not_wonder_that_it_hears_nothing() {
        let pulse = Pulse::new();
        let (number, _) = pulse.beat();
        pulse.taken(number);
        advance(PATIENCE * 2).await;
        assert!(!pulse.is_lost());
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_of_a_beat_is_measured() {
        let pulse = listening();
        let (number, body) = pulse.beat();
        advance(Duration::from_millis(20)).await;
        pulse.heard_own(number, &body);
        assert_eq!(pulse.round_trip(), Some(Duration::from_millis(20)));
    }

    #[tokio::test(start_paused = true)]
    async fn after_an_outage_all_others_have_to_listen_again() {
        let pulse = listening();
        let (deaf, listens) = ([0; 9], [1; 9]);
        pulse.heard_other(7, &listens);
        let all = pulse.all_listen();
        tokio::pin!(all);
        let soon = Duration::from_millis(1);
        assert!(tokio::time::timeout(soon, &mut all).await.is_err());
        let (number, body) = pulse.beat();
        pulse.heard_own(number, &body);
        pulse.heard_other(7, &deaf);
        assert!(tokio::time::timeout(soon, &mut all).await.is_err());
        pulse.heard_other(7, &listens);
        all.await;
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_a_node_that_said_goodbye_or_fell_silent() {
        let pulse = listening();
        pulse.heard_other(7, &[1; 9]);
        pulse.heard_other(8, &[1; 9]);
        pulse.heard_other(7, &[2; 9]);
        assert_eq!(pulse.others(), 1);
        advance(SILENCE * 2).await;
        pulse.heard_other(9, &[1; 9]);
        assert_eq!(pulse.state.lock().others.len(), 1);
    }
}
