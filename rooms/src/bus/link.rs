//! A connection to Redis: to one server, or to every primary of a cluster.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::try_join_all;
use redis::aio::MultiplexedConnection;
use redis::{Pipeline, RedisResult};

use super::BusError;
use super::pace::PATIENCE;
use super::slots::Slots;

/// A connection. Clones share it.
#[derive(Clone)]
pub(super) enum Link {
    /// A server that stands by itself, or any of a cluster that carries channels to everyone.
    Server(MultiplexedConnection),
    /// The primaries of a cluster, in the order of its slots' list.
    Cluster(Vec<MultiplexedConnection>, Arc<Slots>),
}

impl Link {
    pub(super) fn cluster(primaries: Vec<MultiplexedConnection>, slots: Slots) -> Self {
        Self::Cluster(primaries, Arc::new(slots))
    }

    /// Subscribes to the channels, and waits until Redis has confirmed each.
    pub(super) async fn subscribe(&mut self, channels: &[String]) -> Result<(), BusError> {
        match self {
            Self::Server(server) => within(PATIENCE, server.subscribe(channels)).await,
            Self::Cluster(..) => self.each("SSUBSCRIBE", channels).await,
        }
    }

    /// Ends the subscriptions, and waits until Redis has confirmed it.
    pub(super) async fn unsubscribe(&mut self, channels: &[String]) -> Result<(), BusError> {
        match self {
            Self::Server(server) => within(PATIENCE, server.unsubscribe(channels)).await,
            Self::Cluster(..) => self.each("SUNSUBSCRIBE", channels).await,
        }
    }

    /// Publishes in one go, and waits until Redis has taken all of it. What goes to one slot keeps its
    /// order; after an error some of it may have gone out.
    pub(super) async fn publish(&mut self, messages: &[(&str, &Bytes)]) -> Result<(), BusError> {
        let verb = if matches!(self, Self::Server(_)) { "PUBLISH" } else { "SPUBLISH" };
        let mut pipelines = self.pipelines();
        for (channel, bytes) in messages {
            let pipeline = &mut pipelines[self.in_charge(channel)];
            pipeline.cmd(verb).arg(channel).arg(&bytes[..]).ignore();
        }
        self.run(pipelines).await
    }

    /// Whether every server answers.
    pub(super) async fn ping(&mut self) -> Result<(), BusError> {
        let mut pipelines = self.pipelines();
        for pipeline in &mut pipelines {
            pipeline.cmd("PING").ignore();
        }
        self.run(pipelines).await
    }

    /// One command for each channel: those of one command would have to share a slot.
    async fn each(&mut self, verb: &str, channels: &[String]) -> Result<(), BusError> {
        let mut pipelines = self.pipelines();
        for channel in channels {
            pipelines[self.in_charge(channel)].cmd(verb).arg(channel).ignore();
        }
        self.run(pipelines).await
    }

    fn servers(&mut self) -> &mut [MultiplexedConnection] {
        match self {
            Self::Server(server) => std::slice::from_mut(server),
            Self::Cluster(primaries, _) => primaries,
        }
    }

    /// An empty pipeline for each server.
    fn pipelines(&mut self) -> Vec<Pipeline> {
        self.servers().iter().map(|_| Pipeline::new()).collect()
    }

    /// Which of the servers is in charge of the channel.
    fn in_charge(&self, channel: &str) -> usize {
        match self {
            Self::Server(_) => 0,
            Self::Cluster(_, slots) => slots.of(channel),
        }
    }

    async fn run(&mut self, pipelines: Vec<Pipeline>) -> Result<(), BusError> {
        let runs = self.servers().iter_mut().zip(pipelines).map(|(server, pipeline)| async move {
            if pipeline.is_empty() {
                return Ok(());
            }
            within(PATIENCE, pipeline.query_async::<()>(server)).await
        });
        try_join_all(runs).await.map(drop)
    }
}

/// Gives up after the patience is over.
pub(super) async fn within<T>(
    patience: Duration,
    answer: impl Future<Output = RedisResult<T>>,
) -> Result<T, BusError> {
    match tokio::time::timeout(patience, answer).await {
        Ok(answer) => answer.map_err(BusError::from),
        Err(_) => Err(BusError::Slow),
    }
}
