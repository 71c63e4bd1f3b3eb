//! Finding conversations by their words.

use switchboard::domain::{
    ApiKeyId, ConversationDetail, ConversationId, ConversationStatus, Program, Search, Tags,
    Visibility,
};
use switchboard::service::{Before, ContactChange};

use super::desk::{Desk, send};
use super::on_both_engines;

fn program(desk: &Desk) -> Program {
    let ada = desk.ada();
    Program {
        organization_id: ada.organization_id,
        key_id: ApiKeyId::generate(),
        user_id: Some(ada.user_id),
        channel_id: None,
    }
}

async fn page(
    desk: &Desk,
    text: &str,
    before: Option<Before<ConversationId>>,
    rows: u32,
) -> Vec<ConversationDetail> {
    let search = Search::new("q", text).unwrap().unwrap();
    let found =
        desk.services.search_conversations(program(desk), &search, None, before, rows).await;
    found.unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn ids(list: &[ConversationDetail]) -> Vec<ConversationId> {
    list.iter().map(|it| it.state.id).collect()
}

/// What is found, which is the same before and after the index was brought up to date.
async fn find(desk: &Desk, text: &str) -> Vec<ConversationId> {
    let found = ids(&page(desk, text, None, 101).await);
    rest(desk).await;
    assert_eq!(ids(&page(desk, text, None, 101).await), found, "indexed: {text}");
    found
}

/// Lets all conversations come to rest.
async fn rest(desk: &Desk) {
    desk.clock.advance_ms(10_001);
    while desk.services.index_conversations().await.unwrap() > 0 {}
}

/// Begins a conversation of another visitor with this message.
async fn say(desk: &Desk, visitor: &str, text: &str) -> ConversationId {
    desk.clock.advance_ms(10);
    let sent = send(&desk.services, desk.first(visitor, text)).await.unwrap();
    sent.message.conversation_id
}

on_both_engines! {
    async fn a_conversation_is_found_by_the_words_of_a_message(desk) {
        let refund = say(desk, "ann", "Where is my REFUND for order #4711?").await;
        let cafe = say(desk, "bob", "Le café n'est pas là").await;
        for text in ["refund", "order refund where", "4711", "ref", "refund ord", "«Refund»!", "re"] {
            assert_eq!(find(desk, text).await, [refund], "{text}");
        }
        for text in ["cafe", "CAFÉ", "la est le", "cafe\u{301} l"] {
            let expected = if text.ends_with(" l") { vec![] } else { vec![cafe] };
            assert_eq!(find(desk, text).await, expected, "{text}");
        }
        for text in ["fund", "refund cafe", "order refunds", "4", "?!"] {
            assert_eq!(find(desk, text).await, [], "{text}");
        }
    }

    async fn the_words_may_stand_in_several_messages_and_in_the_name(desk) {
        let named = switchboard::service::SendVisitorMessage {
            customer_name: Some("Zoë".to_owned()),
            ..desk.first("ann", "broken chair")
        };
        let id = send(&desk.services, named).await.unwrap().message.conversation_id;
        say(desk, "bob", "green chair").await;
        desk.visitor_says(id, "ann", "green table").await.unwrap();
        for text in ["table green", "chair table", "zoe broken tab"] {
            assert_eq!(find(desk, text).await, [id], "{text}");
        }
        assert_eq!(find(desk, "table chairs").await, []);
    }

    async fn a_long_conversation_is_found_by_its_first_words_and_by_its_last(desk) {
        let id = say(desk, "ann", "alpha").await;
        for number in 0..1_100 {
            desk.visitor_says(id, "ann", &format!("number{number}")).await.unwrap();
        }
        for text in ["alpha number0 number1099", "number255 number256", "number767 number768"] {
            assert_eq!(find(desk, text).await, [id], "{text}");
        }
        desk.visitor_says(id, "ann", "omega").await.unwrap();
        for text in ["alpha omega", "number255 ome"] {
            assert_eq!(find(desk, text).await, [id], "{text}");
        }
        assert_eq!(find(desk, "alpha number1100").await, []);
    }

    async fn a_conversation_with_more_words_than_a_document_may_have_is_found(desk) {
        let id = say(desk, "ann", "alpha").await;
        for part in 0..10 {
            let words: Vec<_> = (0..1_400).map(|number| format!("{part}x{number:04}")).collect();
            desk.visitor_says(id, "ann", &words.join(" ")).await.unwrap();
        }
        let small = say(desk, "bob", "alpha").await;
        for text in ["alpha 0x0000 9x1399", "5x0007", "7x0003 0x0001 alph"] {
            assert_eq!(find(desk, text).await, [id], "{text}");
        }
        assert_eq!(find(desk, "alpha").await, [small, id]);
        desk.visitor_says(id, "ann", "omega").await.unwrap();
        assert_eq!(find(desk, "3x0003 omega").await, [id]);
    }

    async fn notes_and_answers_are_searched_as_well(desk) {
        let id = say(desk, "ann", "hello").await;
        desk.agent_says(desk.ada(), id, "Try turning it off").await.unwrap();
        let note = "a difficult customer".to_owned();
        desk.services
            .send_program_message(program(desk), id, note, Visibility::Note)
            .await
            .unwrap();
        assert_eq!(find(desk, "turning off").await, [id]);
        assert_eq!(find(desk, "difficult").await, [id]);
    }

    async fn a_conversation_is_found_by_what_is_known_of_its_visitor(desk) {
        let id = say(desk, "ann", "hello").await;
        assert_eq!(find(desk, "zoe").await, []);
        let named = desk.first("ann", "hello again");
        let named = switchboard::service::SendVisitorMessage {
            customer_name: Some("Zoë Brontë".to_owned()),
            ..named
        };
        let contact = send(&desk.services, named).await.unwrap().message.contact_id;
        assert_eq!(find(desk, "bronte zoe").await, [id]);
        let change = ContactChange {
            email: Some(Some("zoe@wuthering.example".parse().unwrap())),
            ..ContactChange::default()
        };
        desk.services.change_contact(program(desk), contact, change).await.unwrap();
        for text in ["zoe@wuthering.example", "wuthering", "wut", "bronte wuthering"] {
            assert_eq!(find(desk, text).await, [id], "{text}");
        }
        let change = ContactChange { email: Some(None), ..ContactChange::default() };
        desk.services.change_contact(program(desk), contact, change).await.unwrap();
        assert_eq!(find(desk, "wuthering").await, []);
        assert_eq!(find(desk, "bronte").await, [id]);
    }

    async fn any_text_can_be_searched_for(desk) {
        say(desk, "ann", "50% of \"it\" isn't \\ here: it's _gone_ AND it's not | OR * NEAR(it)").await;
        for text in [
            "\"", "'", "\\", "%", "_", "*", "(", "a AND", "OR", "NOT it", "NEAR(it", "it:*", "-it", "^it", "it'); --",
            "{", "col:it", "!it", "it | |", "<->", "it & !", "你好", "\u{1f600}",
        ] {
            find(desk, text).await;
        }
        assert_eq!(find(desk, "50% \"it\" NEAR( gone").await.len(), 1);
    }

    async fn what_is_found_is_read_in_pages_the_newest_activity_first(desk) {
        let mut begun = Vec::new();
        for number in 0..7 {
            begun.push(say(desk, &format!("visitor {number}"), "hello there").await);
            say(desk, &format!("other {number}"), "something else").await;
        }
        let moved = begun.remove(2);
        desk.clock.advance_ms(10);
        desk.visitor_says(moved, "visitor 2", "still waiting").await.unwrap();
        begun.push(moved);
        begun.reverse();
        // Long enough to be counted first, and too short.
        for text in ["hello", "hel"] {
            let (mut read, mut before) = (Vec::new(), None);
            loop {
                let page = page(desk, text, before, 2).await;
                let Some(last) = page.last() else { break };
                before = Some(Before { at: last.updated_at, id: last.state.id });
                read.extend(ids(&page));
            }
            assert_eq!(read, begun, "{text}");
        }
    }

    async fn a_page_is_the_same_whether_the_newest_conversations_fill_it_or_the_index(desk) {
        let mut begun = Vec::new();
        for number in 0..240 {
            let visitor = format!("visitor {number}");
            if number % 10 == 0 {
                begun.push(say(desk, &visitor, "hello there").await);
            } else {
                say(desk, &visitor, "something else").await;
            }
        }
        begun.reverse();
        // Of 24, the newest 200 conversations have 20: enough of 25 to look further, and too few of 70.
        for (rows, count) in [(20, 20), (23, 23), (24, 24), (25, 24), (70, 24)] {
            let found = page(desk, "hello", None, rows).await;
            assert_eq!(ids(&found), begun[..count], "{rows}");
        }
    }

    async fn a_search_is_within_a_status_and_a_website(desk) {
        let open = say(desk, "open", "hello").await;
        let closed = say(desk, "closed", "hello").await;
        desk.services.resolve_conversation(desk.ada(), closed, Tags::default()).await.unwrap();
        let elsewhere = Program {
            channel_id: Some(desk.demo.platform.mobile_channel_id.parse().unwrap()),
            ..program(desk)
        };
        let here = Program { channel_id: Some(desk.web_channel()), ..program(desk) };
        for text in ["hello", "hel"] {
            let search = Search::new("q", text).unwrap().unwrap();
            let find = async |program, status| {
                let found = desk.services.search_conversations(program, &search, status, None, 1);
                ids(&found.await.unwrap())
            };
            assert_eq!(find(program(desk), Some(ConversationStatus::Open)).await, [open]);
            assert_eq!(find(here, Some(ConversationStatus::Closed)).await, [closed]);
            assert_eq!(find(here, Some(ConversationStatus::Snoozed)).await, []);
            assert_eq!(find(here, None).await, [closed]);
            assert_eq!(find(elsewhere, None).await, []);
            assert_eq!(find(elsewhere, Some(ConversationStatus::Open)).await, []);
        }
    }

    async fn nobody_finds_what_another_organization_wrote(desk) {
        let own = say(desk, "ann", "hello").await;
        let other = desk.stranger().await.organization_id;
        let theirs = Program { organization_id: other, ..program(desk) };
        for text in ["hello", "hel", &format!("={}", desk.ada().organization_id)] {
            let search = Search::new("q", text).unwrap().unwrap();
            let found = desk.services.search_conversations(theirs, &search, None, None, 25).await;
            assert_eq!(ids(&found.unwrap()), [], "{text}");
        }
        assert_eq!(find(desk, "hello").await, [own]);
    }

    async fn what_was_written_before_there_was_search_is_found_after_migrating(desk) {
        let named = switchboard::service::SendVisitorMessage {
            customer_name: Some("Zoë".to_owned()),
            ..desk.first("ann", "an old message")
        };
        let id = send(&desk.services, named).await.unwrap().message.conversation_id;
        desk.execute("update messages set words = null, content = 'an ancient letter'").await;
        desk.execute("update contacts set words = null").await;
        assert_eq!(find(desk, "ancient").await, []);
        assert_eq!(find(desk, "zoe").await, []);
        desk.store.migrate().await.unwrap();
        assert_eq!(find(desk, "ancient").await, [id]);
        assert_eq!(find(desk, "zoe").await, [id]);
    }
}
