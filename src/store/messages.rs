//! Messages.

use std::sync::Arc;

use serde::Serialize;
use sqlx::any::AnyRow;
use sqlx::{FromRow, query_as};

use super::given::{given, given_sql};
use super::open::Engine;
use super::row::{Source, to_json};
use super::script::Step;
use super::search::kept;
use super::{Store, StoreError};
use crate::domain::{
    Author, Content, ConversationId, Message, MessageId, OrganizationId, SenderType, Seq,
    SessionId, Timestamp, Visibility, Words,
};

#[derive(FromRow)]
pub(super) struct MessageRow {
    id: String,
    organization_id: String,
    conversation_id: String,
    contact_id: String,
    session_id: String,
    seq: i64,
    author_type: String,
    author_id: Option<String>,
    visibility: String,
    kind: String,
    content: String,
    rich: Option<String>,
    client_message_id: Option<String>,
    created_at: i64,
}

impl TryFrom<MessageRow> for Message {
    type Error = StoreError;

    fn try_from(row: MessageRow) -> Result<Self, StoreError> {
        let source = Source { table: "messages", id: &row.id };
        let rich = row.rich.as_deref().map(|text| source.json("rich", text)).transpose()?;
        Ok(Self {
            id: source.parse("id", &row.id)?,
            organization_id: source.parse("organization_id", &row.organization_id)?,
            conversation_id: source.parse("conversation_id", &row.conversation_id)?,
            contact_id: source.parse("contact_id", &row.contact_id)?,
            session_id: source.parse("session_id", &row.session_id)?,
            seq: row.seq,
            author: author(source, &row.author_type, row.author_id)?,
            visibility: source.parse("visibility", &row.visibility)?,
            content: Content { kind: source.parse("kind", &row.kind)?, text: row.content, rich },
            client_message_id: row.client_message_id,
            created_at: Timestamp::from_micros(row.created_at),
        })
    }
}

fn author(source: Source<'_>, kind: &str, id: Option<String>) -> Result<Author, StoreError> {
    match (kind, id) {
        ("contact", Some(source_id)) => Ok(Author::Contact { source_id }),
        ("user", Some(id)) => source.parse("author_id", &id).map(Author::User),
        ("bot", Some(id)) => Ok(Author::Bot(id)),
        ("system", None) => Ok(Author::System),
        _ => Err(source.corrupt("author_type")),
    }
}

fn author_type(author: &Author) -> &'static str {
    match author {
        Author::Contact { .. } => "contact",
        Author::User(_) => "user",
        Author::Bot(_) => "bot",
        Author::System => "system",
    }
}

/// The side that an author's type stands for.
pub(super) fn sender_type(source: Source<'_>, kind: &str) -> Result<SenderType, StoreError> {
    match kind {
        "contact" => Ok(SenderType::EndUser),
        "user" => Ok(SenderType::Agent),
        "bot" => Ok(SenderType::Bot),
        "system" => Ok(SenderType::System),
        _ => Err(source.corrupt("author_type")),
    }
}

fn messages<C: FromIterator<Message>>(rows: Vec<MessageRow>) -> Result<C, StoreError> {
    rows.into_iter().map(TryInto::try_into).collect()
}

/// The query of messages of the conversation `$1`, with the rest of its text.
macro_rules! messages_sql {
    ($rest:literal) => {
        concat!(
            "select m.id, m.organization_id, m.conversation_id, c.contact_id, m.session_id, m.seq, ",
            "m.author_type, m.author_id, m.visibility, m.kind, m.content, m.rich, ",
            "m.client_message_id, m.created_at ",
            "from messages m join conversations c on c.id = m.conversation_id ",
            "where m.conversation_id = $1 ",
            $rest
        )
    };
}

impl Store {
    /// The messages of a conversation after `seq`, in order; without notes unless asked for.
    pub async fn list_messages_after(
        &self,
        conversation: ConversationId,
        seq: Seq,
        with_notes: bool,
        limit: i64,
    ) -> Result<Vec<Message>, StoreError> {
        let query = query_as::<_, MessageRow>(messages_sql!(
            "and m.seq > $2 and (m.visibility = $3 or $4 = 1) order by m.seq limit $5"
        ));
        let query = query
            .bind(conversation.to_string())
            .bind(seq)
            .bind(Visibility::Public.as_str())
            .bind(i64::from(with_notes))
            .bind(limit);
        messages(self.fetch_all(query).await?)
    }

    /// The `seq` of the last message of a conversation that came before a moment; 0 when none did. Looks
    /// from the newest message back, since whoever asks has read up to lately.
    pub async fn lookup_seq_before(
        &self,
        conversation: ConversationId,
        at: Timestamp,
    ) -> Result<Seq, StoreError> {
        let query = query_as(
            "select seq from messages where conversation_id = $1 and created_at < $2 \
             order by seq desc limit 1",
        );
        let query = query.bind(conversation.to_string()).bind(at.micros());
        let row: Option<(i64,)> = self.fetch_optional(query).await?;
        Ok(row.map_or(0, |(seq,)| seq))
    }

