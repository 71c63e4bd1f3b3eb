//! Presence among nodes that share a Redis.
//!
//! A [`Ledger`] carries one [`Presence`] from node to node. What is new here is first kept in Redis and then
//! said on the bus; who begins to listen to a group reads what is kept after it can hear what is said.
//! So nothing falls in between, and nothing here is asked on the way of a connection that comes or goes.
//!
//! The server
//!
//! 1. makes one [`Nodes`], and for each `Presence` (made with [`Presence::among`], `lost` being the lease)
//!    a ledger with an [`Audience`];
//! 2. hands to each ledger what its [`Hearing`](crate::Hearing) is told: [`heard`](Ledger::heard),
//!    [`listening`](Ledger::listening), [`lost`](Ledger::lost), [`missed`](Ledger::missed);
//! 3. starts the bus, and runs [`Nodes::run`] with all ledgers as dependents, and each [`Ledger::run`], as tasks;
//! 4. before it first answers with a roster, waits for [`ready`](Ledger::ready) where it can;
//! 5. to stop: [`Presence::drain`] before the first connection is closed; when all are gone it stops the
//!    ledgers, then `Nodes`, then the bus.
//!
//! # When things fail
//!
//! - **Redis is away.** Presence goes on with the connections of this node, and the others' members stay as
//!   last heard, since nobody can tell. What changes here is said when it is back, once for each member.
//! - **Redis is back.** All groups are read again, and what this node has is written again if it may be
//!   lost. What is missing counts as gone only after the lease, in which its node had time to write it.
//! - **A node dies.** Each other node sees its beats stop, and lets its members go within the lease;
//!   whoever is first deletes what it left in Redis.

mod reading;
mod speaking;

use std::collections::HashSet;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::nodes::{Lives, Nodes};
use super::statement::{Changes, NodeId, Statement, Whole};
use super::topics::Topics;
use super::{Presence, shelf};
use crate::bus::Bus;

/// How often is looked after what could not be done, and whose time is over.
const LOOK: Duration = Duration::from_millis(250);

/// Who is told that members came and went on other nodes.
pub trait Audience<G, M, D>: Send + Sync {
    /// Something about the group changes. The implementation calls `apply` once, and tells the connections
    /// of this node what came of it; whoever shows a roster to a connection that is to hear of changes
    /// from then on must not run in between. Nothing here may wait.
    fn change(&self, group: &G, apply: &mut dyn FnMut() -> Changes<M, D>);
}

/// Carries a [`Presence`] between nodes.
pub struct Ledger<G, M, D> {
    presence: Arc<Presence<G, M, D>>,
    nodes: Arc<Nodes>,
    audience: Arc<dyn Audience<G, M, D>>,
    kind: &'static str,
    name: fn(&G) -> String,
    topics: Mutex<Topics<G>>,
    /// Groups that are to be said as a whole, since it is not known what of them got through.
    stale: Mutex<HashSet<G>>,
    /// Rings when there may be something to read.
    due: Notify,
    /// Rings when groups have been read.
    read: Notify,
}

/// What travels between nodes.
#[derive(Serialize, Deserialize)]
struct Message<M, D> {
    node: NodeId,
    said: Said<M, D>,
}

#[derive(Serialize, Deserialize)]
enum Said<M, D> {
    Differences(Vec<Statement<M, D>>),
    Whole(Whole<M, D>),
}

