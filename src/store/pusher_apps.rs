//! Pusher applications of organizations.

use sqlx::{FromRow, query, query_as};

use super::row::{Source, to_json};
use super::{Store, StoreError, Tx};
use crate::domain::{OrganizationId, PusherAppId, PusherOverrides, Timestamp};

/// The columns of an [`AppRow`], behind what comes before them and before what comes after.
macro_rules! apps_sql {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            " id, organization_id, name, key, secret, settings, enabled, created_at, updated_at ",
            $after
        )
    };
}

/// An application as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptPusherApp {
    /// Which one.
    pub id: PusherAppId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// What people call it.
    pub name: String,
    /// What clients name it by.
    pub key: String,
    /// Sealed.
    pub secret: String,
    /// What it has otherwise than the defaults.
    pub overrides: PusherOverrides,
    /// Whether it takes connections and requests.
    pub enabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// An application that was made or changed.
#[derive(Debug)]
pub struct ChangedPusherApp {
    /// Which one.
    pub id: PusherAppId,
    /// When that was.
    pub changed_at: Timestamp,
    /// How it is now, or why that cannot be read.
    pub now: Result<KeptPusherApp, StoreError>,
}

#[derive(FromRow)]
struct AppRow {
    id: String,
    organization_id: String,
    name: String,
    key: String,
    secret: String,
    settings: String,
    enabled: i64,
    created_at: i64,
    updated_at: i64,
}

impl TryFrom<AppRow> for KeptPusherApp {
    type Error = StoreError;

    fn try_from(row: AppRow) -> Result<Self, StoreError> {
        let source = Source { table: "pusher_apps", id: &row.id };
        let settings = source.json("settings", &row.settings)?;
        Ok(Self {
            organization_id: source.parse("organization_id", &row.organization_id)?,
            overrides: PusherOverrides::new(settings).map_err(|_| source.corrupt("settings"))?,
            name: row.name,
            key: row.key,
            secret: row.secret,
            enabled: row.enabled != 0,
            created_at: Timestamp::from_micros(row.created_at),
            id: row.id.into(),
        })
    }
}

impl From<AppRow> for ChangedPusherApp {
    fn from(row: AppRow) -> Self {
        Self {
            id: row.id.clone().into(),
            changed_at: Timestamp::from_micros(row.updated_at),
            now: row.try_into(),
        }
    }
}

impl Store {
    /// The application with this id.
    pub async fn lookup_pusher_app(
        &self,
        id: &PusherAppId,
    ) -> Result<Option<KeptPusherApp>, StoreError> {
        let query = query_as::<_, AppRow>(apps_sql!("select", "from pusher_apps where id = $1"));
        self.fetch_optional(query.bind(id.as_str())).await?.map(TryInto::try_into).transpose()
    }

    /// The application with this key.
    pub async fn lookup_pusher_app_by_key(
        &self,
        key: &str,
    ) -> Result<Option<KeptPusherApp>, StoreError> {
        let query = query_as::<_, AppRow>(apps_sql!("select", "from pusher_apps where key = $1"));
        self.fetch_optional(query.bind(key)).await?.map(TryInto::try_into).transpose()
    }

    /// The applications of an organization, the oldest first.
    pub async fn list_pusher_apps_of(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<KeptPusherApp>, StoreError> {
        let query = query_as::<_, AppRow>(apps_sql!(
            "select",
            "from pusher_apps where organization_id = $1 order by created_at, id"
        ));
        let rows = self.fetch_all(query.bind(organization.to_string())).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// The applications that were made or changed at `since` or later, the oldest first; 0 gives all. One
    /// that cannot be read says so itself and does not stand before the others.
    pub async fn list_pusher_apps_changed_since(
        &self,
        since: Timestamp,
    ) -> Result<Vec<ChangedPusherApp>, StoreError> {
        let query = query_as::<_, AppRow>(apps_sql!(
            "select",
            "from pusher_apps where updated_at >= $1 order by created_at, id"
        ));
        let rows = self.fetch_all(query.bind(since.micros())).await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}

impl Tx {
    /// The oldest application of an organization.
    pub async fn lookup_first_pusher_app(
        &mut self,
        organization: OrganizationId,
    ) -> Result<Option<KeptPusherApp>, StoreError> {
        let query = query_as::<_, AppRow>(apps_sql!(
            "select",
            "from pusher_apps where organization_id = $1 order by created_at, id limit 1"
        ));
        let row = self.fetch_optional(query.bind(organization.to_string())).await?;
        row.map(TryInto::try_into).transpose()
    }

    /// Keeps a new application, unless another has its id or its key; says whether it was kept.
    pub async fn insert_pusher_app(&mut self, new: &KeptPusherApp) -> Result<bool, StoreError> {
        let statement = query(
            "insert into pusher_apps (id, organization_id, name, key, secret, settings, enabled, \
             created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $8) \
             on conflict do nothing",
        );
        let statement = statement
            .bind(new.id.as_str())
            .bind(new.organization_id.to_string())
            .bind(new.name.as_str())
            .bind(new.key.as_str())
            .bind(new.secret.as_str())
            .bind(to_json(new.overrides.as_map()))
            .bind(i64::from(new.enabled))
            .bind(new.created_at.micros());
        Ok(self.execute(statement).await? == 1)
    }

    /// Gives an application another secret, sealed; `None` when it is not there.
    pub async fn set_pusher_app_secret(
        &mut self,
        id: &PusherAppId,
        secret: &str,
        now: Timestamp,
    ) -> Result<Option<KeptPusherApp>, StoreError> {
        let query = query_as::<_, AppRow>(apps_sql!(
            "update pusher_apps set secret = $1, updated_at = $2 where id = $3 returning",
            ""
        ));
        let query = query.bind(secret).bind(now.micros()).bind(id.as_str());
        self.returning(query).await?.map(TryInto::try_into).transpose()
    }

    /// Lets an application work, or not; `None` when it is not there.
    pub async fn set_pusher_app_enabled(
        &mut self,
        id: &PusherAppId,
        enabled: bool,
        now: Timestamp,
    ) -> Result<Option<KeptPusherApp>, StoreError> {
        let query = query_as::<_, AppRow>(apps_sql!(
            "update pusher_apps set enabled = $1, updated_at = $2 where id = $3 returning",
            ""
        ));
        let query = query.bind(i64::from(enabled)).bind(now.micros()).bind(id.as_str());
        self.returning(query).await?.map(TryInto::try_into).transpose()
    }
}
