//! What happens in conversations reaches Pusher's clients from the same publish as everyone else, and
//! only the organization's own.

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use switchboard::clock::Clock;

use crate::support::pusher::{self, PusherApp, PusherSocket, data_of};
use crate::support::rest::Rest;
use crate::support::{Agent, Demo, TestApp, Visitor, plain_id};

/// A program of an organization, with a key and a Pusher connection.
struct Program {
    server: Arc<TestApp>,
    key: String,
    socket: PusherSocket,
}

impl Program {
    /// Connects to the organization's application.
    async fn arrive(server: &Arc<TestApp>, demo: &Demo, key: &str) -> Result<Self> {
        let app = PusherApp::of_demo(demo);
        let socket = PusherSocket::connect_to(server, app, &pusher::path(app.key)).await?;
        Ok(Self { server: Arc::clone(server), key: key.to_owned(), socket })
    }

    /// A program that listens to everything of the first demo organization.
    async fn listening(server: &Arc<TestApp>) -> Result<Self> {
        let mut program = Self::arrive(server, &server.demo, &server.demo.muro.read_key).await?;
        program.listen(&workspace(&server.demo)).await?;
        Ok(program)
    }

    /// Asks the authorizer, as pusher-js does.
    async fn authorize(&self, channel: &str) -> Result<Response> {
        let form = [("socket_id", self.socket.socket_id.as_str()), ("channel_name", channel)];
        let request = Client::new().post(auth_endpoint(&self.server)).bearer_auth(&self.key);
        Ok(request.form(&form).send().await?)
    }

    /// Subscribes with what the authorizer says, and gives that.
    async fn listen(&mut self, channel: &str) -> Result<String> {
        let answer = self.authorize(channel).await?;
        ensure!(answer.status() == 200, "{channel}: {}", answer.text().await?);
        let auth = answer.json::<Value>().await?;
        let auth = auth["auth"].as_str().context("no auth")?.to_owned();
        self.subscribe(channel, &auth).await?;
        Ok(auth)
    }

    async fn subscribe(&mut self, channel: &str, auth: &str) -> Result<()> {
        self.socket.ask_to_subscribe(channel, auth, None).await?;
        let answer = self.socket.next_where(|frame| frame["channel"] == channel).await?;
        let succeeded = answer["event"] == "pusher_internal:subscription_succeeded";
        ensure!(succeeded, "refused: {answer}");
        Ok(())
    }

    /// The data of the next event of this name on this channel.
    async fn hear(&mut self, channel: &str, event: &str) -> Result<Value> {
        let wanted = |frame: &Value| frame["channel"] == channel && frame["event"] == event;
        data_of(&self.socket.next_where(wanted).await?)
    }
}

fn auth_endpoint(app: &TestApp) -> String {
    format!("{}/api/v1/realtime/auth", app.base_url)
}

fn workspace(demo: &Demo) -> String {
    format!("private-org-{}", demo.organization_id)
}

/// `cnv_…` of the id that the platform dialect shows.
fn conversation_id(id: &str) -> String {
    format!("cnv_{}", id.replace('-', ""))
}

fn thread(id: &str) -> String {
    format!("private-conv-{}", conversation_id(id))
}

#[tokio::test]
async fn one_message_reaches_agents_and_programs() {
    let app = TestApp::start().await;
    let mut program = Program::listening(&app).await.unwrap();
    let mut agent = Agent::at_the_inbox(&app, &app.demo.agents[0]).await.unwrap();
    let mut visitor = Visitor::with_conversation(&app, "asks").await.unwrap();
    let id = visitor.conversation().to_owned();
    let (org, conv) = (workspace(&app.demo), thread(&id));
    assert_eq!(program.hear(&org, "message.new").await.unwrap()["content"], "hello");
    agent.join(&id).await.unwrap();
    program.listen(&conv).await.unwrap();

    let sent = visitor.say("do you ship to Mars?").await.unwrap();
    let heard = agent.socket.next("message_received").await.unwrap();
    assert_eq!(heard["id"], sent["id"]);
    for channel in [&org, &conv] {
        let told = program.hear(channel, "message.new").await.unwrap();
        let id_there = told["id"].as_str().unwrap();
        assert!(id_there.starts_with("msg_"), "{told}");
        assert_eq!(plain_id(id_there), heard["id"], "{channel}");
        assert_eq!(told["conversation_id"], conversation_id(&id));
        assert_eq!(told["sender_type"], "visitor");
        assert!(told["sender_id"].as_str().unwrap().starts_with("vis_"), "{told}");
        assert_eq!(told["content"], "do you ship to Mars?");
        assert_eq!(told["attachments"], json!([]));
        assert!(told["created_at"].as_str().unwrap().ends_with('Z'), "{told}");
        assert_eq!(told.as_object().unwrap().len(), 7, "{told}");
    }
    let update = program.hear(&conv, "conversation.update").await.unwrap();
    assert_eq!(update["unread_count"], 2);

    agent.say(&id, "only on Tuesdays").await.unwrap();
    let told = program.hear(&conv, "message.new").await.unwrap();
    assert_eq!(told["sender_type"], "agent");
    assert_eq!(told["sender_id"], app.demo.agents[0].id);
}

