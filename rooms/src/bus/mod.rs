//! The bus between nodes, over Redis' publish and subscribe.
//!
//! A node publishes on topics and hears the topics it wants. Topics are names and payloads are bytes:
//! the bus knows nothing of rooms or events. It stands beside local delivery, never in front of it:
//! nothing here waits for Redis except what says so.
//!
//! What it promises:
//!
//! - What a node publishes on a topic is heard by each other node that listens to it **once and in
//!   the order** in which it was published, also when connections break in between. A node never
//!   hears itself.
//! - While Redis is away publications wait in a queue with a limit. Over the limit the oldest are
//!   dropped, and the other nodes are told: [`Hearing::missed`].
//! - A node always knows from when on it hears a topic: [`Hearing::listening`]. What was published
//!   before, or while the connection was gone ([`Hearing::lost`]), it may have missed, and reads
//!   from wherever it was written down.
//! - Redis that does not answer, or answers and delivers nothing, is noticed within seconds.
//!
//! In reading order: `core` holds what all share; `mouth` and `ear` are the two connections, each
//! with its task; `wanted` says which topics to subscribe to, `backlog` what to send; `once` drops
//! what comes twice; `pulse` is the heartbeat; `envelope` what travels.
//!
//! Redis 6 and later or Valkey. A user of Redis that is confined by an ACL needs the channels and keys
//! that begin with the prefix (`resetchannels &switchboard:* ~switchboard:*`), and the commands
//! `PUBLISH`, `SUBSCRIBE`, `UNSUBSCRIBE` and `PING` beside those that are run over [`Bus::run`].

mod backlog;
mod core;
mod ear;
mod envelope;
mod link;
mod mouth;
mod names;
mod once;
mod pace;
mod pulse;
mod retry;
mod status;
mod wanted;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use redis::{Cmd, FromRedisValue, Pipeline, RedisError};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::core::Core;
pub use self::status::Health;

/// How a node joins the others.
#[derive(Clone)]
pub struct BusOptions {
    /// `redis://` or `rediss://` (TLS), with user, password and database where there are any.
    pub url: String,
    /// Certificates in PEM to trust instead of the system's, for `rediss://`.
    pub ca_pem: Option<Vec<u8>>,
    /// Before every channel and key, so that installations can share a Redis.
    pub prefix: String,
    /// This node: unlike every other node's, and unlike that of an earlier start.
    pub node: u128,
    /// Most bytes of publications that wait for Redis; over it the oldest are dropped.
    pub queue_bytes_max: usize,
}

impl BusOptions {
    /// With the prefix `switchboard` and a queue of 64 MiB.
    #[must_use]
    pub fn new(url: impl Into<String>, node: u128) -> Self {
        Self {
            url: url.into(),
            ca_pem: None,
            prefix: "switchboard".to_owned(),
            node,
            queue_bytes_max: 64 << 20,
        }
    }
}

/// Without the address, which may hold a password.
impl fmt::Debug for BusOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BusOptions")
            .field("prefix", &self.prefix)
            .field("node", &self.node)
            .field("queue_bytes_max", &self.queue_bytes_max)
            .finish_non_exhaustive()
    }
}

/// What a node does with what it hears. Told one thing at a time; nothing here may wait.
pub trait Hearing: Send + Sync + 'static {
    /// Another node published on a wanted topic.
    fn heard(&self, topic: &str, payload: Bytes);

    /// These topics are heard from now on, for the first time or again. What was published before may
    /// have been missed.
    fn listening(&self, topics: &[Arc<str>]);

    /// The connection is gone. Nothing is heard of a topic until [`listening`](Self::listening) names
    /// it again.
    fn lost(&self);

    /// A node had to drop publications before they reached Redis, nobody knows on which topics. It
    /// may have been any.
    fn missed(&self);
}

