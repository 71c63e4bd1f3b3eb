//! Every open connection of this node: counted, limited by address, and let go in batches.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use metrics::gauge;
use parking_lot::Mutex;
use switchboard_rooms::{Closing, ConnectionId, ConnectionIds};
use tokio::time::{Instant, sleep, timeout_at};

use super::frame::Outbound;
use super::websocket::{Postman, Postmen};

/// The open connections, of whatever protocol.
#[derive(Debug)]
pub struct Connections {
    ids: ConnectionIds,
    /// Who writes what waits for them.
    postmen: Postmen,
    /// Connections that one address may have at a time; 0 is any number. This machine's own address
    /// may have any number: it is a proxy's.
    per_address_max: usize,
    /// Set once and for all: nobody is let in any more.
    draining: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    open: HashMap<ConnectionId, Arc<Outbound>>,
    by_address: HashMap<IpAddr, usize>,
}

/// A connection's place among the open ones; dropping it gives the place back.
#[derive(Debug)]
pub struct Lease {
    connections: Arc<Connections>,
    id: ConnectionId,
    address: IpAddr,
}

/// Why a connection is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAdmitted {
    /// Its address has as many as it may have.
    TooMany,
    /// The node lets its connections go; another one, or this one later, takes it.
    Draining,
}

impl Connections {
    /// Lets each address have `per_address_max` connections (0: any number), to which `postmen` write.
    #[must_use]
    pub fn new(per_address_max: usize, postmen: Postmen) -> Self {
        let (ids, draining, state) = Default::default();
        Self { ids, postmen, per_address_max, draining, state }
    }

    /// Takes a connection in, unless its address has too many or the node is about to stop.
    pub fn admit(
        self: &Arc<Self>,
        address: IpAddr,
        outbound: &Arc<Outbound>,
    ) -> Result<Lease, NotAdmitted> {
        if self.draining.load(Ordering::Acquire) {
            return Err(NotAdmitted::Draining);
        }
        let id = self.ids.next();
        let mut state = self.state.lock();
        let count = state.by_address.entry(address).or_default();
        let limited = self.per_address_max > 0 && !address.is_loopback();
        if limited && *count >= self.per_address_max {
            return Err(NotAdmitted::TooMany);
        }
        *count += 1;
        state.open.insert(id, Arc::clone(outbound));
        drop(state);
        gauge!("switchboard_connections").increment(1.0);
        Ok(Lease { connections: Arc::clone(self), id, address })
    }

    /// How many connections are open.
    pub fn count(&self) -> usize {
        self.state.lock().open.len()
    }

    /// Lets nobody in any more and all connections go, some at a time spread over `spread`; waits
    /// until they have gone, at most `spread` once more.
    pub async fn drain(&self, spread: Duration) {
        const STEP: Duration = Duration::from_millis(100);
        self.draining.store(true, Ordering::Release);
        let steps = usize::try_from(spread.as_millis() / STEP.as_millis()).unwrap_or(1).max(1);
        let batch = self.count().div_ceil(steps).max(1);
        let give_up = Instant::now() + spread * 2;
        loop {
            let leaving: Vec<_> = {
                let state = self.state.lock();
                let staying = state.open.values().filter(|it| it.closing().is_none());
                staying.take(batch).cloned().collect()
            };
            if leaving.is_empty() || Instant::now() >= give_up {
                break;
            }
            for outbound in leaving {
                outbound.close(Closing::Draining);
            }
            sleep(STEP).await;
        }
        let _ = timeout_at(give_up, async {
            while self.count() > 0 {
                sleep(STEP / 10).await;
            }
        })
        .await;
    }
}

impl Lease {
    /// The connection's name in the registry of rooms.
    #[must_use]
    pub const fn id(&self) -> ConnectionId {
        self.id
    }

    /// Who writes what waits for the connection.
    pub(super) fn postman(&self) -> &Arc<Postman> {
        self.connections.postmen.of(self.id)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut state = self.connections.state.lock();
        state.open.remove(&self.id);
        if let Some(count) = state.by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                state.by_address.remove(&self.address);
            }
        }
        drop(state);
        gauge!("switchboard_connections").decrement(1.0);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio_util::task::TaskTracker;

    use super::*;
    use crate::service::Coming;

    fn connections(per_address_max: usize) -> Arc<Connections> {
        let postmen = Postmen::new(&TaskTracker::new(), &Coming::default());
        Arc::new(Connections::new(per_address_max, postmen))
    }

    const THERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

    #[tokio::test]
    async fn an_address_with_too_many_connections_is_refused_until_one_ends() {
        let connections = connections(2);
        let outbound = Arc::new(Outbound::new(10));
        let _first = connections.admit(THERE, &outbound).unwrap();
        let second = connections.admit(THERE, &outbound).unwrap();
        assert_eq!(connections.admit(THERE, &outbound).unwrap_err(), NotAdmitted::TooMany);
        assert!(connections.admit(Ipv4Addr::new(10, 0, 0, 1).into(), &outbound).is_ok());
        for _ in 0..3 {
            std::mem::forget(connections.admit(Ipv4Addr::LOCALHOST.into(), &outbound).unwrap());
        }
        drop(second);
        assert!(connections.admit(THERE, &outbound).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn draining_asks_everyone_to_go_in_batches_and_waits() {
        let connections = connections(0);
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let outbound = Arc::new(Outbound::new(10));
            let lease = connections.admit(THERE, &outbound).unwrap();
            tasks.spawn(async move {
                assert_eq!(outbound.closed().await, Closing::Draining);
                drop(lease);
            });
        }
        let started = Instant::now();
        connections.drain(Duration::from_secs(5)).await;
        assert_eq!(connections.count(), 0);
        let late = connections.admit(THERE, &Arc::new(Outbound::new(10)));
        assert_eq!(late.unwrap_err(), NotAdmitted::Draining);
        assert!(started.elapsed() >= Duration::from_secs(4), "{:?}", started.elapsed());
        tasks.join_all().await;
    }
}
