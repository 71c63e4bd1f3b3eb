//! A session that is made of many requests stays with its node, and whoever is turned away by a node that
//! stops is taken by another.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures_util::future::join_all;
use futures_util::{SinkExt, StreamExt};
use reqwest::{Client, Method, StatusCode};
use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;

use crate::support::pusher::PusherApp;
use crate::support::{Balancer, BalancerKind, Database, Door, Socket, TestApp};

/// Enough that some of them meet each node.
const CLIENTS: u8 = 12;

/// A Socket.IO session over long-polling.
pub(super) struct Polling {
    url: String,
    sid: String,
    client: Client,
}

impl Polling {
    /// Shakes hands and joins the main namespace, from this address.
    pub(super) async fn begin(door: &Door, from: Option<Ipv4Addr>) -> Result<Self> {
        let client = Client::builder().local_address(from.map(IpAddr::V4)).build()?;
        let url = format!("{}/socket.io/?EIO=4&transport=polling", door.base_url);
        let hello = client.get(&url).send().await?.error_for_status()?.text().await?;
        let handshake: Value = serde_json::from_str(hello.get(1..).context("no handshake")?)?;
        let sid = handshake["sid"].as_str().context("no session")?.to_owned();
        let session = Self { url: format!("{url}&sid={sid}"), sid, client };
        ensure!(session.post("40".to_owned()).await? == StatusCode::OK, "it may not join");
        ensure!(session.poll().await?.starts_with("40"), "it has not joined");
        Ok(session)
    }

    /// Posts a payload.
    pub(super) async fn post(&self, body: String) -> Result<StatusCode> {
        Ok(self.client.post(&self.url).body(body).send().await?.status())
    }

    async fn poll(&self) -> Result<String> {
        Ok(self.client.get(&self.url).send().await?.error_for_status()?.text().await?)
    }

    /// Asks for something that is answered, so many times over.
    async fn converse(&self, times: usize) -> Result<()> {
        for number in 0..times {
            let question = format!("42{number}[\"join_queue\"]");
            ensure!(self.post(question).await? == StatusCode::OK, "the session is unknown");
            // Events may come before it.
            while !self.poll().await?.contains(&format!("43{number}[")) {}
        }
        Ok(())
    }

    /// Takes the session over to a WebSocket.
    async fn upgrade(&self, door: &Door) -> Result<()> {
        let address = &door.address;
        let url = format!("ws://{address}/socket.io/?EIO=4&transport=websocket&sid={}", self.sid);
        let (mut stream, _) = tokio_tungstenite::connect_async(url).await?;
        stream.send(Message::text("2probe")).await?;
        let answer = stream.next().await.context("it ended")??;
        ensure!(answer == Message::text("3probe"), "no upgrade but {answer}");
        Ok(())
    }
}

/// Two servers that know nothing of each other: a request that goes astray is noticed.
async fn strangers(kind: BalancerKind) -> Option<(Vec<Arc<TestApp>>, Balancer)> {
    let apps = serde_json::json!([PusherApp::TEST.configured(&serde_json::json!({}))]).to_string();
    let settings = [("PUSHER__APPS", apps.as_str()), ("REALTIME__DRAIN_MS", "1500")];
    let mut servers = Vec::new();
    for name in ["server-0", "server-1"] {
        servers.push(TestApp::start_as(name, &Database::Sqlite, &settings, None).await);
    }
    let doors: Vec<&Door> = servers.iter().map(|server| &***server).collect();
    let balancer = Balancer::start(kind, &doors).await?;
    Some((servers, balancer))
}

async fn polling_stays_with_its_node(kind: BalancerKind) {
    let Some((servers, balancer)) = strangers(kind).await else { return };
    let sessions = (1..=CLIENTS).map(async |number| {
        let from = Ipv4Addr::new(127, 0, 0, number);
        let session = Polling::begin(&balancer.door, Some(from)).await?;
        session.converse(5).await?;
        // The client of the WebSocket has the first address, so only the session of that one can be met.
        if number == 1 { session.upgrade(&balancer.door).await } else { Ok(()) }
    });
    for outcome in join_all(sessions).await {
        outcome.unwrap();
    }
    for server in &servers {
        assert!(server.figure("switchboard_sockets_total").await > 0.0, "each node had some");
    }
}

#[tokio::test]
async fn polling_stays_with_its_node_behind_nginx() {
    polling_stays_with_its_node(BalancerKind::Nginx).await;
}

#[tokio::test]
async fn polling_stays_with_its_node_behind_haproxy() {
    polling_stays_with_its_node(BalancerKind::HaProxy).await;
}

/// pusher-js without a WebSocket: all clients have one address, and each session has a name.
async fn pushers_requests_stay_with_their_node(kind: BalancerKind) {
    let Some((_servers, balancer)) = strangers(kind).await else { return };
    let client = Client::new();
    let ask = async |session: u8, transport: &str, body: &'static str| {
        let (base, key) = (&balancer.door.base_url, PusherApp::TEST.key);
        let url = format!("{base}/pusher/app/{key}/042/session{session}/{transport}?protocol=7");
        client.request(Method::POST, url).body(body).send().await.unwrap()
    };
    for session in 0..CLIENTS {
        let opened = ask(session, "xhr", "").await.text().await.unwrap();
        assert!(opened.starts_with('o'), "{opened:?}");
        let told = ask(session, "xhr", "").await.text().await.unwrap();
        assert!(told.contains("connection_established"), "{told:?}");
        let ping = r#"["{\"event\":\"pusher:ping\",\"data\":{}}"]"#;
        assert_eq!(ask(session, "xhr_send", ping).await.status(), 204);
        let answered = ask(session, "xhr", "").await.text().await.unwrap();
        assert!(answered.contains("pusher:pong"), "{answered:?}");
    }
}

#[tokio::test]
async fn pushers_requests_stay_with_their_node_behind_nginx() {
    pushers_requests_stay_with_their_node(BalancerKind::Nginx).await;
}

#[tokio::test]
async fn pushers_requests_stay_with_their_node_behind_haproxy() {
    pushers_requests_stay_with_their_node(BalancerKind::HaProxy).await;
}

/// While one node lets its clients go, those who come meet the other, and none of them is refused.
async fn a_node_that_stops_refuses_nobody(kind: BalancerKind) {
    let Some((servers, balancer)) = strangers(kind).await else { return };
    let mut there = Vec::new();
    for _ in 0..CLIENTS {
        there.push(Socket::connect(&balancer.door.base_url, &[]).await.unwrap());
    }
    let stopping = servers[0].terminate(Duration::from_secs(20));
    let coming = async {
        for number in 0..60 {
            let came = Socket::connect(&balancer.door.base_url, &[]).await;
            came.unwrap_or_else(|error| panic!("newcomer {number}: {error:#}")).leave().await;
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
    };
    let (status, ()) = tokio::join!(stopping, coming);
    assert!(status.success(), "{status}");
    drop(there);
}

#[tokio::test]
async fn a_node_that_stops_behind_nginx_refuses_nobody() {
    a_node_that_stops_refuses_nobody(BalancerKind::Nginx).await;
}

#[tokio::test]
async fn a_node_that_stops_behind_haproxy_refuses_nobody() {
    a_node_that_stops_refuses_nobody(BalancerKind::HaProxy).await;
}
