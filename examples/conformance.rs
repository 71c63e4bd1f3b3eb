//! A server for the public protocol suites, on the same realtime layer as the product.
//!
//! `cargo run --release --example conformance -- --port 3000` serves:
//!
//! - `/engine.io/`: echoes each message;
//! - `/socket.io/`: namespaces `/` and `/custom`, with the events the suites expect;
//! - `/`: a plain WebSocket echo.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::any;
use bytes::Bytes;
use clap::Parser;
use switchboard::realtime::close::Close;
use switchboard::realtime::connection::Allowance;
use switchboard::realtime::connections::Connections;
use switchboard::realtime::engineio::{Accept, Engine, Messages, Settings};
use switchboard::realtime::frame::Frame;
use switchboard::realtime::line::{Heartbeat, Line};
use switchboard::realtime::peer::Peer;
use switchboard::realtime::socketio::{
    Admission, Application, Connect, Emitter, Event, Refusal, Reply, Service,
};
use switchboard_rooms::ConnectionId;
use tokio_util::task::TaskTracker;

#[derive(Parser)]
struct Arguments {
    /// Port on the loopback address.
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// How long a client may take to answer a ping; the suites expect 200.
    #[arg(long, default_value_t = 200)]
    ping_timeout_ms: u64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let settings = settings(Duration::from_millis(arguments.ping_timeout_ms));
    let connections = Arc::new(Connections::new(0));
    let tasks = TaskTracker::new();
    let engine = Engine::new(EngineEcho, settings, Arc::clone(&connections), tasks.clone());
    let sockets = Engine::new(Service(Arc::new(SocketEcho)), settings, connections, tasks);
    let router = Router::new()
        .route("/", any(echo))
        .route("/engine.io/", any(move |request: Request| engine.clone().handle(request)))
        .route("/socket.io/", any(move |request: Request| sockets.clone().handle(request)));
    let address = SocketAddr::from(([127, 0, 0, 1], arguments.port));
    let listener = tokio::net::TcpListener::bind(address).await?;
    axum::serve(listener, router).await?;
    Ok(())
}

fn settings(timeout: Duration) -> Settings {
    let heartbeat = Heartbeat {
        interval: Duration::from_millis(300),
        timeout,
        connect_timeout: Duration::from_secs(1),
        ping: "2",
        only_the_silent: false,
    };
    let write_timeout = Duration::from_secs(5);
    let allowance = Allowance { heartbeat, events_per_second: 0, events_burst: 0, write_timeout };
    Settings { allowance, payload_bytes_max: 1_000_000, queue_bytes_max: 10_000_000 }
}

struct EngineEcho;

struct EngineEchoMessages(Arc<Line>);

impl Accept for EngineEcho {
    type Messages = EngineEchoMessages;

    fn accept(&self, _: Peer, line: Arc<Line>, _: ConnectionId) -> EngineEchoMessages {
        line.pulse.connect();
        EngineEchoMessages(line)
    }
}

impl Messages for EngineEchoMessages {
    async fn text(&mut self, text: &str) -> Result<(), Close> {
        self.0.send(format!("4{text}"));
        Ok(())
    }

    async fn binary(&mut self, bytes: Bytes) -> Result<(), Close> {
        self.0.send(Frame::Binary(bytes));
        Ok(())
    }

    async fn ended(&mut self, _: Close) {}
}

struct SocketEcho;

impl Application for SocketEcho {
    type Socket = SocketEchoSocket;

    async fn connect(&self, request: Connect<'_>) -> Result<Admission<SocketEchoSocket>, Refusal> {
        if !matches!(request.namespace, "/" | "/custom") {
            return Err(Refusal { message: Cow::Borrowed("Invalid namespace") });
        }
        let auth = request.auth.unwrap_or("{}").to_owned();
        let sid = format!("socket-{}-{:x}", request.id, rand::random::<u64>());
        let socket = SocketEchoSocket { emitter: request.emitter, auth };
        Ok(Admission { socket, sid, pid: None })
    }

    async fn connected(&self, socket: &mut SocketEchoSocket) {
        socket.emitter.emit("auth", &[&socket.auth]);
    }

    async fn event(&self, socket: &mut SocketEchoSocket, event: Event<'_>) -> Reply {
        let args: Vec<&str> = event.args.iter().map(|arg| arg.get()).collect();
        match event.name {
            "message" => socket.emitter.emit_binary("message-back", &args, event.attachments),
            "message-with-ack" => {
                let args = args.into_iter().map(str::to_owned).collect();
                return Reply { args, attachments: event.attachments };
            }
            _ => {}
        }
        Reply::default()
    }

    async fn disconnected(&self, _: SocketEchoSocket, _: Close) {}
}

struct SocketEchoSocket {
    emitter: Emitter,
    auth: String,
}

async fn echo(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async |mut socket| {
        while let Some(Ok(message)) = socket.recv().await {
            let answer = match message {
                Message::Text(_) | Message::Binary(_) => socket.send(message).await,
                _ => Ok(()),
            };
            if answer.is_err() {
                break;
            }
        }
    })
}