#[tokio::test]
async fn programs_are_told_how_conversations_stand() {
    let app = TestApp::start().await;
    let mut program = Program::listening(&app).await.unwrap();
    let mut agent = Agent::at_the_inbox(&app, &app.demo.agents[0]).await.unwrap();
    let visitor = Visitor::with_conversation(&app, "asks").await.unwrap();
    let id = visitor.conversation().to_owned();
    let path = format!("/api/conversations/{id}");
    let org = workspace(&app.demo);
    let begun = program.hear(&org, "conversation.update").await.unwrap();
    let mut expected = json!({
        "id": conversation_id(&id),
        "status": "open",
        "tags": [],
        "unread_count": 1,
        "assigned_user_id": null,
        "last_message_at": begun["last_message_at"],
    });
    assert_eq!(begun, expected);

    agent.ask_ok("claim_conversation", json!({ "conversation_id": id })).await.unwrap();
    expected["assigned_user_id"] = json!(app.demo.agents[0].id);
    assert_eq!(program.hear(&org, "conversation.update").await.unwrap(), expected);

    agent.api.post(&format!("{path}/tag"), Some(json!({"tags": ["billing"]}))).await.unwrap();
    expected["tags"] = json!(["billing"]);
    assert_eq!(program.hear(&org, "conversation.update").await.unwrap(), expected);

    agent.say(&id, "on it").await.unwrap();
    let answered = program.hear(&org, "conversation.update").await.unwrap();
    expected["unread_count"] = json!(0);
    expected["last_message_at"] = answered["last_message_at"].clone();
    assert_eq!(answered, expected);

    agent.api.post(&format!("{path}/resolve"), None).await.unwrap();
    expected["status"] = json!("closed");
    assert_eq!(program.hear(&org, "conversation.update").await.unwrap(), expected);
}

#[tokio::test]
async fn agents_typing_is_heard_and_visitors_typing_is_not() {
    let app = TestApp::start().await;
    let mut program = Program::listening(&app).await.unwrap();
    let mut agent = Agent::arrive(&app, &app.demo.agents[0]).await.unwrap();
    let mut visitor = Visitor::with_conversation(&app, "asks").await.unwrap();
    let id = visitor.conversation().to_owned();
    agent.join(&id).await.unwrap();
    let (org, conv) = (workspace(&app.demo), thread(&id));
    program.listen(&conv).await.unwrap();
    let typing = |sender: &str| json!({ "conversation_id": id, "sender_type": sender });
    visitor.socket.ask("user_typing", typing("end_user")).await.unwrap();
    agent.ask_ok("user_typing", typing("agent")).await.unwrap();
    let mut expected = json!({
        "conversation_id": conversation_id(&id),
        "user_id": app.demo.agents[0].id,
        "name": "Ada",
        "typing": true,
    });
    for channel in [&org, &conv] {
        assert_eq!(program.hear(channel, "agent.typing").await.unwrap(), expected, "{channel}");
    }
    agent.say(&id, "there").await.unwrap();
    expected["typing"] = json!(false);
    assert_eq!(program.hear(&conv, "agent.typing").await.unwrap(), expected);
}

