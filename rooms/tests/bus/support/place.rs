//! A node with members: a presence, its ledger, a tally, and what its connections were told.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use switchboard_rooms::presence::{
    Audience, Changes, Ledger, Lives, NodeId, Nodes, Patience, Presence, Tally,
};
use switchboard_rooms::{Bus, BusOptions, Hearing};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{LIMIT, until};

/// Long enough for a machine that is busy with other tests.
pub(crate) const LEASE: Duration = Duration::from_secs(3);
const PATIENCE: Patience = Patience { lost: LEASE, drained: Duration::from_secs(2) };

/// Groups, members and what they show are words.
pub(crate) type Words = Presence<String, String, String>;

/// What the connections of a node were told, in order: `+ada` and `-ada`.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl Audience<String, String, String> for Told {
    fn change(&self, _: &String, apply: &mut dyn FnMut() -> Changes<String, String>) {
        let mut told = self.0.lock();
        let changes = apply();
        told.extend(changes.came.iter().map(|(member, _)| format!("+{member}")));
        told.extend(changes.went.iter().map(|member| format!("-{member}")));
    }
}

struct Ear(Arc<Ledger<String, String, String>>);

impl Hearing for Ear {
    fn heard(&self, topic: &str, payload: Bytes) {
        self.0.heard(topic, &payload);
    }

    fn listening(&self, topics: &[Arc<str>]) {
        self.0.listening(topics);
    }

    fn lost(&self) {
        self.0.lost();
    }

    fn missed(&self) {
        self.0.missed();
    }
}

/// A node with members. Killed when dropped.
pub(crate) struct Place {
    pub(crate) presence: Arc<Words>,
    pub(crate) ledger: Arc<Ledger<String, String, String>>,
    pub(crate) tally: Arc<Tally>,
    pub(crate) bus: Bus,
    prefix: String,
    told: Arc<Told>,
    parts: [JoinHandle<()>; 3],
    stop_parts: CancellationToken,
    stop_nodes: CancellationToken,
    stop_bus: CancellationToken,
}

impl Place {
    /// Several nodes of an installation of their own.
    pub(crate) fn several<const N: usize>(url: &str) -> [Self; N] {
        let prefix = format!("test-{:x}", rand::random::<u64>());
        std::array::from_fn(|_| Self::start(url, &prefix))
    }

    /// One more node of an installation.
    pub(crate) fn start(url: &str, prefix: &str) -> Self {
        let me: u128 = rand::random();
        let nodes = Nodes::new(NodeId(me), LEASE);
        let presence = Arc::new(Presence::among(NodeId(me), PATIENCE));
        let told = Arc::new(Told::default());
        let ledger = Ledger::new(
            "members",
            String::clone,
            Arc::clone(&presence),
            Arc::clone(&nodes),
            Arc::clone(&told) as _,
        );
        let tally = Tally::new("subscribers", Arc::clone(&nodes));
        let [stop_parts, stop_nodes, stop_bus] = [(); 3].map(|()| CancellationToken::new());
        let options = BusOptions { prefix: prefix.to_owned(), ..BusOptions::new(url, me) };
        let tasks = TaskTracker::new();
        let ear = Arc::new(Ear(Arc::clone(&ledger)));
        let bus = Bus::start(&options, ear, &tasks, stop_bus.clone()).expect("a good address");
        let parts = [
            tasks.spawn(run_ledger(Arc::clone(&ledger), bus.clone(), stop_parts.clone())),
            tasks.spawn(run_tally(Arc::clone(&tally), bus.clone(), stop_parts.clone())),
            tasks.spawn({
                let (bus, stop) = (bus.clone(), stop_nodes.clone());
                let dependents: [Arc<dyn Lives>; 2] = [Arc::clone(&ledger) as _, tally.clone()];
                async move { nodes.run(&bus, &dependents, stop).await }
            }),
        ];
        let prefix = prefix.to_owned();
        Self { presence, ledger, tally, bus, prefix, told, parts, stop_parts, stop_nodes, stop_bus }
    }

    /// One more node of the same installation.
    pub(crate) fn beside(&self, url: &str) -> Self {
        Self::start(url, &self.prefix)
    }

    /// Waits until the installation keeps so many hashes of members in Redis.
    pub(crate) async fn keeps(&self, hashes: usize) {
        let mut command = ::redis::cmd("KEYS");
        command.arg(format!("{}:*:members:*", self.prefix));
        let count = async || self.bus.run::<Vec<String>>(&command, LIMIT).await.map(|it| it.len());
        let kept = async {
            while !count().await.is_ok_and(|count| count == hashes) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        assert!(tokio::time::timeout(LIMIT, kept).await.is_ok(), "{hashes} hashes in time");
    }

    /// A connection of the member comes to the room.
    pub(crate) fn enter(&self, member: &str) -> bool {
        self.presence.enter(&"room".to_owned(), &member.to_owned(), String::new())
    }

    /// A connection of the member leaves the room.
    pub(crate) fn leave(&self, member: &str) -> bool {
        let (room, member) = ("room".to_owned(), member.to_owned());
        let leaving = self.presence.leave(&room, &member);
        leaving.is_some_and(|leaving| self.presence.confirm(&room, &member, leaving))
    }

    /// Waits until the node knows what the others have of the room.
    pub(crate) async fn is_ready(&self) {
        let room = "room".to_owned();
        let ready = async {
            while !self.ledger.ready(&self.bus, &room, LIMIT).await {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        assert!(tokio::time::timeout(LIMIT, ready).await.is_ok(), "ready in time");
    }

    /// Waits until these are the members of the room, in alphabetical order.
    pub(crate) async fn has(&self, members: &[&str]) {
        until(&format!("{members:?} are there"), || self.members() == members).await;
    }

    /// The members of the room.
    pub(crate) fn members(&self) -> Vec<String> {
        let mut members = self.presence.members(&"room".to_owned());
        members.sort();
        members
    }

    /// What its connections were told of other nodes' members.
    pub(crate) fn told(&self) -> Vec<String> {
        self.told.0.lock().clone()
    }

    /// As `kill -9`.
    pub(crate) fn kill(&self) {
        self.parts.iter().for_each(JoinHandle::abort);
        self.stop_bus.cancel();
    }

    /// Stops it in good order.
    pub(crate) async fn stop(mut self) {
        self.stop_parts.cancel();
        for part in &mut self.parts[..2] {
            part.await.expect("it ends");
        }
        self.stop_nodes.cancel();
        (&mut self.parts[2]).await.expect("it ends");
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.kill();
    }
}

async fn run_ledger(
    ledger: Arc<Ledger<String, String, String>>,
    bus: Bus,
    stop: CancellationToken,
) {
    ledger.run(&bus, stop).await;
}

async fn run_tally(tally: Arc<Tally>, bus: Bus, stop: CancellationToken) {
    tally.run(&bus, &|_, _| {}, stop).await;
}
