//! A node's life: start, serve, drain, stop.
//!
//! - [`cluster`]: the other nodes;
//! - [`memory`]: what they remember together;
//! - [`sockets`]: the protocols it speaks, and what their connections are allowed;
//! - [`outbox`]: the webhooks it posts;
//! - [`jobs`]: what it does at a time and for nobody who waits;
//! - [`indexing`]: what it does for those who will search;
//! - [`upkeep`]: what it does now and then, as long as it lives.

mod cluster;
mod indexing;
mod jobs;
mod memory;
mod outbox;
mod sockets;
mod upkeep;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{error, info, warn};

use self::cluster::Cluster;
pub use self::memory::RedisMemory;
use self::sockets::Sockets;
use crate::ai::Summarizer;
use crate::api;
use crate::clock::Clock;
use crate::config::{Config, KeyFileError};
use crate::domain::NodeId;
use crate::own_origins::OwnOrigins;
use crate::realtime::connections::Connections;
use crate::realtime::hub::Hub;
use crate::realtime::logins::Logins;
use crate::realtime::pusher::{Channels, Recorder};
use crate::realtime::typing::Typing;
use crate::realtime::websocket::Postmen;
use crate::server::{Routers, Server, listen};
use crate::service::Services;
use crate::store::Store;
use crate::telemetry;
use crate::web::Assets;

/// How long what was begun may take to finish, once the clients are gone.
const FINISH: Duration = Duration::from_secs(10);

/// What a node is made of, for as long as it runs.
struct Node {
    config: Config,
    services: Services,
    hub: Arc<Hub>,
    channels: Arc<Channels>,
    logins: Arc<Logins>,
    typing: Arc<Typing>,
    recorder: Recorder,
    connections: Arc<Connections>,
    id: NodeId,
    clock: Clock,
    /// Connections and everything they started.
    tasks: TaskTracker,
    /// The committer, which outlives them: what they began must still be kept.
    commits: TaskTracker,
    /// The node is not ready for new clients any more.
    draining: CancellationToken,
    /// The clients are gone; background tasks end.
    stop: CancellationToken,
    /// The other nodes.
    cluster: Cluster,
}

/// Runs a node until it is told to stop by SIGTERM or SIGINT; a second signal stops it at once.
pub async fn serve(config: Config, assets: Assets) -> anyhow::Result<()> {
    telemetry::start_logs(config.log.format, &config.log.level)?;
    let metrics = config.metrics.enabled.then(telemetry::start_metrics).transpose()?;
    raise_file_limit();
    // Before the database is touched: a second node on the same address must leave it alone.
    let address = config.server.listen;
    let listener = listen(address)
        .with_context(|| format!("server.listen: cannot listen on {address}; is it in use?"))?;
    let store = Store::open(&config.database_options()).await.context("database.url")?;
    store.migrate().await.context("database.url: cannot bring the database up to date")?;
    let mut node = Node::start(config, store.clone())?;
    node.join_cluster()?;
    node.run(listener, assets, metrics).await?;
    store.close().await;
    Ok(())
}

/// Each connection is an open file, and the usual soft limit of 1,024 is soon used up.
fn raise_file_limit() {
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(files) => info!("up to {files} open files, about as many connections"),
        Err(error) => warn!(%error, "cannot raise the limit of open files"),
    }
}

impl Node {
    fn start(config: Config, store: Store) -> anyhow::Result<Self> {
        let id = NodeId::generate();
        let membership = cluster::membership(&config.redis, id);
        let hub = Arc::new(Hub::new(membership));
        let clock = Clock::System;
        let commits = TaskTracker::new();
        let services = Services::start(
            store,
            clock.clone(),
            config.sealing_key()?,
            config.service_limits(),
            config.pusher.apps.clone(),
            Arc::clone(&hub) as _,
            &commits,
        );
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let recorder = Recorder::start(services.clone(), id);
        let (rooms, written) = (Arc::clone(&hub), recorder.clone());
        let channels = Channels::new(rooms, written, membership, tasks.clone(), stop.clone());
        let lasts = Duration::from_millis(config.realtime.typing_ms);
        let typing = Typing::new(Arc::clone(&hub), lasts, tasks.clone(), stop.clone());
        let postmen = Postmen::new(&tasks, services.coming());
        if !postmen.are_batched() {
            info!(
                "io_uring is not there or not allowed: each write to a socket is a call of its own"
            );
        }
        let per_address_max = config.realtime.connections_per_address;
        Ok(Self {
            connections: Arc::new(Connections::new(per_address_max, postmen)),
            config,
            services,
            logins: Arc::new(Logins::new(Arc::clone(&hub.rooms))),
            hub,
            channels,
            typing,
            recorder,
            id,
            clock,
            tasks,
            commits,
            draining: CancellationToken::new(),
            stop,
            cluster: Cluster::default(),
        })
    }

