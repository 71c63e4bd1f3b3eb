//! The command line, as an operator types it.

use serde_json::json;

use crate::support::{AgentApi, Database, Demo, RedisServer, Socket, TestApp, plain_id};

#[tokio::test]
async fn the_demo_is_the_same_organization_with_new_secrets_each_time() {
    let app = TestApp::start().await;
    let again = app.run(&["demo", "--json"], &[]);
    assert!(again.status.success());
    let demo: Demo = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!(demo.organization_id, app.demo.organization_id);
    assert_eq!(demo.platform.channel_id, app.demo.platform.channel_id);
    for (now, before) in demo.agents.iter().zip(&app.demo.agents) {
        assert_eq!((&now.id, &now.email), (&before.id, &before.email));
    }
    AgentApi::log_in(&app, &demo.agents[0]).await.expect("the new password works");
    for (key, status) in [(&demo.platform.agent_key, 200), (&app.demo.platform.agent_key, 401)] {
        assert_eq!(list_with(&app, key).await, status);
    }
    let other = app.other_demo();
    assert_ne!(plain_id(&other.organization_id), plain_id(&demo.organization_id));
}

#[tokio::test]
async fn the_demo_tells_a_person_what_to_do_next() {
    let app = TestApp::start().await;
    let told = app.run(&["demo"], &[]);
    assert!(told.status.success());
    for word in ["/demo?token=ew_", "/inbox", "ada@example.com"] {
        assert!(told.stdout.contains(word), "{word} is missing in:\n{}", told.stdout);
    }
}

#[tokio::test]
async fn a_key_is_shown_once_and_opens_nothing_after_it_was_revoked() {
    let app = TestApp::start().await;
    let email = &app.demo.agents[0].email;
    let made = app.run(&["keys", "create", "--agent", email, "--name", "nightly report"], &[]);
    assert!(made.status.success(), "{}", made.stderr);
    let key = made.stdout.split_whitespace().find(|it| it.starts_with("sb_agent_")).unwrap();
    assert_eq!(list_with(&app, key).await, 200);
    let auth = Some(json!({ "token": key }));
    let mut socket = Socket::connect_with_auth(&app.base_url, &[], auth).await.unwrap();
    assert_eq!(socket.ask("join_queue", json!({})).await.unwrap()["ok"], true);

    let listed = app.run(&["keys", "list"], &[]).stdout;
    let line = listed.lines().find(|line| line.contains("nightly report")).expect("it is listed");
    assert!(!listed.contains(key), "the key is not shown again");
    let id = line.split_whitespace().next().unwrap();
    assert!(app.run(&["keys", "revoke", id], &[]).status.success());
    assert_eq!(list_with(&app, key).await, 401);
    let nobody = app.run(&["keys", "create", "--agent", "nobody@example.com", "--name", "x"], &[]);
    assert!(!nobody.status.success() && !nobody.stderr.is_empty());
}

#[tokio::test]
async fn an_app_is_made_listed_rotated_and_disabled_beside_a_running_server() {
    let app = TestApp::start().await;
    let create = ["apps", "create", "--organization", "Demo", "--name", "Shop", "--client-events"];
    let made = app.run(&[&create[..], &["--set", "watchlist_max=3"]].concat(), &[]);
    assert!(made.status.success(), "{}", made.stderr);
    let made = made.stdout;
    let [id, key, secret] = ["app_id", "key", "secret"].map(|word| shown(&made, word));
    assert!(id.parse::<u32>().is_ok(), "{id}");

    let listed = app.run(&["apps", "list"], &[]).stdout;
    let line = listed.lines().find(|line| line.starts_with(&id)).expect("it is listed");
    for word in ["Shop", "enabled", "for Demo", &key] {
        assert!(line.contains(word), "{word} is missing in: {line}");
    }
    assert!(!listed.contains(&secret), "the secret is not shown again");

    let rotated = app.run(&["apps", "rotate", &id], &[]).stdout;
    assert_eq!((shown(&rotated, "app_id"), shown(&rotated, "key")), (id.clone(), key));
    assert_ne!(shown(&rotated, "secret"), secret);
    assert!(app.run(&["apps", "disable", &id], &[]).stdout.contains("apps enable"));
    assert!(app.run(&["apps", "list"], &[]).stdout.contains("disabled"));
    assert!(app.run(&["apps", "enable", &id], &[]).status.success());
}

