//! A small Socket.IO client, written against the protocol text and not against the server's codec, so
//! that a shared mistake cannot hide.

use std::collections::VecDeque;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::SOON;

/// An event the server sent.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) name: String,
    /// The first argument; null when there was none.
    pub(crate) payload: Value,
}

/// One connection to the namespace `/` over a WebSocket.
pub(crate) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    asked: u64,
    events: VecDeque<Event>,
}

impl Socket {
    /// Connects with these request headers.
    pub(crate) async fn connect(base_url: &str, headers: &[(&'static str, &str)]) -> Result<Self> {
        Self::connect_with_auth(base_url, headers, None).await
    }

    /// Connects with an `auth` object in the CONNECT packet.
    pub(crate) async fn connect_with_auth(
        base_url: &str,
        headers: &[(&'static str, &str)],
        auth: Option<Value>,
    ) -> Result<Self> {
        let url = base_url.replacen("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket";
        let mut request = url.into_client_request()?;
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse()?);
        }
        let connecting = tokio_tungstenite::connect_async(request);
        let (stream, _) = timeout(SOON, connecting).await.context("no answer")??;
        let mut socket = Self { stream, asked: 0, events: VecDeque::new() };
        let open = socket.packet(SOON).await?;
        ensure!(open.starts_with('0'), "no handshake but {open}");
        let auth = auth.map(|auth| auth.to_string()).unwrap_or_default();
        socket.write(format!("40{auth}")).await?;
        let connected = socket.packet(SOON).await?;
        ensure!(connected.starts_with("40"), "refused: {connected}");
        Ok(socket)
    }

    /// Sends an event and asks for no acknowledgement.
    pub(crate) async fn emit(&mut self, event: &str, payload: Value) -> Result<()> {
        let arguments = json!([event, payload]);
        self.write(format!("42{arguments}")).await
    }

    /// Sends an event and waits for its acknowledgement. Events that come meanwhile are kept.
    pub(crate) async fn ask(&mut self, event: &str, payload: Value) -> Result<Value> {
        let id = self.send_asking(event, payload).await?;
        let (answered, answer) = self.next_answer().await?;
        ensure!(answered == id, "ack {answered} came before ack {id}");
        Ok(answer)
    }

    /// Sends an event that wants an acknowledgement and returns its id without waiting.
    pub(crate) async fn send_asking(&mut self, event: &str, payload: Value) -> Result<u64> {
        let id = self.asked;
        self.asked += 1;
        let arguments = json!([event, payload]);
        self.write(format!("42{id}{arguments}")).await?;
        Ok(id)
    }

    /// The next acknowledgement: the id of what it answers, and its first argument.
    pub(crate) async fn next_answer(&mut self) -> Result<(u64, Value)> {
        let deadline = Instant::now() + SOON;
        loop {
            let packet = self.packet_until(deadline).await.context("waiting for an ack")?;
            if let Some(rest) = packet.strip_prefix("43") {
                let (id, mut arguments) = split(rest)?;
                return Ok((id.parse()?, arguments.remove(0)));
            }
            self.keep(&packet)?;
        }
    }

    /// The payload of the next event of this name; others that came before it stay in line.
    pub(crate) async fn next(&mut self, name: &str) -> Result<Value> {
        let deadline = Instant::now() + SOON;
        loop {
            if let Some(at) = self.events.iter().position(|event| event.name == name) {
                return Ok(self.events.remove(at).expect("it was just found").payload);
            }
            let packet =
                self.packet_until(deadline).await.with_context(|| format!("waiting for {name}"))?;
            self.keep(&packet)?;
        }
    }

    /// Everything that has come, and comes within this time.
    pub(crate) async fn events_within(&mut self, time: Duration) -> Result<Vec<Event>> {
        let deadline = Instant::now() + time;
        while Instant::now() < deadline {
            match timeout_at(deadline, self.packet(time + SOON)).await {
                Ok(packet) => self.keep(&packet?)?,
                Err(_) => break,
            }
        }
        Ok(self.events.drain(..).collect())
    }

    /// Reads until the server ends the connection.
    pub(crate) async fn closed(&mut self) -> Result<()> {
        let deadline = Instant::now() + SOON;
        while Instant::now() < deadline {
            match timeout_at(deadline, self.stream.next()).await {
                Ok(None | Some(Err(_) | Ok(Message::Close(_)))) => return Ok(()),
                Ok(Some(Ok(_))) => {}
                Err(_) => break,
            }
        }
        bail!("the connection is still open")
    }

    /// Sends a frame as it is, well-formed or not.
    pub(crate) async fn write(&mut self, text: String) -> Result<()> {
        Ok(self.stream.send(Message::text(text)).await?)
    }

    /// Leaves, telling the server.
    pub(crate) async fn leave(mut self) {
        // A server that is gone already has nothing to be told.
        let _ = self.stream.close(None).await;
    }

    async fn packet_until(&mut self, deadline: Instant) -> Result<String> {
        self.packet(deadline.saturating_duration_since(Instant::now())).await
    }

    /// The next text packet that is not a ping; pings are answered on the way.
    async fn packet(&mut self, limit: Duration) -> Result<String> {
        let deadline = Instant::now() + limit;
        loop {
            let next = timeout_at(deadline, self.stream.next()).await;
            match next.context("nothing came")?.context("the connection ended")?? {
                Message::Text(text) if text == "2" => self.write("3".to_owned()).await?,
                Message::Text(text) if text.starts_with("41") => bail!("disconnected"),
                Message::Text(text) => return Ok(text.to_string()),
                Message::Close(_) => bail!("the server closed the connection"),
                _ => {}
            }
        }
    }

    fn keep(&mut self, packet: &str) -> Result<()> {
        let Some(rest) = packet.strip_prefix("42") else { return Ok(()) };
        let (_, mut arguments) = split(rest)?;
        let name = arguments.remove(0).as_str().context("an event has a name")?.to_owned();
        let payload = arguments.into_iter().next().unwrap_or_default();
        self.events.push_back(Event { name, payload });
        Ok(())
    }
}

/// `17[…]` as the id and the array.
fn split(packet: &str) -> Result<(&str, Vec<Value>)> {
    let at = packet.find('[').with_context(|| format!("no arguments in {packet}"))?;
    let (id, arguments) = packet.split_at(at);
    Ok((id, serde_json::from_str(arguments)?))
}
