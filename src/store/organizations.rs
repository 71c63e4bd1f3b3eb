//! Organizations and their counters.

use sqlx::{FromRow, query, query_as};

use super::row::{Query, Source};
use super::{Store, StoreError, Tx};
use crate::domain::{Organization, OrganizationId, Position, Timestamp};

#[derive(FromRow)]
struct OrganizationRow {
    id: String,
    name: String,
}

impl TryFrom<OrganizationRow> for Organization {
    type Error = StoreError;

    fn try_from(row: OrganizationRow) -> Result<Self, StoreError> {
        let source = Source { table: "organizations", id: &row.id };
        Ok(Self { id: source.parse("id", &row.id)?, name: row.name })
    }
}

fn by_name(name: &str) -> Query<'_, OrganizationRow> {
    query_as("select id, name from organizations where name = $1").bind(name)
}

impl Store {
    /// An organization by its id.
    pub async fn lookup_organization(
        &self,
        id: OrganizationId,
    ) -> Result<Option<Organization>, StoreError> {
        let query =
            query_as::<_, OrganizationRow>("select id, name from organizations where id = $1");
        self.fetch_optional(query.bind(id.to_string())).await?.map(TryInto::try_into).transpose()
    }

    /// An organization by its name.
    pub async fn lookup_organization_by_name(
        &self,
        name: &str,
    ) -> Result<Option<Organization>, StoreError> {
        self.fetch_optional(by_name(name)).await?.map(TryInto::try_into).transpose()
    }

    /// All organizations, by name.
    pub async fn list_organizations(&self) -> Result<Vec<Organization>, StoreError> {
        let query =
            query_as::<_, OrganizationRow>("select id, name from organizations order by name, id");
        self.fetch_all(query).await?.into_iter().map(TryInto::try_into).collect()
    }

    /// The newest position of an organization's log; 0 when it has none, or is not there.
    pub async fn position(&self, id: OrganizationId) -> Result<Position, StoreError> {
        let query = query_as("select position from organizations where id = $1");
        let row: Option<(i64,)> = self.fetch_optional(query.bind(id.to_string())).await?;
        Ok(row.map_or(0, |(position,)| position))
    }
}

impl Tx {
    /// An organization by its name.
    pub async fn lookup_organization_by_name(
        &mut self,
        name: &str,
    ) -> Result<Option<Organization>, StoreError> {
        self.fetch_optional(by_name(name)).await?.map(TryInto::try_into).transpose()
    }

    /// A new organization, with nothing in it.
    pub async fn insert_organization(
        &mut self,
        organization: &Organization,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let statement = query(
            "insert into organizations (id, name, position, next_display_id, next_number, created_at) \
             values ($1, $2, 0, 1, 1, $3)",
        );
        let statement =
            statement.bind(organization.id.to_string()).bind(organization.name.as_str());
        self.execute(statement.bind(now.micros())).await.map(drop)
    }

    /// Takes the next display id of a conversation.
    pub async fn next_display_id(&mut self, id: OrganizationId) -> Result<i64, StoreError> {
        let statement = "update organizations set next_display_id = next_display_id + 1 \
                         where id = $1 returning next_display_id - 1";
        self.next(id, "next_display_id", statement).await
    }

    /// Takes the next number of a channel, contact or user.
    pub async fn next_number(&mut self, id: OrganizationId) -> Result<i64, StoreError> {
        let statement = "update organizations set next_number = next_number + 1 \
                         where id = $1 returning next_number - 1";
        self.next(id, "next_number", statement).await
    }

    async fn next(
        &mut self,
        id: OrganizationId,
        column: &'static str,
        statement: &'static str,
    ) -> Result<i64, StoreError> {
        let id = id.to_string();
        let row: Option<(i64,)> = self.returning(query_as(statement).bind(id.as_str())).await?;
        row.map(|(value,)| value)
            .ok_or_else(|| Source { table: "organizations", id: &id }.corrupt(column))
    }
}
