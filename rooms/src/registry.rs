//! Which connections are in which room, and publishing to a room.
//!
//! Both directions (room to members, member to rooms) live in one struct under one lock, so they
//! never disagree. Publishing takes the lock for reading and never waits: it puts one shared frame
//! per wire format into each member's queue. Empty rooms do not exist.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::hint::black_box;
use std::sync::Arc;

use parking_lot::RwLock;
use smallvec::SmallVec;

use crate::connection::ConnectionId;
use crate::outbound::{Frame, Outbound, Place};
use crate::room::RoomId;

/// Is told which rooms there are: those with members. Called under the registry's lock, so it must neither
/// wait nor call back.
pub trait Watch<K>: Send + Sync {
    /// A room has its first member.
    fn appeared(&self, room: &K);

    /// A room's last member is gone.
    fn vanished(&self, room: &K);
}

/// Rooms named by `K`, reached with frames `F` in wire formats `W`.
pub struct Registry<K, F, W> {
    state: RwLock<State<K, F, W>>,
    watch: Option<Arc<dyn Watch<K>>>,
}

struct State<K, F, W> {
    rooms: HashMap<K, Room<F, W>>,
    members: HashMap<ConnectionId, Member<K, F, W>>,
    rooms_made: u64,
}

struct Room<F, W> {
    id: RoomId,
    seats: HashMap<ConnectionId, Seat<F, W>>,
}

/// What publishing needs to know of a member, beside the room so that it is one look-up away.
struct Seat<F, W> {
    outbound: Arc<Outbound<F>>,
    format: W,
    /// What stands at this position or before it in the log, the member has already.
    heard: i64,
}

struct Member<K, F, W> {
    outbound: Arc<Outbound<F>>,
    format: W,
    rooms: Vec<K>,
}

/// Members of a room whose memory is asked for at once.
const STRIDE: usize = 16;

/// The same items, each of which `touch` has looked at a few steps before its turn: what it looks at is somewhere else in memory,
/// which is slow to come, but many come in the time of one.
fn strides<T: Copy>(
    mut items: impl Iterator<Item = T>,
    touch: impl Fn(T) -> bool,
) -> impl Iterator<Item = T> {
    std::iter::from_fn(move || {
        let stride: SmallVec<[T; STRIDE]> = items.by_ref().take(STRIDE).collect();
        black_box(stride.iter().filter(|item| touch(**item)).count());
        (!stride.is_empty()).then_some(stride)
    })
    .flatten()
}

impl<K, F, W> Default for Registry<K, F, W> {
    fn default() -> Self {
        let state = State { rooms: HashMap::new(), members: HashMap::new(), rooms_made: 0 };
        Self { state: RwLock::new(state), watch: None }
    }
}

impl<K, F, W> fmt::Debug for Registry<K, F, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.read();
        f.debug_struct("Registry")
            .field("rooms", &state.rooms.len())
            .field("members", &state.members.len())
            .finish_non_exhaustive()
    }
}

