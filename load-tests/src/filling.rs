//! A database that has been in use for long: filled over SQL, since over HTTP it would take hours.

use anyhow::Context as _;
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Row as _};

use crate::corpus::Corpus;
use crate::past::{Conversation, Message, Past};
use crate::progress::say;

/// How many rows one statement brings.
const ROWS: usize = 500;
/// How many statements share a commit, after which it is said how far it has come.
const STATEMENTS: usize = 200;
/// One conversation of so many is open.
const OPEN_SHARE: usize = 10;

/// Where the rows go.
struct Writer {
    connection: AnyConnection,
    organization: String,
    channel: String,
}

/// Fills a database in which there is the demo organization and nothing it has said.
pub(crate) fn fill(url: &str, past: &Past) -> anyhow::Result<()> {
    wait_for(async {
        let mut writer = Writer::connect(url).await?;
        writer.fill(past).await?;
        Ok(writer.connection.close().await?)
    })
}

/// Has Postgres do at once what it would do by itself within minutes of so many writes: remove what was replaced, and
/// see how much there is of everything. The messages are put together anew as well, because each was written twice here:
/// without its words, and with them. SQLite replaces rows where they are.
pub(crate) fn settle(url: &str) -> anyhow::Result<()> {
    if url.starts_with("sqlite:") {
        return Ok(());
    }
    wait_for(async {
        let mut connection = AnyConnection::connect(url).await.context("no database")?;
        for statement in ["vacuum full messages", "vacuum (analyze)"] {
            sqlx::raw_sql(statement).execute(&mut connection).await?;
        }
        Ok(connection.close().await?)
    })
}

/// Does what has to be waited for.
pub(crate) fn wait_for(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    sqlx::any::install_default_drivers();
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
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

    async fn fill(&mut self, past: &Past) -> anyhow::Result<()> {
        self.fill_contacts(&past.conversations).await?;
        self.fill_conversations(&past.conversations).await?;
        self.fill_messages(past.messages()).await
    }

    async fn fill_contacts(&mut self, conversations: &[Conversation]) -> anyhow::Result<()> {
        let (organization, channel) = (self.organization.clone(), self.channel.clone());
        let head = "insert into contacts (id, organization_id, number, name, email, channel_id, last_seen_at, \
                    created_at, updated_at) values";
        let row = |number: usize, it: &Conversation| {
            let (first, last) = (Corpus::word(number % 977 + 80), Corpus::word(number % 7919 + 80));
            let (id, seen, began) = (id(Kind::Contact, number), it.last_at, it.first_at);
            format!(
                "('{id}', '{organization}', {}, '{first} {last}', '{first}.{last}{number}@example.com', \
                 '{channel}', {seen}, {began}, {began})",
                number + 1_000_000
            )
        };
        let rows = conversations.iter().enumerate().map(|(number, it)| row(number, it));
        self.insert(head, rows).await?;
        let head = "insert into contact_channels (id, contact_id, channel_id, source_id, created_at) values";
        let row = |number: usize, it: &Conversation| {
            let (own, contact) = (id(Kind::ContactChannel, number), id(Kind::Contact, number));
            format!("('{own}', '{contact}', '{channel}', 'visitor {number}', {})", it.first_at)
        };
        let rows = conversations.iter().enumerate().map(|(number, it)| row(number, it));
        self.insert(head, rows).await
    }

    async fn fill_conversations(&mut self, conversations: &[Conversation]) -> anyhow::Result<()> {
        let (organization, channel) = (self.organization.clone(), self.channel.clone());
        let head = "insert into conversations (id, organization_id, channel_id, contact_id, contact_channel_id, \
                    display_id, status, seq, created_at, updated_at, last_message_at) values";
        let row = |number: usize, it: &Conversation| {
            let (own, contact) = (id(Kind::Conversation, number), id(Kind::Contact, number));
            let on_channel = id(Kind::ContactChannel, number);
            let status = if is_open(number) { "open" } else { "closed" };
            format!(
                "('{own}', '{organization}', '{channel}', '{contact}', '{on_channel}', {}, '{status}', \
                 {}, {}, {last}, {last})",
                number + 1_000_000,
                it.messages,
                it.first_at,
                last = it.last_at
            )
        };
        let rows = conversations.iter().enumerate().map(|(number, it)| row(number, it));
        self.insert(head, rows).await?;
        let head = "insert into sessions (id, organization_id, conversation_id, status, tags, created_at) values";
        let row = |number: usize, it: &Conversation| {
            let status = if is_open(number) { "open" } else { "resolved" };
            let (own, conversation) = (id(Kind::Session, number), id(Kind::Conversation, number));
            let began = it.first_at;
            format!("('{own}', '{organization}', '{conversation}', '{status}', '[]', {began})")
        };
        let rows = conversations.iter().enumerate().map(|(number, it)| row(number, it));
        self.insert(head, rows).await
    }

    async fn fill_messages(
        &mut self,
        messages: impl Iterator<Item = Message>,
    ) -> anyhow::Result<()> {
        let organization = self.organization.clone();
        let head = "insert into messages (id, organization_id, conversation_id, session_id, seq, author_type, \
                    author_id, visibility, kind, content, created_at) values";
        let row = |it: Message| {
            let (own, session) = (id(Kind::Message, it.number), id(Kind::Session, it.conversation));
            let conversation = id(Kind::Conversation, it.conversation);
            format!(
                "('{own}', '{organization}', '{conversation}', '{session}', {}, 'contact', \
                 'visitor {}', 'public', 'text', '{}', {})",
                it.seq, it.conversation, it.text, it.at
            )
        };
        self.insert(head, messages.map(row)).await
    }

    /// Inserts rows; none of them has a quote in it that is not its own.
    async fn insert(
        &mut self,
        head: &str,
        rows: impl Iterator<Item = String>,
    ) -> anyhow::Result<()> {
        let table = head.split(' ').nth(2).unwrap_or_default();
        let mut rows = rows.peekable();
        let mut written = 0;
        while rows.peek().is_some() {
            let mut tx = self.connection.begin().await?;
            for _ in 0..STATEMENTS {
                let some: Vec<_> = rows.by_ref().take(ROWS).collect();
                if some.is_empty() {
                    break;
                }
                let statement = format!("{head} {}", some.join(", "));
                sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *tx).await?;
                written += some.len();
            }
            tx.commit().await?;
            say(&format!("fill: {written} {table}"));
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

fn is_open(conversation: usize) -> bool {
    conversation.is_multiple_of(OPEN_SHARE)
}

/// An id that sorts as ids of the server do: later ones after earlier ones.
fn id(kind: Kind, number: usize) -> String {
    format!("0190{:04x}-{:04x}-7000-800{}-{number:012x}", number >> 16, number & 0xffff, kind as u8)
}

/// The id of a conversation as programs see it.
pub(crate) fn conversation_id(number: usize) -> String {
    format!("cnv_{}", id(Kind::Conversation, number).replace('-', ""))
}
