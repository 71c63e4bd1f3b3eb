//! The bounded queue through which everything reaches a connection.
//!
//! Whoever has something for a connection pushes a frame here; the connection's own loop takes all
//! that waits and writes it at once. The queue has a number of bytes it may hold. When a frame does
//! not fit, the reader is too slow: what waits is dropped, the queue closes with
//! [`Closing::QueueFull`], and the loop ends the connection. Nobody else waits for it.
//!
//! The frames live in memory only while they wait: an idle queue owns no buffer.

use std::future::poll_fn;
use std::task::{Context, Poll, Waker};

use futures_util::task::AtomicWaker;
use parking_lot::Mutex;
use smallvec::SmallVec;

use crate::room::RoomId;

/// Something that can wait in an [`Outbound`]. Clones share their bytes.
pub trait Frame: Clone + Send + 'static {
    /// The bytes it keeps in memory, counted against the queue's limit.
    fn size(&self) -> usize;
}

/// Why a connection is to end, said by whoever is not its peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// A frame did not fit: the reader is too slow. Whatever waited is gone.
    QueueFull,
    /// The node lets its connections go.
    Draining,
    /// Whoever is connected may no longer be: logged out, or a key revoked.
    Revoked,
    /// The same client is back on another connection.
    Replaced,
    /// The server ends it in the ordinary way, after what still waits was written.
    Ended,
}

/// Where an event stands in the orders that matter to a reader; 0 where it stands in none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Its position in the log of its organization.
    pub position: i64,
    /// Its number in the room's own gapless sequence.
    pub seq: i64,
}

/// The frame was not taken: the queue is closed, or was closed by this frame being too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejected(pub Closing);

/// What was taken. A single frame, which is the usual case, needs no buffer.
pub type Frames<F> = SmallVec<[F; 1]>;

/// How many frames there is room for when the second comes.
const ROOM_FOR_MORE: usize = 8;

/// A connection's outgoing frames. One consumer, any number of producers.
#[derive(Debug)]
pub struct Outbound<F> {
    state: Mutex<State<F>>,
    /// Wakes a producer that waits for the consumer to have taken what there was.
    taken: AtomicWaker,
    /// Wakes whoever waits for the end alone.
    ended: AtomicWaker,
    bytes_max: usize,
}

#[derive(Debug)]
struct State<F> {
    frames: Frames<F>,
    bytes: usize,
    /// Wakes the consumer when there is something to take, or the end. It stands here, under the lock that
    /// a push takes anyway, and stays: a consumer that takes and waits again need not come back with it.
    consumer: Option<Waker>,
    /// While a reader catches up with the past, what rooms publish waits here, in order.
    held: Option<Vec<Held<F>>>,
    closing: Option<Closing>,
}

#[derive(Debug)]
struct Held<F> {
    room: RoomId,
    place: Place,
    frame: F,
}

impl<F: Frame> Outbound<F> {
    /// A queue that holds at most `bytes_max` bytes, counted as [`Frame::size`].
    #[must_use]
    pub fn new(bytes_max: usize) -> Self {
        let state =
            State { frames: Frames::new(), bytes: 0, consumer: None, held: None, closing: None };
        Self {
            state: Mutex::new(state),
            taken: AtomicWaker::new(),
            ended: AtomicWaker::new(),
            bytes_max,
        }
    }

    /// Queues a frame for this connection alone: an answer, a ping, a message from the past.
    pub fn push(&self, frame: F) -> Result<(), Rejected> {
        let mut state = self.state.lock();
        self.reserve(&mut state, &frame)?;
        state.push(frame);
        Ok(())
    }

    /// Queues frames that must follow each other with nothing in between.
    pub fn push_together(&self, frames: impl IntoIterator<Item = F>) -> Result<(), Rejected> {
        let mut state = self.state.lock();
        for frame in frames {
            self.reserve(&mut state, &frame)?;
            state.push(frame);
        }
        Ok(())
    }

    /// Queues a frame that a room published, or keeps it back while the reader catches up.
    pub fn push_published(&self, room: RoomId, place: Place, frame: F) -> Result<(), Rejected> {
        let mut state = self.state.lock();
        self.reserve(&mut state, &frame)?;
        match &mut state.held {
            Some(held) => held.push(Held { room, place, frame }),
            None => state.push(frame),
        }
        Ok(())
    }

    /// From now on, what rooms publish is kept back until [`release`](Self::release).
    ///
    /// Call it before joining the room whose past will be read: then nothing falls between the
    /// last message read and the first one published.
    pub fn hold(&self) {
        self.state.lock().held.get_or_insert_default();
    }

