//! Which connections came in by which login, so that none outlives its login.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use switchboard_rooms::{Closing, ConnectionId};

use super::hub::Rooms;
use crate::domain::secrets::TokenHash;

/// The connections of this node that an agent's cookie opened.
pub struct Logins {
    rooms: Arc<Rooms>,
    connections: Mutex<HashMap<TokenHash, HashSet<ConnectionId>>>,
}

impl fmt::Debug for Logins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logins")
            .field("logins", &self.connections.lock().len())
            .finish_non_exhaustive()
    }
}

impl Logins {
    /// Nobody is connected yet. Connections are found in `rooms`.
    #[must_use]
    pub fn new(rooms: Arc<Rooms>) -> Self {
        Self { rooms, connections: Mutex::default() }
    }

    /// A connection came in by a login.
    pub(super) fn connected(&self, login: TokenHash, id: ConnectionId) {
        self.connections.lock().entry(login).or_default().insert(id);
    }

    /// A connection that came in by a login went.
    pub(super) fn disconnected(&self, login: &TokenHash, id: ConnectionId) {
        let mut connections = self.connections.lock();
        let Some(list) = connections.get_mut(login) else { return };
        list.remove(&id);
        if list.is_empty() {
            connections.remove(login);
        }
    }

    /// The logins by which someone is connected.
    pub fn in_use(&self) -> Vec<TokenHash> {
        self.connections.lock().keys().cloned().collect()
    }

    /// A login has ended: whoever is connected by it goes.
    pub fn ended(&self, login: &TokenHash) {
        let connections = self.connections.lock().get(login).cloned().unwrap_or_default();
        for outbound in connections.into_iter().filter_map(|id| self.rooms.outbound(id)) {
            outbound.close(Closing::Revoked);
        }
    }
}
