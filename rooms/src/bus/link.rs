//! Connections to Redis.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use redis::aio::{AsyncPushSender, ConnectionLike, MultiplexedConnection};
use redis::io::tcp::{TcpSettings, socket2::TcpKeepalive};
use redis::{
    AsyncConnectionConfig, Client, Cmd, IntoConnectionInfo, Pipeline, ProtocolVersion, RedisFuture,
    RedisResult, TlsCertificates, Value,
};

use super::pace::{CONNECT, PATIENCE};
use super::{BusError, BusOptions};

/// Where Redis is and how to get in.
#[derive(Debug)]
pub(super) struct Address {
    client: Client,
}

/// A connection. Clones share it.
#[derive(Clone)]
pub(super) struct Link {
    connection: MultiplexedConnection,
}

impl Address {
    pub(super) fn new(options: &BusOptions) -> Result<Self, BusError> {
        let info = options.url.as_str().into_connection_info().map_err(BusError::url)?;
        // Messages arrive as pushes, and a connection that is subscribed still takes other commands.
        let redis = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let redis = redis.set_lib_name("switchboard", env!("CARGO_PKG_VERSION"));
        let info = info.set_redis_settings(redis).set_tcp_settings(tcp_settings());
        let client = match &options.ca_pem {
            None => Client::open(info),
            Some(ca) => {
                let ca = TlsCertificates { client_tls: None, root_cert: Some(ca.clone()) };
                Client::build_with_tls(info, ca)
            }
        };
        Ok(Self { client: client.map_err(BusError::url)? })
    }

    /// Connects, signs in, and from then on hands what Redis says by itself to `pushes`.
    pub(super) async fn open(&self, pushes: Arc<dyn AsyncPushSender>) -> Result<Link, BusError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(None)
            .set_push_sender(pushes);
        let connection = self.client.get_multiplexed_async_connection_with_config(&config);
        let connection = within(CONNECT, connection).await?;
        Ok(Link { connection })
    }
}

/// A peer that vanished without a word is noticed by the kernel too, not by heartbeats alone.
fn tcp_settings() -> TcpSettings {
    let keepalive = TcpKeepalive::new().with_time(Duration::from_secs(10));
    let settings = TcpSettings::default().set_nodelay(true).set_keepalive(keepalive);
    #[cfg(target_os = "linux")]
    let settings = settings.set_user_timeout(PATIENCE * 2);
    settings
}

impl Link {
    /// Subscribes to the channels, and waits until Redis has confirmed each.
    pub(super) async fn subscribe(&mut self, channels: &[String]) -> Result<(), BusError> {
        within(PATIENCE, self.connection.subscribe(channels)).await
    }

    /// Ends the subscriptions, and waits until Redis has confirmed it.
    pub(super) async fn unsubscribe(&mut self, channels: &[String]) -> Result<(), BusError> {
        within(PATIENCE, self.connection.unsubscribe(channels)).await
    }

    /// Publishes in this order, in one go, and waits until Redis has taken all of it.
    pub(super) async fn publish<'a>(
        &mut self,
        messages: impl IntoIterator<Item = (&'a str, &'a Bytes)>,
    ) -> Result<(), BusError> {
        let mut pipeline = redis::pipe();
        for (channel, bytes) in messages {
            pipeline.cmd("PUBLISH").arg(channel).arg(&bytes[..]).ignore();
        }
        within(PATIENCE, pipeline.query_async(self)).await
    }

    /// Whether Redis answers.
    pub(super) async fn ping(&mut self) -> Result<(), BusError> {
        within(PATIENCE, redis::cmd("PING").query_async(self)).await
    }
}

impl ConnectionLike for Link {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        self.connection.req_packed_command(cmd)
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        cmd: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        self.connection.req_packed_commands(cmd, offset, count)
    }

    fn get_db(&self) -> i64 {
        self.connection.get_db()
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
