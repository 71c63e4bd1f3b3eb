//! Pusher applications of organizations.

use sqlx::{FromRow, query, query_as};

use super::{StoreError, Tx};
use crate::domain::{OrganizationId, PusherAppId, Timestamp};

/// A Pusher application to be made.
#[derive(Clone, Debug)]
pub struct NewPusherApp<'a> {
    /// Which one.
    pub id: PusherAppId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// What clients name it by.
    pub key: &'a str,
    /// Sealed.
    pub secret: &'a str,
}

#[derive(FromRow)]
struct AppRow {
    id: String,
    key: String,
    secret: String,
}

impl Tx {
    /// The first application of an organization: its id, its key and its sealed secret.
    pub async fn lookup_first_pusher_app(
        &mut self,
        organization: OrganizationId,
    ) -> Result<Option<(PusherAppId, String, String)>, StoreError> {
        let query = query_as::<_, AppRow>(
            "select id, key, secret from pusher_apps where organization_id = $1 order by id limit 1",
        );
        let row = self.fetch_optional(query.bind(organization.to_string())).await?;
        Ok(row.map(|row| (row.id.into(), row.key, row.secret)))
    }

    /// A new application.
    pub async fn insert_pusher_app(
        &mut self,
        new: NewPusherApp<'_>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let statement = query(
            "insert into pusher_apps (id, organization_id, key, secret, created_at) \
             values ($1, $2, $3, $4, $5)",
        );
        let statement = statement
            .bind(new.id.to_string())
            .bind(new.organization_id.to_string())
            .bind(new.key)
            .bind(new.secret)
            .bind(now.micros());
        self.execute(statement).await.map(drop)
    }
}
