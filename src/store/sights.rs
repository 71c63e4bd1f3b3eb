//! When contacts were seen.

use serde::Serialize;

use super::given::{given, given_sql};
use super::open::Engine;
use super::script::Step;
use crate::domain::{ContactId, Timestamp};

/// For how long it is known well enough when somebody was seen. Who writes is there; to note it with every message would be
/// a row and all its indexes each time.
const KNOWN_MICROS: i64 = 60_000_000;

/// Notes that these contacts were here, if that was not noted within the last minute; otherwise as
/// [`see_contact`](super::Tx::see_contact) for those of whom no name is said.
pub(super) fn see_contacts(engine: Engine, ids: &[ContactId], now: Timestamp) -> Step {
    #[derive(Serialize)]
    struct Seen {
        id: ContactId,
    }
    let sql = given_sql!(
        engine,
        [id text],
        "update contacts set last_seen_at = $2 from given \
         where contacts.id = given.id and contacts.last_seen_at <= $3"
    );
    let step = Step::new(sql).text(given(ids.iter().map(|&id| Seen { id })));
    step.number(now.micros()).number(now.micros() - KNOWN_MICROS)
}
