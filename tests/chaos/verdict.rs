//! What everybody must have heard in the end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::pollers::Reading;
use super::world::{Clients, World};

/// By when everything is as it should be, once the last fault is mended: the lease of presence, a client's
/// patience and its next attempt, and then some for a busy machine.
const SETTLED: Duration = Duration::from_mins(1);

/// What a client knows in the end.
pub(super) struct Heard {
    pub(super) who: String,
    what: What,
}

enum What {
    /// Plain ids in the order in which they were shown.
    Messages {
        conversation: String,
        ids: Vec<String>,
    },
    Members {
        room: String,
        ids: BTreeSet<String>,
    },
}

impl Heard {
    pub(super) const fn messages(who: String, conversation: String, ids: Vec<String>) -> Self {
        Self { who, what: What::Messages { conversation, ids } }
    }

    pub(super) const fn members(who: String, room: String, ids: BTreeSet<String>) -> Self {
        Self { who, what: What::Members { room, ids } }
    }
}

/// What came of it.
pub(super) struct Verdict {
    pub(super) clients: usize,
    pub(super) messages: usize,
    /// How long it took until everybody knew everything; `None` when that never was.
    pub(super) settled_after: Option<Duration>,
    pub(super) wrongs: Vec<String>,
}

impl Verdict {
    /// Fails where a promise was broken.
    pub(super) fn assert_kept(&self, seed: u64) {
        let shown = &self.wrongs[..self.wrongs.len().min(20)];
        let wrongs = self.wrongs.len();
        assert!(wrongs == 0, "seed {seed}: {wrongs} things went wrong: {shown:#?}");
        assert!(self.messages > 0, "nothing was said");
    }
}

/// Waits until everybody knows everything, lets them go, and compares.
pub(super) async fn reach(world: &Arc<World>, clients: Clients) -> Verdict {
    let began = Instant::now();
    let Clients { living, listeners, members } = clients;
    let mut settled_after = None;
    let histories = listeners.keys().map(|it| (it.clone(), Reading::of(it)));
    let mut truth: Truth = histories.collect();
    // To read an hour's histories takes a while; what is timed comes after it.
    read_on(world, &mut truth).await;
    let began_to_look = Instant::now();
    while settled_after.is_none() && began_to_look.elapsed() < SETTLED {
        // Looked at first: what is read after it is all that there will be.
        let is_quiet = world.ledger.is_quiet();
        read_on(world, &mut truth).await;
        if is_quiet && is_settled(world, &truth, &listeners, &members) {
            settled_after = Some(began.elapsed());
        } else {
            sleep(Duration::from_millis(500)).await;
        }
    }
    world.close();
    let clients = living.join_all().await;
    let mut wrongs = world.ledger.wrongs();
    wrongs.extend(clients.iter().filter_map(|client| judge(client, &truth, &members)));
    for (conversation, history) in &truth {
        wrongs.extend(judge_history(world, conversation, history));
    }
    let messages = truth.values().map(|history| history.ids.len()).sum();
    Verdict { clients: clients.len(), messages, settled_after, wrongs }
}

/// Whether every client says that it knows as much as there is to know.
fn is_settled(
    world: &World,
    truth: &Truth,
    listeners: &BTreeMap<String, Vec<String>>,
    members: &BTreeMap<String, BTreeSet<String>>,
) -> bool {
    let hear = listeners.iter().all(|(conversation, listeners)| {
        let messages = truth[conversation].ids.len();
        listeners.iter().all(|who| world.ledger.heard(who) == messages)
    });
    let mut rooms = members.values();
    hear && rooms.all(|all| all.iter().all(|who| world.ledger.heard(who) == all.len()))
}

/// What the database has, as any node tells it.
pub(super) type Truth = BTreeMap<String, Reading>;

/// Reads what the histories have beyond what was read of them.
async fn read_on(world: &World, truth: &mut Truth) {
    for history in truth.values_mut() {
        read_one(world, history).await;
    }
}

/// Nothing is broken any more, but a proxy may not have noticed yet.
async fn read_one(world: &World, history: &mut Reading) {
    let deadline = Instant::now() + SETTLED;
    while let Err(error) = history.catch_up(world, &world.doors[0]).await {
        assert!(Instant::now() < deadline, "no node answers: {error:#}");
        sleep(Duration::from_millis(500)).await;
    }
}

fn judge(
    client: &Heard,
    truth: &Truth,
    rooms: &BTreeMap<String, BTreeSet<String>>,
) -> Option<String> {
    let who = &client.who;
    match &client.what {
        What::Messages { conversation, ids } => {
            let wanted = &truth[conversation].ids;
            let at = ids.iter().zip(wanted).position(|(heard, wanted)| heard != wanted);
            let (heard, said) = (ids.len(), wanted.len());
            (ids != wanted).then(|| format!("{who} heard {heard} of {said}, wrong at {at:?}"))
        }
        What::Members { room, ids } => {
            let wanted = &rooms[room];
            let more: Vec<_> = ids.difference(wanted).collect();
            let fewer: Vec<_> = wanted.difference(ids).collect();
            (ids != wanted).then(|| format!("{who} sees {more:?} in {room}, and not {fewer:?}"))
        }
    }
}

/// Everything that was acknowledged is there as it was acknowledged, and nothing is there twice.
fn judge_history(world: &World, conversation: &str, history: &Reading) -> Vec<String> {
    let mut wrongs = Vec::new();
    let there: BTreeMap<_, _> = history.ids.iter().zip(&history.texts).collect();
    for receipt in world.ledger.receipts(conversation) {
        if there.get(&receipt.id).is_none_or(|text| **text != receipt.text) {
            wrongs.push(format!("acknowledged and not there: {receipt:?}"));
        }
    }
    let mut texts = BTreeSet::new();
    for text in &history.texts {
        if !texts.insert(text) {
            wrongs.push(format!("{text:?} is there twice"));
        }
    }
    wrongs
}
