//! Writes what waits in many queues, one after another.

use std::fmt;
use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use switchboard_rooms::ConnectionId;
use tokio::runtime::Handle;
use tokio::task::yield_now;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use super::bag::Bag;
use super::letterbox::Stop;
use crate::service::Coming;

/// Connections whose frames are written with one call of the system.
const BAGFUL: u32 = 32;

/// Connections that are written to before other tasks of the thread have their turn: less than a millisecond. A thread that
/// has nothing else to do asks the system for news each time, so shorter ones would cost more.
const STRETCH: usize = 4 * BAGFUL as usize;

/// Connections of a round that takes a millisecond or more. What is about to be told when it would begin comes along: to
/// go there twice would cost as much again.
const LONG_ROUND: usize = 256;

/// How long such a round waits at most.
const PATIENCE: Duration = Duration::from_millis(2);

/// The postmen of a node: one for each processor, so that all of them can write at once.
#[derive(Clone, Debug)]
pub struct Postmen(Arc<[Arc<Postman>]>);

impl Postmen {
    /// Postmen who walk on `tasks`, in the runtime in which this is called: whoever publishes may be
    /// anywhere. Before long rounds they wait a moment for what is `coming`.
    ///
    /// # Panics
    /// Outside a runtime.
    #[must_use]
    pub fn new(tasks: &TaskTracker, coming: &Coming) -> Self {
        let count = std::thread::available_parallelism().map_or(1, NonZero::get);
        let runtime = Handle::current();
        let postman = || {
            let (tasks, runtime, coming) = (tasks.clone(), runtime.clone(), coming.clone());
            let (round, bag) = (Mutex::default(), Mutex::new(Bag::new(BAGFUL)));
            Arc::new(Postman { tasks, runtime, coming, round, bag })
        };
        Self(std::iter::repeat_with(postman).take(count).collect())
    }

    /// Whether they write to many connections with one call of the system.
    #[must_use]
    pub fn are_batched(&self) -> bool {
        self.0.iter().all(|postman| postman.bag.lock().is_batched())
    }

    /// The one who serves a connection for as long as it lasts; so its frames keep their order.
    pub(in crate::realtime) fn of(&self, id: ConnectionId) -> &Arc<Postman> {
        let count = self.0.len() as u64;
        &self.0[usize::try_from(id.0 % count).unwrap_or_default()]
    }
}

/// Goes from one connection to the next and writes what waits there. He walks while there is something
/// to bring; between rounds he is no task at all.
pub struct Postman {
    tasks: TaskTracker,
    runtime: Handle,
    coming: Coming,
    round: Mutex<Round>,
    bag: Mutex<Bag>,
}

#[derive(Default)]
struct Round {
    /// Where something waits: each connection once, so there are no more than connections.
    due: Vec<Arc<Stop>>,
    is_walking: bool,
}

impl fmt::Debug for Postman {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postman").finish_non_exhaustive()
    }
}

impl Postman {
    /// Something waits at this stop.
    pub(super) fn visit(self: &Arc<Self>, stop: Arc<Stop>) {
        let mut round = self.round.lock();
        round.due.push(stop);
        if !std::mem::replace(&mut round.is_walking, true) {
            drop(round);
            self.tasks.spawn_on(Arc::clone(self).walk(), &self.runtime);
        }
    }

    async fn walk(self: Arc<Self>) {
        let mut stops = Vec::new();
        loop {
            // Whoever is about to say something goes first: what is said at once is written at once.
            yield_now().await;
            if self.round.lock().due.len() >= LONG_ROUND {
                let _ = timeout(PATIENCE, self.coming.told()).await;
            }
            if !self.next_round(&mut stops) {
                return;
            }
            for stretch in stops.chunks(STRETCH) {
                for bagful in stretch.chunks(BAGFUL as usize) {
                    self.bag.lock().carry(bagful);
                }
                yield_now().await;
            }
            stops.clear();
        }
    }

    /// Takes the list, and leaves an empty one. False when there is nothing to do.
    fn next_round(&self, stops: &mut Vec<Arc<Stop>>) -> bool {
        let mut round = self.round.lock();
        std::mem::swap(&mut round.due, stops);
        round.is_walking = !stops.is_empty();
        round.is_walking
    }
}
