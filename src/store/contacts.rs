//! Contacts, and where they come in.

use sqlx::{FromRow, query, query_as};

use super::row::{Query, Source, to_json};
use super::search::kept;
use super::{Before, Store, StoreError, Tx};
use crate::domain::{
    ChannelId, ContactChannelId, ContactDetail, ContactId, Email, OrganizationId, Timestamp, Words,
};

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

/// By which words a contact is found.
fn words(name: Option<&str>, email: Option<&str>) -> String {
    kept(&Words::of(&format!("{} {}", name.unwrap_or_default(), email.unwrap_or_default())))
}

#[derive(FromRow)]
struct WordsRow {
    name: Option<String>,
    email: Option<String>,
    words: Option<String>,
}

impl WordsRow {
    /// The words it should have, if it has others.
    fn outdated(self) -> Option<String> {
        let words = words(self.name.as_deref(), self.email.as_deref());
        (self.words.as_ref() != Some(&words)).then_some(words)
    }
}

/// The query of contacts as programs see them, with the rest of its text.
macro_rules! contacts_sql {
    ($rest:literal) => {
        concat!(
            "select p.id, p.organization_id, p.name, p.email, p.metadata, p.channel_id, ",
            "p.last_seen_at, p.created_at, p.updated_at, ",
            "(select count(*) from conversations c where c.contact_id = p.id) as conversation_count ",
            "from contacts p ",
            $rest
        )
    };
}

#[derive(FromRow)]
struct ContactRow {
    id: String,
    organization_id: String,
    name: Option<String>,
    email: Option<String>,
    metadata: String,
    channel_id: String,
    last_seen_at: i64,
    created_at: i64,
    updated_at: i64,
    conversation_count: i64,
}

impl TryFrom<ContactRow> for ContactDetail {
    type Error = StoreError;

    fn try_from(row: ContactRow) -> Result<Self, StoreError> {
        let source = Source { table: "contacts", id: &row.id };
        Ok(Self {
            id: source.parse("id", &row.id)?,
            organization_id: source.parse("organization_id", &row.organization_id)?,
            name: row.name,
            email: source.parse_optional("email", row.email.as_deref())?,
            metadata: source.json("metadata", &row.metadata)?,
            channel_id: source.parse("channel_id", &row.channel_id)?,
            conversation_count: row.conversation_count,
            last_seen_at: Timestamp::from_micros(row.last_seen_at),
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
        })
    }
}

