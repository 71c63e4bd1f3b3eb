//! Sending: once, in order, and kept.

use futures_util::future::join_all;
use switchboard::domain::{ClientMessageId, Event, EventKind, SessionStatus, Tags};
use switchboard::service::{Page, SendVisitorMessage, ServiceError};

use super::desk::{content, proof, send};
use super::on_both_engines;

const ALL: Page = Page { limit: 500, offset: 0 };

on_both_engines! {
    async fn the_same_client_message_id_ten_times_is_one_message(desk) {
        let request = SendVisitorMessage {
            client_message_id: Some(ClientMessageId::new("m1").unwrap()),
            ..desk.first("visitor", "hello")
        };
        let sends = (0..10).map(|_| send(&desk.services, request.clone()));
        let sent: Vec<_> = join_all(sends).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(sent.iter().filter(|sent| !sent.duplicate).count(), 1);
        assert_eq!(sent.iter().filter(|sent| sent.created_conversation).count(), 1);
        assert!(sent.iter().all(|one| one.message == sent[0].message));
        let history = desk.services.history(desk.ada(), sent[0].message.conversation_id, ALL).await;
        assert_eq!(history.unwrap().total, 1);
        assert_eq!(desk.heard.logged().len(), 2, "that it began, and the message");
    }

    async fn seq_is_gapless_under_concurrency(desk) {
        let id = desk.begin("visitor").await.conversation_id;
        let sends = (0..100).map(|n| async move {
            if n % 2 == 0 {
                desk.visitor_says(id, "visitor", "from the visitor").await
            } else {
                desk.agent_says(desk.ada(), id, "from the agent").await
            }
        });
        let sent: Vec<_> = join_all(sends).await.into_iter().map(Result::unwrap).collect();
        let mut seqs: Vec<_> = sent.iter().map(|sent| sent.message.seq).collect();
        seqs.sort_unstable();
        assert_eq!(seqs, (2..=101).collect::<Vec<_>>());
        let history = desk.services.history(desk.ada(), id, ALL).await.unwrap();
        let kept: Vec<_> = history.messages.iter().map(|read| read.message.seq).collect();
        assert_eq!(kept, (1..=101).collect::<Vec<_>>());
        assert!(history.messages.is_sorted_by_key(|read| read.message.created_at));
    }

    async fn announcements_leave_in_the_order_of_the_log(desk) {
        let conversations = join_all((0..5).map(|n| async move {
            desk.begin(&format!("visitor {n}")).await.conversation_id
        })).await;
        join_all((0..60).map(|n| {
            let id = conversations[n % 5];
            async move { desk.agent_says(desk.ada(), id, "hello").await.unwrap() }
        })).await;
        let heard = desk.heard.logged();
        let positions: Vec<_> = heard.iter().filter_map(|event| event.position).collect();
        assert_eq!(positions, (1..=70).collect::<Vec<_>>());
    }

    async fn what_is_written_together_is_told_as_it_is_kept(desk) {
        let conversations = join_all((0..3).map(|n| async move {
            desk.begin(&format!("visitor {n}")).await.conversation_id
        })).await;
        desk.services.resolve_conversation(desk.ada(), conversations[0], Tags::default()).await.unwrap();
        join_all((0..90).map(|n| {
            let id = conversations[n % 3];
            async move {
                match n % 4 {
                    0 => desk.agent_says(desk.ada(), id, "an answer").await.unwrap(),
                    _ => desk.visitor_says(id, &format!("visitor {}", n % 3), "a question").await.unwrap(),
                }
            }
        })).await;
        let organization = desk.ada().organization_id;
        let kept = desk.services.events_after(organization, 0, 500).await.unwrap();
        assert_eq!(kept, desk.heard.logged());
        for id in conversations {
            let state = desk.services.conversation_state(organization, id).await.unwrap().unwrap();
            let told = desk.heard.announcements.lock();
            let last = told.iter().rev().map(|one| &one.event).find(|event| {
                event.conversation_id == Some(id) && event.position.is_none()
            });
            assert_eq!(last, Some(&Event::conversation_updated(state)));
        }
    }

    async fn a_message_that_is_repeated_at_once_is_kept_once(desk) {
        let id = desk.begin("visitor").await.conversation_id;
        let request = |text: &str| SendVisitorMessage {
            conversation_id: Some(id),
            embed_token: None,
            client_message_id: Some(ClientMessageId::new("m2").unwrap()),
            ..desk.first("visitor", text)
        };
        let sends = (0..20).map(|_| send(&desk.services, request("once")));
        let sent: Vec<_> = join_all(sends).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(sent.iter().filter(|sent| !sent.duplicate).count(), 1);
        assert!(sent.iter().all(|one| one.message == sent[0].message && one.message.seq == 2));
        assert_eq!(desk.heard.logged().len(), 3, "that it began, and two messages");
    }

    async fn a_resolved_conversation_gets_a_new_session(desk) {
        let first = desk.begin("visitor").await;
        let id = first.conversation_id;
        let tags = Tags::new(["billing".to_owned()]).unwrap();
        let resolved = desk.services.resolve_conversation(desk.ada(), id, tags).await.unwrap();
        assert_eq!(resolved.session_id, first.session_id);
        let view = desk.services.get_conversation(desk.ada(), id).await.unwrap();
        assert_eq!(view.active_session, None);
        let again = desk.visitor_says(id, "visitor", "one more thing").await.unwrap().message;
        assert_ne!(again.session_id, first.session_id);
        assert_eq!((again.conversation_id, again.seq), (id, 2));
        let view = desk.services.get_conversation(desk.ada(), id).await.unwrap();
        let session = view.active_session.unwrap();
        assert_eq!((session.id, session.status), (again.session_id, SessionStatus::Open));
        assert_eq!((session.assigned_agent_id, session.tags), (None, Tags::default()));
    }

    async fn an_agent_who_writes_into_a_resolved_conversation_has_it(desk) {
        let id = desk.begin("visitor").await.conversation_id;
        desk.services.resolve_conversation(desk.ada(), id, Tags::default()).await.unwrap();
        let sent = desk.agent_says(desk.bo(), id, "one more thing").await.unwrap();
        let session = desk.services.get_conversation(desk.ada(), id).await.unwrap().active_session;
        let session = session.unwrap();
        assert_eq!(session.id, sent.message.session_id);
        assert_eq!(session.assigned_agent_id, Some(desk.bo().user_id));
        let last = desk.heard.logged().pop().unwrap().kind;
        assert!(matches!(last, EventKind::ConversationAssigned { agent_id, .. } if agent_id == desk.bo().user_id));
    }

    async fn someone_elses_client_message_id_is_a_conflict(desk) {
        let id = desk.begin("visitor").await.conversation_id;
        let own = Some(ClientMessageId::new("m1").unwrap());
        let request = SendVisitorMessage {
            conversation_id: Some(id),
            client_message_id: own.clone(),
            ..desk.first("visitor", "mine")
        };
        send(&desk.services, request).await.unwrap();
        let reply = switchboard::service::SendAgentMessage {
            bot: None,
            conversation_id: id,
            content: content("mine too"),
            client_message_id: own,
            origin: None,
        };
        let refused = desk.services.send_agent_message(desk.ada(), reply).await.unwrap().kept().await;
        assert!(matches!(refused, Err(ServiceError::Conflict(_))), "{refused:?}");
    }

    async fn a_page_of_history_is_counted_from_the_oldest(desk) {
        let id = desk.begin("visitor").await.conversation_id;
        for n in 2..=5 {
            desk.visitor_says(id, "visitor", &n.to_string()).await.unwrap();
        }
        let page = Page { limit: 2, offset: 1 };
        let history = desk.services.history(desk.ada(), id, page).await.unwrap();
        let seqs: Vec<_> = history.messages.iter().map(|read| read.message.seq).collect();
        assert_eq!((seqs, history.total), (vec![2, 3], 5));
        let none = Page { limit: 0, offset: 0 };
        let refused = desk.services.history(desk.ada(), id, none).await;
        assert!(matches!(refused, Err(ServiceError::Invalid(_))));
    }

    async fn a_widget_sees_the_last_hundred_messages(desk) {
        let id = desk.begin("visitor").await.conversation_id;
        join_all((0..104).map(|_| desk.agent_says(desk.ada(), id, "hello"))).await;
        let messages = desk.services.widget_history(id, &proof("visitor")).await.unwrap();
        let seqs: Vec<_> = messages.iter().map(|message| message.seq).collect();
        assert_eq!(seqs, (6..=105).collect::<Vec<_>>());
    }

    async fn what_was_missed_is_read_after_a_seq(desk) {
        let id = desk.begin("visitor").await.conversation_id;
        for _ in 0..4 {
            desk.agent_says(desk.ada(), id, "hello").await.unwrap();
        }
        let join = desk.services.join_conversation_as_visitor(id, &proof("visitor")).await.unwrap();
        assert_eq!((join.seq, join.position), (5, 6));
        let missed = desk.services.messages_after(&join.actor, id, 2, 2).await.unwrap();
        assert_eq!(missed.iter().map(|message| message.seq).collect::<Vec<_>>(), [3, 4]);
    }

    async fn rich_content_comes_back_as_it_was_sent(desk) {
        let rich = serde_json::json!({"url": "https://a.test/x.png", "alt": "ü\u{0}", "width": 640});
        let mut request = desk.first("visitor", "hello");
        request.content =
            switchboard::domain::Content::new("image", String::new(), Some(rich)).unwrap();
        let sent = send(&desk.services, request).await.unwrap().message;
        let id = sent.conversation_id;
        let history = desk.services.history(desk.ada(), id, ALL).await.unwrap();
        assert_eq!(history.messages[0].message, *sent);
    }
}
