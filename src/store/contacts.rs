//! Contacts, and where they come in.

use sqlx::{FromRow, query, query_as};

use super::row::Source;
use super::{StoreError, Tx};
use crate::domain::{ChannelId, ContactChannelId, ContactId, OrganizationId, Timestamp};

/// A contact to be made, on the channel it comes in by.
#[derive(Clone, Debug)]
pub struct NewContact<'a> {
    /// Who it is.
    pub id: ContactId,
    /// The person on the channel.
    pub contact_channel_id: ContactChannelId,
    /// Whose contact it is.
    pub organization_id: OrganizationId,
    /// Its counter in the organization.
    pub number: i64,
    /// Where it comes in.
    pub channel_id: ChannelId,
    /// Its id there.
    pub source_id: &'a str,
    /// What it is called.
    pub name: Option<&'a str>,
}

#[derive(FromRow)]
struct ContactChannelRow {
    id: String,
    contact_id: String,
}

impl Tx {
    /// The person behind a source id on a channel.
    pub async fn lookup_contact_channel(
        &mut self,
        channel: ChannelId,
        source_id: &str,
    ) -> Result<Option<(ContactChannelId, ContactId)>, StoreError> {
        let query = query_as::<_, ContactChannelRow>(
            "select id, contact_id from contact_channels where channel_id = $1 and source_id = $2",
        );
        let row = self.fetch_optional(query.bind(channel.to_string()).bind(source_id)).await?;
        row.map(|row| {
            let source = Source { table: "contact_channels", id: &row.id };
            Ok((source.parse("id", &row.id)?, source.parse("contact_id", &row.contact_id)?))
        })
        .transpose()
    }

    /// A new contact on a channel. A source id that is taken on that channel is a `Conflict`.
    pub async fn insert_contact(
        &mut self,
        new: NewContact<'_>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let statement = query(
            "insert into contacts (id, organization_id, number, name, created_at, updated_at) \
             values ($1, $2, $3, $4, $5, $5)",
        );
        let statement = statement
            .bind(new.id.to_string())
            .bind(new.organization_id.to_string())
            .bind(new.number)
            .bind(new.name.map(str::to_owned))
            .bind(now.micros());
        self.execute(statement).await?;
        let statement = query(
            "insert into contact_channels (id, contact_id, channel_id, source_id, created_at) \
             values ($1, $2, $3, $4, $5)",
        );
        let statement = statement
            .bind(new.contact_channel_id.to_string())
            .bind(new.id.to_string())
            .bind(new.channel_id.to_string())
            .bind(new.source_id)
            .bind(now.micros());
        self.execute(statement).await.map(drop)
    }

    /// Names a contact that has no name yet.
    pub async fn name_nameless_contact(
        &mut self,
        id: ContactId,
        name: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let statement =
            query("update contacts set name = $1, updated_at = $2 where id = $3 and name is null");
        self.execute(statement.bind(name).bind(now.micros()).bind(id.to_string())).await.map(drop)
    }
}
