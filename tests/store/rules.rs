//! Automation rules: what they do, when, and what they never do.

use futures_util::future::join;
use serde_json::{Value, json};
use switchboard::domain::rules::{PATTERNS_MAX, RULES_MAX, Rule, RuleBody};
use switchboard::domain::{
    ApiKeyId, Author, ConversationId, ConversationStatus, EventKind, Message, Program, RuleId, Tags,
};
use switchboard::service::{
    ContactChange, ConversationChange, MessagesAsked, RuleChange, ServiceError, ServiceLimits,
};

use super::{Desk, on_both_engines};

fn program(desk: &Desk) -> Program {
    Program {
        organization_id: desk.ada().organization_id,
        key_id: ApiKeyId::generate(),
        user_id: None,
        channel_id: None,
    }
}

fn body(trigger: &str, conditions: Value, actions: Value) -> RuleBody {
    RuleBody {
        name: "rule".to_owned(),
        enabled: true,
        trigger: serde_json::from_value(json!(trigger)).unwrap(),
        conditions: serde_json::from_value(conditions).unwrap(),
        actions: serde_json::from_value(actions).unwrap(),
    }
}

/// A rule for each message of a visitor.
async fn on_message(desk: &Desk, conditions: Value, actions: Value) -> Rule {
    let body = body("message.created", conditions, actions);
    desk.services.create_rule(program(desk), body).await.unwrap()
}

fn is(field: &str, op: &str, value: &str) -> Value {
    json!({"items": [{"field": field, "op": op, "value": value}]})
}

fn tag(value: &str) -> Value {
    json!([{"type": "add_tag", "value": value}])
}

fn reply(text: &str) -> Value {
    json!([{"type": "reply", "text": text}])
}

async fn messages(desk: &Desk, id: ConversationId) -> Vec<Message> {
    let asked = MessagesAsked { rows: 500, ..MessagesAsked::default() };
    desk.services.list_messages_for_program(program(desk), id, asked).await.unwrap()
}

async fn tags(desk: &Desk, id: ConversationId) -> Tags {
    let services = &desk.services;
    services.get_conversation_for_program(program(desk), id).await.unwrap().state.tags
}

fn list(tags: &[&str]) -> Tags {
    Tags::new(tags.iter().map(|&tag| tag.to_owned())).unwrap()
}

