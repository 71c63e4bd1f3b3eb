//! Who is typing, and when they have stopped.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use switchboard_rooms::ConnectionId;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::hub::Hub;
use crate::domain::{ApiKeyId, ConversationId, Event};
use crate::service::{Announce, Announcement, Origin, TypingSigns, Typist};

/// How long a sign of typing by HTTP is good for (muro, "typing"): a program says so once for an answer, and
/// not at every letter.
const PROGRAM_LASTS: Duration = Duration::from_secs(10);

/// Announces that someone types, and that they stopped: when they say so, when what they typed was
/// sent, when they go, or when they have been silent for a while.
#[derive(Debug)]
pub struct Typing(Arc<Signs>);

#[derive(Debug)]
struct Signs {
    hub: Arc<Hub>,
    /// How long a sign of typing on a connection is good for.
    lasts: Duration,
    tasks: TaskTracker,
    stop: CancellationToken,
    shown: Mutex<HashMap<(ConversationId, Hand), Sign>>,
}

/// By what someone types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Hand {
    Connection(ConnectionId),
    Key(ApiKeyId),
}

#[derive(Debug)]
struct Sign {
    typist: Typist,
    until: Instant,
    /// What ends it then.
    expiry: AbortHandle,
}

impl Typing {
    /// Signs of typing that are good for `lasts`, where they come by a connection.
    #[must_use]
    pub fn new(
        hub: Arc<Hub>,
        lasts: Duration,
        tasks: TaskTracker,
        stop: CancellationToken,
    ) -> Arc<Self> {
        let shown = Mutex::default();
        Arc::new(Self(Arc::new(Signs { hub, lasts, tasks, stop, shown })))
    }

    /// Someone types: everyone else in the conversation is told.
    pub fn start(&self, conversation: ConversationId, typist: Typist, connection: ConnectionId) {
        let key = (conversation, Hand::Connection(connection));
        self.0.start(key, typist, self.0.lasts);
    }

    /// Someone stopped typing, if they did type.
    pub fn clear(&self, conversation: ConversationId, connection: ConnectionId) {
        self.0.clear((conversation, Hand::Connection(connection)));
    }
}

impl TypingSigns for Typing {
    fn start(&self, conversation: ConversationId, typist: Typist, key: ApiKeyId) {
        self.0.start((conversation, Hand::Key(key)), typist, PROGRAM_LASTS);
    }

    fn stop(&self, conversation: ConversationId, key: ApiKeyId) {
        self.0.clear((conversation, Hand::Key(key)));
    }
}

impl Signs {
    fn start(self: &Arc<Self>, key: (ConversationId, Hand), typist: Typist, lasts: Duration) {
        let until = Instant::now() + lasts;
        match self.shown.lock().entry(key) {
            Entry::Occupied(mut sign) => {
                let sign = sign.get_mut();
                (sign.typist, sign.until) = (typist.clone(), until);
            }
            Entry::Vacant(place) => {
                let (this, stopped) = (Arc::clone(self), self.stop.clone());
                let silence = async move { stopped.run_until_cancelled(this.expire(key)).await };
                let expiry = self.tasks.spawn(silence).abort_handle();
                place.insert(Sign { typist: typist.clone(), until, expiry });
            }
        }
        self.announce(key, typist, true);
    }

    fn clear(&self, key: (ConversationId, Hand)) {
        let sign = self.shown.lock().remove(&key);
        if let Some(sign) = sign {
            // Who types, stops and types again at every letter leaves one that waits, not one for each.
            sign.expiry.abort();
            self.announce(key, sign.typist, false);
        }
    }

    /// Waits until a typist has been silent for long enough.
    async fn expire(&self, key: (ConversationId, Hand)) {
        let ended = loop {
            match self.look(key) {
                ControlFlow::Continue(until) => sleep_until(until).await,
                ControlFlow::Break(ended) => break ended,
            }
        };
        if let Some(typist) = ended {
            self.announce(key, typist, false);
        }
    }

