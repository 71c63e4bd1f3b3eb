//! What the sender of an event is told.

use futures_util::future::BoxFuture;
use serde::Serialize;
use serde_json::json;

use super::failure::Failure;
use crate::realtime::socketio::{Emitter, Reply};

/// The acknowledgement of an event, or why it was not done.
pub(super) type Handled = Result<Reply, Failure>;

/// How far an event is.
pub(super) enum Handling {
    /// Nothing more is to be done.
    Done(Reply),
    /// It has its place, and is done by itself.
    Coming(BoxFuture<'static, Handled>),
}

/// It was done, which these fields say more of.
pub(super) fn done(fields: impl Serialize) -> Reply {
    #[derive(Serialize)]
    struct Done<T> {
        ok: bool,
        #[serde(flatten)]
        fields: T,
    }
    Reply::json(&Done { ok: true, fields })
}

/// What the sender is told; of a failure in an event too, for those who ask for no acknowledgements.
pub(super) fn reply(emitter: &Emitter, handled: Handled) -> Reply {
    match handled {
        Ok(reply) => reply,
        Err(Failure::Refused(why)) => {
            emitter.emit("error", &[&json!({"message": &why}).to_string()]);
            Reply::json(&json!({"ok": false, "error": why}))
        }
        Err(Failure::Dropped(why)) => {
            Reply::json(&json!({"ok": false, "error": why, "dropped": true}))
        }
    }
}
