//! What the clients share: where the nodes are, who may do what, and when to stop.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use reqwest::Client;
use serde_json::json;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::faults::Faults;
use super::ledger::Ledger;
use super::people::{Person, Way};
use super::plan::{NODES, Plan};
use super::pollers::Poller;
use super::programs::{Member, Program};
use super::{APP, verdict::Heard};
use crate::support::{Cluster, Door, Visitor};

/// How many members a presence channel has.
pub(super) const ROOM_MEMBERS: usize = 10;

/// Shared by all clients.
pub(super) struct World {
    /// The nodes' doors.
    pub(super) doors: Vec<Door>,
    pub(super) ledger: Ledger,
    /// For REST; gives up soon, since a node that is cut off does not answer.
    pub(super) http: Client,
    pub(super) seed: u64,
    writing: CancellationToken,
    listening: CancellationToken,
}

/// The clients.
#[derive(Default)]
pub(super) struct Clients {
    /// Each says in the end what it has heard.
    pub(super) living: JoinSet<Heard>,
    /// Who hears each conversation.
    pub(super) listeners: BTreeMap<String, Vec<String>>,
    /// Who is a member of each presence channel.
    pub(super) members: BTreeMap<String, BTreeSet<String>>,
}

impl World {
    /// The cluster with nobody in it; `None` where there is no Postgres or no Redis.
    pub(super) async fn begin(plan: &Plan) -> Option<(Arc<Self>, Faults)> {
        let apps = json!([APP.configured(&json!({}))]).to_string();
        let settings = [
            ("PUSHER__APPS", apps.as_str()),
            ("REALTIME__DRAIN_MS", "2000"),
            ("REALTIME__EVENTS_PER_SECOND", "0"),
            ("LOG__LEVEL", "info"),
        ];
        let (cluster, postgres) = Cluster::start_with_postgres(NODES, &settings).await?;
        let doors = cluster.nodes().iter().map(|node| (***node).clone()).collect();
        Some((Self::of(doors, plan.seed), Faults { cluster, postgres }))
    }

    /// A world whose clients come in by these doors.
    pub(super) fn of(doors: Vec<Door>, seed: u64) -> Arc<Self> {
        let http = Client::builder().timeout(Duration::from_secs(8)).build().expect("it can be");
        Arc::new(Self {
            doors,
            ledger: Ledger::default(),
            http,
            seed,
            writing: CancellationToken::new(),
            listening: CancellationToken::new(),
        })
    }

    /// Lets a crowd in over Socket.IO: in each conversation one who writes and so many who listen.
    pub(super) async fn crowd(self: &Arc<Self>, conversations: usize, listeners: usize) -> Clients {
        let mut clients = Clients::default();
        for number in 0..conversations {
            let name = format!("visitor-{number}");
            let visitor = Visitor::with_conversation(&self.doors[0], &name).await;
            let id = visitor.expect("nothing is broken yet").conversation().to_owned();
            let writer = Person::new(self, &name, &id, Way::Recovery);
            let crowd = (0..listeners).map(|number| Person::listener(self, &name, &id, number));
            let people: Vec<_> = std::iter::once(writer).chain(crowd).collect();
            let names = people.iter().map(|person| person.who.clone()).collect();
            clients.listeners.insert(id, names);
            for person in people {
                clients.living.spawn(person.live());
            }
        }
        clients
    }

    /// Lets the clients in: of each conversation three over Socket.IO, two over Pusher, one over REST.
    pub(super) async fn populate(self: &Arc<Self>, conversations: usize) -> Clients {
        let mut clients = Clients::default();
        for number in 0..conversations {
            let name = format!("visitor-{number}");
            let visitor = Visitor::with_conversation(&self.doors[number % NODES], &name).await;
            let id = visitor.expect("nothing is broken yet").conversation().to_owned();
            let people = [Way::Recovery, Way::After, Way::Agent]
                .map(|way| Person::new(self, &name, &id, way));
            let (program, poller) = (Program::new(self, &name, &id), Poller::new(self, &name, &id));
            let mut listeners = vec![program.who.clone(), poller.who.clone()];
            listeners.extend(people.iter().map(|person| person.who.clone()));
            clients.listeners.insert(id, listeners);
            for person in people {
                clients.living.spawn(person.live());
            }
            clients.living.spawn(program.live());
            clients.living.spawn(poller.live());
            let room = format!("presence-{}", number / ROOM_MEMBERS);
            clients.living.spawn(Member::new(self, &name, &room).live());
            clients.members.entry(room).or_default().insert(name);
        }
        clients
    }

    /// A source of chance for a client of this name.
    pub(super) fn chance(&self, name: &str) -> StdRng {
        let own = name.bytes().fold(self.seed, |sum, byte| {
            sum.wrapping_mul(0x0100_0000_01b3).wrapping_add(u64::from(byte))
        });
        StdRng::seed_from_u64(own)
    }

    /// Any node, as a proxy in front of them would choose.
    pub(super) fn any_door(&self, chance: &mut StdRng) -> &Door {
        &self.doors[chance.random_range(0..self.doors.len())]
    }

    /// No client begins to write any more; they go on listening.
    pub(super) fn stop_writing(&self) {
        self.writing.cancel();
    }

    /// Whether clients may still begin to write.
    pub(super) fn is_writing(&self) -> bool {
        !self.writing.is_cancelled()
    }

    /// The clients leave.
    pub(super) fn close(&self) {
        self.listening.cancel();
    }

    /// Waits until the clients are to leave.
    pub(super) async fn closed(&self) {
        self.listening.cancelled().await;
    }

    /// Whether the clients are to leave.
    pub(super) fn is_closed(&self) -> bool {
        self.listening.is_cancelled()
    }
}

/// How long a client waits before it tries again: as stock clients do, but in a hurry.
pub(super) async fn pause(chance: &mut StdRng) {
    let pause = chance.random_range(100..800);
    tokio::time::sleep(Duration::from_millis(pause)).await;
}
