//! A database that has been in use for long: filled over SQL, since a server would take hours.

use std::fmt::Write as _;

use anyhow::Context as _;
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Row as _};

use crate::corpus::Corpus;
use crate::progress::say;

/// How many rows one statement brings.
const ROWS: usize = 500;
/// How many statements share a commit.
const STATEMENTS: usize = 40;
/// When the first message came, in microseconds; one follows each second.
const BEGAN: u64 = 1_700_000_000_000_000;
const SECOND: u64 = 1_000_000;

/// How much there is to be of everything.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) messages: u32,
    /// Each with a contact of its own.
    pub(crate) conversations: u32,
}

/// A conversation, as its messages leave it.
#[derive(Debug, Clone, Copy, Default)]
struct Conversation {
    messages: u64,
    last_at: u64,
}

/// Where the rows go.
struct Writer {
    connection: AnyConnection,
    organization: String,
    channel: String,
}

/// Fills a database in which there is the demo organization and nothing it has said.
pub(crate) fn fill(url: &str, size: Size) -> anyhow::Result<()> {
    sqlx::any::install_default_drivers();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut writer = Writer::connect(url).await?;
        writer.fill(size).await?;
        Ok(writer.connection.close().await?)
    })
}

impl Writer {
    async fn connect(url: &str) -> anyhow::Result<Self> {
        let mut connection = AnyConnection::connect(url).await.context("no database")?;
        let row = sqlx::query("select organization_id, id from channels where kind = 'web'")
            .fetch_one(&mut connection)
            .await
            .context("there is no demo organization")?;
        Ok(Self { connection, organization: row.try_get(0)?, channel: row.try_get(1)? })
    }

    async fn fill(&mut self, size: Size) -> anyhow::Result<()> {
        let mut corpus = Corpus::new();
        let said: Vec<usize> =
            (0..size.messages).map(|_| corpus.below(size.conversations as usize)).collect();
        let mut conversations = vec![Conversation::default(); size.conversations as usize];
        for (number, &conversation) in said.iter().enumerate() {
            let conversation = &mut conversations[conversation];
            conversation.messages += 1;
            conversation.last_at = at(number);
        }
        say(&format!("fill: {} conversations", size.conversations));
        self.fill_contacts(&conversations).await?;
        self.fill_conversations(&conversations).await?;
        say(&format!("fill: {} messages", size.messages));
        self.fill_messages(&mut corpus, &said).await
    }

    async fn fill_contacts(&mut self, conversations: &[Conversation]) -> anyhow::Result<()> {
        let (organization, channel) = (self.organization.clone(), self.channel.clone());
        let head = "insert into contacts (id, organization_id, number, name, email, channel_id, last_seen_at, \
                    created_at, updated_at) values";
        let row = |number: usize, it: &Conversation| {
            let (first, last) = (Corpus::word(number % 977 + 80), Corpus::word(number % 7919 + 80));
            let (id, seen) = (id(Kind::Contact, number), it.last_at);
            format!(
                "('{id}', '{organization}', {}, '{first} {last}', '{first}.{last}{number}@example.com', \
                 '{channel}', {seen}, {BEGAN}, {BEGAN})",
                number + 1_000_000
            )
        };
        let rows = conversations.iter().enumerate().map(|(number, it)| row(number, it));
        self.insert(head, rows).await?;
        let head = "insert into contact_channels (id, contact_id, channel_id, source_id, created_at) values";
        let row = |number: usize| {
            let (own, contact) = (id(Kind::ContactChannel, number), id(Kind::Contact, number));
            format!("('{own}', '{contact}', '{channel}', 'visitor {number}', {BEGAN})")
        };
        self.insert(head, (0..conversations.len()).map(row)).await
    }

    async fn fill_conversations(&mut self, conversations: &[Conversation]) -> anyhow::Result<()> {
        let (organization, channel) = (self.organization.clone(), self.channel.clone());
        // Most conversations of long ago are over.
        let status = |number: usize| if number % 10 == 0 { "open" } else { "closed" };
        let head = "insert into conversations (id, organization_id, channel_id, contact_id, contact_channel_id, \
                    display_id, status, seq, created_at, updated_at, last_message_at) values";
        let row = |number: usize, it: &Conversation| {
            let (own, contact) = (id(Kind::Conversation, number), id(Kind::Contact, number));
            let (on_channel, status) = (id(Kind::ContactChannel, number), status(number));
            format!(
                "('{own}', '{organization}', '{channel}', '{contact}', '{on_channel}', {}, '{status}', \
                 {}, {BEGAN}, {last}, {last})",
                number + 1_000_000,
                it.messages,
                last = it.last_at
            )
        };
        let rows = conversations.iter().enumerate().map(|(number, it)| row(number, it));
        self.insert(head, rows).await?;
        let head = "insert into sessions (id, organization_id, conversation_id, status, tags, created_at) values";
        let row = |number: usize| {
            let status = if number % 10 == 0 { "open" } else { "resolved" };
            let (own, conversation) = (id(Kind::Session, number), id(Kind::Conversation, number));
            format!("('{own}', '{organization}', '{conversation}', '{status}', '[]', {BEGAN})")
        };
        self.insert(head, (0..conversations.len()).map(row)).await
    }

    async fn fill_messages(&mut self, corpus: &mut Corpus, said: &[usize]) -> anyhow::Result<()> {
        let organization = self.organization.clone();
        let head = "insert into messages (id, organization_id, conversation_id, session_id, seq, author_type, \
                    author_id, visibility, kind, content, created_at) values";
        let mut seqs = vec![0_u64; said.iter().max().map_or(0, |it| it + 1)];
        let rows = said.iter().enumerate().map(|(number, &conversation)| {
            seqs[conversation] += 1;
            let (own, seq, text) = (id(Kind::Message, number), seqs[conversation], corpus.text());
            let session = id(Kind::Session, conversation);
            let conversation_id = id(Kind::Conversation, conversation);
            format!(
                "('{own}', '{organization}', '{conversation_id}', '{session}', {seq}, 'contact', \
                 'visitor {conversation}', 'public', 'text', '{text}', {})",
                at(number)
            )
        });
        self.insert(head, rows).await
    }

    /// Inserts rows; none of them has a quote in it that is not its own.
    async fn insert(
        &mut self,
        head: &str,
        rows: impl Iterator<Item = String>,
    ) -> anyhow::Result<()> {
        let mut rows = rows.peekable();
        while rows.peek().is_some() {
            let mut tx = self.connection.begin().await?;
            for _ in 0..STATEMENTS {
                let Some(first) = rows.next() else { break };
                let mut statement = format!("{head} {first}");
                for row in rows.by_ref().take(ROWS - 1) {
                    write!(statement, ", {row}")?;
                }
                sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *tx).await?;
            }
            tx.commit().await?;
        }
        Ok(())
    }
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Contact = 1,
    ContactChannel = 2,
    Conversation = 3,
    Session = 4,
    Message = 5,
}

/// An id that sorts as ids of the server do: later ones after earlier ones.
fn id(kind: Kind, number: usize) -> String {
    format!("0190{:04x}-{:04x}-7000-800{}-{number:012x}", number >> 16, number & 0xffff, kind as u8)
}

fn at(number: usize) -> u64 {
    BEGAN + SECOND * number as u64
}
