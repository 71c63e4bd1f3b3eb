//! Bringing the schema up to date.
//!
//! Most migrations are one text for both engines. What only one of them understands lies in a folder of the
//! engine's name, under a number that the other engine has too, so that both go through the same steps.

use std::error::Error;
use std::time::Duration;

use sqlx::migrate::Migrator;

use super::open::Engine;
use super::{Store, StoreError};

/// How often a migration is tried when another process migrates at the same time.
const TRIES: u32 = 5;
/// How long to wait before the next try.
const PAUSE: Duration = Duration::from_millis(100);

static SHARED: Migrator = sqlx::migrate!("./migrations");
static SQLITE: Migrator = sqlx::migrate!("./migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("./migrations/postgres");

impl Store {
    /// Brings the schema up to date, and what is kept with it. Two processes may do so at once.
    ///
    /// # Errors
    /// `Unavailable` when a migration fails, or was altered since it ran.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let migrator = migrator(self.engine());
        let mut tried = 0;
        while let Err(error) = self.run_migrations(&migrator).await {
            tried += 1;
            if tried == TRIES {
                return Err(StoreError::Unavailable(format!("cannot migrate: {error}")));
            }
            // SQLite has no lock for migrations: whoever loses the race finds them done the next time.
            tokio::time::sleep(PAUSE).await;
        }
        self.read_old_words().await?;
        self.index_all().await
    }

    async fn run_migrations(
        &self,
        migrator: &Migrator,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let mut line = self.lines().take().await?;
        migrator.run(line.connection()).await?;
        line.keep();
        Ok(())
    }
}

/// The steps of an engine, in the order of their numbers.
fn migrator(engine: Engine) -> Migrator {
    let own = match engine {
        Engine::Sqlite => &SQLITE,
        Engine::Postgres => &POSTGRES,
    };
    Migrator::with_migrations(SHARED.iter().chain(own.iter()).cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(engine: Engine) -> Vec<i64> {
        migrator(engine).iter().map(|migration| migration.version).collect()
    }

    #[test]
    fn both_engines_go_through_the_same_steps_in_order() {
        assert_eq!(versions(Engine::Sqlite), versions(Engine::Postgres));
        assert!(versions(Engine::Sqlite).is_sorted_by(|one, next| one < next));
    }
}
