//! The HTTP API of Pusher: answers as the SDKs expect them, and nothing for those who cannot sign.

use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::support::pusher::{PusherApp, PusherSocket};
use crate::support::pusher_api::{PusherApi, SignedRequest, now_s};
use crate::support::{SOON, TestApp};

/// An event for one channel.
fn event(channel: &str) -> Value {
    json!({"name": "news", "channel": channel, "data": "{\"a\":1}"})
}

/// The status of a refusal, which must say in words what to do.
async fn refusal(answer: Response) -> u16 {
    let (status, text) = (answer.status().as_u16(), answer.text().await.unwrap());
    assert!(status >= 400, "{status}: {text}");
    assert!(text.len() > 10 && !text.contains(PusherApp::TEST.secret), "{status}: {text}");
    status
}

#[tokio::test]
async fn answers_are_exactly_what_sdks_expect() {
    let app = PusherApp::TEST.serve(json!({})).await;
    let api = PusherApi::of(&app, PusherApp::TEST);
    assert_eq!(api.post("/events", &event("a")).await, json!({}));
    assert_eq!(api.post("/batch_events", &json!({"batch": [event("a")]})).await, json!({}));
    assert_eq!(api.post("/batch_events", &json!({"batch": []})).await, json!({}));
    assert_eq!(api.post("/users/42/terminate_connections", &json!({})).await, json!({}));
    assert_eq!(api.get("/channels", &[]).await, json!({"channels": {}}));
    assert_eq!(api.get("/channels/a", &[]).await, json!({"occupied": false}));
    assert_eq!(api.get("/channels/presence-a/users", &[]).await, json!({"users": []}));
    assert_eq!(api.get("/connections", &[]).await, json!({"connections": 0}));
    let stats = api.get("/channels/a/stats", &[]).await;
    assert_eq!(stats, json!({"occupied": false, "connection_count": 0}));
    let old = [("name", "news"), ("socket_id", "1.2")];
    let answer = api.send(Method::POST, "/channels/a/events", &old, Some(&json!({"a": 1}))).await;
    assert_eq!(answer.status(), 202);
}

#[tokio::test]
async fn an_event_reaches_its_channels_and_skips_whom_it_names() {
    let app = PusherApp::TEST.serve(json!({})).await;
    let api = PusherApi::of(&app, PusherApp::TEST);
    let mut first = PusherSocket::connect(&app, PusherApp::TEST).await.unwrap();
    let mut second = PusherSocket::connect(&app, PusherApp::TEST).await.unwrap();
    for channel in ["a", "private-b"] {
        first.subscribe(channel).await.unwrap();
        second.subscribe(channel).await.unwrap();
    }
    let body = json!({
        "name": "news",
        "channels": ["a", "private-b", "a"],
        "data": {"not": "text"},
        "socket_id": first.socket_id,
    });
    assert_eq!(api.post("/events", &body).await, json!({}));
    let batch = json!({"batch": [event("a"), event("private-b")]});
    assert_eq!(api.post("/batch_events", &batch).await, json!({}));
    let old = [("name", "old"), ("socket_id", first.socket_id.as_str())];
    let answer = api.send(Method::POST, "/channels/a/events", &old, Some(&json!("x"))).await;
    assert_eq!(answer.status(), 202);

    let came = |frames: Vec<Value>| -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        frames.iter().map(|it| (text(&it["channel"]), text(&it["data"]))).collect()
    };
    let pair = |channel: &str, data: &str| (channel.to_owned(), data.to_owned());
    let in_batch = [pair("a", "{\"a\":1}"), pair("private-b", "{\"a\":1}")];
    assert_eq!(came(first.all_until_pong().await.unwrap()), in_batch);
    let [one, two] = in_batch;
    let named = "{\"not\":\"text\"}";
    let all = [pair("a", named), pair("private-b", named), one, two, pair("a", "\"x\"")];
    assert_eq!(came(second.all_until_pong().await.unwrap()), all);
}