impl<G, M, D> fmt::Debug for Ledger<G, M, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl<G, M, D> Ledger<G, M, D>
where
    G: Clone + Eq + Hash + Send + Sync + 'static,
    M: Clone + Eq + Hash + Serialize + DeserializeOwned + Send + Sync + 'static,
    D: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    /// A ledger of the name `kind` (`agents`, say), unlike that of every other; `name` names a group
    /// within it, the same on every node.
    ///
    /// Members and what they show are written as `MessagePack`, so it must be possible to write them so.
    #[must_use]
    pub fn new(
        kind: &'static str,
        name: fn(&G) -> String,
        presence: Arc<Presence<G, M, D>>,
        nodes: Arc<Nodes>,
        audience: Arc<dyn Audience<G, M, D>>,
    ) -> Arc<Self> {
        Arc::new(Self {
            presence,
            nodes,
            audience,
            kind,
            name,
            topics: Mutex::default(),
            stale: Mutex::default(),
            due: Notify::new(),
            read: Notify::new(),
        })
    }

    /// Speaks and reads until `stop`; then it says what is left to say. It writes nothing before this node is
    /// known to the others: let [`Nodes::run`] run beside it.
    pub async fn run(&self, bus: &Bus, stop: CancellationToken) {
        tokio::select! {
            () = self.speak(bus, &stop) => {}
            () = self.listen(bus) => {}
        }
        self.say(bus).await;
    }

    /// Another node said something. False when the topic is none of this ledger.
    pub fn heard(&self, topic: &str, payload: &Bytes) -> bool {
        if !self.is_own(topic) {
            return false;
        }
        let Some(group) = self.topics.lock().group(topic) else { return true };
        if let Some(message) = shelf::unpacked(payload) {
            self.take_in(&group, message);
        } else {
            // A node of another version spoke. What it keeps may still be readable.
            self.topics.lock().again(&topic.into());
            self.due.notify_one();
        }
        true
    }

    /// Topics are heard from now on; those of others are passed over.
    pub fn listening(&self, topics: &[Arc<str>]) {
        {
            let mut own = self.topics.lock();
            for topic in topics {
                own.heard(topic);
            }
        }
        self.due.notify_one();
    }

    /// Nothing is heard any more.
    pub fn lost(&self) {
        self.nodes.doubt();
        self.topics.lock().lost();
        self.read.notify_waiters();
    }

    /// Something may have been missed.
    pub fn missed(&self) {
        self.topics.lock().missed();
        self.due.notify_one();
    }

    /// Waits until this node knows what the others have of a group for which it cares. False when it does not
    /// care, when Redis is away, or after `patience`: then what is not known yet will be told as a change.
    pub async fn ready(&self, bus: &Bus, group: &G, patience: Duration) -> bool {
        let is_read = async {
            loop {
                let read = self.read.notified();
                if self.presence.is_complete(group) {
                    return true;
                }
                if !bus.is_up() {
                    return false;
                }
                read.await;
            }
        };
        timeout(patience, is_read).await.unwrap_or(false)
    }

    fn take_in(&self, group: &G, message: Message<M, D>) {
        let Message { node, said } = message;
        self.nodes.meet(node);
        let (presence, now) = (&self.presence, Instant::now().into_std());
        let apply = || match said {
            Said::Whole(whole) => presence.hear_whole(group, node, whole),
            Said::Differences(statements) => {
                let mut all = Changes::default();
                for statement in statements {
                    let changes = presence.hear(group, node, statement, now);
                    all.came.extend(changes.came);
                    all.went.extend(changes.went);
                }
                all
            }
        };
        self.change(group, apply);
    }

    fn change(&self, group: &G, apply: impl FnOnce() -> Changes<M, D>) {
        let mut apply = Some(apply);
        let mut once = || apply.take().map_or_else(Changes::default, |apply| apply());
        self.audience.change(group, &mut once);
    }

    fn is_own(&self, topic: &str) -> bool {
        let rest = topic.strip_prefix("presence:").and_then(|it| it.strip_prefix(self.kind));
        rest.is_some_and(|rest| rest.starts_with(':'))
    }

    fn topic(&self, group: &G) -> Arc<str> {
        format!("presence:{}:{}", self.kind, (self.name)(group)).into()
    }

    fn shelf(&self, bus: &Bus, group: &G, node: NodeId) -> shelf::Shelf {
        shelf::Shelf::new(bus, self.kind, &(self.name)(group), node)
    }
}

impl<G, M, D> Lives for Ledger<G, M, D>
where
    G: Clone + Eq + Hash + Send + Sync + 'static,
    M: Clone + Eq + Hash + Serialize + DeserializeOwned + Send + Sync + 'static,
    D: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    fn died(&self, node: NodeId) {
        for group in self.presence.groups() {
            self.change(&group, || self.presence.node_gone(&group, node));
        }
    }

    fn restate(&self) {
        self.stale.lock().extend(self.presence.groups_here());
    }
}
