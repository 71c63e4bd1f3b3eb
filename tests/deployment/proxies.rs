//! Clients come through nginx and HAProxy as if nothing were in between.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use reqwest::Client;
use serde_json::json;

use super::sessions::Polling;
use crate::support::pusher::{PusherApp, PusherSocket};
use crate::support::pusher_api::PusherApi;
use crate::support::{Balancer, BalancerKind, Database, Door, Script, TestApp, Visitor};

const PUSHER: PusherApp = PusherApp::TEST;

/// A server behind a proxy that it trusts, with these settings too.
async fn behind(
    kind: BalancerKind,
    settings: &[(&str, &str)],
) -> Option<(std::sync::Arc<TestApp>, Balancer)> {
    let apps = json!([PUSHER.configured(&json!({}))]).to_string();
    let own = [("SERVER__TRUSTED_PROXIES", r#"["127.0.0.1"]"#), ("PUSHER__APPS", apps.as_str())];
    let app = TestApp::start_with(&Database::Sqlite, &[&own, settings].concat()).await;
    let balancer = Balancer::start(kind, &[&app]).await?;
    Some((app, balancer))
}

/// The whole life of a conversation over TLS, with the client that pages use.
async fn people_converse(kind: BalancerKind) {
    let Some((app, balancer)) = behind(kind, &[]).await else { return };
    let certificate = balancer.certificate();
    for transport in ["websocket", "polling", "upgrade"] {
        converses(&app, &balancer.secure_url, &certificate, transport).await;
    }
}

async fn converses(app: &TestApp, url: &str, certificate: &Path, transport: &str) {
    let certificate = certificate.display().to_string();
    let environment = [
        ("BASE_URL", url),
        ("DEMO", app.demo_json.as_str()),
        ("NODE_EXTRA_CA_CERTS", certificate.as_str()),
        ("CLIENT", "socket.io-client"),
        ("TRANSPORT", transport),
    ];
    Script::Node("clients/javascript/conversation.mjs").run(&environment).await;
}

#[tokio::test]
async fn people_converse_through_nginx() {
    people_converse(BalancerKind::Nginx).await;
}

#[tokio::test]
async fn people_converse_through_haproxy() {
    people_converse(BalancerKind::HaProxy).await;
}

/// Who publishes and who listens are both behind the proxy; a path that were changed would break the
/// signature.
async fn programs_publish(kind: BalancerKind) {
    let Some((_app, balancer)) = behind(kind, &[]).await else { return };
    let mut socket = PusherSocket::connect(&balancer.door, PUSHER).await.unwrap();
    socket.subscribe("private-room").await.unwrap();
    let api = PusherApi::of(&balancer.door, PUSHER);
    api.trigger("private-room", "told", &json!({"n": 1})).await;
    assert_eq!(socket.next_data("told").await.unwrap(), json!({"n": 1}));
}

#[tokio::test]
async fn programs_publish_through_nginx() {
    programs_publish(BalancerKind::Nginx).await;
}

#[tokio::test]
async fn programs_publish_through_haproxy() {
    programs_publish(BalancerKind::HaProxy).await;
}

/// A body that is allowed arrives whole; one that is not is refused by the server, in its words.
async fn sizes_are_the_servers(kind: BalancerKind) {
    let Some((_app, balancer)) = behind(kind, &[]).await else { return };
    let mut visitor = Visitor::arrive(&balancer.door, "writes a lot").await.unwrap();
    let long = "x".repeat(9_900);
    assert_eq!(visitor.say(&long).await.unwrap()["content"], long);

    assert_ne!(posted(&balancer.door, 900_000).await, 413, "it arrived");
    assert_eq!(posted(&balancer.door, 1_000_001).await, 413);
}

/// What a new session over long-polling is answered when it posts so much.
async fn posted(door: &Door, bytes: usize) -> u16 {
    let session = Polling::begin(door, None).await.unwrap();
    session.post("4".repeat(bytes)).await.unwrap().as_u16()
}

#[tokio::test]
async fn sizes_are_the_servers_behind_nginx() {
    sizes_are_the_servers(BalancerKind::Nginx).await;
}

#[tokio::test]
async fn sizes_are_the_servers_behind_haproxy() {
    sizes_are_the_servers(BalancerKind::HaProxy).await;
}

/// Attempts to log in are counted by address: of the client, whatever it says of itself, and not of the
/// proxy.
async fn addresses_are_the_clients(kind: BalancerKind) {
    let settings = [("LIMITS__LOGIN_ATTEMPTS", "2")];
    let Some((_app, balancer)) = behind(kind, &settings).await else { return };
    let first = Ipv4Addr::new(127, 0, 0, 2);
    let statuses = [
        attempt(&balancer.door, first, None).await,
        attempt(&balancer.door, first, None).await,
        attempt(&balancer.door, first, None).await,
        attempt(&balancer.door, first, Some("203.0.113.1")).await,
        attempt(&balancer.door, Ipv4Addr::new(127, 0, 0, 3), None).await,
    ];
    assert_eq!(statuses, [401, 401, 429, 429, 401]);
}

/// Logs in wrongly from this address, and says that it is another.
async fn attempt(door: &Door, from: Ipv4Addr, pretended: Option<&str>) -> u16 {
    let mut headers = reqwest::header::HeaderMap::new();
    if let Some(pretended) = pretended {
        headers.insert("x-forwarded-for", pretended.parse().unwrap());
    }
    let client =
        Client::builder().local_address(IpAddr::V4(from)).default_headers(headers).build().unwrap();
    let email = &door.demo.agents[0].email;
    let answer =
        crate::support::submit_login(&client, &door.base_url, email, "wrong").await.unwrap();
    answer.status().as_u16()
}

#[tokio::test]
async fn addresses_are_the_clients_behind_nginx() {
    addresses_are_the_clients(BalancerKind::Nginx).await;
}

#[tokio::test]
async fn addresses_are_the_clients_behind_haproxy() {
    addresses_are_the_clients(BalancerKind::HaProxy).await;
}

/// Figures are for operators.
async fn figures_are_not_shown(kind: BalancerKind) {
    let Some((app, balancer)) = behind(kind, &[]).await else { return };
    assert_eq!(app.page("/metrics").await.0, 200);
    let answer = reqwest::get(format!("{}/metrics", balancer.door.base_url)).await.unwrap();
    assert_eq!(answer.status(), 404);
    assert!(!answer.text().await.unwrap().contains("switchboard_"));
}

#[tokio::test]
async fn figures_are_not_shown_by_nginx() {
    figures_are_not_shown(BalancerKind::Nginx).await;
}

#[tokio::test]
async fn figures_are_not_shown_by_haproxy() {
    figures_are_not_shown(BalancerKind::HaProxy).await;
}