#[tokio::test]
async fn channels_are_counted_and_their_users_named() {
    let app = PusherApp::TEST.serve(json!({})).await;
    let api = PusherApi::of(&app, PusherApp::TEST);
    let mut tabs = Vec::new();
    for user in ["1", "1", "2"] {
        let mut tab = PusherSocket::connect(&app, PusherApp::TEST).await.unwrap();
        tab.join("presence-a", &json!({"user_id": user})).await.unwrap();
        tabs.push(tab);
    }
    tabs[0].subscribe("a;b=c@d,e").await.unwrap();
    tabs[0].sign_in(&json!({"id": "42"})).await.unwrap();
    tabs[0].subscribe("#server-to-user-42").await.unwrap();

    let counts = ("info", "user_count,subscription_count");
    let counted = json!({"user_count": 2, "subscription_count": 3});
    let occupied = json!({"channels": {"presence-a": {}, "a;b=c@d,e": {}}});
    assert_eq!(api.get("/channels", &[]).await, occupied);
    let listed = api.get("/channels", &[("filter_by_prefix", "presence-"), counts]).await;
    assert_eq!(listed, json!({"channels": {"presence-a": counted}}));
    let mut shown = counted.clone();
    shown["occupied"] = json!(true);
    assert_eq!(api.get("/channels/presence-a", &[counts]).await, shown);
    for path in ["/channels/a;b=c@d,e", "/channels/a%3Bb%3Dc%40d%2Ce"] {
        assert_eq!(api.get(path, &[]).await, json!({"occupied": true}), "{path}");
    }
    let users = json!({"users": [{"id": "1"}, {"id": "2"}]});
    assert_eq!(api.get("/channels/presence-a/users", &[]).await, users);
    let stats = json!({"occupied": true, "user_count": 2, "connection_count": 3});
    assert_eq!(api.get("/channels/presence-a/stats", &[]).await, stats);
    assert_eq!(api.get("/connections", &[]).await, json!({"connections": 3}));

    let mut asked = json!({"name": "x", "data": "", "channels": ["presence-a", "b"]});
    asked["info"] = json!("user_count,subscription_count");
    let told = json!({"presence-a": counted, "b": {"subscription_count": 0}});
    assert_eq!(api.post("/events", &asked).await, json!({ "channels": told }));
    let mut with_info = event("presence-a");
    with_info["info"] = json!("subscription_count");
    let batch = json!({"batch": [event("a"), with_info, event("b")]});
    let told = json!([{}, {"subscription_count": 3}, {}]);
    assert_eq!(api.post("/batch_events", &batch).await, json!({ "batch": told }));
}

#[tokio::test]
async fn a_cache_channel_tells_what_it_remembers() {
    let app = PusherApp::TEST.serve(json!({})).await;
    let api = PusherApi::of(&app, PusherApp::TEST);
    let mut socket = PusherSocket::connect(&app, PusherApp::TEST).await.unwrap();
    let ask = [("info", "cache")];
    socket.subscribe("cache-a").await.unwrap();
    let nothing = json!({"occupied": true, "cache": null});
    assert_eq!(api.get("/channels/cache-a", &ask).await, nothing);
    api.trigger("cache-a", "news", &json!({"a": 1})).await;
    let shown = api.get("/channels/cache-a", &ask).await;
    assert_eq!(shown["cache"]["data"], "{\"a\":1}");
    assert!((1..=1_800).contains(&shown["cache"]["ttl"].as_u64().unwrap()), "{shown}");
}

#[tokio::test]
async fn a_users_connections_are_closed_also_as_the_sdk_for_python_asks() {
    let app = PusherApp::TEST.serve(json!({})).await;
    let api = PusherApi::of(&app, PusherApp::TEST);
    let python = "/users/42/terminate_connections".to_owned();
    for path in [api.path(&python), python] {
        let mut gone = PusherSocket::connect(&app, PusherApp::TEST).await.unwrap();
        let mut stays = PusherSocket::connect(&app, PusherApp::TEST).await.unwrap();
        gone.sign_in(&json!({"id": "42"})).await.unwrap();
        stays.sign_in(&json!({"id": "43"})).await.unwrap();
        let request = api.sign(Method::POST, &path, &[], Some("{}".to_owned()), now_s());
        assert_eq!(api.deliver(request).await.status(), 200, "{path}");
        assert_eq!(gone.closed().await.unwrap(), Some(4009), "{path}");
        stays.all_until_pong().await.unwrap();
    }
}

