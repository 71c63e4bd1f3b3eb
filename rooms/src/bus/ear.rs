//! The connection over which this node hears the others.
//!
//! One task holds it: it connects, subscribes to whatever is wanted, keeps in line with what comes to
//! be wanted, and begins anew when the connection breaks, does not answer, or answers and delivers
//! nothing. What arrives is handed on by the connection's own driver without a queue in between: when
//! the server is slow, the socket fills, and Redis is the one that waits or closes.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use redis::aio::{AsyncPushSender, SendError};
use redis::{PushInfo, PushKind, Value};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::BusError;
use super::core::Core;
use super::envelope::{Envelope, Kind};
use super::link::Link;
use super::pace::BEAT;
use super::pulse::Standing;
use super::retry::repeat;
use super::wanted::Hear;

/// Listens until `stop`.
pub(super) async fn run(core: Arc<Core>, stop: CancellationToken) {
    repeat(&stop, &core.status, || session(&core)).await;
}

/// One connection, from its beginning to its end.
async fn session(core: &Arc<Core>) -> BusError {
    let ear = Arc::new(Ear::new(Arc::clone(core)));
    let pushes: Arc<dyn AsyncPushSender> = Arc::clone(&ear) as _;
    let link = match core.address.open(pushes).await {
        Ok(link) => link,
        Err(error) => {
            core.wanted.close();
            return error;
        }
    };
    let session = Session { ear, link };
    match session.listen().await {
        Ok(never) => match never {},
        Err(error) => error,
    }
}

struct Session {
    ear: Arc<Ear>,
    link: Link,
}

impl Session {
    async fn listen(mut self) -> Result<Infallible, BusError> {
        let core = Arc::clone(&self.ear.core);
        self.ear.open();
        self.align().await?;
        // Last, so that whoever hears a beat hears everything else.
        self.link.subscribe(&[core.names.control()]).await?;
        self.stand();
        let mut ticks = interval(BEAT / 2);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let gone = self.ear.gone.clone();
        loop {
            tokio::select! {
                () = gone.cancelled() => return Err(BusError::Closed),
                () = core.wanted.changed() => self.align().await?,
                _ = ticks.tick() => {
                    self.align().await?;
                    self.link.ping().await?;
                    if core.pulse.is_lost() {
                        return Err(BusError::Silent);
                    }
                }
            }
        }
    }

    fn stand(&self) {
        let core = &self.ear.core;
        core.pulse.set_standing(Standing::Listening);
        core.status.set_ear(true);
        core.stood.notify_one();
    }

    /// Brings Redis in line with what is wanted.
    async fn align(&mut self) -> Result<(), BusError> {
        loop {
            let core = &self.ear.core;
            let changes = core.wanted.changes(Instant::now());
            if changes.is_empty() {
                return Ok(());
            }
            let channels = |topics: &[Arc<str>]| -> Vec<String> {
                topics.iter().map(|topic| core.names.channel(topic)).collect()
            };
            if !changes.unsubscribe.is_empty() {
                self.link.unsubscribe(&channels(&changes.unsubscribe)).await?;
                core.wanted.unsubscribed(&changes.unsubscribe);
            }
            if !changes.subscribe.is_empty() {
                self.link.subscribe(&channels(&changes.subscribe)).await?;
            }
            self.ear.announce(&changes.subscribe);
            self.ear.announce(&changes.announce);
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.ear.close();
    }
}

/// What one connection hears. When it is closed, nothing more comes of it.
struct Ear {
    core: Arc<Core>,
    /// Held while the server is told something, so that it is told one thing at a time.
    open: Mutex<bool>,
    gone: CancellationToken,
}

impl Ear {
    fn new(core: Arc<Core>) -> Self {
        Self { core, open: Mutex::new(false), gone: CancellationToken::new() }
    }

    fn open(&self) {
        *self.open.lock() = true;
        self.core.wanted.open();
    }

    fn close(&self) {
        let mut open = self.open.lock();
        *open = false;
        self.core.pulse.set_standing(Standing::Deaf);
        self.core.status.set_ear(false);
        self.core.wanted.close();
        self.core.hearing.lost();
    }

    /// Tells the server which of the topics are heard from now on.
    fn announce(&self, topics: &[Arc<str>]) {
        let open = self.open.lock();
        let news = self.core.wanted.announce(topics);
        if *open && !news.is_empty() {
            self.core.hearing.listening(&news);
            self.core.wanted.announced();
        }
    }

    fn subscribed(&self, info: &PushInfo) {
        let Some(Value::BulkString(channel)) = info.data.first() else { return };
        if let Some(topic) = self.core.names.topic(channel) {
            self.core.wanted.subscribed(topic);
        }
    }

    fn message(&self, info: PushInfo) {
        let Ok([Value::BulkString(channel), Value::BulkString(message)]) =
            <[Value; 2]>::try_from(info.data)
        else {
            return;
        };
        let Some(envelope) = Envelope::decode(Bytes::from(message)) else { return };
        match self.core.names.topic(&channel) {
            Some(topic) if envelope.kind == Kind::Publication => self.publication(topic, envelope),
            Some(_) => {}
            None => self.sign(&envelope),
        }
    }

    fn publication(&self, topic: &str, envelope: Envelope) {
        let core = &self.core;
        if envelope.node == core.names.node {
            return;
        }
        match core.wanted.hear(topic) {
            Hear::Ignored => return,
            Hear::First(topic) => {
                core.hearing.listening(&[topic]);
                core.wanted.announced();
            }
            Hear::Wanted => {}
        }
        if core.is_new(&envelope) {
            core.hearing.heard(topic, envelope.body);
        }
    }

    fn sign(&self, envelope: &Envelope) {
        let core = &self.core;
        let own = envelope.node == core.names.node;
        match envelope.kind {
            Kind::Beat if own => core.pulse.heard_own(envelope.number, &envelope.body),
            Kind::Beat => core.pulse.heard_other(envelope.node, &envelope.body),
            Kind::Dropped if !own && core.is_new_drop(envelope) => core.hearing.missed(),
            Kind::Dropped | Kind::Publication => {}
        }
    }
}

impl AsyncPushSender for Ear {
    fn send(&self, info: PushInfo) -> Result<(), SendError> {
        let open = self.open.lock();
        match info.kind {
            PushKind::Disconnection => self.gone.cancel(),
            PushKind::Subscribe if *open => self.subscribed(&info),
            PushKind::Message if *open => self.message(info),
            _ => {}
        }
        Ok(())
    }
}
