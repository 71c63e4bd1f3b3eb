//! Statements that go to the database together: what costs is the way there and back.
//!
//! SQLite takes several in one go, whatever they are. So what nobody waits for (the beginning of a transaction, and what
//! is written) goes ahead of the next statement that somebody waits for, at the latest ahead of the commit. Postgres takes
//! writes together alone, and a read sees what was there before the statement it is in: it reads one after the other.

use std::fmt::Write as _;
use std::mem;

use futures_util::TryStreamExt as _;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Either, Executor as _, query};

use super::open::Engine;
use super::{StoreError, Tx};

/// A statement, and what stands for its `$1`, `$2` and so on.
#[derive(Debug)]
pub(super) struct Step {
    sql: &'static str,
    values: Vec<Value>,
}

/// What a statement can be given.
#[derive(Debug)]
enum Value {
    Text(String),
    Number(i64),
}

impl Step {
    pub(super) const fn new(sql: &'static str) -> Self {
        Self { sql, values: Vec::new() }
    }

    pub(super) fn text(mut self, text: String) -> Self {
        self.values.push(Value::Text(text));
        self
    }

    pub(super) fn number(mut self, number: i64) -> Self {
        self.values.push(Value::Number(number));
        self
    }
}

impl Tx {
    /// Writes all of this, or fails; on SQLite it may be a later statement or the commit that fails. On Postgres none of
    /// them sees what another one wrote, so no two may write the same row.
    pub(super) async fn execute_together(&mut self, writes: Vec<Step>) -> Result<(), StoreError> {
        if writes.is_empty() {
            return Ok(());
        }
        self.note_write();
        match self.engine() {
            Engine::Sqlite => {
                self.put_ahead(writes);
                Ok(())
            }
            Engine::Postgres => self.run(vec![writes]).await.map(drop),
        }
    }

    /// Does what is ahead of the next statement, if anything is.
    pub(super) async fn catch_up(&mut self) -> Result<(), StoreError> {
        let ahead = self.take_ahead();
        if ahead.is_empty() { Ok(()) } else { self.run(vec![ahead]).await.map(drop) }
    }

    /// The rows of each of these reads, of which a later one sees all that was there when the one before it was done.
    pub(super) async fn fetch_together(
        &mut self,
        reads: Vec<Step>,
    ) -> Result<Vec<Vec<AnyRow>>, StoreError> {
        let mut steps = self.take_ahead();
        let ahead = steps.len();
        steps.extend(reads);
        let mut rows = self
            .run(match self.engine() {
                Engine::Sqlite => vec![steps],
                Engine::Postgres => steps.into_iter().map(|step| vec![step]).collect(),
            })
            .await?;
        rows.drain(..ahead);
        Ok(rows)
    }

    /// Runs one script after the other. Gives the rows of each statement of each of them.
    async fn run(&mut self, scripts: Vec<Vec<Step>>) -> Result<Vec<Vec<AnyRow>>, StoreError> {
        let mut rows = Vec::new();
        for steps in scripts {
            let result = run(self.engine(), self.connection(), steps, &mut rows).await;
            // The first statement that is done is the one that begins.
            self.note_begun(!rows.is_empty());
            self.noted(result.map_err(StoreError::from))?;
        }
        Ok(rows)
    }
}

async fn run(
    engine: Engine,
    connection: &mut AnyConnection,
    steps: Vec<Step>,
    rows: &mut Vec<Vec<AnyRow>>,
) -> Result<(), sqlx::Error> {
    let mut script = query(AssertSqlSafe(script(engine, &steps)));
    for value in steps.into_iter().flat_map(|step| step.values) {
        script = match value {
            Value::Text(text) => script.bind(text),
            Value::Number(number) => script.bind(number),
        };
    }
    let mut came = connection.fetch_many(script);
    let mut of_statement = Vec::new();
    while let Some(it) = came.try_next().await? {
        match it {
            Either::Right(row) => of_statement.push(row),
            // The statement is done.
            Either::Left(_) => rows.push(mem::take(&mut of_statement)),
        }
    }
    Ok(())
}

/// The text of them all. SQLite takes one statement behind the other. Postgres takes one alone if it is to be given
/// values, but that one may have others in it that write, which it runs to their ends (`SELECT`, "Data-Modifying Statements
/// in WITH").
fn script(engine: Engine, steps: &[Step]) -> String {
    if let (Engine::Postgres, [alone]) = (engine, steps) {
        return alone.sql.to_owned();
    }
    let mut script = String::with_capacity(steps.iter().map(|step| step.sql.len() + 24).sum());
    let mut given = 0;
    for (index, step) in steps.iter().enumerate() {
        script += match (engine, index) {
            (Engine::Sqlite, _) => "",
            (Engine::Postgres, 0) => "with ",
            (Engine::Postgres, _) => ", ",
        };
        if engine == Engine::Postgres {
            let _ = write!(script, "write_{index} as (");
        }
        push_moved(&mut script, step.sql, given);
        script += match engine {
            Engine::Sqlite => "; ",
            Engine::Postgres => ")",
        };
        given += step.values.len();
    }
    if engine == Engine::Postgres {
        script += " select 1";
    }
    script
}

/// The statement, in which `$1` has become the first behind those that are given already.
fn push_moved(script: &mut String, sql: &str, given: usize) {
    let mut pieces = sql.split('$');
    script.extend(pieces.next());
    for piece in pieces {
        let digits = piece.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = piece.split_at(digits);
        let number: usize = number.parse().unwrap_or_default();
        let _ = write!(script, "${}{rest}", given + number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_statement_of_a_script_has_values_of_its_own() {
        let steps = [
            Step::new("update a set b = $1, c = $2").number(1).text("two".to_owned()),
            Step::new("insert into d select $1 from e where f = $2 or g = $1").number(3).number(4),
        ];
        assert_eq!(
            script(Engine::Sqlite, &steps),
            "update a set b = $1, c = $2; insert into d select $3 from e where f = $4 or g = $3; "
        );
        assert_eq!(
            script(Engine::Postgres, &steps),
            "with write_0 as (update a set b = $1, c = $2), \
             write_1 as (insert into d select $3 from e where f = $4 or g = $3) select 1"
        );
    }
}