#[tokio::test]
async fn nothing_is_done_for_those_who_cannot_sign() {
    let app = PusherApp::TEST.serve(json!({})).await;
    let api = PusherApi::of(&app, PusherApp::TEST);
    let other = PusherApi::of(&app, PusherApp::OTHER);
    let mut socket = PusherSocket::connect(&app, PusherApp::TEST).await.unwrap();
    socket.subscribe("a").await.unwrap();
    let (path, body) = (api.path("/events"), event("a").to_string());
    let good = api.sign(Method::POST, &path, &[], Some(body.clone()), now_s());
    let url = good.url.as_str();
    let signature = &url[url.find("auth_signature=").unwrap()..];
    let other_digit = if signature.ends_with('0') { "1" } else { "0" };
    let with_url = |url: String| SignedRequest { url, ..good.clone() };
    let with_body = |body: &str| SignedRequest { body: Some(body.to_owned()), ..good.clone() };
    for bad in [
        with_url(format!("{}{path}", app.base_url)),
        with_url(url.replace(signature, "")),
        with_url(url.replace(signature, "auth_signature=")),
        with_url(format!("{}{other_digit}", &url[..url.len() - 1])),
        with_url(url[..url.len() - 1].to_owned()),
        with_url(url.replace("auth_version=1.0", "auth_version=2.0")),
        with_url(url.replace(api.key.as_str(), &other.key)),
        with_url(url.replace("/events", "/batch_events")),
        with_url(format!("{url}&info=user_count")),
        with_body(&body.replace("news", "nets")),
        with_body(&format!("{body} ")),
        with_body(""),
        SignedRequest { body: None, ..good.clone() },
        // Signed by another application of the same server.
        other.sign(Method::POST, &path, &[], Some(body.clone()), now_s()),
        // Signed without its body.
        SignedRequest {
            body: Some(body.clone()),
            ..api.sign(Method::POST, &path, &[], None, now_s())
        },
        api.sign(Method::POST, &path, &[], Some(body.clone()), now_s() - 660),
        api.sign(Method::POST, &path, &[], Some(body.clone()), now_s() + 660),
    ] {
        let shown = format!("{bad:?}");
        assert_eq!(refusal(api.deliver(bad).await).await, 401, "{shown}");
    }
    assert_eq!(socket.all_until_pong().await.unwrap(), Vec::<Value>::new());
    assert_eq!(api.deliver(good).await.status(), 200, "refused attempts use nothing up");
    socket.next("news").await.unwrap();
}

#[tokio::test]
async fn a_captured_request_is_good_for_nothing() {
    let grace = ("PUSHER__REPLAY_GRACE_MS", "0");
    let app = PusherApp::TEST.serve_with(json!({}), &[grace]).await;
    let api = PusherApi::of(&app, PusherApp::TEST);
    let body = Some(event("a").to_string());
    let publish = api.sign(Method::POST, &api.path("/events"), &[], body, now_s());
    assert_eq!(api.deliver(publish.clone()).await.status(), 200);
    assert_eq!(refusal(api.deliver(publish.clone()).await).await, 401);
    // Whatever can be changed without the secret: the order of the query, the case of its names and
    // digits, and how the path is escaped.
    let (path, query) = publish.url.split_once('?').unwrap();
    let mut pairs: Vec<_> = query.split('&').collect();
    pairs.reverse();
    let signature = pairs[0].to_uppercase();
    for url in [
        format!("{path}?{}", pairs.join("&")),
        format!("{path}?{}&{signature}", pairs[1..].join("&")),
        publish.url.replace("/482913377/", "/48291337%37/"),
    ] {
        let again = SignedRequest { url, ..publish.clone() };
        assert_eq!(refusal(api.deliver(again.clone()).await).await, 401, "{again:?}");
    }
    // Asking twice changes nothing, and SDKs that poll sign the same within a second.
    let ask = api.sign(Method::GET, &api.path("/channels"), &[], None, now_s());
    for _ in 0..2 {
        assert_eq!(api.deliver(ask.clone()).await.status(), 200);
    }
}

