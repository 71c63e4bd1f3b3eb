//! Who may come into a conversation is asked with every message: what many callers ask at the same moment is
//! one query.
//!
//! One task asks for everyone. While one query is on its way, the next questions gather.

use std::collections::HashMap;

use serde::Serialize;
use sqlx::query_as;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::conversations::StandingRow;
use super::given::{given, taken, taken_sql};
use super::{Standing, Store, StoreError};
use crate::domain::ConversationId;

/// Most questions that wait; a caller beyond them waits for a place.
const QUEUE_MAX: usize = 4_096;
/// Most questions of one query.
const BATCH_MAX: usize = 256;

/// A conversation, and the caller who wants to know how it stands.
#[derive(Debug)]
struct Question {
    id: ConversationId,
    reply: oneshot::Sender<Result<Option<Standing>, StoreError>>,
}

/// Where callers ask. A clone is another handle on the same queue.
#[derive(Clone, Debug)]
pub struct Standings {
    queue: mpsc::Sender<Question>,
    closing: CancellationToken,
}

impl Standings {
    /// Starts the task that asks, on `tasks`.
    #[must_use]
    pub fn start(store: Store, tasks: &TaskTracker) -> Self {
        let (queue, questions) = mpsc::channel(QUEUE_MAX);
        let closing = CancellationToken::new();
        tasks.spawn(Clerk { store, questions, closing: closing.clone() }.run());
        Self { queue, closing }
    }

    /// A conversation, and what decides who may come in, as the database has it at some moment after the call.
    ///
    /// # Errors
    /// As any query; `Unavailable` after [`close`](Self::close).
    pub async fn lookup(&self, id: ConversationId) -> Result<Option<Standing>, StoreError> {
        let (reply, answer) = oneshot::channel();
        let closed = || StoreError::Unavailable("the server is shutting down".to_owned());
        self.queue.send(Question { id, reply }).await.map_err(|_| closed())?;
        answer.await.unwrap_or_else(|_| Err(closed()))
    }

    /// Takes no more questions; those that wait are answered, and then the task ends.
    pub fn close(&self) {
        self.closing.cancel();
    }
}

/// The task that asks for everyone.
struct Clerk {
    store: Store,
    questions: mpsc::Receiver<Question>,
    closing: CancellationToken,
}

impl Clerk {
    /// Wakes for: questions; the word to close.
    async fn run(mut self) {
        let mut batch = Vec::with_capacity(BATCH_MAX);
        loop {
            let taken = tokio::select! {
                taken = self.questions.recv_many(&mut batch, BATCH_MAX) => taken,
                () = self.closing.cancelled(), if !self.questions.is_closed() => {
                    self.questions.close();
                    continue;
                }
            };
            if taken == 0 {
                return;
            }
            let found = self.store.list_standings(batch.iter().map(|question| question.id)).await;
            for Question { id, reply } in batch.drain(..) {
                let answer = match &found {
                    Ok(found) => found.get(&id).cloned().transpose(),
                    Err(error) => Err(error.clone()),
                };
                // A caller that is gone has no use for the answer.
                let _ = reply.send(answer);
            }
        }
    }
}

impl Store {
    /// How these conversations stand; nothing for those that are not there. A row that cannot be read is the
    /// failure of its conversation alone.
    async fn list_standings(
        &self,
        ids: impl Iterator<Item = ConversationId>,
    ) -> Result<HashMap<ConversationId, Result<Standing, StoreError>>, StoreError> {
        #[derive(Serialize)]
        struct Asked {
            id: ConversationId,
        }
        let asked: HashMap<String, ConversationId> = ids.map(|id| (id.to_string(), id)).collect();
        let query = query_as(taken_sql!(
            self.engine(),
            [id text],
            [
                id, organization_id, channel_id, contact_channel_id, display_id, status, seq,
                created_at, updated_at, contact_id, source_id, require_identity, identity_secret,
                position
            ],
            "select c.id, c.organization_id, c.channel_id, c.contact_channel_id, c.display_id, c.status, \
             c.seq, c.created_at, c.updated_at, c.contact_id, cc.source_id, h.require_identity, \
             h.identity_secret, o.position \
             from given g join conversations c on c.id = g.id \
             join contact_channels cc on cc.id = c.contact_channel_id \
             join channels h on h.id = c.channel_id join organizations o on o.id = c.organization_id"
        ));
        let found: Option<(String,)> =
            self.fetch_optional(query.bind(given(asked.values().map(|&id| Asked { id })))).await?;
        let rows = found.map_or_else(|| Ok(Vec::new()), |(text,)| taken::<StandingRow>(&text))?;
        let standings = rows.into_iter().filter_map(|row| {
            let id = asked.get(row.id())?;
            Some((*id, row.try_into()))
        });
        Ok(standings.collect())
    }
}
