//! What holds for every route of REST v1: who may ask, how much, in which form, and how it is refused.

use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::support::rest::Rest;
use crate::support::{Database, TestApp};

const REPLY: &str = r#"{"shortcut": "hi", "title": "Hi", "body": "Hello"}"#;

fn request(app: &TestApp, method: Method, path: &str) -> RequestBuilder {
    Client::new().request(method, format!("{}/api/v1{path}", app.base_url))
}

fn write(app: &TestApp, path: &str, body: impl Into<String>) -> RequestBuilder {
    let request = request(app, Method::POST, path).bearer_auth(&app.demo.muro.key);
    request.header("content-type", "application/json").body(body.into())
}

/// The status, the headers and the body of an answer, which must be JSON and have an id.
async fn ask(request: RequestBuilder) -> (u16, HeaderMap, Value) {
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    assert!(headers.contains_key("x-request-id"));
    assert_eq!(headers["access-control-allow-origin"], "*");
    (status, headers, answer.json().await.unwrap())
}

/// The status and the type of a refusal, whose body has nothing but the envelope.
async fn refusal(request: RequestBuilder) -> (u16, String) {
    let (status, _, body) = ask(request).await;
    let error = &body["error"];
    let message = error["message"].as_str().unwrap();
    assert!(!message.is_empty());
    let kind = error["type"].as_str().unwrap().to_owned();
    assert_eq!(body, json!({"error": {"type": kind, "message": message}}));
    (status, kind)
}

fn refused(status: u16, kind: &str) -> (u16, String) {
    (status, kind.to_owned())
}

fn number(headers: &HeaderMap, name: &str) -> i64 {
    headers[name].to_str().unwrap().parse().unwrap()
}

/// A key made on the command line, and its id.
fn made(app: &TestApp, arguments: &[&str]) -> (String, String) {
    let told = app.run(&[&["keys", "create", "--name", "test"], arguments].concat(), &[]);
    assert!(told.status.success(), "{}", told.stderr);
    let key = told.stdout.lines().next().unwrap().to_owned();
    let id = told.stdout.trim_end().trim_end_matches('.').rsplit(' ').next().unwrap().to_owned();
    (key, id)
}

#[tokio::test]
async fn only_a_valid_key_comes_in() {
    let app = TestApp::start().await;
    let get = || request(&app, Method::GET, "/conversations");
    let unknown = format!("mr_live_{}", "0".repeat(64));
    for request in [
        get(),
        get().header("authorization", "Bearer"),
        get().header("authorization", "Basic YTpi"),
        get().bearer_auth("nonsense"),
        get().bearer_auth(&unknown),
        get().bearer_auth(&app.demo.platform.agent_key),
    ] {
        assert_eq!(refusal(request).await, refused(401, "authentication_error"));
    }
    let shouted = get().header("authorization", format!("BEARER {}", app.demo.muro.key));
    assert_eq!(ask(shouted).await.0, 200);
}

#[tokio::test]
async fn scopes_are_kept_and_neither_implies_the_other() {
    let app = TestApp::start().await;
    let email = app.demo.agents[0].email.as_str();
    let (writer, _) = made(&app, &["--agent", email, "--scope", "write"]);
    let read = request(&app, Method::GET, "/saved-replies").bearer_auth(writer);
    assert_eq!(refusal(read).await, refused(403, "permission_error"));
    let write = request(&app, Method::POST, "/saved-replies").bearer_auth(&app.demo.muro.read_key);
    let write = write.header("content-type", "application/json").body(REPLY);
    assert_eq!(refusal(write).await, refused(403, "permission_error"));
}

#[tokio::test]
async fn a_key_ends_when_it_is_revoked_or_its_time_is_over() {
    let app = TestApp::start().await;
    let (key, id) = made(&app, &["--organization", "Demo", "--scope", "read,write"]);
    let rest = Rest::new(&app, &key);
    rest.get("/contacts").await.unwrap();
    let listed = app.run(&["keys", "list"], &[]).stdout;
    assert!(listed.lines().any(|line| line.starts_with(&id) && line.contains("muro read,write")));
    assert!(app.run(&["keys", "revoke", &id], &[]).status.success());
    let (status, kind, _) = rest.refusal(Method::GET, "/contacts", None).await.unwrap();
    assert_eq!((status, kind), refused(401, "authentication_error"));

    let arguments = ["--organization", "Demo", "--scope", "read", "--expires"];
    let (key, id) = made(&app, &[&arguments[..], &["2999-01-31"]].concat());
    let rest = Rest::new(&app, &key);
    rest.get("/contacts").await.unwrap();
    app.execute(&format!("update api_keys set expires_at = 1 where id = '{id}'")).await;
    assert_eq!(rest.refusal(Method::GET, "/contacts", None).await.unwrap().0, 401);
}

