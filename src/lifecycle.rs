//! A node's life: start, serve, drain, stop.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use axum::Router;
use axum::extract::Request;
use axum::routing::any;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{error, info, warn};

use crate::api;
use crate::clock::Clock;
use crate::config::{Config, KeyFileError};
use crate::domain::NodeId;
use crate::own_origins::OwnOrigins;
use crate::realtime::connection::Allowance;
use crate::realtime::connections::Connections;
use crate::realtime::engineio::{Engine, Settings};
use crate::realtime::hub::Hub;
use crate::realtime::line::Heartbeat;
use crate::realtime::platform::{Platform, PlatformParts};
use crate::realtime::socketio::Service;
use crate::realtime::typing::Typing;
use crate::server::{Server, listen};
use crate::service::{ServiceError, Services};
use crate::store::Store;
use crate::telemetry;
use crate::web::Assets;

/// How often a node says that it is alive.
const NODE_BEAT: Duration = Duration::from_secs(5);
/// How far back each beat looks for keys that were revoked.
const REVOCATIONS_BACK_MS: i64 = 60_000;
/// How often what is out of date is deleted.
const SWEEP: Duration = Duration::from_mins(1);
/// How long what was begun may take to finish, once the clients are gone.
const FINISH: Duration = Duration::from_secs(10);

/// What a node is made of, for as long as it runs.
struct Node {
    config: Config,
    services: Services,
    hub: Arc<Hub>,
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
}

