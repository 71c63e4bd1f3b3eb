//! The protocols a node speaks, and what their connections are allowed.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::IntoResponse as _;
use axum::routing::any;

use super::Node;
use crate::api;
use crate::realtime::connection::Allowance;
use crate::realtime::engineio::{Engine, Settings};
use crate::realtime::line::Heartbeat;
use crate::realtime::platform::{Platform, PlatformParts};
use crate::realtime::pusher::{Fallback, PusherEndpoint, PusherSettings};
use crate::realtime::socketio::Service;

/// The protocols, each on its paths.
pub(super) struct Sockets {
    engine: Arc<Engine<Service<Platform>>>,
    pusher: Arc<PusherEndpoint>,
}

impl Sockets {
    pub(super) fn new(node: &Node) -> Self {
        let platform = Service(Arc::new(Platform::new(node.platform_parts())));
        let (connections, tasks) = (Arc::clone(&node.connections), node.tasks.clone());
        let engine = Engine::new(platform, node.settings(), connections, tasks);
        let pusher = Arc::new(PusherEndpoint {
            services: node.services.clone(),
            channels: Arc::clone(&node.channels),
            connections: Arc::clone(&node.connections),
            settings: node.pusher_settings(),
            tasks: node.tasks.clone(),
        });
        Self { engine, pusher }
    }

    /// The routes of Socket.IO.
    pub(super) fn socketio(&self) -> Router {
        let engine = Arc::clone(&self.engine);
        let handle = any(move |request: Request| Arc::clone(&engine).handle(request));
        Router::new().route("/socket.io/", handle.clone()).route("/socket.io", handle)
    }

    /// Lets Pusher's clients, whose path may stand behind any prefix, go before all routes.
    pub(super) fn with_pusher(&self, router: Router) -> Router {
        let endpoint = Arc::clone(&self.pusher);
        let fallback = Fallback::new(Arc::clone(&endpoint));
        router
            .layer(from_fn(move |request: Request, next: Next| {
                Arc::clone(&endpoint).intercept(request, next)
            }))
            .layer(from_fn(move |request: Request, next: Next| {
                Arc::clone(&fallback).intercept(request, next)
            }))
    }

    /// The usual paths of those who ask for a WebSocket with their first request: without what other requests have around
    /// them, which costs more than the answer. For any other path there is `router`.
    pub(super) fn websockets(&self, router: Router) -> Router {
        let pusher = Arc::clone(&self.pusher);
        let open = any(async move |request: Request| match Arc::clone(&pusher).take(request) {
            ControlFlow::Break(response) => response,
            ControlFlow::Continue(_) => StatusCode::NOT_FOUND.into_response(),
        });
        api::with_request_ids(self.socketio()).route("/app/{key}", open).fallback_service(router)
    }
}

impl Node {
    fn pusher_settings(&self) -> PusherSettings {
        let (realtime, pusher) = (&self.config.realtime, &self.config.pusher);
        let interval = Duration::from_millis(pusher.activity_timeout_ms);
        let timeout = Duration::from_millis(pusher.pong_timeout_ms);
        let heartbeat = Heartbeat {
            interval,
            timeout,
            // What is unproven is let go by each application's own rule.
            connect_timeout: interval,
            ping: switchboard_protocol::pusher::server_frame::PING,
            only_the_silent: true,
        };
        let allowance = Allowance {
            heartbeat,
            events_per_second: realtime.events_per_second,
            events_burst: realtime.events_burst,
            write_timeout: timeout,
        };
        PusherSettings {
            allowance,
            payload_bytes_max: realtime.payload_bytes_max,
            queue_bytes_max: realtime.queue_bytes_max,
        }
    }

    fn platform_parts(&self) -> PlatformParts {
        let realtime = &self.config.realtime;
        PlatformParts {
            services: self.services.clone(),
            hub: Arc::clone(&self.hub),
            logins: Arc::clone(&self.logins),
            typing: Arc::clone(&self.typing),
            clock: self.clock.clone(),
            tasks: self.tasks.clone(),
            stop: self.stop.clone(),
            node_id: self.id,
            recovery: Duration::from_millis(realtime.recovery_ms),
            recovery_events_max: i64::from(realtime.recovery_events_max),
            presence_grace: Duration::from_millis(realtime.presence_grace_ms),
            own_origins: self.own_origins(),
        }
    }

    fn settings(&self) -> Settings {
        let realtime = &self.config.realtime;
        let heartbeat = Heartbeat {
            interval: Duration::from_millis(realtime.ping_interval_ms),
            timeout: Duration::from_millis(realtime.ping_timeout_ms),
            connect_timeout: Duration::from_millis(realtime.connect_timeout_ms),
            ping: switchboard_protocol::engineio::PING,
            only_the_silent: false,
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
    pub(super) fn silence(&self) -> Duration {
        let realtime = &self.config.realtime;
        Duration::from_millis(realtime.ping_interval_ms + realtime.ping_timeout_ms)
    }
}