    /// Until when a sign is good. One that no longer is, is taken in the same moment: what begins in the next is another.
    fn look(&self, key: (ConversationId, Hand)) -> ControlFlow<Option<Typist>, Instant> {
        match self.shown.lock().entry(key) {
            Entry::Vacant(_) => ControlFlow::Break(None),
            Entry::Occupied(sign) if Instant::now() < sign.get().until => {
                ControlFlow::Continue(sign.get().until)
            }
            Entry::Occupied(sign) => ControlFlow::Break(Some(sign.remove().typist)),
        }
    }

    fn announce(&self, key: (ConversationId, Hand), typist: Typist, active: bool) {
        let (conversation, hand) = key;
        let Typist { organization_id, sender, agent } = typist;
        let event = Event::typing(organization_id, conversation, sender, agent, active);
        let origin = match hand {
            Hand::Connection(connection) => Some(Origin { connection, client_message_id: None }),
            Hand::Key(_) => None,
        };
        self.hub.announce(vec![Announcement { event, origin }]);
    }
}

#[cfg(test)]
mod tests {
    use switchboard_rooms::ConnectionIds;

    use super::*;
    use crate::domain::{OrganizationId, Room, SenderType};
    use crate::realtime::frame::{Format, Frame, Outbound};

    /// A room with someone in it who hears what is shown.
    struct Audience {
        typing: Arc<Typing>,
        tasks: TaskTracker,
        heard: Arc<Outbound>,
        conversation: ConversationId,
        key: ApiKeyId,
        typist: Typist,
    }

    impl Audience {
        fn new() -> Self {
            let (hub, heard) = (Arc::new(Hub::default()), Arc::new(Outbound::new(100_000)));
            let (id, conversation) = (ConnectionIds::default().next(), ConversationId::generate());
            hub.rooms.register(id, Arc::clone(&heard), Format::SocketIo);
            hub.rooms.join(id, &Room::Conversation(conversation).into());
            let lasts = Duration::from_secs(5);
            let tasks = TaskTracker::new();
            let typing = Typing::new(hub, lasts, tasks.clone(), CancellationToken::new());
            let organization_id = OrganizationId::generate();
            let typist = Typist { organization_id, sender: SenderType::Agent, agent: None };
            Self { typing, tasks, heard, conversation, key: ApiKeyId::generate(), typist }
        }

        fn types(&self) {
            let typist = self.typist.clone();
            TypingSigns::start(&*self.typing, self.conversation, typist, self.key);
        }

        /// What was shown since: true for each sign of typing, false for each end of it.
        fn heard(&self) -> Vec<bool> {
            let frames = self.heard.take();
            let begins = |frame: &Frame| frame.as_text().unwrap().contains("typing_indicator");
            frames.iter().map(begins).collect()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_program_types_for_ten_seconds_after_it_last_said_so() {
        let audience = Audience::new();
        audience.types();
        tokio::time::sleep(Duration::from_secs(8)).await;
        audience.types();
        tokio::time::sleep(Duration::from_millis(9_900)).await;
        assert_eq!(audience.heard(), [true, true]);
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(audience.heard(), [false]);
    }

    #[tokio::test(start_paused = true)]
    async fn who_stops_and_types_again_leaves_one_that_waits() {
        let audience = Audience::new();
        for _ in 0..100 {
            audience.types();
            tokio::time::sleep(Duration::from_millis(10)).await;
            audience.typing.stop(audience.conversation, audience.key);
        }
        audience.types();
        tokio::time::sleep(Duration::from_millis(10)).await;
        assert_eq!(audience.tasks.len(), 1);
        tokio::time::sleep(Duration::from_secs(10)).await;
        assert_eq!(audience.heard(), [true, false].repeat(101));
        assert!(audience.tasks.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_ended_does_not_end_again() {
        let audience = Audience::new();
        audience.types();
        audience.typing.stop(audience.conversation, audience.key);
        audience.typing.stop(audience.conversation, audience.key);
        tokio::time::sleep(Duration::from_secs(20)).await;
        assert_eq!(audience.heard(), [true, false]);
    }
}
