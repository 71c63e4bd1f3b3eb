//! When contacts were seen.

use serde::Serialize;

use super::given::{given, given_sql};
use super::open::Engine;
use super::script::Step;
use crate::domain::{ContactId, Timestamp};

/// Notes that these contacts were here; otherwise as [`see_contact`](super::Tx::see_contact) for those of whom
/// no name is said.
pub(super) fn see_contacts(engine: Engine, ids: &[ContactId], now: Timestamp) -> Step {
    #[derive(Serialize)]
    struct Seen {
        id: ContactId,
    }
    let sql = given_sql!(
        engine,
        [id text],
        "update contacts set last_seen_at = $2 from given where contacts.id = given.id"
    );
    Step::new(sql).text(given(ids.iter().map(|&id| Seen { id }))).number(now.micros())
}
