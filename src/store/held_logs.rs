//! The logs that a transaction appends to.
//!
//! Who appends first takes the organization's row, and with it the right to write for that organization until
//! the transaction ends. So everything that row says is known from then on: positions are counted here, and
//! written down once, with the commit.

use std::collections::HashMap;

use sqlx::any::AnyRow;
use sqlx::{FromRow, query_as};

use super::open::Engine;
use super::row::Source;
use super::script::Step;
use super::{StoreError, Tx};
use crate::domain::{OrganizationId, Position, RulesRevisionId};

/// What is known of an organization whose row this transaction has locked.
#[derive(Clone, Copy, Debug)]
struct HeldLog {
    /// Of the newest event.
    position: Position,
    /// What the row says of that.
    written: Position,
    /// Whether anybody's webhook hears of it.
    is_listened: bool,
    /// The state of its rules; `None` when it has none.
    rules: Option<RulesRevisionId>,
}

/// The logs that a transaction holds.
#[derive(Debug, Default)]
pub(super) struct HeldLogs(HashMap<OrganizationId, HeldLog>);

#[derive(FromRow)]
struct LogRow {
    position: i64,
    webhooks: i64,
    rules_revision: Option<String>,
}

impl LogRow {
    fn into_log(self, source: Source<'_>) -> Result<HeldLog, StoreError> {
        let rules = self.rules_revision.as_deref();
        Ok(HeldLog {
            position: self.position,
            written: self.position,
            is_listened: self.webhooks > 0,
            rules: source.parse_optional("rules_revision", rules)?,
        })
    }
}

impl Tx {
    /// Takes the next position of an organization's log, and with it the right to write for that
    /// organization: until the end of the transaction, others who ask for one wait. Take it before
    /// any other lock.
    pub async fn next_position(&mut self, id: OrganizationId) -> Result<Position, StoreError> {
        self.lock_organization(id).await?;
        // Who fails from here on has left something, although no statement says so yet.
        self.note_write();
        let log = self.logs().0.get_mut(&id).ok_or_else(|| no_organization(id))?;
        log.position += 1;
        Ok(log.position)
    }

    /// Waits until nobody else writes for an organization, as [`Tx::next_position`] does, without
    /// taking a position.
    pub async fn lock_organization(&mut self, id: OrganizationId) -> Result<(), StoreError> {
        self.lock_and_fetch(id, Vec::new()).await.map(drop)
    }

    /// Locks an organization, if that is still to be done, and reads on. Gives the rows of each of these.
    pub(super) async fn lock_and_fetch(
        &mut self,
        id: OrganizationId,
        mut reads: Vec<Step>,
    ) -> Result<Vec<Vec<AnyRow>>, StoreError> {
        let is_held = self.logs().0.contains_key(&id);
        if !is_held {
            reads.insert(0, lock(self.engine(), id));
        }
        if reads.is_empty() {
            return Ok(Vec::new());
        }
        let mut rows = self.fetch_together(reads).await?;
        if !is_held {
            let row = rows.remove(0).pop().ok_or_else(|| no_organization(id))?;
            let source = Source { table: "organizations", id: &id.to_string() };
            let log = LogRow::from_row(&row)?.into_log(source)?;
            self.logs().0.insert(id, log);
        }
        Ok(rows)
    }

    /// The state of the rules of an organization of which this transaction has taken a position; `None`
    /// when it has no rules.
    pub fn rules_revision(&mut self, id: OrganizationId) -> Option<RulesRevisionId> {
        self.logs().0.get(&id).and_then(|log| log.rules)
    }

    /// The enabled rules of an organization, whose lock is held, are in another state from now on. That
    /// state gets a name of its own: a number would come again after a transaction that is rolled back.
    pub async fn revise_rules(&mut self, id: OrganizationId) -> Result<(), StoreError> {
        let query = query_as(
            "update organizations set rules_revision = ( \
             select max($1) from automation_rules where organization_id = $2 and enabled = 1) \
             where id = $2 returning rules_revision",
        );
        let (revision, text) = (RulesRevisionId::generate().to_string(), id.to_string());
        let row: Option<(Option<String>,)> =
            self.returning(query.bind(revision).bind(text.as_str())).await?;
        let revision = row.and_then(|(revision,)| revision);
        let source = Source { table: "organizations", id: &text };
        let rules = source.parse_optional("rules_revision", revision.as_deref())?;
        if let Some(log) = self.logs().0.get_mut(&id) {
            log.rules = rules;
        }
        Ok(())
    }

    /// Counts the enabled webhooks of an organization, whose lock is held, for those who append to its
    /// log.
    pub async fn count_webhooks(&mut self, id: OrganizationId) -> Result<(), StoreError> {
        let query = query_as(
            "update organizations set webhooks = (select count(*) from webhooks \
             where organization_id = $1 and enabled = 1) where id = $1 returning webhooks",
        );
        let row: Option<(i64,)> = self.returning(query.bind(id.to_string())).await?;
        if let (Some(log), Some((webhooks,))) = (self.logs().0.get_mut(&id), row) {
            log.is_listened = webhooks > 0;
        }
        Ok(())
    }

    /// Whether anybody's webhook hears of an organization whose lock is held.
    pub(super) fn is_listened(&mut self, id: OrganizationId) -> bool {
        self.logs().0.get(&id).is_some_and(|log| log.is_listened)
    }

    /// Writes down how far the logs are: the last thing before the commit.
    pub(super) async fn write_positions(&mut self) -> Result<(), StoreError> {
        let held: Vec<_> = self.logs().0.keys().copied().collect();
        for id in held {
            let writes: Vec<_> = self.logs().write_position(id).into_iter().collect();
            self.execute_together(writes).await?;
        }
        Ok(())
    }
}

impl HeldLogs {
    /// How far a log is; nothing where its row says so already.
    pub(super) fn write_position(&mut self, id: OrganizationId) -> Option<Step> {
        let log = self.0.get_mut(&id).filter(|log| log.position > log.written)?;
        log.written = log.position;
        let write = Step::new("update organizations set position = $1 where id = $2");
        Some(write.number(log.position).text(id.to_string()))
    }
}

/// What an organization's row says, which nobody else changes from then on.
fn lock(engine: Engine, id: OrganizationId) -> Step {
    // On SQLite nobody else writes as long as the transaction lasts.
    let sql = match engine {
        Engine::Sqlite => {
            "select position, webhooks, rules_revision from organizations where id = $1"
        }
        Engine::Postgres => {
            "select position, webhooks, rules_revision from organizations where id = $1 \
             for no key update"
        }
    };
    Step::new(sql).text(id.to_string())
}

fn no_organization(id: OrganizationId) -> StoreError {
    Source { table: "organizations", id: &id.to_string() }.corrupt("position")
}
