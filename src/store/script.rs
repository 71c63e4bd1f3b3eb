//! Writes of which nobody waits for an answer go to the database together: what costs is the way there and back.

use std::fmt::Write as _;

use sqlx::{AssertSqlSafe, query};

use super::open::Engine;
use super::{StoreError, Tx};

/// A statement that writes, and what stands for its `$1`, `$2` and so on.
#[derive(Debug)]
pub(super) struct Write {
    sql: &'static str,
    values: Vec<Value>,
}

/// What a statement can be given.
#[derive(Debug)]
enum Value {
    Text(String),
    Number(i64),
}

impl Write {
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
    /// Writes all of this, or fails. On Postgres none of them sees what another one wrote, so no two may write the
    /// same row.
    pub(super) async fn execute_together(&mut self, writes: Vec<Write>) -> Result<(), StoreError> {
        if writes.is_empty() {
            return Ok(());
        }
        let mut statement = query(AssertSqlSafe(script(self.engine(), &writes)));
        for value in writes.into_iter().flat_map(|write| write.values) {
            statement = match value {
                Value::Text(text) => statement.bind(text),
                Value::Number(number) => statement.bind(number),
            };
        }
        self.execute(statement).await.map(drop)
    }
}

/// The text of them all. SQLite takes one statement behind the other. Postgres takes one alone if it is to be given
/// values, but that one may have others in it, which it runs to their ends (`SELECT`, "Data-Modifying Statements in WITH").
fn script(engine: Engine, writes: &[Write]) -> String {
    let mut script = String::with_capacity(writes.iter().map(|write| write.sql.len() + 24).sum());
    let mut given = 0;
    for (index, write) in writes.iter().enumerate() {
        script += match (engine, index) {
            (Engine::Sqlite, _) => "",
            (Engine::Postgres, 0) => "with ",
            (Engine::Postgres, _) => ", ",
        };
        if engine == Engine::Postgres {
            let _ = write!(script, "write_{index} as (");
        }
        push_moved(&mut script, write.sql, given);
        script += match engine {
            Engine::Sqlite => "; ",
            Engine::Postgres => ")",
        };
        given += write.values.len();
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
        let writes = [
            Write::new("update a set b = $1, c = $2").number(1).text("two".to_owned()),
            Write::new("insert into d select $1 from e where f = $2 or g = $1").number(3).number(4),
        ];
        assert_eq!(
            script(Engine::Sqlite, &writes),
            "update a set b = $1, c = $2; insert into d select $3 from e where f = $4 or g = $3; "
        );
        assert_eq!(
            script(Engine::Postgres, &writes),
            "with write_0 as (update a set b = $1, c = $2), \
             write_1 as (insert into d select $3 from e where f = $4 or g = $3) select 1"
        );
    }
}
