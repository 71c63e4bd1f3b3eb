//! Databases on a Postgres server, made for one scenario each.

use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Context as _;
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _};

use crate::filling::wait_for;

/// How many were made.
static MADE: AtomicU32 = AtomicU32::new(0);

/// An empty database; it is gone when this is dropped.
#[derive(Debug)]
pub(crate) struct Database {
    server: String,
    name: String,
}

impl Database {
    /// Makes one on the server that this URL leads to, as a user who may.
    pub(crate) fn create(server: &str) -> anyhow::Result<Self> {
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("load_{}_{number}", std::process::id());
        execute(server, &format!("create database {name}"))?;
        Ok(Self { server: server.to_owned(), name })
    }

    /// Has the server look at how large the tables are, which it does by itself once a minute: until then it plans for those
    /// that it saw empty.
    pub(crate) fn analyze(&self) -> anyhow::Result<()> {
        execute(&self.url(), "analyze")
    }

    pub(crate) fn url(&self) -> String {
        named(&self.server, &self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // One that stays does no harm: the next has another name.
        let _ = execute(&self.server, &format!("drop database {} with (force)", self.name));
    }
}

fn execute(server: &str, statement: &str) -> anyhow::Result<()> {
    wait_for(async {
        let mut connection = AnyConnection::connect(server).await.context("no Postgres")?;
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
        Ok(connection.close().await?)
    })
}

/// The URL of another database of the same server.
fn named(server: &str, name: &str) -> String {
    let (address, parameters) =
        server.split_once('?').map_or((server, None), |it| (it.0, Some(it.1)));
    let host = address.find("://").map_or(0, |at| at + "://".len());
    let end = address[host..].find('/').map_or(address.len(), |at| host + at);
    let parameters = parameters.map_or_else(String::new, |it| format!("?{it}"));
    format!("{}/{name}{parameters}", &address[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_of_the_url_stays() {
        let url = |server| named(server, "new");
        assert_eq!(url("postgres://me@host:1/old"), "postgres://me@host:1/new");
        assert_eq!(url("postgres://me@host:1"), "postgres://me@host:1/new");
        assert_eq!(url("postgres://host/old?sslmode=off"), "postgres://host/new?sslmode=off");
    }
}
