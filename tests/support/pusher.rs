//! A small Pusher client over a raw WebSocket, written against the protocol text and not against the
//! server's codec, so that a shared mistake cannot hide.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use futures_util::{SinkExt, StreamExt};
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::{Database, Demo, Door, SOON, TestApp};

/// An app that a test's server has from its configuration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PusherApp {
    pub(crate) id: &'static str,
    pub(crate) key: &'static str,
    pub(crate) secret: &'static str,
}

impl PusherApp {
    /// The app of most tests. Its id is a number, as those of hosted Pusher are.
    pub(crate) const TEST: Self =
        Self { id: "482913377", key: "the-apps-key", secret: "the-apps-secret" };

    /// A second app on the same server.
    pub(crate) const OTHER: Self =
        Self { id: "another-app", key: "another-key", secret: "another-secret" };

    /// The application of a demo organization. What it borrows lives as long as the tests.
    pub(crate) fn of_demo(demo: &Demo) -> Self {
        let keep = |text: &String| -> &'static str { text.clone().leak() };
        let app = &demo.pusher;
        Self { id: keep(&app.app_id), key: keep(&app.key), secret: keep(&app.secret) }
    }

    /// The app as the configuration has it, with these settings.
    pub(crate) fn configured(self, settings: &Value) -> Value {
        let mut app = json!({ "id": self.id, "key": self.key, "secret": self.secret });
        let members = app.as_object_mut().expect("it was just made");
        members.extend(settings.as_object().expect("settings are an object").clone());
        app
    }

    /// A server that has this app with these settings, and the other one with none.
    pub(crate) async fn serve(self, settings: Value) -> Arc<TestApp> {
        self.serve_with(settings, &[]).await
    }

    /// The same, with these settings of the server.
    pub(crate) async fn serve_with(self, settings: Value, server: &[(&str, &str)]) -> Arc<TestApp> {
        let apps = json!([self.configured(&settings), Self::OTHER.configured(&json!({}))]);
        let apps = apps.to_string();
        let settings = [&[("PUSHER__APPS", apps.as_str())], server].concat();
        TestApp::start_with(&Database::Sqlite, &settings).await
    }

    /// What a backend answers to a client that wants to subscribe: `auth`.
    pub(crate) fn authorize(self, socket_id: &str, channel: &str, data: Option<&str>) -> String {
        let data = data.map(|data| format!(":{data}")).unwrap_or_default();
        self.sign(&format!("{socket_id}:{channel}{data}"))
    }

    /// What a backend answers to a client that wants to sign in: `auth`.
    pub(crate) fn authenticate(self, socket_id: &str, user_data: &str) -> String {
        self.sign(&format!("{socket_id}::user::{user_data}"))
    }

    fn sign(self, text: &str) -> String {
        format!("{}:{}", self.key, hmac_hex(self.secret, text))
    }
}

/// Hexadecimal HMAC-SHA256.
pub(crate) fn hmac_hex(secret: &str, text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length is a key");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// One frame as the server sent it.
pub(crate) type Frame = Value;

/// How the server turned a connection away.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// The data of the `pusher:error` that came first.
    pub(crate) error: Value,
    /// The code of the closing frame.
    pub(crate) code: Option<u16>,
}

/// One connection to an app.
pub(crate) struct PusherSocket {
    /// As the server told it.
    pub(crate) socket_id: String,
    /// Seconds, as the server told them.
    pub(crate) activity_timeout: u64,
    app: PusherApp,
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    kept: VecDeque<Frame>,
    code: Option<u16>,
}

impl PusherSocket {
    /// Connects to this app with version 7 of the protocol.
    pub(crate) async fn connect(server: &Door, app: PusherApp) -> Result<Self> {
        Self::connect_to(server, app, &path(app.key)).await
    }

    /// Connects at this path.
    pub(crate) async fn connect_to(server: &Door, app: PusherApp, path: &str) -> Result<Self> {
        Self::establish(Self::open(server, app, path, &[]).await?).await
    }

