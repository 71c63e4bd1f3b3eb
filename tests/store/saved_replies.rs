//! Answers that agents keep ready.

use switchboard::domain::{ApiKeyId, Program, ReplyText, SavedReply, SavedReplyId};
use switchboard::service::{SavedReplyChange, ServiceError};

use super::{Desk, on_both_engines};

fn program(desk: &Desk) -> Program {
    Program {
        organization_id: desk.ada().organization_id,
        key_id: ApiKeyId::generate(),
        user_id: None,
        channel_id: None,
    }
}

fn text(shortcut: &str) -> ReplyText {
    let [shortcut, title, body] = [shortcut, "Title", "Thanks!"].map(str::to_owned);
    ReplyText { shortcut, title, body }
}

fn shortcut(shortcut: &str) -> SavedReplyChange {
    SavedReplyChange { shortcut: Some(shortcut.to_owned()), ..SavedReplyChange::default() }
}

async fn keep(desk: &Desk, shortcut: &str) -> SavedReply {
    desk.services.create_saved_reply(program(desk), text(shortcut)).await.unwrap()
}

on_both_engines! {
    async fn a_saved_reply_is_kept_changed_and_forgotten(desk) {
        let services = &desk.services;
        let kept = keep(desk, "/thanks").await;
        assert_eq!(kept.text, text("thanks"));
        assert_eq!(services.get_saved_reply(program(desk), kept.id).await.unwrap(), kept);
        let change = SavedReplyChange { body: Some("Merci !".to_owned()), ..SavedReplyChange::default() };
        let changed = services.change_saved_reply(program(desk), kept.id, change).await.unwrap();
        assert_eq!(changed.text, ReplyText { body: "Merci !".to_owned(), ..text("thanks") });
        assert_eq!(services.list_saved_replies(program(desk), None, 10).await.unwrap(), [changed]);
        services.delete_saved_reply(program(desk), kept.id).await.unwrap();
        let gone = services.delete_saved_reply(program(desk), kept.id).await;
        assert!(matches!(gone, Err(ServiceError::NotFound(_))));
        keep(desk, "thanks").await;
    }

    async fn a_shortcut_leads_to_one_reply(desk) {
        let services = &desk.services;
        let (first, second) = (keep(desk, "one").await, keep(desk, "two").await);
        let taken = [
            services.create_saved_reply(program(desk), text("/one")).await,
            services.change_saved_reply(program(desk), second.id, shortcut("one")).await,
        ];
        assert!(taken.iter().all(|it| matches!(it, Err(ServiceError::Conflict(_)))), "{taken:?}");
        let same = services.change_saved_reply(program(desk), first.id, shortcut("one")).await;
        assert_eq!(same.unwrap().text, first.text, "its own shortcut is not taken");
        let stranger = Program { organization_id: desk.stranger().await.organization_id, ..program(desk) };
        services.create_saved_reply(stranger, text("one")).await.unwrap();
    }

    async fn an_agent_is_offered_what_begins_as_typed_the_shortest_first(desk) {
        for shortcut in ["refund-late", "Refund", "re%", "thanks", "öffnungszeiten"] {
            keep(desk, shortcut).await;
        }
        let offer = async |typed: &str| {
            let offered = desk.services.offer_saved_replies(desk.ada(), typed).await.unwrap();
            offered.into_iter().map(|reply| reply.text.shortcut).collect::<Vec<_>>()
        };
        assert_eq!(offer("re").await, ["re%", "Refund", "refund-late"]);
        assert_eq!(offer("/REFUND").await, ["Refund", "refund-late"]);
        assert_eq!(offer("re%").await, ["re%"]);
        assert_eq!(offer("öff").await, ["öffnungszeiten"]);
        assert_eq!(offer("x").await, [""; 0]);
        assert_eq!(offer("").await.len(), 5);
        for number in 0..9 {
            keep(desk, &format!("many-{number}")).await;
        }
        assert_eq!(offer("many").await.len(), 8);
        for typed in ["a\0", &"x".repeat(65)] {
            let refused = desk.services.offer_saved_replies(desk.ada(), typed).await;
            assert!(matches!(refused, Err(ServiceError::Invalid(_))), "{typed:?}");
        }
        let stranger = desk.stranger().await;
        assert_eq!(desk.services.offer_saved_replies(stranger, "").await.unwrap(), []);
    }

    async fn two_who_want_a_shortcut_at_once_get_it_once(desk) {
        let wants = (0..10).map(|_| desk.services.create_saved_reply(program(desk), text("one")));
        let came = futures_util::future::join_all(wants).await;
        assert_eq!(came.iter().filter(|it| it.is_ok()).count(), 1);
        let lost = |it: &&Result<_, _>| matches!(it, Err(ServiceError::Conflict(_)));
        assert_eq!(came.iter().filter(lost).count(), 9, "{came:?}");
    }

    async fn nobody_meets_the_replies_of_another_organization(desk) {
        let (services, kept) = (&desk.services, keep(desk, "one").await);
        let stranger = Program { organization_id: desk.stranger().await.organization_id, ..program(desk) };
        assert_eq!(services.list_saved_replies(stranger, None, 10).await.unwrap(), []);
        let refused = [
            services.get_saved_reply(stranger, kept.id).await.map(drop),
            services.change_saved_reply(stranger, kept.id, shortcut("two")).await.map(drop),
            services.delete_saved_reply(stranger, kept.id).await,
            services.get_saved_reply(program(desk), SavedReplyId::generate()).await.map(drop),
        ];
        assert!(refused.iter().all(|it| matches!(it, Err(ServiceError::NotFound(_)))), "{refused:?}");
        assert_eq!(services.get_saved_reply(program(desk), kept.id).await.unwrap(), kept);
    }

    async fn a_key_of_one_website_reads_replies_and_changes_none(desk) {
        let (services, kept) = (&desk.services, keep(desk, "one").await);
        let pinned = Program { channel_id: Some(desk.web_channel()), ..program(desk) };
        assert_eq!(services.list_saved_replies(pinned, None, 10).await.unwrap(), std::slice::from_ref(&kept));
        let refused = [
            services.create_saved_reply(pinned, text("two")).await.map(drop),
            services.change_saved_reply(pinned, kept.id, shortcut("two")).await.map(drop),
            services.delete_saved_reply(pinned, kept.id).await,
        ];
        assert!(refused.iter().all(|it| matches!(it, Err(ServiceError::Forbidden(_)))), "{refused:?}");
    }
}
