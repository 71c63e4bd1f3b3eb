//! Pusher Channels over plain HTTP requests and over SockJS, as pusher-js and sockjs-client speak
//! them, in our own words.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures_util::{SinkExt, StreamExt};
use reqwest::header::{HeaderMap, ORIGIN};
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::Message;

use crate::support::pusher::{PusherApp, PusherSocket, data_of};
use crate::support::pusher_api::PusherApi;
use crate::support::{SOON, TestApp};

const APP: PusherApp = PusherApp::TEST;
const QUERY: &str = "protocol=7&client=js&version=8.6.0&t=1&n=1";
/// pusher-js asks for another stream when it has read more UTF-16 code units than this.
const STREAM_MAX: usize = 256 * 1024;

/// A session that this client made up a name for.
struct Session {
    url: String,
    query: &'static str,
    client: Client,
}

impl Session {
    /// As pusher-js has it.
    fn pusher(server: &TestApp, key: &str) -> Self {
        Self::at(format!("{}/pusher/app/{key}/042/abcd1234", server.base_url), QUERY)
    }

    /// As sockjs-client has it.
    fn sockjs(server: &TestApp) -> Self {
        Self::at(format!("{}/pusher/042/abcd1234", server.base_url), "")
    }

    fn at(url: String, query: &'static str) -> Self {
        Self { url, query, client: Client::new() }
    }

    async fn request(&self, method: Method, transport: &str, body: &str) -> Result<Response> {
        let url = format!("{}/{transport}", self.url);
        let url = if url.contains('?') { url } else { format!("{url}?{}", self.query) };
        let request = self.client.request(method, url).header(ORIGIN, "https://page.example");
        timeout(SOON, request.body(body.to_owned()).send())
            .await
            .context("no answer")?
            .map_err(Into::into)
    }

    /// One long poll.
    async fn poll(&self) -> Result<String> {
        let answer = self.request(Method::POST, "xhr", "").await?;
        ensure!(answer.status() == StatusCode::OK, "{answer:?}");
        Ok(timeout(SOON, answer.text()).await.context("the poll does not end")??)
    }

    /// The frames of one long poll.
    async fn poll_frames(&self) -> Result<Vec<Value>> {
        let body = self.poll().await?;
        frames(body.strip_suffix('\n').context("no line")?)
    }

    async fn stream(&self) -> Result<Lines> {
        Lines::of(self.request(Method::POST, "xhr_streaming", "").await?)
    }

    async fn send(&self, frame: &Value) -> Result<()> {
        let status = self.send_raw(&json!([frame.to_string()]).to_string()).await?;
        ensure!(status == StatusCode::NO_CONTENT, "{status}");
        Ok(())
    }

    async fn send_raw(&self, body: &str) -> Result<StatusCode> {
        Ok(self.request(Method::POST, "xhr_send", body).await?.status())
    }

    async fn introduce(&self) -> Result<()> {
        let path = format!("/app/{}?{QUERY}", APP.key);
        self.send(&json!({ "path": path })).await
    }

    async fn subscribe(&self, channel: &str) -> Result<()> {
        self.send(&subscription(channel)).await
    }
}

/// The lines of an answer, as they come.
struct Lines {
    answer: Response,
    bytes: Vec<u8>,
    /// What ends each.
    end: &'static str,
}

impl Lines {
    fn of(answer: Response) -> Result<Self> {
        ensure!(answer.status() == StatusCode::OK, "{answer:?}");
        Ok(Self { answer, bytes: Vec::new(), end: "\n" })
    }

    /// The next line without its end; `None` at the end of the answer.
    async fn next(&mut self) -> Result<Option<String>> {
        loop {
            let text = std::str::from_utf8(&self.bytes).unwrap_or_default();
            if let Some((line, _)) = text.split_once(self.end) {
                let line = line.to_owned();
                self.bytes.drain(..line.len() + self.end.len());
                return Ok(Some(line));
            }
            let chunk = timeout(SOON, self.answer.chunk()).await.context("nothing came")??;
            let Some(chunk) = chunk else { return Ok(None) };
            self.bytes.extend_from_slice(&chunk);
        }
    }

