//! Where the next message of a conversation goes: many conversations are read, and moved on, in one statement
//! each.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use crate::domain::{
    ContactId, ConversationId, ConversationStatus, OrganizationId, Position, Seq, Session,
    Timestamp,
};
use crate::store::StoreError;
use crate::store::given::{given, given_sql, taken, taken_sql};
use crate::store::open::Engine;
use crate::store::row::Source;
use crate::store::script::Step;
use crate::store::sessions::SessionRow;

/// The least time between two messages of a conversation: times are shown in milliseconds, and who asks for
/// what came after a message is to miss nothing and get nothing twice.
const APART_MS: i64 = 1;

/// A conversation as its newest message left it.
#[derive(Clone, Debug)]
pub struct Tip {
    /// Which conversation.
    pub conversation_id: ConversationId,
    /// Its end user.
    pub contact_id: ContactId,
    /// The place of its newest message; 0 before the first.
    pub seq: Seq,
    /// How many messages wait to be read.
    pub unread_count: i64,
    /// Where it stands.
    pub status: ConversationStatus,
    /// Until when it sleeps.
    pub snoozed_until: Option<Timestamp>,
    /// The moment of its newest message.
    pub last_message_at: Option<Timestamp>,
    /// The position of the newest event that is about it.
    pub position: Option<Position>,
    /// Its newest session, open or over.
    pub session: Option<Session>,
}

/// What a message does to the number of a conversation's messages that wait to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// One more waits.
    OneMore,
    /// None waits any longer.
    Cleared,
    /// As many wait as before.
    Same,
}

/// Which conversations a message opens again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wakes {
    /// Those that are closed and those that sleep.
    All,
    /// Those that are closed.
    Closed,
    /// None.
    None,
}

impl Tip {
    /// Goes on to the place of one more message, which comes at `now` or a moment later, and opens the
    /// conversation if the message does. Gives the message's moment.
    pub fn advance(&mut self, unread: Unread, wakes: Wakes, now: Timestamp) -> Timestamp {
        self.seq += 1;
        self.unread_count = match unread {
            Unread::OneMore => self.unread_count + 1,
            Unread::Cleared => 0,
            Unread::Same => self.unread_count,
        };
        let wakes = match self.status {
            ConversationStatus::Open => true,
            ConversationStatus::Closed => wakes != Wakes::None,
            ConversationStatus::Snoozed => wakes == Wakes::All,
        };
        if wakes {
            self.status = ConversationStatus::Open;
            self.snoozed_until = None;
        }
        let at = self.last_message_at.map_or(now, |last| now.max(last.plus_ms(APART_MS)));
        self.last_message_at = Some(at);
        at
    }
}

#[derive(Deserialize)]
struct TipRow {
    id: String,
    contact_id: String,
    seq: i64,
    unread: i64,
    status: String,
    snoozed_until: Option<i64>,
    last_message_at: Option<i64>,
    position: Option<i64>,
    session_id: Option<String>,
    session_status: Option<String>,
    session_assigned_agent_id: Option<String>,
    session_tags: Option<String>,
    session_first_message_at: Option<i64>,
    session_assigned_at: Option<i64>,
    session_resolved_at: Option<i64>,
}

impl TipRow {
    /// The session, of which either all is there or nothing.
    fn session(&self) -> Option<SessionRow> {
        Some(SessionRow {
            id: self.session_id.clone()?,
            conversation_id: self.id.clone(),
            status: self.session_status.clone()?,
            assigned_agent_id: self.session_assigned_agent_id.clone(),
            tags: self.session_tags.clone()?,
            first_message_at: self.session_first_message_at,
            assigned_at: self.session_assigned_at,
            resolved_at: self.session_resolved_at,
        })
    }
}

impl TryFrom<TipRow> for Tip {
    type Error = StoreError;

    fn try_from(row: TipRow) -> Result<Self, StoreError> {
        let source = Source { table: "conversations", id: &row.id };
        Ok(Self {
            conversation_id: source.parse("id", &row.id)?,
            contact_id: source.parse("contact_id", &row.contact_id)?,
            seq: row.seq,
            unread_count: row.unread,
            status: source.parse("status", &row.status)?,
            snoozed_until: row.snoozed_until.map(Timestamp::from_micros),
            last_message_at: row.last_message_at.map(Timestamp::from_micros),
            position: row.position,
            session: row.session().map(TryInto::try_into).transpose()?,
        })
    }
}