    /// Lets the frames kept back go out, in order, except those the reader has seen already.
    pub fn release(&self, seen: impl Fn(RoomId, Place) -> bool) {
        let mut state = self.state.lock();
        let held = state.held.take().unwrap_or_default();
        for Held { room, place, frame } in held {
            if seen(room, place) {
                state.bytes = state.bytes.saturating_sub(frame.size());
            } else {
                state.push(frame);
            }
        }
    }

    /// Ends the connection once what waits is written (at once for [`Closing::QueueFull`]).
    /// The first reason stays.
    pub fn close(&self, why: Closing) {
        let mut state = self.state.lock();
        state.closing.get_or_insert(why);
        self.wake_all(&state);
    }

    /// Makes room for a frame, or closes the queue.
    fn reserve(&self, state: &mut State<F>, frame: &F) -> Result<(), Rejected> {
        state.reserve(frame.size(), self.bytes_max).inspect_err(|_| self.wake_all(state))
    }

    fn wake_all(&self, state: &State<F>) {
        state.wake_consumer();
        self.taken.wake();
        self.ended.wake();
    }

    /// Why the queue is closed, if it is.
    pub fn closing(&self) -> Option<Closing> {
        self.state.lock().closing
    }

    /// Takes everything that waits. The buffer goes with it, so an idle queue keeps none.
    pub fn take(&self) -> Frames<F> {
        let mut state = self.state.lock();
        let frames = std::mem::take(&mut state.frames);
        state.bytes = state.held.iter().flatten().map(|held| held.frame.size()).sum();
        drop(state);
        self.taken.wake();
        frames
    }

    /// Takes what waits, but at most so many frames; the rest waits on. For a consumer whose
    /// messages to the peer have a limit of their own.
    pub fn take_at_most(&self, count: usize) -> Frames<F> {
        let mut state = self.state.lock();
        if state.frames.len() <= count {
            drop(state);
            return self.take();
        }
        let frames: Frames<F> = state.frames.drain(..count).collect();
        state.bytes -= frames.iter().map(Frame::size).sum::<usize>().min(state.bytes);
        frames
    }

    /// Whether somebody puts something in or takes it out at this moment.
    pub fn is_busy(&self) -> bool {
        self.state.is_locked()
    }

    /// Whether nothing waits to be taken.
    pub fn is_empty(&self) -> bool {
        self.state.lock().frames.is_empty()
    }

    /// Waits until there is something to take, or the queue is closed. For the one consumer.
    pub async fn ready(&self) {
        poll_fn(|cx| self.poll_ready(cx)).await;
    }