#[tokio::test]
async fn a_key_that_cannot_be_made_is_refused_with_the_reason() {
    let app = TestApp::start().await;
    let other = app.other_demo().muro.website_id;
    for (wrong, why) in [
        (&["--organization", "Demo"][..], "--scope"),
        (&["--organization", "Demo", "--scope", "admin"], "scope"),
        (&["--organization", "Demo", "--scope", "read", "--expires", "2001-01-01"], "past"),
        (&["--organization", "Demo", "--scope", "read", "--expires", "soon"], "soon"),
        (&["--organization", "Demo", "--scope", "read", "--website", &other], "website"),
        (&["--organization", "Nobody", "--scope", "read"], "organization not found"),
    ] {
        let told = app.run(&[&["keys", "create", "--name", "test"], wrong].concat(), &[]);
        assert!(!told.status.success() && told.stderr.contains(why), "{wrong:?}: {}", told.stderr);
    }
}

#[tokio::test]
async fn a_key_asks_so_often_in_a_minute_and_is_told_when_again() {
    let limit = [("LIMITS__API_REQUESTS_PER_MINUTE", "3")];
    let app = TestApp::start_with(&Database::Sqlite, &limit).await;
    let get = |key: &str, path: &str| request(&app, Method::GET, path).bearer_auth(key);
    let key = app.demo.muro.key.as_str();
    let (status, headers, _) = ask(get(key, "/contacts")).await;
    assert_eq!((status, number(&headers, "x-ratelimit-limit")), (200, 3));
    assert_eq!(number(&headers, "x-ratelimit-remaining"), 2);
    let reset = number(&headers, "x-ratelimit-reset");
    // What is refused for another reason counts too.
    let (status, headers, _) = ask(get(key, "/nothing")).await;
    assert_eq!((status, number(&headers, "x-ratelimit-remaining")), (404, 1));
    let (_, headers, _) = ask(get(key, "/contacts?limit=0")).await;
    assert_eq!(number(&headers, "x-ratelimit-remaining"), 0);
    let (status, headers, body) = ask(get(key, "/contacts")).await;
    assert_eq!((status, &body["error"]["type"]), (429, &json!("rate_limit_error")));
    assert!((1..=60).contains(&number(&headers, "retry-after")));
    assert_eq!(
        number(&headers, "x-ratelimit-reset"),
        reset,
        "the first of them is still the oldest"
    );
    // Another key has a minute of its own, and who has none is told nothing.
    let (status, headers, _) = ask(get(&app.demo.muro.read_key, "/contacts")).await;
    assert_eq!((status, number(&headers, "x-ratelimit-remaining")), (200, 2));
    let (_, headers, _) = ask(request(&app, Method::GET, "/contacts")).await;
    assert!(!headers.contains_key("x-ratelimit-limit"));
}

#[tokio::test]
async fn lists_take_a_limit_and_their_own_cursors_alone() {
    let app = TestApp::start().await;
    let rest = Rest::of(&app);
    for shortcut in ["one", "two", "three"] {
        let reply = json!({"shortcut": shortcut, "title": "Title", "body": "Body"});
        rest.create("/saved-replies", &reply).await.unwrap();
    }
    let first = rest.get("/saved-replies?limit=2").await.unwrap();
    assert_eq!(first["data"].as_array().unwrap().len(), 2);
    assert_eq!((&first["object"], &first["has_more"]), (&json!("list"), &json!(true)));
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = rest.get(&format!("/saved-replies?limit=2&cursor={cursor}")).await.unwrap();
    assert_eq!(second["data"].as_array().unwrap().len(), 1);
    assert_eq!((&second["has_more"], &second["next_cursor"]), (&json!(false), &Value::Null));
    rest.get("/saved-replies?limit=1").await.unwrap();
    rest.get("/saved-replies?limit=100").await.unwrap();
    let foreign = format!("/contacts?cursor={cursor}");
    for path in [
        "/saved-replies?limit=0",
        "/saved-replies?limit=101",
        "/saved-replies?limit=ten",
        "/saved-replies?limit=",
        "/saved-replies?limit=1&limit=2",
        "/saved-replies?cursor=",
        "/saved-replies?cursor=MjAyNi0wNi0wNVQwOToxMjowNFp8Y29udl84ZjJh",
        "/conversations?status=lost",
        "/contacts?website_id=%00",
        foreign.as_str(),
    ] {
        let (status, kind, _) = rest.refusal(Method::GET, path, None).await.unwrap();
        assert_eq!((status, kind), refused(400, "invalid_request_error"), "{path}");
    }
}

