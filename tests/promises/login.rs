//! Agents' logins: the form, the cookie, the token, the end.

use reqwest::{Client, Method, redirect};
use serde_json::json;

use crate::support::{Agent, AgentApi, Database, Socket, TestApp, Visitor, submit_login};

fn client() -> Client {
    Client::builder().redirect(redirect::Policy::none()).build().expect("a client")
}

#[tokio::test]
async fn a_login_gives_a_cookie_that_scripts_cannot_read() {
    let app = TestApp::start().await;
    let ada = &app.demo.agents[0];
    let answer = submit_login(&client(), &app.base_url, &ada.email, &ada.password).await.unwrap();
    assert_eq!(answer.status(), 302);
    assert_eq!(answer.headers()["location"], "/inbox");
    let cookies = answer.headers().get_all("set-cookie").iter();
    let cookie = cookies
        .map(|cookie| cookie.to_str().unwrap().to_ascii_lowercase())
        .find(|cookie| cookie.starts_with("session="))
        .expect("a session cookie");
    assert!(cookie.contains("httponly"), "{cookie}");
    assert!(cookie.contains("samesite=lax"), "{cookie}");
    assert!(!cookie.contains("secure"), "without TLS a browser would not keep it: {cookie}");
}

#[tokio::test]
async fn who_is_not_logged_in_is_shown_the_way_or_told_so() {
    let app = TestApp::start().await;
    let page = client().get(format!("{}/inbox", app.base_url)).send().await.unwrap();
    assert_eq!(page.status(), 302);
    assert_eq!(page.headers()["location"], "/auth/login?next=/inbox");
    let list = client().get(format!("{}/api/conversations/", app.base_url)).send().await.unwrap();
    assert_eq!(list.status(), 401);
    assert!(list.json::<serde_json::Value>().await.unwrap()["error"].is_string());
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_look_the_same() {
    let app = TestApp::start().await;
    let ada = &app.demo.agents[0];
    let mut seen = Vec::new();
    for (email, password) in [(ada.email.as_str(), "wrong"), ("nobody@example.com", "wrong")] {
        let answer = submit_login(&client(), &app.base_url, email, password).await.unwrap();
        assert!(
            !answer.headers().iter().any(|(_, value)| value.as_bytes().starts_with(b"session="))
        );
        let status = answer.status().as_u16();
        assert!(matches!(status, 400 | 401 | 403), "{status}");
        let page = answer.text().await.unwrap();
        let error = page.split("data-testid=\"error\"").nth(1).expect("the page says why");
        seen.push((status, error.split('<').next().unwrap().to_owned()));
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn a_form_without_its_token_is_refused() {
    let app = TestApp::start().await;
    let ada = &app.demo.agents[0];
    for token in ["", "made-up"] {
        let fields =
            [("email", ada.email.as_str()), ("password", &ada.password), ("csrf_token", token)];
        let url = format!("{}/auth/login", app.base_url);
        let answer = client().post(url).form(&fields).send().await.unwrap();
        assert!(answer.status().is_client_error(), "{}", answer.status());
        assert!(
            !answer.headers().contains_key("set-cookie") || {
                let cookie = answer.headers()["set-cookie"].to_str().unwrap();
                !cookie.starts_with("session=")
            }
        );
    }
}

#[tokio::test]
async fn guessing_a_password_is_stopped() {
    let settings = [("LIMITS__LOGIN_ATTEMPTS", "10")];
    let app = TestApp::start_with(&Database::Sqlite, &settings).await;
    let ada = &app.demo.agents[0];
    for _ in 0..10 {
        submit_login(&client(), &app.base_url, &ada.email, "guess").await.unwrap();
    }
    let answer = submit_login(&client(), &app.base_url, &ada.email, &ada.password).await.unwrap();
    assert_eq!(answer.status(), 429, "even the right one has to wait now");
    assert!(answer.text().await.unwrap().contains(" seconds."), "it says how long");
    let bo = &app.demo.agents[1];
    let answer = submit_login(&client(), &app.base_url, &bo.email, &bo.password).await.unwrap();
    assert!(answer.status().is_redirection(), "others are not kept out");
}

#[tokio::test]
async fn a_change_needs_the_token_of_its_login() {
    let app = TestApp::start().await;
    let ada = AgentApi::log_in(&app, &app.demo.agents[0]).await.unwrap();
    let bo = AgentApi::log_in(&app, &app.demo.agents[1]).await.unwrap();
    let visitor = Visitor::with_conversation(&app, "someone").await.unwrap();
    let path = format!("/api/conversations/{}/assign", visitor.conversation());
    for token in ["", "made-up", &bo.csrf_token] {
        let request =
            client().post(format!("{}{path}", app.base_url)).header("cookie", &ada.cookie);
        let request = if token.is_empty() { request } else { request.header("x-csrftoken", token) };
        let answer = request.send().await.unwrap();
        assert!(matches!(answer.status().as_u16(), 400 | 403), "{}", answer.status());
    }
    assert_eq!(ada.post(&path, None).await.unwrap().0, 200);
}

#[tokio::test]
async fn logging_out_ends_it_everywhere() {
    let app = TestApp::start().await;
    let here = Agent::at_the_inbox(&app, &app.demo.agents[0]).await.unwrap();
    let mut there = Agent::at_the_inbox(&app, &app.demo.agents[0]).await.unwrap();
    let mut colleague = Agent::at_the_inbox(&app, &app.demo.agents[1]).await.unwrap();
    let answer = here.api.send(Method::POST, "/auth/logout", None).await.unwrap();
    assert!(answer.status().is_redirection() || answer.status().is_success());

    there.socket.closed().await.expect("an open inbox of the same agent is closed");
    for api in [&here.api, &there.api] {
        let answer = api.send(Method::GET, "/api/conversations/", None).await.unwrap();
        assert_eq!(answer.status(), 401);
    }
    let back = Socket::connect(&app.base_url, &[("cookie", &there.api.cookie)]).await;
    if let Ok(mut socket) = back {
        let answer = socket.ask("join_queue", json!({})).await.unwrap();
        assert_eq!(answer["ok"], false, "the cookie is worth nothing now");
    }
    colleague.ask_ok("join_queue", json!({})).await.expect("a colleague is not disturbed");
}

#[tokio::test]
async fn a_socket_goes_with_the_login_that_opened_it() {
    let app = TestApp::start().await;
    let mut over = Agent::at_the_inbox(&app, &app.demo.agents[0]).await.unwrap();
    let mut lasting = Agent::at_the_inbox(&app, &app.demo.agents[0]).await.unwrap();
    let auth = Some(json!({ "token": &app.demo.platform.agent_key }));
    let mut program = Socket::connect_with_auth(&app.base_url, &[], auth).await.unwrap();
    // The older of the two has had its time.
    app.execute(
        "update login_sessions set expires_at = 1 \
         where created_at = (select min(created_at) from login_sessions)",
    )
    .await;
    over.socket.closed().await.expect("its login is over");
    lasting.ask_ok("join_queue", json!({})).await.expect("another login of the same agent is not");
    assert_eq!(program.ask("join_queue", json!({})).await.unwrap()["ok"], true);
    app.execute("delete from login_sessions").await;
    lasting.socket.closed().await.expect("its login is gone");
    assert_eq!(program.ask("join_queue", json!({})).await.unwrap()["ok"], true);
}

#[tokio::test]
async fn an_agents_key_opens_what_a_login_opens() {
    let app = TestApp::start().await;
    let key = &app.demo.platform.agent_key;
    let visitor = Visitor::with_conversation(&app, "someone").await.unwrap();
    let url = |path: &str| format!("{}/api/conversations/{path}", app.base_url);
    let listed = client().get(url("")).bearer_auth(key).send().await.unwrap();
    assert_eq!(listed.status(), 200);
    let claim = url(&format!("{}/assign", visitor.conversation()));
    let answer = client().post(claim).bearer_auth(key).send().await.unwrap();
    assert_eq!(answer.status(), 200, "a key needs no token against forgery");
    let wrong = client().get(url("")).bearer_auth("sb_agent_wrong").send().await.unwrap();
    assert_eq!(wrong.status(), 401);

    let auth = Some(json!({ "token": key }));
    let mut socket = Socket::connect_with_auth(&app.base_url, &[], auth).await.unwrap();
    assert_eq!(socket.ask("join_queue", json!({})).await.unwrap()["ok"], true);
}
