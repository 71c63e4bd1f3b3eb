//! Who visitors are said to be, and what that lets them see.

use switchboard::domain::secrets::{Secret, identity_signature};
use switchboard::domain::{ContactDetail, ContactId, ConversationId, EventKind};
use switchboard::service::{IdentifyVisitor, SendVisitorMessage, ServiceError, VisitorProof};

use super::desk::{proof, send};
use super::{Desk, on_both_engines};

const MARIE: &str = "marie@example.com";

fn signature(desk: &Desk, email: &str) -> String {
    identity_signature(&Secret::new(desk.demo.chatwoot.hmac_token.clone()), email)
}

/// What a site says of the visitor `id` without a signature.
fn unsigned(desk: &Desk, id: &str, email: &str) -> IdentifyVisitor {
    IdentifyVisitor {
        widget: desk.demo.muro.widget_id.clone(),
        page_origin: None,
        proof: proof(id),
        email: email.to_owned(),
        user_hash: None,
        name: None,
    }
}

fn signed(desk: &Desk, id: &str, email: &str) -> IdentifyVisitor {
    IdentifyVisitor { user_hash: Some(signature(desk, email)), ..unsigned(desk, id, email) }
}

async fn identified(desk: &Desk, request: IdentifyVisitor) -> VisitorProof {
    desk.services.identify_visitor(request).await.unwrap()
}

/// The conversation that the widget shows to whoever proves this.
async fn shown(desk: &Desk, proof: &VisitorProof) -> Option<ConversationId> {
    let view = desk.services.open_widget(&desk.demo.muro.widget_id, None, proof).await.unwrap();
    view.conversation.map(|(id, _)| id)
}

async fn contact(desk: &Desk, id: ContactId) -> ContactDetail {
    let mut tx = desk.store.begin().await.unwrap();
    let found = tx.lookup_contact(desk.ada().organization_id, id).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    found
}

fn is_forbidden<T>(outcome: &Result<T, ServiceError>) -> bool {
    matches!(outcome, Err(ServiceError::Forbidden(_)))
}

async fn require_identity(desk: &Desk) {
    let mut tx = desk.store.begin().await.unwrap();
    tx.set_require_identity(desk.web_channel(), true).await.unwrap();
    tx.commit().await.unwrap();
}

