//! Which key let a Pusher connection listen to a channel of conversations.

use sqlx::{query, query_as};

use super::api_keys::{KeyRow, keys_sql};
use super::{Store, StoreError, Tx};
use crate::domain::{ApiKey, ApiKeyId, Timestamp};

impl Store {
    /// The key, valid or not, that let a connection listen to a channel.
    pub async fn lookup_key_of_channel(
        &self,
        socket_id: &str,
        channel: &str,
    ) -> Result<Option<ApiKey>, StoreError> {
        let query = query_as::<_, KeyRow>(keys_sql!(
            "select",
            "from channel_grants join api_keys on id = key_id \
                 where socket_id = $1 and channel = $2"
        ));
        let row = self.fetch_optional(query.bind(socket_id).bind(channel)).await?;
        row.map(TryInto::try_into).transpose()
    }
}

impl Tx {
    /// A key lets a connection listen to a channel; the last one that does is remembered.
    pub async fn put_channel_grant(
        &mut self,
        socket_id: &str,
        channel: &str,
        key: ApiKeyId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let statement = query(
            "insert into channel_grants (socket_id, channel, key_id, granted_at) \
             values ($1, $2, $3, $4) on conflict (socket_id, channel) \
             do update set key_id = excluded.key_id, granted_at = excluded.granted_at",
        );
        let statement =
            statement.bind(socket_id).bind(channel).bind(key.to_string()).bind(now.micros());
        self.execute(statement).await.map(drop)
    }

    /// Forgets grants made before `before`.
    pub async fn delete_channel_grants(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        let statement = query("delete from channel_grants where granted_at < $1");
        self.execute(statement.bind(before.micros())).await
    }
}
