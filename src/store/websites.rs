//! Channels as programs know them: websites, and other ways in for visitors.

use sqlx::{FromRow, query, query_as};

use super::row::Source;
use super::{Store, StoreError, Tx};
use crate::domain::{ChannelId, OrganizationId, Website};

#[derive(FromRow)]
struct WebsiteRow {
    id: String,
    name: String,
    url: String,
}

impl TryFrom<WebsiteRow> for Website {
    type Error = StoreError;

    fn try_from(row: WebsiteRow) -> Result<Self, StoreError> {
        let id = Source { table: "channels", id: &row.id }.parse("id", &row.id)?;
        Ok(Self { id, name: row.name, url: row.url })
    }
}

impl Store {
    /// The websites of an organization, the oldest first.
    pub async fn list_websites(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<Website>, StoreError> {
        let query = query_as::<_, WebsiteRow>(
            "select id, name, url from channels where organization_id = $1 order by number",
        );
        let rows = self.fetch_all(query.bind(organization.to_string())).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }
}

impl Tx {
    /// A website of an organization.
    pub async fn lookup_website(
        &mut self,
        organization: OrganizationId,
        id: ChannelId,
    ) -> Result<Option<Website>, StoreError> {
        let query = query_as::<_, WebsiteRow>(
            "select id, name, url from channels where id = $1 and organization_id = $2",
        );
        let query = query.bind(id.to_string()).bind(organization.to_string());
        self.fetch_optional(query).await?.map(TryInto::try_into).transpose()
    }

    /// What a website is called, and where it is, from now on.
    pub async fn update_website(&mut self, website: &Website) -> Result<(), StoreError> {
        let statement = query("update channels set name = $1, url = $2 where id = $3");
        let statement = statement.bind(website.name.as_str()).bind(website.url.as_str());
        self.execute(statement.bind(website.id.to_string())).await.map(drop)
    }
}
