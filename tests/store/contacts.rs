//! The people an organization talks with, by the use-cases behind REST v1.

use serde_json::{Map, Value, json};
use switchboard::domain::{ApiKeyId, ContactId, EventKind, Program};
use switchboard::service::{Before, ContactChange, Noun, ServiceError};

use super::desk::{Desk, send};
use super::on_both_engines;

fn program(desk: &Desk) -> Program {
    let organization_id = desk.ada().organization_id;
    Program { organization_id, key_id: ApiKeyId::generate(), user_id: None, channel_id: None }
}

async fn list(desk: &Desk, program: Program) -> Vec<ContactId> {
    let list = desk.services.list_contacts(program, None, None, 101).await.unwrap();
    list.iter().map(|it| it.id).collect()
}

fn keys(value: Value) -> Map<String, Value> {
    let Value::Object(object) = value else { panic!("{value} is no object") };
    object
}

fn email(address: &str) -> ContactChange {
    ContactChange { email: Some(Some(address.parse().unwrap())), ..ContactChange::default() }
}

/// What the log says of visitors who were identified.
async fn identified(desk: &Desk) -> Vec<(ContactId, String, Option<String>)> {
    let organization = desk.ada().organization_id;
    let log = desk.services.events_after(organization, 0, 100).await.unwrap();
    let identified = log.into_iter().filter_map(|event| match event.kind {
        EventKind::VisitorIdentified { contact_id, email, name } => {
            Some((contact_id, email.as_str().to_owned(), name))
        }
        _ => None,
    });
    identified.collect()
}

on_both_engines! {
    async fn contacts_are_listed_by_when_they_were_seen(desk) {
        let mut seen = Vec::new();
        for number in 0..5 {
            seen.push(desk.begin(&format!("visitor {number}")).await.contact_id);
            desk.clock.advance_ms(i64::from(number % 2));
        }
        seen.reverse();
        let (mut read, mut before) = (Vec::new(), None);
        loop {
            let page = desk.services.list_contacts(program(desk), None, before, 2).await.unwrap();
            let Some(last) = page.last() else { break };
            before = Some(Before { at: last.last_seen_at, id: last.id });
            read.extend(page.iter().map(|it| it.id));
        }
        assert_eq!(read, seen);
        desk.clock.advance_ms(10);
        send(&desk.services, desk.first("visitor 0", "again")).await.unwrap();
        seen.rotate_right(1);
        assert_eq!(list(desk, program(desk)).await, seen);
        let first = desk.services.get_contact(program(desk), seen[0]).await.unwrap();
        assert_eq!(first.last_seen_at, desk.clock.now());
    }

    async fn an_answer_is_no_sight_of_the_visitor(desk) {
        let first = desk.begin("visitor").await;
        desk.clock.advance_ms(1_000);
        desk.agent_says(desk.ada(), first.conversation_id, "hello").await.unwrap();
        let contact = desk.services.get_contact(program(desk), first.contact_id).await.unwrap();
        assert_eq!(contact.last_seen_at, first.created_at);
        let (services, program) = (&desk.services, program(desk));
        services.open_conversation(program, contact.id, Some("hi".to_owned())).await.unwrap();
        let again = services.get_contact(program, contact.id).await.unwrap();
        assert_eq!(again.last_seen_at, first.created_at);
        assert_eq!(again.conversation_count, 2);
    }

    async fn a_program_sees_the_contacts_of_its_website(desk) {
        let contact = desk.begin("visitor").await.contact_id;
        let web = desk.web_channel();
        let app = desk.demo.platform.mobile_channel_id.parse().unwrap();
        let of = |channel| Program { channel_id: Some(channel), ..program(desk) };
        assert_eq!(list(desk, of(web)).await, [contact]);
        assert_eq!(list(desk, of(app)).await, []);
        let listed = async |program, website| {
            let list = desk.services.list_contacts(program, Some(website), None, 10).await;
            list.unwrap().len()
        };
        assert_eq!(listed(program(desk), web).await, 1);
        assert_eq!(listed(program(desk), app).await, 0);
        assert_eq!(listed(of(app), web).await, 0, "whatever it asks for");
        let organization_id = desk.stranger().await.organization_id;
        let foreign = Program { organization_id, ..program(desk) };
        assert_eq!(listed(foreign, web).await, 0);
        assert_eq!(list(desk, foreign).await, []);
        for blind in [of(app), foreign] {
            let changed = desk.services.change_contact(blind, contact, email("a@b.c")).await;
            assert!(matches!(changed, Err(ServiceError::NotFound(Noun::Contact))));
        }
        let untouched = desk.services.get_contact(program(desk), contact).await.unwrap();
        assert_eq!(untouched.email, None);
    }

    async fn what_is_known_of_a_contact_changes_part_by_part(desk) {
        let id = desk.begin("visitor").await.contact_id;
        let change = async |change| {
            desk.services.change_contact(program(desk), id, change).await.unwrap()
        };
        let none = ContactChange::default();
        let named = change(ContactChange { name: Some(Some(" Marie ".to_owned())), ..none.clone() });
        assert_eq!(named.await.name.as_deref(), Some("Marie"));
        let plan = Some(keys(json!({"plan": "PRO", "mrr": 9})));
        let enriched = change(ContactChange { metadata: plan, ..none.clone() }).await;
        assert_eq!(enriched.name.as_deref(), Some("Marie"));
        let dropped = Some(keys(json!({"mrr": null, "since": 2026})));
        let enriched = change(ContactChange { metadata: dropped, ..none.clone() }).await;
        let expected = keys(json!({"plan": "PRO", "since": 2026}));
        assert_eq!(*enriched.metadata.as_object(), expected);
        let reached = change(email("Marie@Example.com")).await;
        assert_eq!(reached.email.unwrap().as_str(), "marie@example.com");
        let forgotten = ContactChange { name: Some(None), email: Some(None), ..none.clone() };
        let forgotten = change(forgotten).await;
        assert_eq!((forgotten.name, forgotten.email), (None, None));
        assert_eq!(*forgotten.metadata.as_object(), expected);
        for bad in [none.clone(), ContactChange { name: Some(Some("x".repeat(201))), ..none }] {
            let refused = desk.services.change_contact(program(desk), id, bad).await;
            assert!(matches!(refused, Err(ServiceError::Invalid(_))));
        }
    }

    async fn an_address_that_is_new_identifies_its_visitor(desk) {
        let id = desk.begin("visitor").await.contact_id;
        let services = &desk.services;
        let named = ContactChange { name: Some(Some("Marie".to_owned())), ..email("marie@one.example") };
        services.change_contact(program(desk), id, named.clone()).await.unwrap();
        services.change_contact(program(desk), id, named).await.unwrap();
        services.change_contact(program(desk), id, email("marie@two.example")).await.unwrap();
        let name = Some("Marie".to_owned());
        let expected = ["marie@one.example", "marie@two.example"]
            .map(|address| (id, address.to_owned(), name.clone()));
        assert_eq!(identified(desk).await, expected, "the same address again tells nothing new");
    }
}