    async fn run(
        self,
        listener: TcpListener,
        assets: Assets,
        metrics: Option<PrometheusHandle>,
    ) -> anyhow::Result<()> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        if !self.services.has_right_key().await? {
            return Err(KeyFileError::Foreign(self.config.key_path()).into());
        }
        self.services.touch_node(self.id).await.context("database.url")?;
        self.spawn_upkeep();
        self.spawn_healer();
        self.spawn_webhooks()?;
        let summarizer = self.summarizer()?;
        self.spawn_jobs(summarizer.clone());
        self.spawn_indexing();
        let routers = self.routers(assets, metrics, summarizer);
        let server = Server {
            trusted_proxies: self.config.server.trusted_proxies.clone(),
            user_timeout: self.silence(),
            tasks: self.tasks.clone(),
            stop: self.stop.clone(),
        };
        let serving = self.tasks.spawn(server.run(listener, routers));
        self.announce();
        tokio::select! {
            _ = terminate.recv() => info!("SIGTERM: letting the clients go"),
            _ = interrupt.recv() => info!("SIGINT: letting the clients go"),
        }
        tokio::select! {
            () = self.shut_down() => {}
            _ = terminate.recv() => bail!("a second SIGTERM: stopped at once"),
            _ = interrupt.recv() => bail!("a second SIGINT: stopped at once"),
        }
        serving.await.context("the server task failed")
    }

    /// Says where the server is, to whoever started it.
    fn announce(&self) {
        let url = self.config.public_url();
        info!(node.id = %self.id, "serving on {url} (inbox: {url}/inbox)");
        if self.config.database.url.expose().starts_with("sqlite") {
            info!("conversations are kept in SQLite; `switchboard demo` makes something to try");
        }
    }

    /// Readiness fails first, then clients go, some at a time; then what was begun is finished and
    /// kept, and the other nodes are left.
    async fn shut_down(&self) {
        self.draining.cancel();
        self.hub.drain();
        self.channels.drain();
        self.connections.drain(Duration::from_millis(self.config.realtime.drain_ms)).await;
        self.stop.cancel();
        self.tasks.close();
        if timeout(FINISH, self.tasks.wait()).await.is_err() {
            warn!(tasks = self.tasks.len(), "some connections did not end in time");
        }
        if timeout(FINISH, self.recorder.finish()).await.is_err() {
            error!("what webhooks were to hear of last is lost: the database is away");
        }
        self.services.close();
        self.commits.close();
        if timeout(FINISH, self.commits.wait()).await.is_err() {
            error!("the last writes were not finished in time; none of them was acknowledged");
        }
        self.cluster.leave().await;
        info!("stopped");
    }

    fn routers(
        &self,
        assets: Assets,
        metrics: Option<PrometheusHandle>,
        summarizer: Summarizer,
    ) -> Routers {
        let app = Arc::new(api::Parts {
            services: self.services.clone(),
            summarizer,
            clock: self.clock.clone(),
            channels: Arc::clone(&self.channels) as _,
            typing: Arc::clone(&self.typing) as _,
            replays: api::pusher::Replays::new(self.config.pusher.replay_grace_ms),
            assets,
            public_url: self.config.public_url(),
            own_origins: self.own_origins(),
            metrics,
            tasks: self.tasks.clone(),
            draining: self.draining.clone(),
            bus: self.cluster.bus.clone(),
        });
        let sockets = Sockets::new(self);
        let http = sockets.with_pusher(api::router(app, sockets.socketio()));
        Routers { websockets: sockets.websockets(http.clone()), http }
    }

    /// The origins whose pages may use an agent's cookie: this server's, as browsers know it, and
    /// those that were named.
    fn own_origins(&self) -> OwnOrigins {
        let named = self.config.server.allowed_origins.iter().cloned();
        let own = url::Url::parse(&self.config.public_url()).ok();
        OwnOrigins::new(named.chain(own.map(|url| url.origin().ascii_serialization())))
    }
}
