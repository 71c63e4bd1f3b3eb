//! Someone who takes webhooks: a small HTTP server that can be told to fail.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// What the receiver does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Answers with this status.
    Status(u16),
    /// Sends it elsewhere, to itself.
    Redirect,
    /// Never answers.
    Silence,
    /// Ends the connection in the middle of it.
    Reset,
}

impl Answer {
    /// Everything that is no acceptance.
    pub(crate) const FAILURES: [Self; 5] =
        [Self::Status(500), Self::Redirect, Self::Reset, Self::Silence, Self::Status(404)];
}

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Hook {
    /// By their names in lower case.
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
    /// It was answered with 200.
    pub(crate) is_accepted: bool,
}

impl Hook {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("a webhook is JSON")
    }

    /// The events it brings.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.json()["events"].as_array().expect("a webhook has events").clone()
    }
}

#[derive(Default)]
struct Desk {
    /// What to answer to the next requests; 200 once there is nothing left.
    answers: Mutex<VecDeque<Answer>>,
    hooks: Mutex<Vec<Hook>>,
    arrived: Notify,
}

/// Takes webhooks and remembers them. Ends when dropped.
pub(crate) struct Receiver {
    pub(crate) url: String,
    desk: Arc<Desk>,
    _server: JoinSet<()>,
}

impl Receiver {
    /// A receiver that accepts everything.
    pub(crate) async fn start() -> Self {
        Self::failing([]).await
    }

    /// A receiver that gives these answers first.
    pub(crate) async fn failing<const N: usize>(answers: [Answer; N]) -> Self {
        Self::listen(0, answers.into()).await
    }

    /// A receiver that accepts everything, on this port.
    pub(crate) async fn start_on(port: u16) -> Self {
        Self::listen(port, VecDeque::new()).await
    }

    async fn listen(port: u16, answers: VecDeque<Answer>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("the port is free");
        let url = format!("http://{}/hooks", listener.local_addr().expect("it listens"));
        let desk = Arc::new(Desk { answers: Mutex::new(answers), ..Desk::default() });
        let mut server = JoinSet::new();
        server.spawn(serve(listener, Arc::clone(&desk)));
        Self { url, desk, _server: server }
    }

    /// Every request so far.
    pub(crate) fn hooks(&self) -> Vec<Hook> {
        self.desk.hooks.lock().clone()
    }

    /// Every event that was accepted so far, in the order in which they came.
    pub(crate) fn events(&self) -> Vec<Value> {
        let hooks = self.hooks();
        hooks.iter().filter(|hook| hook.is_accepted).flat_map(Hook::events).collect()
    }

    /// Waits until this holds of the events that were accepted, and returns them.
    pub(crate) async fn until(
        &self,
        limit: Duration,
        holds: impl Fn(&[Value]) -> bool,
    ) -> Vec<Value> {
        self.until_hold(limit, Self::events, |events| holds(events)).await
    }

    /// Every request that was accepted so far.
    pub(crate) fn accepted(&self) -> Vec<Hook> {
        self.hooks().into_iter().filter(|hook| hook.is_accepted).collect()
    }

    /// Waits until this holds of the requests that were accepted, and returns them.
    pub(crate) async fn until_hooks(
        &self,
        limit: Duration,
        holds: impl Fn(&[Hook]) -> bool,
    ) -> Vec<Hook> {
        self.until_hold(limit, Self::accepted, |hooks| holds(hooks)).await
    }

    async fn until_hold<T: std::fmt::Debug>(
        &self,
        limit: Duration,
        look: impl Fn(&Self) -> Vec<T>,
        holds: impl Fn(&[T]) -> bool,
    ) -> Vec<T> {
        let waiting = async {
            loop {
                let arrived = self.desk.arrived.notified();
                let came = look(self);
                if holds(&came) {
                    return came;
                }
                arrived.await;
            }
        };
        let came = timeout(limit, waiting).await;
        came.unwrap_or_else(|_| panic!("only these came: {:#?}", look(self)))
    }
}

async fn serve(listener: TcpListener, desk: Arc<Desk>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(converse(stream, Arc::clone(&desk)));
    }
}

/// Serves the requests of one connection. Ends with it, or when the answer is to end it.
async fn converse(stream: TcpStream, desk: Arc<Desk>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let (headers, body) = read(&mut stream).await?;
        let answer = desk.answers.lock().pop_front().unwrap_or(Answer::Status(200));
        let is_accepted = answer == Answer::Status(200);
        let head = match answer {
            Answer::Status(status) => format!("HTTP/1.1 {status} Whatever\r\n"),
            Answer::Redirect => "HTTP/1.1 307 Elsewhere\r\nLocation: /hooks\r\n".to_owned(),
            Answer::Silence | Answer::Reset => String::new(),
        };
        desk.hooks.lock().push(Hook { headers, body, is_accepted });
        desk.arrived.notify_waiters();
        match answer {
            Answer::Silence => std::future::pending().await,
            Answer::Reset => return None,
            Answer::Status(_) | Answer::Redirect => {
                let text = format!("{head}Content-Length: 2\r\n\r\nok");
                stream.write_all(text.as_bytes()).await.ok()?;
            }
        }
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<(HashMap<String, String>, String)> {
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        let bytes = stream.read_line(&mut line).await.ok()?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) => {
                headers.insert(name.to_ascii_lowercase(), value.to_owned());
            }
            None if bytes == 0 => return None,
            None if line == "\r\n" => break,
            None => {}
        }
    }
    let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
    stream.read_exact(&mut body).await.ok()?;
    Some((headers, String::from_utf8(body).ok()?))
}
