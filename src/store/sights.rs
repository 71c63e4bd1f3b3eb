//! When contacts were seen.

use serde::Serialize;
use sqlx::query;

use super::given::{given, given_sql};
use super::{StoreError, Tx};
use crate::domain::{ContactId, Timestamp};

impl Tx {
    /// Notes that these contacts were here; otherwise as [`see_contact`](Self::see_contact) for those of whom
    /// no name is said.
    pub async fn see_contacts(
        &mut self,
        ids: impl IntoIterator<Item = ContactId>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        #[derive(Serialize)]
        struct Seen {
            id: ContactId,
        }
        let statement = query(given_sql!(
            self.engine(),
            [id text],
            "update contacts set last_seen_at = $2 from given where contacts.id = given.id"
        ));
        let seen = given(ids.into_iter().map(|id| Seen { id }));
        self.execute(statement.bind(seen).bind(now.micros())).await.map(drop)
    }
}