    /// Connects with these request headers.
    pub(crate) async fn connect_with_headers(
        server: &Door,
        app: PusherApp,
        headers: &[(&'static str, &str)],
    ) -> Result<Self> {
        Self::establish(Self::open(server, app, &path(app.key), headers).await?).await
    }

    async fn establish(mut socket: Self) -> Result<Self> {
        let frame = socket.frame(SOON).await?;
        ensure!(frame["event"] == "pusher:connection_established", "refused: {frame}");
        let data = data_of(&frame)?;
        let socket_id = data["socket_id"].as_str().context("no socket id")?.to_owned();
        let activity_timeout = data["activity_timeout"].as_u64().context("no timeout")?;
        Ok(Self { socket_id, activity_timeout, ..socket })
    }

    /// Connects where the server says no, and tells how it said it.
    pub(crate) async fn refused(
        server: &Door,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Refusal> {
        let mut socket = Self::open(server, PusherApp::TEST, path, headers).await?;
        let frame = socket.frame(SOON).await?;
        ensure!(frame["event"] == "pusher:error", "not refused: {frame}");
        let code = socket.closed().await?;
        Ok(Refusal { error: frame["data"].clone(), code })
    }

    async fn open(
        server: &Door,
        app: PusherApp,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self> {
        let mut request = format!("ws://{}{path}", server.address).into_client_request()?;
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse()?);
        }
        let connecting = tokio_tungstenite::connect_async(request);
        let (stream, _) = timeout(SOON, connecting).await.context("no answer")??;
        let (socket_id, kept) = (String::new(), VecDeque::new());
        Ok(Self { socket_id, activity_timeout: 0, app, stream, kept, code: None })
    }

    /// Sends an event that belongs to no channel.
    pub(crate) async fn send(&mut self, event: &str, data: Value) -> Result<()> {
        self.write(json!({ "event": event, "data": data }).to_string()).await
    }

    /// Sends a client event.
    pub(crate) async fn say(&mut self, channel: &str, event: &str, data: Value) -> Result<()> {
        let frame = json!({ "event": event, "channel": channel, "data": data });
        self.write(frame.to_string()).await
    }

    /// Sends a text frame as it is, well-formed or not.
    pub(crate) async fn write(&mut self, text: String) -> Result<()> {
        Ok(self.stream.send(Message::text(text)).await?)
    }

    /// Sends a binary frame.
    pub(crate) async fn write_binary(&mut self, bytes: &'static [u8]) -> Result<()> {
        Ok(self.stream.send(Message::binary(bytes)).await?)
    }

    /// Subscribes, signed by the app where the channel wants that, and returns the data of the answer.
    pub(crate) async fn subscribe(&mut self, channel: &str) -> Result<Value> {
        let guarded = channel.starts_with("private-") || channel.starts_with("presence-");
        let signed = self.app.authorize(&self.socket_id, channel, None);
        let auth = if guarded { signed } else { String::new() };
        self.subscribe_with(channel, &auth, None).await
    }

    /// Subscribes with channel data, signed by the app, and returns the data of the answer.
    pub(crate) async fn join(&mut self, channel: &str, member: &Value) -> Result<Value> {
        let data = member.to_string();
        let auth = self.app.authorize(&self.socket_id, channel, Some(&data));
        self.subscribe_with(channel, &auth, Some(&data)).await
    }

    async fn subscribe_with(
        &mut self,
        channel: &str,
        auth: &str,
        data: Option<&str>,
    ) -> Result<Value> {
        self.ask_to_subscribe(channel, auth, data).await?;
        let succeeded = "pusher_internal:subscription_succeeded";
        let answers = |frame: &Frame| {
            let about_it = frame["channel"] == channel || frame.get("channel").is_none();
            let events = [succeeded, "pusher:subscription_error", "pusher:error"];
            about_it && events.iter().any(|event| frame["event"] == *event)
        };
        let frame = self.next_where(answers).await.with_context(|| channel.to_owned())?;
        ensure!(frame["event"] == succeeded, "refused: {frame}");
        data_of(&frame)
    }

    /// Sends the wish to subscribe and does not wait.
    pub(crate) async fn ask_to_subscribe(
        &mut self,
        channel: &str,
        auth: &str,
        channel_data: Option<&str>,
    ) -> Result<()> {
        let mut data = json!({ "channel": channel, "auth": auth });
        if let Some(channel_data) = channel_data {
            data["channel_data"] = json!(channel_data);
        }
        self.send("pusher:subscribe", data).await
    }

    /// Leaves a channel. The server does not answer this.
    pub(crate) async fn unsubscribe(&mut self, channel: &str) -> Result<()> {
        self.send("pusher:unsubscribe", json!({ "channel": channel })).await
    }

    /// Signs in with this user data, signed by the app, and returns the user data of the answer.
    pub(crate) async fn sign_in(&mut self, user: &Value) -> Result<Value> {
        let user_data = user.to_string();
        let auth = self.app.authenticate(&self.socket_id, &user_data);
        self.send("pusher:signin", json!({ "auth": auth, "user_data": user_data })).await?;
        let answers = ["pusher:signin_success", "pusher:error"];
        let frame = self.next_where(|it| answers.iter().any(|name| it["event"] == *name)).await?;
        ensure!(frame["event"] == "pusher:signin_success", "refused: {frame}");
        let told = data_of(&frame)?;
        Ok(serde_json::from_str(told["user_data"].as_str().context("user data is text")?)?)
    }

    /// The next frame of this event; what came before it stays in line.
    pub(crate) async fn next(&mut self, event: &str) -> Result<Frame> {
        let found = self.next_where(|frame| frame["event"] == event).await;
        found.with_context(|| format!("waiting for {event}"))
    }

    /// The next frame, whenever it comes. May be dropped while it waits; nothing is lost by that.
    pub(crate) async fn next_frame(&mut self) -> Result<Frame> {
        match self.kept.pop_front() {
            Some(frame) => Ok(frame),
            None => self.frame(Duration::from_hours(1)).await,
        }
    }

    /// A frame of this event among those that came already.
    pub(crate) fn kept_event(&mut self, event: &str) -> Option<Frame> {
        let at = self.kept.iter().position(|frame| frame["event"] == event)?;
        self.kept.remove(at)
    }

    /// The data of the next frame of this event.
    pub(crate) async fn next_data(&mut self, event: &str) -> Result<Value> {
        data_of(&self.next(event).await?)
    }

    /// The next frame for which this holds; others that came before it stay in line.
    pub(crate) async fn next_where(&mut self, holds: impl Fn(&Frame) -> bool) -> Result<Frame> {
        let deadline = Instant::now() + SOON;
        loop {
            if let Some(at) = self.kept.iter().position(&holds) {
                return Ok(self.kept.remove(at).expect("it was just found"));
            }
            let frame = self.frame(deadline.saturating_duration_since(Instant::now())).await?;
            self.kept.push_back(frame);
        }
    }

    /// Every frame that came before the answer to a ping sent now: what the server had to say to all that
    /// was sent before, and to nothing else.
    pub(crate) async fn all_until_pong(&mut self) -> Result<Vec<Frame>> {
        self.send("pusher:ping", json!({})).await?;
        let pong = self.next("pusher:pong").await?;
        ensure!(pong["data"] == json!({}), "a pong says nothing: {pong}");
        Ok(self.kept.drain(..).collect())
    }

    /// Reads until the server ends the connection, and gives the code it ended it with.
    pub(crate) async fn closed(&mut self) -> Result<Option<u16>> {
        let deadline = Instant::now() + SOON;
        while self.code.is_none() {
            match timeout_at(deadline, self.stream.next()).await {
                Ok(Some(Ok(Message::Text(text)))) => {
                    self.kept.push_back(serde_json::from_str(&text)?);
                }
                Ok(Some(Ok(Message::Close(frame)))) => self.keep_code(frame.as_ref()),
                Ok(Some(Ok(_))) => {}
                Ok(None | Some(Err(_))) => break,
                Err(_) => bail!("the connection is still open"),
            }
        }
        Ok(self.code)
    }

    /// Leaves, telling the server.
    pub(crate) async fn leave(mut self) {
        // A server that is gone already has nothing to be told.
        let _ = self.stream.close(None).await;
    }

    /// Is gone without a word, as a process that is killed or a network that is lost and then found.
    pub(crate) fn vanish(self) {
        drop(self);
    }

    /// The next frame of the server, within this time.
    async fn frame(&mut self, limit: Duration) -> Result<Frame> {
        let deadline = Instant::now() + limit;
        loop {
            let next = timeout_at(deadline, self.stream.next()).await;
            match next.context("nothing came")?.context("the connection ended")?? {
                Message::Text(text) => return Ok(serde_json::from_str(&text)?),
                Message::Close(frame) => {
                    self.keep_code(frame.as_ref());
                    bail!("the server closed the connection with {:?}", self.code);
                }
                _ => {}
            }
        }
    }

    fn keep_code(&mut self, frame: Option<&CloseFrame>) {
        self.code = frame.map(|frame| frame.code.into());
    }
}

/// Where a client of version 7 of the protocol connects.
pub(crate) fn path(key: &str) -> String {
    format!("/app/{key}?protocol=7&client=js&version=8.6.0&flash=false")
}

/// The data of a frame. It is a text that holds JSON, as clients other than pusher-js insist.
pub(crate) fn data_of(frame: &Frame) -> Result<Value> {
    let text = frame["data"].as_str().with_context(|| format!("the data is no text: {frame}"))?;
    serde_json::from_str(text).with_context(|| format!("the data is no JSON: {frame}"))
}
