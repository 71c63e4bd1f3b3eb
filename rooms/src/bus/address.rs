//! Where Redis is, and getting in.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use parking_lot::Mutex;
use redis::aio::{AsyncPushSender, MultiplexedConnection};
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::io::tcp::{TcpSettings, socket2::TcpKeepalive};
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo,
    ProtocolVersion, RedisError, TlsCertificates, Value,
};

use super::link::{Link, within};
use super::pace::{CONNECT, PATIENCE};
use super::slots::{Place, Slots};
use super::{BusError, BusOptions};

/// The address that was configured, and what was learned of the servers behind it.
pub(super) struct Address {
    client: Client,
    ca: Option<TlsCertificates>,
    /// Servers of the cluster, to ask when the one that was configured does not answer.
    known: Mutex<Vec<Place>>,
}

/// Without the address itself, which may hold a password.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address").field("known", &*self.known.lock()).finish_non_exhaustive()
    }
}

impl Address {
    pub(super) fn new(options: &BusOptions) -> Result<Self, BusError> {
        let refuse = |error: RedisError| BusError::Url(error.to_string());
        let info = options.url.as_str().into_connection_info().map_err(refuse)?;
        // Messages arrive as pushes, and a connection that is subscribed still takes other commands.
        let redis = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let redis = redis.set_lib_name("switchboard", env!("CARGO_PKG_VERSION"));
        let info = info.set_redis_settings(redis).set_tcp_settings(tcp_settings());
        let ca = options.ca_pem.clone();
        let ca = ca.map(|ca| TlsCertificates { client_tls: None, root_cert: Some(ca) });
        let client = match &ca {
            None => Client::open(info),
            Some(ca) => Client::build_with_tls(info, ca.clone()),
        };
        Ok(Self { client: client.map_err(refuse)?, ca, known: Mutex::default() })
    }

    /// Connects, signs in, and from then on hands what Redis says by itself to `pushes`.
    ///
    /// To a cluster that has channels divided among its primaries (Redis 7), it connects to each of
    /// them. An older cluster carries channels to everyone; any of its servers will do.
    pub(super) async fn open(&self, pushes: &Arc<dyn AsyncPushSender>) -> Result<Link, BusError> {
        let (mut server, host) = self.enter(pushes).await?;
        let Some(Cluster { slots, divides_channels }) = cluster_of(&mut server, &host).await?
        else {
            self.known.lock().clear();
            return Ok(Link::Server(server));
        };
        self.known.lock().clone_from(&slots.primaries);
        if !divides_channels {
            return Ok(Link::Server(server));
        }
        let places = slots.primaries.iter();
        let primaries = places.map(|place| self.connect(self.info(Some(place)), pushes));
        Ok(Link::cluster(try_join_all(primaries).await?, slots))
    }

    /// Whether the last connection found a cluster, where each key has a server of its own.
    pub(super) fn is_cluster(&self) -> bool {
        !self.known.lock().is_empty()
    }

    /// A connection that finds the way to each key of a cluster by itself.
    pub(super) async fn open_cluster(&self) -> Result<ClusterConnection, BusError> {
        let places = self.known.lock().clone();
        let infos = places.iter().map(|place| self.info(Some(place)));
        let mut client = ClusterClient::builder(infos)
            .connection_timeout(CONNECT)
            .response_timeout(PATIENCE)
            .tcp_settings(tcp_settings());
        if let Some(ca) = &self.ca {
            client = client.certs(ca.clone());
        }
        let client = client.build()?;
        within(CONNECT, client.get_async_connection()).await
    }

    /// Connects to the address that was configured, or to another server of its cluster.
    async fn enter(
        &self,
        pushes: &Arc<dyn AsyncPushSender>,
    ) -> Result<(MultiplexedConnection, String), BusError> {
        let mut refused = BusError::Away;
        let known = self.known.lock().clone();
        for place in std::iter::once(None).chain(known.iter().map(Some)) {
            let info = self.info(place);
            let host = host(&info);
            match self.connect(info, pushes).await {
                Ok(connection) => return Ok((connection, host)),
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }

    async fn connect(
        &self,
        info: ConnectionInfo,
        pushes: &Arc<dyn AsyncPushSender>,
    ) -> Result<MultiplexedConnection, BusError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(None)
            .set_push_sender(Arc::clone(pushes));
        let client = Client::open(info)?;
        within(CONNECT, client.get_multiplexed_async_connection_with_config(&config)).await
    }

    /// How to get into a server of the cluster, which is as into the one that was configured.
    fn info(&self, place: Option<&Place>) -> ConnectionInfo {
        let info = self.client.get_connection_info().clone();
        let Some((host, port)) = place.cloned() else { return info };
        let address = match info.addr().clone() {
            ConnectionAddr::TcpTls { insecure, tls_params, .. } => {
                ConnectionAddr::TcpTls { host, port, insecure, tls_params }
            }
            _ => ConnectionAddr::Tcp(host, port),
        };
        info.set_addr(address)
    }
}

/// What a server says of the cluster it belongs to.
struct Cluster {
    slots: Slots,
    /// Whether channels too have a server each (Redis 7), or go to everyone.
    divides_channels: bool,
}

/// `None` where the server stands by itself.
async fn cluster_of(
    server: &mut MultiplexedConnection,
    host: &str,
) -> Result<Option<Cluster>, BusError> {
    let Some(answer) = ask(server, "CLUSTER", "SLOTS").await? else { return Ok(None) };
    let slots = Slots::read(&answer, host).ok_or(BusError::Incomplete)?;
    let divides_channels = ask(server, "PUBSUB", "SHARDNUMSUB").await?.is_some();
    Ok(Some(Cluster { slots, divides_channels }))
}

/// `None` where the server refuses the question: it does not know it, or it is not for such a server.
async fn ask(
    server: &mut MultiplexedConnection,
    command: &str,
    question: &str,
) -> Result<Option<Value>, BusError> {
    let mut command = redis::cmd(command);
    let answer = command.arg(question).query_async::<Value>(server);
    match within(PATIENCE, answer).await {
        Ok(answer) => Ok(Some(answer)),
        Err(BusError::Redis(error)) if !error.is_unrecoverable_error() => Ok(None),
        Err(error) => Err(error),
    }
}

fn host(info: &ConnectionInfo) -> String {
    match info.addr() {
        ConnectionAddr::Tcp(host, _) | ConnectionAddr::TcpTls { host, .. } => host.clone(),
        _ => String::new(),
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
