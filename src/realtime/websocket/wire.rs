//! The writing half of a connection.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{self, ErrorKind, IoSlice};
use std::mem;
use std::os::fd::{AsFd as _, BorrowedFd};
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes};
use futures_util::task::AtomicWaker;
use parking_lot::{Mutex, MutexGuard};
use switchboard_rooms::Frames;
use tokio::net::TcpStream;

use crate::realtime::frame::{Frame, Outbound};

/// Frames written with one system call at most.
const FRAMES_MAX: usize = 64;

/// A connection's socket, with what the kernel has not taken yet. Whoever writes holds its lock for as
/// long as a write takes, which never waits.
#[derive(Debug)]
pub struct Wire {
    stream: TcpStream,
    state: Mutex<State>,
    /// Wakes the connection's task when it has to take over.
    trouble: AtomicWaker,
}

#[derive(Debug, Default)]
struct State {
    /// What was taken to be written and has not been, the beginning of the first perhaps.
    rest: VecDeque<Bytes>,
    flow: Flow,
    /// A postman came while the kernel took no more, and left what he was to write in its queue.
    is_passed: bool,
    /// A postman may write. Nothing of a queue may follow the connection's last word.
    is_served: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Flow {
    /// Whoever has something may write.
    #[default]
    Free,
    /// The kernel takes no more at the moment; the connection's task waits until it does.
    Stalled,
    /// The connection is gone.
    Broken,
}

/// The peer takes nothing at the moment, or nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::realtime) enum Trouble {
    /// It may go on: see [`Wire::progress`].
    Stalled,
    /// The connection is gone.
    Broken,
}

impl Wire {
    /// A wire on which `answer` is still to be written, ahead of all else; it may be empty.
    pub(super) fn new(stream: TcpStream, answer: Bytes) -> Self {
        let rest = Some(answer).filter(|answer| !answer.is_empty()).into_iter().collect();
        let state = Mutex::new(State { rest, ..State::default() });
        Self { stream, state, trouble: AtomicWaker::new() }
    }

    pub(super) fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Lets a postman write from now on, or no more.
    pub(super) fn set_served(&self, is_served: bool) {
        self.state.lock().is_served = is_served;
    }

    /// Whether somebody writes on it at this moment.
    pub(super) fn is_busy(&self) -> bool {
        self.state.is_locked()
    }

    /// Takes what waits in the queue, to be written together with what waits in others. `None` when that is nothing, or
    /// nobody may write now.
    pub(super) fn take<'a>(&'a self, outbound: &'a Outbound) -> Option<Load<'a>> {
        let mut state = self.state.lock();
        if state.flow == Flow::Broken || !state.is_served {
            return None;
        }
        if state.flow == Flow::Stalled {
            // Whoever gets rid of what is left may write nothing of a queue.
            if !mem::replace(&mut state.is_passed, true) {
                self.let_go(state);
            }
            return None;
        }
        if !state.rest.is_empty() {
            // It goes first, and whoever left it writes nothing of a queue.
            self.write_all(&mut state, outbound);
            self.let_go(state);
            return None;
        }
        let frames = outbound.take_at_most(FRAMES_MAX);
        (!frames.is_empty()).then_some(Load { wire: self, outbound, state, frames })
    }

    /// Calls the connection's task if it has to take over.
    fn let_go(&self, state: MutexGuard<'_, State>) {
        let is_free = state.flow == Flow::Free;
        drop(state);
        if !is_free {
            self.trouble.wake();
        }
    }

    /// Waits until somebody could not write.
    pub(in crate::realtime) async fn trouble(&self) -> Trouble {
        poll_fn(|cx| {
            self.trouble.register(cx.waker());
            let state = self.state.lock();
            match state.flow {
                Flow::Free if !state.is_passed => Poll::Pending,
                Flow::Free | Flow::Stalled => Poll::Ready(Trouble::Stalled),
                Flow::Broken => Poll::Ready(Trouble::Broken),
            }
        })
        .await
    }

    /// Waits until the kernel has taken some of what is left, and, once it has taken all, of what waits in
    /// the queue. True when nothing is left anywhere.
    pub(in crate::realtime) async fn progress(&self, outbound: &Outbound) -> io::Result<bool> {
        poll_fn(|cx| self.poll_progress(cx, Some(outbound))).await
    }

    /// Writes all that is left, and all that waits in the queue until it is empty.
    pub(in crate::realtime) async fn finish(&self, outbound: &Outbound) -> io::Result<()> {
        while !self.progress(outbound).await? {}
        Ok(())
    }

    /// Writes a frame behind what is left, ahead of what waits in any queue.
    pub async fn send(&self, frame: &Frame) -> io::Result<()> {
        self.state.lock().rest.push_back(frame.wire().clone());
        self.flush().await
    }

    /// Writes all that is left, with nothing of any queue.
    pub(super) async fn flush(&self) -> io::Result<()> {
        self.write_rest(&mut self.state.lock());
        while !poll_fn(|cx| self.poll_progress(cx, None)).await? {}
        Ok(())
    }

    /// Writes the first words that wait in a queue, together with what is left.
    pub(in crate::realtime) fn open(&self, outbound: &Outbound) {
        self.write_all(&mut self.state.lock(), outbound);
    }