#[tokio::test]
async fn programs_hear_what_other_programs_do() {
    let app = TestApp::start().await;
    let mut program = Program::listening(&app).await.unwrap();
    let visitor = Visitor::with_conversation(&app, "asks").await.unwrap();
    let id = conversation_id(visitor.conversation());
    let (org, conv) = (workspace(&app.demo), thread(visitor.conversation()));
    program.hear(&org, "message.new").await.unwrap();
    program.hear(&org, "conversation.update").await.unwrap();
    program.listen(&conv).await.unwrap();
    let rest = Rest::of(&app);
    let path = format!("/conversations/{id}");

    rest.ask(Method::POST, &format!("{path}/typing"), None).await.unwrap();
    for channel in [&org, &conv] {
        let typing = program.hear(channel, "agent.typing").await.unwrap();
        assert_eq!((&typing["conversation_id"], &typing["typing"]), (&json!(id), &json!(true)));
    }
    let note = json!({"content": "a good customer", "kind": "note"});
    let note = rest.create(&format!("{path}/messages"), &note).await.unwrap();
    for channel in [&org, &conv] {
        let mut told = program.hear(channel, "message.new").await.unwrap();
        assert_eq!(told["sender_type"], "note");
        told["object"] = json!("message");
        assert_eq!(told, note, "{channel}");
    }
    for (change, field, value) in [
        (json!({"status": "snoozed"}), "status", json!("snoozed")),
        (json!({"mark_read": true}), "unread_count", json!(0)),
        (json!({"tags": ["vip"]}), "tags", json!(["vip"])),
        (json!({"status": "closed"}), "status", json!("closed")),
    ] {
        rest.patch(&path, &change).await.unwrap();
        let told = loop {
            let told = program.hear(&conv, "conversation.update").await.unwrap();
            if told[field] == value {
                break told;
            }
        };
        assert_eq!(told["id"], json!(id), "{change}");
    }
    let opened = rest.get(&path).await.unwrap()["visitor"]["id"].clone();
    let opened = rest.create("/conversations", &json!({"visitor_id": opened})).await.unwrap();
    let told = loop {
        let told = program.hear(&org, "conversation.update").await.unwrap();
        if told["id"] == opened["id"] {
            break told;
        }
    };
    assert_eq!(told["status"], "open");
}

#[tokio::test]
async fn a_key_of_one_website_listens_to_its_conversations_alone() {
    let app = TestApp::start().await;
    let visitor = Visitor::with_conversation(&app, "asks").await.unwrap();
    let (org, conv) = (workspace(&app.demo), thread(visitor.conversation()));
    let of_app = conversation_id(&app.demo.platform.mobile_channel_id).replace("cnv_", "web_");
    for (website, there) in [(app.demo.muro.website_id.as_str(), 200), (of_app.as_str(), 403)] {
        let organization = app.demo.organization_id.as_str();
        let scope = ["--organization", organization, "--scope", "read", "--website", website];
        let told = app.run(&[&["keys", "create", "--name", "one site"], &scope[..]].concat(), &[]);
        let key = told.stdout.lines().next().unwrap_or_default();
        let program = Program::arrive(&app, &app.demo, key).await.unwrap();
        assert_eq!(program.authorize(&conv).await.unwrap().status(), there, "{website}");
        assert_eq!(program.authorize(&org).await.unwrap().status(), 403, "{website}");
        let told = Rest::new(&app, key).get("/realtime").await.unwrap();
        assert_eq!(told["channels"], json!({"conversation": "private-conv-{id}"}), "{website}");
    }
}

#[tokio::test]
async fn two_organizations_never_hear_each_other() {
    let app = TestApp::start().await;
    let other = app.other_demo();
    let mut foreign = Program::arrive(&app, &other, &other.muro.key).await.unwrap();
    foreign.listen(&workspace(&other)).await.unwrap();
    let mut visitor = Visitor::with_conversation(&app, "private").await.unwrap();
    let id = visitor.conversation().to_owned();

    let nowhere = thread(&uuid::Uuid::now_v7().to_string());
    for channel in [workspace(&app.demo), thread(&id), nowhere] {
        let refused = foreign.authorize(&channel).await.unwrap();
        assert_eq!(refused.status(), 403, "{channel}");
        let body: Value = refused.json().await.unwrap();
        assert_eq!(body["error"]["type"], "permission_error", "{channel}");
    }
    // Nor with their own application's secret: the one is no conversation of theirs, the other a
    // channel like any other.
    assert!(foreign.socket.subscribe(&thread(&id)).await.is_err());
    foreign.socket.subscribe(&workspace(&app.demo)).await.unwrap();

    let mut own = Program::listening(&app).await.unwrap();
    visitor.say("for you alone").await.unwrap();
    own.hear(&workspace(&app.demo), "message.new").await.unwrap();
    let heard = foreign.socket.all_until_pong().await.unwrap();
    assert!(heard.iter().all(|frame| frame["event"] != "message.new"), "{heard:?}");
    assert!(heard.iter().all(|frame| frame["event"] != "conversation.update"), "{heard:?}");
}

