//! Applications are changed beside a running server, and it follows within seconds. A disabled one is
//! closed with 4003.

use std::sync::Arc;

use reqwest::Method;
use serde_json::json;

use crate::support::pusher::{self, PusherApp, PusherSocket};
use crate::support::pusher_api::PusherApi;
use crate::support::{TestApp, eventually};

/// Makes an application with the command, while the server runs.
fn create(server: &TestApp) -> PusherApp {
    let told = server.run(&["apps", "create", "--organization", "Demo", "--client-events"], &[]);
    assert!(told.status.success(), "{}", told.stderr);
    let [id, key, secret] = ["app_id", "key", "secret"].map(|word| shown(&told.stdout, word));
    PusherApp { id, key, secret }
}

/// What a command printed behind this word; kept for as long as the tests run.
fn shown(stdout: &str, word: &str) -> &'static str {
    let line = stdout.lines().find_map(|line| line.strip_prefix(word));
    let text = line.unwrap_or_else(|| panic!("no {word} in: {stdout}")).trim();
    String::leak(text.to_owned())
}

async fn subscribes(server: &Arc<TestApp>, app: PusherApp) -> bool {
    let mut socket = PusherSocket::connect(server, app).await.unwrap();
    socket.subscribe("private-a").await.is_ok()
}

#[tokio::test]
async fn an_app_works_from_the_moment_it_is_made() {
    let server = TestApp::start().await;
    // Asking for what is not there yet must not keep it from being found later.
    let unknown = pusher::path("no-such-key");
    PusherSocket::refused(&server, &unknown, &[]).await.unwrap();
    let app = create(&server);
    let mut socket = PusherSocket::connect(&server, app).await.unwrap();
    socket.subscribe("private-a").await.unwrap();
    let api = PusherApi::new(&server, app.id, app.key, app.secret);
    api.trigger("private-a", "told", &json!(1)).await;
    socket.next("told").await.unwrap();
}

#[tokio::test]
async fn a_secret_that_was_replaced_soon_signs_nothing_and_those_who_are_there_stay() {
    let server = TestApp::start().await;
    let before = create(&server);
    let mut here = PusherSocket::connect(&server, before).await.unwrap();
    here.subscribe("private-a").await.unwrap();
    let told = server.run(&["apps", "rotate", before.id], &[]);
    let after = PusherApp { secret: shown(&told.stdout, "secret"), ..before };
    assert_ne!(before.secret, after.secret);
    eventually("the new secret opens", async || subscribes(&server, after).await).await;
    assert!(!subscribes(&server, before).await, "the old one does not");
    let old = PusherApi::new(&server, before.id, before.key, before.secret);
    let refused = old.send(Method::GET, "/channels", &[], None).await;
    assert_eq!(refused.status(), 401);
    let new = PusherApi::new(&server, after.id, after.key, after.secret);
    new.trigger("private-a", "told", &json!(1)).await;
    here.next("told").await.unwrap();
}

#[tokio::test]
async fn a_disabled_app_is_closed_and_an_enabled_one_open_again() {
    let server = TestApp::start().await;
    let app = create(&server);
    let mut here = PusherSocket::connect(&server, app).await.unwrap();
    assert!(server.run(&["apps", "disable", app.id], &[]).status.success());
    assert_eq!(here.closed().await.unwrap(), Some(4003));
    let told = here.kept_event("pusher:error").expect("an error frame came first");
    assert_eq!(told["data"]["code"], 4003);
    let refused = PusherSocket::refused(&server, &pusher::path(app.key), &[]).await.unwrap();
    assert_eq!((&refused.error["code"], refused.code), (&json!(4003), Some(4003)));
    let api = PusherApi::new(&server, app.id, app.key, app.secret);
    let refused = api.send(Method::GET, "/channels", &[], None).await;
    assert_eq!(refused.status(), 403);
    assert!(server.run(&["apps", "enable", app.id], &[]).status.success());
    let opens = async || PusherSocket::connect(&server, app).await.is_ok();
    eventually("it is open again", opens).await;
}

#[tokio::test]
async fn apps_know_nothing_of_one_another() {
    let server = PusherApp::TEST.serve(json!({})).await;
    let (one, two) = (PusherApp::TEST, PusherApp::OTHER);
    let mut socket = PusherSocket::connect(&server, one).await.unwrap();
    socket.join("presence-a", &json!({ "user_id": "ada" })).await.unwrap();
    socket.sign_in(&json!({ "id": "ada" })).await.unwrap();
    let other = PusherApi::new(&server, two.id, two.key, two.secret);
    assert_eq!(other.get("/channels", &[]).await, json!({ "channels": {} }));
    assert_eq!(other.get("/channels/presence-a/users", &[]).await, json!({ "users": [] }));
    other.post("/users/ada/terminate_connections", &json!({})).await;
    // The signature of one app is nothing to another, and neither is its key.
    let mut stranger = PusherSocket::connect(&server, two).await.unwrap();
    let auth = one.authorize(&stranger.socket_id, "private-a", None);
    stranger.ask_to_subscribe("private-a", &auth, None).await.unwrap();
    stranger.next("pusher:subscription_error").await.unwrap();
    let mixed = PusherApi::new(&server, one.id, two.key, two.secret);
    let refused = mixed.send(Method::GET, "/channels", &[], None).await;
    assert_eq!(refused.status(), 401);
    assert!(socket.all_until_pong().await.unwrap().is_empty(), "ada is where she was");
}
