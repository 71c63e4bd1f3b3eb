//! Applications of the database that cannot be read: somebody wrote there, or the key file is another one.

use std::collections::HashMap;

use parking_lot::Mutex;
use tracing::error as log_error;

use crate::domain::{PusherAppId, Timestamp};
use crate::store::StoreError;

/// The applications the log tells of already, with the change it told of. There are no more of them than
/// rows in the database.
#[derive(Default)]
pub(super) struct Unreadable {
    told: Mutex<HashMap<PusherAppId, Timestamp>>,
}

impl Unreadable {
    /// Logs that an application was left out, once for each change of it.
    pub(super) fn tell(&self, id: &PusherAppId, changed_at: Timestamp, error: &StoreError) {
        let before = self.told.lock().insert(id.clone(), changed_at);
        if before != Some(changed_at) {
            log_error!(app.id = %id, %error, "an application cannot be read; the others are");
        }
    }

    /// An application can be read.
    pub(super) fn forget(&self, id: &PusherAppId) {
        self.told.lock().remove(id);
    }
}