    fn poll_ready(&self, cx: &Context<'_>) -> Poll<()> {
        let mut state = self.state.lock();
        if state.closing.is_some() || !state.frames.is_empty() {
            return Poll::Ready(());
        }
        if !state.consumer.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            state.consumer = Some(cx.waker().clone());
        }
        Poll::Pending
    }

    /// From now on `consumer` is woken whenever the queue was empty and is no more, and when it is closed:
    /// at once if it is so already. It must take all there is when it is woken, and is called under the
    /// queue's lock, so it must do no more than let somebody know. `None` ends that.
    pub fn call(&self, consumer: Option<Waker>) {
        let mut state = self.state.lock();
        let _before = std::mem::replace(&mut state.consumer, consumer);
        if state.closing.is_some() || !state.frames.is_empty() {
            state.wake_consumer();
        }
    }

    /// Waits until the queue is closed, and says why. For whoever must notice it beside the consumer.
    pub async fn closed(&self) -> Closing {
        poll_fn(|cx| {
            self.ended.register(cx.waker());
            self.state.lock().closing.map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }

    /// Waits until the consumer has taken all there was, and says whether the queue is still open.
    /// For the one producer that replays the past at the reader's own pace.
    pub async fn drained(&self) -> bool {
        poll_fn(|cx| {
            self.taken.register(cx.waker());
            let state = self.state.lock();
            if state.frames.is_empty() {
                Poll::Ready(state.closing.is_none())
            } else {
                Poll::Pending
            }
        })
        .await
    }
}

impl<F> State<F> {
    /// Queues a frame. A consumer has been told already where something waits.
    fn push(&mut self, frame: F) {
        if self.frames.len() == 1 {
            // Where a second one waits, more will.
            self.frames.grow(ROOM_FOR_MORE);
        }
        self.frames.push(frame);
        if self.frames.len() == 1 {
            self.wake_consumer();
        }
    }

    fn wake_consumer(&self) {
        if let Some(consumer) = &self.consumer {
            consumer.wake_by_ref();
        }
    }

    fn reserve(&mut self, size: usize, bytes_max: usize) -> Result<(), Rejected> {
        if let Some(closing) = self.closing {
            return Err(Rejected(closing));
        }
        if self.bytes + size > bytes_max {
            self.frames = Frames::new();
            self.held = None;
            self.bytes = 0;
            self.closing = Some(Closing::QueueFull);
            return Err(Rejected(Closing::QueueFull));
        }
        self.bytes += size;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    impl Frame for &'static str {
        fn size(&self) -> usize {
            self.len()
        }
    }

    const ROOM: RoomId = RoomId(1);

    fn at(seq: i64) -> Place {
        Place { position: seq, seq }
    }

    #[test]
    fn frames_leave_in_the_order_they_came_and_leave_no_buffer_behind() {
        let queue = Outbound::new(100);
        queue.push("a").unwrap();
        queue.push_published(ROOM, at(1), "b").unwrap();
        assert_eq!(queue.take().as_slice(), ["a", "b"]);
        assert!(!queue.take().spilled());
    }

    #[test]
    fn what_is_not_taken_waits_on() {
        let queue = Outbound::new(5);
        for frame in ["a", "b", "c", "d", "e"] {
            queue.push(frame).unwrap();
        }
        assert_eq!(queue.take_at_most(2).as_slice(), ["a", "b"]);
        queue.push("fg").unwrap();
        assert_eq!(queue.take_at_most(9).as_slice(), ["c", "d", "e", "fg"]);
        assert!(queue.is_empty());
    }

    #[test]
    fn a_frame_too_many_closes_the_queue_and_frees_it() {
        let queue = Outbound::new(3);
        queue.push("ab").unwrap();
        assert_eq!(queue.push("cd"), Err(Rejected(Closing::QueueFull)));
        assert_eq!(queue.closing(), Some(Closing::QueueFull));
        assert!(queue.take().is_empty());
        assert_eq!(queue.push("e"), Err(Rejected(Closing::QueueFull)));
    }

    #[test]
    fn what_was_taken_counts_no_more_against_the_limit() {
        let queue = Outbound::new(3);
        for _ in 0..10 {
            queue.push("abc").unwrap();
            assert_eq!(queue.take().as_slice(), ["abc"]);
        }
    }

    #[test]
    fn while_held_the_past_goes_first_and_what_was_seen_is_not_repeated() {
        let queue = Outbound::new(100);
        let other = RoomId(2);
        queue.hold();
        queue.push_published(ROOM, at(2), "live 2").unwrap();
        queue.push_published(other, at(1), "other 1").unwrap();
        queue.push_published(ROOM, at(3), "live 3").unwrap();
        queue.push("past 1").unwrap();
        queue.push("past 2").unwrap();
        queue.release(|room, place| room == ROOM && place.seq <= 2);
        assert_eq!(queue.take().as_slice(), ["past 1", "past 2", "other 1", "live 3"]);
        queue.push_published(ROOM, at(4), "live 4").unwrap();
        assert_eq!(queue.take().as_slice(), ["live 4"]);
    }

    #[test]
    fn held_frames_count_against_the_limit() {
        let queue = Outbound::new(5);
        queue.hold();
        queue.push_published(ROOM, at(1), "abc").unwrap();
        assert!(queue.take().is_empty());
        assert!(queue.push_published(ROOM, at(2), "def").is_err());
    }

    #[test]
    fn the_first_reason_for_closing_stays() {
        let queue = Outbound::<&'static str>::new(1);
        queue.close(Closing::Draining);
        queue.close(Closing::Revoked);
        assert_eq!(queue.closing(), Some(Closing::Draining));
    }

    #[tokio::test(start_paused = true)]
    async fn a_waiting_consumer_is_woken_by_a_push_and_by_the_end() {
        let queue = Outbound::new(100);
        let soon = tokio::time::timeout(Duration::from_secs(1), queue.ready());
        assert!(soon.await.is_err(), "nothing to take yet");
        tokio::join!(queue.ready(), async { queue.push("a").unwrap() });
        queue.take();
        tokio::join!(queue.ready(), async { queue.close(Closing::Ended) });
    }

    #[tokio::test]
    async fn a_replay_waits_for_its_reader() {
        let queue = Outbound::new(100);
        queue.push("a").unwrap();
        let (open, _) = tokio::join!(queue.drained(), async { queue.take() });
        assert!(open);
    }
}