#[tokio::test]
async fn what_cannot_be_done_with_apps_is_explained() {
    let app = TestApp::start().await;
    let create = ["apps", "create", "--organization"];
    let told = |arguments: &[&str], settings: &[(&str, &str)]| {
        let told = app.run(arguments, settings);
        assert!(!told.status.success(), "{arguments:?}");
        told.stderr
    };
    assert!(told(&[&create[..], &["Nobody"]].concat(), &[]).contains("apps list"));
    let wrong = [&create[..], &["Demo", "--webhook", "here", "--set", "no_such=1"]].concat();
    let why = told(&wrong, &[]);
    assert!(why.contains("webhooks[0].url") && why.contains("no_such"), "{why}");
    assert!(told(&["apps", "rotate", "1"], &[]).contains("apps list"));
    let fixed = [("PUSHER__APPS", r#"[{"id": 1, "key": "k", "secret": "s"}]"#)];
    assert!(told(&["apps", "disable", "1"], &fixed).contains("configuration"));
    assert!(app.run(&["apps", "list"], &fixed).stdout.contains("in the configuration"));
}

/// What a command printed behind this word.
fn shown(stdout: &str, word: &str) -> String {
    let line = stdout.lines().find_map(|line| line.strip_prefix(word));
    line.unwrap_or_else(|| panic!("no {word} in: {stdout}")).trim().to_owned()
}

#[tokio::test]
async fn every_problem_of_the_configuration_is_told_at_once() {
    let app = TestApp::start().await;
    let wrong = [
        ("SERVER__LISTEN", "nowhere"),
        ("REALTIME__PING_INTERVAL_MS", "often"),
        ("LIMITS__NO_SUCH_KEY", "1"),
        ("LOG__FORMAT", "poem"),
    ];
    for command in ["serve", "doctor"] {
        let refused = app.run(&[command], &wrong);
        assert!(!refused.status.success(), "{command}");
        let said = format!("{}{}", refused.stdout, refused.stderr);
        for key in
            ["server.listen", "realtime.ping_interval_ms", "limits.no_such_key", "log.format"]
        {
            assert!(said.contains(key), "{command} does not name {key}:\n{said}");
        }
    }
}

#[tokio::test]
async fn the_doctor_finds_nothing_wrong_with_a_running_server() {
    let app = TestApp::start().await;
    let healthy = app.run(&["doctor"], &[]);
    assert!(healthy.status.success(), "{}{}", healthy.stdout, healthy.stderr);
    assert!(healthy.stdout.lines().any(|line| line.trim_start().starts_with("ok")));
    let away = [("DATABASE__URL", "postgres://nobody@127.0.0.1:1/nothing")];
    let ill = app.run(&["doctor"], &away);
    assert_eq!(ill.status.code(), Some(1), "{}", ill.stdout);
    assert!(ill.stdout.contains("fail"), "{}", ill.stdout);
}

#[tokio::test]
async fn the_doctor_reaches_redis_as_a_node_does() {
    let Some(Database::Postgres { url: database }) = Database::postgres().await else { return };
    let Some(redis) = RedisServer::start().await else { return };
    let app = TestApp::start().await;
    let url = format!("redis://127.0.0.1:{}", redis.port());
    let settings = [("REDIS__URL", url.as_str()), ("DATABASE__URL", &database)];
    assert!(app.run(&["migrate"], &settings).status.success());
    let healthy = app.run(&["doctor"], &settings);
    assert!(healthy.status.success(), "{}{}", healthy.stdout, healthy.stderr);
    let back = "one server; a publication comes back after";
    for told in [back, "Redis and this machine", "Postgres and this machine"] {
        assert!(healthy.stdout.contains(told), "{}", healthy.stdout);
    }
    redis.stop().await;
    let away = app.run(&["doctor"], &settings);
    assert_eq!(away.status.code(), Some(1), "{}", away.stdout);
    assert!(away.stdout.contains("redis.url: "), "{}", away.stdout);
}

#[tokio::test]
async fn a_second_server_on_the_same_address_goes_away() {
    let app = TestApp::start().await;
    let second = app.run(&["serve"], &[]);
    assert!(!second.status.success());
    let said = format!("{}{}", second.stdout, second.stderr);
    assert!(said.contains(&app.address), "it says which address is taken:\n{said}");
    assert_eq!(list_with(&app, &app.demo.platform.agent_key).await, 200, "the first goes on");
}

#[tokio::test]
async fn migrating_twice_changes_nothing() {
    let app = TestApp::start().await;
    for _ in 0..2 {
        assert!(app.run(&["migrate"], &[]).status.success());
    }
    assert_eq!(list_with(&app, &app.demo.platform.agent_key).await, 200);
}

/// The status of a list of conversations asked for with this key.
async fn list_with(app: &TestApp, key: &str) -> u16 {
    let url = format!("{}/api/conversations/", app.base_url);
    let answer = reqwest::Client::new().get(url).bearer_auth(key).send().await.unwrap();
    answer.status().as_u16()
}
