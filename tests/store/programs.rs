//! What programs see and change of conversations, by the use-cases behind REST v1.

use serde_json::{Map, Value, json};
use switchboard::domain::{
    ApiKeyId, ChannelId, ContactChannelId, ContactId, ConversationDetail, ConversationId,
    ConversationStatus, EventKind, Metadata, Program, SessionStatus, Tags, Visibility,
};
use switchboard::service::{Before, ConversationChange, Mark, MessagesAsked, Noun, ServiceError};
use switchboard::store::NewContact;

use super::desk::{Desk, send};
use super::on_both_engines;

/// A program with a key that Ada made.
fn program(desk: &Desk) -> Program {
    let ada = desk.ada();
    Program {
        organization_id: ada.organization_id,
        key_id: ApiKeyId::generate(),
        user_id: Some(ada.user_id),
        channel_id: None,
    }
}

fn app_channel(desk: &Desk) -> ChannelId {
    desk.demo.platform.mobile_channel_id.parse().unwrap()
}

/// A contact on the channel of the app, where no visitor of the website comes.
async fn contact_of_the_app(desk: &Desk) -> ContactId {
    let id = ContactId::generate();
    let mut tx = desk.store.begin().await.unwrap();
    let new = NewContact {
        id,
        contact_channel_id: ContactChannelId::generate(),
        organization_id: desk.ada().organization_id,
        number: tx.next_number(desk.ada().organization_id).await.unwrap(),
        channel_id: app_channel(desk),
        source_id: "app user",
        name: None,
    };
    tx.insert_contact(new, desk.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn list(
    desk: &Desk,
    program: Program,
    status: Option<ConversationStatus>,
) -> Vec<ConversationId> {
    let list = desk.services.list_conversations_for_program(program, status, None, 101).await;
    list.unwrap().iter().map(|it| it.state.id).collect()
}

/// Changes a conversation, and forgets what was told before.
async fn change(
    desk: &Desk,
    id: ConversationId,
    change: ConversationChange,
) -> Result<ConversationDetail, ServiceError> {
    desk.heard.announcements.lock().clear();
    desk.services.change_conversation(program(desk), id, change).await
}

fn status(status: ConversationStatus) -> ConversationChange {
    ConversationChange { status: Some(status), ..ConversationChange::default() }
}

fn tags(list: &[&str]) -> Tags {
    Tags::new(list.iter().map(|&tag| tag.to_owned())).unwrap()
}

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(object) = value else { panic!("{value} is no object") };
    object
}

fn metadata(value: Value) -> Metadata {
    Metadata::default().merged(object(value)).unwrap()
}

/// The kinds of what was told since, without the places in the log.
fn told(desk: &Desk) -> Vec<EventKind> {
    let heard = desk.heard.announcements.lock();
    heard.iter().map(|one| one.event.kind.clone()).collect()
}

fn is_missing<T>(result: &Result<T, ServiceError>, noun: Noun) -> bool {
    matches!(result, Err(ServiceError::NotFound(missing)) if *missing == noun)
}

fn refused<T>(result: Result<T, ServiceError>) -> String {
    let Err(ServiceError::Invalid(invalid)) = result else { panic!("it was not refused") };
    invalid.field
}

on_both_engines! {
    async fn a_list_is_read_in_pages_the_newest_activity_first(desk) {
        let mut begun = Vec::new();
        // Two at each moment, so that their ids tell them apart.
        for number in 0..6 {
            begun.push(desk.begin(&format!("visitor {number}")).await.conversation_id);
            desk.clock.advance_ms(i64::from(number % 2));
        }
        let (mut read, mut before) = (Vec::new(), None);
        loop {
            let services = &desk.services;
            let page = services.list_conversations_for_program(program(desk), None, before, 2);
            let page = page.await.unwrap();
            let Some(last) = page.last() else { break };
            before = Some(Before { at: last.updated_at, id: last.state.id });
            read.extend(page.iter().map(|it| it.state.id));
        }
        begun.reverse();
        assert_eq!(read, begun);
        desk.visitor_says(begun[5], "visitor 0", "still there?").await.unwrap();
        desk.clock.advance_ms(1);
        desk.visitor_says(begun[5], "visitor 0", "hello?").await.unwrap();
        assert_eq!(list(desk, program(desk), None).await[0], begun[5]);
    }

    async fn a_list_has_those_alone_that_stand_so(desk) {
        let open = desk.begin("open").await.conversation_id;
        let closed = desk.begin("closed").await.conversation_id;
        let snoozed = desk.begin("snoozed").await.conversation_id;
        change(desk, closed, status(ConversationStatus::Closed)).await.unwrap();
        change(desk, snoozed, status(ConversationStatus::Snoozed)).await.unwrap();
        for (standing, id) in [
            (ConversationStatus::Open, open),
            (ConversationStatus::Closed, closed),
            (ConversationStatus::Snoozed, snoozed),
        ] {
            assert_eq!(list(desk, program(desk), Some(standing)).await, [id], "{standing}");
            let pinned = Program { channel_id: Some(desk.web_channel()), ..program(desk) };
            assert_eq!(list(desk, pinned, Some(standing)).await, [id], "{standing}");
        }
    }

    async fn a_program_sees_its_website_alone_if_its_key_is_pinned_to_one(desk) {
        let on_web = desk.begin("visitor").await;
        let contact = contact_of_the_app(desk).await;
        let services = &desk.services;
        let in_app = services.open_conversation(program(desk), contact, None).await.unwrap();
        let in_app = in_app.state.id;
        let for_site = Program { channel_id: Some(desk.web_channel()), ..program(desk) };
        let of_app = Program { channel_id: Some(app_channel(desk)), ..program(desk) };
        assert_eq!(list(desk, for_site, None).await, [on_web.conversation_id]);
        assert_eq!(list(desk, of_app, None).await, [in_app]);
        let stranger = desk.stranger().await;
        let foreign = Program { organization_id: stranger.organization_id, ..program(desk) };
        assert_eq!(list(desk, foreign, None).await, []);

        for (blind, id, contact) in [
            (for_site, in_app, contact),
            (of_app, on_web.conversation_id, on_web.contact_id),
            (foreign, in_app, contact),
            (foreign, on_web.conversation_id, on_web.contact_id),
        ] {
            let shown = services.get_conversation_for_program(blind, id).await;
            assert!(is_missing(&shown, Noun::Conversation));
            let closing = status(ConversationStatus::Closed);
            let changed = services.change_conversation(blind, id, closing.clone()).await;
            assert!(is_missing(&changed, Noun::Conversation));
            let bulk = services.change_conversations(blind, &[Some(id)], &closing).await.unwrap();
            assert!(is_missing(&bulk[0], Noun::Conversation));
            let asked = MessagesAsked { rows: 1, ..MessagesAsked::default() };
            let read = services.list_messages_for_program(blind, id, asked).await;
            assert!(is_missing(&read, Noun::Conversation));
            let text = "let me in".to_owned();
            let sent = services.send_program_message(blind, id, text, Visibility::Public).await;
            assert!(is_missing(&sent, Noun::Conversation));
            let typing = services.program_typist(blind, id).await;
            assert!(is_missing(&typing, Noun::Conversation));
            let known = services.get_contact(blind, contact).await;
            assert!(is_missing(&known, Noun::Contact));
            let opened = services.open_conversation(blind, contact, None).await;
            assert!(is_missing(&opened, Noun::Contact));
        }
    }

    async fn a_program_begins_a_conversation_with_someone_it_knows(desk) {
        let first = desk.begin("visitor").await;
        desk.heard.announcements.lock().clear();
        let text = Some("need a hand?".to_owned());
        let services = &desk.services;
        let opened = services.open_conversation(program(desk), first.contact_id, text).await.unwrap();
        assert_ne!(opened.state.id, first.conversation_id, "it is a new one");
        assert_eq!(opened.state.assigned_agent_id, Some(desk.ada().user_id), "whose key it is");
        assert_eq!(opened.last_message.unwrap().text, "need a hand?");
        let kinds = told(desk);
        assert!(matches!(
            kinds[..],
            [
                EventKind::ConversationOpened { contact_id, .. },
                EventKind::MessageCreated(_),
                EventKind::ConversationAssigned { .. },
                EventKind::ConversationUpdated(_),
            ] if contact_id == first.contact_id
        ), "{kinds:?}");
        let answer = send(&desk.services, desk.first("visitor", "yes")).await.unwrap();
        assert_eq!(answer.message.conversation_id, opened.state.id, "there they talk on");
        let nobody = services.open_conversation(program(desk), ContactId::generate(), None).await;
        assert!(is_missing(&nobody, Noun::Contact));
    }

    async fn an_empty_conversation_can_be_taken_and_closed(desk) {
        let contact = desk.begin("visitor").await.contact_id;
        let opened = desk.services.open_conversation(program(desk), contact, None).await.unwrap();
        assert_eq!(opened.last_message, None);
        assert_eq!(opened.state.status, ConversationStatus::Open);
        assert_eq!(opened.state.last_message_at, None);
        let taking = ConversationChange {
            status: Some(ConversationStatus::Closed),
            tags: Some(tags(&["outreach"])),
            assignee: Some(Some(desk.bo().user_id)),
            ..ConversationChange::default()
        };
        let closed = change(desk, opened.state.id, taking).await.unwrap().state;
        assert_eq!(closed.status, ConversationStatus::Closed);
        assert_eq!(closed.tags, tags(&["outreach"]));
        assert_eq!(closed.assigned_agent_id, Some(desk.bo().user_id));
    }

    async fn the_beginning_of_a_conversation_is_in_the_log_whoever_begins_it(desk) {
        let first = desk.begin("visitor").await;
        let contact = first.contact_id;
        let opened = desk.services.open_conversation(program(desk), contact, None).await.unwrap();
        let organization = desk.ada().organization_id;
        let log = desk.services.events_after(organization, 0, 100).await.unwrap();
        let begun = log.iter().filter_map(|event| match event.kind {
            EventKind::ConversationOpened { contact_id, channel_id, .. } => {
                Some((event.conversation_id.unwrap(), contact_id, channel_id))
            }
            _ => None,
        });
        let web = desk.web_channel();
        let expected = [(first.conversation_id, contact, web), (opened.state.id, contact, web)];
        assert_eq!(begun.collect::<Vec<_>>(), expected);
        let positions: Vec<_> = log.iter().map(|event| event.position.unwrap()).collect();
        assert_eq!(positions, (1..=3).collect::<Vec<_>>(), "without holes");
    }

    async fn several_things_change_at_once_and_agents_hear_of_each(desk) {
        let id = desk.begin("visitor").await.conversation_id;
        let all = ConversationChange {
            status: Some(ConversationStatus::Closed),
            snoozed_until: None,
            tags: Some(tags(&["vip", "billing"])),
            assignee: Some(Some(desk.bo().user_id)),
            mark: Some(Mark::Read),
            metadata: Some(object(json!({"ticket": {"id": 7}, "none": null}))),
        };
        let detail = change(desk, id, all).await.unwrap();
        let state = &detail.state;
        assert_eq!((state.status, state.unread_count), (ConversationStatus::Closed, 0));
        assert_eq!(state.assigned_agent_id, Some(desk.bo().user_id));
        assert_eq!(detail.metadata, metadata(json!({"ticket": {"id": 7}})));
        let kinds = told(desk);
        let [
            EventKind::ConversationAssigned { agent_id, .. },
            EventKind::ConversationResolved { tags: last, by, .. },
            EventKind::ConversationUpdated(updated),
        ] = &kinds[..] else { panic!("{kinds:?}") };
        assert_eq!((*agent_id, *by), (desk.bo().user_id, Some(desk.ada().user_id)));
        assert_eq!(*last, tags(&["vip", "billing"]));
        assert_eq!(**updated, *state);
        let view = desk.services.get_conversation(desk.ada(), id).await.unwrap();
        assert_eq!(view.active_session, None, "agents see it resolved");
    }

    async fn what_is_opened_again_is_what_was_closed(desk) {
        let id = desk.begin("visitor").await.conversation_id;
        desk.services.assign_conversation(desk.bo(), id, None).await.unwrap();
        let labelled = ConversationChange { tags: Some(tags(&["vip"])), ..Default::default() };
        change(desk, id, labelled).await.unwrap();
        assert!(matches!(told(desk)[..], [
            EventKind::ConversationTagged { .. }, EventKind::ConversationUpdated(_)
        ]));
        change(desk, id, status(ConversationStatus::Closed)).await.unwrap();
        let open = change(desk, id, status(ConversationStatus::Open)).await.unwrap().state;
        assert_eq!(open.tags, tags(&["vip"]));
        assert_eq!(open.assigned_agent_id, Some(desk.bo().user_id));
        assert!(matches!(told(desk)[..], [
            EventKind::ConversationReopened { .. }, EventKind::ConversationUpdated(_)
        ]));
        let view = desk.services.get_conversation(desk.ada(), id).await.unwrap();
        let session = view.active_session.unwrap();
        assert_eq!((session.status, session.resolved_at), (SessionStatus::Open, None));
        desk.services.resolve_conversation(desk.bo(), id, Tags::default()).await.unwrap();
    }

    async fn nobody_has_a_conversation_that_was_given_back(desk) {
        let id = desk.begin("visitor").await.conversation_id;
        desk.services.assign_conversation(desk.bo(), id, None).await.unwrap();
        let back = ConversationChange { assignee: Some(None), ..Default::default() };
        let state = change(desk, id, back).await.unwrap().state;
        assert_eq!(state.assigned_agent_id, None);
        assert!(matches!(told(desk)[..], [
            EventKind::ConversationUnassigned { .. }, EventKind::ConversationUpdated(_)
        ]));
        desk.services.assign_conversation(desk.ada(), id, None).await.unwrap();
    }

    async fn what_changes_metadata_alone_is_no_activity_and_tells_nobody(desk) {
        let id = desk.begin("visitor").await.conversation_id;
        let program = program(desk);
        let before = desk.services.get_conversation_for_program(program, id).await.unwrap();
        desk.clock.advance_ms(1_000);
        let keys = |value| ConversationChange { metadata: Some(object(value)), ..Default::default() };
        change(desk, id, keys(json!({"a": 1.1, "b": {"c": []}}))).await.unwrap();
        let after = change(desk, id, keys(json!({"a": null, "d": "\0é"}))).await.unwrap();
        assert_eq!(after.metadata, metadata(json!({"b": {"c": []}, "d": "\0é"})));
        assert_eq!(after.updated_at, before.updated_at);
        assert_eq!(told(desk), []);
        let big = keys(json!({"big": "x".repeat(16 * 1024)}));
        assert_eq!(refused(change(desk, id, big).await), "metadata");
    }

    async fn marks_move_the_number_of_unread_messages(desk) {
        let id = desk.begin("visitor").await.conversation_id;
        desk.visitor_says(id, "visitor", "hello?").await.unwrap();
        let mark = |mark| ConversationChange { mark: Some(mark), ..Default::default() };
        for (change_to, unread) in [
            (Mark::Unread, 2), (Mark::Read, 0), (Mark::Read, 0), (Mark::Unread, 1), (Mark::Unread, 1),
        ] {
            let state = change(desk, id, mark(change_to)).await.unwrap().state;
            assert_eq!(state.unread_count, unread, "{change_to:?}");
        }
    }

    async fn what_cannot_be_is_refused_and_changes_nothing(desk) {
        let id = desk.begin("visitor").await.conversation_id;
        let nothing = ConversationChange::default();
        assert_eq!(refused(change(desk, id, nothing.clone()).await), "body");
        let stranger = desk.stranger().await.user_id;
        let foreign = ConversationChange { assignee: Some(Some(stranger)), ..nothing.clone() };
        assert_eq!(refused(change(desk, id, foreign).await), "assigned_user_id");
        let now = Some(desk.clock.now());
        let late = ConversationChange {
            snoozed_until: now,
            ..status(ConversationStatus::Snoozed)
        };
        assert_eq!(refused(change(desk, id, late).await), "snoozed_until");
        let awake = ConversationChange {
            snoozed_until: now.map(|at| at.plus_ms(1)),
            ..status(ConversationStatus::Open)
        };
        assert_eq!(refused(change(desk, id, awake).await), "snoozed_until");
        let detail = desk.services.get_conversation_for_program(program(desk), id).await.unwrap();
        assert_eq!(detail.state.status, ConversationStatus::Open);
        assert_eq!(detail.state.assigned_agent_id, None);
    }

    async fn a_conversation_sleeps_until_its_visitor_writes(desk) {
        let id = desk.begin("visitor").await.conversation_id;
        let until = desk.clock.now().plus_ms(60_000);
        let sleep = ConversationChange {
            snoozed_until: Some(until),
            ..status(ConversationStatus::Snoozed)
        };
        let asleep = change(desk, id, sleep).await.unwrap();
        assert_eq!(asleep.snoozed_until, Some(until));
        assert!(matches!(told(desk)[..], [EventKind::ConversationUpdated(_)]));
        desk.agent_says(desk.ada(), id, "we are on it").await.unwrap();
        let services = &desk.services;
        let still = services.get_conversation_for_program(program(desk), id).await.unwrap();
        assert_eq!(still.state.status, ConversationStatus::Snoozed, "an answer wakes nobody");
        assert_eq!(still.snoozed_until, Some(until));
        desk.visitor_says(id, "visitor", "thanks").await.unwrap();
        let awake = services.get_conversation_for_program(program(desk), id).await.unwrap();
        assert_eq!(awake.state.status, ConversationStatus::Open);
        assert_eq!(awake.snoozed_until, None);
    }

    async fn a_conversation_that_is_closed_or_opened_does_not_sleep_any_more(desk) {
        let id = desk.begin("visitor").await.conversation_id;
        let sleep = ConversationChange {
            snoozed_until: Some(desk.clock.now().plus_ms(60_000)),
            ..status(ConversationStatus::Snoozed)
        };
        for standing in [ConversationStatus::Open, ConversationStatus::Closed] {
            change(desk, id, sleep.clone()).await.unwrap();
            assert_eq!(change(desk, id, status(standing)).await.unwrap().snoozed_until, None);
        }
        change(desk, id, sleep).await.unwrap();
        desk.services.resolve_conversation(desk.ada(), id, Tags::default()).await.unwrap();
        let services = &desk.services;
        let detail = services.get_conversation_for_program(program(desk), id).await.unwrap();
        assert_eq!(detail.snoozed_until, None);
    }

    async fn many_are_changed_at_once_and_each_has_its_result(desk) {
        let here = desk.begin("visitor").await.conversation_id;
        let there = desk.begin("another").await.conversation_id;
        let ids = [Some(here), Some(ConversationId::generate()), None, Some(there), Some(here)];
        let closing = status(ConversationStatus::Closed);
        let services = &desk.services;
        let results = services.change_conversations(program(desk), &ids, &closing).await.unwrap();
        let closed = |result: &Result<ConversationDetail, _>| {
            result.as_ref().is_ok_and(|it| it.state.status == ConversationStatus::Closed)
        };
        assert_eq!(results.iter().map(closed).collect::<Vec<_>>(), [true, false, false, true, true]);
        assert!(is_missing(&results[1], Noun::Conversation));
        assert!(is_missing(&results[2], Noun::Conversation));
        let hundred = vec![Some(here); 100];
        assert!(services.change_conversations(program(desk), &hundred, &closing).await.is_ok());
        let more = vec![Some(here); 101];
        let too_many = services.change_conversations(program(desk), &more, &closing).await;
        assert_eq!(refused(too_many), "ids");
        assert_eq!(refused(services.change_conversations(program(desk), &[], &closing).await), "ids");
    }

    async fn a_program_answers_as_the_agent_who_made_its_key(desk) {
        let id = desk.begin("visitor").await.conversation_id;
        let say = async |program, text: &str, visibility| {
            let text = text.to_owned();
            desk.services.send_program_message(program, id, text, visibility).await.unwrap()
        };
        let named = program(desk);
        let answer = say(named, "hello", Visibility::Public).await;
        assert_eq!(answer.author.sender_id(), Some(desk.ada().user_id.to_string()));
        let nameless = Program { user_id: None, ..named };
        let answer = say(nameless, "beep", Visibility::Public).await;
        assert_eq!(answer.author.sender_id(), Some(named.key_id.to_string()));
    }

    async fn a_note_is_no_answer(desk) {
        let id = desk.begin("visitor").await.conversation_id;
        let note = async || {
            let (text, note) = ("rude".to_owned(), Visibility::Note);
            desk.services.send_program_message(program(desk), id, text, note).await.unwrap()
        };
        note().await;
        let services = &desk.services;
        let detail = services.get_conversation_for_program(program(desk), id).await.unwrap();
        assert_eq!(detail.state.unread_count, 1, "nobody has answered");
        assert_eq!(detail.state.assigned_agent_id, None);
        assert_eq!(detail.last_message.unwrap().visibility, Visibility::Note);
        change(desk, id, status(ConversationStatus::Closed)).await.unwrap();
        let session = note().await.session_id;
        let detail = services.get_conversation_for_program(program(desk), id).await.unwrap();
        assert_eq!(detail.state.status, ConversationStatus::Closed, "and opens nothing");
        let answer = desk.agent_says(desk.ada(), id, "one more thing").await.unwrap().message;
        assert_ne!(answer.session_id, session);
    }

    async fn a_program_says_as_much_as_32_kib(desk) {
        let id = desk.begin("visitor").await.conversation_id;
        let say = async |text: String| {
            desk.services.send_program_message(program(desk), id, text, Visibility::Public).await
        };
        let full = "é".repeat(16 * 1024);
        assert_eq!(say(full.clone()).await.unwrap().content.text, full);
        assert_eq!(refused(say(format!("{full}!")).await), "content");
        assert_eq!(refused(say(" ".to_owned()).await), "content");
    }

    async fn since_misses_nothing_and_repeats_nothing(desk) {
        let first = desk.begin("visitor").await;
        let id = first.conversation_id;
        // All at the same moment, as it is when a clock is coarse.
        for number in 1..5 {
            desk.visitor_says(id, "visitor", &number.to_string()).await.unwrap();
        }
        let asked = MessagesAsked { rows: 100, ..MessagesAsked::default() };
        let services = &desk.services;
        let all = services.list_messages_for_program(program(desk), id, asked).await.unwrap();
        assert_eq!(all.len(), 5);
        for (index, message) in all.iter().enumerate() {
            let since = Some(message.created_at.whole_ms());
            let asked = MessagesAsked { since, ..asked };
            let rest = services.list_messages_for_program(program(desk), id, asked).await.unwrap();
            assert_eq!(rest, all[index + 1..], "after message {index}");
            let after = MessagesAsked { after: 4, ..asked };
            let rest = services.list_messages_for_program(program(desk), id, after).await.unwrap();
            assert_eq!(rest, all[4..].iter().filter(|it| it.seq > message.seq).cloned().collect::<Vec<_>>());
        }
        let early = MessagesAsked { since: Some(first.created_at.plus_ms(-1)), ..asked };
        let read = services.list_messages_for_program(program(desk), id, early).await.unwrap();
        assert_eq!(read, all);
    }
}