/// Runs a node until it is told to stop by SIGTERM or SIGINT; a second signal stops it at once.
pub async fn serve(config: Config, assets: Assets) -> anyhow::Result<()> {
    if !config.redis.url.expose().is_empty() {
        bail!("redis.url: this version runs as one node; leave it empty");
    }
    telemetry::start_logs(config.log.format, &config.log.level)?;
    let metrics = config.metrics.enabled.then(telemetry::start_metrics).transpose()?;
    raise_file_limit();
    // Before the database is touched: a second node on the same address must leave it alone.
    let address = config.server.listen;
    let listener = listen(address)
        .with_context(|| format!("server.listen: cannot listen on {address}; is it in use?"))?;
    let store = Store::open(&config.database_options()).await.context("database.url")?;
    store.migrate().await.context("database.url: cannot bring the database up to date")?;
    let node = Node::start(config, store.clone())?;
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
        let hub = Arc::new(Hub::default());
        let clock = Clock::System;
        let commits = TaskTracker::new();
        let services = Services::start(
            store,
            clock.clone(),
            config.sealing_key()?,
            config.service_limits(),
            Arc::clone(&hub) as _,
            &commits,
        );
        Ok(Self {
            connections: Arc::new(Connections::new(config.realtime.connections_per_address)),
            config,
            services,
            hub,
            id: NodeId::generate(),
            clock,
            tasks: TaskTracker::new(),
            commits,
            draining: CancellationToken::new(),
            stop: CancellationToken::new(),
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
        let router = self.router(assets, metrics);
        let server = Server {
            trusted_proxies: self.config.server.trusted_proxies.clone(),
            user_timeout: self.silence(),
            tasks: self.tasks.clone(),
            stop: self.stop.clone(),
        };
        let serving = self.tasks.spawn(server.run(listener, router));
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
    /// kept.
    async fn shut_down(&self) {
        self.draining.cancel();
        self.connections.drain(Duration::from_millis(self.config.realtime.drain_ms)).await;
        self.stop.cancel();
        self.tasks.close();
        if timeout(FINISH, self.tasks.wait()).await.is_err() {
            warn!(tasks = self.tasks.len(), "some connections did not end in time");
        }
        self.services.close();
        self.commits.close();
        if timeout(FINISH, self.commits.wait()).await.is_err() {
            error!("the last writes were not finished in time; none of them was acknowledged");
        }
        info!("stopped");
    }

    fn router(&self, assets: Assets, metrics: Option<PrometheusHandle>) -> Router {
        let app = Arc::new(api::Parts {
            services: self.services.clone(),
            assets,
            public_url: self.config.public_url(),
            own_origins: self.own_origins(),
            metrics,
            draining: self.draining.clone(),
        });
        api::router(app, self.sockets())
    }

    fn sockets(&self) -> Router {
        let platform = Service(Arc::new(Platform::new(self.platform_parts())));
        let (connections, tasks) = (Arc::clone(&self.connections), self.tasks.clone());
        let engine = Engine::new(platform, self.settings(), connections, tasks);
        let handle = any(move |request: Request| Arc::clone(&engine).handle(request));
        Router::new().route("/socket.io/", handle.clone()).route("/socket.io", handle)
    }

    fn platform_parts(&self) -> PlatformParts {
        let realtime = &self.config.realtime;
        let lasts = Duration::from_millis(realtime.typing_ms);
        let (hub, tasks) = (Arc::clone(&self.hub), self.tasks.clone());
        PlatformParts {
            services: self.services.clone(),
            hub: Arc::clone(&hub),
            typing: Typing::new(hub, lasts, tasks.clone(), self.stop.clone()),
            clock: self.clock.clone(),
            tasks,
            stop: self.stop.clone(),
            node_id: self.id,
            recovery: Duration::from_millis(realtime.recovery_ms),
            recovery_events_max: i64::from(realtime.recovery_events_max),
            presence_grace: Duration::from_millis(realtime.presence_grace_ms),
            own_origins: self.own_origins(),
        }
    }

    /// The origins whose pages may use an agent's cookie: this server's, as browsers know it, and
    /// those that were named.
    fn own_origins(&self) -> OwnOrigins {
        let named = self.config.server.allowed_origins.iter().cloned();
        let own = url::Url::parse(&self.config.public_url()).ok();
        OwnOrigins::new(named.chain(own.map(|url| url.origin().ascii_serialization())))
    }

    fn settings(&self) -> Settings {
        let realtime = &self.config.realtime;
        let heartbeat = Heartbeat {
            interval: Duration::from_millis(realtime.ping_interval_ms),
            timeout: Duration::from_millis(realtime.ping_timeout_ms),
            connect_timeout: Duration::from_millis(realtime.connect_timeout_ms),
            ping: switchboard_protocol::engineio::PING,
        };
        let allowance = Allowance {
            heartbeat,
            events_per_second: realtime.events_per_second,
            events_burst: realtime.events_burst,
            write_timeout: self.silence(),
        };
        Settings {
            allowance,
            payload_bytes_max: realtime.payload_bytes_max,
            queue_bytes_max: realtime.queue_bytes_max,
        }
    }

    /// How long a peer may be silent before it is called gone.
    fn silence(&self) -> Duration {
        let realtime = &self.config.realtime;
        Duration::from_millis(realtime.ping_interval_ms + realtime.ping_timeout_ms)
    }

    /// Says now and then that the node is alive, and deletes what is out of date.
    fn spawn_upkeep(&self) {
        let (services, stop, node_id) = (self.services.clone(), self.stop.clone(), self.id);
        let (hub, clock) = (Arc::clone(&self.hub), self.clock.clone());
        self.tasks.spawn(async move {
            let (mut beats, mut sweeps) = (interval(NODE_BEAT), interval(SWEEP));
            beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
            sweeps.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                let done = tokio::select! {
                    _ = beats.tick() => beat(&services, &hub, &clock, node_id).await,
                    _ = sweeps.tick() => services.sweep().await,
                    () = stop.cancelled() => return,
                };
                if let Err(error) = done {
                    warn!(%error, "upkeep failed; it is tried again");
                }
            }
        });
    }
}

/// Says that the node is alive, and lets go whoever is connected with a key that was revoked since.
async fn beat(
    services: &Services,
    hub: &Hub,
    clock: &Clock,
    node_id: NodeId,
) -> Result<(), ServiceError> {
    // Looks back over several beats: other processes' clocks and commits are not ours.
    let since = clock.now().plus_ms(-REVOCATIONS_BACK_MS);
    for key in services.keys_revoked_since(since).await? {
        hub.key_revoked(key);
    }
    services.touch_node(node_id).await
}
