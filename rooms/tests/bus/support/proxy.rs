//! A TCP proxy in front of Redis that cuts, swallows and counts.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How a message begins that Redis delivers.
const MESSAGE: &[u8] = b">3\r\n$7\r\nmessage";

/// What the proxy does with what passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Pass,
    /// Nothing passes, and no connection ends: a cable is out.
    Swallow,
    /// What is said to Redis passes, but nothing comes back.
    WithholdAnswers,
    /// Answers pass, but nothing that is delivered to subscribers.
    WithholdMessages,
    /// Connections are ended as they come.
    Refuse,
}

/// Connections that share a fate.
#[derive(Clone, Default)]
struct Generation {
    cut: CancellationToken,
    held: watch::Sender<bool>,
}

/// Connections that are held up. They go on when this is dropped.
pub(crate) struct Held(Generation);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.held.send_replace(false);
    }
}

/// The proxy. Its connections end when it is dropped.
pub(crate) struct Proxy {
    address: SocketAddr,
    state: Arc<State>,
    stop: CancellationToken,
}

struct State {
    mode: Mutex<Mode>,
    /// The connections made since the last [`Proxy::cut`] or [`Proxy::hold`].
    current: Mutex<Generation>,
    bytes_down: AtomicU64,
}

impl Proxy {
    pub(crate) async fn start(upstream: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("a listener has an address");
        let state = Arc::new(State {
            mode: Mutex::new(Mode::Pass),
            current: Mutex::default(),
            bytes_down: AtomicU64::new(0),
        });
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let serving = serve(listener, upstream, Arc::clone(&state), tasks.clone());
        let ending = stop.clone();
        tasks.spawn(async move { ending.run_until_cancelled(serving).await });
        Self { address, state, stop }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    pub(crate) fn set(&self, mode: Mode) {
        *self.state.mode.lock() = mode;
    }

    /// Ends all connections, with whatever is on its way in them.
    pub(crate) fn cut(&self) {
        std::mem::take(&mut *self.state.current.lock()).cut.cancel();
    }

    /// Holds up what is on its way towards Redis in the connections there are, as a network does that
    /// delivers late. New connections pass.
    pub(crate) fn hold(&self) -> Held {
        let generation = std::mem::take(&mut *self.state.current.lock());
        generation.held.send_replace(true);
        Held(generation)
    }

    /// The bytes that came from Redis so far.
    pub(crate) fn bytes_down(&self) -> u64 {
        self.state.bytes_down.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop.cancel();
        self.cut();
    }
}

async fn serve(listener: TcpListener, upstream: SocketAddr, state: Arc<State>, tasks: TaskTracker) {
    while let Ok((client, _)) = listener.accept().await {
        if *state.mode.lock() == Mode::Refuse {
            continue;
        }
        let Ok(server) = TcpStream::connect(upstream).await else { continue };
        for stream in [&client, &server] {
            stream.set_nodelay(true).expect("a stream sends at once");
        }
        let (client_in, client_out) = client.into_split();
        let (server_in, server_out) = server.into_split();
        let generation = state.current.lock().clone();
        let held = Some(generation.held.subscribe());
        let up = Way { from: client_in, to: server_out, held, state: Arc::clone(&state) };
        let down = Way { from: server_in, to: client_out, held: None, state: Arc::clone(&state) };
        for way in [up, down] {
            let cut = generation.cut.clone();
            tasks.spawn(async move { cut.run_until_cancelled(way.carry()).await });
        }
    }
}

/// One direction of a connection.
struct Way {
    from: OwnedReadHalf,
    to: OwnedWriteHalf,
    /// For what goes towards Redis: whether it has to wait.
    held: Option<watch::Receiver<bool>>,
    state: Arc<State>,
}

impl Way {
    async fn carry(mut self) {
        let mut buffer = vec![0; 1 << 16];
        // Whatever went missing, nothing comes behind it: a connection has no gaps.
        let mut broken = false;
        while let Ok(length @ 1..) = self.from.read(&mut buffer).await {
            let bytes = &buffer[..length];
            let mode = *self.state.mode.lock();
            broken |= match mode {
                Mode::Swallow => true,
                Mode::WithholdAnswers => self.held.is_none(),
                _ => false,
            };
            if broken || (mode == Mode::WithholdMessages && bytes.starts_with(MESSAGE)) {
                continue;
            }
            if let Some(held) = &mut self.held {
                let _ = held.wait_for(|held| !held).await;
            } else {
                self.state.bytes_down.fetch_add(length as u64, Ordering::Relaxed);
            }
            if self.to.write_all(bytes).await.is_err() {
                return;
            }
        }
    }
}
