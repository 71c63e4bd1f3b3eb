//! Whatever has happened, and whenever the index was last brought up to date: a search finds what looking through every
//! conversation finds.

use std::collections::HashMap;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use switchboard::domain::{
    ApiKeyId, ConversationDetail, ConversationId, ConversationStatus, Program, Search, Timestamp,
    Visibility, Words,
};
use switchboard::service::{Before, ContactChange, ConversationChange};
use switchboard::store::IndexLimits;

use super::desk::{Desk, send};
use super::on_both_engines;

/// The words that are said and searched for. Some begin alike, so that the beginning of one may be another.
const VOCABULARY: [&str; 10] =
    ["a", "re", "ref", "refund", "refunds", "order", "or", "café", "zoë", "4711"];
const STATUSES: [ConversationStatus; 3] =
    [ConversationStatus::Open, ConversationStatus::Closed, ConversationStatus::Snoozed];
const VISITORS: usize = 24;
const STEPS: usize = 300;
/// How many steps lie between two comparisons.
const COMPARED: usize = 10;

/// What happens to somebody's conversations, and what is remembered of them here.
struct History<'a> {
    desk: &'a Desk,
    chance: StdRng,
    said: HashMap<ConversationId, String>,
}

impl History<'_> {
    fn program(&self) -> Program {
        let ada = self.desk.ada();
        Program {
            organization_id: ada.organization_id,
            key_id: ApiKeyId::generate(),
            user_id: Some(ada.user_id),
            channel_id: None,
        }
    }

    fn text(&mut self, words_max: usize) -> String {
        let count = self.chance.random_range(1..=words_max);
        let words: Vec<_> =
            (0..count).map(|_| *VOCABULARY.choose(&mut self.chance).unwrap()).collect();
        words.join(" ")
    }

    async fn any_conversation(&mut self) -> Option<ConversationDetail> {
        let all = self.list(None).await;
        all.choose(&mut self.chance).cloned()
    }

    async fn list(&self, status: Option<ConversationStatus>) -> Vec<ConversationDetail> {
        let listed = self.desk.services.list_conversations_for_program(
            self.program(),
            status,
            None,
            VISITORS.try_into().unwrap(),
        );
        listed.await.unwrap()
    }

    /// Times of several conversations may be the same.
    async fn step(&mut self) {
        let passed = self.chance.random_range(0..3);
        self.desk.clock.advance_ms(passed);
        match self.chance.random_range(0..20) {
            0..10 => self.visitor_writes().await,
            10..12 => self.note_is_made().await,
            12..14 => self.status_changes().await,
            14..16 => self.visitor_is_renamed().await,
            16..18 => self.index_is_kept().await,
            _ => self.keeper_dies().await,
        }
    }

    async fn visitor_writes(&mut self) {
        let visitor = format!("visitor {}", self.chance.random_range(0..VISITORS));
        let text = self.text(3);
        let sent = send(&self.desk.services, self.desk.first(&visitor, &text)).await;
        self.note(sent.unwrap().message.conversation_id, &text);
    }

    async fn note_is_made(&mut self) {
        let Some(conversation) = self.any_conversation().await else { return };
        let (id, text) = (conversation.state.id, self.text(3));
        let note = Visibility::Note;
        let sent = self.desk.services.send_program_message(self.program(), id, text.clone(), note);
        sent.await.unwrap();
        self.note(id, &text);
    }

    fn note(&mut self, id: ConversationId, text: &str) {
        let said = self.said.entry(id).or_default();
        said.push(' ');
        said.push_str(text);
    }

    async fn status_changes(&mut self) {
        let Some(conversation) = self.any_conversation().await else { return };
        let status = STATUSES.choose(&mut self.chance).copied();
        let change = ConversationChange { status, ..ConversationChange::default() };
        let (id, program) = (conversation.state.id, self.program());
        self.desk.services.change_conversation(program, id, change).await.unwrap();
    }

    async fn visitor_is_renamed(&mut self) {
        let Some(conversation) = self.any_conversation().await else { return };
        let name = self.chance.random_bool(0.8).then(|| self.text(2));
        let change = ContactChange { name: Some(name), ..ContactChange::default() };
        let contact = conversation.visitor.id;
        self.desk.services.change_contact(self.program(), contact, change).await.unwrap();
    }

    /// Some conversations have come to rest then, and others not.
    async fn index_is_kept(&mut self) {
        let passed = self.chance.random_range(9_995..10_001);
        self.desk.clock.advance_ms(passed);
        self.desk.services.index_conversations().await.unwrap();
    }

    async fn keeper_dies(&mut self) {
        const FEW: IndexLimits = IndexLimits { conversations: 5, messages: 512 };
        let mut tx = self.desk.store.begin().await.unwrap();
        tx.index_conversations(Timestamp::from_micros(i64::MAX), FEW).await.unwrap();
        tx.rollback().await.unwrap();
    }

    /// Compares all pages of a search with what looking through the list finds.
    async fn compare(&mut self) {
        let text = self.text(3);
        let search = Search::new("q", &text).unwrap().unwrap();
        let status = STATUSES.choose(&mut self.chance).copied().filter(|_| self.chance.random());
        let here = self.chance.random_bool(0.5).then(|| self.desk.web_channel());
        let program = Program { channel_id: here, ..self.program() };
        let rows = self.chance.random_range(1..6);
        let all = self.list(status).await;
        let expected: Vec<_> =
            all.iter().filter(|it| self.has(it, &search)).map(|it| it.state.id).collect();
        let (mut found, mut before) = (Vec::new(), None);
        loop {
            let services = &self.desk.services;
            let page = services.search_conversations(program, &search, status, before, rows);
            let page = page.await.unwrap();
            let Some(last) = page.last() else { break };
            before = Some(Before { at: last.updated_at, id: last.state.id });
            found.extend(page.iter().map(|it| it.state.id));
        }
        assert_eq!(found, expected, "{text:?}, {status:?}, {rows} a page");
    }

    fn has(&self, conversation: &ConversationDetail, search: &Search) -> bool {
        let said = self.said.get(&conversation.state.id).map_or("", String::as_str);
        let name = conversation.visitor.name.as_deref().unwrap_or_default();
        let words = Words::of(&format!("{said} {name}"));
        search.words().iter().all(|word| words.iter().any(|it| it == word))
            && search
                .beginning()
                .is_none_or(|beginning| words.iter().any(|word| word.starts_with(beginning)))
    }
}

on_both_engines! {
    async fn a_search_finds_what_looking_through_everything_finds(desk) {
        for seed in 0..4 {
            let mut history =
                History { desk, chance: StdRng::seed_from_u64(seed), said: HashMap::new() };
            // What was said in the histories before is said by the same visitors.
            for conversation in history.list(None).await {
                let id = conversation.state.id;
                let messages = desk.store.list_messages_after(id, 0, true, 10_000).await.unwrap();
                for message in messages {
                    history.note(id, &message.content.text);
                }
            }
            for step in 0..STEPS {
                history.step().await;
                if step % COMPARED == 0 {
                    history.compare().await;
                }
            }
        }
    }
}