    async fn line(&mut self) -> Result<String> {
        self.next().await?.context("the stream ended")
    }

    async fn frames(&mut self) -> Result<Vec<Value>> {
        frames(&self.line().await?)
    }

    /// The next line, if it is there within a moment.
    async fn at_once(&mut self) -> Option<String> {
        timeout(Duration::from_millis(300), self.line()).await.ok()?.ok()
    }
}

/// The frames in a line `a["…"]`.
fn frames(line: &str) -> Result<Vec<Value>> {
    let array = line.strip_prefix('a').with_context(|| format!("no frames: {line}"))?;
    let texts: Vec<String> = serde_json::from_str(array)?;
    texts.iter().map(|text| Ok(serde_json::from_str(text)?)).collect()
}

fn subscription(channel: &str) -> Value {
    json!({ "event": "pusher:subscribe", "data": { "channel": channel, "auth": "" } })
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

async fn server() -> Arc<TestApp> {
    APP.serve(json!({})).await
}

/// A stream of pusher-js that is subscribed to a channel.
async fn listening(session: &Session, channel: &str) -> Lines {
    let mut lines = session.stream().await.unwrap();
    assert_eq!(lines.line().await.unwrap(), "o");
    assert_eq!(lines.frames().await.unwrap()[0]["event"], "pusher:connection_established");
    session.subscribe(channel).await.unwrap();
    let succeeded = &lines.frames().await.unwrap()[0];
    assert_eq!(succeeded["event"], "pusher_internal:subscription_succeeded");
    lines
}

#[tokio::test]
async fn a_stream_carries_what_a_websocket_would() {
    let server = server().await;
    let session = Session::pusher(&server, APP.key);
    let mut lines = session.stream().await.unwrap();
    let headers = lines.answer.headers().clone();
    assert_eq!(header(&headers, "content-type"), "application/javascript; charset=UTF-8");
    assert!(header(&headers, "cache-control").contains("no-store"));
    assert_eq!(header(&headers, "access-control-allow-origin"), "https://page.example");
    assert_eq!(header(&headers, "x-accel-buffering"), "no");
    assert_eq!(lines.line().await.unwrap(), "o");
    let established = &lines.frames().await.unwrap()[0];
    assert_eq!(established["event"], "pusher:connection_established");
    let data = data_of(established).unwrap();
    assert!(data["socket_id"].as_str().unwrap().contains('.'));
    session.send(&json!({ "event": "pusher:ping", "data": {} })).await.unwrap();
    assert_eq!(lines.frames().await.unwrap()[0]["event"], "pusher:pong");
    session.subscribe("news").await.unwrap();
    assert_eq!(lines.frames().await.unwrap()[0]["channel"], "news");
    PusherApi::of(&server, APP).trigger("news", "extra", &json!("ä \"b\"\n")).await;
    let event = &lines.frames().await.unwrap()[0];
    assert_eq!((&event["event"], &event["data"]), (&json!("extra"), &json!("ä \"b\"\n")));
}

#[tokio::test]
async fn polls_bring_everything_once_and_in_order() {
    let server = server().await;
    let session = Session::pusher(&server, APP.key);
    assert_eq!(session.poll().await.unwrap(), "o\n");
    session.subscribe("news").await.unwrap();
    let mut came = Vec::new();
    let publish = async {
        let api = PusherApi::of(&server, APP);
        for number in 0..150 {
            api.trigger("news", "number", &json!(number.to_string())).await;
        }
    };
    let poll = async {
        while came.len() < 150 {
            let frames = session.poll_frames().await.unwrap();
            came.extend(frames.into_iter().filter(|frame| frame["event"] == "number"));
        }
    };
    tokio::join!(publish, poll);
    let numbers: Vec<_> = came.iter().map(|frame| frame["data"].as_str().unwrap()).collect();
    assert_eq!(numbers, (0..150).map(|number| number.to_string()).collect::<Vec<_>>());
}

/// pusher-js takes the end of a stream for the end of the connection, and drops a stream by itself
/// when it has read more than it wants to keep. What came after that would be lost.
#[tokio::test]
async fn a_stream_falls_silent_exactly_where_pusher_js_asks_for_another() {
    let server = server().await;
    let session = Session::pusher(&server, APP.key);
    let mut first = session.stream().await.unwrap();
    let mut read = 0;
    let mut numbers: Vec<u64> = Vec::new();
    let mut take = |line: &str, numbers: &mut Vec<u64>| {
        read += line.encode_utf16().count() + 1;
        for frame in frames(line).unwrap_or_default() {
            if frame["event"] == "number" {
                let data = frame["data"].as_str().unwrap();
                numbers.push(data.split(' ').next().unwrap().parse().unwrap());
            }
        }
        read
    };
    take(&first.line().await.unwrap(), &mut numbers);
    session.subscribe("news").await.unwrap();
    let api = PusherApi::of(&server, APP);
    let long = "ä👍".repeat(1_000);
    for number in 0..150 {
        api.trigger("news", "number", &json!(format!("{number} {long}"))).await;
    }
    while take(&first.line().await.unwrap(), &mut numbers) <= STREAM_MAX {}
    assert_eq!(first.at_once().await, None, "the stream neither ends nor goes on");
    let mut second = session.stream().await.unwrap();
    while numbers.last() != Some(&149) {
        let line = second.line().await.unwrap();
        assert_ne!(line, "o", "the session is the same");
        take(&line, &mut numbers);
    }
    assert_eq!(numbers, (0..150).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_refusal_has_the_code_that_a_websocket_would_close_with() {
    let server = server().await;
    let session = Session::pusher(&server, "no-such-key");
    let mut lines = session.stream().await.unwrap();
    assert_eq!(lines.line().await.unwrap(), "o");
    let error = &lines.frames().await.unwrap()[0];
    assert_eq!((&error["event"], &error["data"]["code"]), (&json!("pusher:error"), &json!(4001)));
    assert!(lines.line().await.unwrap().starts_with("c[4001,\""));
    assert_eq!(lines.next().await.unwrap(), None);
    let polling = Session::at(format!("{}/app/{}/1/a", server.base_url, APP.key), "protocol=99");
    assert_eq!(polling.poll().await.unwrap(), "o\n");
    assert_eq!(polling.poll_frames().await.unwrap()[0]["data"]["code"], 4007);
    assert!(polling.poll().await.unwrap().starts_with("c[4007,"));
}

#[tokio::test]
async fn an_empty_message_is_answered_with_a_heartbeat() {
    let server = server().await;
    let session = Session::pusher(&server, APP.key);
    let mut lines = listening(&session, "news").await;
    assert_eq!(session.send_raw("[]").await.unwrap(), StatusCode::NO_CONTENT);
    assert_eq!(lines.line().await.unwrap(), "h");
    assert_eq!(session.send_raw("[]").await.unwrap(), StatusCode::NO_CONTENT);
    assert_eq!(lines.at_once().await, None, "the answer to a heartbeat is not answered");
}

#[tokio::test]
async fn a_newer_stream_takes_over_from_an_older_one() {
    let server = server().await;
    let session = Session::pusher(&server, APP.key);
    let mut older = listening(&session, "news").await;
    let mut newer = session.stream().await.unwrap();
    assert_eq!(older.line().await.unwrap(), r#"c[2010,"Another connection still open"]"#);
    assert_eq!(older.next().await.unwrap(), None);
    PusherApi::of(&server, APP).trigger("news", "extra", &json!("x")).await;
    assert_eq!(newer.frames().await.unwrap()[0]["event"], "extra");
}

#[tokio::test]
async fn who_does_not_come_back_leaves_its_channels() {
    let server = server().await;
    let session = Session::pusher(&server, APP.key);
    drop(listening(&session, "news").await);
    let api = PusherApi::of(&server, APP);
    let deadline = Instant::now() + SOON;
    while api.get("/channels/news", &[]).await["occupied"] == true {
        assert!(Instant::now() < deadline, "the session is still there");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let status = session.send_raw("[]").await.unwrap();
    assert_eq!(status, StatusCode::NOT_FOUND, "its name is free again");
}

#[tokio::test]
async fn garbage_is_refused_and_nobody_notices() {
    let server = server().await;
    let mut bystander = PusherSocket::connect(&server, APP).await.unwrap();
    bystander.subscribe("news").await.unwrap();
    let session = Session::pusher(&server, APP.key);
    let mut lines = listening(&session, "news").await;
    let sockjs = Session::sockjs(&server);
    assert_eq!(sockjs.poll().await.unwrap(), "o\n");
    sockjs.introduce().await.unwrap();
    for body in ["", " ", "[", "{}", "5", "null", "[5]", "[[\"x\"]]", "[\"x\"", "\"x\"", "[null]"] {
        assert_eq!(session.send_raw(body).await.unwrap(), StatusCode::BAD_REQUEST, "{body}");
        let status = sockjs.send_raw(body).await.unwrap();
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{body}");
    }
    let huge = format!("[\"{}\"]", "x".repeat(1_000_001));
    assert_eq!(session.send_raw(&huge).await.unwrap(), StatusCode::PAYLOAD_TOO_LARGE);
    for (method, transport) in [(Method::GET, "xhr"), (Method::PUT, "xhr_send")] {
        let answer = session.request(method, transport, "").await.unwrap();
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(header(answer.headers(), "allow"), "OPTIONS, POST");
    }
    let stranger = Session::at(format!("{}/pusher/1/nobody", server.base_url), "");
    assert_eq!(stranger.send_raw("[\"x\"]").await.unwrap(), StatusCode::NOT_FOUND);
    PusherApi::of(&server, APP).trigger("news", "extra", &json!("x")).await;
    assert_eq!(lines.frames().await.unwrap()[0]["event"], "extra");
    bystander.next("extra").await.unwrap();
    let established = &sockjs.poll_frames().await.unwrap()[0];
    assert_eq!(established["event"], "pusher:connection_established");
}

#[tokio::test]
async fn pages_of_any_origin_may_send_what_these_clients_send() {
    let server = server().await;
    let session = Session::pusher(&server, APP.key);
    for transport in ["xhr_streaming", "xhr", "xhr_send"] {
        let url = format!("{}/{transport}", session.url);
        let asked = session.client.request(Method::OPTIONS, url).header(ORIGIN, "null");
        let asked = asked.header("access-control-request-headers", "content-type, x-other");
        let answer = asked.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NO_CONTENT);
        let allowed = |name| header(answer.headers(), name);
        assert_eq!(allowed("access-control-allow-origin"), "null");
        assert_eq!(allowed("access-control-allow-credentials"), "true");
        assert_eq!(allowed("access-control-allow-methods"), "OPTIONS, POST");
        assert_eq!(allowed("access-control-allow-headers"), "content-type, x-other");
        assert_eq!(allowed("access-control-max-age"), "31536000");
    }
}

#[tokio::test]
async fn a_server_that_stops_tells_its_sessions_to_come_back() {
    let server = server().await;
    let session = Session::pusher(&server, APP.key);
    let mut lines = listening(&session, "news").await;
    let (status, ()) = tokio::join!(server.terminate(SOON * 2), async {
        assert_eq!(lines.frames().await.unwrap()[0]["data"]["code"], 4100);
        assert!(lines.line().await.unwrap().starts_with("c[4100,"));
        assert_eq!(lines.next().await.unwrap(), None);
    });
    assert!(status.success());
}

#[tokio::test]
async fn the_frame_of_sockjs_runs_no_script_of_anybodys_choice() {
    let server = server().await;
    let path = "/pusher/iframe.html?js_path=https%3A%2F%2Fevil.example%2Fsockjs.js";
    let answer = reqwest::get(format!("{}{path}", server.base_url)).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let policy = header(answer.headers(), "content-security-policy").to_owned();
    assert_eq!(policy, "default-src 'none'; script-src 'unsafe-inline'");
    let page = answer.text().await.unwrap();
    assert!(!page.contains("evil") && !page.contains("src="), "{page}");
    assert!(page.contains("c[1006,"), "it tells SockJS to go on: {page}");
}

#[tokio::test]
async fn sockjs_learns_what_the_server_can_do() {
    let server = server().await;
    let info = async || {
        let answer = reqwest::get(format!("{}/pusher/info?t=1", server.base_url)).await.unwrap();
        assert_eq!(header(answer.headers(), "content-type"), "application/json; charset=UTF-8");
        assert!(header(answer.headers(), "cache-control").contains("no-store"));
        answer.json::<Value>().await.unwrap()
    };
    let (first, second) = (info().await, info().await);
    assert_eq!((&first["websocket"], &first["cookie_needed"]), (&json!(true), &json!(false)));
    assert_eq!(first["origins"], json!(["*:*"]));
    assert_ne!(first["entropy"], second["entropy"]);
}

#[tokio::test]
async fn a_stream_of_sockjs_has_a_prelude_and_ends_in_time_for_another() {
    let server = server().await;
    let session = Session::sockjs(&server);
    let mut lines = session.stream().await.unwrap();
    assert_eq!(lines.line().await.unwrap(), "h".repeat(2048));
    assert_eq!(lines.line().await.unwrap(), "o");
    session.introduce().await.unwrap();
    lines.frames().await.unwrap();
    session.subscribe("news").await.unwrap();
    lines.frames().await.unwrap();
    let api = PusherApi::of(&server, APP);
    let long = json!("x".repeat(10_000));
    for _ in 0..14 {
        api.trigger("news", "long", &long).await;
        assert_eq!(lines.frames().await.unwrap()[0]["event"], "long");
    }
    assert_eq!(lines.next().await.unwrap(), None, "more than 128 KiB were written");
    api.trigger("news", "between", &json!("x")).await;
    let mut lines = session.stream().await.unwrap();
    lines.line().await.unwrap();
    assert_eq!(lines.frames().await.unwrap()[0]["event"], "between");
}

#[tokio::test]
async fn sockjs_gets_its_lines_as_events() {
    let server = server().await;
    let session = Session::sockjs(&server);
    let answer = session.request(Method::GET, "eventsource", "").await.unwrap();
    assert_eq!(header(answer.headers(), "content-type"), "text/event-stream");
    let mut events = Lines { end: "\r\n", ..Lines::of(answer).unwrap() };
    assert_eq!(events.line().await.unwrap(), "", "one browser swallows the first line");
    events.end = "\r\n\r\n";
    assert_eq!(events.line().await.unwrap(), "data: o");
    session.introduce().await.unwrap();
    assert!(events.line().await.unwrap().starts_with("data: a[\"{"));
    session.subscribe("news").await.unwrap();
    events.line().await.unwrap();
    PusherApi::of(&server, APP).trigger("news", "extra", &json!("100%")).await;
    assert!(events.line().await.unwrap().contains("100%25"), "clients decode it");
}

/// What the SockJS that comes with pusher-js ends up with where nothing else gets through.
#[tokio::test]
async fn sockjs_gets_its_lines_as_scripts_and_sends_forms() {
    let server = server().await;
    let session = Session::sockjs(&server);
    let poll = async || {
        let answer = session.request(Method::GET, "jsonp?c=_jp.a1", "").await.unwrap();
        assert_eq!(header(answer.headers(), "x-content-type-options"), "nosniff");
        answer.text().await.unwrap()
    };
    assert_eq!(poll().await, "/**/_jp.a1(\"o\");\r\n");
    let hello = json!([json!({ "path": format!("/app/{}?{QUERY}", APP.key) }).to_string()]);
    let sent = session.client.post(format!("{}/jsonp_send?i=a1", session.url));
    let sent = sent.form(&[("d", hello.to_string())]).send().await.unwrap();
    assert_eq!(sent.status(), StatusCode::OK);
    assert_eq!(sent.text().await.unwrap(), "ok");
    assert!(poll().await.starts_with("/**/_jp.a1(\"a[\\\"{"));
    for query in ["", "?c=", "?c=alert(1)", "?callback=%3Cscript%3E"] {
        let answer = session.client.get(format!("{}/jsonp{query}", session.url)).send().await;
        assert_eq!(answer.unwrap().status(), StatusCode::INTERNAL_SERVER_ERROR, "{query}");
    }
}

#[tokio::test]
async fn sockjs_says_first_which_application_it_wants() {
    let server = server().await;
    for hello in ["\"x\"", "{}", r#"{"path":"/elsewhere"}"#, r#"{"path":"/app/a/b?protocol=7"}"#] {
        let session = Session::sockjs(&server);
        let session = Session { url: format!("{}{}", session.url, hello.len()), ..session };
        assert_eq!(session.poll().await.unwrap(), "o\n");
        let status = session.send_raw(&json!([hello]).to_string()).await.unwrap();
        assert_eq!(status, StatusCode::NO_CONTENT);
        assert_eq!(session.poll_frames().await.unwrap()[0]["data"]["code"], 4005, "{hello}");
        assert!(session.poll().await.unwrap().starts_with("c[4005,"));
    }
}

#[tokio::test]
async fn sockjs_over_a_websocket_gets_the_same_lines() {
    let server = server().await;
    let url = format!("ws://{}/pusher/042/abcd1234/websocket", server.address);
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    let mut next = async |sent: Option<Value>| {
        if let Some(sent) = sent {
            let message = json!([sent.to_string()]).to_string();
            socket.send(Message::text(message)).await.unwrap();
        }
        let message = timeout(SOON, socket.next()).await.unwrap().unwrap().unwrap();
        message.into_text().map(|text| text.to_string()).unwrap()
    };
    assert_eq!(next(None).await, "o");
    let path = format!("/app/{}?{QUERY}", APP.key);
    let established = frames(&next(Some(json!({ "path": path }))).await).unwrap();
    assert_eq!(established[0]["event"], "pusher:connection_established");
    let succeeded = frames(&next(Some(subscription("news"))).await).unwrap();
    assert_eq!(succeeded[0]["channel"], "news");
    PusherApi::of(&server, APP).trigger("news", "extra", &json!("x")).await;
    assert_eq!(frames(&next(None).await).unwrap()[0]["event"], "extra");
}

#[tokio::test]
async fn sockjs_over_a_websocket_is_told_why_it_ends() {
    let server = server().await;
    let url = format!("ws://{}/pusher/042/abcd1234/websocket", server.address);
    let ends = [json!([r#"{"path":"/app/no-such-key?protocol=7"}"#]).to_string(), "[".to_owned()];
    for (sent, code) in ends.into_iter().zip(["c[4001,", "c[1002,"]) {
        let (mut socket, _) = tokio_tungstenite::connect_async(&url).await.unwrap();
        socket.send(Message::text(sent)).await.unwrap();
        let mut lines = Vec::new();
        while let Ok(Some(Ok(Message::Text(line)))) = timeout(SOON, socket.next()).await {
            lines.push(line.to_string());
        }
        assert_eq!(lines.first().map(String::as_str), Some("o"));
        assert!(lines.last().unwrap().starts_with(code), "{lines:?}");
    }
}

/// pusher-js sends each frame in a request of its own, and does not wait for answers.
#[tokio::test]
async fn what_comes_in_one_request_after_another_is_heard_in_that_order() {
    let server = server().await;
    let session = Session::pusher(&server, APP.key);
    let mut lines = listening(&session, "news").await;
    let body = json!([subscription("slow").to_string()]).to_string();
    let (host, path) = (&server.address, session.url.trim_start_matches(&server.base_url));
    let head = format!(
        "POST {path}/xhr_send HTTP/1.1\r\nhost: {host}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut slow = TcpStream::connect(host).await.unwrap();
    slow.write_all(head.as_bytes()).await.unwrap();
    // Long enough for the server to have read the head.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let (quick, ()) = tokio::join!(session.subscribe("quick"), async {
        assert_eq!(lines.at_once().await, None, "the quick one waits for its turn");
        slow.write_all(body.as_bytes()).await.unwrap();
    });
    quick.unwrap();
    let mut came = Vec::new();
    while came.len() < 2 {
        came.extend(lines.frames().await.unwrap().into_iter().map(|it| it["channel"].clone()));
    }
    assert_eq!(came, ["slow", "quick"]);
}