on_both_engines! {
    async fn what_a_rule_does_is_told_after_the_message_and_in_its_order(desk) {
        let id = desk.begin("visitor").await.conversation_id;
        let bo = desk.bo().user_id.prefixed("usr_");
        let rule = on_message(desk, is("content", "contains", "refund"), json!([
            {"type": "add_tag", "value": "refund"},
            {"type": "assign", "user_id": bo},
            {"type": "reply", "text": "We'll sort this out."},
            {"type": "set_status", "value": "closed"},
        ]))
        .await;
        let before = desk.heard.logged().len();
        desk.visitor_says(id, "visitor", "I want a Refund").await.unwrap();
        let heard = desk.heard.logged().split_off(before);
        let positions: Vec<_> = heard.iter().filter_map(|event| event.position).collect();
        assert!(positions.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{positions:?}");
        let [message, tagged, assigned, answer, closed] = &heard[..] else { panic!("{heard:?}") };
        assert!(matches!(&message.kind, EventKind::MessageCreated(it) if it.content.text == "I want a Refund"));
        assert!(matches!(&tagged.kind, EventKind::ConversationTagged { tags, .. } if *tags == list(&["refund"])));
        assert!(matches!(assigned.kind, EventKind::ConversationAssigned { agent_id, .. } if agent_id == desk.bo().user_id));
        assert!(matches!(&answer.kind, EventKind::MessageCreated(it) if it.author == Author::Bot(rule.id.to_string())));
        assert!(matches!(closed.kind, EventKind::ConversationResolved { by: None, .. }));
        let stands = desk.services.get_conversation_for_program(program(desk), id).await.unwrap();
        assert_eq!(stands.state.status, ConversationStatus::Closed);
        assert_eq!(stands.state.unread_count, 2, "nobody has read what a rule answered");
        let last = desk.heard.announcements.lock().last().cloned().unwrap();
        assert!(matches!(last.event.kind, EventKind::ConversationUpdated(state) if *state == stands.state));
    }

    async fn a_rules_answer_starts_no_rule(desk) {
        on_message(desk, json!({}), reply("one")).await;
        on_message(desk, is("content", "equals", "one"), reply("two")).await;
        let id = desk.begin("visitor").await.conversation_id;
        let texts: Vec<_> = messages(desk, id).await.into_iter().map(|it| it.content.text).collect();
        assert_eq!(texts, ["hello", "one"]);
        desk.agent_says(desk.ada(), id, "one").await.unwrap();
        assert_eq!(messages(desk, id).await.len(), 3, "nor does an agent's message");
    }

    async fn what_a_rule_cannot_do_keeps_nobody_from_writing(desk) {
        let id = desk.begin("visitor").await.conversation_id;
        let full = Tags::new((0..50).map(|n| n.to_string())).unwrap();
        desk.services.tag_conversation(desk.ada(), id, full.clone()).await.unwrap();
        let actions = json!([{"type": "add_tag", "value": "more"}, {"type": "reply", "text": "still here"}]);
        on_message(desk, json!({}), actions).await;
        desk.visitor_says(id, "visitor", "help").await.unwrap();
        let texts: Vec<_> = messages(desk, id).await.into_iter().map(|it| it.content.text).collect();
        assert_eq!(texts, ["hello", "help", "still here"]);
        assert_eq!(tags(desk, id).await, full);
    }

    async fn a_rule_runs_from_the_next_message_on_until_it_is_gone(desk) {
        let services = &desk.services;
        let other = desk.services_with(ServiceLimits { visitor_messages: 0, ..ServiceLimits::default() });
        let id = desk.begin("visitor").await.conversation_id;
        let rule = on_message(desk, json!({}), tag("first")).await;
        desk.visitor_says(id, "visitor", "1").await.unwrap();
        assert_eq!(tags(desk, id).await, list(&["first"]));
        let actions = serde_json::from_value(tag("second")).unwrap();
        let change = RuleChange { actions: Some(actions), ..RuleChange::default() };
        let changed = other.change_rule(program(desk), rule.id, change).await.unwrap();
        assert_eq!((changed.id, changed.created_at), (rule.id, rule.created_at));
        desk.visitor_says(id, "visitor", "2").await.unwrap();
        assert_eq!(tags(desk, id).await, list(&["first", "second"]), "another server changed it");
        let off = RuleChange { enabled: Some(false), ..RuleChange::default() };
        other.change_rule(program(desk), rule.id, off).await.unwrap();
        services.tag_conversation(desk.ada(), id, list(&[])).await.unwrap();
        desk.visitor_says(id, "visitor", "3").await.unwrap();
        assert_eq!(tags(desk, id).await, list(&[]));
        let on = RuleChange { enabled: Some(true), ..RuleChange::default() };
        other.change_rule(program(desk), rule.id, on).await.unwrap();
        desk.visitor_says(id, "visitor", "4").await.unwrap();
        assert_eq!(tags(desk, id).await, list(&["second"]));
        other.delete_rule(program(desk), rule.id).await.unwrap();
        services.tag_conversation(desk.ada(), id, list(&[])).await.unwrap();
        desk.visitor_says(id, "visitor", "5").await.unwrap();
        assert_eq!(tags(desk, id).await, list(&[]));
        let gone = services.get_rule(program(desk), rule.id).await.unwrap_err();
        assert!(matches!(gone, ServiceError::NotFound(_)));
        other.close();
    }

    async fn a_rule_made_while_messages_flow_misses_none_that_come_after_it(desk) {
        let id = desk.begin("visitor").await.conversation_id;
        let other = desk.services_with(ServiceLimits { visitor_messages: 0, ..ServiceLimits::default() });
        let flow = async {
            for n in 0..20 {
                desk.visitor_says(id, "visitor", &n.to_string()).await.unwrap();
            }
        };
        let making = other.create_rule(program(desk), body("message.created", json!({}), reply("yes")));
        let ((), made) = join(flow, making).await;
        made.unwrap();
        desk.visitor_says(id, "visitor", "last").await.unwrap();
        let sides: Vec<_> = messages(desk, id)
            .await
            .into_iter()
            .map(|message| matches!(message.author, Author::Bot(_)))
            .collect();
        let first = sides.iter().position(|is_reply| *is_reply).unwrap();
        let answered = &sides[first - 1..];
        let expected: Vec<_> = [false, true].into_iter().cycle().take(answered.len()).collect();
        assert_eq!(answered, expected, "from the first answer on, each message has one");
        other.close();
    }

    async fn a_conversation_begins_once_whoever_begins_it(desk) {
        let begins = body("conversation.created", json!({}), tag("new"));
        desk.services.create_rule(program(desk), begins).await.unwrap();
        let first = desk.begin("visitor").await;
        let id = first.conversation_id;
        assert_eq!(tags(desk, id).await, list(&["new"]));
        desk.services.tag_conversation(desk.ada(), id, list(&[])).await.unwrap();
        desk.visitor_says(id, "visitor", "again").await.unwrap();
        assert_eq!(tags(desk, id).await, list(&[]));
        for text in [None, Some("Need a hand?".to_owned())] {
            let opened = desk.services.open_conversation(program(desk), first.contact_id, text).await;
            assert_eq!(opened.unwrap().state.tags, list(&["new"]));
        }
    }

    async fn a_rule_sees_the_conversation_as_the_message_finds_it(desk) {
        let (services, id) = (&desk.services, desk.begin("visitor").await.conversation_id);
        on_message(desk, is("status", "equals", "closed"), tag("back")).await;
        desk.visitor_says(id, "visitor", "1").await.unwrap();
        assert_eq!(tags(desk, id).await, list(&[]));
        services.resolve_conversation(desk.ada(), id, list(&["done"])).await.unwrap();
        desk.visitor_says(id, "visitor", "2").await.unwrap();
        assert_eq!(tags(desk, id).await, list(&["back"]));
        on_message(desk, is("status", "equals", "snoozed"), tag("awake")).await;
        let snooze = ConversationChange {
            status: Some(ConversationStatus::Snoozed),
            ..ConversationChange::default()
        };
        services.change_conversation(program(desk), id, snooze).await.unwrap();
        desk.visitor_says(id, "visitor", "3").await.unwrap();
        assert_eq!(tags(desk, id).await, list(&["back", "awake"]));
    }

    async fn a_rule_can_ask_for_all_that_is_known_of_a_visitor(desk) {
        let first = desk.begin("visitor").await;
        let Value::Object(metadata) = json!({"language": "fr", "url": "https://shop.example/cart"}) else {
            panic!("it is an object")
        };
        let change = ContactChange {
            name: Some(Some("Marie".to_owned())),
            email: Some(Some("marie@example.com".parse().unwrap())),
            metadata: Some(metadata),
        };
        desk.services.change_contact(program(desk), first.contact_id, change).await.unwrap();
        let website = desk.web_channel().prefixed("web_");
        for (field, value) in [
            ("visitor.name", "Marie"),
            ("visitor.email", "marie@example.com"),
            ("language", "fr"),
            ("url", "https://shop.example/cart"),
            ("website_id", website.as_str()),
        ] {
            on_message(desk, is(field, "equals", value), tag(field)).await;
        }
        desk.visitor_says(first.conversation_id, "visitor", "hello").await.unwrap();
        let expected = list(&["visitor.name", "visitor.email", "language", "url", "website_id"]);
        assert_eq!(tags(desk, first.conversation_id).await, expected);
    }

    async fn nobody_meets_the_rules_of_another_organization(desk) {
        let rule = on_message(desk, json!({}), tag("ours")).await;
        let stranger = Program { organization_id: desk.stranger().await.organization_id, ..program(desk) };
        let services = &desk.services;
        assert_eq!(services.list_rules(stranger, None, 100).await.unwrap(), []);
        let off = RuleChange { enabled: Some(false), ..RuleChange::default() };
        let refused = [
            services.get_rule(stranger, rule.id).await.map(drop),
            services.change_rule(stranger, rule.id, off).await.map(drop),
            services.delete_rule(stranger, rule.id).await,
            services.get_rule(program(desk), RuleId::generate()).await.map(drop),
        ];
        assert!(refused.iter().all(|it| matches!(it, Err(ServiceError::NotFound(_)))), "{refused:?}");
        let assign = json!([{"type": "assign", "user_id": desk.ada().user_id.prefixed("usr_")}]);
        let foreign = body("message.created", json!({}), assign);
        let refused = services.create_rule(stranger, foreign).await;
        assert!(matches!(refused, Err(ServiceError::Invalid(_))), "{refused:?}");
        assert_eq!(services.get_rule(program(desk), rule.id).await.unwrap(), rule);
    }

    async fn a_key_of_one_website_makes_no_rules_for_all(desk) {
        let rule = on_message(desk, json!({}), tag("ours")).await;
        let pinned = Program { channel_id: Some(desk.web_channel()), ..program(desk) };
        let services = &desk.services;
        let refused = [
            services.list_rules(pinned, None, 10).await.map(drop),
            services.get_rule(pinned, rule.id).await.map(drop),
            services.create_rule(pinned, rule.body.clone()).await.map(drop),
            services.change_rule(pinned, rule.id, RuleChange::default()).await.map(drop),
            services.delete_rule(pinned, rule.id).await,
        ];
        assert!(refused.iter().all(|it| matches!(it, Err(ServiceError::Forbidden(_)))), "{refused:?}");
    }

    async fn rules_and_their_expressions_have_a_last_one(desk) {
        let services = &desk.services;
        let pattern = json!({"field": "content", "op": "matches", "value": "a"});
        let full = json!({"items": vec![pattern.clone(); PATTERNS_MAX]});
        let greedy = on_message(desk, full, tag("a")).await;
        let one = body("message.created", json!({"items": [pattern]}), tag("a"));
        let refused = services.create_rule(program(desk), one.clone()).await.unwrap_err();
        let why = refused.to_string();
        assert!(matches!(refused, ServiceError::Conflict(_)) && why.contains("matches"), "{why}");
        let renamed = RuleChange { name: Some("all of them".to_owned()), ..RuleChange::default() };
        services.change_rule(program(desk), greedy.id, renamed).await.unwrap();
        services.delete_rule(program(desk), greedy.id).await.unwrap();
        for _ in 0..RULES_MAX {
            on_message(desk, json!({}), tag("a")).await;
        }
        let refused = services.create_rule(program(desk), one).await.unwrap_err();
        assert!(matches!(refused, ServiceError::Conflict(_)), "{refused}");
        let page = services.list_rules(program(desk), None, 60).await.unwrap();
        let rest = services.list_rules(program(desk), page.last().map(|rule| rule.id), 60).await.unwrap();
        assert_eq!((page.len(), rest.len()), (60, RULES_MAX - 60));
        assert!(page.iter().chain(&rest).is_sorted_by_key(|rule| rule.id));
    }
}
