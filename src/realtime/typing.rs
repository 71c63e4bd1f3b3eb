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
    signs: Mutex<HashMap<(ConversationId, Hand), Sign>>,
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
        let signs = Mutex::default();
        Arc::new(Self(Arc::new(Signs { hub, lasts, tasks, stop, signs })))
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
        let began = self.signs.lock().insert(key, sign).is_none();
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
        let sign = self.signs.lock().remove(&key);
        if let Some(sign) = sign {
            self.announce(key, sign.typist, false);
        }
    }

    /// Waits until a typist has been silent for long enough.
    async fn expire(&self, key: (ConversationId, Hand)) {
        loop {
            let Some(until) = self.signs.lock().get(&key).map(|it| it.until) else { return };
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
        self.hub.announce(&Announcement { event, origin });
    }
}