#[tokio::test]
async fn the_same_event_twice_in_a_second_is_no_replay() {
    let app = PusherApp::TEST.serve(json!({})).await;
    let api = PusherApi::of(&app, PusherApp::TEST);
    let mut socket = PusherSocket::connect(&app, PusherApp::TEST).await.unwrap();
    socket.subscribe("a").await.unwrap();
    let body = Some(event("a").to_string());
    let tick = api.sign(Method::POST, &api.path("/events"), &[], body, now_s());
    for _ in 0..3 {
        assert_eq!(api.deliver(tick.clone()).await.status(), 200);
        socket.next("news").await.unwrap();
    }
    let deadline = std::time::Instant::now() + SOON;
    while api.deliver(tick.clone()).await.status() == 200 {
        assert!(std::time::Instant::now() < deadline, "it passes for ever");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn what_cannot_be_published_is_refused_whole() {
    let app = PusherApp::TEST.serve(json!({})).await;
    let api = PusherApi::of(&app, PusherApp::TEST);
    let mut socket = PusherSocket::connect(&app, PusherApp::TEST).await.unwrap();
    socket.subscribe("a").await.unwrap();
    let with = |field: &str, value: Value| {
        let mut body = event("a");
        body[field] = value;
        body
    };
    let channels = |count: usize| (0..count).map(|at| format!("c{at}")).collect::<Vec<_>>();
    let large = with("data", json!("x".repeat(10_241)));
    for (path, body, status) in [
        ("/events", with("data", json!("x".repeat(10_240))), 200),
        ("/events", large.clone(), 413),
        ("/events", with("data", json!("x".repeat(4_000_000))), 413),
        ("/events", json!({"name": "x", "data": "", "channels": channels(100)}), 200),
        ("/events", json!({"name": "x", "data": "", "channels": channels(101)}), 400),
        ("/events", with("channels", json!(["private-encrypted-x"])), 400),
        ("/events", with("socket_id", json!("somebody")), 400),
        ("/events", with("channel", json!("not a channel")), 400),
        ("/events", with("info", json!("everything")), 400),
        ("/events", json!([]), 400),
        ("/events", json!({"name": "x", "channel": "a"}), 400),
        ("/batch_events", json!({"batch": vec![event("c"); 10]}), 200),
        ("/batch_events", json!({"batch": vec![event("a"); 11]}), 400),
        ("/batch_events", json!({"batch": [event("a"), large]}), 413),
        ("/batch_events", json!({"batch": [event("a"), with("channel", json!("#x"))]}), 400),
        ("/batch_events", event("a"), 400),
    ] {
        let answer = api.send(Method::POST, path, &[], Some(&body)).await;
        let shown: String = body.to_string().chars().take(200).collect();
        assert_eq!(answer.status(), status, "{path} {shown}");
        if status >= 400 {
            refusal(answer).await;
        }
    }
    let heard = socket.all_until_pong().await.unwrap();
    assert_eq!(heard.len(), 1, "only the event that just fits was published: {heard:?}");
}

#[tokio::test]
async fn every_refusal_has_its_status_and_its_words() {
    let app = PusherApp::TEST.serve_with(json!({}), &[]).await;
    let api = PusherApi::of(&app, PusherApp::TEST);
    for (method, path, query, status) in [
        (Method::GET, "/channels", ("info", "user_count"), 400),
        (Method::GET, "/channels", ("info", "cache"), 400),
        (Method::GET, "/channels/a", ("info", "user_count"), 400),
        (Method::GET, "/channels/a", ("info", "cache"), 400),
        (Method::GET, "/channels/a%20b", ("x", "y"), 400),
        (Method::GET, "/channels/a%FF", ("x", "y"), 400),
        (Method::GET, "/channels/a/users", ("x", "y"), 400),
        (Method::GET, "/events", ("x", "y"), 405),
        (Method::DELETE, "/channels/a", ("x", "y"), 405),
        (Method::GET, "/no/such/path", ("x", "y"), 404),
        (Method::GET, "", ("x", "y"), 404),
    ] {
        let answer = api.send(method.clone(), path, &[query], None).await;
        assert_eq!(refusal(answer).await, status, "{method} {path} {query:?}");
    }
    let twice = [("info", "subscription_count"), ("info", "subscription_count")];
    assert_eq!(refusal(api.send(Method::GET, "/channels", &twice, None).await).await, 400);
    for id in ["482913378", "nobody", "%00", "..%2F"] {
        let unknown = PusherApi { app_id: id.to_owned(), ..api.clone() };
        let answer = unknown.send(Method::GET, "/channels", &[], None).await;
        assert_eq!(refusal(answer).await, 404, "{id}");
    }
}

#[tokio::test]
async fn a_disabled_application_can_do_nothing() {
    let app = PusherApp::TEST.serve(json!({"enabled": false})).await;
    let api = PusherApi::of(&app, PusherApp::TEST);
    let answer = api.send(Method::POST, "/events", &[], Some(&event("a"))).await;
    assert_eq!(refusal(answer).await, 403);
}

#[tokio::test]
async fn an_organizations_server_does_not_speak_for_switchboard() {
    let app = TestApp::start().await;
    let api = PusherApi::demo(&app);
    let workspace = format!("private-org-{}", app.demo.organization_id);
    for (name, status) in [("message.new", 403), ("agent.typing", 403), ("deploy.done", 200)] {
        let body = json!({"name": name, "channel": workspace, "data": "{}"});
        let answer = api.send(Method::POST, "/events", &[], Some(&body)).await;
        assert_eq!(answer.status(), status, "{name}");
    }
}