impl<K, F, W> Registry<K, F, W>
where
    K: Clone + Eq + Hash,
    F: Frame,
    W: Copy + PartialEq,
{
    /// Rooms of which `watch` is told.
    #[must_use]
    pub fn watched(watch: Arc<dyn Watch<K>>) -> Self {
        Self { watch: Some(watch), ..Self::default() }
    }

    /// Makes a connection known, in no room yet. Its frames are to be encoded in `format`.
    pub fn register(&self, id: ConnectionId, outbound: Arc<Outbound<F>>, format: W) {
        let member = Member { outbound, format, rooms: Vec::new() };
        self.state.write().members.insert(id, member);
    }

    /// Puts a registered connection into a room; harmless when it is in it already.
    /// `None` when the connection is not registered (any more).
    pub fn join(&self, id: ConnectionId, key: &K) -> Option<RoomId> {
        self.seat(id, key, None)
    }

    /// As [`join`](Self::join), with a frame for the connection that goes before everything the room
    /// publishes from now on, and after everything it does not hear.
    pub fn join_after(&self, first: F, id: ConnectionId, key: &K) -> Option<RoomId> {
        self.seat(id, key, Some(first))
    }

    fn seat(&self, id: ConnectionId, key: &K, first: Option<F>) -> Option<RoomId> {
        let mut guard = self.state.write();
        let state = &mut *guard;
        let member = state.members.get_mut(&id)?;
        if let Some(first) = first {
            // Under the lock, so that nobody publishes in between. A full queue closes itself.
            let _ = member.outbound.push(first);
        }
        let room = state.rooms.entry(key.clone()).or_insert_with(|| {
            state.rooms_made += 1;
            if let Some(watch) = &self.watch {
                watch.appeared(key);
            }
            Room { id: RoomId(state.rooms_made), seats: HashMap::new() }
        });
        room.seats.entry(id).or_insert_with(|| {
            if member.rooms.is_empty() {
                // Most are in one room, and there are many of them.
                member.rooms.reserve_exact(1);
            }
            member.rooms.push(key.clone());
            Seat { outbound: Arc::clone(&member.outbound), format: member.format, heard: 0 }
        });
        Some(room.id)
    }

    /// A member has everything up to `position` of the log: from now on it hears of the room only what
    /// comes after.
    pub fn has_heard(&self, id: ConnectionId, key: &K, position: i64) {
        let mut state = self.state.write();
        let seat = state.rooms.get_mut(key).and_then(|room| room.seats.get_mut(&id));
        if let Some(seat) = seat {
            seat.heard = seat.heard.max(position);
        }
    }

    /// Takes a connection out of a room. Says whether it was in it.
    pub fn leave(&self, id: ConnectionId, key: &K) -> bool {
        let mut guard = self.state.write();
        let state = &mut *guard;
        let Some(member) = state.members.get_mut(&id) else { return false };
        let Some(at) = member.rooms.iter().position(|room| room == key) else { return false };
        member.rooms.swap_remove(at);
        self.unseat(state, id, key);
        true
    }

    /// Forgets a connection. Gives back the rooms it was in.
    pub fn remove(&self, id: ConnectionId) -> Vec<K> {
        let mut guard = self.state.write();
        let state = &mut *guard;
        let Some(member) = state.members.remove(&id) else { return Vec::new() };
        for key in &member.rooms {
            self.unseat(state, id, key);
        }
        member.rooms
    }

    fn unseat(&self, state: &mut State<K, F, W>, id: ConnectionId, key: &K) {
        let Some(room) = state.rooms.get_mut(key) else { return };
        room.seats.remove(&id);
        if room.seats.is_empty() {
            state.rooms.remove(key);
            if let Some(watch) = &self.watch {
                watch.vanished(key);
            }
        }
    }

    /// Whether the connection is in the room.
    pub fn contains(&self, id: ConnectionId, key: &K) -> bool {
        self.state.read().rooms.get(key).is_some_and(|room| room.seats.contains_key(&id))
    }

    /// The rooms a connection is in, in no particular order.
    pub fn rooms_of(&self, id: ConnectionId) -> Vec<K> {
        self.state.read().members.get(&id).map(|m| m.rooms.clone()).unwrap_or_default()
    }

    /// Hands an event to every member of a room but `skip`. Says how many got it.
    ///
    /// `encode` is called once for each wire format that is present, and not at all for an empty
    /// room; `None` means that the format has no words for this event. A member whose queue is full
    /// is closed by its queue, and the others go on.
    pub fn publish(
        &self,
        key: &K,
        place: Place,
        skip: Option<ConnectionId>,
        mut encode: impl FnMut(W) -> Option<F>,
    ) -> usize {
        let state = self.state.read();
        let Some(room) = state.rooms.get(key) else { return 0 };
        let mut encoded: Vec<(W, Option<F>)> = Vec::with_capacity(2);
        let mut delivered = 0;
        for (id, seat) in strides(room.seats.iter(), |(_, seat)| seat.outbound.is_busy()) {
            let is_past = place.position > 0 && place.position <= seat.heard;
            if is_past || Some(*id) == skip {
                continue;
            }
            let known = encoded.iter().position(|(format, _)| *format == seat.format);
            let at = known.unwrap_or_else(|| {
                encoded.push((seat.format, encode(seat.format)));
                encoded.len() - 1
            });
            let Some(frame) = &encoded[at].1 else { continue };
            if seat.outbound.push_published(room.id, place, frame.clone()).is_ok() {
                delivered += 1;
            }
        }
        delivered
    }

    /// Hands a frame to one connection. Says whether it took it.
    pub fn send(&self, id: ConnectionId, frame: impl FnOnce(W) -> Option<F>) -> bool {
        let found = self.state.read().members.get(&id).map(|m| (Arc::clone(&m.outbound), m.format));
        let Some((outbound, format)) = found else { return false };
        frame(format).is_some_and(|frame| outbound.push(frame).is_ok())
    }

    /// The queue of every registered connection: for letting all of them go.
    pub fn outbounds(&self) -> Vec<Arc<Outbound<F>>> {
        self.state.read().members.values().map(|m| Arc::clone(&m.outbound)).collect()
    }

    /// The queue of one registered connection.
    pub fn outbound(&self, id: ConnectionId) -> Option<Arc<Outbound<F>>> {
        self.state.read().members.get(&id).map(|m| Arc::clone(&m.outbound))
    }

    /// The queue of every member of a room.
    pub fn outbounds_in(&self, key: &K) -> Vec<Arc<Outbound<F>>> {
        let state = self.state.read();
        let seats = state.rooms.get(key).into_iter().flat_map(|room| room.seats.values());
        seats.map(|seat| Arc::clone(&seat.outbound)).collect()
    }

    /// How many rooms have members, and how many connections are registered.
    pub fn counts(&self) -> (usize, usize) {
        let state = self.state.read();
        (state.rooms.len(), state.members.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Rooms = Registry<&'static str, &'static str, u8>;

    fn connect(rooms: &Rooms, id: u64, format: u8) -> (ConnectionId, Arc<Outbound<&'static str>>) {
        let (id, outbound) = (ConnectionId(id), Arc::new(Outbound::new(8)));
        rooms.register(id, Arc::clone(&outbound), format);
        (id, outbound)
    }

    fn publish(rooms: &Rooms, room: &'static str, text: &'static str) -> usize {
        rooms.publish(&room, Place::default(), None, |_| Some(text))
    }

    #[test]
    fn an_event_reaches_the_members_of_its_room_and_nobody_else() {
        let rooms = Rooms::default();
        let (a, a_queue) = connect(&rooms, 1, 0);
        let (b, b_queue) = connect(&rooms, 2, 0);
        rooms.join(a, &"one");
        rooms.join(b, &"two");
        assert_eq!(publish(&rooms, "one", "hi"), 1);
        assert_eq!(a_queue.take().as_slice(), ["hi"]);
        assert!(b_queue.is_empty());
    }

    #[test]
    fn an_event_is_encoded_once_for_each_format_present() {
        let rooms = Rooms::default();
        for id in 1..=6 {
            let (id, _) = connect(&rooms, id, u8::from(id > 3));
            rooms.join(id, &"room");
        }
        let mut encoded = Vec::new();
        let delivered = rooms.publish(&"room", Place::default(), None, |format| {
            encoded.push(format);
            (format == 0).then_some("zero")
        });
        encoded.sort_unstable();
        assert_eq!(encoded, [0, 1]);
        assert_eq!(delivered, 3, "the other format had no words for it");
        rooms.publish(&"nobody here", Place::default(), None, |_| panic!("encoded for nobody"));
    }

    #[test]
    fn a_slow_reader_is_closed_and_the_room_goes_on() {
        let rooms = Rooms::default();
        let (slow, slow_queue) = connect(&rooms, 1, 0);
        let (quick, quick_queue) = connect(&rooms, 2, 0);
        rooms.join(slow, &"room");
        rooms.join(quick, &"room");
        for _ in 0..3 {
            publish(&rooms, "room", "four");
            quick_queue.take();
        }
        assert!(slow_queue.closing().is_some());
        assert_eq!(publish(&rooms, "room", "more"), 1);
    }

    #[test]
    fn whoever_leaves_or_is_removed_hears_no_more_and_empty_rooms_do_not_exist() {
        let rooms = Rooms::default();
        let (a, queue) = connect(&rooms, 1, 0);
        rooms.join(a, &"one");
        rooms.join(a, &"two");
        rooms.join(a, &"two");
        assert_eq!(rooms.counts(), (2, 1));
        assert!(rooms.leave(a, &"one"));
        assert!(!rooms.leave(a, &"one"));
        assert_eq!(rooms.rooms_of(a), ["two"]);
        assert_eq!(rooms.remove(a), ["two"]);
        publish(&rooms, "one", "hi");
        publish(&rooms, "two", "hi");
        assert!(queue.is_empty());
        assert_eq!(rooms.counts(), (0, 0));
        assert_eq!(rooms.join(a, &"one"), None);
    }

    #[test]
    fn the_answer_to_a_join_goes_before_all_that_the_room_says() {
        let rooms = Rooms::default();
        let (a, queue) = connect(&rooms, 1, 0);
        publish(&rooms, "room", "past");
        rooms.join_after("in", a, &"room");
        publish(&rooms, "room", "hi");
        assert_eq!(queue.take().as_slice(), ["in", "hi"]);
    }

    #[test]
    fn a_member_is_not_told_what_it_has_heard() {
        let rooms = Rooms::default();
        let (a, queue) = connect(&rooms, 1, 0);
        rooms.join(a, &"room");
        rooms.has_heard(a, &"room", 7);
        for position in [6, 7, 0, 8] {
            rooms.publish(&"room", Place { position, seq: 0 }, None, |_| Some("hi"));
        }
        assert_eq!(queue.take().as_slice(), ["hi", "hi"], "what is in no log, and what came after");
    }

    #[derive(Default)]
    struct Told(parking_lot::Mutex<Vec<(&'static str, bool)>>);

    impl Watch<&'static str> for Told {
        fn appeared(&self, room: &&'static str) {
            self.0.lock().push((room, true));
        }

        fn vanished(&self, room: &&'static str) {
            self.0.lock().push((room, false));
        }
    }

    #[test]
    fn who_watches_is_told_of_the_first_member_of_a_room_and_of_the_last() {
        let told = Arc::new(Told::default());
        let rooms = Rooms::watched(Arc::clone(&told) as _);
        let ((a, _), (b, _)) = (connect(&rooms, 1, 0), connect(&rooms, 2, 0));
        rooms.join(a, &"room");
        rooms.join(b, &"room");
        rooms.leave(a, &"room");
        rooms.remove(b);
        assert_eq!(*told.0.lock(), [("room", true), ("room", false)]);
    }

    #[test]
    fn the_skipped_connection_hears_nothing() {
        let rooms = Rooms::default();
        let (a, queue) = connect(&rooms, 1, 0);
        rooms.join(a, &"room");
        assert_eq!(rooms.publish(&"room", Place::default(), Some(a), |_| Some("hi")), 0);
        assert!(queue.is_empty());
    }
}
