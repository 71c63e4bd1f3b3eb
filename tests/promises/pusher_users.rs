//! Users who signed in: what is for one of them is for nobody else.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::pusher::{PusherApp, PusherSocket};
use crate::support::pusher_api::PusherApi;

const APP: PusherApp = PusherApp::TEST;
const WATCHLIST: &str = "pusher_internal:watchlist_events";

async fn serve() -> Arc<TestApp> {
    APP.serve(json!({ "client_events": true })).await
}

async fn connect(server: &TestApp) -> PusherSocket {
    PusherSocket::connect(server, APP).await.unwrap()
}

async fn signed_in(server: &TestApp, user: Value) -> PusherSocket {
    let mut socket = connect(server).await;
    assert_eq!(socket.sign_in(&user).await.unwrap(), user, "the user is told back as it was");
    socket
}

fn api(server: &TestApp) -> PusherApi {
    PusherApi::new(server, APP.id, APP.key, APP.secret)
}

#[tokio::test]
async fn what_is_sent_to_a_user_reaches_that_user_alone() {
    let server = serve().await;
    let mut ada = signed_in(&server, json!({ "id": "ada" })).await;
    let mut second = signed_in(&server, json!({ "id": "ada" })).await;
    let mut bo = signed_in(&server, json!({ "id": "bo" })).await;
    // A member of that id is not that user, and neither is the user of another app.
    let mut member = connect(&server).await;
    member.join("presence-a", &json!({ "user_id": "ada" })).await.unwrap();
    let mut elsewhere = PusherSocket::connect(&server, PusherApp::OTHER).await.unwrap();
    elsewhere.sign_in(&json!({ "id": "ada" })).await.unwrap();
    let mut nobody = connect(&server).await;

    let own = "#server-to-user-ada";
    ada.subscribe(own).await.unwrap();
    second.subscribe(own).await.unwrap();
    for socket in [&mut bo, &mut member, &mut nobody] {
        socket.subscribe(own).await.unwrap_err();
        // Not even with the app's signature.
        let auth = APP.authorize(&socket.socket_id, own, None);
        socket.ask_to_subscribe(own, &auth, None).await.unwrap();
        socket.next("pusher:subscription_error").await.unwrap();
    }
    api(&server).trigger(own, "note", &json!({ "for": "ada" })).await;
    let note = json!({ "event": "note", "channel": own, "data": r#"{"for":"ada"}"# });
    for socket in [&mut ada, &mut second] {
        assert_eq!(socket.all_until_pong().await.unwrap(), std::slice::from_ref(&note));
    }
    for socket in [&mut bo, &mut member, &mut elsewhere, &mut nobody] {
        assert!(socket.all_until_pong().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn the_channels_of_users_are_not_listed() {
    let server = serve().await;
    let mut ada = signed_in(&server, json!({ "id": "ada" })).await;
    ada.subscribe("#server-to-user-ada").await.unwrap();
    ada.subscribe("news").await.unwrap();
    let listed = api(&server).get("/channels", &[]).await;
    assert_eq!(listed, json!({ "channels": { "news": {} } }));
}

#[tokio::test]
async fn clients_say_nothing_on_the_channel_of_a_user() {
    let server = serve().await;
    let mut ada = signed_in(&server, json!({ "id": "ada" })).await;
    let mut second = signed_in(&server, json!({ "id": "ada" })).await;
    for socket in [&mut ada, &mut second] {
        socket.subscribe("#server-to-user-ada").await.unwrap();
    }
    ada.say("#server-to-user-ada", "client-x", json!({})).await.unwrap();
    ada.next("pusher:error").await.unwrap();
    assert!(second.all_until_pong().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_user_is_online_as_long_as_one_connection_is() {
    let server = serve().await;
    let watcher = json!({ "id": "watcher", "watchlist": ["ada"] });
    let mut watcher = signed_in(&server, watcher).await;
    let states = |name: &str| json!({ "events": [{ "name": name, "user_ids": ["ada"] }] });
    assert_eq!(watcher.next_data(WATCHLIST).await.unwrap(), states("offline"));
    let first = signed_in(&server, json!({ "id": "ada" })).await;
    assert_eq!(watcher.next_data(WATCHLIST).await.unwrap(), states("online"));
    let second = signed_in(&server, json!({ "id": "ada" })).await;
    first.vanish();
    let mut third = signed_in(&server, json!({ "id": "ada" })).await;
    second.leave().await;
    assert!(third.all_until_pong().await.unwrap().is_empty());
    assert!(watcher.all_until_pong().await.unwrap().is_empty(), "nothing has changed");
    third.leave().await;
    assert_eq!(watcher.next_data(WATCHLIST).await.unwrap(), states("offline"));
}

#[tokio::test]
async fn two_who_watch_each_other_and_come_at_once_both_see_the_other() {
    let server = serve().await;
    for turn in 0..20 {
        let (ada, bo) = (format!("ada-{turn}"), format!("bo-{turn}"));
        let come = async |own: &str, other: &str| {
            let user = json!({ "id": own, "watchlist": [other] });
            let mut socket = signed_in(&server, user).await;
            let online = json!([{ "name": "online", "user_ids": [other] }]);
            while socket.next_data(WATCHLIST).await.unwrap()["events"] != online {}
            socket
        };
        let _both = tokio::join!(come(&ada, &bo), come(&bo, &ada));
    }
}
