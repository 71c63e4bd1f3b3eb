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
use crate::domain::{AgentName, ConversationId, Event, OrganizationId, SenderType};
use crate::service::{Announce, Announcement, Origin};

/// Announces that someone types, and that they stopped: when they say so, when what they typed was
/// sent, when they go, or when they have been silent for a while.
#[derive(Debug)]
pub struct Typing {
    hub: Arc<Hub>,
    /// How long a sign of typing is good for.
    lasts: Duration,
    tasks: TaskTracker,
    stop: CancellationToken,
    signs: Mutex<HashMap<(ConversationId, ConnectionId), Sign>>,
}

/// Who types.
#[derive(Clone, Debug)]
pub struct Typist {
    /// Where they may type.
    pub organization_id: OrganizationId,
    /// Which side they are on.
    pub sender: SenderType,
    /// Who they are, when they are an agent in their own name.
    pub agent: Option<Arc<AgentName>>,
}

#[derive(Clone, Debug)]
struct Sign {
    typist: Typist,
    until: Instant,
}

impl Typing {
    /// Signs of typing that are good for `lasts`.
    #[must_use]
    pub fn new(
        hub: Arc<Hub>,
        lasts: Duration,
        tasks: TaskTracker,
        stop: CancellationToken,
    ) -> Arc<Self> {
        Arc::new(Self { hub, lasts, tasks, stop, signs: Mutex::default() })
    }

    /// Someone types: everyone else in the conversation is told.
    pub fn start(
        self: &Arc<Self>,
        conversation: ConversationId,
        typist: Typist,
        connection: ConnectionId,
    ) {
        let key = (conversation, connection);
        let sign = Sign { typist: typist.clone(), until: Instant::now() + self.lasts };
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

    /// Someone stopped typing, if they did type.
    pub fn clear(&self, conversation: ConversationId, connection: ConnectionId) {
        let key = (conversation, connection);
        let sign = self.signs.lock().remove(&key);
        if let Some(sign) = sign {
            self.announce(key, sign.typist, false);
        }
    }

    /// Waits until a typist has been silent for long enough.
    async fn expire(&self, key: (ConversationId, ConnectionId)) {
        loop {
            let Some(until) = self.signs.lock().get(&key).map(|it| it.until) else { return };
            if until <= Instant::now() {
                return self.clear(key.0, key.1);
            }
            sleep_until(until).await;
        }
    }

    fn announce(&self, key: (ConversationId, ConnectionId), typist: Typist, active: bool) {
        let (conversation, connection) = key;
        let Typist { organization_id, sender, agent } = typist;
        let event = Event::typing(organization_id, conversation, sender, agent, active);
        let origin = Some(Origin { connection, client_message_id: None });
        self.hub.announce(&Announcement { event, origin });
    }
}