/// Why Redis did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// The address cannot be used. Says why without repeating it.
    #[error("not a usable address of a Redis: {0}")]
    Url(String),
    /// There is no connection at the moment.
    #[error("Redis is away")]
    Away,
    /// No answer in time. Whether the command was carried out is not known.
    #[error("Redis did not answer in time")]
    Slow,
    /// The connection ended.
    #[error("Redis closed the connection")]
    Closed,
    /// Redis takes publications, and does not deliver them.
    #[error("Redis answers, but delivers nothing")]
    Silent,
    /// Redis refused, or the connection broke. When it broke, whether the command was carried out is
    /// not known.
    #[error("Redis: {0}")]
    Redis(#[from] RedisError),
}

impl BusError {
    fn url(error: RedisError) -> Self {
        Self::Url(error.to_string())
    }
}

/// A node's place on the bus. A clone is another handle to the same.
#[derive(Clone)]
pub struct Bus {
    core: Arc<Core>,
}

impl fmt::Debug for Bus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bus").field("health", &self.health()).finish_non_exhaustive()
    }
}

impl Bus {
    /// Joins the other nodes. Does not wait for Redis, which may be away at the start.
    ///
    /// The bus lives on two tasks until `stop`; then what is queued still goes out if Redis takes it
    /// within two seconds. Stop it after the connections of this node have been drained.
    ///
    /// # Errors
    /// When the address cannot be used.
    pub fn start(
        options: &BusOptions,
        hearing: Arc<dyn Hearing>,
        tasks: &TaskTracker,
        stop: CancellationToken,
    ) -> Result<Self, BusError> {
        let core = Arc::new(Core::new(options, hearing)?);
        tasks.spawn(ear::run(Arc::clone(&core), stop.clone()));
        tasks.spawn(mouth::run(Arc::clone(&core), stop));
        Ok(Self { core })
    }

    /// Publishes to the other nodes that listen. Never waits.
    pub fn publish(&self, topic: &str, payload: Bytes) {
        self.core.backlog.push(self.core.names.channel(topic).into(), payload);
    }

    /// The topic shall be heard from now on, until [`unwant`](Self::unwant), over all outages. A state,
    /// not a count: wanting twice is wanting once.
    pub fn want(&self, topic: Arc<str>) {
        self.core.wanted.want(topic);
    }

    /// The topic shall not be heard any more. Nothing is handed on from now; the subscription itself
    /// ends a moment later, unless the topic is wanted again.
    pub fn unwant(&self, topic: &str) {
        self.core.wanted.unwant(topic);
    }

    /// Waits until a wanted topic is heard, and [`Hearing::listening`] was told. False at once when
    /// the topic is not wanted or Redis is known to be away, and after `patience` when it is slow.
    pub async fn listening(&self, topic: &str, patience: Duration) -> bool {
        self.core.wanted.listening(topic, patience).await
    }

    /// Whether this node speaks and hears.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.core.status.is_up()
    }

    /// The figures, for health checks and metrics.
    #[must_use]
    pub fn health(&self) -> Health {
        self.core.health()
    }

    /// A key of this installation in Redis: `name` behind the prefix.
    #[must_use]
    pub fn key(&self, name: &str) -> String {
        self.core.names.key(name)
    }

    /// Runs an ordinary command, over the connection that also publishes: keep it short.
    ///
    /// # Errors
    /// [`BusError::Away`] at once while there is no connection, [`BusError::Slow`] after `patience`, and
    /// whatever Redis answers.
    pub async fn run<T: FromRedisValue>(
        &self,
        command: &Cmd,
        patience: Duration,
    ) -> Result<T, BusError> {
        let mut link = self.core.linked()?;
        link::within(patience, command.query_async(&mut link)).await
    }

    /// Runs several commands in one go, as a transaction if the pipeline says so.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn run_all<T: FromRedisValue>(
        &self,
        commands: &Pipeline,
        patience: Duration,
    ) -> Result<T, BusError> {
        let mut link = self.core.linked()?;
        link::within(patience, commands.query_async(&mut link)).await
    }
}
