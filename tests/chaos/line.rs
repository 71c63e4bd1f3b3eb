//! One connection of a stock client, from bytes: it keeps what it needs to recover, as `socket.io-client` does.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::support::Door;

/// A node that says nothing for so long while a client connects is left.
const PATIENCE: Duration = Duration::from_secs(8);

/// What a client keeps over its connections.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    pid: Option<String>,
    offset: Option<String>,
}

/// What came.
#[derive(Debug)]
pub(super) enum Incoming {
    Event { name: String, payload: Value },
    Ack { id: u64, answer: Value },
}

/// An open connection.
pub(super) struct Line {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// The server took up the connection before: what was missed is on its way.
    pub(super) is_recovered: bool,
}

impl Line {
    /// Connects with these members of the `auth` object, and with what the client remembers.
    pub(super) async fn open(door: &Door, auth: &Value, memory: &mut Memory) -> Result<Self> {
        timeout(PATIENCE, Self::connect(door, auth, memory)).await.context("no answer")?
    }

    async fn connect(door: &Door, auth: &Value, memory: &mut Memory) -> Result<Self> {
        let url = format!("ws://{}/socket.io/?EIO=4&transport=websocket", door.address);
        let mut request = url.into_client_request()?;
        // To which the server gives what it needs to recover.
        request.headers_mut().insert("user-agent", "node".parse()?);
        let (stream, _) = tokio_tungstenite::connect_async(request).await?;
        let mut line = Self { stream, is_recovered: false };
        ensure!(line.packet().await?.starts_with('0'), "no handshake");
        let mut auth = auth.clone();
        if let (Some(pid), offset) = (&memory.pid, &memory.offset) {
            auth["pid"] = json!(pid);
            auth["offset"] = json!(offset);
        }
        line.write(format!("40{auth}")).await?;
        let answer = line.packet().await?;
        let answer = answer.strip_prefix("40").with_context(|| format!("refused: {answer}"))?;
        let answer: Value = serde_json::from_str(answer)?;
        let pid = answer["pid"].as_str().map(str::to_owned);
        line.is_recovered = pid.is_some() && pid == memory.pid;
        if !line.is_recovered {
            memory.offset = None;
        }
        memory.pid = pid;
        Ok(line)
    }

    /// Sends an event that wants an acknowledgement.
    pub(super) async fn ask(&mut self, id: u64, event: &str, payload: &Value) -> Result<()> {
        self.write(format!("42{id}{}", json!([event, payload]))).await
    }

    /// The next event or acknowledgement. May be dropped while it waits; nothing is lost by that.
    pub(super) async fn next(&mut self, memory: &mut Memory) -> Result<Incoming> {
        let packet = self.packet().await?;
        if let Some(rest) = packet.strip_prefix("43") {
            let (id, mut arguments) = split(rest)?;
            return Ok(Incoming::Ack { id: id.parse()?, answer: arguments.remove(0) });
        }
        let Some(rest) = packet.strip_prefix("42") else { bail!("the server ended it: {packet}") };
        let (_, mut arguments) = split(rest)?;
        if arguments.len() > 1
            && let Some(Value::String(offset)) = arguments.last()
        {
            memory.offset = Some(offset.clone());
        }
        let name = arguments.remove(0).as_str().context("an event has a name")?.to_owned();
        let payload = arguments.into_iter().next().unwrap_or_default();
        Ok(Incoming::Event { name, payload })
    }

    async fn write(&mut self, text: String) -> Result<()> {
        Ok(self.stream.send(Message::text(text)).await?)
    }

    /// The next packet; pings are answered on the way.
    async fn packet(&mut self) -> Result<String> {
        loop {
            match self.stream.next().await.context("the connection ended")?? {
                Message::Text(text) if text == "2" => self.write("3".to_owned()).await?,
                Message::Text(text) => return Ok(text.to_string()),
                Message::Close(_) => bail!("the server closed the connection"),
                _ => {}
            }
        }
    }
}

/// `17[…]` as the id and the array.
fn split(packet: &str) -> Result<(&str, Vec<Value>)> {
    let at = packet.find('[').with_context(|| format!("no arguments in {packet}"))?;
    let (id, arguments) = packet.split_at(at);
    Ok((id, serde_json::from_str(arguments)?))
}
