//! The database a test's server writes to: new, empty, its own.

use std::path::Path;

use sqlx::AnyPool;
use sqlx::any::AnyPoolOptions;

/// Which database, named as `database.url` wants it.
#[derive(Clone, Debug)]
pub(crate) enum Database {
    /// A file in the test's own folder.
    Sqlite,
    /// A database on the Postgres that `make test` started.
    Postgres {
        /// The URL of the test's own database.
        url: String,
    },
}

impl Database {
    /// A new Postgres database, or `None` when there is no Postgres.
    pub(crate) async fn postgres() -> Option<Self> {
        let Ok(server) = std::env::var("SWITCHBOARD_TEST_POSTGRES_URL") else {
            super::skip("Postgres (SWITCHBOARD_TEST_POSTGRES_URL)");
            return None;
        };
        Some(Self::on(&server).await)
    }

    /// A new database on the Postgres of this URL.
    pub(crate) async fn on(server: &str) -> Self {
        let name = format!("test_{}", uuid::Uuid::now_v7().simple());
        execute(server, &format!("create database {name}")).await;
        let (base, _) = server.rsplit_once('/').expect("the URL names a database");
        Self::Postgres { url: format!("{base}/{name}") }
    }

    /// The URL, for a server whose folder this is.
    pub(crate) fn url(&self, folder: &Path) -> String {
        match self {
            Self::Sqlite => format!("sqlite://{}", folder.join("switchboard.db").display()),
            Self::Postgres { url } => url.clone(),
        }
    }
}

/// A SQLite database that nobody else can write to.
pub(crate) struct HeldDatabase {
    pool: AnyPool,
}

impl HeldDatabase {
    pub(super) async fn hold(url: &str) -> Self {
        sqlx::any::install_default_drivers();
        let pool = AnyPoolOptions::new().max_connections(1).connect(url).await;
        let pool = pool.expect("the database answers");
        let held = sqlx::raw_sql("pragma busy_timeout = 5000; begin immediate").execute(&pool);
        held.await.expect("the database can be held");
        Self { pool }
    }

    /// Lets others write again.
    pub(crate) async fn release(self) {
        self.pool.close().await;
    }
}

/// Runs one statement over a connection of its own.
pub(crate) async fn execute(url: &str, statement: &str) {
    sqlx::any::install_default_drivers();
    let pool =
        AnyPoolOptions::new().max_connections(1).connect(url).await.expect("the database answers");
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement.to_owned()))
        .execute(&pool)
        .await
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
    pool.close().await;
}
