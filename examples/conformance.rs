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
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
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
    Admission, Answer, Application, Connect, Emitter, Event, Refusal, Reply, Service,
};
use switchboard::realtime::websocket::{Message, Postmen, Upgrade, WebSocket};
use switchboard::server::{Server, listen};
use switchboard::service::Coming;
use switchboard_rooms::ConnectionId;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The largest message that is taken, in bytes.
const MESSAGE_BYTES_MAX: usize = 1_000_000;

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
    let tasks = TaskTracker::new();
    let connections = Arc::new(Connections::new(0, Postmen::new(&tasks, &Coming::default())));
    let engine = Engine::new(EngineEcho, settings, Arc::clone(&connections), tasks.clone());
    let sockets = Engine::new(Service(Arc::new(SocketEcho)), settings, connections, tasks.clone());
    let echoes = tasks.clone();
    let router = Router::new()
        .route("/", any(async move |request: Request| echo(request, &echoes)))
        .route("/engine.io/", any(move |request: Request| engine.clone().handle(request)))
        .route("/socket.io/", any(move |request: Request| sockets.clone().handle(request)));
    let address = SocketAddr::from(([127, 0, 0, 1], arguments.port));
    let user_timeout = Duration::from_secs(5);
    let stop = CancellationToken::new();
    let server = Server { trusted_proxies: Vec::new(), user_timeout, tasks, stop };
    server.run(listen(address)?, router.into()).await;
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
    Settings { allowance, payload_bytes_max: MESSAGE_BYTES_MAX, queue_bytes_max: 10_000_000 }
}

struct EngineEcho;

struct EngineEchoMessages(Arc<Line>);

impl Accept for EngineEcho {
    type Messages = EngineEchoMessages;

    fn accept(&self, _: Box<Peer>, line: Arc<Line>, _: ConnectionId) -> EngineEchoMessages {
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
        self.0.send(Frame::binary(&bytes));
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

    async fn event(&self, socket: &mut SocketEchoSocket, event: Event<'_>) -> Answer {
        let args: Vec<&str> = event.args.iter().map(|arg| arg.get()).collect();
        match event.name {
            "message" => socket.emitter.emit_binary("message-back", &args, &event.attachments),
            "message-with-ack" => {
                let args = args.into_iter().map(str::to_owned).collect();
                return Reply { args, attachments: event.attachments }.into();
            }
            _ => {}
        }
        Reply::default().into()
    }

    async fn disconnected(&self, _: SocketEchoSocket, _: Close) {}
}

struct SocketEchoSocket {
    emitter: Emitter,
    auth: String,
}

fn echo(request: Request, tasks: &TaskTracker) -> Response {
    let (mut parts, _) = request.into_parts();
    match Upgrade::of(&mut parts) {
        Some(upgrade) => upgrade.grant(tasks, MESSAGE_BYTES_MAX, echo_all),
        None => StatusCode::UPGRADE_REQUIRED.into_response(),
    }
}

async fn echo_all(mut socket: WebSocket) {
    while let Ok(message) = socket.receive().await {
        let echo = match message {
            Message::Text(text) => Frame::text(&text),
            Message::Binary(bytes) => Frame::binary(&bytes),
            Message::Sign => continue,
        };
        if socket.wire().send(&echo).await.is_err() {
            break;
        }
    }
}
