//! The protocols a node speaks, and what their connections are allowed.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::routing::any;

use super::Node;
use crate::realtime::connection::Allowance;
use crate::realtime::engineio::{Engine, Settings};
use crate::realtime::line::Heartbeat;
use crate::realtime::platform::{Platform, PlatformParts};
use crate::realtime::pusher::{Fallback, PusherEndpoint, PusherSettings};
use crate::realtime::socketio::Service;

impl Node {
    /// The protocols, each on its paths.
    pub(super) fn sockets(&self) -> Router {
        let platform = Service(Arc::new(Platform::new(self.platform_parts())));
        let (connections, tasks) = (Arc::clone(&self.connections), self.tasks.clone());
        let engine = Engine::new(platform, self.settings(), connections, tasks);
        let handle = any(move |request: Request| Arc::clone(&engine).handle(request));
        Router::new().route("/socket.io/", handle.clone()).route("/socket.io", handle)
    }

    /// Lets Pusher's clients, whose path may stand behind any prefix, go before all routes.
    pub(super) fn with_pusher(&self, router: Router) -> Router {
        let endpoint = Arc::new(PusherEndpoint {
            services: self.services.clone(),
            channels: Arc::clone(&self.channels),
            connections: Arc::clone(&self.connections),
            settings: self.pusher_settings(),
            tasks: self.tasks.clone(),
        });
        let fallback = Fallback::new(Arc::clone(&endpoint));
        router
            .layer(from_fn(move |request: Request, next: Next| {
                Arc::clone(&endpoint).intercept(request, next)
            }))
            .layer(from_fn(move |request: Request, next: Next| {
                Arc::clone(&fallback).intercept(request, next)
            }))
    }

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
