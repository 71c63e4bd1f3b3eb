//! Visitors: who they are, and what they learn.

use futures_util::future::join_all;
use switchboard::domain::secrets::{Secret, identity_signature};
use switchboard::domain::{ConversationId, Message};
use switchboard::service::{SendVisitorMessage, ServiceError, ServiceLimits, VisitorProof};

use super::desk::{proof, send};
use super::on_both_engines;

on_both_engines! {
    async fn a_wrong_external_id_learns_nothing(desk) {
        let id = desk.begin("visitor").await.conversation_id;
        let nowhere = ConversationId::generate();
        let mut texts = Vec::new();
        for (id, name) in [(id, "someone else"), (nowhere, "visitor"), (id, ""), (id, "visitor ")] {
            let sent = desk.visitor_says(id, name, "let me in").await.unwrap_err();
            let joined = desk.services.join_conversation_as_visitor(id, &proof(name)).await;
            texts.extend([sent, joined.unwrap_err()].map(|error| {
                assert!(matches!(error, ServiceError::Forbidden(_)));
                error.to_string()
            }));
        }
        assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
        assert_eq!(desk.heard.logged().len(), 2, "that it began, and the message");
    }

    async fn first_messages_at_once_begin_one_conversation(desk) {
        let sends = (0..20).map(|_| send(&desk.services, desk.first("visitor", "hello")));
        let sent: Vec<_> = join_all(sends).await.into_iter().map(Result::unwrap).collect();
        let id = sent[0].message.conversation_id;
        assert!(sent.iter().all(|sent| sent.message.conversation_id == id));
        assert_eq!(sent.iter().filter(|sent| sent.created_conversation).count(), 1);
    }

    async fn two_servers_begin_one_conversation_too(desk) {
        let other = desk.services_with(ServiceLimits { visitor_messages: 0, ..ServiceLimits::default() });
        let sends = (0..40).map(|n| {
            let services = if n % 2 == 0 { &desk.services } else { &other };
            send(services, desk.first("visitor", "hello"))
        });
        let sent: Vec<_> = join_all(sends).await.into_iter().map(Result::unwrap).collect();
        let mut seqs: Vec<_> = sent.iter().map(|sent| sent.message.seq).collect();
        seqs.sort_unstable();
        assert_eq!(seqs, (1..=40).collect::<Vec<_>>());
        other.close();
    }

    async fn a_widget_finds_the_conversation_of_its_visitor(desk) {
        let token = &desk.demo.platform.embed_token;
        let view = desk.services.open_widget(token, None, &proof("visitor")).await.unwrap();
        assert_eq!((view.channel.id, view.conversation), (desk.web_channel(), None));
        let id = desk.begin("visitor").await.conversation_id;
        let view = desk.services.open_widget(token, None, &proof("visitor")).await.unwrap();
        assert_eq!(view.conversation, Some((id, 1)));
        let refused = desk.services.open_widget("ew_wrong", None, &proof("visitor")).await;
        assert!(matches!(refused, Err(ServiceError::Forbidden(_))));
        let blank = desk.services.open_widget(token, None, &proof(" ")).await;
        assert!(matches!(blank, Err(ServiceError::Invalid(_))));
    }

    async fn a_flood_is_refused_beyond_its_window(desk) {
        let services = desk.services_with(ServiceLimits::default());
        let say = || send(&services, desk.first("visitor", "hello"));
        let came = join_all((0..30).map(|_| say())).await;
        assert_eq!(came.iter().filter(|one| one.is_ok()).count(), 20);
        let flooded = |one: &Result<_, _>| matches!(one, Err(ServiceError::TooMany { .. }));
        assert_eq!(came.iter().filter(|one| flooded(one)).count(), 10);
        send(&services, desk.first("someone else", "hello")).await.unwrap();
        desk.clock.advance_ms(10_000);
        say().await.unwrap();
        services.close();
    }

    async fn where_ids_must_be_signed_an_unsigned_one_is_nobody(desk) {
        let id = desk.begin("visitor").await.conversation_id;
        let mut tx = desk.store.begin().await.unwrap();
        tx.set_require_identity(desk.web_channel(), true).await.unwrap();
        tx.commit().await.unwrap();
        assert!(matches!(desk.visitor_says(id, "visitor", "hello").await, Err(ServiceError::Forbidden(_))));
        let secret = Secret::new(desk.demo.chatwoot.hmac_token.clone());
        let signed = VisitorProof {
            external_id_hash: Some(identity_signature(&secret, "visitor")),
            ..proof("visitor")
        };
        let request = SendVisitorMessage { proof: signed.clone(), ..desk.first("visitor", "hello") };
        let sent: Message = (*send(&desk.services, request).await.unwrap().message).clone();
        assert_eq!(sent.conversation_id, id);
        let other = VisitorProof { external_id: "someone else".to_owned(), ..signed };
        let request = SendVisitorMessage { proof: other, ..desk.first("", "hello") };
        assert!(matches!(send(&desk.services, request).await, Err(ServiceError::Forbidden(_))));
        let token = &desk.demo.platform.embed_token;
        let view = desk.services.open_widget(token, None, &proof("visitor")).await.unwrap();
        assert_eq!(view.conversation, None);
    }

    async fn a_contact_is_named_once(desk) {
        let id = desk.begin("visitor").await.conversation_id;
        for name in ["Ann", "Someone"] {
            let request = SendVisitorMessage {
                customer_name: Some(name.to_owned()),
                ..desk.first("visitor", "hello")
            };
            send(&desk.services, request).await.unwrap();
        }
        let view = desk.services.get_conversation(desk.ada(), id).await.unwrap();
        assert_eq!(view.contact.name.as_deref(), Some("Ann"));
        assert_eq!(view.contact.source_id, "visitor");
    }
}
