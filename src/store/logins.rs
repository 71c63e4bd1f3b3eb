//! Logins of browsers.

use std::collections::HashSet;

use sqlx::{FromRow, query, query_as};

use super::given::among_sql;
use super::open::Engine;
use super::row::{Source, to_json};
use super::{Store, StoreError, Tx};
use crate::domain::secrets::TokenHash;
use crate::domain::{Agent, Timestamp, UserId};

/// A login that is kept.
#[derive(Clone, Debug)]
pub struct Login {
    /// Who is logged in.
    pub agent: Agent,
    /// What every change made with the cookie must name.
    pub csrf_token: String,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

#[derive(FromRow)]
struct LoginRow {
    id: String,
    organization_id: String,
    number: i64,
    name: String,
    email: String,
    csrf_token: String,
    expires_at: i64,
}

impl TryFrom<LoginRow> for Login {
    type Error = StoreError;

    fn try_from(row: LoginRow) -> Result<Self, StoreError> {
        let source = Source { table: "users", id: &row.id };
        let agent = Agent {
            id: source.parse("id", &row.id)?,
            organization_id: source.parse("organization_id", &row.organization_id)?,
            number: row.number,
            name: row.name,
            email: row.email,
        };
        let expires_at = Timestamp::from_micros(row.expires_at);
        Ok(Self { agent, csrf_token: row.csrf_token, expires_at })
    }
}

impl Store {
    /// The login behind a cookie, if it has not ended at `now`.
    pub async fn lookup_login(
        &self,
        token: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<Login>, StoreError> {
        let query = query_as::<_, LoginRow>(
            "select u.id, u.organization_id, u.number, u.name, u.email, l.csrf_token, l.expires_at \
             from login_sessions l join users u on u.id = l.user_id \
             where l.token_hash = $1 and l.expires_at > $2",
        );
        let row = self.fetch_optional(query.bind(token.as_str()).bind(now.micros())).await?;
        row.map(TryInto::try_into).transpose()
    }

    /// Those of these logins, by their hashes, that have not ended at `now`.
    pub async fn list_lasting_logins(
        &self,
        logins: &[TokenHash],
        now: Timestamp,
    ) -> Result<HashSet<String>, StoreError> {
        let hashes: Vec<_> = logins.iter().map(TokenHash::as_str).collect();
        let query = query_as::<_, (String,)>(lasting_sql(self.engine()));
        let rows = self.fetch_all(query.bind(to_json(&hashes)).bind(now.micros())).await?;
        Ok(rows.into_iter().map(|(hash,)| hash).collect())
    }
}

/// Takes the hashes, as a list in JSON, and the time.
fn lasting_sql(engine: Engine) -> &'static str {
    among_sql!(
        engine,
        "select token_hash from login_sessions where token_hash in",
        " and expires_at > $2"
    )
}

impl Tx {
    /// A new login.
    pub async fn insert_login(
        &mut self,
        token: &TokenHash,
        login: &Login,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let statement = query(
            "insert into login_sessions (token_hash, user_id, csrf_token, created_at, expires_at) \
             values ($1, $2, $3, $4, $5)",
        );
        let statement = statement
            .bind(token.as_str())
            .bind(login.agent.id.to_string())
            .bind(login.csrf_token.as_str())
            .bind(now.micros())
            .bind(login.expires_at.micros());
        self.execute(statement).await.map(drop)
    }

    /// Ends every login of a user.
    pub async fn delete_logins_of(&mut self, user_id: UserId) -> Result<u64, StoreError> {
        let statement = query("delete from login_sessions where user_id = $1");
        self.execute(statement.bind(user_id.to_string())).await
    }

    /// Deletes logins that have ended.
    pub async fn delete_ended_logins(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        let statement = query("delete from login_sessions where expires_at <= $1");
        self.execute(statement.bind(now.micros())).await
    }
}
