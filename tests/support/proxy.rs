//! A TCP proxy between a node and what it needs, which can be as bad as a network is.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// What the line does with bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// Carries them.
    Open,
    /// Connections are reset, and so are new ones.
    Cut,
    /// Takes connections and bytes and carries nothing, as when a cable is pulled. What was sent meanwhile
    /// arrives when it is plugged in again, as TCP has it.
    BlackHole,
    /// Each piece of at most 16 KiB is so late, and the next one waits behind it.
    Slow { late: Duration },
}

/// A proxy before one address. Carries nothing any more when dropped.
pub(crate) struct Proxy {
    port: u16,
    line: watch::Sender<Line>,
    carried: Arc<Carried>,
    _serving: JoinSet<()>,
}

/// Bytes that passed, by direction.
#[derive(Default)]
struct Carried {
    to_server: AtomicU64,
    to_client: AtomicU64,
}

/// Proxies run on a thread of their own: a test that blocks its thread, as by running a command, must
/// not hold up the lines of the server that the command talks to.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(1).thread_name("proxies").enable_all().build().expect("it can be built")
});

impl Proxy {
    /// A proxy to a port of this machine.
    pub(crate) fn to(target: u16) -> Self {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        listener.set_nonblocking(true).expect("a socket can be told not to wait");
        let (line, watched) = watch::channel(Line::Open);
        let carried = Arc::new(Carried::default());
        let mut serving = JoinSet::new();
        let accepting = accept(listener, target, watched, Arc::clone(&carried));
        serving.spawn_on(accepting, RUNTIME.handle());
        Self { port, line, carried, _serving: serving }
    }

    /// Where it listens, on 127.0.0.1.
    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// Resets every connection and takes no new one.
    pub(crate) fn cut(&self) {
        self.line.send_replace(Line::Cut);
    }

    /// Carries nothing, and says nothing of it.
    pub(crate) fn black_hole(&self) {
        self.line.send_replace(Line::BlackHole);
    }

    /// Makes each piece so late.
    pub(crate) fn slow(&self, late: Duration) {
        self.line.send_replace(Line::Slow { late });
    }

    /// Carries everything again.
    pub(crate) fn restore(&self) {
        self.line.send_replace(Line::Open);
    }

    /// Bytes that the server behind it has been sent so far.
    pub(crate) fn bytes_to_server(&self) -> u64 {
        self.carried.to_server.load(Ordering::Relaxed)
    }

    /// Bytes that its clients have been sent so far.
    pub(crate) fn bytes_to_client(&self) -> u64 {
        self.carried.to_client.load(Ordering::Relaxed)
    }
}

async fn accept(
    listener: std::net::TcpListener,
    target: u16,
    line: watch::Receiver<Line>,
    carried: Arc<Carried>,
) {
    let listener = TcpListener::from_std(listener).expect("this is the runtime it is used in");
    let mut links = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((client, _)) => {
                    links.spawn(link(client, target, line.clone(), Arc::clone(&carried)));
                }
                Err(_) => tokio::task::yield_now().await,
            },
            Some(_) = links.join_next() => {}
        }
    }
}

/// One connection, from the first byte to the last.
async fn link(
    client: TcpStream,
    target: u16,
    mut line: watch::Receiver<Line>,
    carried: Arc<Carried>,
) {
    reset_when_dropped(&client);
    if *line.borrow() == Line::Cut {
        return;
    }
    let Ok(server) = TcpStream::connect(("127.0.0.1", target)).await else { return };
    reset_when_dropped(&server);
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let there = carry(from_client, to_server, line.clone(), &carried.to_server);
    let back = carry(from_server, to_client, line.clone(), &carried.to_client);
    tokio::select! {
        () = there => {}
        () = back => {}
        _ = line.wait_for(|line| *line == Line::Cut) => {}
    }
}

/// Carries one direction until either side ends it.
async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut line: watch::Receiver<Line>,
    carried: &AtomicU64,
) {
    let mut piece = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        let Ok(now) = line.wait_for(|line| *line != Line::BlackHole).await.map(|line| *line) else {
            return;
        };
        if let Line::Slow { late } = now {
            tokio::time::sleep(late).await;
        }
        if to.write_all(&piece[..length]).await.is_err() {
            return;
        }
        carried.fetch_add(length as u64, Ordering::Relaxed);
    }
}

/// A connection that this proxy lets go ends with a reset, as one whose machine is gone.
fn reset_when_dropped(stream: &TcpStream) {
    // Whoever does not support it ends the connection in the orderly way, which is an end as well.
    let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
    let _ = stream.set_nodelay(true);
}