on_both_engines! {
    async fn an_unsigned_address_is_kept_and_shows_nobody_elses_history(desk) {
        let marie = desk.begin("phone").await;
        identified(desk, unsigned(desk, "phone", MARIE)).await;
        let request = IdentifyVisitor { name: Some(" Mallory ".to_owned()), ..unsigned(desk, "laptop", " Marie@Example.com ") };
        let mallory = identified(desk, request).await;
        assert_eq!((&*mallory.external_id, mallory.external_id_hash.as_deref()), ("laptop", None));
        assert_eq!(shown(desk, &mallory).await, None);
        let said = desk.begin("laptop").await;
        assert_ne!(said.conversation_id, marie.conversation_id);
        let known = contact(desk, said.contact_id).await;
        assert_eq!(known.name.as_deref(), Some("Mallory"));
        assert_eq!(known.email.unwrap().as_str(), MARIE);
        assert_eq!(contact(desk, marie.contact_id).await.name, None);
    }

    async fn an_address_is_told_of_when_it_becomes_known(desk) {
        for _ in 0..2 {
            identified(desk, unsigned(desk, "phone", MARIE)).await;
        }
        let told: Vec<_> = desk.heard.logged().into_iter().map(|event| event.kind).collect();
        assert!(matches!(&told[..], [EventKind::VisitorIdentified { email, .. }] if email.as_str() == MARIE), "{told:?}");
    }

    async fn a_signed_address_brings_its_history_to_every_device(desk) {
        let began = desk.begin("phone").await;
        let phone = identified(desk, signed(desk, "phone", MARIE)).await;
        let laptop = identified(desk, signed(desk, "laptop", MARIE)).await;
        assert_eq!(phone.external_id, laptop.external_id);
        for device in [&phone, &laptop] {
            assert_eq!(shown(desk, device).await, Some(began.conversation_id));
            let request = SendVisitorMessage { proof: device.clone(), ..desk.first("", "again") };
            let sent = send(&desk.services, request).await.unwrap().message;
            assert_eq!((sent.conversation_id, sent.contact_id), (began.conversation_id, began.contact_id));
        }
        let history = desk.services.widget_history(began.conversation_id, &laptop).await.unwrap();
        assert_eq!(history.len(), 3);
        assert_eq!(contact(desk, began.contact_id).await.email.unwrap().as_str(), MARIE);
    }

    async fn a_device_leaves_its_own_conversation_for_the_one_of_the_address(desk) {
        let began = desk.begin("phone").await;
        identified(desk, signed(desk, "phone", MARIE)).await;
        let elsewhere = desk.begin("laptop").await;
        let laptop = identified(desk, signed(desk, "laptop", MARIE)).await;
        assert_eq!(shown(desk, &laptop).await, Some(began.conversation_id));
        assert_eq!(shown(desk, &proof("laptop")).await, Some(elsewhere.conversation_id));
        assert_eq!(contact(desk, elsewhere.contact_id).await.email, None);
    }

    async fn the_id_before_the_signature_opens_nothing_any_more(desk) {
        let began = desk.begin("phone").await;
        identified(desk, signed(desk, "phone", MARIE)).await;
        assert_eq!(shown(desk, &proof("phone")).await, None);
        assert!(is_forbidden(&desk.visitor_says(began.conversation_id, "phone", "me?").await));
    }

    async fn an_address_alone_is_nobody(desk) {
        let began = desk.begin("phone").await;
        let marie = identified(desk, signed(desk, "phone", MARIE)).await;
        let other = signature(desk, "mallory@example.com");
        for hash in [None, Some(String::new()), Some(other), Some(signature(desk, &marie.external_id))] {
            let guess = VisitorProof { external_id_hash: hash, ..marie.clone() };
            assert_eq!(shown(desk, &guess).await, None);
            let joined = desk.services.join_conversation_as_visitor(began.conversation_id, &guess).await;
            assert!(is_forbidden(&joined));
            assert!(is_forbidden(&desk.services.widget_history(began.conversation_id, &guess).await));
            let request = SendVisitorMessage { proof: guess.clone(), ..desk.first("", "hello") };
            assert!(is_forbidden(&send(&desk.services, request).await));
            let named = IdentifyVisitor { proof: guess, ..unsigned(desk, "", MARIE) };
            assert!(is_forbidden(&desk.services.identify_visitor(named).await));
        }
    }

    async fn a_wrong_signature_is_refused_and_not_taken_for_none(desk) {
        for hash in [String::new(), "x".to_owned(), signature(desk, "bo@example.com")] {
            let request = IdentifyVisitor { user_hash: Some(hash), ..unsigned(desk, "phone", MARIE) };
            assert!(is_forbidden(&desk.services.identify_visitor(request).await));
        }
        assert_eq!(desk.heard.logged().len(), 0);
    }

    async fn an_address_is_signed_as_the_site_writes_it(desk) {
        let phone = identified(desk, signed(desk, "phone", MARIE)).await;
        let laptop = identified(desk, signed(desk, "laptop", "Marie@Example.COM")).await;
        assert_eq!((phone.external_id, phone.external_id_hash), (laptop.external_id, laptop.external_id_hash));
    }

    async fn what_one_person_wrote_does_not_go_to_the_next_at_the_same_computer(desk) {
        let bo = desk.begin("shared").await;
        identified(desk, unsigned(desk, "shared", "bo@example.com")).await;
        let marie = identified(desk, signed(desk, "shared", MARIE)).await;
        assert_eq!(shown(desk, &marie).await, None);
        let request = IdentifyVisitor { proof: marie.clone(), ..signed(desk, "", "bo@example.com") };
        let signed_bo = identified(desk, request).await;
        assert_ne!(signed_bo.external_id, marie.external_id);
        assert_eq!(shown(desk, &proof("shared")).await, Some(bo.conversation_id));
    }

    async fn whoever_was_vouched_for_is_of_no_other_address_without_a_signature(desk) {
        let marie = identified(desk, signed(desk, "phone", MARIE)).await;
        let request = IdentifyVisitor { proof: marie.clone(), ..unsigned(desk, "", "bo@example.com") };
        assert!(is_forbidden(&desk.services.identify_visitor(request).await));
        let request = IdentifyVisitor {
            proof: marie.clone(),
            name: Some("Marie".to_owned()),
            ..unsigned(desk, "", MARIE)
        };
        assert_eq!(identified(desk, request).await.external_id, marie.external_id);
    }

    async fn where_visitors_must_be_signed_an_unsigned_address_is_refused(desk) {
        let began = desk.begin("phone").await;
        require_identity(desk).await;
        assert!(is_forbidden(&desk.services.identify_visitor(unsigned(desk, "phone", MARIE)).await));
        let marie = identified(desk, signed(desk, "phone", MARIE)).await;
        assert_eq!(shown(desk, &marie).await, None, "nobody has shown that the phone's history is theirs");
        let mut standing = desk.store.begin().await.unwrap();
        let kept = standing.lookup_contact_channel(desk.web_channel(), "phone").await.unwrap();
        standing.commit().await.unwrap();
        assert_eq!(kept.map(|(_, contact)| contact), Some(began.contact_id));
        let request = SendVisitorMessage { proof: marie.clone(), ..desk.first("", "hello") };
        let sent = send(&desk.services, request).await.unwrap().message;
        assert_eq!(shown(desk, &marie).await, Some(sent.conversation_id));
    }

    async fn a_widget_that_is_not_there_knows_nobody(desk) {
        let other = desk.services.demo(Some("other"), "http://localhost").await.unwrap();
        let nowhere = desk.demo.muro.widget_id.replace(|c: char| c.is_ascii_digit(), "0");
        let of_an_app = format!("wgt_{}", desk.demo.platform.mobile_channel_id.replace('-', ""));
        for widget in [nowhere, of_an_app, "wgt_".to_owned(), String::new()] {
            let request = IdentifyVisitor { widget, ..signed(desk, "phone", MARIE) };
            assert!(is_forbidden(&desk.services.identify_visitor(request).await));
        }
        let elsewhere = IdentifyVisitor { widget: other.muro.widget_id, ..signed(desk, "phone", MARIE) };
        assert!(is_forbidden(&desk.services.identify_visitor(elsewhere).await), "signed with another secret");
    }

    async fn what_is_no_address_is_refused(desk) {
        let long = format!("{}@example.com", "x".repeat(240));
        for email in ["", "marie", "a@b@c", &long] {
            let outcome = desk.services.identify_visitor(signed(desk, "phone", email)).await;
            assert!(matches!(outcome, Err(ServiceError::Invalid(_))), "{email}: {outcome:?}");
        }
    }
}
