//! Every code that a Pusher connection is refused or closed with, each as an error frame and as the code
//! of the close: clients look at either.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::support::pusher::{self, PusherApp, PusherSocket};
use crate::support::pusher_api::PusherApi;
use crate::support::{SOON, TestApp};

const APP: PusherApp = PusherApp::TEST;

/// The two places of the code with which this path is refused.
async fn refused(server: &TestApp, path: &str, headers: &[(&'static str, &str)]) -> (u64, u16) {
    let refused = PusherSocket::refused(server, path, headers).await.unwrap();
    let message = refused.error["message"].as_str().unwrap();
    assert!(message.len() > 10, "{message} says why");
    (refused.error["code"].as_u64().unwrap(), refused.code.expect("the close has a code"))
}

/// The two places of the code with which a connection is ended.
async fn ended(mut socket: PusherSocket) -> (u64, u16) {
    let code = socket.closed().await.unwrap().expect("the close has a code");
    let error = socket.kept_event("pusher:error").expect("an error frame came first");
    (error["data"]["code"].as_u64().unwrap(), code)
}

async fn connect(server: &TestApp) -> PusherSocket {
    PusherSocket::connect(server, APP).await.unwrap()
}

#[tokio::test]
async fn an_app_for_tls_alone_sends_others_to_tls_with_4000() {
    let proxies = [("SERVER__TRUSTED_PROXIES", r#"["127.0.0.1"]"#)];
    let server = APP.serve_with(json!({ "tls_only": true }), &proxies).await;
    let path = pusher::path(APP.key);
    assert_eq!(refused(&server, &path, &[]).await, (4000, 4000));
    let in_the_clear = [("x-forwarded-proto", "http")];
    assert_eq!(refused(&server, &path, &in_the_clear).await, (4000, 4000));
    // The proxy that ends TLS says so.
    let over_tls = [("x-forwarded-proto", "https")];
    PusherSocket::connect_with_headers(&server, APP, &over_tls).await.unwrap();
}

#[tokio::test]
async fn a_key_that_no_app_has_is_4001() {
    let server = APP.serve(json!({})).await;
    for key in ["no-such-key", "", "%00", &"x".repeat(5_000)] {
        assert_eq!(refused(&server, &pusher::path(key), &[]).await, (4001, 4001), "{key}");
    }
}

#[tokio::test]
async fn an_app_over_its_quota_of_connections_is_4004() {
    let server = APP.serve(json!({ "connections_max": 2 })).await;
    let (first, _second) = (connect(&server).await, connect(&server).await);
    assert_eq!(refused(&server, &pusher::path(APP.key), &[]).await, (4004, 4004));
    first.leave().await;
    let deadline = Instant::now() + SOON;
    while PusherSocket::connect(&server, APP).await.is_err() {
        assert!(Instant::now() < deadline, "the place is never given back");
    }
}

#[tokio::test]
async fn a_path_that_is_none_is_4005() {
    let server = APP.serve(json!({})).await;
    let path = format!("/app/{}/and/more?protocol=7&client=js&version=8.6.0", APP.key);
    assert_eq!(refused(&server, &path, &[]).await, (4005, 4005));
}

#[tokio::test]
async fn a_version_that_is_none_is_4006() {
    let server = APP.serve(json!({})).await;
    let path = format!("/app/{}?protocol=7&client=js&version=%3Cb%3E", APP.key);
    assert_eq!(refused(&server, &path, &[]).await, (4006, 4006));
}

#[tokio::test]
async fn a_protocol_that_is_not_spoken_is_4007() {
    let server = APP.serve(json!({})).await;
    for protocol in ["99", "-1", "seven", "7.0", "18446744073709551623"] {
        let path = format!("/app/{}?protocol={protocol}&client=js&version=8.6.0", APP.key);
        assert_eq!(refused(&server, &path, &[]).await, (4007, 4007), "{protocol}");
    }
    // Clients that have not learnt the newest yet are at home.
    for protocol in [5, 6, 7] {
        let path = format!("/app/{}?client=Pysher&version=1.0.7&protocol={protocol}", APP.key);
        PusherSocket::connect_to(&server, APP, &path).await.unwrap().leave().await;
    }
}

#[tokio::test]
async fn no_protocol_at_all_is_4008() {
    let server = APP.serve(json!({})).await;
    let path = format!("/app/{}?client=js&version=8.6.0", APP.key);
    assert_eq!(refused(&server, &path, &[]).await, (4008, 4008));
}

#[tokio::test]
async fn a_signin_that_is_not_the_apps_is_4009() {
    let server = APP.serve(json!({})).await;
    let forged =
        json!({ "auth": format!("{}:{}", APP.key, "0".repeat(64)), "user_data": r#"{"id":"1"}"# });
    let foreign = {
        let socket = connect(&server).await;
        let auth = PusherApp::OTHER.authenticate(&socket.socket_id, r#"{"id":"1"}"#);
        (socket, json!({ "auth": auth, "user_data": r#"{"id":"1"}"# }))
    };
    for (mut socket, data) in [(connect(&server).await, forged), foreign] {
        socket.send("pusher:signin", data).await.unwrap();
        assert_eq!(ended(socket).await, (4009, 4009));
    }
    // Signed, and yet nobody: an id is text, and there must be one.
    for user_data in [r"{}", r#"{"id":""}"#, r#"{"id":5}"#, "[]", "nonsense"] {
        let mut socket = connect(&server).await;
        let auth = APP.authenticate(&socket.socket_id, user_data);
        let data = json!({ "auth": auth, "user_data": user_data });
        socket.send("pusher:signin", data).await.unwrap();
        assert_eq!(ended(socket).await, (4009, 4009), "{user_data}");
    }
}

#[tokio::test]
async fn a_second_signin_as_somebody_else_is_4009() {
    let server = APP.serve(json!({})).await;
    let mut socket = connect(&server).await;
    socket.sign_in(&json!({ "id": "ada" })).await.unwrap();
    socket.sign_in(&json!({ "id": "ada" })).await.unwrap();
    socket.sign_in(&json!({ "id": "bo" })).await.unwrap_err();
    assert_eq!(socket.closed().await.unwrap(), Some(4009));
}

#[tokio::test]
async fn the_connections_of_a_terminated_user_are_4009() {
    let server = APP.serve(json!({})).await;
    let (mut one, mut two, mut other) =
        (connect(&server).await, connect(&server).await, connect(&server).await);
    one.sign_in(&json!({ "id": "ada" })).await.unwrap();
    two.sign_in(&json!({ "id": "ada" })).await.unwrap();
    other.sign_in(&json!({ "id": "bo" })).await.unwrap();
    // Being a member of a channel is not being signed in.
    let mut member = connect(&server).await;
    member.join("presence-a", &json!({ "user_id": "ada" })).await.unwrap();
    let api = PusherApi::new(&server, APP.id, APP.key, APP.secret);
    let answer = api.post("/users/ada/terminate_connections", &json!({})).await;
    assert_eq!(answer, json!({}));
    assert_eq!(ended(one).await, (4009, 4009));
    assert_eq!(ended(two).await, (4009, 4009));
    assert!(other.all_until_pong().await.unwrap().is_empty());
    assert!(member.all_until_pong().await.unwrap().is_empty());
}

#[tokio::test]
async fn who_is_not_authorized_in_time_is_4009_where_the_app_wants_that() {
    let settings = json!({ "authorized_connections": true, "authorized_connections_ms": 700 });
    let server = APP.serve(settings).await;
    let (mut stranger, mut signed, mut subscribed) =
        (connect(&server).await, connect(&server).await, connect(&server).await);
    stranger.subscribe("news").await.unwrap();
    signed.sign_in(&json!({ "id": "ada" })).await.unwrap();
    subscribed.subscribe("private-a").await.unwrap();
    assert_eq!(ended(stranger).await, (4009, 4009));
    assert!(signed.all_until_pong().await.unwrap().is_empty());
    assert!(subscribed.all_until_pong().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_origin_that_the_app_does_not_name_is_4009() {
    let server = APP.serve(json!({ "allowed_origins": ["https://shop.example"] })).await;
    let path = pusher::path(APP.key);
    for origin in ["https://evil.example", "https://shop.example.evil.example", "null"] {
        let headers = [("origin", origin)];
        assert_eq!(refused(&server, &path, &headers).await, (4009, 4009), "{origin}");
    }
    let own = [("origin", "https://shop.example")];
    PusherSocket::connect_with_headers(&server, APP, &own).await.unwrap();
}

#[tokio::test]
async fn too_many_connections_of_one_address_are_told_to_come_back_with_4100() {
    let limit = [
        ("REALTIME__CONNECTIONS_PER_ADDRESS", "1"),
        ("SERVER__TRUSTED_PROXIES", r#"["127.0.0.1"]"#),
    ];
    let server = APP.serve_with(json!({}), &limit).await;
    let headers = [("x-forwarded-for", "203.0.113.7")];
    let _here = PusherSocket::connect_with_headers(&server, APP, &headers).await.unwrap();
    assert_eq!(refused(&server, &pusher::path(APP.key), &headers).await, (4100, 4100));
}

#[tokio::test]
async fn a_server_that_ends_tells_its_clients_to_come_back_with_4100() {
    let server = APP.serve(json!({})).await;
    let (one, two) = (connect(&server).await, connect(&server).await);
    let (status, first, second) = tokio::join!(server.terminate(SOON), ended(one), ended(two));
    assert_eq!([first, second], [(4100, 4100); 2]);
    assert!(status.success());
}

#[tokio::test]
async fn who_does_not_answer_a_ping_is_4201_and_who_speaks_is_not_asked() {
    let impatient = [("PUSHER__ACTIVITY_TIMEOUT_MS", "1000"), ("PUSHER__PONG_TIMEOUT_MS", "300")];
    let server = APP.serve_with(json!({}), &impatient).await;
    let (silent, mut polite, mut lively) =
        (connect(&server).await, connect(&server).await, connect(&server).await);
    assert_eq!(silent.activity_timeout, 1);
    let talking = async {
        let until = Instant::now() + Duration::from_millis(2_500);
        while Instant::now() < until {
            let heard = lively.all_until_pong().await.unwrap();
            assert!(heard.is_empty(), "who speaks is not asked: {heard:?}");
            sleep(Duration::from_millis(100)).await;
        }
    };
    let answering = async {
        for _ in 0..2 {
            let ping = polite.next("pusher:ping").await.unwrap();
            assert_eq!(ping["data"], json!({}));
            polite.send("pusher:pong", json!({})).await.unwrap();
        }
    };
    let (closed, (), ()) = tokio::join!(ended(silent), answering, talking);
    assert_eq!(closed, (4201, 4201));
}

#[tokio::test]
async fn client_events_that_may_not_be_sent_are_4301_and_the_connection_stays() {
    let server = APP.serve(json!({ "client_events": true })).await;
    let mut socket = connect(&server).await;
    socket.subscribe("news").await.unwrap();
    socket.subscribe("private-a").await.unwrap();
    let elsewhere = ["news", "private-never-subscribed", "#server-to-user-ada", "no channel"];
    for channel in elsewhere {
        socket.say(channel, "client-x", json!({})).await.unwrap();
        let told = socket.all_until_pong().await.unwrap();
        assert_eq!(told.len(), 1, "{channel}: {told:?}");
        assert_eq!(told[0]["data"]["code"], 4301, "{channel}");
    }
    // What the protocol itself says is not for clients to say.
    let own = ["pusher:hello", "pusher_internal:member_added", "message", "Client-x"];
    for event in own {
        socket.say("private-a", event, json!({})).await.unwrap();
        let told = socket.all_until_pong().await.unwrap();
        assert_eq!(told.len(), 1, "{event}: {told:?}");
        assert_eq!(told[0]["event"], "pusher:error", "{event}");
    }
}

#[tokio::test]
async fn a_watchlist_over_its_limit_is_4302_and_its_first_hundred_are_watched() {
    let server = APP.serve(json!({})).await;
    let mut watched = connect(&server).await;
    watched.sign_in(&json!({ "id": "user-99" })).await.unwrap();
    let names = |count| (0..count).map(|it| format!("user-{it}")).collect::<Vec<_>>();
    let mut content = connect(&server).await;
    content.sign_in(&json!({ "id": "a", "watchlist": names(100) })).await.unwrap();
    content.next("pusher_internal:watchlist_events").await.unwrap();
    assert!(content.all_until_pong().await.unwrap().is_empty());
    let mut greedy = connect(&server).await;
    greedy.sign_in(&json!({ "id": "b", "watchlist": names(101) })).await.unwrap();
    let told = greedy.next("pusher:error").await.unwrap();
    assert_eq!(told["data"]["code"], 4302);
    let states = greedy.next_data("pusher_internal:watchlist_events").await.unwrap();
    let online = json!({ "name": "online", "user_ids": ["user-99"] });
    assert!(states["events"].as_array().unwrap().contains(&online), "{states}");
    let offline = states["events"].as_array().unwrap().iter().find(|it| it["name"] == "offline");
    assert_eq!(offline.unwrap()["user_ids"].as_array().unwrap().len(), 99);
}