#[tokio::test]
async fn the_applications_own_secret_opens_its_conversations_too() {
    let app = TestApp::start().await;
    let mut program = Program::arrive(&app, &app.demo, "").await.unwrap();
    let mut visitor = Visitor::with_conversation(&app, "asks").await.unwrap();
    let conv = thread(visitor.conversation());
    program.socket.subscribe(&conv).await.unwrap();
    visitor.say("anyone?").await.unwrap();
    assert_eq!(program.hear(&conv, "message.new").await.unwrap()["content"], "anyone?");
}

#[tokio::test]
async fn a_key_that_ends_takes_its_subscriptions_with_it() {
    let app = TestApp::start().await;
    let demo = app.demo.clone();
    let org = workspace(&demo);
    let mut expiring = Program::arrive(&app, &demo, &demo.muro.key).await.unwrap();
    let mut revoked = Program::arrive(&app, &demo, &demo.muro.read_key).await.unwrap();
    let mut signed = Program::arrive(&app, &demo, "").await.unwrap();
    signed.socket.subscribe(&org).await.unwrap();
    expiring.listen(&org).await.unwrap();
    let kept = revoked.listen(&org).await.unwrap();

    let now = Clock::System.now().micros();
    let which = "name = 'demo' and dialect = 'muro' and kind = 'full'";
    let expire = format!("update api_keys set expires_at = {now} where {which}");
    app.execute(&expire).await;
    let lost = expiring.socket.next("pusher:subscription_error").await.unwrap();
    assert_eq!(lost["channel"], org);
    assert_eq!(expiring.authorize(&org).await.unwrap().status(), 401);

    // The demo's keys are made anew, and the old ones revoked.
    let made = app.run(&["demo", "--json"], &[]);
    assert!(made.status.success(), "{}", made.stderr);
    let lost = revoked.socket.next("pusher:subscription_error").await.unwrap();
    assert_eq!(lost["channel"], org);
    assert_eq!(revoked.authorize(&org).await.unwrap().status(), 401);
    let again = revoked.subscribe(&org, &kept).await;
    assert!(again.is_err(), "what the key had signed before is worth nothing after");

    let demo: Demo = serde_json::from_str(&made.stdout).unwrap();
    let mut visitor = Visitor::arrive_at(&app, &demo.platform.embed_token, "late").await.unwrap();
    visitor.say("who hears this?").await.unwrap();
    signed.hear(&org, "message.new").await.unwrap();
    for mut program in [expiring, revoked] {
        let heard = program.socket.all_until_pong().await.unwrap();
        assert!(heard.iter().all(|frame| frame["event"] != "message.new"), "{heard:?}");
    }
}

#[tokio::test]
async fn clients_cannot_speak_where_the_server_does() {
    let app = TestApp::start().await;
    let mut program = Program::listening(&app).await.unwrap();
    let mut other = Program::listening(&app).await.unwrap();
    let org = workspace(&app.demo);
    for event in ["message.new", "client-message.new"] {
        program.socket.say(&org, event, json!({"content": "fake"})).await.unwrap();
        program.socket.next("pusher:error").await.unwrap();
    }
    assert_eq!(other.socket.all_until_pong().await.unwrap(), Vec::<Value>::new());
}

#[tokio::test]
async fn the_authorizer_says_why_it_refuses() {
    let app = TestApp::start().await;
    let (key, org) = (app.demo.muro.read_key.as_str(), workspace(&app.demo));
    let platform_key = app.demo.platform.agent_key.as_str();
    let cases = [
        ("", "1234.5678", org.as_str(), 401, "authentication_error"),
        ("mr_live_nobody", "1234.5678", &org, 401, "authentication_error"),
        (platform_key, "1234.5678", &org, 401, "authentication_error"),
        (key, "1234", &org, 400, "invalid_request_error"),
        (key, "1234.5678:x", &org, 400, "invalid_request_error"),
        (key, "", &org, 400, "invalid_request_error"),
        (key, "1234.5678", "private-orders", 403, "permission_error"),
        (key, "1234.5678", "private-org-org_1", 403, "permission_error"),
        (key, "1234.5678", "private-conv-cnv_1", 403, "permission_error"),
        (key, "1234.5678", "", 403, "permission_error"),
    ];
    for (key, socket_id, channel, status, kind) in cases {
        let form = [("socket_id", socket_id), ("channel_name", channel)];
        let mut request = Client::new().post(auth_endpoint(&app)).form(&form);
        if !key.is_empty() {
            request = request.bearer_auth(key);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), status, "{socket_id} {channel}");
        assert!(answer.headers().contains_key("x-request-id"));
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["error"]["type"], kind, "{body}");
        assert!(body["error"]["message"].is_string(), "{body}");
    }
    let nothing = Client::new().post(auth_endpoint(&app)).bearer_auth(key).send().await.unwrap();
    assert_eq!(nothing.status(), 400);
}

