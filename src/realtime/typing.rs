//! Who is typing, and when they have stopped.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use switchboard_rooms::ConnectionId;
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

#[derive(Clone, Debug)]
struct Sign {
    typist: Typist,
    until: Instant,
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
        let sign = Sign { typist: typist.clone(), until: Instant::now() + lasts };
        let began = self.shown.lock().insert(key, sign).is_none();
        self.announce(key, typist, true);
        if began {
            let this = Arc::clone(self);
            self.tasks.spawn(async move {
                let stopped = this.stop.clone();
                stopped.run_until_cancelled(this.expire(key)).await;
            });
        }
    }

    fn clear(&self, key: (ConversationId, Hand)) {
        let sign = self.shown.lock().remove(&key);
        if let Some(sign) = sign {
            self.announce(key, sign.typist, false);
        }
    }

    /// Waits until a typist has been silent for long enough.
    async fn expire(&self, key: (ConversationId, Hand)) {
        loop {
            let Some(until) = self.shown.lock().get(&key).map(|it| it.until) else { return };
            if until <= Instant::now() {
                return self.clear(key);
            }
            sleep_until(until).await;
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
            let typing = Typing::new(hub, lasts, TaskTracker::new(), CancellationToken::new());
            let organization_id = OrganizationId::generate();
            let typist = Typist { organization_id, sender: SenderType::Agent, agent: None };
            Self { typing, heard, conversation, key: ApiKeyId::generate(), typist }
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
    async fn what_was_ended_does_not_end_again() {
        let audience = Audience::new();
        audience.types();
        audience.typing.stop(audience.conversation, audience.key);
        audience.typing.stop(audience.conversation, audience.key);
        tokio::time::sleep(Duration::from_secs(20)).await;
        assert_eq!(audience.heard(), [true, false]);
    }
}