    /// The last public messages of a conversation, oldest first.
    pub async fn list_last_messages(
        &self,
        conversation: ConversationId,
        limit: i64,
    ) -> Result<Vec<Message>, StoreError> {
        let query = query_as::<_, MessageRow>(messages_sql!(
            "and m.visibility = $2 order by m.seq desc limit $3"
        ));
        let query =
            query.bind(conversation.to_string()).bind(Visibility::Public.as_str()).bind(limit);
        let mut list: Vec<_> = messages(self.fetch_all(query).await?)?;
        list.reverse();
        Ok(list)
    }
}

/// A message as it is written.
#[derive(Serialize)]
struct NewRow<'a> {
    id: MessageId,
    organization_id: OrganizationId,
    conversation_id: ConversationId,
    session_id: SessionId,
    seq: Seq,
    author_type: &'a str,
    author_id: Option<String>,
    visibility: &'a str,
    kind: &'a str,
    content: &'a str,
    rich: Option<String>,
    client_message_id: Option<&'a str>,
    created_at: i64,
    words: String,
}

impl<'a> From<&'a Message> for NewRow<'a> {
    fn from(message: &'a Message) -> Self {
        Self {
            id: message.id,
            organization_id: message.organization_id,
            conversation_id: message.conversation_id,
            session_id: message.session_id,
            seq: message.seq,
            author_type: author_type(&message.author),
            author_id: message.author.sender_id(),
            visibility: message.visibility.as_str(),
            kind: message.content.kind.as_str(),
            content: &message.content.text,
            rich: message.content.rich.as_ref().map(to_json),
            client_message_id: message.client_message_id.as_deref(),
            created_at: message.created_at.micros(),
            words: kept(&Words::of(&message.content.text)),
        }
    }
}

/// The messages that clients sent under these ids of their own.
pub(super) fn look_for_client_ids<'a>(
    engine: Engine,
    ids: impl IntoIterator<Item = (ConversationId, &'a str)>,
) -> Step {
    #[derive(Serialize)]
    struct Asked<'a> {
        conversation_id: ConversationId,
        client_message_id: &'a str,
    }
    let asked = |(conversation_id, client_message_id)| Asked { conversation_id, client_message_id };
    macro_rules! found {
        ($of_given:literal) => {
            given_sql!(
                engine,
                [conversation_id text, client_message_id text],
                concat!(
                    "select m.id, m.organization_id, m.conversation_id, \
                     (select c.contact_id from conversations c where c.id = m.conversation_id) as contact_id, \
                     m.session_id, m.seq, m.author_type, m.author_id, m.visibility, m.kind, m.content, \
                     m.rich, m.client_message_id, m.created_at from ",
                    $of_given
                )
            )
        };
    }
    let sql = match engine {
        Engine::Sqlite => found!(
            "messages m where m.id in (select (select n.id from messages n \
             where n.conversation_id = given.conversation_id \
             and n.client_message_id = given.client_message_id) from given)"
        ),
        // One after the other (`limit` sees to it): a plan that was made while there were few messages would read all of
        // them, and be kept while they become many.
        Engine::Postgres => found!(
            "given g join lateral (select * from messages \
             where conversation_id = g.conversation_id \
             and client_message_id = g.client_message_id limit 1) m on true"
        ),
    };
    Step::new(sql).text(given(ids.into_iter().map(asked)))
}

/// What came of [`look_for_client_ids`].
pub(super) fn found(rows: &[AnyRow]) -> Result<Vec<Message>, StoreError> {
    rows.iter().map(|row| MessageRow::from_row(row)?.try_into()).collect()
}

/// New messages, in this order. A `seq` or client id that is taken is a `Conflict`.
pub(super) fn insert_messages(engine: Engine, messages: &[Arc<Message>]) -> Step {
    let sql = given_sql!(
        engine,
        [
            id text, organization_id text, conversation_id text, session_id text, seq bigint,
            author_type text, author_id text, visibility text, kind text, content text,
            rich text, client_message_id text, created_at bigint, words text
        ],
        "insert into messages (id, organization_id, conversation_id, session_id, seq, author_type, \
         author_id, visibility, kind, content, rich, client_message_id, created_at, words) \
         select id, organization_id, conversation_id, session_id, seq, author_type, \
         author_id, visibility, kind, content, rich, client_message_id, created_at, words \
         from given"
    );
    Step::new(sql).text(given(messages.iter().map(|message| NewRow::from(&**message))))
}
