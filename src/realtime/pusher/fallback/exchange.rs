//! What the requests of one session share with its task.
//!
//! A session is one task. Requests that bring something hand it over through a short queue; requests
//! that fetch something hand over their answer, and the task writes into it. So a session outlives its
//! requests, and what waits for it waits in one place.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{Notify, Semaphore, SemaphorePermit, mpsc};

use super::answer::Answer;
use crate::realtime::connection::Inbound;
use crate::realtime::line::Line;

/// Messages that may wait for the session; past that, the requests that bring more wait.
const ARRIVALS_MAX: usize = 16;

/// The requests' side of a session.
#[derive(Debug)]
pub(super) struct Exchange {
    line: Arc<Line>,
    arrivals: mpsc::Sender<Inbound>,
    answers: mpsc::Sender<Answer>,
    /// One request at a time brings something, in the order in which they came: pusher-js sends each
    /// frame in a request of its own, and does not wait for the answer to the one before.
    turns: Semaphore,
    signs: Arc<Signs>,
}

/// The task's side of a session.
#[derive(Debug)]
pub(super) struct Hands {
    /// What clients sent.
    pub(super) arrivals: mpsc::Receiver<Inbound>,
    /// What is to be written into.
    pub(super) answers: mpsc::Receiver<Answer>,
    pub(super) signs: Arc<Signs>,
}

/// The session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Over;

/// Heartbeats, in which both sides ask and answer with the same empty word.
#[derive(Debug, Default)]
pub(super) struct Signs {
    /// A heartbeat went to the client, who may answer it.
    asked: AtomicBool,
    /// The client asks for one.
    wanted: Notify,
}

impl Exchange {
    pub(super) fn new(line: Arc<Line>) -> (Self, Hands) {
        let (arrivals, arriving) = mpsc::channel(ARRIVALS_MAX);
        let (answers, answering) = mpsc::channel(1);
        let signs = Arc::new(Signs::default());
        let hands = Hands { arrivals: arriving, answers: answering, signs: Arc::clone(&signs) };
        (Self { line, arrivals, answers, turns: Semaphore::new(1), signs }, hands)
    }

    /// Gives the session an answer to write into, instead of the one it had.
    pub(super) async fn attach(&self, answer: Answer) -> Result<(), Over> {
        self.line.pulse.hear();
        self.signs.answered();
        self.answers.send(answer).await.map_err(|_| Over)
    }

    /// Waits for a request's turn to bring something.
    pub(super) async fn turn(&self) -> Result<SemaphorePermit<'_>, Over> {
        self.turns.acquire().await.map_err(|_| Over)
    }

    /// Hands over what a request brought, and returns when the session's queue has taken all of it.
    pub(super) async fn deliver(&self, messages: Vec<String>) -> Result<(), Over> {
        self.line.pulse.hear();
        if messages.is_empty() {
            self.signs.heard();
        }
        for message in messages {
            let arrived = self.arrivals.send(Inbound::Text(message)).await;
            arrived.map_err(|_| Over)?;
        }
        Ok(())
    }
}

impl Signs {
    /// A heartbeat goes to the client.
    pub(super) fn ask(&self) {
        self.asked.store(true, Ordering::Relaxed);
    }

    fn answered(&self) {
        self.asked.store(false, Ordering::Relaxed);
    }

    /// The client sent an empty message. It answers a heartbeat in this way, and asks for one: pusher-js
    /// calls the connection lost when nothing comes back. To answer its answers would never end.
    fn heard(&self) {
        if !self.asked.swap(false, Ordering::Relaxed) {
            self.wanted.notify_one();
        }
    }

    /// Waits until the client asks for a heartbeat.
    pub(super) async fn wanted(&self) {
        self.wanted.notified().await;
    }
}
