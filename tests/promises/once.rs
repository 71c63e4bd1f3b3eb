//! Once, in order, everywhere.

use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;

use crate::support::{Agent, Database, TestApp, Visitor};

#[tokio::test]
async fn the_same_client_message_id_ten_times_is_one_message() {
    let app = TestApp::start().await;
    let mut agent = Agent::at_the_inbox(&app, &app.demo.agents[0]).await.unwrap();
    let mut visitor = Visitor::with_conversation(&app, "insistent").await.unwrap();
    let conversation_id = visitor.conversation().to_owned();
    agent.join(&conversation_id).await.unwrap();

    let first = visitor.say_as("the-same", "just once").await.unwrap();
    for _ in 0..4 {
        assert_eq!(visitor.say_as("the-same", "just once").await.unwrap(), first);
    }
    let mut others = JoinSet::new();
    for _ in 0..5 {
        let mut other = Visitor::arrive(&app, "insistent").await.unwrap();
        other.conversation_id = Some(conversation_id.clone());
        others.spawn(async move { other.say_as("the-same", "just once").await.unwrap() });
    }
    for answer in others.join_all().await {
        assert_eq!(answer["id"], first["id"]);
        assert_eq!(answer["seq"], first["seq"]);
    }

    let heard = agent.socket.events_within(Duration::from_millis(300)).await.unwrap();
    let received = heard.iter().filter(|event| event.name == "message_received").count();
    let updated = heard.iter().filter(|event| event.payload["content"] == "just once").count();
    assert_eq!((received, updated), (1, 2), "the room heard it once and the queue heard it once");
    assert_eq!(agent.api.whole_history(&conversation_id).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_first_message_sent_many_times_at_once_begins_one_conversation() {
    let app = TestApp::start().await;
    let mut senders = JoinSet::new();
    for _ in 0..8 {
        let mut visitor = Visitor::arrive(&app, "eager").await.unwrap();
        senders.spawn(async move { visitor.say_as("first", "hello").await.unwrap() });
    }
    let mut ids: Vec<String> =
        senders.join_all().await.iter().map(|message| message["id"].to_string()).collect();
    ids.dedup();
    assert_eq!(ids.len(), 1);
}

#[tokio::test]
async fn two_agents_claim_at_once_and_one_wins() {
    let app = TestApp::start().await;
    let mut ada = Agent::at_the_inbox(&app, &app.demo.agents[0]).await.unwrap();
    let mut bo = Agent::at_the_inbox(&app, &app.demo.agents[1]).await.unwrap();
    for round in 0..10 {
        let visitor = Visitor::with_conversation(&app, &format!("wanted-{round}")).await.unwrap();
        let id = visitor.conversation();
        let claim = json!({ "conversation_id": id });
        let path = format!("/api/conversations/{id}/assign");
        let (over_socket, over_rest) =
            tokio::join!(ada.socket.ask("claim_conversation", claim), bo.api.post(&path, None));
        let (over_socket, (status, body)) = (over_socket.unwrap(), over_rest.unwrap());
        let ada_won = over_socket["ok"] == true;
        assert_eq!(status, if ada_won { 409 } else { 200 }, "{over_socket} {body}");
        let loser_reads = if ada_won { &body["error"] } else { &over_socket["error"] };
        assert!(loser_reads.as_str().unwrap().to_lowercase().contains("already assigned"));

        let winner = if ada_won { &over_socket } else { &body };
        let shown = ada.api.get(&format!("/api/conversations/{id}")).await.unwrap();
        assert_eq!(shown["active_session"]["assigned_agent_id"], winner["assigned_agent_id"]);
        for queue in [&mut ada.socket, &mut bo.socket] {
            let assigned = queue.next("conversation_assigned").await.unwrap();
            assert_eq!(assigned["conversation_id"], id);
            assert_eq!(assigned["assigned_to"], winner["assigned_agent_id"]);
        }
    }
    let more = bo.socket.events_within(Duration::from_millis(200)).await.unwrap();
    assert!(more.iter().all(|event| event.name != "conversation_assigned"), "one claim, one event");
}

#[tokio::test]
async fn claiming_what_is_ones_own_is_a_success_that_nobody_hears_of() {
    let app = TestApp::start().await;
    let mut ada = Agent::at_the_inbox(&app, &app.demo.agents[0]).await.unwrap();
    let visitor = Visitor::with_conversation(&app, "mine").await.unwrap();
    let claim = json!({ "conversation_id": visitor.conversation() });
    let first = ada.ask_ok("claim_conversation", claim.clone()).await.unwrap();
    let again = ada.ask_ok("claim_conversation", claim).await.unwrap();
    assert_eq!(first["assigned_at"], again["assigned_at"]);
    let events = ada.socket.events_within(Duration::from_millis(200)).await.unwrap();
    assert_eq!(events.iter().filter(|event| event.name == "conversation_assigned").count(), 1);
}

#[tokio::test]
async fn a_resolved_conversation_gets_a_new_session_with_the_next_message() {
    let app = TestApp::start().await;
    let mut agent = Agent::at_the_inbox(&app, &app.demo.agents[0]).await.unwrap();
    let mut visitor = Visitor::with_conversation(&app, "returning").await.unwrap();
    let id = visitor.conversation().to_owned();
    let path = format!("/api/conversations/{id}");
    let before = agent.api.get(&path).await.unwrap()["active_session"].clone();
    agent.ask_ok("claim_conversation", json!({ "conversation_id": id })).await.unwrap();

    let tags = json!({ "tags": ["billing", " billing ", "vip"] });
    let (status, body) = agent.api.post(&format!("{path}/resolve"), Some(tags)).await.unwrap();
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["session_id"], before["id"]);
    assert_eq!(body["status"], "resolved");
    assert_eq!(body["tags"], json!(["billing", "vip"]));
    assert!(agent.api.get(&path).await.unwrap()["active_session"].is_null());
    let (status, body) = agent.api.post(&format!("{path}/resolve"), None).await.unwrap();
    assert_eq!(status, 409, "{body}");

    let message = visitor.say("one more thing").await.unwrap();
    assert_eq!(message["seq"], 2, "the conversation goes on counting");
    let after = agent.api.get(&path).await.unwrap()["active_session"].clone();
    assert_ne!(after["id"], before["id"]);
    assert_eq!(after["status"], "open");
    assert_eq!(after["assigned_agent_id"], json!(null));
    assert_eq!(after["tags"], json!([]));
    let history = agent.api.whole_history(&id).await.unwrap();
    assert_eq!(history[0]["session_id"], before["id"]);
    assert_eq!(history[1]["session_id"], after["id"]);
}

#[tokio::test]
async fn events_of_one_client_are_handled_in_the_order_they_came() {
    let settings = [("REALTIME__EVENTS_PER_SECOND", "0")];
    let app = TestApp::start_with(&Database::Sqlite, &settings).await;
    let mut visitor = Visitor::with_conversation(&app, "hasty").await.unwrap();
    let mut asked = Vec::new();
    for number in 0..300 {
        // Events that need the database between events that are refused at once.
        let (event, payload) = match number % 3 {
            0 => ("send_message", visitor.message(&format!("{number}"), &format!("{number}"))),
            1 => ("join_queue", json!({})),
            _ => ("send_message", visitor.message(&format!("{number}"), "")),
        };
        asked.push(visitor.socket.send_asking(event, payload).await.unwrap());
    }
    let mut answered = Vec::new();
    for _ in 0..asked.len() {
        answered.push(visitor.socket.next_answer().await.unwrap());
    }
    assert_eq!(answered.iter().map(|(id, _)| *id).collect::<Vec<_>>(), asked);
    let stored = answered.iter().filter(|(_, answer)| answer["ok"] == true);
    for (at, (_, answer)) in stored.enumerate() {
        assert_eq!(answer["message"]["seq"], at + 2);
        assert_eq!(answer["message"]["content"], format!("{}", at * 3));
    }
}

#[tokio::test]
async fn what_an_agent_says_without_waiting_is_kept_and_answered_in_its_order() {
    let settings = [("REALTIME__EVENTS_PER_SECOND", "0")];
    let app = TestApp::start_with(&Database::Sqlite, &settings).await;
    let visitor = Visitor::with_conversation(&app, "patient").await.unwrap();
    let mut ada = Agent::arrive(&app, &app.demo.agents[0]).await.unwrap();
    ada.join(visitor.conversation()).await.unwrap();
    let say = |conversation: &str, id: u64, text: &str| {
        json!({
            "conversation_id": conversation, "sender_type": "agent", "content": text,
            "client_message_id": format!("m{id}"),
        })
    };
    let mut asked = Vec::new();
    for number in 0..300_u64 {
        let text = number.to_string();
        let (event, payload) = match number % 10 {
            3 => ("send_message", say(&uuid::Uuid::now_v7().to_string(), number, "to nobody")),
            5 => ("send_message", say(visitor.conversation(), number - 1, "said before")),
            7 => ("join_queue", json!({})),
            9 => ("send_message", say(visitor.conversation(), number, "")),
            _ => ("send_message", say(visitor.conversation(), number, &text)),
        };
        asked.push(ada.socket.send_asking(event, payload).await.unwrap());
    }
    let mut seq = 1;
    for (number, asked) in asked.into_iter().enumerate() {
        let (id, answer) = ada.socket.next_answer().await.unwrap();
        assert_eq!(id, asked, "answers come in the order of the events");
        match number % 10 {
            3 => assert_eq!(answer["error"], "conversation not found"),
            9 => assert_eq!(answer["ok"], false, "{answer}"),
            7 => assert_eq!(answer["ok"], true, "{answer}"),
            5 => {
                assert_eq!(answer["duplicate"], true, "{answer}");
                assert_eq!(answer["message"]["content"], (number - 1).to_string());
            }
            _ => {
                seq += 1;
                assert_eq!(answer["message"]["seq"], seq, "{answer}");
                assert_eq!(answer["message"]["content"], number.to_string());
            }
        }
    }
    let kept = ada.api.whole_history(visitor.conversation()).await.unwrap();
    assert_eq!(kept.len(), seq);
}

#[tokio::test]
async fn everyone_in_a_conversation_hears_the_same_order() {
    let app = TestApp::start().await;
    let mut visitor = Visitor::with_conversation(&app, "popular").await.unwrap();
    let id = visitor.conversation().to_owned();
    let mut listeners = Vec::new();
    for agent in &app.demo.agents {
        let mut listener = Agent::arrive(&app, agent).await.unwrap();
        listener.join(&id).await.unwrap();
        listeners.push(listener);
    }
    let [ada, bo] = &mut listeners[..] else { panic!("the demo has two agents") };
    let _ = tokio::join!(
        async {
            for n in 0..40 {
                visitor.say(&format!("v{n}")).await.unwrap();
            }
        },
        async {
            for n in 0..40 {
                ada.say(&id, &format!("a{n}")).await.unwrap();
            }
        },
        async {
            for n in 0..40 {
                bo.say(&id, &format!("b{n}")).await.unwrap();
            }
        },
    );
    let stored = ada.api.whole_history(&id).await.unwrap();
    let stored: Vec<_> = stored[1..].iter().map(|message| message["content"].clone()).collect();
    assert_eq!(stored.len(), 120);
    for socket in [&mut visitor.socket, &mut ada.socket, &mut bo.socket] {
        let mut heard = Vec::new();
        while heard.len() < stored.len() {
            let message = socket.next("message_received").await.unwrap();
            if message["seq"] != 1 {
                heard.push(message["content"].clone());
            }
        }
        assert_eq!(heard, stored);
    }
}