#[tokio::test]
async fn bodies_are_json_of_a_certain_size() {
    let app = TestApp::start().await;
    let post = |kind: &str, body: &str| {
        let request = request(&app, Method::POST, "/saved-replies").bearer_auth(&app.demo.muro.key);
        request.header("content-type", kind).body(body.to_owned())
    };
    let untyped = request(&app, Method::POST, "/saved-replies").bearer_auth(&app.demo.muro.key);
    let unsupported = refused(415, "invalid_request_error");
    assert_eq!(refusal(untyped.body(REPLY)).await, unsupported);
    assert_eq!(refusal(post("text/plain", REPLY)).await, unsupported);
    assert_eq!(ask(post("application/json; charset=utf-8", REPLY)).await.0, 201);
    let invalid = refused(400, "invalid_request_error");
    for body in ["", "{", "[]", "null", r#"{"shortcut": 1}"#, r#"{"shortcut": "a", "title": "b"}"#]
    {
        assert_eq!(refusal(post("application/json", body)).await, invalid, "{body}");
    }
    let (_, _, body) = ask(post("application/json", r#"{"shortcut": "a", "title": 1}"#)).await;
    assert!(body["error"]["message"].as_str().unwrap().starts_with("title: "), "{body}");
    let padded = |bytes: usize| format!("{}{REPLY}", " ".repeat(bytes - REPLY.len()));
    let largest = post("application/json", &padded(256 * 1024));
    assert_eq!(refusal(largest).await.0, 409, "read, and its shortcut is taken");
    let too_large = refusal(post("application/json", &padded(256 * 1024 + 1))).await;
    assert_eq!(too_large, refused(413, "invalid_request_error"));
}

#[tokio::test]
async fn what_is_not_there_is_refused_in_the_same_envelope() {
    let app = TestApp::start().await;
    let with_key = |method, path| request(&app, method, path).bearer_auth(&app.demo.muro.key);
    for path in ["/nothing", "/conversations/", "/conversations/cnv_1", "/contacts/vis_/x"] {
        let answer = refusal(with_key(Method::GET, path)).await;
        assert_eq!(answer, refused(404, "not_found"), "{path}");
    }
    assert_eq!(refusal(request(&app, Method::GET, "/nothing")).await, refused(404, "not_found"));
    let (status, headers, body) = ask(with_key(Method::PUT, "/conversations")).await;
    assert_eq!((status, &body["error"]["type"]), (405, &json!("invalid_request_error")));
    let allowed = headers["allow"].to_str().unwrap();
    assert!(allowed.contains("GET") && allowed.contains("POST"), "{allowed}");
}

#[tokio::test]
async fn every_described_route_answers_options_and_asks_for_a_key() {
    let app = TestApp::start().await;
    let (status, _, description) = ask(request(&app, Method::GET, "/openapi.json")).await;
    assert_eq!((status, &description["openapi"]), (200, &json!("3.1.0")));
    let paths = description["paths"].as_object().unwrap();
    assert!(paths.len() >= 15, "{}", paths.len());
    for (path, methods) in paths {
        let path = path.replace("{id}", "x").replace("{delivery_id}", "x");
        let asked = request(&app, Method::OPTIONS, &path).send().await.unwrap();
        assert_eq!(asked.status(), StatusCode::NO_CONTENT, "{path}");
        let headers = asked.headers();
        assert!(headers.contains_key("x-request-id"));
        for name in ["authorization", "content-type", "idempotency-key"] {
            let allowed = headers["access-control-allow-headers"].to_str().unwrap();
            assert!(allowed.to_lowercase().contains(name), "{allowed}");
        }
        for method in methods.as_object().unwrap().keys().filter(|_| path != "/openapi.json") {
            let method: Method = method.to_uppercase().parse().unwrap();
            let answer = refusal(request(&app, method.clone(), &path)).await;
            assert_eq!(answer, refused(401, "authentication_error"), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn the_description_can_be_printed_and_is_the_one_that_is_served() {
    let app = TestApp::start().await;
    let told = app.run(&["openapi"], &[]);
    assert!(told.status.success(), "{}", told.stderr);
    let printed: Value = serde_json::from_str(&told.stdout).unwrap();
    let (_, _, served) = ask(request(&app, Method::GET, "/openapi.json")).await;
    assert_eq!(printed, served);
    assert_eq!(served["servers"][0]["url"], format!("{}/api/v1", app.base_url));
}

#[tokio::test]
async fn the_same_request_with_the_same_key_happens_once() {
    let app = TestApp::start().await;
    let once =
        |key: &str, body: &str| write(&app, "/saved-replies", body).header("idempotency-key", key);
    let (status, headers, first) = ask(once("a", REPLY)).await;
    assert_eq!((status, headers.get("idempotency-replayed")), (201, None));
    app.kill9().await;
    app.restart().await;
    let (status, headers, again) = ask(once("a", REPLY)).await;
    assert_eq!((status, again), (201, first));
    assert_eq!(headers["idempotency-replayed"], "true");
    assert_eq!(headers["content-type"], "application/json");
    // A refusal is repeated like any answer: the same request means the same thing.
    for _ in 0..2 {
        assert_eq!(refusal(once("b", REPLY)).await, refused(409, "invalid_request_error"));
    }
    let other = REPLY.replace("Hello", "Goodbye");
    assert_eq!(refusal(once("a", &other)).await, refused(409, "invalid_request_error"));
    let elsewhere = write(&app, "/conversations/bulk", REPLY).header("idempotency-key", "a");
    assert_eq!(refusal(elsewhere).await, refused(409, "invalid_request_error"));
    // Keys are each API key's own.
    let (stranger, _) = made(&app, &["--organization", "Demo", "--scope", "write"]);
    let stranger = request(&app, Method::POST, "/saved-replies").bearer_auth(stranger);
    let stranger =
        stranger.header("content-type", "application/json").header("idempotency-key", "a");
    let unlike = other.replace("hi", "bye");
    assert_eq!(ask(stranger.body(unlike)).await.0, 201);
}

#[tokio::test]
async fn keys_of_requests_are_short_and_forgotten_after_a_day() {
    let app = TestApp::start().await;
    let once = |key: &str| write(&app, "/saved-replies", REPLY).header("idempotency-key", key);
    for key in ["", &"k".repeat(256), "a\tb"] {
        assert_eq!(refusal(once(key)).await, refused(400, "invalid_request_error"), "{key}");
    }
    let longest = "k".repeat(255);
    assert_eq!(ask(once(&longest)).await.0, 201);
    let day_ago = "update idempotency_keys set created_at = created_at - 86400000001";
    app.execute(day_ago).await;
    assert_eq!(ask(once(&longest)).await.0, 409, "carried out anew: the shortcut is taken");
}

#[tokio::test]
async fn many_at_once_with_one_key_are_carried_out_once() {
    let app = TestApp::start().await;
    let requests = (0..20).map(|_| {
        let request = write(&app, "/saved-replies", REPLY).header("idempotency-key", "race");
        async move { request.send().await.unwrap().status().as_u16() }
    });
    let statuses = futures_util::future::join_all(requests).await;
    assert!(statuses.contains(&201), "{statuses:?}");
    assert!(statuses.iter().all(|status| [201, 409].contains(status)), "{statuses:?}");
    let replies = Rest::of(&app).get("/saved-replies").await.unwrap();
    assert_eq!(replies["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_request_that_acted_and_lost_its_answer_never_acts_again() {
    let app = TestApp::start().await;
    let once = || write(&app, "/saved-replies", REPLY).header("idempotency-key", "lost");
    assert_eq!(ask(once()).await.0, 201);
    // As a power cut between the act and the answer leaves it, however long ago.
    app.execute("update idempotency_keys set status = null, body = null, lease_until = 0").await;
    let (status, _, body) = ask(once()).await;
    assert_eq!(status, 409);
    assert!(body["error"]["message"].as_str().unwrap().contains("was carried out"), "{body}");
    // As one before the act leaves it: in progress, until its time is over.
    app.execute("update idempotency_keys set acted = 0, lease_until = 9000000000000000").await;
    let (status, _, body) = ask(once()).await;
    assert_eq!(status, 409);
    assert!(body["error"]["message"].as_str().unwrap().contains("in progress"), "{body}");
    app.execute("update idempotency_keys set lease_until = 0").await;
    app.execute("delete from saved_replies").await;
    assert_eq!(ask(once()).await.0, 201, "nothing was done, so it is done now");
}