#[tokio::test]
async fn the_authorizer_signs_forms_and_json_alike() {
    let app = TestApp::start().await;
    let channel = workspace(&app.demo);
    let request = || Client::new().post(auth_endpoint(&app)).bearer_auth(&app.demo.muro.read_key);
    let fields = json!({"socket_id": "1234.5678", "channel_name": channel});
    let expected =
        json!({"auth": PusherApp::of_demo(&app.demo).authorize("1234.5678", &channel, None)});
    for request in [request().form(&fields), request().json(&fields)] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.json::<Value>().await.unwrap(), expected);
    }
}

#[tokio::test]
async fn the_connection_details_are_those_of_the_organizations_application() {
    let app = TestApp::start().await;
    let url = format!("{}/api/v1/realtime", app.base_url);
    let get = || Client::new().get(&url).bearer_auth(&app.demo.muro.read_key).send();
    let details: Value = get().await.unwrap().json().await.unwrap();
    let port: u16 = app.address.rsplit(':').next().unwrap().parse().unwrap();
    let config = json!({
        "key": app.demo.pusher.key,
        "host": "127.0.0.1",
        "port": port,
        "forceTLS": false,
        "cluster": "mt1",
    });
    assert_eq!(details["object"], "realtime");
    assert_eq!(details["enabled"], true);
    assert_eq!(details["config"], config);
    assert_eq!(details["auth_endpoint"], auth_endpoint(&app));
    assert_eq!(details["channels"]["workspace"], workspace(&app.demo));
    assert_eq!(details["channels"]["conversation"], "private-conv-{id}");
    let events: Vec<_> = details["events"].as_object().unwrap().keys().collect();
    assert_eq!(events, ["agent.typing", "conversation.update", "message.new"]);

    let disabled = app.run(&["apps", "disable", &app.demo.pusher.app_id], &[]);
    assert!(disabled.status.success(), "{}", disabled.stderr);
    let details: Value = get().await.unwrap().json().await.unwrap();
    assert_eq!(details, json!({"object": "realtime", "enabled": false}));
}

#[tokio::test]
async fn pages_of_any_origin_may_call_every_path() {
    let app = TestApp::start().await;
    let paths = ["", "/", "/realtime", "/realtime/auth", "/elsewhere"];
    for path in paths.map(|path| format!("/api/v1{path}")) {
        let url = format!("{}{path}", app.base_url);
        let asked = Client::new().request(Method::OPTIONS, &url).send().await.unwrap();
        assert_eq!(asked.status(), 204, "{path}");
        let allowed = asked.headers()["access-control-allow-headers"].to_str().unwrap();
        assert!(allowed.contains("Authorization") && allowed.contains("Content-Type"), "{allowed}");
        assert!(asked.headers().contains_key("x-request-id"));
        let answer = Client::new().get(&url).send().await.unwrap();
        assert_eq!(answer.headers()["access-control-allow-origin"], "*", "{path}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_in_the_dialects_words() {
    let app = TestApp::start().await;
    let nowhere = ["", "/", "//", "/elsewhere", "/conversations/", "/realtime/auth/more", "/%ff"];
    let nowhere = nowhere.map(|path| (path, 404, "not_found"));
    let wrong_method = [("/realtime/auth", 405, "invalid_request_error")];
    for (path, status, kind) in nowhere.into_iter().chain(wrong_method) {
        let answer = reqwest::get(format!("{}/api/v1{path}", app.base_url)).await.unwrap();
        assert_eq!(answer.headers()["access-control-allow-origin"], "*", "{path}");
        assert!(answer.headers().contains_key("x-request-id"), "{path}");
        assert_eq!(answer.status(), status, "{path}");
        assert_eq!(answer.headers().contains_key("allow"), status == 405, "{path}");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["error"]["type"], kind, "{body}");
    }
}