/// What is written of a [`Tip`].
#[derive(Serialize)]
struct Moved<'a> {
    id: ConversationId,
    seq: Seq,
    unread: i64,
    status: &'a str,
    snoozed_until: Option<i64>,
    at: Option<i64>,
    position: Option<Position>,
}

impl<'a> From<&'a Tip> for Moved<'a> {
    fn from(tip: &'a Tip) -> Self {
        Self {
            id: tip.conversation_id,
            seq: tip.seq,
            unread: tip.unread_count,
            status: tip.status.as_str(),
            snoozed_until: tip.snoozed_until.map(Timestamp::micros),
            at: tip.last_message_at.map(Timestamp::micros),
            position: tip.position,
        }
    }
}

/// Nobody changes what is read here until the transaction ends; SQLite lets no one else write anyway. What another
/// organization has is not even locked. Each conversation is to be found by its id: both engines would rather look through
/// all that the organization has, which takes the longer the more that is. So they must not know that there are indexes of
/// whose a conversation is (hence `|| ''`), and Postgres takes one after the other (`lateral`, which `for update` fences).
fn tips_sql(engine: Engine) -> &'static str {
    macro_rules! tips {
        ($newest:literal, $theirs:literal, $session:literal) => {
            taken_sql!(
                engine,
                [id text],
                [
                    id, contact_id, seq, unread, status, snoozed_until, last_message_at, position,
                    session_id, session_status, session_assigned_agent_id, session_tags,
                    session_first_message_at, session_assigned_at, session_resolved_at
                ],
                concat!(
                    "select c.id, c.contact_id, c.seq, c.unread, c.status, c.snoozed_until, \
                     c.last_message_at, ",
                    $newest,
                    " as position, s.id as session_id, s.status as session_status, s.assigned_agent_id as session_assigned_agent_id, \
                     s.tags as session_tags, s.first_message_at as session_first_message_at, \
                     s.assigned_at as session_assigned_at, s.resolved_at as session_resolved_at \
                     from given g join ",
                    $theirs,
                    " left join ",
                    $session
                )
            )
        };
    }
    match engine {
        Engine::Sqlite => tips!(
            "c.position",
            "conversations c on c.id = g.id and c.organization_id || '' = $2",
            "sessions s on s.id = (select n.id from sessions n where n.conversation_id = c.id \
             order by n.created_at desc, n.id desc limit 1)"
        ),
        Engine::Postgres => tips!(
            "(select max(e.position) from events e where e.conversation_id = c.id)",
            "lateral (select * from conversations \
             where id = g.id and organization_id || '' = $2 for update) c on true",
            "lateral (select * from sessions where conversation_id = c.id \
             order by created_at desc, id desc limit 1) s on true"
        ),
    }
}

/// The tips of those of these conversations that an organization has, whose lock is held.
pub(in crate::store) fn look_at_tips(
    engine: Engine,
    organization: OrganizationId,
    conversations: impl IntoIterator<Item = ConversationId>,
) -> Step {
    #[derive(Serialize)]
    struct Asked {
        id: ConversationId,
    }
    let conversations: HashSet<_> = conversations.into_iter().collect();
    let asked = given(conversations.into_iter().map(|id| Asked { id }));
    Step::new(tips_sql(engine)).text(asked).text(organization.to_string())
}

/// What came of [`look_at_tips`].
pub(in crate::store) fn tips(rows: &[AnyRow]) -> Result<HashMap<ConversationId, Tip>, StoreError> {
    let Some(row) = rows.first() else { return Ok(HashMap::new()) };
    let tips = taken::<TipRow>(row.try_get(0)?)?.into_iter().map(Tip::try_from);
    tips.map(|tip| tip.map(|tip| (tip.conversation_id, tip))).collect()
}

/// Keeps how far messages have brought these conversations.
pub(in crate::store) fn move_tips<'a>(
    engine: Engine,
    tips: impl IntoIterator<Item = &'a Tip>,
) -> Step {
    macro_rules! move_sql {
        ($newest:literal) => {
            given_sql!(
                engine,
                [
                    id text, seq bigint, unread bigint, status text, snoozed_until bigint, at bigint,
                    position bigint
                ],
                concat!(
                    "update conversations set seq = given.seq, unread = given.unread, \
                     status = given.status, snoozed_until = given.snoozed_until, ",
                    $newest,
                    "last_message_at = given.at, updated_at = given.at \
                     from given where conversations.id = given.id"
                )
            )
        };
    }
    let sql = match engine {
        Engine::Sqlite => move_sql!("position = given.position, "),
        Engine::Postgres => move_sql!(""),
    };
    Step::new(sql).text(given(tips.into_iter().map(Moved::from)))
}