impl Store {
    /// A contact as programs see it; of `channel` alone where one is given.
    pub async fn lookup_contact(
        &self,
        organization: OrganizationId,
        channel: Option<ChannelId>,
        id: ContactId,
    ) -> Result<Option<ContactDetail>, StoreError> {
        let query: Query<'_, ContactRow> = query_as(contacts_sql!(
            "where p.organization_id = $1 and p.id = $2 and p.channel_id = coalesce($3, p.channel_id)"
        ));
        let query = query
            .bind(organization.to_string())
            .bind(id.to_string())
            .bind(channel.map(|id| id.to_string()));
        self.fetch_optional(query).await?.map(TryInto::try_into).transpose()
    }

    /// Contacts of an organization, or of one of its channels, those seen last first, from `before` on.
    pub async fn list_contacts(
        &self,
        organization: OrganizationId,
        channel: Option<ChannelId>,
        before: Option<Before<ContactId>>,
        limit: i64,
    ) -> Result<Vec<ContactDetail>, StoreError> {
        // The organization of a channel is asked of the channel, so that the channel's index is used.
        let sql = match channel {
            None => contacts_sql!(
                "where p.organization_id = $1 and (p.last_seen_at, p.id) < ($2, $3) \
                 order by p.last_seen_at desc, p.id desc limit $4"
            ),
            Some(_) => contacts_sql!(
                "join channels h on h.id = p.channel_id \
                 where h.organization_id = $1 and (p.last_seen_at, p.id) < ($2, $3) \
                 and p.channel_id = $5 order by p.last_seen_at desc, p.id desc limit $4"
            ),
        };
        let (at, id) = Before::bounds(before);
        let mut query: Query<'_, ContactRow> =
            query_as(sql).bind(organization.to_string()).bind(at).bind(id).bind(limit);
        if let Some(channel) = channel {
            query = query.bind(channel.to_string());
        }
        self.fetch_all(query).await?.into_iter().map(TryInto::try_into).collect()
    }

    /// A contact on the channel by which it first came in.
    pub async fn lookup_first_contact_channel(
        &self,
        id: ContactId,
    ) -> Result<Option<(ContactChannelId, ChannelId)>, StoreError> {
        let text = id.to_string();
        let query: Query<'_, (String, String)> = query_as(
            "select id, channel_id from contact_channels where contact_id = $1 \
             order by created_at, id limit 1",
        );
        let row = self.fetch_optional(query.bind(text.as_str())).await?;
        let source = Source { table: "contact_channels", id: &text };
        row.map(|(id, channel)| {
            Ok((source.parse("id", &id)?, source.parse("channel_id", &channel)?))
        })
        .transpose()
    }
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

    /// Has someone go by another id on their channel. An id that is taken there is a `Conflict`.
    pub async fn set_source_id(
        &mut self,
        id: ContactChannelId,
        source_id: &str,
    ) -> Result<(), StoreError> {
        let statement = query("update contact_channels set source_id = $1 where id = $2");
        self.execute(statement.bind(source_id).bind(id.to_string())).await.map(drop)
    }

    /// A new contact on a channel. A source id that is taken on that channel is a `Conflict`.
    pub async fn insert_contact(
        &mut self,
        new: NewContact<'_>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let statement = query(
            "insert into contacts (id, organization_id, number, name, channel_id, last_seen_at, \
             created_at, updated_at, words) values ($1, $2, $3, $4, $5, $6, $6, $6, $7)",
        );
        let statement = statement
            .bind(new.id.to_string())
            .bind(new.organization_id.to_string())
            .bind(new.number)
            .bind(new.name.map(str::to_owned))
            .bind(new.channel_id.to_string())
            .bind(now.micros())
            .bind(words(new.name, None));
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

    /// Notes that a contact was here, and names one that has no name yet.
    pub async fn see_contact(
        &mut self,
        id: ContactId,
        name: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let query = query_as(
            "update contacts set last_seen_at = $1, name = coalesce(name, $2), \
             updated_at = case when name is null and $3 = 1 then $1 else updated_at end where id = $4 \
             returning name, email, words",
        );
        let query = query
            .bind(now.micros())
            .bind(name.map(str::to_owned))
            .bind(i64::from(name.is_some()))
            .bind(id.to_string());
        let row: Option<WordsRow> = self.returning(query).await?;
        match row.and_then(WordsRow::outdated) {
            Some(words) => self.set_contact_words(id, words).await,
            None => Ok(()),
        }
    }

    async fn set_contact_words(&mut self, id: ContactId, words: String) -> Result<(), StoreError> {
        let statement = query("update contacts set words = $1 where id = $2");
        self.execute(statement.bind(words).bind(id.to_string())).await.map(drop)
    }

    /// A contact as programs see it.
    pub async fn lookup_contact(
        &mut self,
        organization: OrganizationId,
        id: ContactId,
    ) -> Result<Option<ContactDetail>, StoreError> {
        let query: Query<'_, ContactRow> =
            query_as(contacts_sql!("where p.organization_id = $1 and p.id = $2"));
        let row = self.fetch_optional(query.bind(organization.to_string()).bind(id.to_string()));
        row.await?.map(TryInto::try_into).transpose()
    }

    /// Keeps what is known of a contact now: its name, its e-mail address and what programs keep beside it.
    /// False when someone else was faster than whoever read it.
    pub async fn change_contact(
        &mut self,
        contact: &ContactDetail,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let statement = query(
            "update contacts set name = $1, email = $2, metadata = $3, updated_at = $4, words = $7 \
             where id = $5 and updated_at = $6",
        );
        let statement = statement
            .bind(contact.name.clone())
            .bind(contact.email.as_ref().map(|email| email.as_str().to_owned()))
            .bind(to_json(&contact.metadata))
            .bind(now.micros())
            .bind(contact.id.to_string())
            .bind(contact.updated_at.micros())
            .bind(words(contact.name.as_deref(), contact.email.as_ref().map(Email::as_str)));
        Ok(self.execute(statement).await? == 1)
    }
}
