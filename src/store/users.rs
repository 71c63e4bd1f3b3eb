//! Agents.

use sqlx::{FromRow, query, query_as};

use super::row::Source;
use super::{Store, StoreError, Tx};
use crate::domain::secrets::PasswordHash;
use crate::domain::{Agent, OrganizationId, Timestamp, UserId};

/// A user to be made.
#[derive(Clone, Debug)]
pub struct NewUser<'a> {
    /// Who it is.
    pub agent: &'a Agent,
    /// What the password is checked against.
    pub password_hash: &'a PasswordHash,
}

#[derive(FromRow)]
struct UserRow {
    id: String,
    organization_id: String,
    number: i64,
    name: String,
    email: String,
    password_hash: String,
}

impl UserRow {
    fn into_parts(self) -> Result<(Agent, PasswordHash), StoreError> {
        let source = Source { table: "users", id: &self.id };
        let agent = Agent {
            id: source.parse("id", &self.id)?,
            organization_id: source.parse("organization_id", &self.organization_id)?,
            number: self.number,
            name: self.name,
            email: self.email,
        };
        Ok((agent, PasswordHash::from_kept(self.password_hash)))
    }
}

impl Store {
    /// The agent with this e-mail (lower case), and what their password is checked against.
    pub async fn lookup_user_by_email(
        &self,
        email: &str,
    ) -> Result<Option<(Agent, PasswordHash)>, StoreError> {
        let query = query_as::<_, UserRow>(
            "select id, organization_id, number, name, email, password_hash from users where email = $1",
        );
        self.fetch_optional(query.bind(email)).await?.map(UserRow::into_parts).transpose()
    }

    /// The agent with this id.
    pub async fn lookup_user(&self, id: UserId) -> Result<Option<Agent>, StoreError> {
        let query = query_as::<_, UserRow>(
            "select id, organization_id, number, name, email, password_hash from users where id = $1",
        );
        let row = self.fetch_optional(query.bind(id.to_string())).await?;
        Ok(row.map(UserRow::into_parts).transpose()?.map(|(agent, _)| agent))
    }

    /// Everyone who works for an organization, by name.
    pub async fn list_users(&self, organization: OrganizationId) -> Result<Vec<Agent>, StoreError> {
        let query = query_as::<_, UserRow>(
            "select id, organization_id, number, name, email, password_hash from users \
             where organization_id = $1 order by name, id",
        );
        let rows = self.fetch_all(query.bind(organization.to_string())).await?;
        rows.into_iter().map(|row| Ok(row.into_parts()?.0)).collect()
    }
}

impl Tx {
    /// The agent with this e-mail (lower case).
    pub async fn lookup_user_by_email(&mut self, email: &str) -> Result<Option<Agent>, StoreError> {
        let query = query_as::<_, UserRow>(
            "select id, organization_id, number, name, email, password_hash from users where email = $1",
        );
        let row = self.fetch_optional(query.bind(email)).await?;
        Ok(row.map(UserRow::into_parts).transpose()?.map(|(agent, _)| agent))
    }

    /// A new user.
    pub async fn insert_user(
        &mut self,
        user: NewUser<'_>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let statement = query(
            "insert into users (id, organization_id, number, email, name, password_hash, created_at) \
             values ($1, $2, $3, $4, $5, $6, $7)",
        );
        let statement = statement
            .bind(user.agent.id.to_string())
            .bind(user.agent.organization_id.to_string())
            .bind(user.agent.number)
            .bind(user.agent.email.as_str())
            .bind(user.agent.name.as_str())
            .bind(user.password_hash.as_str())
            .bind(now.micros());
        self.execute(statement).await.map(drop)
    }

    /// Gives a user another password.
    pub async fn set_password(
        &mut self,
        id: UserId,
        hash: &PasswordHash,
    ) -> Result<(), StoreError> {
        let statement = query("update users set password_hash = $1 where id = $2");
        self.execute(statement.bind(hash.as_str()).bind(id.to_string())).await.map(drop)
    }
}