    fn poll_progress(
        &self,
        cx: &mut Context<'_>,
        outbound: Option<&Outbound>,
    ) -> Poll<io::Result<bool>> {
        loop {
            let mut state = self.state.lock();
            match (state.flow, outbound) {
                (Flow::Broken, _) => return Poll::Ready(Err(ErrorKind::BrokenPipe.into())),
                (Flow::Free, None) => return Poll::Ready(Ok(true)),
                (Flow::Free, Some(outbound)) => {
                    state.is_passed = false;
                    self.write_all(&mut state, outbound);
                    if state.flow == Flow::Free {
                        return Poll::Ready(Ok(true));
                    }
                }
                (Flow::Stalled, _) => {
                    drop(state);
                    ready!(self.stream.poll_write_ready(cx))?;
                    if self.write_some() {
                        return Poll::Ready(Ok(false));
                    }
                }
            }
        }
    }

    /// Writes what the kernel takes of what is left. False when that is nothing.
    fn write_some(&self) -> bool {
        let mut state = self.state.lock();
        let before = state.left();
        self.write_rest(&mut state);
        state.left() < before
    }

    /// Writes what is left. Where nothing is, nothing changes: a connection that is gone stays gone.
    fn write_rest(&self, state: &mut State) {
        if state.rest.is_empty() {
            return;
        }
        while !state.rest.is_empty() {
            match taken(self.try_write(state.rest.iter())) {
                Some(0) => return state.flow = Flow::Stalled,
                Some(count) => state.advance(count),
                None => return state.flow = Flow::Broken,
            }
        }
        (state.rest, state.flow) = Default::default();
    }

    /// Writes what is left and what waits in the queue, until it is empty or the kernel takes no more.
    fn write_all(&self, state: &mut State, outbound: &Outbound) {
        while state.flow == Flow::Free {
            let frames = outbound.take_at_most(FRAMES_MAX);
            if !state.rest.is_empty() {
                state.rest.extend(frames.iter().map(|frame| frame.wire().clone()));
                self.write_rest(state);
                continue;
            }
            if frames.is_empty() {
                return;
            }
            state.note(&frames, self.try_write(frames.iter().map(Frame::wire)));
        }
    }

    fn try_write<'a>(
        &self,
        mut pieces: impl ExactSizeIterator<Item = &'a Bytes>,
    ) -> io::Result<usize> {
        let count = pieces.len().min(FRAMES_MAX);
        if count == 1
            && let Some(only) = pieces.next()
        {
            return self.stream.try_write(only);
        }
        let mut slices = [IoSlice::new(&[]); FRAMES_MAX];
        for (slice, piece) in slices.iter_mut().zip(pieces) {
            *slice = IoSlice::new(piece);
        }
        self.stream.try_write_vectored(&slices[..count])
    }
}

/// Frames that were taken from a queue and are to be written next. Until they are, nobody else writes on their wire.
pub(super) struct Load<'a> {
    wire: &'a Wire,
    outbound: &'a Outbound,
    state: MutexGuard<'a, State>,
    frames: Frames<Frame>,
}

impl Load<'_> {
    pub(super) fn socket(&self) -> BorrowedFd<'_> {
        self.wire.stream.as_fd()
    }

    pub(super) fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// The bytes of all of them together.
    pub(super) fn size(&self) -> usize {
        size(&self.frames)
    }

    /// Writes them with a call of their own.
    pub(super) fn write(self) {
        let written = self.wire.try_write(self.frames.iter().map(Frame::wire));
        self.written(written);
    }

    /// Notes what came of writing them. Calls the connection's task when the kernel did not take all.
    pub(super) fn written(mut self, written: io::Result<usize>) {
        self.state.note(&self.frames, written);
        if self.frames.len() == FRAMES_MAX {
            // More may wait, of which nobody lets know.
            self.wire.write_all(&mut self.state, self.outbound);
        }
        self.wire.let_go(self.state);
    }
}

/// How many bytes the kernel took; `None` when it will take none any more.
fn taken(result: io::Result<usize>) -> Option<usize> {
    match result {
        Ok(count) => Some(count),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Some(0),
        Err(_) => None,
    }
}

/// The bytes of all of them together.
fn size(frames: &[Frame]) -> usize {
    frames.iter().map(|frame| frame.wire().len()).sum()
}

impl State {
    /// Notes what came of writing these frames, behind which nothing was left.
    fn note(&mut self, frames: &[Frame], written: io::Result<usize>) {
        match taken(written) {
            Some(count) if count == size(frames) => {}
            Some(count) => {
                self.rest.extend(frames.iter().map(|frame| frame.wire().clone()));
                self.advance(count);
                self.flow = Flow::Stalled;
            }
            None => self.flow = Flow::Broken,
        }
    }

    fn advance(&mut self, mut count: usize) {
        while let Some(first) = self.rest.front_mut() {
            let step = count.min(first.len());
            first.advance(step);
            count -= step;
            if !first.is_empty() {
                return;
            }
            self.rest.pop_front();
        }
    }

    fn left(&self) -> usize {
        self.rest.iter().map(Bytes::len).sum()
    }
}
